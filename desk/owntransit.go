package desk

import (
	"net/netip"
	"slices"

	"demarc"
	"demarc/gateway"
	"demarc/intent"
	"demarc/store"
	"demarc/transit"
)

// A TransitStanding is what was found of a customer's own Transit Gateway and
// of its way to an environment. A zero value (an empty id) is something that
// does not exist yet.
type TransitStanding struct {
	Case        demarc.Case
	Environment demarc.Environment
	VPC         demarc.VPC
	Gateway     demarc.TransitGateway
	Share       demarc.ResourceShare
	Invitation  demarc.ResourceShareInvitation
	Attachment  demarc.TransitGatewayAttachment
	// Tables are those of the VPC that its subnets use.
	Tables []demarc.RouteTable
	// Prefixes are the customer's, and Ways how the Transit Gateway reaches
	// each of those that it reaches.
	Prefixes []netip.Prefix
	Ways     map[netip.Prefix]demarc.TransitGatewayAttachment
	// Behind are the associations of the Direct Connect gateways among the ways,
	// each once.
	Behind []demarc.GatewayAssociation
	// Hosted are the interfaces that the platform has accepted for the environment
	// alone, Shared those that lead to another gateway as well, with that gateway.
	Hosted []demarc.VirtualInterface
	Shared map[demarc.VirtualInterfaceID]string
	// Cutover is the newest of the case.
	Cutover demarc.Cutover
	Seen    intent.VPCSeen
	// There is what a party has seen at another Direct Connect; nil for a Transit
	// Gateway that is here.
	There *There
}

// Transit finds what a case about one's own Transit Gateway is about.
func Transit(r store.Reader, c demarc.Case) TransitStanding {
	env, _ := store.Environments.Get(r, c.Environment)
	if env.Away() {
		return thereTransit(r, c, "", demarc.TransitSightings{})
	}
	t := TransitStanding{Case: c, Environment: env, Prefixes: parsed(c.Prefixes), Ways: map[netip.Prefix]demarc.TransitGatewayAttachment{}, Shared: map[demarc.VirtualInterfaceID]string{}}
	t.VPC, _ = store.VPCs.Get(r, string(t.Environment.VPC))
	t.Seen, _ = store.VPCSightings.Get(r, string(t.VPC.ID))
	t.Gateway = t.findGateway(r)
	t.findShare(r)
	t.findAttachment(r)
	main, others := tables(r, t.VPC)
	t.Tables = append([]demarc.RouteTable{main}, others...)
	t.findHosted(r)
	t.findCutover(r)
	return t
}

// findHosted finds what the platform has accepted onto the environment's virtual
// private gateway, and onto its Direct Connect gateways that lead there.
func (t *TransitStanding) findHosted(r store.Reader) {
	for _, v := range gateway.Interfaces(r, t.Environment.Gateway) {
		if v.Hosted() {
			t.Hosted = append(t.Hosted, v)
		}
	}
	for a := range store.GatewayAssociations.By(r, "gateway", string(t.Environment.Gateway)) {
		if !intent.Joined(a) {
			continue
		}
		elsewhere := ""
		for other := range store.GatewayAssociations.By(r, "direct-connect-gateway", string(a.DirectConnectGateway)) {
			if other.Gateway.ID != a.Gateway.ID && intent.Joined(other) {
				elsewhere = other.Gateway.ID
			}
		}
		for v := range store.VirtualInterfaces.By(r, "direct-connect-gateway", string(a.DirectConnectGateway)) {
			switch {
			case !v.Hosted() || v.Owner != t.Environment.Platform || v.State.Gone():
			case elsewhere != "":
				t.Shared[v.ID] = elsewhere
			default:
				t.Hosted = append(t.Hosted, v)
			}
		}
	}
}

func (t *TransitStanding) findCutover(r store.Reader) {
	for co := range store.Cutovers.By(r, "environment", t.Environment.Name) {
		if co.Case == t.Case.ID && (t.Cutover.ID == "" || co.Created.After(t.Cutover.Created)) {
			t.Cutover = co
		}
	}
}

// findGateway is the one that the case names; else that which the environment
// is attached to, or which is shared with its platform; else the customer's
// newest.
func (t TransitStanding) findGateway(r store.Reader) (found demarc.TransitGateway) {
	best := 0
	for gw := range store.TransitGateways.By(r, "owner", string(t.Environment.Customer)) {
		rank := 1
		switch {
		case gw.Gone():
			continue
		case t.Case.TransitGateway != "" && gw.ID != t.Case.TransitGateway:
			continue
		case attachmentOf(r, t.Environment, gw.ID).ID != "":
			rank = 4
		case shareOf(r, t.Environment, gw.ID, t.Case.ResourceShare).ID != "":
			rank = 3
		case gw.Region == t.Environment.Region:
			rank = 2
		}
		if rank > best || rank == best && gw.Created.After(found.Created) {
			best, found = rank, gw
		}
	}
	return found
}

// attachmentOf is that of the environment to a Transit Gateway: the one that is
// there, or else the latest that was.
func attachmentOf(r store.Reader, env demarc.Environment, id demarc.TransitGatewayID) (found demarc.TransitGatewayAttachment) {
	for a := range store.TransitGatewayAttachments.By(r, "vpc", string(env.VPC)) {
		if a.TransitGateway == id && (found.ID == "" || !a.Gone() || found.Gone() && a.Created.After(found.Created)) {
			found = a
		}
	}
	return found
}

