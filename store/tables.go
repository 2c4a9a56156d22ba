package store

import (
	"fmt"
	"net/netip"

	"slices"

	"demarc"
	"demarc/intent"
)

// The tables of a site. Rooms read and write them; every one is registered
// with [Open] through [Tables].
var (
	Accounts   = NewTable("account", func(a demarc.Account) string { return string(a.ID) }, by("name", func(a demarc.Account) string { return a.Name }))
	AccessKeys = NewTable("access-key", func(k demarc.AccessKey) string { return k.ID }, by("account", func(k demarc.AccessKey) demarc.AccountID { return k.Account }))

	Roles = NewTable("role", RoleKey, by("account", func(r demarc.Role) demarc.AccountID { return r.Account }))

	// These have one row each, under OnlyRow.
	Quotas    = NewTable("quotas", func(demarc.Quotas) string { return OnlyRow })
	SiteKeys  = NewTable("site-keys", func(demarc.SiteKeys) string { return OnlyRow })
	Deadlines = NewTable("deadlines", func(demarc.Deadlines) string { return OnlyRow })
	// Rehearsals has one row at most.
	Rehearsals = NewTable("rehearsal", func(demarc.Rehearsal) string { return OnlyRow })

	PublicNetworks = NewTable("public-network", func(demarc.PublicNetwork) string { return OnlyRow })

	// What was done lately, in the order of time.
	Invocations  = NewTable("invocation", func(i demarc.Invocation) string { return i.ID })
	AuditRecords = NewTable("audit-record", func(a demarc.AuditRecord) string { return a.ID },
		by("account", func(a demarc.AuditRecord) demarc.AccountID { return a.Account }))

	CustomerAgreements = NewTable("customer-agreement", AgreementKey,
		by("account", func(a demarc.CustomerAgreement) demarc.AccountID { return a.Account }))

	Editions     = NewTable("edition", func(e demarc.Edition) string { return e.Name })
	Environments = NewTable("environment", func(e demarc.Environment) string { return e.Name },
		Index[demarc.Environment]{"account", func(e demarc.Environment) []string { return keys(e.Platform, e.Customer) }},
		by("gateway", func(e demarc.Environment) demarc.GatewayID { return e.Gateway }))

	Locations = NewTable("location", func(l demarc.Location) string { return string(l.Code) })
	Devices   = NewTable("device", func(d demarc.Device) string { return string(d.ID) }, by("location", func(d demarc.Device) demarc.LocationCode { return d.Location }))
	Ports     = NewTable("port", func(p demarc.Port) string { return string(p.ID) }, by("device", func(p demarc.Port) demarc.NodeID { return p.ID.Device() }))
	VPCHosts  = NewTable("vpc-host", func(h demarc.VPCHost) string { return string(h.ID) })
	Tunnels   = NewTable("tunnel", func(t demarc.Tunnel) string { return t.Link.Key() }, by("from", func(t demarc.Tunnel) demarc.NodeID { return t.Link.From }))

	Connections = NewTable("connection", func(c demarc.Connection) string { return string(c.ID) },
		by("owner", func(c demarc.Connection) demarc.AccountID { return c.Owner }),
		by("location", func(c demarc.Connection) demarc.LocationCode { return c.Location }),
		by("device", func(c demarc.Connection) demarc.NodeID { return c.Port.Device() }),
		by("port", func(c demarc.Connection) demarc.PortID { return c.Port }),
		by("lag", func(c demarc.Connection) demarc.LAGID { return c.LAG }),
		by("parent", func(c demarc.Connection) demarc.ConnectionID { return c.Parent }),
		by("state", func(c demarc.Connection) demarc.ConnectionState { return c.State }),
		unsettled(func(c demarc.Connection) bool { return c.MACsec.Unsettled() }))
	LAGs = NewTable("lag", func(l demarc.LAG) string { return string(l.ID) },
		by("owner", func(l demarc.LAG) demarc.AccountID { return l.Owner }),
		by("device", func(l demarc.LAG) demarc.NodeID { return l.Device }),
		unsettled(func(l demarc.LAG) bool { return l.MACsec.Unsettled() }))
	ResiliencyGroups = NewTable("resiliency-group", func(g demarc.ResiliencyGroup) string { return string(g.ID) },
		by("owner", func(g demarc.ResiliencyGroup) demarc.AccountID { return g.Owner }),
		Index[demarc.ResiliencyGroup]{"connection", func(g demarc.ResiliencyGroup) []string { return keys(g.Connections...) }})
	CrossConnects = NewTable("cross-connect", func(x demarc.CrossConnect) string { return string(x.Connection) },
		by("location", func(x demarc.CrossConnect) demarc.LocationCode { return x.Location }),
		unsettled(func(x demarc.CrossConnect) bool { return !x.UnpatchBy.IsZero() && !x.Overdue }))
	VirtualInterfaces = NewTable("virtual-interface", func(v demarc.VirtualInterface) string { return string(v.ID) },
		Index[demarc.VirtualInterface]{"account", func(v demarc.VirtualInterface) []string { return keys(v.Owner, v.ConnectionOwner) }},
		by("connection", func(v demarc.VirtualInterface) demarc.ConnectionID { return v.Connection }),
		by("device", func(v demarc.VirtualInterface) demarc.NodeID { return v.Device }),
		Index[demarc.VirtualInterface]{"subnet", subnetsOf},
		by("gateway", func(v demarc.VirtualInterface) demarc.GatewayID { return v.Gateway }),
		by("direct-connect-gateway", func(v demarc.VirtualInterface) demarc.DirectConnectGatewayID { return v.DirectConnectGateway }))

	FailoverTests = NewTable("failover-test", func(t demarc.FailoverTest) string { return string(t.ID) },
		by("owner", func(t demarc.FailoverTest) demarc.AccountID { return t.Owner }),
		by("interface", func(t demarc.FailoverTest) demarc.VirtualInterfaceID { return t.Interface }))

	VirtualGateways = NewTable("virtual-gateway", func(g demarc.VirtualGateway) string { return string(g.ID) },
		by("owner", func(g demarc.VirtualGateway) demarc.AccountID { return g.Owner }),
		by("vpc", func(g demarc.VirtualGateway) demarc.VPCID { return g.VPC }))
	VPCs = NewTable("vpc", func(v demarc.VPC) string { return string(v.ID) },
		by("owner", func(v demarc.VPC) demarc.AccountID { return v.Owner }),
		by("host", func(v demarc.VPC) demarc.NodeID { return v.Host }))

	TransitGateways = NewTable("transit-gateway", func(t demarc.TransitGateway) string { return string(t.ID) },
		by("owner", func(t demarc.TransitGateway) demarc.AccountID { return t.Owner }),
		by("host", func(t demarc.TransitGateway) demarc.NodeID { return t.Host }))
	ResourceShares = NewTable("resource-share", func(s demarc.ResourceShare) string { return string(s.ID) },
		by("owner", func(s demarc.ResourceShare) demarc.AccountID { return s.Owner }),
		Index[demarc.ResourceShare]{"receiver", func(s demarc.ResourceShare) []string { return keys(s.Receivers()...) }},
		Index[demarc.ResourceShare]{"reach", reachesOf})
	ResourceShareInvitations = NewTable("resource-share-invitation", func(i demarc.ResourceShareInvitation) string { return string(i.ID) },
		by("to", func(i demarc.ResourceShareInvitation) demarc.AccountID { return i.To }),
		by("share", func(i demarc.ResourceShareInvitation) demarc.ResourceShareID { return i.Share }))
	DirectConnectGateways = NewTable("direct-connect-gateway", func(g demarc.DirectConnectGateway) string { return string(g.ID) },
		by("owner", func(g demarc.DirectConnectGateway) demarc.AccountID { return g.Owner }))
	GatewayAssociations = NewTable("gateway-association", func(a demarc.GatewayAssociation) string { return string(a.ID) },
		Index[demarc.GatewayAssociation]{"account", func(a demarc.GatewayAssociation) []string { return keys(a.Owner, a.Gateway.Owner) }},
		by("direct-connect-gateway", func(a demarc.GatewayAssociation) demarc.DirectConnectGatewayID { return a.DirectConnectGateway }),
		by("gateway", func(a demarc.GatewayAssociation) string { return a.Gateway.ID }))
	GatewayAssociationProposals = NewTable("gateway-association-proposal", func(p demarc.GatewayAssociationProposal) string { return string(p.ID) },
		Index[demarc.GatewayAssociationProposal]{"account", func(p demarc.GatewayAssociationProposal) []string { return keys(p.Owner, p.Gateway.Owner) }})

	Links = NewTable("link", func(l demarc.Link) string { return string(l.ID) },
		by("customer", func(l demarc.Link) demarc.AccountID { return l.Customer }),
		by("environment", func(l demarc.Link) string { return l.Environment }))
	Cases = NewTable("case", func(c demarc.Case) string { return string(c.ID) },
		Index[demarc.Case]{"account", func(c demarc.Case) []string { return keys(c.Opener, c.Assignee, c.Affected) }},
		by("interface", func(c demarc.Case) demarc.VirtualInterfaceID { return c.VirtualInterface }),
		// By an interface at another Direct Connect, whose ids are not ours.
		by("offer", func(c demarc.Case) demarc.VirtualInterfaceID {
			if c.Offer == nil {
				return ""
			}
			return c.Offer.Interface.ID
		}))

	Attachments = NewTable("attachment", func(a demarc.Attachment) string { return string(a.ID) },
		Index[demarc.Attachment]{"loose", func(a demarc.Attachment) []string {
			if a.Case == "" {
				return []string{"loose"}
			}
			return nil
		}})
	Drills = NewTable("drill", func(d demarc.Drill) string { return string(d.ID) },
		by("link", func(d demarc.Drill) demarc.LinkID { return d.Link }))

	Cutovers = NewTable("cutover", func(c demarc.Cutover) string { return string(c.ID) },
		Index[demarc.Cutover]{"account", func(c demarc.Cutover) []string { return keys(c.Platform, c.Customer) }},
		by("environment", func(c demarc.Cutover) string { return c.Environment }),
		by("vpc", func(c demarc.Cutover) demarc.VPCID { return c.VPC }))
	CutoverHands = NewTable("cutover-hand", func(h demarc.CutoverHand) string { return string(h.Cutover) + " " + string(h.Party) })

	Maintenances = NewTable("maintenance", func(m demarc.Maintenance) string { return string(m.ID) })

	Notices = NewTable("notice", func(n demarc.Notice) string { return string(n.ID) },
		Index[demarc.Notice]{"account", func(n demarc.Notice) []string { return keys(n.Accounts...) }})
	Webhooks = NewTable("webhook", func(w demarc.Webhook) string { return string(w.ID) },
		by("account", func(w demarc.Webhook) demarc.AccountID { return w.Account }))
	Deliveries = NewTable("delivery", func(d demarc.Delivery) string { return DeliveryKey(d.Webhook, d.Notice) },
		by("webhook", func(d demarc.Delivery) demarc.WebhookID { return d.Webhook }),
		by("notice", func(d demarc.Delivery) demarc.NoticeID { return d.Notice }))
	Couriers  = NewTable("courier", func(demarc.Courier) string { return OnlyRow })
	Standings = NewTable("standing", func(s demarc.Standing) string { return s.Of })
	Vigils    = NewTable("vigil", VigilKey)

	LinkTokens = NewTable("link-token", func(t demarc.LinkToken) string { return string(t.ID) },
		by("link", func(t demarc.LinkToken) demarc.LinkID { return t.Link }),
		by("partner", func(t demarc.LinkToken) demarc.AccountID { return t.Partner }),
		by("interface", func(t demarc.LinkToken) demarc.VirtualInterfaceID { return t.Interface }))

	// Policies has the latest of each platform, PolicyVersions all.
	Policies       = NewTable("policy", func(p demarc.Policy) string { return string(p.Platform) })
	PolicyVersions = NewTable("policy-version", func(p demarc.Policy) string { return fmt.Sprintf("%s/%08d", p.Platform, p.Version) },
		by("platform", func(p demarc.Policy) demarc.AccountID { return p.Platform }))
	Decisions = NewTable("decision", func(d demarc.Decision) string { return string(d.ID) },
		Index[demarc.Decision]{"account", func(d demarc.Decision) []string { return keys(d.Platform, d.Customer) }},
		by("interface", func(d demarc.Decision) demarc.VirtualInterfaceID { return d.Interface }))

	// What agents saw last. Only the node that owns the object writes it.
	NodeSightings = NewTable("node-sighting", func(s intent.NodeSeen) string { return string(s.ID) })
	PortSightings = NewTable("port-sighting", func(s intent.PortSeen) string { return string(s.ID) })
	VIFSightings  = NewTable("interface-sighting", func(s intent.VIFSeen) string { return string(s.ID) })
	VPCSightings  = NewTable("vpc-sighting", func(s intent.VPCSeen) string { return string(s.ID) })
)

