package agent_test

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"demarc"
	"demarc/intent"
)

// within is eventually for what takes its time by its nature; it returns how
// long that was.
func within(t *testing.T, most time.Duration, what string, ok func() bool) time.Duration {
	t.Helper()
	began := time.Now()
	for ; !ok(); time.Sleep(20 * time.Millisecond) {
		if time.Since(began) > most {
			t.Fatalf("waited %v in vain: %s", most, what)
		}
	}
	return time.Since(began)
}

// echoEvery is five times as fast as usual, and so is all that follows.
const echoEvery = 50 * time.Millisecond

// Directions of a line, by the hook of its customer's end that sees them.
const (
	fromCustomer = "egress"
	toCustomer   = "ingress"
)

// dirt has a fifth of all packets of one direction lost on a line, as a dirty
// connector does: BGP's and ARP's are among them.
func (p *pair) dirt(i int, direction string) {
	p.t.Helper()
	p.onLine(i, fmt.Sprintf(`chain c { type filter hook %s device "eth%d.101" priority 0; numgen random mod 100 < 20 drop; }`, direction, i))
}

// onLine has nftables at a line's end at the customer's.
func (p *pair) onLine(i int, chain string) {
	p.t.Helper()
	cmd := exec.Command("ip", "netns", "exec", p.customer.router.Name(), "nft", "-f", "-")
	cmd.Stdin = strings.NewReader(fmt.Sprintf("table netdev line%d {\n%s\n}", i, chain))
	if out, err := cmd.CombinedOutput(); err != nil {
		p.t.Fatalf("nft: %v: %s", err, out)
	}
}

func (p *pair) wipe(i int) {
	p.t.Helper()
	p.run(p.customer.router, "nft", "delete", "table", "netdev", fmt.Sprintf("line%d", i))
}

// watch has the lines of a pair on two devices watched.
func (p *pair) watch(first, last demarc.LineWatch) {
	p.t.Helper()
	p.lines[0].vif.Watch, p.lines[1].vif.Watch = first, last
	p.tell(second)
}

// echo is what a line is known to lose.
func (p *pair) echo(i int) *intent.EchoSeen {
	if v, ok := p.devices[i].vif(p.lines[i]); ok && v.Echo != nil {
		return v.Echo
	}
	return &intent.EchoSeen{}
}

// birdTwice starts BIRD without BFD, and waits until both lines carry.
func (p *pair) birdTwice() {
	p.t.Helper()
	dir := p.configure([2]string{})
	p.customer.start("bird", "-f", "-c", dir+"/bird.conf", "-s", dir+"/bird.ctl", "-P", dir+"/bird.pid")
	eventually(p.t, "both lines carry, both ways", func() bool { return p.sends() == [2]bool{true, true} && p.used() == [2]bool{true, true} })
}

// sends are the lines that the customer's router sends by.
func (p *pair) sends() (by [2]bool) {
	p.t.Helper()
	routes := p.run(p.customer.router, "ip", "route", "show", cidr.String())
	for i := range by {
		by[i] = strings.Contains(routes, fmt.Sprintf("dev eth%d.101", i))
	}
	return by
}

