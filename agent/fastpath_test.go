package agent_test

import (
	"cmp"
	"fmt"
	"net/netip"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	cmplib "github.com/google/go-cmp/cmp"

	"demarc/agent/fastpath"
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
	b.begin()
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
	d.forwards("nftables")

	// An agent that knew of no fast path would have left programs beside its nftables.
	d.stop()
	n, err := linux.OpenNamespace(gateway)
	must(t, err)
	defer n.Close()
	rules := w.run(n, "nft", "list", "ruleset")
	w.run(n, "nft", "flush", "ruleset")
	forward, err := fastpath.OpenGateways()
	must(t, err)
	defer forward.Close()
	links, err := linux.Links(n)
	must(t, err)
	for link := range links {
		if link != linux.OwnPackets {
			_, err := forward.Put(n, link)
			must(t, err)
		}
	}
	w.run(n, "nft", rules)
	if programs() == 0 {
		t.Fatal("there are no programs to be taken off")
	}
	d = w.node(device)
	eventually(t, "the next agent takes them off", func() bool { return programs() == 0 })
}

// forwards waits until the metrics of a node say why its one network's packets
// take the kernel's stack; empty if they do not.
func (n *node) forwards(reason string) {
	n.t.Helper()
	eventually(n.t, "the metrics say of the fast path: "+cmp.Or(reason, "on"), func() bool {
		families, err := n.metrics.Gather()
		must(n.t, err)
		for _, family := range families {
			if m := family.GetMetric(); family.GetName() == "demarc_fastpath" && len(m) == 1 {
				labels := map[string]string{}
				for _, l := range m[0].GetLabel() {
					labels[l.GetName()] = l.GetValue()
				}
				return labels["reason"] == reason && labels["network"] != "" && (m[0].GetGauge().GetValue() == 1) == (reason == "")
			}
		}
		return false
	})
}

// An agent that is told to have no fast path takes off what another left, and
// packets go on: so one goes back to a version that does not know of it.
func TestAnAgentWithoutTheFastPathRemovesIt(t *testing.T) {
	l := newLine("acme-r1", "p1")
	b := newBed(t, l)
	b.up()
	b.crosses()
	b.device.forwards("")
	b.host.forwards("")
	networks := map[string]*node{b.instance.Network(host, string(l.vpc.ID)): b.host, b.instance.Gateway(device, l.gateway): b.device}
	pass := func() { b.run(b.customer.host, "ping", "-c5", "-i0.01", "-W5", appAddress) }
	for network := range networks {
		eventually(t, "packets do not pass the stack of "+network, func() bool { return b.stacked(network, pass) == 0 })
	}
	traffic := b.ping(b.customer.host, appAddress)
	b.host.stop()
	b.device.stop()
	b.host, b.device = b.nodeOf(host, onTheStack), b.nodeOf(device, onTheStack)
	b.host.forwards("operator")
	b.device.forwards("operator")
	b.packetsPass(20)
	if sent, lost := traffic.end(t); lost != 0 || sent < 20 {
		t.Errorf("%d of %d packets were lost meanwhile", lost, sent)
	}
	for network := range networks {
		eventually(t, "packets pass the stack of "+network, func() bool { return b.stacked(network, pass) == 10 })
		n, err := linux.OpenNamespace(network)
		must(t, err)
		defer n.Close()
		links, err := linux.Links(n)
		must(t, err)
		for link := range links {
			if p, there, _ := linux.AttachedIngress(n, link); there {
				t.Errorf("link %s of %s has the program %s still", link, network, p.Name)
			}
		}
	}
}

// hops are who answers packets of a rising time to live from a namespace, until
// the destination does: its address, or that of whoever says that it was exceeded.
// The silent ones are not asked.
func (b *bed) hops(from *linux.Namespace, to string, silent ...int) (all []string) {
	b.t.Helper()
	for ttl := 1; len(all) == 0 || all[len(all)-1] != to; ttl++ {
		if ttl > 9 {
			b.t.Fatalf("%s is not reached by %v", to, all)
		}
		hop := "*"
		if slices.Contains(silent, ttl) {
			all = append(all, hop)
			continue
		}
		eventually(b.t, fmt.Sprintf("somebody answers to %s with a time to live of %d", to, ttl), func() bool {
			out, _ := exec.Command("ip", "netns", "exec", from.Name(), "ping", "-n", "-c1", "-W2", "-t", strconv.Itoa(ttl), to).CombinedOutput()
			found := answerer.FindStringSubmatch(string(out))
			if found != nil {
				hop = strings.TrimSuffix(found[1], ":")
			}
			return found != nil
		})
		all = append(all, hop)
	}
	return all
}

var answerer = regexp.MustCompile(`(?i)from (\S+?):? icmp_seq`)

// Who traces a route sees the same hops, whether packets pass the stack or not:
// each answers for itself when a packet's time is over there.
func TestEveryHopAnswersAsWithoutTheFastPath(t *testing.T) {
	l := newLine("acme-r1", "p1").withIPv6()
	b := newDualBed(t, l)
	b.begin()
	traced := func() map[string][]string {
		all := map[string][]string{}
		for to, from := range map[string]*linux.Namespace{appAddress: b.customer.host, hostAddress: b.app} {
			all[to] = b.hops(from, to)
		}
		// Gateways and VPCs have no global address of IPv6, and what they say from
		// their links' is heard there alone.
		all[app6.String()] = b.hops(b.customer.host, app6.String(), 3, 4)
		all[hostAddress6] = b.hops(b.app, hostAddress6, 2)
		return all
	}
	b.device.forwards("")
	b.host.forwards("")
	fast := traced()
	networks := []string{b.instance.Network(host, string(l.vpc.ID)), b.instance.Gateway(device, l.gateway)}
	for _, network := range networks {
		b.runIn(network, "nft", "add table inet somebody; add chain inet somebody some { type filter hook forward priority 0; }")
	}
	b.device.forwards("nftables")
	b.host.forwards("nftables")
	if diff := cmplib.Diff(fast, traced()); diff != "" {
		t.Errorf("hops: with the fast path - without it +\n%s", diff)
	}
	for address, hops := range fast {
		if len(hops) != 5 { // router, interface, gateway, VPC, and the host itself
			t.Errorf("to %s there are the hops %v, want five", address, hops)
		}
	}
}