// RoleKey is the key of a role.
func RoleKey(r demarc.Role) string { return string(r.Account) + "/" + r.Name }

// AgreementKey is the key of what an account has signed.
func AgreementKey(a demarc.CustomerAgreement) string { return string(a.Account) + "/" + a.Name }

// VigilKey is the key of what an account says of a link elsewhere.
func VigilKey(v demarc.Vigil) string { return string(v.Link) + "/" + string(v.By) }

// DeliveryKey is the key of a notice on its way to a webhook.
func DeliveryKey(webhook demarc.WebhookID, notice demarc.NoticeID) string {
	return string(webhook) + "/" + string(notice)
}

// OnlyRow is the key of what a site has one of.
const OnlyRow = "site"

// Tables lists every table of a site, for [Open].
func Tables() []Registered {
	return []Registered{
		Accounts, AccessKeys, Roles, Quotas, SiteKeys, Deadlines, Rehearsals, PublicNetworks, CustomerAgreements, ResiliencyGroups, Invocations, AuditRecords, Editions, Environments,
		Locations, Devices, Ports, VPCHosts, Tunnels,
		Connections, LAGs, CrossConnects, VirtualInterfaces, FailoverTests,
		VirtualGateways, VPCs, TransitGateways, ResourceShares, ResourceShareInvitations,
		DirectConnectGateways, GatewayAssociations, GatewayAssociationProposals,
		Subnets, RouteTables, PrefixLists, InternetGateways, Uplinks, SecurityGroups, NetworkACLs, TransitGatewayAttachments, TransitRouteTables,
		Links, LinkTokens, Cases, Attachments, Policies, PolicyVersions, Decisions,
		Drills, Cutovers, CutoverHands, Maintenances, Notices, Webhooks, Deliveries, Couriers, Standings, Vigils,
		NodeSightings, PortSightings, VIFSightings, VPCSightings,
	}
}

