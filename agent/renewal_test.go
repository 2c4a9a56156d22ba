package agent_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"demarc"
	"demarc/intent"
)

// reconfigure has the customer's BIRD take other words for some of its own.
func (c *customer) reconfigure(instead map[string]string) {
	t := c.world.t
	t.Helper()
	dir := filepath.Join(c.world.dir, c.name)
	config, err := os.ReadFile(dir + "/bird.conf")
	must(t, err)
	text := string(config)
	for old, words := range instead {
		if !strings.Contains(text, old) {
			t.Fatalf("%q is not in the configuration", old)
		}
		text = strings.ReplaceAll(text, old, words)
	}
	must(t, os.WriteFile(dir+"/bird.conf", []byte(text), 0o644))
	c.world.run(c.router, "birdc", "-s", dir+"/bird.ctl", "configure")
}

// Another key, and then another ASN, of one session: it ends with a word, comes up
// once the customer's router has the same, and neither the interface's other
// session nor that of a customer with equal addresses notices.
func TestANewKeyOrASNTouchesOneSession(t *testing.T) {
	first, second := newLine("acme-r1", "p1").withIPv6(), newLine("zeta-r1", "p2").withIPv6()
	w := newWorld(t)
	a, z := twoDuals(w, 1500, first, second)
	d := a.device
	before := [][]any{since(a), since(z)}
	floods := []*flood{w.ping(a.app, hostAddress6), w.ping(z.app, hostAddress), w.ping(z.app, hostAddress6)}
	four := func() intent.SessionSeen { v, _ := d.vif(first); return v.Session[0] }
	heard := func(word string) {
		t.Helper()
		eventually(t, "the router hears "+word, func() bool {
			return strings.Contains(w.run(a.customer.router, "birdc", "-s", filepath.Join(w.dir, a.customer.name, "bird.ctl"), "show", "protocols", "all", "dx4"), word)
		})
	}

	const renewed = "another-key-than-before"
	change := func(version int64, change func(*intent.Peer)) {
		first.vif.Peers = append([]intent.Peer(nil), first.vif.Peers...)
		change(&first.vif.Peers[0])
		d.tell(deviceIntent(version, first, second))
	}
	change(2, func(p *intent.Peer) { p.Key = demarc.NewSecret(renewed) })
	heard("Other configuration change") // 6/6
	eventually(t, "the old key is refused", func() bool {
		v, _ := d.vif(first)
		return v.MD5Failures > 0 && !four().Established()
	})
	a.customer.reconfigure(map[string]string{key: renewed})
	a.sessions(true, true)
	a.crosses()

	change(3, func(p *intent.Peer) { p.PeerASN = 65009 })
	eventually(t, "the old ASN is refused", func() bool {
		s := four()
		return !s.Established() && strings.Contains(s.Reason, "sent 2/2") && strings.Contains(s.Reason, "expected 65009")
	})
	a.customer.reconfigure(map[string]string{theirs.Addr().String() + ";": theirs.Addr().String() + " as 65009;"})
	a.sessions(true, true)
	a.crosses()

	for _, f := range floods {
		if sent, lost := f.end(t); lost > 0 {
			t.Errorf("%d of %d packets were lost", lost, sent)
		}
	}
	for i, b := range []*dualBed{a, z} {
		for j, at := range since(b) {
			if changed := i == 0 && j == 0; (at != before[i][j]) != changed {
				t.Errorf("session %d of %s began at %v, and before at %v", j, b.line.customer, at, before[i][j])
			}
		}
	}
}
