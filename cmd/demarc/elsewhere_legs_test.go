package main_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"demarc/lab"
)

const twoLegs = `environment: acme-prod
topology: own-cage
resiliency: high
prefixes: [192.168.50.0/24, 192.168.60.0/24]
legs:
  - {location: LIS1, bandwidth: 1Gbps}
  - {location: LIS2, bandwidth: 1Gbps}
`

// newApartTwice is a link of two legs at the other installation, both live; ids
// are those of their interfaces. The platform's watcher is running.
func newApartTwice(t *testing.T) (a *apart, ids []string) {
	t.Helper()
	form := filepath.Join(t.TempDir(), "link.yaml")
	if err := os.WriteFile(form, []byte(twoLegs), 0o600); err != nil {
		t.Fatal(err)
	}
	a = newApart(t, "-f", form)
	a.policy("{name: known, when: {proven: true, matchesLink: true, withinLimits: true}, verdict: accept}")
	a.does("customer", 0, "case", "open", "--kind", "account-association", "--environment", "acme-prod")
	ids = []string{a.leg("a", "acme-r1"), a.leg("b", "acme-r2")}
	a.stands("customer", 0, "live")
	return a, ids
}

// leg brings one up, from its order to BGP.
func (a *apart) leg(letter, router string) (id string) {
	a.Helper()
	conn := a.does("customer", 0, "elsewhere", "order", a.link, "--leg", letter)
	a.does("customer", 0, "elsewhere", "letter", a.link, "--leg", letter, "--to", filepath.Join(a.TempDir(), "loa.pdf"))
	if out, err := a.there.command("facility", "patch", conn, "--profile", "facility", "--endpoint", "http://"+a.there.listen).CombinedOutput(); err != nil {
		a.Fatalf("patch: %v\n%s", err, out)
	}
	id = a.does("customer", 0, "elsewhere", "allocate", a.link, "--leg", letter, "--vlan", "103")
	a.does("customer", 0, "elsewhere", "ask", a.link, "--leg", letter)
	a.does("platform", 0, "elsewhere", "accept", id)
	a.configure(router, id, "103")
	return id
}

// told counts the notices of a kind in the file of the desk's operator, those
// with a word, and looks that none has an id of another.
func (a *apart) told(kind string, word ...string) (times int) {
	a.Helper()
	text, err := os.ReadFile(a.desk.file)
	if err != nil {
		a.Fatal(err)
	}
	ids := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		var event struct{ ID, Type string }
		if json.Unmarshal([]byte(line), &event) != nil {
			continue // its end is being written
		}
		if ids[event.ID] {
			a.Errorf("two notices have the id %s", event.ID)
		}
		ids[event.ID] = true
		if event.Type == "demarc."+kind && strings.Contains(line, strings.Join(word, "")) {
			times++
		}
	}
	return times
}

// TestTwoLegsBetweenTwoInstallations has a link of two legs at the other
// installation go through what comes after it is live, while each is killed.
func TestTwoLegsBetweenTwoInstallations(t *testing.T) {
	a, ids := newApartTwice(t)
	a.drills(ids)
	a.sessionFails(ids[1])
	a.legEnds(ids[1])
	a.keysStay()
	a.there.end(syscall.SIGINT)
	a.there.mustBeGone()
}

// drills takes a session there really down, for a customer who asks for it here.
func (a *apart) drills(ids []string) {
	tests := func() []any {
		return a.there.aws("platform", "list-virtual-interface-test-history", "--virtual-interface-id", ids[0])["virtualInterfaceTestHistory"].([]any)
	}
	shut := func() bool {
		n := a.there.neighbour()
		return n.State != "Established" && n.Reason == "Cease/Administrative Shutdown" && strings.Contains(n.Written, "failover test")
	}
	watcher := a.watch()
	asked := regexp.MustCompile(`case-[a-z0-9]+`).FindString(a.does("customer", 0, "case", "open", "--kind", "failover-drill", "--environment", "acme-prod", "--interface", ids[0], "--minutes", "10"))
	a.until("the test is made there", func() bool { return len(tests()) > 0 })
	watcher.Process.Signal(syscall.SIGKILL) // before or after it has told the desk
	watcher.Wait()
	a.desk.again()
	a.watch()
	a.there.kill("control")
	a.until("FRR is told that the session is shut", shut)
	a.stands("customer", 5, "the platform moves next: BGP established")
	a.until("the desk has heard that another leg stays up", func() bool {
		return strings.Contains(a.does("customer", 0, "link", "drills", a.link), "stayed")
	})
	a.desk.kill()
	a.desk.start()
	a.does("customer", 0, "case", "resolve", asked)
	a.until("FRR has its session again", func() bool { return a.there.neighbour().State == "Established" })
	a.until("the case has what came of it", func() bool {
		return strings.Contains(a.does("customer", 0, "case", "show", asked), "leg b stayed up")
	})
	a.stands("customer", 0, "live")
	if n := len(tests()); n != 1 {
		a.Errorf("%d tests were made there, want 1", n)
	}
	for _, kind := range []string{"failover.started", "failover.cancelled"} {
		a.until(kind+" is told", func() bool { return a.told(kind) > 0 })
		if n := a.told(kind); n != 1 {
			a.Errorf("%s was told %d times", kind, n)
		}
	}
}