// shareOf is the customer's share of a Transit Gateway that its environment's
// platform is in or invited to; of several the one named, or one that was
// accepted.
func shareOf(r store.Reader, env demarc.Environment, id demarc.TransitGatewayID, named string) (found demarc.ResourceShare) {
	for s := range store.ResourceShares.By(r, "owner", string(env.Customer)) {
		if s.State != demarc.ShareActive || !slices.Contains(s.Shared(), string(id)) || named != "" && shareID(named) != s.ID {
			continue
		}
		invited := slices.ContainsFunc(s.Principals, func(a demarc.ShareAssociation) bool {
			return a.Entity == string(env.Platform) && !a.Over()
		})
		if invited && (found.ID == "" || slices.Contains(s.Receivers(), env.Platform)) {
			found = s
		}
	}
	return found
}

func (t *TransitStanding) findShare(r store.Reader) {
	if t.Gateway.ID == "" {
		return
	}
	t.Share = shareOf(r, t.Environment, t.Gateway.ID, t.Case.ResourceShare)
	for i := range store.ResourceShareInvitations.By(r, "share", string(t.Share.ID)) {
		if i.To == t.Environment.Platform && (t.Invitation.ID == "" || i.Sent.After(t.Invitation.Sent)) {
			t.Invitation = i
		}
	}
}

// findAttachment looks at what the Transit Gateway does with packets from the
// environment and to it.
func (t *TransitStanding) findAttachment(r store.Reader) {
	if t.Gateway.ID == "" {
		return
	}
	t.Attachment = attachmentOf(r, t.Environment, t.Gateway.ID)
	t.findWays(func(id demarc.TransitRouteTableID) []transit.Route {
		table, ok := store.TransitRouteTables.Get(r, string(id))
		if !ok {
			return nil
		}
		return transit.Routes(r, table)
	}, func(a demarc.TransitGatewayAttachment) (demarc.GatewayAssociation, bool) {
		return transit.Association(r, a)
	})
}

// findWays goes by the routes of the Transit Gateway's tables, and by what stands
// behind its attachments of Direct Connect gateways.
func (t *TransitStanding) findWays(routes func(demarc.TransitRouteTableID) []transit.Route, behind func(demarc.TransitGatewayAttachment) (demarc.GatewayAssociation, bool)) {
	if t.Attachment.State != demarc.AttachmentAvailable {
		return
	}
	out := routes(t.Attachment.RouteTable)
	for _, p := range t.Prefixes {
		to, reached := wayTo(out, p)
		if !reached || to.ID == t.Attachment.ID || !t.leadsBack(routes(to.RouteTable), p) {
			continue
		}
		t.Ways[p] = to
		if a, ok := behind(to); ok && !slices.ContainsFunc(t.Behind, func(have demarc.GatewayAssociation) bool { return have.ID == a.ID }) {
			t.Behind = append(t.Behind, a)
		}
	}
}

// wayTo is where routes lead a prefix as a whole.
func wayTo(routes []transit.Route, p netip.Prefix) (to demarc.TransitGatewayAttachment, ok bool) {
	longest := -1
	for _, row := range routes {
		if row.Prefix.Bits() > longest && row.Prefix.Bits() <= p.Bits() && row.Prefix.Contains(p.Addr()) {
			longest, to = row.Prefix.Bits(), row.To
		}
	}
	return to, to.ID != ""
}

// leadsBack reports whether by these routes the way from a prefix to the
// environment is found: to each of its ranges of the prefix's family.
func (t *TransitStanding) leadsBack(routes []transit.Route, from netip.Prefix) bool {
	return !slices.ContainsFunc(t.VPC.Ranges(), func(p netip.Prefix) bool {
		to, reached := wayTo(routes, p)
		return p.Addr().Is4() == from.Addr().Is4() && (!reached || to.ID != t.Attachment.ID)
	})
}

// Unadvertised are the environment's ranges that a Direct Connect gateway among
// the ways does not advertise, with the association that should; of the families
// that the customer's prefixes are in.
func (t TransitStanding) Unadvertised() (missing []netip.Prefix, by demarc.GatewayAssociation) {
	for _, a := range t.Behind {
		for _, p := range t.VPC.Ranges() {
			covered := slices.ContainsFunc(a.Allowed, func(allowed netip.Prefix) bool { return allowed.Bits() <= p.Bits() && allowed.Contains(p.Addr()) })
			asked := slices.ContainsFunc(t.Prefixes, func(of netip.Prefix) bool { return of.Addr().Is4() == p.Addr().Is4() })
			if asked && !covered {
				missing, by = append(missing, p), a
			}
		}
		if len(missing) > 0 {
			return missing, by
		}
	}
	return nil, by
}

// Routed reports whether every route table of the environment leads a prefix to
// the Transit Gateway.
func (t TransitStanding) Routed(p netip.Prefix) bool {
	return !slices.ContainsFunc(t.Tables, func(table demarc.RouteTable) bool {
		return !slices.Contains(table.Static, demarc.StaticRoute{Prefix: p, Target: string(t.Gateway.ID)})
	})
}
