package agent_test

import (
	"net"
	"net/netip"
	"slices"
	"testing"
	"time"

	"demarc/agent/linux"
	"demarc/intent"
)

// gated gives the line's first app host these rules, on a copy of what others
// may be reading.
func (l line) gated(passes ...intent.Pass) line {
	l.vpc.Hosts = slices.Clone(l.vpc.Hosts)
	l.vpc.Hosts[0].Gate = &intent.Gate{Passes: passes}
	return l
}

// pass is a rule for what comes in, of a protocol and a port.
func pass(far netip.Prefix, protocol, port int) intent.Pass {
	return intent.Pass{Far: far, Protocol: protocol, From: port, To: port}
}

var (
	out4 = intent.Pass{Egress: true, Far: netip.MustParsePrefix("0.0.0.0/0"), Protocol: -1, From: -1, To: -1}
	web  = intent.Pass{Far: lan, Protocol: 6, From: 7, To: 8}
)

// Security groups let through what they say and the answers to it, count the
// rest, and break no connection when they change.
func TestSecurityGroupsFilter(t *testing.T) {
	l := newLine("acme-r1", "p1").withSubnets().gated(web, out4)
	w := newWorld(t)
	b := &bed{world: w, line: l, customer: w.customer(l.customer), app: w.place(l.customer + "-app")}
	second := w.place(l.customer + "-app2")
	w.place("internet")
	b.host, b.device = w.node(host), w.node(device)
	b.host.tell(hostIntent(1, l))
	b.device.tell(deviceIntent(1, l))
	b.customer.tag(l.vif.VLAN, theirs)
	b.customer.bird(theirs.Addr(), ours.Addr(), key)
	b.device.established(l)
	w.answer(b.app)
	eventually(t, "the app host reaches the customer, who may not ask first", func() bool { return w.reaches(b.app, hostAddress) })
	if got := w.ask(b.customer.host, app.String()); got != b.app.Name() {
		t.Errorf("on the port that is let through answers %q", got)
	}
	for name, from := range map[string]*linux.Namespace{"the customer": b.customer.host, "its neighbour": second} {
		if w.reaches(from, app.String()) {
			t.Errorf("the app host answers %s's ping", name)
		}
	}
	if got := w.ask(second, app.String()); got == b.app.Name() {
		t.Error("the port is open to a neighbour")
	}
	eventually(t, "what was refused is counted", func() bool {
		vpcs := b.host.report().VPCs
		return len(vpcs) == 1 && len(vpcs[0].Refused) == 1 && vpcs[0].Refused[0].InPackets >= 3 && vpcs[0].Refused[0].OutPackets == 0
	})
	if !w.reaches(b.app, app.Next().String()) {
		t.Error("the app host does not reach a neighbour, who is in no group")
	}

	line := b.talk()
	b.host.tell(hostIntent(2, l.gated(pass(netip.PrefixFrom(app.Next(), 32), 1, -1))))
	eventually(t, "a neighbour may ping", func() bool { return w.reaches(second, app.String()) })
	line("a connection outlives the rule that let it in")
	if got := w.ask(b.customer.host, app.String()); got == b.app.Name() {
		t.Error("a new connection is let in without a rule")
	}
	if w.reaches(b.app, hostAddress) {
		t.Error("the app host reaches out without a rule")
	}
	eventually(t, "counts stay, and what goes out is counted as well", func() bool {
		r := b.host.report().VPCs[0].Refused[0]
		return r.InPackets >= 4 && r.OutPackets > 0
	})

	l.vpc.Hosts[0].Gate = nil
	b.host.tell(hostIntent(3, l))
	eventually(t, "in no group everything passes", func() bool { return w.reaches(b.customer.host, app.String()) })
	line("a connection outlives the groups")
}

// talk opens a connection from the customer to the app host's port 8 that stays,
// and returns what says a line on it, both ways.
func (b *bed) talk() func(line string) {
	t := b.t
	t.Helper()
	var listener net.Listener
	must(t, b.app.Do(func() (err error) {
		listener, err = net.Listen("tcp4", app.String()+":8")
		return err
	}))
	t.Cleanup(func() { listener.Close() })
	var near net.Conn
	must(t, b.customer.host.Do(func() (err error) {
		near, err = net.DialTimeout("tcp4", app.String()+":8", patience)
		return err
	}))
	t.Cleanup(func() { near.Close() })
	far, err := listener.Accept()
	must(t, err)
	t.Cleanup(func() { far.Close() })
	return func(line string) {
		t.Helper()
		for _, ends := range [][2]net.Conn{{near, far}, {far, near}} {
			ends[1].SetReadDeadline(time.Now().Add(patience))
			_, err := ends[0].Write([]byte(line))
			must(t, err)
			got := make([]byte, len(line))
			if n, err := ends[1].Read(got); err != nil || string(got[:n]) != line {
				t.Fatalf("%s: heard %q, %v", line, got[:n], err)
			}
		}
	}
}
