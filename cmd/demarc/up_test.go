package main_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/directconnect"

	"demarc/client"
	"demarc/internal/testnet"
	"demarc/lab"
	"demarc/lab/procedure"
)

// binary is the program under test, built once.
var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "demarc-test-")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(dir, "demarc")
	build := exec.Command("go", "build", "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build demarc: %v\n%s", err, out)
		os.Exit(1)
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// An up is a demarc up of the test's own, on ports and data of its own.
type up struct {
	t        *testing.T
	data     string
	listen   string
	instance string
	veths    map[string]bool // those of the machine's own namespace, before
}

func newUp(t *testing.T) *up {
	t.Helper()
	u := &up{t: t, data: t.TempDir(), listen: freeListen(t), veths: ownVeths(t)}
	var err error
	if u.instance, err = lab.InstanceOf(u.data); err != nil {
		t.Fatal(err)
	}
	// Whatever the test does, nothing outlives it; that demarc itself leaves
	// nothing is asserted by mustBeGone.
	t.Cleanup(func() {
		if t.Failed() {
			u.showLogs()
		}
		if out, err := u.command("down").CombinedOutput(); err != nil {
			t.Errorf("demarc down: %v\n%s", err, out)
		}
	})
	return u
}

// freeListen finds a port with eighteen free ones after it.
func freeListen(t *testing.T) string {
	t.Helper()
	listen, err := testnet.Listen(19)
	if err != nil {
		t.Fatal(err)
	}
	return listen
}

func (u *up) command(args ...string) *exec.Cmd {
	return exec.Command(binary, append(args, "--data", u.data)...)
}

func (u *up) showLogs() {
	files, _ := filepath.Glob(filepath.Join(u.data, "log", "*.log"))
	for _, file := range files {
		data, _ := os.ReadFile(file)
		lines := strings.Split(strings.TrimSpace(string(data)), "\n")
		u.t.Logf("%s:\n%s", filepath.Base(file), strings.Join(lines[max(0, len(lines)-15):], "\n"))
	}
}

// once runs the walk and returns its result.
func (u *up) once(args ...string) (procedure.Result, error) {
	u.t.Helper()
	cmd := u.command(append([]string{"up", "--once", "-o", "json", "--listen", u.listen}, args...)...)
	var out, errors bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errors
	runErr := cmd.Run()
	var result procedure.Result
	if err := json.Unmarshal(out.Bytes(), &result); err != nil {
		u.t.Fatalf("up --once -o json printed no document: %v\n%s%s", err, out.Bytes(), errors.Bytes())
	}
	return result, runErr
}

// mustBeProven fails the test unless all ten steps were.
func (u *up) mustBeProven(result procedure.Result, err error) {
	u.t.Helper()
	for _, s := range result.Steps {
		u.t.Logf("%-14s proven %v in %.2f s: %s", s.ID, s.Proven, s.Seconds, s.Evidence)
	}
	if err != nil || !result.Proven || len(result.Steps) != 10 {
		u.t.Fatalf("not proven: %v, %d steps of 10", err, len(result.Steps))
	}
}

// mustBeGone fails the test if anything of the instance is left.
func (u *up) mustBeGone() {
	u.t.Helper()
	out, err := exec.Command("ip", "netns", "list").Output()
	if err != nil {
		u.t.Fatal(err)
	}
	if strings.Contains(string(out), u.instance) {
		u.t.Errorf("namespaces are left:\n%s", out)
	}
	if _, err := os.Stat(lab.RunDir(u.instance)); !os.IsNotExist(err) {
		u.t.Errorf("%s is left", lab.RunDir(u.instance))
	}
	if pids := u.processes(); len(pids) > 0 {
		u.t.Errorf("processes are left: %v", pids)
	}
	// What is left stays; others on this machine make some and move them on.
	var left []string
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		left = nil
		for name := range ownVeths(u.t) {
			if !u.veths[name] {
				left = append(left, name)
			}
		}
		if len(left) == 0 || time.Now().After(deadline) {
			break
		}
	}
	if len(left) > 0 {
		u.t.Errorf("veths are left in the machine's own namespace: %v", left)
	}
}

