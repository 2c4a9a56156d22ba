package main_test

import (
	"bytes"
	"encoding/json"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"demarc"
	"demarc/api/desk"
	"demarc/lab"
	"demarc/site"
)

// A handThere is a party's demarc elsewhere cutover, in a process of its own.
type handThere struct {
	cmd   *exec.Cmd
	said  bytes.Buffer
	ended chan error
}

// hand begins one. The customer's asks for echoes from behind its router.
func (b *brought) hand(party, cutover string) *handThere {
	b.Helper()
	args := []string{"elsewhere", "cutover", cutover}
	if party == "customer" {
		args = append(args, "--rate", "500")
	}
	h := &handThere{cmd: b.pingFromBehind(b.command(party, args...)), ended: make(chan error, 1)}
	h.cmd.Stdout, h.cmd.Stderr = &h.said, &h.said
	if err := h.cmd.Start(); err != nil {
		b.Fatal(err)
	}
	go func() { h.ended <- h.cmd.Wait() }()
	b.Cleanup(h.kill)
	return h
}

// kill ends it as a machine dies, and waits until it has.
func (h *handThere) kill() {
	h.cmd.Process.Signal(syscall.SIGKILL)
	h.ended <- <-h.ended
}

// over waits until it ends by itself with a code.
func (b *brought) over(h *handThere, code int) {
	b.Helper()
	select {
	case err := <-h.ended:
		h.ended <- err
		if got := h.cmd.ProcessState.ExitCode(); got != code {
			b.Errorf("a hand ended with %d, want %d\n%s", got, code, h.said.String())
		}
	case <-time.After(2 * time.Minute):
		b.Fatal("a hand does not end though the cut-over has")
	}
}

// cutover is one as a party sees it.
func (b *brought) cutover(id string) (c desk.Cutover) {
	b.Helper()
	b.until("the desk shows "+id, func() bool {
		out, err := b.command("customer", "cutover", "status", id, "-o", "json").Output()
		return json.Unmarshal(out, &c) == nil && (err == nil || c.ID != "")
	})
	return c
}

// reaches waits until a cut-over is in a state, and fails where it ends in
// another one.
func (b *brought) reaches(id string, state demarc.CutoverState) desk.Cutover {
	b.Helper()
	var c desk.Cutover
	b.until("it is "+string(state), func() bool {
		c = b.cutover(id)
		if c.State != state && c.State.Ended() {
			b.Fatalf("it is %s: %s", c.State, c.Why)
		}
		return c.State == state
	})
	return c
}

// planned is a cut-over that both have agreed to, with their hands, and that was
// rehearsed.
func (b *brought) planned() (id string, platform, customer *handThere) {
	b.Helper()
	id = regexp.MustCompile(`co-[a-z0-9]+`).FindString(b.does("customer", 0, "cutover", "plan", b.of, "--stable-minutes", "5", "--app", "10.8.2.10", "--app", "fd20:8:2::10",
		"--probe", "192.168.50.0/24=192.168.50.10", "--probe", "192.168.51.0/24=192.168.51.10", "--probe", "fd50:50::/64=fd50:50::10"))
	b.does("platform", 0, "cutover", "agree", id)
	if out := b.does("platform", 3, "cutover", "rehearse", id); !strings.Contains(out, "E-CUTOVER-BLIND") {
		b.Errorf("without hands: %s", out)
	}
	platform, customer = b.hand("platform", id), b.hand("customer", id)
	b.until("it is rehearsed", func() bool {
		if _, code := b.as("customer", "cutover", "rehearse", id); code != 0 {
			return false
		}
		return !b.reaches(id, demarc.CutoverPlanned).Rehearsed.IsZero()
	})
	for _, p := range b.cutover(id).Prefixes {
		if !strings.Contains(p.Rehearsal, "took "+b.tgw+" both ways") {
			b.Errorf("%s: rehearsed: %q", p.Prefix, p.Rehearsal)
		}
	}
	return id, platform, customer
}

