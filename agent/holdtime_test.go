package agent_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// What a line loses that falls silent with its light on, and has no BFD: what
// both ends send until the hold time is over. Direct Connect's is 90 s, and the
// lower of both ends' counts; the customer's here is the tenth of it. With 90 s
// the customer's kernel may miss its neighbour first: BIRD then has lost its
// connection without a word, and keeps the routes as it does when we restart
// (RFC 4724), for as long as we have asked it to. Our end waits for 90 s all the
// same.
const (
	shortHold = 9 * time.Second
	holdSlack = 5 * time.Second
)

func TestASilentLineIsLeftWhenTheHoldTimeIsOver(t *testing.T) {
	newPair(t, second).fallsSilent(shortHold)
}

func (p *pair) fallsSilent(hold time.Duration) {
	t := p.t
	t.Helper()
	dir := p.configure([2]string{})
	path := filepath.Join(dir, "bird.conf")
	config, err := os.ReadFile(path)
	must(t, err)
	must(t, os.WriteFile(path, []byte(strings.ReplaceAll(string(config), "password", fmt.Sprintf("hold time %d; password", int(hold.Seconds())))), 0o644))
	p.customer.start("bird", "-f", "-c", dir+"/bird.conf", "-s", dir+"/bird.ctl", "-P", dir+"/bird.pid")
	eventually(t, "both lines carry, both ways", func() bool { return p.sends() == [2]bool{true, true} && p.used() == [2]bool{true, true} })
	const flows = 8
	var all []*flood
	began := time.Now()
	for i := range flows {
		address := fmt.Sprintf("192.168.50.%d", 10+i)
		p.run(p.customer.host, "ip", "address", "add", address+"/24", "dev", "eth0")
		all = append(all, p.ping(p.customer.host, "-i0.02", "-I", address, appAddress))
	}
	p.run(p.customer.host, "ping", "-q", "-c50", "-i0.01", appAddress)
	p.cut(0)
	ours := within(t, hold+2*holdSlack, "the device has given it up", func() bool { return !p.session(0).Established() })
	took := ours + within(t, 2*holdSlack, "the customer's router has given it up", func() bool { return p.sends() == [2]bool{false, true} })
	if carrier := p.devices[0].report().Ports[0].Carrier; !carrier {
		t.Error("the light went out")
	}
	p.run(p.customer.host, "ping", "-q", "-c100", "-i0.01", appAddress)
	var silent time.Duration
	for _, f := range all {
		sent, lost := f.end(t)
		silent = max(silent, time.Since(began)*time.Duration(lost)/time.Duration(sent)) // a busy machine sends less often
	}
	t.Logf("hold time %v: given up after %v by us, %v by both, the worst of %d flows was silent for %v", hold, ours, took, flows, silent)
	if silent > hold+holdSlack {
		t.Errorf("a flow was silent for %v, want %v at most", silent, hold+holdSlack)
	}
	if silent < hold/3 {
		t.Errorf("no flow was silent for longer than %v: none took the line", silent)
	}
}