// ownVeths are the names of those in the machine's own namespace.
func ownVeths(t *testing.T) map[string]bool {
	t.Helper()
	out, err := exec.Command("ip", "-o", "link", "show", "type", "veth").Output()
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for line := range strings.Lines(string(out)) {
		if fields := strings.Fields(line); len(fields) > 1 {
			names[fields[1]] = true
		}
	}
	return names
}

// processes lists those that work for this data directory.
func (u *up) processes() (found []string) {
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, file := range files {
		line, _ := os.ReadFile(file)
		if bytes.Contains(line, []byte(u.data)) || bytes.Contains(line, []byte(lab.RunDir(u.instance))) {
			found = append(found, string(bytes.ReplaceAll(line, []byte{0}, []byte{' '})))
		}
	}
	return found
}

func TestUpOnceWithFRR(t *testing.T) {
	u := newUp(t)
	u.mustBeProven(u.once())
	u.mustBeGone()
}

func TestUpOnceWithBIRD(t *testing.T) {
	u := newUp(t)
	u.mustBeProven(u.once("--location", "LIS2", "--vlan", "4094"))
	u.mustBeGone()
}

func TestUpSaysWhatIsNotProven(t *testing.T) {
	u := newUp(t)
	result, err := u.once("--asn", "64512") // the gateway's own
	if err == nil || result.Proven || len(result.Steps) == 0 {
		t.Fatalf("proven %v, err %v with our own ASN", result.Proven, err)
	}
	last := result.Steps[len(result.Steps)-1]
	if last.ID != "accept" || last.Proven || !strings.Contains(last.Evidence, "64512") {
		t.Errorf("stopped at %s with %q; want accept to be refused and to name the ASN", last.ID, last.Evidence)
	}
	u.mustBeGone()
}

// A running is an up that stays, with its output.
type running struct {
	*up
	cmd   *exec.Cmd
	lines chan string // what it prints; closed at its end
}

func (u *up) start(args ...string) *running {
	u.t.Helper()
	r := &running{up: u, cmd: u.command(append([]string{"up", "--listen", u.listen}, args...)...), lines: make(chan string, 1000)}
	out, in := io.Pipe()
	r.cmd.Stdout, r.cmd.Stderr = in, in
	if err := r.cmd.Start(); err != nil {
		u.t.Fatal(err)
	}
	go func() {
		defer close(r.lines)
		for scan := bufio.NewScanner(out); scan.Scan(); {
			r.lines <- scan.Text()
		}
	}()
	go func() {
		r.cmd.Wait()
		in.Close()
	}()
	return r
}

var provenLine = regexp.MustCompile(`^ *(\d+)  (proven|FAILED)`)

// walk reads the output until the summary, calling each with the number of
// every step that was proven, or until each says no.
func (r *running) walk(each func(step int) bool) {
	r.t.Helper()
	deadline := time.After(4 * time.Minute)
	for {
		select {
		case line, ok := <-r.lines:
			if !ok {
				r.t.Fatal("demarc up ended")
			}
			r.t.Log(line)
			if m := provenLine.FindStringSubmatch(line); m != nil {
				if m[2] == "FAILED" {
					r.t.Fatalf("a step was not proven: %s", strings.TrimSpace(<-r.lines))
				}
				if n, _ := strconv.Atoi(m[1]); !each(n) {
					return
				}
			}
			if strings.HasPrefix(line, "Ctrl-C ends it") {
				return
			}
		case <-deadline:
			r.t.Fatal("demarc up proved nothing more")
		}
	}
}