// onRouter runs something on a machine of the customer's there.
func (b *brought) onRouter(stdin, host string, args ...string) {
	b.Helper()
	cmd := exec.Command("ip", append([]string{"netns", "exec", lab.Namespace(b.there.instance, host)}, args...)...)
	cmd.Stdin = strings.NewReader(stdin)
	if out, err := cmd.CombinedOutput(); err != nil {
		b.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// A userFlow is a thousand packets a second each way, of a user who knows nothing.
type userFlow struct {
	cmd *exec.Cmd
	out bytes.Buffer
}

func (b *brought) flow(from, to string) *userFlow {
	b.Helper()
	f := &userFlow{cmd: b.there.command("lab", "flow", "acme-h1="+from, "acme-app1="+to, "--rate", "1000", "--for", "3m", "-o", "json")}
	f.cmd.Stdout = &f.out
	if err := f.cmd.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { f.cmd.Process.Kill() })
	return f
}

// lost holds a flow against what a prefix may lose, either way.
func (b *brought) lost(f *userFlow) {
	b.Helper()
	f.cmd.Process.Signal(syscall.SIGINT)
	f.cmd.Wait()
	var ways []struct {
		From                string
		Sent, Lost          int
		SilenceMilliseconds int
	}
	if err := json.Unmarshal(f.out.Bytes(), &ways); err != nil || len(ways) != 2 {
		b.Fatalf("the flow says %s: %v", f.out.String(), err)
	}
	for _, way := range ways {
		b.Logf("from %s: %d of %d packets lost, at most %d ms of silence", way.From, way.Lost, way.Sent, way.SilenceMilliseconds)
		if way.Sent < 1000 || way.Lost > 1000 || way.SilenceMilliseconds > 1000 {
			b.Errorf("more than a second was lost: %+v", way)
		}
	}
}

// dualSite is the sample site, whose environment has IPv6 as well.
func dualSite(t *testing.T) string {
	t.Helper()
	text := string(site.Sample)
	for four, both := range map[string]string{
		"    cidr: 10.8.2.0/24\n":               "    cidr: 10.8.2.0/24\n    ipv6: 'fd20:8:2::/56'\n",
		"{name: acme-app1, address: 10.8.2.10}": "{name: acme-app1, address: 10.8.2.10, ipv6: 'fd20:8:2::10'}",
	} {
		if !strings.Contains(text, four) {
			t.Fatalf("the sample site has no %q", four)
		}
		text = strings.Replace(text, four, both, 1)
	}
	return text
}

// newMoving is a link that carries prefixes of both families at the other
// installation, and a Transit Gateway of the customer's with the way to all of
// them built beside it.
func newMoving(t *testing.T) *brought {
	a := newApartOf(t, dualSite(t), "--environment", "acme-prod", "--location", "LIS1", "--prefix", "192.168.50.0/24", "--prefix", "192.168.51.0/24", "--prefix", "fd50:50::/64")
	a.policy("{name: known, when: {proven: true, matchesLink: true, withinLimits: true}, verdict: accept}")
	a.does("customer", 0, "case", "open", "--kind", "account-association", "--environment", "acme-prod")
	hosted := a.leg("a", "acme-r1")
	a.addIPv6(hosted)
	a.configure("acme-r1", hosted, "103")
	a.stands("customer", 0, "live")
	b := a.bring("192.168.50.0/24", "192.168.51.0/24", "fd50:50::/64")
	b.onRouter("", "acme-r1", "ip", "address", "add", "192.168.51.1/24", "dev", "lan0")
	b.onRouter("", "acme-h1", "ip", "address", "add", "192.168.51.10/24", "dev", "eth0")
	if out := b.does("customer", 3, "cutover", "plan", b.of, "--stable-minutes", "5", "--app", "10.8.2.10", "--probe", "192.168.50.0/24=192.168.50.10"); !strings.Contains(out, "E-CUTOVER-EARLY") {
		t.Errorf("before anything is built: %s", out)
	}
	b.transit("customer", 0, "share")
	b.transit("platform", 0, "attach")
	b.transit("customer", 0, "accept")
	b.dxgw = a.ofCustomer("", "directconnect", "create-direct-connect-gateway", "--direct-connect-gateway-name", "hub", "--amazon-side-asn", "64600", "--query", "directConnectGateway.directConnectGatewayId")
	b.transit("customer", 3, "routes", "--direct-connect-gateway", b.dxgw, "--timeout", "1ms")
	b.line(a.does("customer", 0, "elsewhere", "order", a.link), true)
	b.transit("customer", 0, "routes", "--direct-connect-gateway", b.dxgw)
	return b
}

// wall keeps IPv6 alone from the new path.
const wall = `table inet wall {
	chain forward { type filter hook forward priority 0; oifname "eth0.202" meta nfproto ipv6 drop; }
}
`

// TestACutoverBetweenTwoInstallations moves an environment at one installation to
// its customer's Transit Gateway, by the desk at the other: prefix by prefix of
// both families, measured, once put back by itself where one of them breaks, then
// while a hand and the desk are killed; in the end the hosted interface goes, when
// its gate is open.
func TestACutoverBetweenTwoInstallations(t *testing.T) {
	b := newMoving(t)
	id, platform, customer := b.planned()
	if b.led() != "" {
		t.Errorf("rehearsed, the environment leads %s", b.led())
	}

	b.onRouter(wall, "acme-r1", "nft", "-f", "-")
	b.does("platform", 0, "cutover", "start", id)
	back := b.reaches(id, demarc.CutoverRolledBack)
	b.onRouter("", "acme-r1", "nft", "delete", "table", "inet", "wall")
	if took := time.Duration(back.RollbackMilliseconds) * time.Millisecond; took <= 0 || took > time.Minute || !strings.Contains(back.Why, "fd50:50::/64 was silent for") {
		t.Errorf("put back within %s: %s", took, back.Why)
	}
	t.Logf("%s; put back within %d ms", back.Why, back.RollbackMilliseconds)
	b.over(platform, 1)
	b.over(customer, 1)
	if b.led() != "" {
		t.Errorf("put back, the environment leads %s", b.led())
	}

	id, platform, customer = b.planned()
	flows := []*userFlow{b.flow("192.168.50.10", "10.8.2.10"), b.flow("192.168.51.10", "10.8.2.10"), b.flow("fd50:50::10", "fd20:8:2::10")}
	b.does("customer", 0, "cutover", "start", id)
	b.until("half is turned", func() bool { return b.led() != "" })
	customer.kill()
	b.desk.again()
	customer = b.hand("customer", id)
	moved := b.reaches(id, demarc.CutoverCarrying)
	for _, f := range flows {
		b.lost(f)
	}
	for _, p := range moved.Prefixes {
		t.Logf("%s: %d of %d echoes lost, %d ms of silence, two paths for %d ms", p.Prefix, p.Lost, p.Sent, p.SilentMilliseconds, p.AsymmetricMilliseconds)
		if p.State != demarc.PrefixNew || p.Sent == 0 || p.SilentMilliseconds > 1000 || p.AsymmetricMilliseconds <= 0 || p.AsymmetricMilliseconds > 45000 {
			t.Errorf("measured: %+v", p)
		}
	}
	if want := "192.168.50.0/24 " + b.tgw + ", 192.168.51.0/24 " + b.tgw + ", fd50:50::/64 " + b.tgw; b.led() != want {
		t.Errorf("the environment leads %s, want %s", b.led(), want)
	}
	if out := b.does("customer", 0, "case", "show", b.of); !strings.Contains(out, "answer: Ready to use: 3 prefixes") {
		t.Errorf("the case: %s", out)
	}
	b.retires(id, platform, customer)
	b.keysStay()
	b.there.end(syscall.SIGINT)
	b.there.mustBeGone()
}

// hears waits for some words more of the customer's hand.
func (b *brought) hears(id string, words int) {
	b.Helper()
	for range words {
		heard := b.cutover(id).There.Customer.Heard
		b.until("the customer's hand is heard", func() bool { return b.cutover(id).There.Customer.Heard.After(heard) })
	}
}

// retires opens the gate, condition by condition.
func (b *brought) retires(id string, platform, customer *handThere) {
	b.Helper()
	b.does("platform", 0, "clock", "--advance", "25h")
	b.until("they are told twice", func() bool { return len(b.cutover(id).Told) == 2 })
	b.does("platform", 0, "clock", "--advance", "25h")
	missing := ""
	for round := 0; missing != "sign-off"; round++ {
		if round == 20 {
			b.Fatalf("after %d looks the gate lacks more than the signature: %s", round, missing)
		}
		b.does("platform", 0, "clock", "--advance", "2m")
		b.hears(id, 3) // the desk looks once a second, and only when it has just heard
		missing = ""
		for _, s := range b.cutover(id).Gate {
			if !s.Done {
				missing = strings.TrimPrefix(missing+"; "+s.ID, "; ")
			}
		}
	}
	if out := b.does("platform", 3, "elsewhere", "delete", b.link); !strings.Contains(out, "E-CUTOVER-GATE") {
		b.Errorf("deleted before the signature: %s", out)
	}
	if out := b.does("platform", 3, "elsewhere", "transit", "routes", b.of, "--back"); !strings.Contains(out, "E-LOCKED") {
		b.Errorf("routes beside the cut-over: %s", out)
	}
	if n := b.hostedThere(); n != 1 {
		b.Errorf("%d hosted interfaces before the signature", n)
	}
	b.does("customer", 0, "cutover", "sign", id)
	b.reaches(id, demarc.CutoverDone)
	b.over(platform, 0)
	b.over(customer, 0)
	b.caseStands("customer", 0, "nothing is left")
	if n := b.hostedThere(); n != 0 {
		b.Errorf("%d hosted interfaces are left", n)
	}
}

// hostedThere counts the private interfaces at the other installation that are
// not gone.
func (b *brought) hostedThere() (n int) {
	b.Helper()
	for _, v := range b.there.aws("customer", "describe-virtual-interfaces")["virtualInterfaces"].([]any) {
		v := v.(map[string]any)
		if v["virtualInterfaceType"] == "private" && v["virtualInterfaceState"] != "deleted" && v["virtualInterfaceState"] != "deleting" {
			n++
		}
	}
	return n
}
