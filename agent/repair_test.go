package agent_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"demarc"
	"demarc/agent/linux"
	"demarc/agent/naming"
	"demarc/agent/router"
	"demarc/intent"
)

func TestWhatSomebodyBreaksIsRepaired(t *testing.T) {
	b := newBed(t, newLine("acme-r1", "p1"))
	b.up()
	vif := b.instance.VIF(device, b.line.vif.ID)
	gateway := b.instance.Gateway(device, b.line.gateway)
	vpc := b.instance.Network(host, string(b.line.vpc.ID))
	delete := func(namespace, link string) {
		n, err := linux.OpenNamespace(namespace)
		must(t, err)
		defer n.Close()
		must(t, linux.DeleteLink(n, link))
	}
	remove := func(namespace string) func() {
		return func() {
			must(t, router.Remove(namespace))
			eventually(t, namespace+" is made again", func() bool {
				names, err := linux.ListNamespaces(namespace)
				return err == nil && len(names) > 0
			})
		}
	}
	breaks := []struct {
		what string
		do   func()
	}{
		{"the VIF's link to the port is deleted", func() { delete(b.instance.Home(device), naming.VIFPort(b.line.vif.ID)) }},
		{"the VIF's link to the gateway is deleted", func() { delete(vif, naming.VIFGateway) }},
		{"the backbone link is deleted", func() { delete(gateway, naming.BackboneDevice(host, string(b.line.vpc.ID))) }},
		{"the app host's cable is deleted", func() { delete(vpc, naming.AppHost(b.line.customer+"-app", "eth0")) }},
		{"the VIF's namespace is deleted", remove(vif)},
		{"the gateway's namespace is deleted", remove(gateway)},
		{"the VPC's namespace is deleted", remove(vpc)},
		{"all routes of the gateway are deleted", func() {
			n, err := linux.OpenNamespace(gateway)
			must(t, err)
			defer n.Close()
			b.run(n, "ip", "nexthop", "flush")
		}},
		{"the VIF's end is set down", func() {
			n, err := linux.OpenNamespace(b.instance.Home(device))
			must(t, err)
			defer n.Close()
			must(t, linux.SetLink(n, naming.VIFPort(b.line.vif.ID), false))
		}},
	}
	for _, broken := range breaks {
		broken.do()
		eventually(t, broken.what+", and the customer reaches the app host again", func() bool {
			return b.reaches(b.customer.host, appAddress)
		})
		b.device.established(b.line)
	}
}

func TestACutCableTakesTheSessionDownAtOnce(t *testing.T) {
	b := newBed(t, newLine("acme-r1", "p1"))
	b.up()
	must(t, linux.SetLink(b.customer.router, "eth0", false))
	eventually(t, "the session is down for want of light", func() bool {
		v, _ := b.device.vif(b.line)
		return !b.device.report().Ports[0].Carrier && v.Session[0].State == "Idle" &&
			strings.Contains(v.Session[0].Reason, "no carrier") && v.Accepted.Len() == 0
	})
	eventually(t, "the VPC host forgets the customer", func() bool { return len(b.vpc().Propagated) == 0 })
	must(t, linux.SetLink(b.customer.router, "eth0", true))
	b.device.established(b.line)
	b.crosses()
}

func TestARemovedVIFLeavesNothing(t *testing.T) {
	b := newBed(t, newLine("acme-r1", "p1"))
	b.up()
	b.device.tell(deviceIntent(2))
	b.host.tell(hostIntent(2))
	b.nothingOf(b.line)
	eventually(t, "both nodes are done", func() bool {
		return b.device.done(2) && b.host.done(2)
	})
	if r := b.device.report(); len(r.VIFs)+len(r.Ports) != 0 || len(b.host.report().VPCs) != 0 {
		t.Errorf("still reported: %+v, %+v", r, b.host.report())
	}
}

func TestAVIFMovesToAnotherTagAndRate(t *testing.T) {
	b := newBed(t, newLine("acme-r1", "p1"))
	b.up()
	changed := b.line
	changed.vif.VLAN, changed.vif.MTU, changed.port.Rate = 202, 9001, 50*demarc.Mbps
	b.device.tell(deviceIntent(2, changed))
	b.customer.tag(202, theirs)
	b.run(b.customer.router, "ip", "link", "del", "eth0.101")
	b.device.established(changed)
	b.crosses()
	home, err := linux.OpenNamespace(b.instance.Home(device))
	must(t, err)
	defer home.Close()
	for _, link := range []string{"p1", naming.VIFPort(b.line.vif.ID)} {
		if rate, err := linux.Rate(home, link); rate != 50_000_000 || err != nil {
			t.Errorf("%s is limited to %d, %v", link, rate, err)
		}
	}
}

