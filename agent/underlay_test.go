package agent_test

import (
	"net/netip"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"demarc"
	"demarc/agent/linux"
	"demarc/intent"
)

// A computer is a machine whose agent cannot open what is on the other ones:
// its mounts are its own.
type computer struct {
	*machine
	address netip.Addr
	said    *said
}

// said is what an agent wrote to its log.
type said struct {
	log  testLog
	mu   sync.Mutex
	text strings.Builder // guarded by mu
}

func (s *said) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text.Write(p)
	return s.log.Write(p)
}

func (s *said) has(words string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return strings.Contains(s.text.String(), words)
}

func (w *world) computer(name, address string) *computer {
	return &computer{&machine{w, w.place(name)}, netip.MustParseAddr(address), &said{log: testLog{w.t}}}
}

// wire joins two computers by a cable of an MTU.
func (w *world) wire(a, b *computer, mtu int) {
	w.t.Helper()
	end := func(c *computer) linux.End {
		return linux.End{Namespace: c.box, Name: "under0", MTU: mtu, Addresses: []netip.Prefix{netip.PrefixFrom(c.address, 24)}}
	}
	must(w.t, linux.EnsureVeth(end(a), end(b)))
}

// agent runs one that finds its intent on disk.
func (c *computer) agent(n intent.Node) {
	c.t.Helper()
	c.keep(n)
	cmd := c.command(n.Node, []string{"unshare", "--mount", "--propagation", "private", "--", os.Args[0]})
	cmd.Stderr = c.said
	must(c.t, c.box.Do(cmd.Start))
	c.t.Cleanup(func() { stop(cmd) })
}

// distant is a bed whose device and VPC host are computers of their own.
type distant struct {
	*world
	device, host *computer
	customer     *customer
	app          *linux.Namespace
	gateway      string // the gateway's namespace on the device, by name
}

func newDistant(t *testing.T, mtu int) *distant {
	t.Helper()
	w := newWorld(t)
	d := &distant{
		world: w, device: w.computer("dbox", "192.0.2.1"), host: w.computer("hbox", "192.0.2.2"),
		customer: w.customer("acme-r1"), app: w.place("acme-r1-app"),
	}
	w.wire(d.device, d.host, mtu)
	must(t, linux.EnsureVeth(
		linux.End{Namespace: d.device.box, Name: "nic0", MTU: 9216},
		linux.End{Namespace: d.customer.router, Name: "eth0", MTU: 9216},
	))
	l := newLine("acme-r1", "p1")
	l.port.Interface, l.port.Cable = "nic0", nil
	l.vpc.Hosts[0].Jack.Namespace = d.app.Name()
	onDevice, onHost := deviceIntent(1, l), hostIntent(1, l)
	onDevice.Node, onHost.Node = demarc.NodeID(w.instance.Namespace("d1")), demarc.NodeID(w.instance.Namespace("h1"))
	peer, back := &onDevice.Device.Gateways[0].Hosts[0], &onHost.VPCHost.VPCs[0].Gateways[0].Devices[0]
	peer.Node, back.Node = onHost.Node, onDevice.Node
	peer.Tunnel = intent.Tunnel{VNI: 70007, Local: d.device.address, Remote: d.host.address}
	back.Tunnel = intent.Tunnel{VNI: 70007, Local: d.host.address, Remote: d.device.address}
	d.gateway = string(onDevice.Node) + "-" + string(l.gateway)
	d.device.agent(onDevice)
	d.host.agent(onHost)
	d.customer.tag(l.vif.VLAN, theirs)
	d.customer.bird(theirs.Addr(), ours.Addr(), key)
	return d
}

// offers reports whether the customer's router has the VPC's network.
func (d *distant) offers() bool {
	return strings.Contains(d.run(d.customer.router, "ip", "route"), cidr.String())
}

func (d *distant) crosses() {
	d.t.Helper()
	eventually(d.t, "the customer reaches the app host on the other machine", func() bool { return d.reaches(d.customer.host, appAddress) })
	eventually(d.t, "the app host reaches the customer", func() bool { return d.reaches(d.app, hostAddress) })
}

// Between machines, of which neither can open what is on the other, packets
// cross in a tunnel; when its way is cut, nobody is told and still both ends
// know it within the hold time.
func TestTwoMachines(t *testing.T) {
	d := newDistant(t, 9216)
	d.crosses()
	if _, err := linux.OpenNamespace(d.gateway); err == nil {
		t.Error("the gateway's namespace can be opened from outside the machine")
	}
	for _, c := range []*computer{d.device, d.host} {
		links, err := linux.Links(c.box)
		must(t, err)
		for name, link := range links {
			if link.Type == "vxlan" {
				t.Errorf("tunnel %s is in %s, where others reach it", name, c.box)
			}
		}
	}

	d.run(d.device.box, "ip", "link", "set", "under0", "down")
	cut := time.Now()
	eventually(t, "the customer's router is told that the VPC is not reached", func() bool { return !d.offers() })
	took := time.Since(cut)
	t.Logf("a cut was noticed after %v", took)
	if took > 5*time.Second {
		t.Errorf("a cut was noticed after %v, the hold time is 3 s", took)
	}
	d.run(d.device.box, "ip", "link", "set", "under0", "up")
	d.crosses()
}

// An underlay that is too narrow for jumbo frames carries what fits, and says
// what does not.
func TestANarrowUnderlay(t *testing.T) {
	d := newDistant(t, 1500)
	d.crosses()
	big := func() string {
		out, _ := exec.Command("ip", "netns", "exec", d.customer.host.Name(), "ping", "-c1", "-W1", "-M", "do", "-s", "1472", appAddress).CombinedOutput()
		return string(out)
	}
	eventually(t, "a packet of 1500 bytes is answered with what fits", func() bool {
		return slices.ContainsFunc([]string{"mtu = 1450", "mtu=1450"}, func(s string) bool { return strings.Contains(big(), s) })
	})
	d.run(d.customer.host, "ping", "-c1", "-W2", "-M", "do", "-s", "1422", appAddress) // 1450 bytes
	eventually(t, "the device's agent says what is too narrow", func() bool {
		return d.device.said.has("the underlay to 192.0.2.2 carries packets of 1500 bytes, and 1550 are needed for an interface of MTU 1500")
	})
}
