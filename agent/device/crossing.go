package device

import (
	"iter"
	"maps"
	"net/netip"
	"slices"

	"demarc/agent/linux"
	"demarc/agent/naming"
	"demarc/route"
)

// apart reports whether the gateway keeps the VPCs behind it from each other. One
// that leads to one VPC has nothing to keep apart. What a Transit Gateway sends
// back to itself, since a customer's wide prefix covers it, passes as in AWS; its
// tables can drop it.
func (gw *gateway) apart() bool {
	return gw.want.Public == nil && !gw.want.Transit && len(gw.want.Hosts)+len(gw.want.Sites) >= 2
}

// keepApart lets no VPC send to another by way of a gateway that both are on: a
// route written by hand into one's table would be enough. What a customer's wide
// prefix leads there passes, as in AWS.
func keepApart(n *linux.Namespace, plan gatewayPlan) error {
	switch {
	case plan.want.Public != nil:
		return keepCustomersApart(n)
	case !plan.apart:
		return nil
	}
	return linux.EnsureApart(n, "vpcs-apart", naming.BackboneDevicePrefix, plan.crossings...)
}

// crossingsOf finds again what customers' prefixes let pass between VPCs. Called
// with mu held.
func (d *Device) crossingsOf(gw *gateway) []netip.Prefix {
	if !gw.apart() {
		return nil
	}
	candidates, _ := d.candidates(gw)
	gw.crossings = crossings(maps.Keys(candidates), gw.want.Networks)
	return gw.crossings
}

// sawCrossings has the gateway looked at when its customers' prefixes let
// something else pass than before. Called with mu held.
func (d *Device) sawCrossings(gw *gateway, candidates map[netip.Prefix][]*candidate) {
	if gw.apart() && !slices.Equal(gw.crossings, crossings(maps.Keys(candidates), gw.want.Networks)) {
		d.work.Mark(gatewayUnit(gw.want.ID))
	}
}

// crossings are the prefixes that hold two or more of the networks, in order, and
// without what lies in another of them.
func crossings(prefixes iter.Seq[netip.Prefix], networks []netip.Prefix) (wide []netip.Prefix) {
	for prefix := range prefixes {
		held := 0
		for _, network := range networks {
			if route.Allowed(network, []netip.Prefix{prefix}) {
				held++
			}
		}
		if held >= 2 {
			wide = append(wide, prefix)
		}
	}
	slices.SortFunc(wide, netip.Prefix.Compare) // a prefix comes before what lies in it
	var last []netip.Prefix
	return slices.DeleteFunc(wide, func(p netip.Prefix) bool {
		inside := route.Allowed(p, last)
		if !inside {
			last = []netip.Prefix{p}
		}
		return inside
	})
}
