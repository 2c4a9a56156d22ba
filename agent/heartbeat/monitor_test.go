package heartbeat_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"demarc/agent/heartbeat"
	"demarc/agent/linux"
	"demarc/bfd"
)

const patience = time.Minute

// A wire is two namespaces with a cable between them.
type wire struct{ a, b *linux.Namespace }

func newWire(t *testing.T, first, second string) wire {
	t.Helper()
	t.Parallel()
	w := wire{place(t), place(t)}
	err := linux.EnsureVeth(
		linux.End{Namespace: w.a, Name: "x", Addresses: []netip.Prefix{netip.MustParsePrefix(first)}},
		linux.End{Namespace: w.b, Name: "x", Addresses: []netip.Prefix{netip.MustParsePrefix(second)}},
	)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func place(t *testing.T) *linux.Namespace {
	t.Helper()
	n, err := linux.CreateNamespace("hb-" + strings.ToLower(rand.Text()[:8]))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.Close(); linux.DeleteNamespace(n.Name()) })
	return n
}

// A node is a monitor at work.
type node struct {
	*heartbeat.Monitor
	stop func()

	mu  sync.Mutex
	log []bfd.Changed // guarded by mu
}

func newNode(t *testing.T) *node {
	t.Helper()
	n := &node{}
	n.Monitor = heartbeat.New(slog.New(slog.NewTextHandler(t.Output(), nil)), 2*time.Minute, func(e heartbeat.Event) {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.log = append(n.log, e.What)
	})
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { n.Run(ctx) })
	n.stop = func() { cancel(); running.Wait() }
	t.Cleanup(n.stop)
	return n
}

func (n *node) changes() []bfd.Changed {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.log
}

// left reports whether it was up and is no longer, or was not for a while.
func (n *node) left() bool {
	return slices.ContainsFunc(n.changes(), func(c bfd.Changed) bool { return c.From == bfd.Up })
}

func peer(n *linux.Namespace, local, remote string, discriminator uint32) heartbeat.Peer {
	return heartbeat.Peer{
		Namespace: n, Local: netip.MustParsePrefix(local).Addr(), Remote: netip.MustParsePrefix(remote).Addr(), Device: "x",
		Session: bfd.Config{Discriminator: discriminator, DesiredMinTx: 50 * time.Millisecond, RequiredMinRx: 50 * time.Millisecond, Multiplier: 3},
	}
}

// longer is a peer whose neighbour waits so long that a busy machine makes it no
// failure.
func longer(p heartbeat.Peer) heartbeat.Peer {
	p.Session.Multiplier = 20
	return p
}

func (n *node) set(t *testing.T, p heartbeat.Peer) {
	t.Helper()
	if err := n.Set("s", p); err != nil {
		t.Fatal(err)
	}
}

func (n *node) is(want bfd.State) func() bool {
	return func() bool { st, ok := n.Status("s"); return ok && st.State == want }
}

func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("waited %v in vain: %s", patience, what)
		}
	}
}

var families = map[string][2]string{
	"IPv4":       {"169.254.10.1/30", "169.254.10.2/30"},
	"IPv6":       {"2001:db8::1/64", "2001:db8::2/64"},
	"link-local": {"fe80::1/64", "fe80::2/64"},
}

func TestUpAndDownAndBack(t *testing.T) {
	for name, ends := range families {
		t.Run(name, func(t *testing.T) {
			w := newWire(t, ends[0], ends[1])
			a, b := newNode(t), newNode(t)
			pa, pb := peer(w.a, ends[0], ends[1], 1), peer(w.b, ends[1], ends[0], 2)
			pa.Session.Passive = true
			a.set(t, pa)
			b.set(t, pb)
			eventually(t, "both are up", func() bool { return a.is(bfd.Up)() && b.is(bfd.Up)() })
			if err := linux.SetLink(w.b, "x", false); err != nil {
				t.Fatal(err)
			}
			eventually(t, "the cut is seen, and told", func() bool { return a.is(bfd.Down)() && a.left() })
			if c := a.changes(); !c[len(c)-1].Failed {
				t.Errorf("a cut is no failure: %+v", c)
			}
			if err := linux.SetLink(w.b, "x", true); err != nil {
				t.Fatal(err)
			}
			if name == "IPv4" { // addresses of IPv6 go with the link
				eventually(t, "it is up again", func() bool { return a.is(bfd.Up)() && b.is(bfd.Up)() })
			}
		})
	}
}

