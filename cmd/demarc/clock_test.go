package main_test

import (
	"bufio"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/directconnect"

	"demarc/internal/wrongclock"
)

const year = 365 * 24 * time.Hour

// jumps are what a clock reads that is wrong, one after the other, and then the
// right time: ten years back is before everything that has a date, such as
// certificates.
var jumps = []time.Duration{time.Hour, 10 * year, -time.Hour, -10 * year, 0}

// pid is that of a process of the installation, which may be starting just now.
func (r *running) pid(name string) (pid int) {
	r.t.Helper()
	r.eventually(name+" runs", func() bool {
		text, _ := os.ReadFile(filepath.Join(r.data, "run", name+".pid"))
		var err error
		pid, err = strconv.Atoi(string(text))
		return err == nil && syscall.Kill(pid, 0) == nil
	})
	return pid
}

// clock takes over that of a process of the installation.
func (r *running) clock(name string) *wrongclock.Clock {
	r.t.Helper()
	return r.has(wrongclock.Take(r.pid(name)))
}

func (r *running) has(c *wrongclock.Clock, err error) *wrongclock.Clock {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { c.Close() })
	return c
}

func (r *running) set(c *wrongclock.Clock, ahead time.Duration) {
	r.t.Helper()
	if err := c.Set(ahead); err != nil {
		r.t.Fatal(err)
	}
}

// metric is what a process says of itself, in all lines that begin so together;
// control's port is 0 after the first, and those of agents begin at 10.
func (r *running) metric(port int, begins string) (sum float64) {
	host, first, _ := net.SplitHostPort(r.listen)
	base, _ := strconv.Atoi(first)
	resp, err := http.Get("http://" + net.JoinHostPort(host, strconv.Itoa(base+port)) + "/metrics")
	if err != nil {
		return -1
	}
	defer resp.Body.Close()
	for scan := bufio.NewScanner(resp.Body); scan.Scan(); {
		if line := scan.Text(); strings.HasPrefix(line, begins) {
			value, _ := strconv.ParseFloat(line[strings.LastIndexByte(line, ' ')+1:], 64)
			sum += value
		}
	}
	return sum
}

// agentPort is that of the first agent's metrics, lis1-d1's.
const agentPort = 10

// goesOn waits until packets have crossed, and the device's agent has reported
// some more to a control that has all five of them. The latter it cannot while its
// clock is before its certificate: a clock that is set back ends the channel.
func (r *running) goesOn(what string, attached bool) {
	r.t.Helper()
	reports := func() float64 { return r.metric(0, `demarc_edge_reports_total{edge="lis1-d1"}`) }
	packets := func() float64 { return r.metric(agentPort, "demarc_vif_receive_packets_total") }
	begun, moved := reports(), packets()
	r.eventually(what+": packets cross, and the agents report", func() bool {
		return packets() >= moved+200 && (!attached || reports() >= begun+3 && r.metric(0, "demarc_edges_attached") == 5)
	})
}

// stays fails the test if something changes for a while, or that cannot be told.
func (r *running) stays(what string, span time.Duration, ok func() bool) {
	r.t.Helper()
	for end := time.Now().Add(span); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if !ok() {
			r.t.Fatalf("not any more: %s; FRR says %+v", what, r.neighbour())
		}
	}
}

// hiccup is how many packets, of 100 a second, a machine that is busy with other
// things may cost. An agent that takes what it finds for too old loses all that is
// sent until its session is back; that a restart loses none is TestKillControlAndAgents's.
const hiccup = 50

// TestClocksOfAgentsJump has the clocks of both agents on the path jump while
// packets cross, in a session and in a failover test, and the device's begin with
// a wrong clock.
func TestClocksOfAgentsJump(t *testing.T) {
	r := newUp(t).start()
	r.walk(func(int) bool { return true })
	device, host := r.clock("agent-lis1-d1"), r.clock("agent-vpc-a")
	both := func(ahead time.Duration) { r.set(device, ahead); r.set(host, ahead) }

	_, since := r.sessionSince()
	lost, sent := r.pingWhile(func() {
		for _, ahead := range jumps {
			both(ahead)
			r.goesOn("clocks are "+ahead.String()+" ahead", ahead > -10*year)
			uptime := r.metric(agentPort, "demarc_bgp_peer_uptime_seconds")
			// FRR's word is a second or two off.
			if up := time.Since(since).Seconds(); uptime < up-30 || uptime > up+30 {
				t.Errorf("clocks are %v ahead: the session says that it is up for %.0f s, FRR that it is for %.0f s", ahead, uptime, up)
			}
		}
	})
	t.Logf("jumps: %d of %d packets lost", lost, sent)
	// FRR reckons since when, in whole seconds, anew each time.
	if up, now := r.sessionSince(); lost > 0 || !up || now.Sub(since).Abs() > 2*time.Second || r.metric(agentPort, "demarc_bgp_peer_flaps_total") != 0 {
		t.Errorf("clocks jumped: %d of %d packets were lost; up %v since %v, before since %v", lost, sent, up, now, since)
	}
	if ups := r.metric(agentPort, "demarc_bfd_peer_ups_total"); ups != 1 {
		t.Errorf("clocks jumped: BFD came up %v times", ups)
	}

	// A test's minutes go by what the agent counts.
	id := r.interfaceIs("available")
	r.aws("platform", "start-bgp-failover-test", "--virtual-interface-id", id, "--test-duration-in-minutes", "10")
	shut := func() bool {
		n := r.neighbour()
		return n.State != "Established" && n.Reason == "Cease/Administrative Shutdown"
	}
	r.eventually("FRR is told that the session is shut", shut)
	for _, ahead := range jumps {
		both(ahead)
		r.stays("the session is shut", time.Second, shut)
	}
	r.aws("platform", "stop-bgp-failover-test", "--virtual-interface-id", id)
	r.interfaceIs("available")

	for _, ahead := range []time.Duration{10 * year, -10 * year} {
		lost, sent := r.pingWhile(func() { r.beginsWrong("lis1-d1", ahead) })
		t.Logf("restart %v ahead: %d of %d packets lost", ahead, lost, sent)
		if lost > hiccup {
			t.Errorf("%d of %d packets were lost over a restart with a clock %v ahead", lost, sent, ahead)
		}
	}
	r.end(syscall.SIGTERM)
	r.mustBeGone()
}

