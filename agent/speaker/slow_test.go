package speaker_test

import (
	"bytes"
	"encoding/binary"
	"log/slog"
	"net"
	"net/netip"
	"testing"
	"time"

	"demarc/bgp"
)

// many is how many prefixes fill the small buffers of a namespace several times.
const many = 20_000

// narrow makes a namespace's TCP buffers as small as they get.
func narrow(t *testing.T, n netns) {
	t.Helper()
	for _, name := range []string{"tcp_wmem", "tcp_rmem"} {
		run(t, n.command("sysctl", "-qw", "net.ipv4."+name+"=4096 4096 4096")...)
	}
}

func (n *node) advertiseMany(key string) {
	n.t.Helper()
	routes := map[netip.Prefix]bgp.Attributes{}
	for i := range uint32(many) {
		var octets [4]byte
		binary.BigEndian.PutUint32(octets[:], 10<<24|i<<8)
		routes[netip.PrefixFrom(netip.AddrFrom4(octets), 24)] = bgp.Attributes{}
	}
	if err := n.Advertise(key, bgp.IPv4, routes); err != nil {
		n.t.Fatal(err)
	}
}

// A peer that stops reading gets everything once it goes on.
func TestAPeerThatReadsSlowly(t *testing.T) {
	na, nb := newNamespace(t), newNamespace(t)
	wire(t, na, nb)
	narrow(t, na)
	narrow(t, nb)
	a, b := newNode(t), newNode(t)
	a.set("vif", ours(na))
	b.set("vif", theirs(nb))
	a.established("vif")
	b.established("vif")
	b.mu.Lock() // its handler waits, so it reads nothing
	a.advertiseMany("vif")
	eventually(t, "it was told", func() bool { st, _ := a.Status("vif"); return st.Advertised[bgp.IPv4] == many })
	b.mu.Unlock()
	eventually(t, "all routes arrive", func() bool { return len(b.table("vif")) == many })
	if st, _ := a.Status("vif"); st.State != bgp.Established || st.Transitions != 1 {
		t.Errorf("the session suffered: %+v", st)
	}
}

// A peer that says that it is alive, and reads nothing, is given up after a hold
// time (RFC 9687).
func TestAPeerThatReadsNothing(t *testing.T) {
	na, nb := newNamespace(t), newNamespace(t)
	wire(t, na, nb)
	narrow(t, na)
	a := newNode(t)
	p := ours(na)
	p.Session.HoldTime = 3 * time.Second
	a.set("vif", p)
	a.advertiseMany("vif")
	var peer net.Conn
	eventually(t, "it lets us in", func() bool {
		return nb.Do(func() (err error) {
			peer, err = net.DialTimeout("tcp4", "169.254.10.1:179", time.Second)
			return err
		}) == nil
	})
	defer peer.Close()
	if err := peer.(*net.TCPConn).SetReadBuffer(1); err != nil {
		t.Fatal(err)
	}
	header := []byte{255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 0}
	open := append(header, 37, 1, 4, 0xfd, 0xe9, 0, 3, 169, 254, 10, 2, 8, 2, 6, 1, 4, 0, 1, 0, 1)
	keepalive := append(header[:17:17], 19, 4)
	write := func(message []byte) { _, _ = peer.Write(message) } // fails once it is given up
	write(open)
	begun := time.Now()
	eventually(t, "given up", func() bool {
		write(keepalive)
		_, down := last[bgp.Down](a, "vif")
		return down
	})
	down, _ := last[bgp.Down](a, "vif")
	if took := time.Since(begun); took < p.Session.HoldTime {
		t.Errorf("it was given up after %v", took)
	}
	if want := "connection lost: the peer reads nothing"; down.Reason.String() != want {
		t.Errorf("it was given up for %q, want %q", down.Reason, want)
	}
}

// A peer whose every update is refused does not fill the log.
func TestBrokenUpdatesDoNotFillTheLog(t *testing.T) {
	const updates = 2000
	na, nb := newNamespace(t), newNamespace(t)
	wire(t, na, nb)
	var said bytes.Buffer // read when the speaker has ended
	a, b := newNodeThatLogs(t, slog.NewTextHandler(&said, nil)), newNode(t)
	a.set("vif", ours(na))
	b.set("vif", theirs(nb))
	routes := map[netip.Prefix]bgp.Attributes{}
	for i := range uint32(updates) {
		p := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(i >> 8), byte(i), 0}), 24)
		routes[p] = bgp.Attributes{Path: bgp.NewASPath(64512, 70000+i)} // each by an update of its own
	}
	begun := time.Now()
	if err := b.Advertise("vif", bgp.IPv4, routes); err != nil {
		t.Fatal(err)
	}
	eventually(t, "all of them were refused", func() bool { return a.count("vif") == updates })
	took := time.Since(begun)
	a.stop(nil)
	lines := bytes.Count(said.Bytes(), []byte("update was not taken whole"))
	if most := 10 + int(took/time.Second); lines == 0 || lines > most {
		t.Errorf("%d lines about %d updates in %v, want %d at most", lines, updates, took, most)
	}
}
