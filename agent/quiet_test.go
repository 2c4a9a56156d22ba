package agent_test

import (
	"encoding/binary"
	"errors"
	"hash/fnv"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"demarc/agent"
	"demarc/bfd"
)

// A ticker counts the lines of a log with a word in them, and hands on the others.
type ticker struct {
	testLog
	word  string
	lines atomic.Int64
}

func (c *ticker) Write(p []byte) (int, error) {
	if strings.Contains(string(p), c.word) {
		c.lines.Add(1)
		return len(p), nil
	}
	return c.testLog.Write(p)
}

// A router that says something and takes it back without end does not fill the
// log: that it is there, by BGP or by BFD, or what nobody may announce.
func TestACustomerDoesNotFillTheLog(t *testing.T) {
	var forbidden []netip.Prefix
	for i := range byte(100) {
		forbidden = append(forbidden, netip.PrefixFrom(netip.AddrFrom4([4]byte{169, 254, 100 + i, 0}), 24))
	}
	for name, test := range map[string]struct {
		word string
		do   func(r *restless)
	}{
		"sessions": {"session", func(r *restless) {
			for r.goesOn() {
				conn := r.dial()
				conn.Write(bgpMessage(3, []byte{6, 4}))
				conn.Close()
			}
		}},
		"prefixes": {"refused", func(r *restless) {
			conn := r.dial()
			defer conn.Close()
			for r.goesOn() {
				conn.SetWriteDeadline(time.Now().Add(patience))
				for _, message := range [][]byte{announcement(65001, theirs.Addr(), forbidden...), withdrawal(forbidden...)} {
					_, err := conn.Write(message)
					must(t, err)
				}
			}
		}},
		"BFD": {"BFD", func(r *restless) {
			conn := r.bfd()
			defer conn.Close()
			said := bfd.Packet{Mine: 7, Yours: r.discriminator(), Multiplier: 3, DesiredMinTx: time.Second, RequiredMinRx: time.Second}
			for r.goesOn() {
				for _, state := range []bfd.State{bfd.Init, bfd.Down} { // up here, and down
					said.State, said.Diagnostic = state, bfd.DetectionExpired
					conn.Write(said.Encode()) // refused until the device listens
				}
				time.Sleep(time.Millisecond) // else most are lost on the way
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRestless(t, test.word)
			test.do(r)
			// Of BGP the backbone's session has its lines as well.
			took := time.Since(r.began)
			if lines, most := r.log.lines.Load(), 12+int64(took/time.Second); lines > most {
				t.Errorf("%d lines in %v, want %d at most", lines, took, most)
			}
		})
	}
}

// A restless is a customer's router that cannot make up its mind.
type restless struct {
	*world
	line     line
	customer *customer
	log      *ticker
	made     time.Time
	began    time.Time // when the first line came
}

func newRestless(t *testing.T, word string) *restless {
	w := newWorld(t)
	r := &restless{made: time.Now(), world: w, line: newLine("acme-r1", "p1"), log: &ticker{testLog: testLog{t}, word: word}}
	r.customer = w.customer(r.line.customer)
	w.place(r.line.customer + "-app")
	w.node(host).tell(hostIntent(1, r.line))
	d := w.nodeOf(device, func(config *agent.Config) { config.Log = slog.New(slog.NewTextHandler(r.log, nil)) })
	d.tell(deviceIntent(1, r.line))
	r.customer.tag(r.line.vif.VLAN, theirs)
	return r
}

// goesOn is false two seconds after the first line.
func (r *restless) goesOn() bool {
	switch {
	case r.began.IsZero() && r.log.lines.Load() > 0:
		r.began = time.Now()
	case r.began.IsZero() && time.Since(r.made) > patience:
		r.t.Fatalf("no line about %s in %v", r.log.word, patience)
	}
	return r.began.IsZero() || time.Since(r.began) < 2*time.Second
}

func (r *restless) dial() (conn net.Conn) {
	r.t.Helper()
	eventually(r.t, "the router is connected", func() (ok bool) {
		var err error
		conn, err = dialBGP(r.customer.router, theirs.Addr(), ours.Addr(), 65001)
		return err == nil
	})
	return conn
}

// bfd opens a socket for BFD (RFC 5881, sections 4 and 5).
func (r *restless) bfd() (conn net.Conn) {
	r.t.Helper()
	must(r.t, r.customer.router.Do(func() (err error) {
		dialer := net.Dialer{LocalAddr: &net.UDPAddr{IP: theirs.Addr().AsSlice(), Port: 49152}, Control: func(_, _ string, raw syscall.RawConn) (err error) {
			opened := raw.Control(func(fd uintptr) { err = unix.SetsockoptInt(int(fd), unix.IPPROTO_IP, unix.IP_TTL, bfd.TTL) })
			return errors.Join(err, opened)
		}}
		conn, err = dialer.Dial("udp4", net.JoinHostPort(ours.Addr().String(), "3784"))
		return err
	}))
	return conn
}

// discriminator is the device's for the session, as it is told to who asks.
func (r *restless) discriminator() uint32 {
	h := fnv.New32a()
	h.Write([]byte(r.line.vif.Peers[0].ID))
	return h.Sum32()
}

// withdrawal is an UPDATE that takes back prefixes of length 24.
func withdrawal(prefixes ...netip.Prefix) []byte {
	var withdrawn []byte
	for _, p := range prefixes {
		a := p.Addr().As4()
		withdrawn = append(append(withdrawn, 24), a[:3]...)
	}
	b := binary.BigEndian.AppendUint16(nil, uint16(len(withdrawn)))
	return bgpMessage(2, append(append(b, withdrawn...), 0, 0))
}