// Intervals change without a break, the rest begins a new session; neither is
// a failure to the neighbour.
func TestSetAgain(t *testing.T) {
	v4 := families["IPv4"]
	w := newWire(t, v4[0], v4[1])
	a, b := newNode(t), newNode(t)
	p := longer(peer(w.a, v4[0], v4[1], 1))
	a.set(t, p)
	b.set(t, longer(peer(w.b, v4[1], v4[0], 2)))
	eventually(t, "both are up", func() bool { return a.is(bfd.Up)() && b.is(bfd.Up)() })
	p.Session.Multiplier, p.Session.DesiredMinTx, p.Session.Resume = 30, 100*time.Millisecond, true
	for range 2 {
		a.set(t, p)
		eventually(t, "the neighbour has the new intervals", func() bool {
			st, _ := b.Status("s")
			return st.Detection == 3*time.Second
		})
	}
	if b.left() {
		t.Errorf("the neighbour saw %+v", b.changes())
	}
	p.Session.Discriminator = 77
	a.set(t, p)
	eventually(t, "both are up with the new name", func() bool {
		st, _ := b.Status("s")
		return st.Discriminator == 77 && a.is(bfd.Up)() && b.is(bfd.Up)()
	})
	a.Remove("s", nil)
	eventually(t, "it was taken out of service", func() bool {
		st, _ := b.Status("s")
		return st.State == bfd.Down && st.Remote == bfd.AdminDown
	})
	if _, there := a.Status("s"); there {
		t.Error("it is removed and there")
	}
	for _, c := range b.changes() {
		if c.Failed {
			t.Errorf("the neighbour saw a failure: %+v", c)
		}
	}
}

// manners is how long it is at most: who looks later sees nothing of it.
const manners = 500 * time.Millisecond

// A session that was removed is heard of until others have had their last word,
// and no longer than it takes.
func TestOthersHaveTheLastWord(t *testing.T) {
	v4 := families["IPv4"]
	for name, speaks := range map[string]bool{"a word": true, "none": false} {
		t.Run(name, func(t *testing.T) {
			w := newWire(t, v4[0], v4[1])
			a, b := newNode(t), newNode(t)
			p := peer(w.a, v4[0], v4[1], 1)
			a.set(t, p)
			b.set(t, peer(w.b, v4[1], v4[0], 2))
			eventually(t, "both are up", func() bool { return a.is(bfd.Up)() && b.is(bfd.Up)() })
			word, begin := make(chan struct{}), time.Now()
			a.Remove("s", word)
			if _, there := a.Status("s"); there {
				t.Error("it is removed and there")
			}
			heard, _ := b.Status("s")
			eventually(t, "a detection time passes", func() bool { return time.Since(begin) > heard.Detection })
			if st, _ := b.Status("s"); st.State != bfd.Up && time.Since(begin) < manners {
				t.Errorf("the neighbour has %v before the last word", st.State)
			}
			if speaks {
				close(word)
			}
			eventually(t, "it was taken out of service", func() bool {
				st, _ := b.Status("s")
				return st.State == bfd.Down && st.Remote == bfd.AdminDown
			})
			a.set(t, p)
			eventually(t, "it is back", func() bool { return a.is(bfd.Up)() && b.is(bfd.Up)() })
		})
	}
}

// A process goes and another one goes on, much later than a detection time.
func TestTheNextProcessGoesOn(t *testing.T) {
	v4 := families["IPv4"]
	w := newWire(t, v4[0], v4[1])
	first, b := newNode(t), newNode(t)
	p := longer(peer(w.a, v4[0], v4[1], 1))
	p.Session.Passive, p.Session.Resume = true, true
	first.set(t, p)
	b.set(t, longer(peer(w.b, v4[1], v4[0], 2)))
	eventually(t, "both are up", func() bool { return first.is(bfd.Up)() && b.is(bfd.Up)() })
	first.stop()
	gone := time.Now()
	if st, _ := b.Status("s"); st.Detection != 2*time.Minute {
		t.Errorf("the neighbour would wait for %v only", st.Detection)
	}
	eventually(t, "time passes", func() bool { return time.Since(gone) > 2*time.Second })
	second := newNode(t)
	second.set(t, p)
	eventually(t, "it is as before", func() bool {
		st, _ := b.Status("s")
		return second.is(bfd.Up)() && st.Detection == time.Second
	})
	if b.left() {
		t.Errorf("the neighbour noticed: %+v", b.changes())
	}
}

// A packet with another TTL has come from further away, whatever its source.
func TestAPacketFromAfar(t *testing.T) {
	v4 := families["IPv4"]
	w := newWire(t, v4[0], v4[1])
	a := newNode(t)
	a.set(t, peer(w.a, v4[0], v4[1], 1))
	send := func(ttl int) {
		t.Helper()
		err := w.b.Do(func() error {
			conn, err := net.Dial("udp4", "169.254.10.1:3784")
			if err != nil {
				return err
			}
			defer conn.Close()
			raw, err := conn.(*net.UDPConn).SyscallConn()
			if err != nil {
				return err
			}
			raw.Control(func(fd uintptr) { err = unix.SetsockoptInt(int(fd), unix.IPPROTO_IP, unix.IP_TTL, ttl) })
			conn.Write(bfd.Packet{State: bfd.Down, Multiplier: 3, Mine: 5, DesiredMinTx: time.Second, RequiredMinRx: time.Second}.Encode())
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	status := func() bfd.Status { st, _ := a.Status("s"); return st }
	eventually(t, "it is refused", func() bool { send(254); return status().Refused > 0 })
	if st := status(); st.State != bfd.Down || st.Discriminator != 0 || !strings.Contains(st.LastRefusal, "254") {
		t.Errorf("%+v", st)
	}
	eventually(t, "a neighbour's is taken", func() bool { send(255); return status().State == bfd.Init })
}