// A line loses a fifth of its packets one way, and its session stays up: it is
// found and drained, and nothing is lost any more; and it is used again once it
// is clean.
func TestALossyLineIsDrained(t *testing.T) {
	for _, direction := range []string{fromCustomer, toCustomer} {
		t.Run(direction, func(t *testing.T) {
			p := newPair(t, second)
			p.watch(demarc.WatchDrain, demarc.WatchDrain)
			p.birdTwice()
			within(t, time.Minute, "both are known to be clean", func() bool {
				return p.echo(0).Verdict == intent.LineClean && p.echo(1).Verdict == intent.LineClean
			})
			since := p.session(0).Since
			p.dirt(0, direction)
			found := within(t, 90*time.Second, "the line is found lossy and drained", func() bool { e := p.echo(0); return e.Lossy() && e.IsDrained() })
			left := within(t, time.Minute, "both ends have left it", func() bool {
				return p.sends() == [2]bool{false, true} && p.used() == [2]bool{false, true}
			})
			t.Logf("found after %v, left %v later: %+v", found, left, p.echo(0))
			there, back := p.ping(p.customer.host, appAddress), p.ping(p.app, hostAddress)
			p.run(p.customer.host, "ping", "-q", "-c300", "-i0.01", appAddress)
			for way, f := range map[string]*flood{"there": there, "back": back} {
				if sent, lost := f.end(t); lost > 0 {
					t.Errorf("drained, and %d of %d packets were lost on their way %s", lost, sent, way)
				}
			}
			if e := p.echo(1); e.Lossy() || e.IsDrained() {
				t.Errorf("the good line is seen as %+v", e)
			}
			if s := p.session(0); !s.Established() || !s.Since.Equal(since) {
				t.Errorf("the session of the lossy line is %s since %v, and was up since %v", s.State, s.Since, since)
			}
			if sums := p.devices[0].scrape(); sums["demarc_vif_drained"] != 1 || sums["demarc_vif_echo_lost_total"] == 0 || sums["demarc_vif_echo_lossy"] != 1 {
				t.Errorf("the metrics do not have it: %v", sums)
			}
			p.wipe(0)
			took := within(t, 3*time.Minute, "it is used again", func() bool { return !p.echo(0).IsDrained() })
			t.Logf("used again after %v", took)
			eventually(t, "both lines carry, both ways", func() bool { return p.sends() == [2]bool{true, true} && p.used() == [2]bool{true, true} })
		})
	}
}

// Nobody who could tell the devices of each other is there, and both lines lose
// packets: both are drained, which leaves both in use. A drain that is no longer
// allowed ends at once.
func TestWhatIsDrainedCarriesWhereNothingElseDoes(t *testing.T) {
	p := newPair(t, second)
	p.watch(demarc.WatchDrain, demarc.WatchDrain)
	p.birdTwice()
	p.dirt(0, toCustomer)
	within(t, 2*time.Minute, "one line is drained", func() bool { return p.echo(0).IsDrained() })
	eventually(t, "the other carries", func() bool { return p.sends() == [2]bool{false, true} && p.used() == [2]bool{false, true} })
	birdc := func(words ...string) string {
		return p.run(p.customer.router, append([]string{"birdc", "-s", p.dir + "/" + p.customer.name + "/bird.ctl"}, words...)...)
	}
	birdc("disable", "dx1")
	eventually(t, "the drained line carries, both ways", func() bool { return p.sends() == [2]bool{true, false} && p.used() == [2]bool{true, false} })
	birdc("enable", "dx1")
	eventually(t, "the other is back", func() bool { return p.session(1).Established() })
	p.dirt(1, fromCustomer)
	within(t, 3*time.Minute, "the other line is drained as well", func() bool { return p.echo(0).IsDrained() && p.echo(1).IsDrained() })
	eventually(t, "both carry, both ways", func() bool { return p.sends() == [2]bool{true, true} && p.used() == [2]bool{true, true} })
	p.watch(demarc.WatchLine, demarc.WatchDrain)
	eventually(t, "the one that may not be drained is not", func() bool { e := p.echo(0); return !e.IsDrained() && e.Lossy() })
	eventually(t, "it alone carries", func() bool { return p.sends() == [2]bool{true, false} && p.used() == [2]bool{true, false} })
}

// What a router does not answer, or no more than so often, says nothing of its
// line.
func TestARouterThatLimitsIsNotFooledBy(t *testing.T) {
	p := newPair(t, second)
	p.onLine(0, `chain c { type filter hook ingress device "eth0.101" priority 0; icmp type echo-request drop; }`)
	p.onLine(1, `chain c { type filter hook ingress device "eth1.101" priority 0; icmp type echo-request limit rate over 15/second drop; }`)
	p.watch(demarc.WatchDrain, demarc.WatchDrain)
	p.birdTwice()
	drained := func() bool {
		return p.echo(0).IsDrained() || p.echo(1).IsDrained() || p.echo(0).Lossy() || p.echo(1).Lossy()
	}
	within(t, 3*time.Minute, "nothing is known of either, and why", func() bool {
		if drained() {
			t.Fatalf("%+v and %+v", p.echo(0), p.echo(1))
		}
		return p.echo(0).Verdict == "mute" && p.echo(1).Verdict == "limited"
	})
}

