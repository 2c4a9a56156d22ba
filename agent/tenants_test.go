package agent_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"demarc/agent/linux"
)

// Two customers have everything in common: tag, peer addresses, networks, the
// VPC's range, the app host's address. Only the ports differ.
func TestCustomersWithEqualAddressesDoNotMix(t *testing.T) {
	w := newWorld(t)
	lines := []line{newLine("acme-r1", "p1"), newLine("zeta-r1", "p2")}
	var customers []*customer
	var apps []*linux.Namespace
	for _, l := range lines {
		customers = append(customers, w.customer(l.customer))
		apps = append(apps, w.place(l.customer+"-app"))
	}
	h, d := w.node(host), w.node(device)
	h.tell(hostIntent(1, lines...))
	d.tell(deviceIntent(1, lines...))
	for i, c := range customers {
		w.answer(apps[i])
		w.answer(c.host)
		c.tag(lines[i].vif.VLAN, theirs)
		c.bird(theirs.Addr(), ours.Addr(), key)
	}
	for i, l := range lines {
		d.established(l)
		eventually(t, l.customer+" reaches its app host", func() bool { return w.reaches(customers[i].host, appAddress) })
		for range 3 {
			if got := w.ask(customers[i].host, appAddress); got != apps[i].Name() {
				t.Errorf("%s reached %q at the app host's address", l.customer, got)
			}
			if got := w.ask(apps[i], hostAddress); got != customers[i].host.Name() {
				t.Errorf("the app host of %s reached %q at its customer's address", l.customer, got)
			}
		}
	}
	for i, c := range customers {
		w.ownErrors(c.host, customers[1-i].host)
	}
	// With one customer's router gone the other's address leads nowhere.
	customers[0].kill()
	eventually(t, "the session of the first is down", func() bool {
		v, _ := d.vif(lines[0])
		return !v.Session[0].Established()
	})
	if got := w.ask(customers[1].host, appAddress); got != apps[1].Name() {
		t.Errorf("the second reached %q", got)
	}
}

// ownErrors sends packets whose time is over on the way: at the customer's router,
// its interface, the gateway and the VPC. Each says so to the host that sent it, and
// the host of the same address at another customer's hears nothing.
func (w *world) ownErrors(from, other *linux.Namespace) {
	w.t.Helper()
	heard := func() string { return w.run(other, "grep", "^Icmp:", "/proc/net/snmp") }
	before := heard()
	for hops := 1; hops <= 4; hops++ {
		said := w.run(from, "sh", "-c", fmt.Sprintf("ping -c 1 -W 2 -t %d %s || true", hops, appAddress))
		if !strings.Contains(said, "Time to live exceeded") {
			w.t.Errorf("%s, whose packet ended after %d hops, heard: %s", from.Name(), hops, said)
		}
	}
	if after := heard(); after != before {
		w.t.Errorf("%s heard of packets of %s:\n%s\n%s", other.Name(), from.Name(), before, after)
	}
}

// Two customers' VIFs on one gateway reach the VPC and not each other.
func TestAGatewayIsNoWayFromCustomerToCustomer(t *testing.T) {
	w := newWorld(t)
	a, z := newLine("acme-r1", "p1"), newLine("zeta-r1", "p2")
	z.vif.Gateway, z.gateway, z.vpc = a.gateway, a.gateway, a.vpc
	first, second := w.customer(a.customer), w.customer(z.customer)
	w.run(second.router, "ip", "addr", "add", "192.168.60.1/24", "dev", "lan0")
	w.place(a.customer + "-app")
	h, d := w.node(host), w.node(device)
	h.tell(hostIntent(1, a))
	both := deviceIntent(1, a, z)
	both.Device.Gateways = both.Device.Gateways[:1]
	d.tell(both)
	for _, c := range []*customer{first, second} {
		c.tag(101, theirs)
		c.bird(theirs.Addr(), ours.Addr(), key)
	}
	d.established(a)
	d.established(z)
	eventually(t, "the second customer reaches the VPC", func() bool {
		return strings.Contains(w.run(second.router, "ip", "route"), cidr.String())
	})
	w.run(first.router, "ip", "route", "add", "192.168.60.0/24", "via", ours.Addr().String())
	if w.reaches(first.host, "192.168.60.1") {
		t.Error("one customer reached the other through the gateway")
	}
}

