package speaker_test

import (
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"demarc/agent/speaker"
	"demarc/bgp"
)

func TestTwoSpeakers(t *testing.T) {
	na, nb := newNamespace(t), newNamespace(t)
	wire(t, na, nb)
	a, b := newNode(t), newNode(t)
	pa, pb := ours(na), theirs(nb)
	pa.Key, pb.Key = "secret-of-both", "secret-of-both"
	a.set("vif", pa)
	b.set("vif", pb)
	b.advertise("vif", "192.168.50.0/24")
	took := eventually(t, "established", func() bool {
		return a.state("vif") == bgp.Established && b.state("vif") == bgp.Established
	})
	if took > 3*time.Second {
		t.Errorf("established after %v", took)
	}
	eventually(t, "the route arrives", func() bool { return len(a.table("vif")) == 1 })
	want := bgp.Attributes{Path: bgp.NewASPath(65001), NextHop: pb.Session.LocalAddr}
	if got := a.table("vif")[netip.MustParsePrefix("192.168.50.0/24")]; got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	before, _ := a.Status("vif")
	a.set("vif", pa) // the same again
	pa.Session.IPv4.MaxPrefixes = 1
	a.set("vif", pa) // in place
	if after, _ := a.Status("vif"); after != before {
		t.Errorf("a change that needs no reset made one: %+v, was %+v", after, before)
	}
	b.advertise("vif", "192.168.50.0/24", "192.168.51.0/24")
	eventually(t, "held over the limit", func() bool { st, _ := a.Status("vif"); return st.Held })
	if st, _ := b.Status("vif"); st.LastReason.Code != 6 || st.LastReason.Subcode != 1 {
		t.Errorf("the peer learned %v, want Cease 6/1", st.LastReason)
	}
}

func TestWrongKeyDoesNotComeUp(t *testing.T) {
	na, nb := newNamespace(t), newNamespace(t)
	wire(t, na, nb)
	a, b := newNode(t), newNode(t)
	pa, pb := ours(na), theirs(nb)
	pa.Key, pb.Key = "one", "another"
	a.set("vif", pa)
	b.set("vif", pb)
	eventually(t, "signatures are refused", func() bool {
		return !strings.Contains(run(t, na.command("nstat", "-az", "TcpExtTCPMD5Failure")...), "MD5Failure             0 ")
	})
	if got := a.state("vif"); got > bgp.Active {
		t.Errorf("session is %v with a wrong key", got)
	}
	pb.Key = "one"
	b.set("vif", pb)
	a.established("vif")
}

// A peer that never hangs up leaves the last words unanswered.
func TestASuccessorDoesNotWaitForLastWords(t *testing.T) {
	na, nb := newNamespace(t), newNamespace(t)
	wire(t, na, nb)
	calls := deaf(t, nb)
	a := newNode(t)
	a.set("vif", ours(na))
	<-calls
	eventually(t, "an OPEN is on its way", func() bool { return a.state("vif") == bgp.OpenSent })
	gone := a.Remove("vif", bgp.Cease{Subcode: bgp.CeaseAdminShutdown})
	a.set("vif", ours(na))
	select {
	case <-calls:
	case <-gone:
		t.Error("the second session waited for the last words of the first")
	}
}