// Where BFD runs, it tells which way packets are lost.
func TestBFDTellsWhichWayPacketsAreLost(t *testing.T) {
	p := newPair(t, second)
	for i := range p.lines {
		p.lines[i].vif.Peers = slices.Clone(p.lines[i].vif.Peers)
		p.lines[i].vif.Peers[0].BFD.Multiplier = 20 // it stays up whatever the dice say
	}
	p.watch(demarc.WatchLine, demarc.WatchLine)
	p.customer.birdBFD([2]netip.Prefix{theirs, ours}, [2]netip.Prefix{theirs2, ours2})
	config := filepath.Join(p.dir, p.customer.name, "bird.conf")
	text, err := os.ReadFile(config)
	must(t, err)
	must(t, os.WriteFile(config, []byte(strings.Replace(string(text), "multiplier 3", "multiplier 20", 1)), 0o644))
	eventually(t, "BIRD is there", func() bool {
		return exec.Command("ip", "netns", "exec", p.customer.router.Name(), "birdc", "-s", p.dir+"/"+p.customer.name+"/bird.ctl", "configure").Run() == nil
	})
	eventually(t, "both are up", func() bool { return p.isUp(0) && p.isUp(1) })
	p.dirt(0, fromCustomer)
	p.dirt(1, toCustomer)
	within(t, 2*time.Minute, "the direction of each loss is known", func() bool {
		one, two := p.echo(0), p.echo(1)
		return one.Lossy() && two.Lossy() && one.Ways != nil && two.Ways != nil &&
			one.Ways.In > 2*one.Ways.Out && two.Ways.Out > 2*two.Ways.In
	})
	t.Logf("%+v and %+v", *p.echo(0).Ways, *p.echo(1).Ways)
	if p.echo(0).IsDrained() || p.echo(1).IsDrained() {
		t.Error("lines that are only watched are drained")
	}
}

// An agent that is killed goes on with what it has drained: until the line is
// clean, nobody is told otherwise.
func TestADrainOutlivesTheAgent(t *testing.T) {
	p := newPair(t, second)
	p.watch(demarc.WatchDrain, demarc.WatchDrain)
	p.birdTwice()
	p.devices[0].stop()
	agent := p.child(device)
	<-agent.sessions
	p.dirt(0, toCustomer)
	told := func() bool {
		out, err := exec.Command("ip", "netns", "exec", p.customer.router.Name(), "birdc", "-s", p.dir+"/"+p.customer.name+"/bird.ctl",
			"show", "route", "all", "protocol", "dx0").Output()
		return err == nil && strings.Contains(string(out), "BGP.as_path: 64512 64512 64512 64512 64512\n") && strings.Contains(string(out), "(65535,0)")
	}
	within(t, 2*time.Minute, "the customer is told to use the other line", func() bool { return told() && !p.sends()[0] })
	agent.kill()
	agent = p.child(device)
	for up := false; !up; {
		select {
		case <-agent.sessions:
			up = true
		case <-time.After(20 * time.Millisecond):
		}
		if p.sends()[0] {
			t.Fatal("the customer sends by the lossy line")
		}
	}
	eventually(t, "the next agent tells it the same", told)
	if p.sends()[0] || p.used()[0] {
		t.Error("the lossy line is used")
	}
	p.wipe(0)
	within(t, 3*time.Minute, "the line is used again", func() bool { return p.sends() == [2]bool{true, true} })
}

// A line that carries more than its rate lets it loses packets by our own doing,
// and is none that others should carry for.
func TestAFullLineIsNotLossy(t *testing.T) {
	l := newLine("acme-r1", "p1")
	l.vif.Rate, l.vif.Watch = demarc.Mbps, demarc.WatchDrain
	b := newBed(t, l)
	b.up()
	flood := exec.Command("ip", "netns", "exec", b.customer.host.Name(), "ping", "-f", "-q", "-s", "36", "-l", "2000", appAddress)
	must(t, flood.Start())
	t.Cleanup(func() { flood.Process.Kill(); flood.Wait() })
	within(t, 2*time.Minute, "it is known to be full", func() bool {
		v, _ := b.device.vif(b.line)
		if v.Echo.Lossy() || v.Echo.IsDrained() {
			t.Fatalf("a full line is seen as %+v", *v.Echo)
		}
		return v.Echo != nil && v.Echo.Verdict == "full"
	})
}