// sessionFails pulls the second leg's cable while nobody watches, and looks that
// each watcher's word of it is told once, and that it is up again.
func (a *apart) sessionFails(id string) {
	saw, err := os.Create(filepath.Join(a.TempDir(), "watcher.out"))
	if err != nil {
		a.Fatal(err)
	}
	defer saw.Close()
	watcher := a.watchAs("customer", saw)
	a.until("the customer's vigil has begun", func() bool {
		text, _ := os.ReadFile(saw.Name())
		return strings.Contains(string(text), "the session of "+id+" is up")
	})
	watcher.Process.Signal(syscall.SIGKILL)
	watcher.Wait()
	a.cable("acme-r2", "down")
	a.until("the platform's word is told", func() bool { return a.told("bgp.down", id) == 1 })
	a.desk.again()
	watcher = a.watchAs("customer", nil)
	a.until("the customer's word is told", func() bool { return a.told("bgp.down", id) == 2 && a.told("connection.down") == 1 })
	watcher.Process.Signal(syscall.SIGKILL)
	watcher.Wait()
	a.desk.again()
	a.watchAs("customer", nil) // which hands in all of it again
	a.cable("acme-r2", "up")
	a.stands("customer", 0, "live")
	a.does("platform", 0, "clock", "--advance", "2m") // what was told has rested
	a.until("both say that it is up", func() bool { return a.told("bgp.up", id) == 2 && a.told("connection.available") == 1 })
	for kind, want := range map[string]int{"bgp.down": 2, "vif.down": 2, "bgp.up": 2, "vif.available": 2} { // each one's word
		if n := a.told(kind, id); n != want {
			a.Errorf("%s was told %d times, want %d", kind, n, want)
		}
	}
}

// cable sets a customer's router's end of its cable.
func (a *apart) cable(router, to string) {
	a.Helper()
	if out, err := exec.Command("ip", "-n", lab.Namespace(a.there.instance, router), "link", "set", "eth0", to).CombinedOutput(); err != nil {
		a.Fatalf("set the cable %s: %v\n%s", to, err, out)
	}
}

// legEnds has the last leg end, as both parties agree, and the link go on.
func (a *apart) legEnds(id string) {
	asked := regexp.MustCompile(`case-[a-z0-9]+`).FindString(a.does("customer", 0, "link", "end", a.link, "--leg", "b", "--reason", "we move"))
	a.does("platform", 0, "case", "accept", asked)
	a.desk.again()
	a.stands("customer", 5, "Tell both parties twice")
	a.does("platform", 0, "clock", "--advance", "24h")
	a.until("both are told again", func() bool { return a.told("link.ending") == 2 })
	a.does("platform", 0, "clock", "--advance", "25h")
	a.stands("customer", 8, "Delete the virtual interface")
	a.does("customer", 0, "elsewhere", "delete", a.link, "--leg", "b", "--connection")
	a.stands("customer", 0, "live")
	a.stands("platform", 0, "live")
	if out := a.does("customer", 1, "elsewhere", "order", a.link, "--leg", "b"); !strings.Contains(out, "is to end") {
		a.Errorf("another connection for it: %s", out)
	}
	if state := a.there.aws("customer", "describe-virtual-interfaces", "--virtual-interface-id", id)["virtualInterfaces"]; !strings.Contains(fmt.Sprint(state), "delet") && fmt.Sprint(state) != "[]" {
		a.Errorf("the interface there: got %v", state)
	}
	if n := a.told("link.leg_ended"); n != 1 {
		a.Errorf("link.leg_ended was told %d times", n)
	}
}