// A hosted connection has less than its port has, and what is on a LAG that is
// short of links has no light, whatever the port has.
func TestAVIFHasItsOwnRateAndLight(t *testing.T) {
	b := newBed(t, newLine("acme-r1", "p1"))
	b.up()
	changed := b.line
	changed.vif.Rate, changed.vif.Dark = 50*demarc.Mbps, true
	b.device.tell(deviceIntent(2, changed))
	eventually(t, "the session is down for want of light, the port is not", func() bool {
		v, _ := b.device.vif(b.line)
		return b.device.report().Ports[0].Carrier && v.Session[0].State == "Idle" && strings.Contains(v.Session[0].Reason, "no carrier")
	})
	home, err := linux.OpenNamespace(b.instance.Home(device))
	must(t, err)
	defer home.Close()
	for link, want := range map[string]uint64{"p1": 1_000_000_000, naming.VIFPort(b.line.vif.ID): 50_000_000} {
		eventually(t, link+" has its rate", func() bool { rate, err := linux.Rate(home, link); return rate == want && err == nil })
	}
	changed.vif.Dark = false
	b.device.tell(deviceIntent(3, changed))
	b.device.established(changed)
	b.crosses()
}

// Control settles a deletion when the report has the interface no more.
func TestATroubledVIFDelaysNoDeletion(t *testing.T) {
	bad, goes := newLine("zeta-r1", "p2"), newLine("acme-r1", "p1") // there is no cage zeta-r1
	b := newBed(t, goes)
	b.device.tell(deviceIntent(2, bad, goes))
	b.up()
	troubled := func() bool { return b.device.report().Problems[string(bad.port.ID)] != "" }
	eventually(t, "one is in trouble", troubled)
	b.device.tell(deviceIntent(3, bad))
	eventually(t, "the other is gone", func() bool {
		_, listed := b.device.vif(goes)
		return b.device.report().Applied == 3 && !listed
	})
	names, err := linux.ListNamespaces(b.instance.VIF(device, goes.vif.ID))
	must(t, err)
	if v, _ := b.device.vif(bad); len(names) != 0 || v.ID != bad.vif.ID || v.Built || !troubled() {
		t.Errorf("namespaces %v are left, and the troubled one is %+v", names, v)
	}
}

// What cannot be removed is listed as long as it is there.
func TestAVIFIsListedUntilItIsGone(t *testing.T) {
	b := newBed(t, newLine("acme-r1", "p1"))
	b.up()
	name := filepath.Join("/run/netns", b.instance.VIF(device, b.line.vif.ID))
	occupyName(t, name)
	b.device.tell(deviceIntent(2))
	eventually(t, "it is listed as not built", func() bool {
		v, listed := b.device.vif(b.line)
		return b.device.report().Applied == 2 && listed && !v.Built
	})
	must(t, os.RemoveAll(name))
	eventually(t, "it is listed no more", func() bool { _, listed := b.device.vif(b.line); return !listed })
}

// occupyName has a directory take a namespace's name. It is not empty, so that
// whoever takes it for a namespace cannot remove it, and it is tried until it
// holds, since the agent makes anew what it misses at any time.
func occupyName(t *testing.T, name string) {
	t.Helper()
	t.Cleanup(func() { os.RemoveAll(name) })
	eventually(t, "the name is a directory's", func() bool {
		unix.Unmount(name, unix.MNT_DETACH)
		os.Remove(name)
		return os.MkdirAll(filepath.Join(name, "occupied"), 0o755) == nil
	})
}

func TestOneTroubledVIFDelaysNoOther(t *testing.T) {
	good, bad := newLine("acme-r1", "p1"), newLine("zeta-r1", "p2")
	bad.vif.Peers = []intent.Peer{bad.vif.Peers[0]}
	bad.vif.Peers[0].LocalASN = 0 // no session can have it
	b := newBed(t, good)
	b.device.tell(deviceIntent(2, bad, good)) // nor is there a cage zeta-r1
	b.up()
	eventually(t, "what is wrong is reported by object", func() bool {
		problems := b.device.report().Problems
		return strings.Contains(problems[string(bad.port.ID)], "zeta-r1") && problems[string(bad.gateway)] != "" && problems[string(good.vif.ID)] == ""
	})
	if _, err := b.device.health.Check(time.Now()); err != nil {
		t.Errorf("what is new makes the agent unwell: %v", err)
	}
	_, err := b.device.health.Check(time.Now().Add(31 * time.Second))
	if err == nil || !strings.Contains(err.Error(), string(bad.port.ID)) || strings.Contains(err.Error(), string(good.vif.ID)) {
		t.Errorf("what lasts makes the agent %v", err)
	}
	if v, ok := b.device.vif(bad); !ok || v.Built {
		t.Errorf("the troubled one is %+v", v)
	}
}
