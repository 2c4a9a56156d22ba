package agent_test

import (
	"encoding/json"
	"net/netip"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// toldOf is what the customer's FRR says of its session.
type toldOf struct {
	State   string `json:"bgpState"`
	Reason  string `json:"lastNotificationReason"`
	Written string `json:"lastShutdownDescription"`
}

func (c *customer) told() (n toldOf) {
	dir := filepath.Join(c.world.dir, c.name)
	out, err := exec.Command("vtysh", "--vty_socket", dir, "-c", "show bgp neighbors json").Output()
	var all map[string]toldOf
	if err != nil || json.Unmarshal(out, &all) != nil {
		return n
	}
	return all[ours.Addr().String()]
}

// TestAFailoverTestHoldsTheSession: the customer's router is told why, its
// neighbour is still there, and the session is back when it may be, also after
// the agent was started anew meanwhile.
// With BFD it is told the same: BGP has the last word, before BFD says goodbye.
func TestAFailoverTestHoldsTheSession(t *testing.T) {
	for name, start := range map[string]func(*bed){
		"FRR":          routers["FRR"],
		"FRR with BFD": func(b *bed) { b.customer.frrBFD([2]netip.Prefix{theirs, ours}) },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBed(t, newLine("acme-r1", "p1"))
			start(b)
			b.device.established(b.line)
			if strings.Contains(name, "BFD") {
				eventually(t, "BFD is up", func() bool { v, _ := b.device.vif(b.line); return v.Session[0].BFD.Up() })
			}
			b.crosses()
			b.holds()
		})
	}
}

// TestAFailoverTestEndsWithoutControl: nobody is there to say that its time is
// over, and the session comes up all the same.
func TestAFailoverTestEndsWithoutControl(t *testing.T) {
	b := newBed(t, newLine("acme-r1", "p1"))
	b.up()
	tested := b.line
	tested.vif.Peers = slices.Clone(b.line.vif.Peers)
	tested.vif.Peers[0].Shut, tested.vif.Peers[0].ShutFor = true, time.Hour
	held := func() bool {
		v, there := b.device.vif(b.line)
		return there && v.Session[0].State == "Idle" && v.Session[0].Reason == "a failover test is running"
	}
	b.device.tell(deviceIntent(2, tested))
	eventually(t, "the session is held", held)
	tested.vif.Peers = slices.Clone(tested.vif.Peers)
	tested.vif.Peers[0].ShutFor = 2 * time.Second
	start := time.Now()
	b.device.tell(deviceIntent(3, tested))
	b.device.established(b.line)
	if took := time.Since(start); took < tested.vif.Peers[0].ShutFor {
		t.Errorf("it was let go after %v, before its time", took)
	}
	b.crosses()
}

// holds shuts the session, over a restart of the agent, and opens it again.
func (b *bed) holds() {
	t := b.t
	t.Helper()

	tested := b.line
	tested.vif.Peers = slices.Clone(b.line.vif.Peers)
	tested.vif.Peers[0].Shut = true
	b.device.tell(deviceIntent(2, tested))
	eventually(t, "FRR is told that the session is shut", func() bool {
		n := b.customer.told()
		return n.State != "Established" && n.Reason == "Cease/Administrative Shutdown" && n.Written == "a failover test is running"
	})
	held := func() bool {
		v, there := b.device.vif(b.line)
		return there && v.Built && v.Accepted.Len() == 0 && v.Session[0].State == "Idle" && v.Session[0].Reason == "a failover test is running"
	}
	eventually(t, "the session is reported idle, and why", held)
	eventually(t, "the VPC host forgets the customer", func() bool { return len(b.vpc().Propagated) == 0 })
	if !b.reaches(b.customer.router, ours.Addr().String()) {
		t.Error("the customer's router does not reach the address of its neighbour")
	}
	b.device.stop()
	b.device = b.node(device)
	eventually(t, "a new agent holds it as well", held)
	if n := b.customer.told(); n.State == "Established" {
		t.Error("FRR has a session that is shut")
	}
	b.device.tell(deviceIntent(3, b.line))
	b.device.established(b.line)
	b.crosses()
}
