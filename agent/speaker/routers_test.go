package speaker_test

import (
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"demarc/agent/speaker"
	"demarc/bgp"
)

var behind = netip.MustParsePrefix("192.168.50.0/24") // the customer's network

func TestFRR(t *testing.T) {
	na, nb := newNamespace(t), newNamespace(t)
	wire(t, na, nb)
	frr := startFRR(t, nb, frrConfig("secretkey"))
	a := newNode(t)
	p := ours(na)
	p.Key = "secretkey"
	a.set("vif", p)
	a.advertise("vif", "10.20.0.0/24")
	eventually(t, "FRR's route arrives", func() bool { return len(a.table("vif")) == 1 })
	eventually(t, "FRR has our route", func() bool { return strings.Contains(frr.vtysh("show bgp ipv4"), "10.20.0.0/24") })
	if got := a.table("vif")[behind].Path; got != bgp.NewASPath(65001) {
		t.Errorf("path is %q, want 65001", got)
	}
	st, _ := a.Status("vif")
	if st.Negotiated.HoldTime != 30*time.Second || !st.Negotiated.RouteRefresh || !st.Negotiated.GracefulRestart {
		t.Errorf("negotiated %+v, want hold 30s, refresh and restart", st.Negotiated)
	}
	ends, _ := last[bgp.EndOfRIB](a, "vif")
	if ends != (bgp.EndOfRIB{Family: bgp.IPv4}) {
		t.Errorf("no End-of-RIB from FRR")
	}
	a.mustRefreshBothWays("vif", frr)
	frr.kill()
	eventually(t, "down after FRR died", func() bool { _, down := last[bgp.Down](a, "vif"); return down })
	down, _ := last[bgp.Down](a, "vif")
	if !down.Keep.Has(bgp.IPv4) || down.Until.IsZero() {
		t.Errorf("routes of a router that asked to keep them are not kept: %+v", down)
	}
	restartFRR(t, nb, frr.dir)
	a.established("vif")
	eventually(t, "End-of-RIB after the return", func() bool { st, _ := a.Status("vif"); return st.Received[bgp.IPv4] == 1 })
}

// mustRefreshBothWays has each side ask the other for its routes again.
func (n *node) mustRefreshBothWays(key string, frr *daemon) {
	n.t.Helper()
	before := n.count(key)
	if err := n.Refresh(key, bgp.IPv4); err != nil {
		n.t.Fatal(err)
	}
	eventually(n.t, "FRR sends again", func() bool { return n.count(key) > before })
	frr.vtysh("clear bgp 169.254.10.1 in")
	eventually(n.t, "FRR asks again", func() bool { _, asked := last[bgp.RefreshRequested](n, key); return asked })
}

// count is how many updates key's peer has sent.
func (n *node) count(key string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	total := 0
	for _, e := range n.log {
		if _, isUpdate := e.What.(bgp.Update); isUpdate && e.Key == key {
			total++
		}
	}
	return total
}

// Our process goes and comes back; FRR uses our routes all the while.
func TestFRRKeepsOurRoutesOverARestart(t *testing.T) {
	na, nb := newNamespace(t), newNamespace(t)
	wire(t, na, nb)
	frr := startFRR(t, nb, frrConfig("secretkey"))
	p := ours(na)
	p.Key = "secretkey"
	first := newNode(t)
	first.set("vif", p)
	first.advertise("vif", "10.20.0.0/24")
	has := func(what string) func() bool {
		return func() bool { return strings.Contains(frr.vtysh("show bgp ipv4 10.20.0.0/24"), what) }
	}
	eventually(t, "FRR has our route", has("64512"))
	first.stop(speaker.ErrRestart)
	eventually(t, "FRR calls it stale", has("stale"))

	second := newNode(t)
	p.Restarting = true
	second.set("vif", p)
	second.established("vif")
	if !has("stale")() {
		t.Errorf("FRR dropped the route on our return, before we sent it again:\n%s", frr.vtysh("show bgp ipv4 10.20.0.0/24"))
	}
	second.advertise("vif", "10.20.0.0/24")
	eventually(t, "it is fresh again", func() bool { return has("64512")() && !has("stale")() })
	second.stop(nil)
	eventually(t, "a farewell with a word removes it", func() bool { return !has("64512")() })
}

func TestFRRPasswordMismatch(t *testing.T) {
	na, nb := newNamespace(t), newNamespace(t)
	wire(t, na, nb)
	startFRR(t, nb, frrConfig("wrong"))
	a := newNode(t)
	p := ours(na)
	p.Key = "right"
	a.set("vif", p)
	eventually(t, "signatures are refused", func() bool {
		return !strings.Contains(run(t, na.command("nstat", "-az", "TcpExtTCPMD5Failure")...), "MD5Failure             0 ")
	})
	if got := a.state("vif"); got > bgp.Active {
		t.Errorf("session is %v", got)
	}
}

func TestBIRD(t *testing.T) {
	na, nb := newNamespace(t), newNamespace(t)
	wire(t, na, nb)
	dir := t.TempDir()
	config := `router id 169.254.10.2;
protocol device {}
protocol static { ipv4; route 192.168.50.0/24 blackhole; }
protocol bgp dx {
  local 169.254.10.2 as 65001;
  neighbor 169.254.10.1 as 64512;
  password "secretkey";
  graceful restart on;
  ipv4 { import all; export all; };
}
`
	if err := os.WriteFile(filepath.Join(dir, "bird.conf"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	control := filepath.Join(dir, "bird.ctl")
	spawn(t, nb, dir, "bird", "-f", "-c", filepath.Join(dir, "bird.conf"), "-s", control, "-P", filepath.Join(dir, "pid"))
	a := newNode(t)
	p := ours(na)
	p.Key = "secretkey"
	a.set("vif", p)
	many := make([]string, 1000)
	for i := range many {
		many[i] = fmt.Sprintf("10.%d.%d.0/24", i/256, i%256)
	}
	a.advertise("vif", many...)
	eventually(t, "BIRD's route arrives", func() bool { return len(a.table("vif")) == 1 })
	eventually(t, "BIRD has our thousand", func() bool { return strings.Contains(birdc(t, control, "show route count"), "1001 of 1001") })
	a.advertise("vif", many[:10]...)
	eventually(t, "BIRD has ten left", func() bool { return strings.Contains(birdc(t, control, "show route count"), "11 of 11") })
	birdc(t, control, "disable dx")
	eventually(t, "down", func() bool { _, down := last[bgp.Down](a, "vif"); return down })
	if down, _ := last[bgp.Down](a, "vif"); down.Reason.Code != 6 || down.Reason.Sender != bgp.SentByPeer || down.Keep != 0 {
		t.Errorf("down for %v, keeping %v; want a Cease from BIRD and nothing kept", down.Reason, down.Keep)
	}
}

func birdc(t *testing.T, control, command string) string {
	t.Helper()
	return run(t, "birdc", "-s", control, command)
}
