package vpchost

import (
	"cmp"
	"net/netip"

	"demarc"
	"demarc/agent/fastpath"
	"demarc/agent/linux"
	"demarc/intent"
)

// fastWays are those that packets take past the kernel's stack, by the links that
// they come in by, with the tables that the rules say. Called with Host.mu held.
func (v *vpc) fastWays(links map[string]linux.Link, rules []linux.Rule) map[string]fastpath.Way {
	all := map[string]fastpath.Way{}
	for name := range links {
		if name != linux.OwnPackets {
			all[name] = fastpath.Way{}
		}
	}
	for _, r := range rules {
		if _, there := all[r.Link]; there {
			all[r.Link] = fastpath.Way{Table: r.Table}
		}
	}
	for name, host := range v.cables {
		if way, there := all[name]; there {
			for _, address := range []netip.Addr{host.Address, host.IPv6} {
				if address.IsValid() {
					way.Hosts = append(way.Hosts, address)
				}
			}
			all[name] = way
		}
	}
	return all
}

// filter has the VPC's security groups in force. They are nftables', which the
// fast path goes past: it ends before they begin.
func (h *Host) filter(id demarc.VPCID, n *linux.Namespace, want *intent.VPC) error {
	v := h.vpc(id)
	if v == nil {
		return nil
	}
	v.passing.Lock()
	defer v.passing.Unlock()
	wanted := gatesOf(want)
	if len(wanted) > 0 {
		if err := fastpath.Remove(n); err != nil {
			return err
		}
	}
	return linux.EnsureGates(n, gates, wanted)
}

// forward has the VPC's packets forwarded on the fast path, unless security
// groups are to filter them.
func (h *Host) forward(id demarc.VPCID, n *linux.Namespace, ways map[string]fastpath.Way) error {
	v := h.vpc(id)
	if v == nil {
		return nil
	}
	v.passing.Lock()
	defer v.passing.Unlock()
	h.mu.Lock()
	filtered := v.want == nil || len(gatesOf(v.want)) > 0
	h.mu.Unlock()
	var off fastpath.Off
	var err error
	switch {
	case h.config.Stack:
		off, err = fastpath.Unwanted, fastpath.Remove(n)
	case filtered:
		off, err = fastpath.Nftables, fastpath.Remove(n)
	default:
		off, err = fastpath.Put(n, ways)
	}
	if err == nil {
		h.passes(v, id, off)
	}
	return err
}

// passes notes which way a VPC's packets take.
func (h *Host) passes(v *vpc, id demarc.VPCID, off fastpath.Off) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if v.slow != nil && *v.slow != off {
		h.log.Info("the fast path was put on or taken off", "vpc", string(id), "reason", cmp.Or(string(off), "nothing is in its way"))
	}
	v.slow = &off
}

// FastPath says of each VPC why its packets take the kernel's stack.
func (h *Host) FastPath() map[string]fastpath.Off {
	h.mu.Lock()
	defer h.mu.Unlock()
	all := map[string]fastpath.Off{}
	for id, v := range h.vpcs {
		if v.want != nil && v.slow != nil {
			all[string(id)] = *v.slow
		}
	}
	return all
}

func (h *Host) vpc(id demarc.VPCID) *vpc {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.vpcs[id]
}
