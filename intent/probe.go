package intent

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"demarc"
)

// A Probe asks an address outside of a VPC for an echo, again and again, from
// the address of the VPC's router: so a cut-over sees by which way requests
// leave, by which way answers come, and how many do not.
type Probe struct {
	Source   netip.Addr    `json:"source"`
	Target   netip.Addr    `json:"target"`
	Interval time.Duration `json:"interval"`
}

// How often a cut-over probes each prefix while something moves, and otherwise;
// of many prefixes each is probed less often, so that all together are no more
// than 500 requests a second.
const (
	probeMoving  = 20 * time.Millisecond
	probeResting = 200 * time.Millisecond
	probeShare   = 2 * time.Millisecond
)

// ProbeInterval is how often each of so many prefixes is probed.
func ProbeInterval(state demarc.CutoverState, prefixes int) time.Duration {
	rest := probeResting
	if state.Moving() {
		rest = probeMoving
	}
	return max(rest, time.Duration(prefixes)*probeShare)
}

// ProbeSource is the address that a VPC's probes of a family come from: that of
// the router that its app hosts have; false for a VPC without one.
func ProbeSource(v demarc.VPC, target netip.Addr) (netip.Addr, bool) {
	for _, h := range v.Hosts {
		host := appHost(v, h)
		if router := host.Jack.Router; target.Is4() && router.Is4() {
			return router, true
		}
		if target.Is6() && host.Router6.IsValid() {
			return host.Router6, true
		}
	}
	return netip.Addr{}, false
}

// router6 is the first address of the range that a host has its IPv6 address of,
// which AWS keeps for the router as well; invalid where a host has it.
func router6(v demarc.VPC, h demarc.HostInterface) netip.Addr {
	within := v.RangeOf(h.IPv6)
	if !h.IPv6.IsValid() || !within.IsValid() {
		return netip.Addr{}
	}
	router := within.Masked().Addr().Next()
	if slices.ContainsFunc(v.Hosts, func(other demarc.HostInterface) bool { return other.IPv6 == router }) {
		return netip.Addr{}
	}
	return router
}

// linkProbe is how often a link's address is probed: a drill's loss is measured
// to so much.
const linkProbe = 50 * time.Millisecond

// A ProbedLink is a link that names an address to probe.
type ProbedLink struct {
	VPC    demarc.VPCID
	Target netip.Addr
}

// probes are those of the cut-overs and the links of a VPC, each target once.
func probes(in HostInputs, v demarc.VPC) (all []Probe) {
	for _, c := range in.Cutovers {
		if c.VPC != v.ID || c.State.Ended() {
			continue
		}
		for _, p := range c.Prefixes {
			source, ok := ProbeSource(v, p.Probe)
			if ok && !slices.ContainsFunc(all, func(have Probe) bool { return have.Target == p.Probe }) {
				all = append(all, Probe{source, p.Probe, ProbeInterval(c.State, len(c.Prefixes))})
			}
		}
	}
	for _, l := range in.Links {
		source, ok := ProbeSource(v, l.Target)
		if ok && l.VPC == v.ID && !slices.ContainsFunc(all, func(have Probe) bool { return have.Target == l.Target }) {
			all = append(all, Probe{source, l.Target, linkProbe})
		}
	}
	slices.SortFunc(all, func(a, b Probe) int { return a.Target.Compare(b.Target) })
	return all
}

// ProbeSeen is what a probe found.
type ProbeSeen struct {
	Target netip.Addr `json:"target"`
	// Out and In are the targets of route tables (vgw-…, tgw-…) by whose links
	// the request left that was answered last, and its answer came in; empty
	// before the first. Since is when it became so.
	Out   string    `json:"out,omitempty"`
	In    string    `json:"in,omitempty"`
	Since time.Time `json:"since,omitzero"`
	// Silent says that the latest request was not answered within a second.
	Silent bool `json:"silent,omitempty"`
	// Trouble is why nothing can be sent; empty while it can.
	Trouble string              `json:"trouble,omitempty"`
	Count   demarc.CutoverCount `json:"count"`
}

// withoutCounters is what is news of it.
func (p ProbeSeen) withoutCounters() ProbeSeen {
	p.Count = demarc.CutoverCount{}
	return p
}

// ProbeOf finds what was seen of a target.
func (v VPCSeen) ProbeOf(target netip.Addr) (ProbeSeen, bool) {
	i, found := slices.BinarySearchFunc(v.Probes, target, func(p ProbeSeen, a netip.Addr) int { return p.Target.Compare(a) })
	if !found {
		return ProbeSeen{}, false
	}
	return v.Probes[i], true
}

// PathOf finds what was counted towards a target of route tables.
func (v VPCSeen) PathOf(target string) PathSeen {
	i, found := slices.BinarySearchFunc(v.Paths, target, func(p PathSeen, t string) int { return cmp.Compare(p.Target, t) })
	if !found {
		return PathSeen{Target: target}
	}
	return v.Paths[i]
}
