package device

import (
	"cmp"
	"iter"
	"maps"
	"net/netip"
	"slices"

	"demarc"
	"demarc/agent/fastpath"
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
// prefix leads there passes, as in AWS. The public network keeps customers apart.
// The fast path would go past all of it: it ends before.
func (d *Device) keepApart(n *linux.Namespace, plan gatewayPlan) error {
	public := plan.want.Public != nil
	if !public && !plan.apart {
		return nil
	}
	d.passing.Lock()
	defer d.passing.Unlock()
	filtered, err := linux.Filtered(n)
	if err == nil && !filtered {
		err = fastpath.Remove(n)
	}
	switch {
	case err != nil:
		return err
	case public:
		return keepCustomersApart(n)
	}
	return linux.EnsureApart(n, "vpcs-apart", naming.BackboneDevicePrefix, plan.crossings...)
}

// pass has what comes into a gateway's namespace by a link forwarded on the fast
// path, unless some are to be kept apart there.
func (d *Device) pass(id demarc.GatewayID, n *linux.Namespace, link string) error {
	d.passing.RLock()
	defer d.passing.RUnlock()
	d.mu.Lock()
	gw := d.gateways[id]
	there := gw != nil && gw.want != nil
	free := there && gw.want.Public == nil && !gw.apart()
	d.mu.Unlock()
	if !there {
		return nil
	}
	// One that is not free may have a program even so: an agent that knew of no
	// fast path has put its nftables beside those of an agent before it.
	put := fastpath.Leave
	if free {
		put = d.forward.Put
	}
	off, err := put(n, link)
	if err == nil {
		d.passes(gw, id, off)
	}
	return err
}

// passes notes which way a gateway's packets take.
func (d *Device) passes(gw *gateway, id demarc.GatewayID, off fastpath.Off) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if gw.slow != nil && *gw.slow != off {
		d.log.Info("the fast path was put on or taken off", "gw", string(id), "reason", cmp.Or(string(off), "nothing is in its way"))
	}
	gw.slow = &off
}

// FastPath says of each gateway here why its packets take the kernel's stack.
func (d *Device) FastPath() map[string]fastpath.Off {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := map[string]fastpath.Off{}
	for id, gw := range d.gateways {
		if gw.want != nil && gw.slow != nil {
			all[string(id)] = *gw.slow
		}
	}
	return all
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
