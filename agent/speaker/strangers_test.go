package speaker_test

import (
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"demarc/bgp"
)

const gobgpConfig = `
global:
  config: { as: 65001, router-id: 169.254.10.2, port: 179, local-address-list: [169.254.10.2] }
neighbors:
  - config: { neighbor-address: 169.254.10.1, peer-as: 64512, auth-password: secretkey }
    timers:
      config: { hold-time: 30, keepalive-interval: 10, connect-retry: 1, idle-hold-time-after-reset: 1 }
    graceful-restart:
      config: { enabled: true, restart-time: 120 }
    afi-safis:
      - config: { afi-safi-name: ipv4-unicast }
        mp-graceful-restart:
          config: { enabled: true }
`

func TestGoBGP(t *testing.T) {
	na, nb := newNamespace(t), newNamespace(t)
	wire(t, na, nb)
	file := filepath.Join(t.TempDir(), "gobgpd.yaml")
	if err := os.WriteFile(file, []byte(gobgpConfig), 0o600); err != nil {
		t.Fatal(err)
	}
	daemon := spawn(t, nb, "", "gobgpd", "-t", "yaml", "-f", file, "--api-hosts", "127.0.0.1:50051", "--pprof-disable")
	a := newNode(t)
	p := ours(na)
	p.Key = "secretkey"
	a.set("vif", p)
	a.advertise("vif", "10.20.0.0/24")
	a.established("vif")
	gobgp := func(args ...string) string {
		out, err := exec.Command("ip", append([]string{"netns", "exec", string(nb), "gobgp"}, args...)...).CombinedOutput()
		if err != nil {
			return err.Error() + ": " + string(out)
		}
		return string(out)
	}
	eventually(t, "GoBGP has our route", func() bool { return strings.Contains(gobgp("global", "rib"), "10.20.0.0/24") })
	gobgp("global", "rib", "add", "192.168.50.0/24", "community", "7224:7100", "med", "20")
	eventually(t, "GoBGP's route arrives", func() bool { return len(a.table("vif")) == 1 })
	got := a.table("vif")[behind]
	if got.Path != bgp.NewASPath(65001) || got.MED != 20 || len(got.Communities.List()) != 1 {
		t.Errorf("the route is %+v, want path 65001, MED 20 and one community", got)
	}
	if st, _ := a.Status("vif"); !st.Negotiated.RouteRefresh || !st.Negotiated.GracefulRestart {
		t.Errorf("negotiated %+v, want route refresh and graceful restart", st.Negotiated)
	}
	gobgp("global", "rib", "del", "192.168.50.0/24")
	eventually(t, "it is withdrawn", func() bool { return len(a.table("vif")) == 0 })
	a.advertise("vif")
	eventually(t, "GoBGP has ours no more", func() bool { return !strings.Contains(gobgp("global", "rib"), "10.20.0.0/24") })
	gobgp("neighbor", "169.254.10.1", "shutdown", "--reason", "maintenance tonight")
	eventually(t, "down", func() bool { _, down := last[bgp.Down](a, "vif"); return down })
	if down, _ := last[bgp.Down](a, "vif"); down.Reason.Code != 6 || !strings.Contains(down.Reason.String(), "maintenance tonight") {
		t.Errorf("down for %v, want a Cease with its text (RFC 9003)", down.Reason)
	}
	daemon.kill()
}

// An exabgp is a peer whose every update is written by hand.
type exabgp struct {
	t        *testing.T
	commands string // a file that it follows
}

func startExaBGP(t *testing.T, n netns) *exabgp {
	t.Helper()
	dir := t.TempDir()
	e := &exabgp{t: t, commands: filepath.Join(dir, "commands")}
	config := `
process script { run /usr/bin/tail -n +1 -F ` + e.commands + `; encoder text; }
neighbor 169.254.10.1 {
	router-id 169.254.10.2; local-address 169.254.10.2; local-as 65001; peer-as 64512;
	hold-time 30; md5-password "secretkey"; md5-ip 169.254.10.2;
	family { ipv4 unicast; }
	api { processes [ script ]; }
}
`
	for file, text := range map[string]string{e.commands: "", filepath.Join(dir, "exabgp.conf"): config} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	spawn(t, n, dir, "env", "exabgp.daemon.user=root", "exabgp.daemon.drop=false", "exabgp.api.cli=false", "exabgp.api.ack=false",
		"exabgp.log.packets=true", "exabgp", filepath.Join(dir, "exabgp.conf"))
	return e
}

// say has ExaBGP send what the line says.
func (e *exabgp) say(line string) {
	e.t.Helper()
	f, err := os.OpenFile(e.commands, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		e.t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(line + "\n"); err != nil {
		e.t.Fatal(err)
	}
}

// Each update is followed by a good one: when that has arrived, so has the one
// before it, and what became of it can be judged. None of them may cost the
// session (RFC 7606). An unknown well-known attribute still would (2/2), and is
// not among them.
func TestExaBGPGoodOddAndBrokenUpdates(t *testing.T) {
	na, nb := newNamespace(t), newNamespace(t)
	wire(t, na, nb)
	peer := startExaBGP(t, nb)
	a := newNode(t)
	p := ours(na)
	p.Key = "secretkey"
	a.set("vif", p)
	a.established("vif")
	for _, test := range []struct {
		name, attributes string
		lost             bool // whether the prefix ends up withdrawn
	}{
		{"as path and communities", "as-path [ 65001 65002 4200000001 ] community [ 7224:7300 ] large-community [ 65001:1:2 ] med 10", false},
		{"a set in the path", "as-path [ 65001 ( 65002 65003 ) ]", false},
		{"our own number in the path", "as-path [ 65001 64512 ]", true},
		{"somebody else's number first in the path", "as-path [ 65009 65001 ]", true},
		{"an unknown optional transitive attribute", "attribute [ 0xE3 0xC0 0x0102 ]", false},
		{"MED of three octets", "attribute [ 0x04 0x80 0x010203 ]", true},
		{"communities of three octets", "attribute [ 0x08 0xC0 0x010203 ]", true},
		{"ATOMIC_AGGREGATE with a body", "attribute [ 0x06 0x40 0x01 ]", false},
		{"aggregator of five octets", "attribute [ 0x07 0xC0 0x0102030405 ]", false},
	} {
		victim, witness := netip.MustParsePrefix("10.1.0.0/16"), netip.MustParsePrefix("10.2.0.0/16")
		announce := "neighbor 169.254.10.1 announce route "
		peer.say(announce + victim.String() + " next-hop 169.254.10.2") // a good one, to be replaced
		eventually(t, test.name+": the good one arrives", func() bool { _, has := a.table("vif")[victim]; return has })
		peer.say(announce + victim.String() + " next-hop 169.254.10.2 " + test.attributes)
		peer.say(announce + witness.String() + " next-hop 169.254.10.2")
		eventually(t, test.name+": the next one arrives", func() bool { _, has := a.table("vif")[witness]; return has })
		if _, has := a.table("vif")[victim]; has == test.lost {
			t.Errorf("%s: the prefix is there: %v", test.name, has)
		}
		peer.say("neighbor 169.254.10.1 withdraw route " + victim.String() + " next-hop 169.254.10.2")
		peer.say("neighbor 169.254.10.1 withdraw route " + witness.String() + " next-hop 169.254.10.2")
		eventually(t, test.name+": both are withdrawn", func() bool { return len(a.table("vif")) == 0 })
	}
	if down, wasDown := last[bgp.Down](a, "vif"); wasDown {
		t.Errorf("the session went down: %v", down.Reason)
	}
}