// kill -9s a process of the installation by its pid file. One that was killed a
// moment ago is waited for: the walk may be a step ahead of its reader.
func (r *running) kill(name string) {
	r.t.Helper()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		text, err := os.ReadFile(filepath.Join(r.data, "run", name+".pid"))
		if err != nil {
			r.t.Fatal(err)
		}
		if pid, err := strconv.Atoi(string(text)); err == nil && syscall.Kill(pid, syscall.SIGKILL) == nil {
			return
		}
		if time.Now().After(deadline) {
			r.t.Fatalf("kill %s: no process %q for a minute", name, text)
		}
	}
}

// end sends a signal and waits for the end of the output.
func (r *running) end(signal syscall.Signal) {
	r.t.Helper()
	r.cmd.Process.Signal(signal)
	deadline := time.After(2 * time.Minute)
	for {
		select {
		case _, ok := <-r.lines:
			if !ok {
				return
			}
		case <-deadline:
			r.t.Fatalf("demarc up did not end on %s", signal)
		}
	}
}

func (r *running) customer() *client.Client {
	r.t.Helper()
	c, err := client.New(r.t.Context(), client.Options{Endpoint: "http://" + r.listen, Profile: "customer", Dir: filepath.Join(r.data, "aws")})
	if err != nil {
		r.t.Fatal(err)
	}
	return c
}

// mustBeOneOfEach fails the test unless the walk made one connection, one
// interface, one link and two cases, however often it was disturbed.
func (r *running) mustBeOneOfEach() {
	r.t.Helper()
	c := r.customer()
	connections, err := c.DirectConnect().DescribeConnections(r.t.Context(), &directconnect.DescribeConnectionsInput{})
	if err != nil {
		r.t.Fatal(err)
	}
	vifs, err := c.DirectConnect().DescribeVirtualInterfaces(r.t.Context(), &directconnect.DescribeVirtualInterfacesInput{})
	if err != nil {
		r.t.Fatal(err)
	}
	var links struct{ Links []json.RawMessage }
	var cases struct{ Cases []json.RawMessage }
	if err := c.Desk(r.t.Context(), "GET", "/desk/v1/links", nil, &links); err != nil {
		r.t.Fatal(err)
	}
	if err := c.Desk(r.t.Context(), "GET", "/desk/v1/cases", nil, &cases); err != nil {
		r.t.Fatal(err)
	}
	got := fmt.Sprintf("%d connections, %d interfaces, %d links, %d cases",
		len(connections.Connections), len(vifs.VirtualInterfaces), len(links.Links), len(cases.Cases))
	if want := "1 connections, 1 interfaces, 1 links, 2 cases"; got != want {
		r.t.Errorf("got %s; want %s", got, want)
	}
}

// pingWhile sends 100 packets a second across the link while fn runs and
// returns how many were lost of how many.
func (r *running) pingWhile(fn func()) (lost, sent int) {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), 8*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "ip", "netns", "exec", lab.Namespace(r.instance, "acme-h1"), "ping", "-n", "-i", "0.01", "10.8.2.10")
	var out bytes.Buffer
	cmd.Stdout = &out
	if err := cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	fn()
	cmd.Process.Signal(syscall.SIGINT)
	cmd.Wait()
	sent, lost, err := testnet.Echoes(out.String())
	if err != nil {
		r.t.Fatal(err)
	}
	return lost, sent
}

