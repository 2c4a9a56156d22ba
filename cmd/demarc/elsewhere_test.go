package main_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"demarc/api/desk"
	"demarc/lab"
	"demarc/site"
)

// apart are two installations that share nothing but this machine: the desk of
// one, which is a control process without nodes, and the whole of the other,
// with agents and a lab. Their parties have a profile at each.
type apart struct {
	*testing.T
	there *running
	desk  keptControl
	site  string   // what both have in common
	env   []string // where profiles are: customer, there-customer …
	link  string
}

// newApart brings both up, and asks for a link of one leg at LIS1, or as wish
// says.
func newApart(t *testing.T, wish ...string) *apart {
	t.Helper()
	return newApartOf(t, string(site.Sample), wish...)
}

// newApartOf is newApart with another site than the sample.
func newApartOf(t *testing.T, text string, wish ...string) *apart {
	t.Helper()
	file := filepath.Join(t.TempDir(), "site.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	a := &apart{T: t, site: text, there: newUp(t).start("--no-walk", "--site", file)}
	a.there.walk(func(int) bool { return true })
	data := t.TempDir()
	a.desk = keptControl{t: t, data: data, listen: freeListen(t), file: filepath.Join(data, "notices.jsonl"), site: a.siteFile(data), rehearses: true}
	a.desk.start()
	t.Cleanup(a.desk.kill)
	a.env = a.profiles()
	if wish == nil {
		wish = []string{"--environment", "acme-prod", "--location", "LIS1", "--prefix", "192.168.50.0/24"}
	}
	a.link = a.requested(wish...)
	return a
}

// siteFile is the other installation's site, whose environment is where that one
// has it: an operator has written down what the platform there
// has told it.
func (a *apart) siteFile(dir string) string {
	a.Helper()
	var environments desk.Environments
	out, err := a.there.command("environment", "list", "-o", "json", "--profile", "platform", "--endpoint", "http://"+a.there.listen).Output()
	if err != nil {
		a.Fatal(err)
	}
	if err := json.Unmarshal(out, &environments); err != nil {
		a.Fatal(err)
	}
	for _, env := range environments.Environments {
		if env.Name != "acme-prod" {
			continue
		}
		told := "    elsewhere: {at: 'http://" + a.there.listen + "', region: eu-west-1, account: '" + string(env.Platform) + "', gateway: " + string(env.Gateway) + "}\n"
		text := strings.Replace(a.site, "    drills: true ", told+"    drills: true ", 1)
		name := filepath.Join(dir, "site.yaml")
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			a.Fatal(err)
		}
		return name
	}
	a.Fatal("the other installation has no environment acme-prod")
	return ""
}

// profiles puts those of both installations into one place, as a person's own
// machine has them.
func (a *apart) profiles() []string {
	a.Helper()
	dir := a.TempDir()
	for _, name := range []string{"config", "credentials"} {
		here, err := os.ReadFile(filepath.Join(a.desk.data, "aws", name))
		if err != nil {
			a.Fatal(err)
		}
		other, err := os.ReadFile(filepath.Join(a.there.data, "aws", name))
		if err != nil {
			a.Fatal(err)
		}
		renamed := regexp.MustCompile(`(?m)^\[(profile )?(.*)\]$`).ReplaceAll(other, []byte("[${1}there-$2]"))
		if err := os.WriteFile(filepath.Join(dir, name), append(append(here, '\n'), renamed...), 0o600); err != nil {
			a.Fatal(err)
		}
	}
	return []string{"LC_ALL=C.UTF-8", "NO_PROXY=*", "HOME=" + dir, "AWS_CONFIG_FILE=" + dir + "/config", "AWS_SHARED_CREDENTIALS_FILE=" + dir + "/credentials"}
}

func (a *apart) requested(wish ...string) string {
	a.Helper()
	out, code := a.as("customer", append([]string{"link", "request"}, wish...)...)
	if code != 0 {
		a.Fatalf("link request: exit code %d\n%s", code, out)
	}
	return regexp.MustCompile(`lk-[a-z0-9]+`).FindString(out)
}

