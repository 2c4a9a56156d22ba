package apitest

import (
	"cmp"
	"fmt"
	"strings"

	"demarc"
	"demarc/connection"
	"demarc/store"
	"demarc/vif"
)

// Faults lists what must never be so, of one state of a site: a claim whose
// holder is gone or another, an object that holds no claim to what it uses, an
// object that names a missing one.
func Faults(view *store.View) (faults []string) {
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	for name, holder := range view.Claims("") {
		if why := orphan(view, name, holder); why != "" {
			fault("claim %s of %s: %s", name, holder, why)
		}
	}
	claimed := map[string]string{}
	for name, holder := range view.Claims("") {
		claimed[name] = holder
	}
	for c := range store.Connections.All(view) {
		if !c.State.Gone() {
			connectionFaults(view, c, claimed, fault)
			macsecFaults(view, c, fault)
		}
		if c.Kind == demarc.Dedicated && c.LAG == "" && !c.State.Gone() {
			shareFaults(view, c.ID, c.Bandwidth, fault)
		}
	}
	for l := range store.LAGs.All(view) {
		if l.Deleted.IsZero() && !l.Hosting {
			shareFaults(view, demarc.ConnectionID(l.ID), l.Bandwidth, fault)
		}
	}
	for v := range store.VirtualInterfaces.All(view) {
		if !v.State.Gone() {
			interfaceFaults(view, v, claimed, fault)
		}
	}
	billingFaults(view, fault)
	for a := range store.GatewayAssociations.All(view) {
		for _, name := range []string{"associated/" + string(a.DirectConnectGateway) + "/" + a.Gateway.ID, "association/" + a.Gateway.ID + "/" + string(a.DirectConnectGateway)} {
			if claimed[name] != string(a.ID) {
				fault("association %s uses %s, which is held by %q", a.ID, name, claimed[name])
			}
		}
		if _, ok := store.DirectConnectGateways.Get(view, string(a.DirectConnectGateway)); !ok {
			fault("association %s names the missing gateway %s", a.ID, a.DirectConnectGateway)
		}
	}
	return faults
}

// orphan says what is wrong with a claim; empty if nothing is.
func orphan(view *store.View, name, holder string) string {
	kind, rest, _ := strings.Cut(name, "/")
	scope, last, _ := strings.Cut(rest, "/")
	switch {
	case strings.HasPrefix(holder, "dxcon-"):
		c, ok := store.Connections.Get(view, holder)
		if xc, plugged := store.CrossConnects.Get(view, holder); plugged && !xc.Unpatch.IsZero() && (kind == "port" || kind == "jack") {
			return "" // until the fibre is pulled
		}
		switch {
		case !ok || c.State.Gone():
			return "there is no such connection"
		case kind == "port" && rest != string(c.Port):
			return "the connection is on port " + string(c.Port)
		case kind == "lag" && scope != string(c.LAG):
			return "the connection is in group " + string(c.LAG)
		case kind == "vlan" && scope != string(c.Parent):
			return "the connection is on " + string(c.Parent)
		}
	case strings.HasPrefix(holder, "dxvif-"):
		v, ok := store.VirtualInterfaces.Get(view, holder)
		switch {
		case !ok || v.State.Gone():
			return "there is no such interface"
		case (kind == "vlan" || kind == "peer") && scope != string(v.Connection):
			return "the interface is on " + string(v.Connection)
		case kind == "vlan" && last != fmt.Sprint(v.VLAN):
			return fmt.Sprintf("the interface has VLAN %d", v.VLAN)
		case kind == "gateway" && scope != string(v.Gateway) && scope != string(v.DirectConnectGateway):
			return "the interface leads elsewhere"
		}
	case strings.HasPrefix(holder, "dxlag-"):
		if l, ok := store.LAGs.Get(view, holder); !ok || !l.Deleted.IsZero() {
			return "there is no such group"
		}
	}
	return ""
}

func connectionFaults(view *store.View, c demarc.Connection, claimed map[string]string, fault func(string, ...any)) {
	if c.Port != "" && claimed["port/"+string(c.Port)] != string(c.ID) {
		fault("connection %s has no claim to its port %s", c.ID, c.Port)
	}
	if c.Port != "" {
		if _, ok := store.Ports.Get(view, string(c.Port)); !ok {
			fault("connection %s is on the missing port %s", c.ID, c.Port)
		}
	}
	if c.LAG != "" {
		if l, ok := store.LAGs.Get(view, string(c.LAG)); !ok || !l.Deleted.IsZero() {
			fault("connection %s is in the missing group %s", c.ID, c.LAG)
		}
		if holder := claimed[fmt.Sprintf("lag/%s/%s", c.LAG, c.ID)]; holder != string(c.ID) {
			fault("connection %s has no claim to its place in %s", c.ID, c.LAG)
		}
	}
	if c.Parent != "" {
		if !carries(view, string(c.Parent)) {
			fault("connection %s is on the missing %s", c.ID, c.Parent)
		}
		if holder := claimed[fmt.Sprintf("vlan/%s/%d", c.Parent, c.VLAN)]; holder != string(c.ID) {
			fault("connection %s has VLAN %d of %s, which is held by %q", c.ID, c.VLAN, c.Parent, holder)
		}
	}
	if _, ok := store.Accounts.Get(view, string(c.Owner)); !ok {
		fault("connection %s belongs to the missing account %s", c.ID, c.Owner)
	}
}

