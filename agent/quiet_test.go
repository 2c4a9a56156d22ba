package agent_test

import (
	"encoding/binary"
	"log/slog"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"demarc/agent"
)

// refusals counts what is logged about prefixes that are refused.
type refusals struct {
	testLog
	lines atomic.Int64
}

func (r *refusals) Write(p []byte) (int, error) {
	if strings.Contains(string(p), "refused") {
		r.lines.Add(1)
		return len(p), nil
	}
	return r.testLog.Write(p)
}

// A router that says and takes back what nobody may announce, without end, does
// not fill the log.
func TestRefusedPrefixesDoNotFillTheLog(t *testing.T) {
	w := newWorld(t)
	l := newLine("acme-r1", "p1")
	c := w.customer(l.customer)
	w.place(l.customer + "-app")
	log := &refusals{testLog: testLog{t}}
	h, d := w.node(host), w.nodeOf(device, func(config *agent.Config) { config.Log = slog.New(slog.NewTextHandler(log, nil)) })
	h.tell(hostIntent(1, l))
	d.tell(deviceIntent(1, l))
	c.tag(l.vif.VLAN, theirs)
	var conn net.Conn
	eventually(t, "the router is connected", func() (ok bool) {
		var err error
		conn, err = dialBGP(c.router, theirs.Addr(), ours.Addr(), 65001)
		return err == nil
	})
	defer conn.Close()
	var forbidden []netip.Prefix
	for i := range byte(100) {
		forbidden = append(forbidden, netip.PrefixFrom(netip.AddrFrom4([4]byte{169, 254, 100 + i, 0}), 24))
	}
	began := time.Now()
	for log.lines.Load() == 0 || time.Since(began) < 3*time.Second {
		conn.SetWriteDeadline(time.Now().Add(patience))
		for _, message := range [][]byte{announcement(65001, theirs.Addr(), forbidden...), withdrawal(forbidden...)} {
			_, err := conn.Write(message)
			must(t, err)
		}
	}
	if lines, most := log.lines.Load(), int64(time.Since(began)/time.Second)+2; lines > most {
		t.Errorf("%d lines about refused prefixes in %v, want %d at most", lines, time.Since(began), most)
	}
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