// SubnetOf is the value of the index "subnet": a subnet of a BGP peer among
// those of an account's connections.
func SubnetOf(connectionOwner demarc.AccountID, subnet netip.Prefix) string {
	return string(connectionOwner) + " " + subnet.String()
}

// ReachOf is the value of the index "reach": an account that a resource is
// shared with.
func ReachOf(receiver demarc.AccountID, resource string) string {
	return string(receiver) + " " + resource
}

func reachesOf(s demarc.ResourceShare) (reaches []string) {
	for _, receiver := range s.Receivers() {
		for _, resource := range s.Shared() {
			reaches = append(reaches, ReachOf(receiver, resource))
		}
	}
	return reaches
}

func subnetsOf(v demarc.VirtualInterface) (subnets []string) {
	for _, p := range v.Peers {
		if p.AmazonAddress.IsValid() {
			subnets = append(subnets, SubnetOf(v.ConnectionOwner, p.AmazonAddress.Masked()))
		}
	}
	return subnets
}

// by indexes an object under one value, or under none when it is empty.
func by[T any, V ~string](name string, value func(T) V) Index[T] {
	return Index[T]{Name: name, Keys: func(v T) []string {
		if k := value(v); k != "" {
			return []string{string(k)}
		}
		return nil
	}}
}

// unsettled indexes what moves with the next sweep, under its own name.
func unsettled[T any](waits func(T) bool) Index[T] {
	return Index[T]{Name: "unsettled", Keys: func(v T) []string {
		if waits(v) {
			return []string{"unsettled"}
		}
		return nil
	}}
}

// keys are the values that are set, each once.
func keys[V ~string](values ...V) []string {
	var all []string
	for _, v := range values {
		if v != "" && !slices.Contains(all, string(v)) {
			all = append(all, string(v))
		}
	}
	return all
}