func TestForbiddenPrefixesAreRefusedWithAReason(t *testing.T) {
	b := newBed(t, newLine("acme-r1", "p1"))
	b.customer.bird(theirs.Addr(), ours.Addr(), key,
		"route 10.8.2.0/24 blackhole; route 10.8.2.128/25 blackhole; route 169.254.20.0/24 blackhole; route 169.254.10.0/30 blackhole; route 10.0.0.0/8 blackhole; route 10.9.0.0/16 blackhole { bgp_path.prepend(64512); };")
	want := map[string]string{
		"10.8.2.0/24": "a network that the gateway leads to", "10.8.2.128/25": "a network that the gateway leads to",
		"169.254.20.0/24": "RFC 6890", "169.254.10.0/30": "subnet of the session",
		"10.9.0.0/16": `path attributes that it came with are refused: treated as withdrawn: AS_PATH "65001 64512" contains our AS 64512`,
	}
	eventually(t, "the forbidden ones are refused and the others accepted", func() bool {
		v, _ := b.device.vif(b.line)
		for _, r := range v.Refused {
			if !strings.Contains(r.Why(), want[r.Prefix.String()]) {
				t.Fatalf("%s is refused because %s", r.Prefix, r.Why())
			}
		}
		return len(v.Refused) == len(want) && v.Accepted.Len() == 2 &&
			v.Accepted.List()[0].Prefix == netip.MustParsePrefix("10.0.0.0/8") && v.Accepted.List()[1].Prefix == lan
	})
	eventually(t, "the VPC learns the accepted ones only", func() bool { return len(b.vpc().Propagated) == 2 })
}

func TestAWrongKeyIsSeen(t *testing.T) {
	b := newBed(t, newLine("acme-r1", "p1"))
	b.customer.bird(theirs.Addr(), ours.Addr(), "another-key")
	eventually(t, "refused signatures are counted and no session comes up", func() bool {
		v, ok := b.device.vif(b.line)
		return ok && v.MD5Failures > 0 && !v.Session[0].Established()
	})
}

func TestTooManyPrefixesHoldTheSessionDown(t *testing.T) {
	l := newLine("acme-r1", "p1")
	l.vif.Peers[0].PrefixLimit = 2
	b := newBed(t, l)
	b.customer.bird(theirs.Addr(), ours.Addr(), key, "route 10.1.0.0/16 blackhole; route 10.2.0.0/16 blackhole;")
	eventually(t, "the session is held down and nothing is used", func() bool {
		v, ok := b.device.vif(b.line)
		return ok && strings.Contains(v.Session[0].Reason, "too many prefixes") && v.Session[0].State == "Idle" && v.Accepted.Len() == 0
	})
	eventually(t, "nor learned in the VPC", func() bool { return len(b.vpc().Propagated) == 0 })
	v, _ := b.device.vif(b.line)
	if over := v.Session[0].Overrun; over == nil || over.Limit != 2 || len(over.Prefixes) != 3 {
		t.Errorf("of what was sent is said %+v", over)
	}
	// Whoever looks at the numbers sees that prefixes came, and how many.
	if diff := cmp.Diff(b.device.prefixes(), map[string]float64{"received": 3, "over_limit": 3, "accepted": 0, "refused": 0, "advertised": 0}); diff != "" {
		t.Error(diff)
	}
}

// prefixes are those that the node's metrics count, by kind.
func (n *node) prefixes() map[string]float64 {
	families, err := n.metrics.Gather()
	must(n.t, err)
	kinds := map[string]float64{}
	for _, family := range families {
		for _, m := range family.GetMetric() {
			for _, l := range m.GetLabel() {
				if family.GetName() == "demarc_vif_prefixes" && l.GetName() == "kind" {
					kinds[l.GetValue()] = m.GetGauge().GetValue()
				}
			}
		}
	}
	return kinds
}