// deaf accepts connections to the BGP port in n, and does nothing with them.
func deaf(t *testing.T, n netns) (calls <-chan net.Conn) {
	t.Helper()
	var listener net.Listener
	if err := n.Do(func() (err error) {
		listener, err = net.Listen("tcp4", "169.254.10.2:179")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	accepted := make(chan net.Conn, 10)
	go func() {
		for conn, err := listener.Accept(); err == nil; conn, err = listener.Accept() {
			t.Cleanup(func() { conn.Close() })
			accepted <- conn
		}
	}()
	return accepted
}

func TestRemoveTellsThePeer(t *testing.T) {
	na, nb := newNamespace(t), newNamespace(t)
	wire(t, na, nb)
	a, b := newNode(t), newNode(t)
	a.set("vif", ours(na))
	b.set("vif", theirs(nb))
	b.established("vif")
	gone := a.Remove("vif", bgp.Cease{Subcode: bgp.CeaseAdminShutdown, Text: "moved to line 2"})
	select {
	case <-gone:
	case <-time.After(900 * time.Millisecond): // a peer that is there answers at once, and none is waited for longer than a second
		t.Error("the last words do not end")
	}
	eventually(t, "down", func() bool { _, down := last[bgp.Down](b, "vif"); return down })
	down, _ := last[bgp.Down](b, "vif")
	if want := `received 6/2 cease, administrative shutdown: "moved to line 2"`; down.Reason.String() != want {
		t.Errorf("the peer learned %q, want %q", down.Reason, want)
	}
	a.set("vif", ours(na))
	a.established("vif")
}

// The interface comes after the session, goes, and comes back.
func TestInterfaceComesLateAndIsReplaced(t *testing.T) {
	na, nb := newNamespace(t), newNamespace(t)
	a, b := newNode(t), newNode(t)
	pa, pb := ours(na), theirs(nb)
	pa.BindDevice, pb.BindDevice = "v0", "v1"
	a.set("vif", pa)
	b.set("vif", pb)
	eventually(t, "a dial fails", func() bool { st, _ := a.Status("vif"); return st.LastReason.Text != "" })
	wire(t, na, nb)
	a.established("vif")
	run(t, "ip", "-n", string(na), "link", "del", "v0")
	wire(t, na, nb)
	if err := a.Reset("vif", bgp.Cease{Subcode: bgp.CeaseBFDDown}); err != nil {
		t.Fatal(err)
	}
	if err := b.Reset("vif", bgp.Cease{Subcode: bgp.CeaseBFDDown}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "up again", func() bool {
		sa, _ := a.Status("vif")
		sb, _ := b.Status("vif")
		return sa.State == bgp.Established && sb.State == bgp.Established && sa.Transitions > 1
	})
}

// Two nodes of our own, iBGP over link-local addresses, IPv4 routes with an
// IPv6 next hop (RFC 8950).
func TestLinkLocalInternal(t *testing.T) {
	na, nb := newNamespace(t), newNamespace(t)
	wire(t, na, nb)
	run(t, "ip", "-n", string(na), "addr", "add", "fe80::a/64", "dev", "v0", "nodad")
	run(t, "ip", "-n", string(nb), "addr", "add", "fe80::b/64", "dev", "v1", "nodad")
	pa := ours(na)
	pa.Session.PeerASN = pa.Session.LocalASN
	pa.Session.LocalAddr, pa.Session.PeerAddr = netip.MustParseAddr("fe80::a"), netip.MustParseAddr("fe80::b")
	pa.TTL, pa.Zone, pa.Key = 255, "v0", "between-nodes"
	pb := pa
	pb.Namespace, pb.Zone = nb, "v1"
	pb.Session.RouterID = netip.MustParseAddr("169.254.10.2")
	pb.Session.LocalAddr, pb.Session.PeerAddr = pa.Session.PeerAddr, pa.Session.LocalAddr
	a, b := newNode(t), newNode(t)
	a.set("node", pa)
	b.set("node", pb)
	b.advertise("node", "10.1.0.0/24")
	eventually(t, "the route arrives", func() bool { return len(a.table("node")) == 1 })
	want := bgp.Attributes{NextHop: pb.Session.LocalAddr, LocalPref: 100, HasLocalPref: true}
	if got := a.table("node")[netip.MustParsePrefix("10.1.0.0/24")]; got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// All sessions share one pair of namespaces, each with addresses of its own.
func TestTwoHundredSessions(t *testing.T) {
	const sessions = 200
	na, nb := newNamespace(t), newNamespace(t)
	wire(t, na, nb)
	addresses(t, na, "v0", "172.16.%d.1", sessions)
	addresses(t, nb, "v1", "172.16.%d.2", sessions)
	a, b := newNode(t), newNode(t)
	begun := time.Now()
	for i := range sessions {
		pa, pb := ours(na), theirs(nb)
		pa.Key, pb.Key = "key-of-many", "key-of-many"
		pa.Session.LocalAddr = netip.MustParseAddr(fmt.Sprintf("172.16.%d.1", i))
		pa.Session.PeerAddr = netip.MustParseAddr(fmt.Sprintf("172.16.%d.2", i))
		pb.Session.LocalAddr, pb.Session.PeerAddr = pa.Session.PeerAddr, pa.Session.LocalAddr
		a.set(fmt.Sprint(i), pa)
		b.set(fmt.Sprint(i), pb)
		b.advertise(fmt.Sprint(i), "192.168.50.0/24")
	}
	eventually(t, "all established with their route", func() bool {
		for _, st := range a.Statuses() {
			if st.Received[bgp.IPv4] != 1 {
				return false
			}
		}
		return true
	})
	t.Logf("%d sessions with a route each after %v", sessions, time.Since(begun).Round(time.Millisecond))
}

// addresses puts n addresses on an interface by one command.
func addresses(t *testing.T, n netns, dev, format string, count int) {
	t.Helper()
	var batch strings.Builder
	for i := range count {
		fmt.Fprintf(&batch, "addr add "+format+"/30 dev %s\n", i, dev)
	}
	batchIP(t, n, batch.String())
}

func TestSetRefusesNonsense(t *testing.T) {
	s := speaker.New(slog.New(slog.DiscardHandler), func(speaker.Event) {})
	good := ours("nowhere")
	for field, change := range map[string]func(*speaker.Peer){
		"Namespace": func(p *speaker.Peer) { p.Namespace = nil },
		"Key":       func(p *speaker.Peer) { p.Key = speaker.Key(strings.Repeat("x", 81)) },
		"TTL":       func(p *speaker.Peer) { p.TTL = 256 },
		"PeerASN":   func(p *speaker.Peer) { p.Session.PeerASN = 0 },
		"Zone": func(p *speaker.Peer) {
			p.Session.LocalAddr, p.Session.PeerAddr = netip.MustParseAddr("fe80::1"), netip.MustParseAddr("fe80::2")
		},
	} {
		p := good
		change(&p)
		if err := s.Set("vif", p); err == nil || !strings.Contains(err.Error(), field+":") {
			t.Errorf("%s: got error %v, want one naming the field", field, err)
		}
	}
	if err := s.Set("one", good); err != nil {
		t.Fatal(err)
	}
	if err := s.Set("two", good); err == nil {
		t.Error("two sessions with one peer were taken")
	}
}

func TestKeyNeverShows(t *testing.T) {
	p := ours("nowhere")
	p.Key = "hush"
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "key", p.Key, "peer", p)
	shown := fmt.Sprintf("%v %+v %#v %s %x %d", p, p, p, p.Key, p.Key, p.Key) + log.String()
	if strings.Contains(shown, "hush") || strings.Contains(shown, fmt.Sprintf("%x", "hush")) {
		t.Errorf("the key shows: %s", shown)
	}
}