func interfaceFaults(view *store.View, v demarc.VirtualInterface, claimed map[string]string, fault func(string, ...any)) {
	if !carries(view, string(v.Connection)) {
		fault("interface %s is on the missing %s", v.ID, v.Connection)
	}
	if holder := claimed[fmt.Sprintf("vlan/%s/%d", v.Connection, v.VLAN)]; holder != string(v.ID) {
		fault("interface %s has VLAN %d of %s, which is held by %q", v.ID, v.VLAN, v.Connection, holder)
	}
	for _, name := range heldBy(v) {
		if claimed[name] != string(v.ID) {
			fault("interface %s uses %s, which is held by %q", v.ID, name, claimed[name])
		}
	}
	if _, ok := store.VirtualGateways.Get(view, string(v.Gateway)); v.Gateway != "" && !ok {
		fault("interface %s leads to the missing gateway %s", v.ID, v.Gateway)
	}
	if _, ok := store.DirectConnectGateways.Get(view, string(v.DirectConnectGateway)); v.DirectConnectGateway != "" && !ok {
		fault("interface %s leads to the missing gateway %s", v.ID, v.DirectConnectGateway)
	}
	for _, owner := range []demarc.AccountID{v.Owner, v.ConnectionOwner} {
		if _, ok := store.Accounts.Get(view, string(owner)); !ok {
			fault("interface %s belongs to the missing account %s", v.ID, owner)
		}
	}
}

// heldBy are the claims of an interface besides its tag and its share.
func heldBy(v demarc.VirtualInterface) (names []string) {
	for _, p := range v.Peers {
		if p.State != demarc.PeerDeleting {
			names = append(names, fmt.Sprintf("peer/%s/%s", v.Connection, p.AmazonAddress.Masked()))
		}
		if v.GatewayASN != 0 {
			names = append(names, fmt.Sprintf("asn/%s/%d/%d", v.Connection, v.GatewayASN, p.ASN))
		}
	}
	for _, gateway := range []string{string(v.Gateway), string(v.DirectConnectGateway)} {
		if gateway != "" {
			names = append(names, fmt.Sprintf("gateway/%s/%s", gateway, v.ID))
		}
	}
	for _, p := range v.RouteFilters {
		names = append(names, fmt.Sprintf("announced/%s/%s", p, v.ID))
	}
	return names
}

// carries reports whether a connection or a group is there.
func carries(view *store.View, id string) bool {
	if c, ok := store.Connections.Get(view, id); ok {
		return !c.State.Gone()
	}
	l, ok := store.LAGs.Get(view, id)
	return ok && l.Deleted.IsZero()
}

// shareFaults: what is shown of a connection or LAG is what is claimed of it.
func shareFaults(view *store.View, id demarc.ConnectionID, speed demarc.Bandwidth, fault func(string, ...any)) {
	shown, claimed := vif.ShareOf(view, id, speed), vif.PoolOf(view, id, speed, vif.Billable(view, id))
	if shown.Pool != claimed {
		fault("%s shows the pool %v, and %v is claimed", id, shown.Pool, claimed)
	}
	if inUse, most := vif.RateLimiters(view, id); shown.Limiters != inUse || shown.MostLimiters != most {
		fault("%s shows %d rate limiters, and %d are claimed", id, shown.Limiters, inUse)
	}
}

// billingFaults: an account's dedicated connections at one location are billed
// alike.
func billingFaults(view *store.View, fault func(string, ...any)) {
	type place struct {
		owner demarc.AccountID
		at    demarc.LocationCode
	}
	modes := map[place]demarc.BillingMode{}
	for c := range store.Connections.All(view) {
		if c.Kind != demarc.Dedicated || c.State.Gone() {
			continue
		}
		mode, here := cmp.Or(c.Billing, demarc.PayAsYouGo), place{c.Owner, c.Location}
		if other, known := modes[here]; known && other != mode {
			fault("connection %s is billed by %s, another of its owner's at %s by %s", c.ID, mode, c.Location, other)
		}
		modes[here] = mode
	}
}

// macsecFaults: what has to do with a port's encryption fits together.
func macsecFaults(view *store.View, c demarc.Connection, fault func(string, ...any)) {
	port, _ := store.Ports.Get(view, string(c.Port))
	all := connection.MACsecOf(view, c)
	usable := 0
	for _, k := range all.Keys {
		if k.State != demarc.KeyDisassociating {
			usable++
		}
	}
	lag, _ := store.LAGs.Get(view, string(c.LAG))
	switch {
	case c.MACsec.Capable() && !port.MACsec:
		fault("connection %s has MACsec on port %s, which has none", c.ID, c.Port)
	case lag.MACsec.Capable() && c.MACsec.Mode != lag.MACsec.Mode:
		fault("connection %s has mode %q in a LAG of %q", c.ID, c.MACsec.Mode, lag.MACsec.Mode)
	case c.LAG != "" && len(c.MACsec.Keys) > 0:
		fault("connection %s has keys of its own in a LAG", c.ID)
	case usable > demarc.MaxMACsecKeys:
		fault("connection %s has %d keys", c.ID, usable)
	case c.MACsec.Dark() && usable == 0:
		fault("connection %s must encrypt without a key", c.ID)
	case c.MACsec.Dark() && c.State == demarc.ConnectionAvailable:
		fault("connection %s must encrypt and has light", c.ID)
	}
}