// awaitHealthy waits until control answers and shows the interface available.
func (r *running) awaitHealthy() {
	r.t.Helper()
	deadline := time.Now().Add(2 * time.Minute)
	for {
		out, err := r.customer().DirectConnect().DescribeVirtualInterfaces(r.t.Context(), &directconnect.DescribeVirtualInterfacesInput{})
		if err == nil && len(out.VirtualInterfaces) == 1 && out.VirtualInterfaces[0].VirtualInterfaceState == "available" {
			return
		}
		if time.Now().After(deadline) {
			r.t.Fatalf("the interface did not become available again: %+v, %v", out, err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// TestKillControlAndAgents kills control after every step of the walk, then
// control and each agent on the path under traffic, and at last demarc up
// itself.
func TestKillControlAndAgents(t *testing.T) {
	r := newUp(t).start()
	r.walk(func(step int) bool {
		if step < 10 {
			r.kill("control")
		}
		return true
	})
	r.mustBeOneOfEach()

	for _, name := range []string{"control", "agent-lis1-d1", "agent-vpc-a"} {
		lost, sent := r.pingWhile(func() {
			r.kill(name)
			if name == "control" {
				r.awaitHealthy()
			} else {
				r.awaitRestarted(name)
			}
		})
		t.Logf("%s killed: %d of %d packets lost", name, lost, sent)
		if lost > 0 {
			t.Errorf("%d of %d packets were lost when %s was killed", lost, sent, name)
		}
	}

	r.end(syscall.SIGKILL)
	if pids := r.processes(); len(pids) == 0 {
		t.Fatal("nothing survived kill -9 of demarc up: the next check would prove nothing")
	}
	r.mustBeProven(r.once())
	r.mustBeGone()
}

// awaitRestarted waits until a killed agent runs again. That of the device must
// have a session anew; that of the VPC host has none with the customer, and is
// given time to spoil something.
func (r *running) awaitRestarted(name string) {
	r.t.Helper()
	killed := time.Now()
	for deadline := killed.Add(time.Minute); time.Now().Before(deadline); time.Sleep(100 * time.Millisecond) {
		established, since := r.sessionSince()
		if !established || time.Since(killed) < 5*time.Second {
			continue
		}
		if name != "agent-lis1-d1" || since.After(killed) {
			return
		}
	}
	r.t.Fatalf("after %s was killed the session did not return", name)
}

// sessionSince asks the customer's router, which is FRR, about its session.
func (r *running) sessionSince() (established bool, since time.Time) {
	dir := filepath.Join(lab.RunDir(r.instance), "acme-r1")
	out, err := exec.Command("vtysh", "--vty_socket", dir, "-c", "show bgp neighbors json").Output()
	if err != nil {
		return false, time.Time{}
	}
	var neighbours map[string]struct {
		BgpState              string
		BgpTimerUpEstablished int64 `json:"bgpTimerUpEstablishedEpoch"`
	}
	if err := json.Unmarshal(out, &neighbours); err != nil {
		return false, time.Time{}
	}
	for _, n := range neighbours {
		return n.BgpState == "Established", time.Unix(n.BgpTimerUpEstablished+1, 0)
	}
	return false, time.Time{}
}

// TestCtrlCRemovesEverything interrupts a walk half way, as a terminal would.
func TestCtrlCRemovesEverything(t *testing.T) {
	r := newUp(t).start()
	r.walk(func(step int) bool { return step < 3 })
	r.end(syscall.SIGINT)
	r.mustBeGone()
}

// TestDownEndsARunningUp ends one from another terminal.
func TestDownEndsARunningUp(t *testing.T) {
	r := newUp(t).start("--no-walk")
	r.walk(func(int) bool { return true })
	if out, err := r.command("down").CombinedOutput(); err != nil {
		t.Fatalf("demarc down: %v\n%s", err, out)
	}
	r.mustBeGone()
}

func TestASecondUpIsRefused(t *testing.T) {
	r := newUp(t).start("--no-walk")
	r.walk(func(int) bool { return true })
	out, err := r.command("up", "--once").CombinedOutput()
	if err == nil || !strings.Contains(string(out), "another demarc up runs") {
		t.Errorf("a second up on the same data: %v\n%s", err, out)
	}
	r.end(syscall.SIGTERM)
	r.mustBeGone()
}

func TestATypoInTheSiteFileIsRefused(t *testing.T) {
	u := newUp(t)
	file := filepath.Join(t.TempDir(), "site.yaml")
	if err := os.WriteFile(file, []byte("region: eu-west-1\nlocation: []\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := u.command("up", "--once", "--site", file).CombinedOutput()
	if err == nil || !strings.Contains(string(out), `[2:1] unknown field "location"`) {
		t.Errorf("got %v and:\n%s", err, out)
	}
	u.mustBeGone()
}
