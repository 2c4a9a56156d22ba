package agent_test

import (
	"testing"

	"demarc"
	"demarc/intent"
)

// routers are those that customers have.
var routers = map[string]func(*bed){
	"BIRD": func(b *bed) { b.customer.bird(theirs.Addr(), ours.Addr(), key) },
	"FRR":  func(b *bed) { b.customer.frr(theirs.Addr(), ours.Addr(), key) },
}

func TestAPacketCrosses(t *testing.T) {
	for name, start := range routers {
		t.Run(name, func(t *testing.T) {
			b := newBed(t, newLine("acme-r1", "p1"))
			start(b)
			b.device.established(b.line)
			b.crosses()
			eventually(t, "the packets are counted, and none came without its tag", func() bool {
				v, _ := b.device.vif(b.line)
				p := b.device.report().Ports[0]
				return v.RxPackets > 0 && v.TxPackets > 0 && p.Carrier && p.Untagged == 0 && p.UnknownVLAN == 0
			})
			eventually(t, "both nodes have done all they were told", func() bool {
				return b.device.done(1) && b.host.done(1)
			})
			v, _ := b.device.vif(b.line)
			if v.Accepted.Len() != 1 || v.Accepted.List()[0].Prefix != lan || len(v.Accepted.List()[0].ASPath) != 1 || v.Accepted.List()[0].ASPath[0] != 65001 {
				t.Errorf("accepted %+v", v.Accepted)
			}
			if v.Advertised.Len() != 1 || v.Advertised.List()[0].Prefix != cidr {
				t.Errorf("advertised %+v", v.Advertised)
			}
		})
	}
}

func TestALearnedDefaultIsShadowedByTheInternetGateway(t *testing.T) {
	b := newBed(t, newLine("acme-r1", "p1").withInternet())
	b.up("route 0.0.0.0/0 blackhole;")
	eventually(t, "the default route is propagated", func() bool {
		for _, p := range b.vpc().Propagated {
			if p.Prefix == demarc.DefaultRoute && p.Gateway == b.line.gateway && p.Device == device {
				return true
			}
		}
		return false
	})
	before := b.paths()
	for range 5 {
		eventually(t, "the app host reaches the internet", func() bool { return b.reaches(b.app, webAddress) })
	}
	igw := b.line.vpc.InternetGateway.ID
	eventually(t, "five packets left by the internet gateway and came back", func() bool {
		now := b.paths()
		return now[igw].OutPackets >= before[igw].OutPackets+5 && now[igw].InPackets >= before[igw].InPackets+5
	})
	b.crosses() // and the longer route uses the line
}

func TestMetrics(t *testing.T) {
	b := newBed(t, newLine("acme-r1", "p1"))
	b.up()
	eventually(t, "the numbers are right", func() bool {
		d, h := b.device.scrape(), b.host.scrape()
		return d["demarc_bgp_peer_state"] == 1 && d["demarc_port_carrier"] == 1 && d["demarc_applied_version"] == 1 &&
			d["demarc_vif_receive_packets_total"] > 0 && d["demarc_port_transmit_bytes_total"] > 0 && d["demarc_bgp_peer_uptime_seconds"] > 0 && d["demarc_vif_prefixes"] == 3 && d["demarc_problems"] == 0 &&
			h["demarc_vpc_path_packets_total"] > 0
	})
	b.customer.kill()
	eventually(t, "the session is seen to be down", func() bool { return b.device.scrape()["demarc_bgp_peer_state"] == 0 })
	if flaps := b.device.scrape()["demarc_bgp_peer_flaps_total"]; flaps != 1 {
		t.Errorf("%v flaps", flaps)
	}
}

// scrape sums up each metric.
func (n *node) scrape() map[string]float64 {
	families, err := n.metrics.Gather()
	must(n.t, err)
	sums := map[string]float64{}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			sums[family.GetName()] += m.GetGauge().GetValue() + m.GetCounter().GetValue()
		}
	}
	return sums
}

// vpc is the VPC as its host sees it.
func (b *bed) vpc() intent.VPCSeen {
	if r := b.host.report(); len(r.VPCs) == 1 {
		return *r.VPCs[0]
	}
	return intent.VPCSeen{}
}

func (b *bed) paths() map[string]intent.PathSeen {
	paths := map[string]intent.PathSeen{}
	for _, p := range b.vpc().Paths {
		paths[p.Target] = p
	}
	return paths
}