// command is a command line of a party on its own machine.
func (a *apart) command(party string, args ...string) *exec.Cmd {
	line := append(args, "--endpoint", "http://"+a.desk.listen, "--profile", party, "--data", filepath.Join(a.desk.data, "of-"+party))
	if args[0] == "elsewhere" || args[0] != "cutover" && args[1] == "status" {
		line = append(line, "--as", "there-"+party)
	}
	cmd := exec.Command(binary, line...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH")}, a.env...)
	return cmd
}

func (a *apart) as(party string, args ...string) (out string, code int) {
	a.Helper()
	text, err := a.command(party, args...).CombinedOutput()
	ended, failed := errors.AsType[*exec.ExitError](err)
	if err != nil && !failed {
		a.Fatal(err)
	}
	if failed {
		code = ended.ExitCode()
	}
	return strings.TrimSpace(string(text)), code
}

// does is a command that must end with a code; one that could not reach a
// service that was killed is tried again, as a person does.
func (a *apart) does(party string, want int, args ...string) (out string) {
	a.Helper()
	code := 0
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(100 * time.Millisecond) {
		out, code = a.as(party, args...)
		away := strings.Contains(out, "connection refused") || strings.Contains(out, "EOF") || strings.Contains(out, "connection reset")
		if !away || time.Now().After(deadline) {
			break
		}
	}
	if code != want {
		a.Fatalf("%s: %s: exit code %d, want %d\n%s", party, strings.Join(args, " "), code, want, out)
	}
	return out
}

// stands waits until the tracker ends with a code and says something.
func (a *apart) stands(party string, code int, want string) {
	a.Helper()
	out, got := "", 0
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(200 * time.Millisecond) {
		if out, got = a.as(party, "link", "status", a.link); got == code && strings.Contains(strings.SplitN(out, "\n", 2)[0], want) {
			return
		}
	}
	a.Fatalf("the tracker of the %s: exit code %d, want %d and %q\n%s", party, got, code, want, out)
}

func (a *apart) policy(rule string) {
	a.Helper()
	name := filepath.Join(a.TempDir(), "policy.yaml")
	if err := os.WriteFile(name, []byte("rules: ["+rule+"]\n"), 0o600); err != nil {
		a.Fatal(err)
	}
	a.does("platform", 0, "policy", "apply", "-f", name)
}

// offered allocates an interface there and asks the platform to accept it.
func (a *apart) offered(vlan, asn string) (id, asked string) {
	a.Helper()
	id = a.does("customer", 0, "elsewhere", "allocate", a.link, "--vlan", vlan, "--asn", asn)
	asked = regexp.MustCompile(`case-[a-z0-9]+`).FindString(a.does("customer", 0, "elsewhere", "ask", a.link))
	return id, asked
}

// watch is the platform's watcher, in a process of its own.
func (a *apart) watch() *exec.Cmd {
	a.Helper()
	return a.watchAs("platform", nil)
}

// watchAs is a party's, and says to out what it sees.
func (a *apart) watchAs(party string, out io.Writer) *exec.Cmd {
	a.Helper()
	cmd := a.command(party, "elsewhere", "watch", "--every", "300ms")
	cmd.Stdout = out
	if err := cmd.Start(); err != nil {
		a.Fatal(err)
	}
	a.Cleanup(func() {
		cmd.Process.Kill()
		cmd.Wait()
	})
	return cmd
}

// configure pastes what the other service wrote for the customer's router.
func (a *apart) configure(router, id, vlan string) {
	a.Helper()
	config := a.there.aws("customer", "describe-router-configuration", "--virtual-interface-id", id, "--router-type-identifier", map[string]string{"acme-r1": "demarc-FRR-8", "acme-r2": "demarc-BIRD-2"}[router])["customerRouterConfig"].(string)
	vif := a.there.aws("customer", "describe-virtual-interfaces", "--virtual-interface-id", id)["virtualInterfaces"].([]any)[0].(map[string]any)
	paste := a.there.command("lab", "configure", router, "--interface", "eth0", "--vlan", vlan, "--address", vif["customerAddress"].(string))
	paste.Stdin = strings.NewReader(config)
	if out, err := paste.CombinedOutput(); err != nil {
		a.Fatalf("configure the router: %v\n%s", err, out)
	}
}

// pingFromBehind has a command's ping be sent from the host behind the customer's
// router.
func (a *apart) pingFromBehind(cmd *exec.Cmd) *exec.Cmd {
	a.Helper()
	dir := a.TempDir()
	script := "#!/bin/sh\nexec ip netns exec " + lab.Namespace(a.there.instance, "acme-h1") + " /usr/bin/env PATH=" + os.Getenv("PATH") + " ping \"$@\"\n"
	if err := os.WriteFile(filepath.Join(dir, "ping"), []byte(script), 0o700); err != nil {
		a.Fatal(err)
	}
	cmd.Env[0] = "PATH=" + dir + ":" + os.Getenv("PATH")
	return cmd
}

// TestALinkBetweenTwoInstallations takes a link from its request at one
// installation to packets at the other, through rejection, a person's leave and
// the policy's, while each is killed.
func TestALinkBetweenTwoInstallations(t *testing.T) {
	a := newApart(t)
	a.stands("customer", 8, "Order a connection")
	conn := a.does("customer", 0, "elsewhere", "order", a.link)
	a.desk.again()
	a.does("customer", 0, "elsewhere", "letter", a.link, "--to", filepath.Join(t.TempDir(), "loa.pdf"))
	a.stands("customer", 5, "the facility moves next: Patch the cross-connect")
	if out, err := a.there.command("facility", "patch", conn, "--profile", "facility", "--endpoint", "http://"+a.there.listen).CombinedOutput(); err != nil {
		t.Fatalf("patch: %v\n%s", err, out)
	}
	a.stands("customer", 8, "Ask which account to allocate to")
	a.does("customer", 0, "case", "open", "--kind", "account-association", "--environment", "acme-prod")

	watcher := a.watch()
	a.policy("{name: full, verdict: reject, reason: no room}")
	a.offered("101", "65010")
	a.stands("customer", 8, "Allocate a private virtual interface") // it is rejected, there and here

	a.policy("{name: look, verdict: queue, reason: look}")
	queued, asked := a.offered("102", "65011")
	a.stands("platform", 8, "Accept the interface onto the gateway")
	a.there.kill("control")
	a.until("the case is accepted by a person", func() bool { _, code := a.as("platform", "case", "accept", asked); return code == 0 })
	watcher.Process.Signal(syscall.SIGKILL)
	watcher.Wait()
	a.watch()
	a.stands("customer", 8, "the customer moves next: BGP established")
	a.does("customer", 0, "elsewhere", "delete", a.link)
	a.stands("customer", 8, "Allocate a private virtual interface")
	a.until("the interface is gone", func() bool {
		for _, v := range a.there.aws("customer", "describe-virtual-interfaces", "--virtual-interface-id", queued)["virtualInterfaces"].([]any) {
			return v.(map[string]any)["virtualInterfaceState"] == "deleted"
		}
		return true
	})

	a.policy("{name: known, when: {proven: true, matchesLink: true, withinLimits: true}, verdict: accept}")
	id, asked := a.offered("103", "65010")
	begun := time.Now()
	a.desk.again()
	a.until("the case is answered", func() bool {
		out, _ := a.as("customer", "case", "show", asked)
		return strings.Contains(out, "Accepted onto vgw-")
	})
	t.Logf("accepted %.1f s after it was asked for, with the desk killed meanwhile", time.Since(begun).Seconds())
	a.stands("customer", 8, "the customer moves next: BGP established")
	a.configure("acme-r1", id, "103")
	a.there.kill("control")
	a.stands("customer", 0, "live")
	a.stands("platform", 0, "live")

	a.until("packets come through", func() bool {
		cmd := a.pingFromBehind(a.command("customer", "link", "status", a.link, "--ping", "10.8.2.10"))
		out, err := cmd.CombinedOutput()
		return err == nil && strings.Contains(string(out), "10.8.2.10 answered 3 of 3 echo requests")
	})
	a.keysStay()
	a.there.end(syscall.SIGINT)
	a.there.mustBeGone()
}

func (a *apart) until(what string, is func() bool) {
	a.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !is(); time.Sleep(200 * time.Millisecond) {
		if time.Now().After(deadline) {
			a.Fatalf("never: %s", what)
		}
	}
}

// keysStay looks for the keys of each installation in all that the other has
// written.
func (a *apart) keysStay() {
	a.Helper()
	for _, pair := range [][2]string{{a.desk.data, a.there.data}, {a.there.data, a.desk.data}} {
		text, err := os.ReadFile(filepath.Join(pair[0], "aws", "credentials"))
		if err != nil {
			a.Fatal(err)
		}
		var keys [][]byte
		for _, m := range regexp.MustCompile(`(?m)^aws_(?:access_key_id|secret_access_key) *= *(\S+)$`).FindAllSubmatch(text, -1) {
			keys = append(keys, m[1])
		}
		if len(keys) < 8 {
			a.Fatalf("%s has %d keys", pair[0], len(keys))
		}
		err = filepath.WalkDir(pair[1], func(name string, d os.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			data, err := os.ReadFile(name)
			for _, key := range keys {
				if bytes.Contains(data, key) {
					a.Errorf("%s has a key of %s", name, pair[0])
				}
			}
			return err
		})
		if err != nil {
			a.Fatal(err)
		}
	}
}

// again kills control and starts it anew.
func (k *keptControl) again() {
	k.t.Helper()
	k.kill()
	k.start()
}
