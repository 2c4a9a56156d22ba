package agent_test

import (
	"net/netip"
	"testing"
	"time"

	"demarc"
	"demarc/intent"
)

// probed is what a host reports of a VPC's probe.
func (b *yardBed) probed(on demarc.NodeID, vpc demarc.VPCID, target netip.Addr) intent.ProbeSeen {
	for _, v := range b.nodes[on].report().VPCs {
		if p, ok := v.ProbeOf(target); ok && v.ID == vpc {
			return p
		}
	}
	return intent.ProbeSeen{}
}

// A VPC's host asks an address beyond a Transit Gateway, sees the way of
// requests and answers, and what is lost while nothing answers.
func TestProbesSeeTheWay(t *testing.T) {
	y := newYard(host, alpha)
	dx, a := 0, y.vpc(host, "app1", alpha)
	y.table([]int{dx, a}, []int{dx, a})
	target := netip.MustParseAddr(hostAddress)
	y.cutovers = []demarc.Cutover{{
		ID: "co-1", VPC: y.vpcs[0].ID, State: demarc.CutoverFlipping, Prefixes: []demarc.CutoverPrefix{{Probe: target}},
	}}
	bed := y.build(t)
	bed.customer.bird(theirs.Addr(), ours.Addr(), key)
	vpc, tgw := y.vpcs[0].ID, string(y.transit.Gateways[0].ID)
	eventually(t, "answers come by the Transit Gateway", func() bool {
		p := bed.probed(host, vpc, target)
		return p.Out == tgw && p.In == tgw && !p.Silent && p.Count.Answered > 50
	})
	before := bed.probed(host, vpc, target).Count
	if before.Asymmetric != 0 {
		t.Errorf("both directions took one path, and %v are called asymmetric", before.Asymmetric)
	}
	bed.run(bed.customer.host, "ip", "route", "add", "blackhole", alpha)
	eventually(t, "the silence is seen", func() bool { return bed.probed(host, vpc, target).Silent })
	bed.run(bed.customer.host, "ip", "route", "del", "blackhole", alpha)
	eventually(t, "answers come again", func() bool { p := bed.probed(host, vpc, target); return !p.Silent && p.Out == tgw })
	got := bed.probed(host, vpc, target).Count.Since(before)
	if got.Lost == 0 || got.Silent < time.Duration(got.Lost)*20*time.Millisecond {
		t.Errorf("got %d lost, which stand for %v", got.Lost, got.Silent)
	}
	y.cutovers[0].State = demarc.CutoverDone
	bed.tell(2)
	eventually(t, "nothing is probed any more", func() bool { return bed.probed(host, vpc, target).Count.Sent == 0 })
}

// A link's address of IPv6 is asked as one of IPv4 is, from the VPC's router.
func TestProbesOfBothFamilies(t *testing.T) {
	l := newLine("acme-r1", "p1").withIPv6()
	router6 := netip.MustParseAddr("fd20:8:2::1")
	for i := range l.vpc.Hosts {
		l.vpc.Hosts[i].Router6 = router6
	}
	targets := []netip.Addr{netip.MustParseAddr(hostAddress), netip.MustParseAddr(hostAddress6)}
	l.vpc.Probes = []intent.Probe{
		{Source: l.vpc.Hosts[0].Jack.Router, Target: targets[0], Interval: 50 * time.Millisecond},
		{Source: router6, Target: targets[1], Interval: 50 * time.Millisecond},
	}
	b := newDualBed(t, l)
	b.customer.birdDual()
	probed := func(target netip.Addr) (seen intent.ProbeSeen) {
		for _, v := range b.host.report().VPCs {
			seen, _ = v.ProbeOf(target)
		}
		return seen
	}
	for _, target := range targets {
		eventually(t, target.String()+" answers", func() bool {
			p := probed(target)
			return p.Out == string(l.gateway) && p.In == string(l.gateway) && !p.Silent && p.Count.Answered > 20
		})
	}
	b.run(b.customer.host, "ip", "-6", "route", "add", "blackhole", cidr6.String())
	eventually(t, "the one is silent, and the other is not", func() bool { return probed(targets[1]).Silent && !probed(targets[0]).Silent })
	b.run(b.customer.host, "ip", "-6", "route", "del", "blackhole", cidr6.String())
	eventually(t, "it answers again", func() bool { return !probed(targets[1]).Silent })
	if c := probed(targets[1]).Count; c.Lost == 0 {
		t.Errorf("counted %+v", c)
	}
}