// beginsWrong kills a node's agent and starts it with a wrong clock, and then sets
// the clock right. Without a clock that certificates are good by it has its
// session, and no control.
func (r *running) beginsWrong(node string, ahead time.Duration) {
	r.t.Helper()
	line, err := os.ReadFile("/proc/" + strconv.Itoa(r.pid("agent-"+node)) + "/cmdline")
	if err != nil {
		r.t.Fatal(err)
	}
	args := strings.Split(strings.TrimSuffix(string(line), "\x00"), "\x00")
	up := r.cmd.Process
	_ = up.Signal(syscall.SIGSTOP) // it would start another
	defer func() { _ = up.Signal(syscall.SIGCONT) }()
	killed := time.Now()
	r.kill("agent-" + node)
	cmd := exec.Command(args[0], args[1:]...)
	var said words
	cmd.Stderr = &said
	clock := r.has(wrongclock.Start(cmd, ahead))
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	r.eventually("the session is back", func() bool {
		established, since := r.sessionSince()
		return established && since.After(killed)
	})
	r.eventually("the agent says why it is not attached", func() bool {
		return said.has("not attached to control") && said.has("certificate")
	})
	if said.has(`msg="attached to control"`) {
		r.t.Error("an agent is attached whose clock no certificate is good by")
	}
	r.set(clock, 0)
	r.eventually("the agent is attached", func() bool { return r.metric(0, "demarc_edges_attached") == 5 })
	r.goesOn("the clock is right", true)
}

// words are what a process has said.
type words struct {
	mu   sync.Mutex // guards text
	text strings.Builder
}

func (w *words) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.text.Write(p)
}

func (w *words) has(what string) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return strings.Contains(w.text.String(), what)
}

// TestTheClockOfControlJumps has control's clock jump, ahead by more than any
// deadline and back, with things at hand that end by the clock.
func TestTheClockOfControlJumps(t *testing.T) {
	r := newUp(t).start()
	r.walk(func(int) bool { return true })
	id := r.interfaceIs("available")
	r.aws("platform", "start-bgp-failover-test", "--virtual-interface-id", id, "--test-duration-in-minutes", "180")
	r.interfaceIs("testing")
	order := r.aws("customer", "create-connection", "--location", "LIS1", "--bandwidth", "1Gbps", "--connection-name", "waits")["connectionId"].(string)
	records := len(strings.Split(r.says("platform", "audit"), "\n"))
	clock := r.clock("control")
	// Each time as somebody who has not set a clock by control's yet, as AWS's SDKs do.
	asBefore := func() bool {
		vifs, err := r.customer().DirectConnect().DescribeVirtualInterfaces(t.Context(), &directconnect.DescribeVirtualInterfacesInput{})
		if err != nil || len(vifs.VirtualInterfaces) != 1 || vifs.VirtualInterfaces[0].VirtualInterfaceState != "testing" {
			t.Logf("the interface: %+v, %v", vifs, err)
			return false
		}
		made, err := r.customer().DirectConnect().DescribeConnections(t.Context(), &directconnect.DescribeConnectionsInput{ConnectionId: &order})
		if err != nil || len(made.Connections) != 1 || made.Connections[0].ConnectionState != "requested" {
			t.Logf("the order: %+v, %v", made, err)
			return false
		}
		return true
	}
	for _, ahead := range jumps {
		r.set(clock, ahead)
		r.eventually("control says how far its clock is off", func() bool {
			off := r.metric(0, "demarc_clock_off_seconds") - ahead.Seconds()
			return max(off, -off) < 5
		})
		r.aws("customer", "describe-connections", "--connection-id", order) // signed by the right time
		span := time.Second
		if ahead == 10*year {
			span = 6 * time.Second // deadlines are looked at every five
		}
		r.stays("nothing ends while control's clock is "+ahead.String()+" ahead", span, asBefore)
		r.kill("agent-lis2-d2")
	}
	r.eventually("the agents are attached", func() bool { return r.metric(0, "demarc_edges_attached") == 5 })
	if now := len(strings.Split(r.says("platform", "audit"), "\n")); now < records {
		t.Errorf("the audit has %d lines, and had %d", now, records)
	}
	r.aws("platform", "stop-bgp-failover-test", "--virtual-interface-id", id)
	r.interfaceIs("available")
	r.end(syscall.SIGTERM)
	r.mustBeGone()
}

// says is what the client prints for an account.
func (r *running) says(profile string, args ...string) string {
	r.t.Helper()
	out, err := r.command(append([]string{"--profile", profile, "--endpoint", "http://" + r.listen}, args...)...).CombinedOutput()
	if err != nil {
		r.t.Fatalf("demarc %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}
