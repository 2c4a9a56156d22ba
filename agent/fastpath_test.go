package agent_test

import (
	"net/netip"
	"testing"

	"demarc/agent/linux"
	"demarc/agent/naming"
	"demarc/intent"
)

// stacked is how many packets the stack of a namespace forwards while something
// is done.
func (b *bed) stacked(namespace string, do func()) uint64 {
	b.t.Helper()
	n, err := linux.OpenNamespace(namespace)
	must(b.t, err)
	defer n.Close()
	before, err := linux.Forwarded(n)
	must(b.t, err)
	do()
	after, err := linux.Forwarded(n)
	must(b.t, err)
	return after - before
}

// A VPC forwards past the kernel's stack, by each app host's own route table,
// except while security groups have it look at packets; and somebody who takes
// the programs off finds them put back.
func TestAVPCForwardsPastTheStackUnlessItFilters(t *testing.T) {
	l := newLine("acme-r1", "p1").withIPv6()
	b := newDualBed(t, l)
	b.customer.birdDual()
	b.sessions(true, true)
	b.crosses()
	b.crosses6()
	vpc, gateway := b.instance.Network(host, string(l.vpc.ID)), b.instance.Gateway(device, l.gateway)
	pass := func() {
		for from, to := range map[*linux.Namespace][]string{b.customer.host: {appAddress, app6.String()}, b.app: {hostAddress, hostAddress6}} {
			for _, address := range to {
				b.run(from, "ping", "-c5", "-i0.01", "-W5", address)
			}
		}
	}
	fast := func(when string) {
		t.Helper()
		eventually(t, when+", packets do not pass the stack", func() bool { return b.stacked(vpc, pass) == 0 })
	}
	fast("at first")
	eventually(t, "nor do they in the gateway's namespace", func() bool { return b.stacked(gateway, pass) == 0 })
	before := b.paths()[string(l.gateway)]
	pass()
	eventually(t, "they are counted by the gateway that they go to and come from", func() bool {
		now := b.paths()[string(l.gateway)]
		return now.OutPackets >= before.OutPackets+20 && now.InPackets >= before.InPackets+20
	})

	everything := intent.Gate{}
	for _, far := range []string{"0.0.0.0/0", "::/0"} {
		for _, out := range []bool{true, false} {
			everything.Passes = append(everything.Passes, intent.Pass{Egress: out, Far: netip.MustParsePrefix(far), Protocol: -1, From: -1, To: -1})
		}
	}
	gated := l.gated(everything.Passes...)
	b.host.tell(hostIntent(2, gated))
	eventually(t, "the host has done all it was told", func() bool { return b.host.done(2) })
	if n := b.stacked(vpc, pass); n != 40 {
		t.Errorf("where security groups filter, the stack forwarded %d of 40 packets", n)
	}
	gated.vpc.Hosts[0].Gate = &intent.Gate{}
	b.host.tell(hostIntent(3, gated))
	eventually(t, "a group without rules lets nothing in", func() bool { return b.host.done(3) && !b.reaches(b.customer.host, appAddress) })
	b.host.tell(hostIntent(4, l))
	eventually(t, "in no group everything passes", func() bool { return b.reaches(b.customer.host, appAddress) })
	fast("in no group")

	b.runIn(vpc, "tc", "qdisc", "del", "dev", naming.BackboneHost(l.gateway, device), "clsact")
	fast("with a program taken off")
	b.runIn(vpc, "nft", "add table ip somebody; add chain ip somebody some { type filter hook forward priority 0; }")
	eventually(t, "where somebody's nftables look, packets pass the stack", func() bool { return b.stacked(vpc, pass) == 40 })
	b.runIn(vpc, "nft", "delete", "table", "ip", "somebody")
	fast("when they are gone")
}

// A gateway that gets a second VPC keeps the two apart, by nftables: the fast path
// has gone before, since it would lead from one to the other.
func TestAGatewayThatKeepsApartHasNoFastPath(t *testing.T) {
	w := newWorld(t)
	h := newHub("acme-r1")
	first := h.add("app1", "10.1.0.0/24", "10.1.0.0/24")
	customer := w.customer("acme-r1")
	app1, _ := w.place("app1"), w.place("app2")
	d, m := w.node(device), w.node(host)
	onDevice, onHost := h.intents(1)
	m.tell(onHost)
	d.tell(onDevice)
	customer.tag(101, theirs)
	customer.bird(theirs.Addr(), ours.Addr(), key)
	eventually(t, "the customer reaches the first", func() bool { return w.reaches(customer.host, "10.1.0.10") })
	gateway := w.instance.Gateway(device, intent.Presence(h.device.DirectConnectGateways[0].ID))
	programs := func() (count int) {
		n, err := linux.OpenNamespace(gateway)
		must(t, err)
		defer n.Close()
		links, err := linux.Links(n)
		must(t, err)
		for link := range links {
			if _, there, err := linux.AttachedIngress(n, link); err == nil && there {
				count++
			}
		}
		return count
	}
	if n := programs(); n != 2 {
		t.Fatalf("%d links of the gateway have programs, want both", n)
	}
	second := h.add("app2", "10.2.0.0/24", "10.2.0.0/24")
	h.static(first, "10.2.0.0/24") // each tries to reach the other by hand
	h.static(second, "10.1.0.0/24")
	onDevice, onHost = h.intents(2)
	m.tell(onHost)
	d.tell(onDevice)
	for _, address := range []string{"10.1.0.10", "10.2.0.10"} {
		eventually(t, "the customer reaches "+address, func() bool { return w.reaches(customer.host, address) })
	}
	if w.reaches(app1, "10.2.0.10") {
		t.Error("one VPC reaches another by way of their gateway")
	}
	if n := programs(); n != 0 {
		t.Errorf("%d links of the gateway have programs still", n)
	}
}
