package linux_test

import (
	"net/netip"
	"strings"
	"testing"

	"demarc/agent/linux"
)

// A cloud is two machines on one wire, and on each a namespace that knows
// nothing of the wire.
type cloud struct {
	t        *testing.T
	machines [2]*linux.Namespace
	inner    [2]*linux.Namespace
	at       [2]netip.Addr
}

func newCloud(t *testing.T, network string) *cloud {
	t.Helper()
	p := netip.MustParsePrefix(network)
	c := &cloud{t: t, at: [2]netip.Addr{p.Addr().Next(), p.Addr().Next().Next()}}
	var ends [2]linux.End
	for i := range c.machines {
		c.machines[i], c.inner[i] = fresh(t), fresh(t)
		ends[i] = linux.End{Namespace: c.machines[i], Name: "nic0", MTU: 9216, Addresses: []netip.Prefix{netip.PrefixFrom(c.at[i], p.Bits())}}
	}
	must(t, linux.EnsureVeth(ends[0], ends[1]))
	return c
}

// ensure makes the end of the tunnel that is on one of the machines.
func (c *cloud) ensure(i int, vni uint32) {
	c.t.Helper()
	address := []string{"fe80::1/64", "fe80::2/64"}[i]
	must(c.t, linux.EnsureVXLAN(c.machines[i],
		linux.End{Namespace: c.inner[i], Name: "x", MTU: 9001, Addresses: prefixes(address)},
		linux.VXLAN{VNI: vni, Local: c.at[i], Remote: c.at[1-i]}))
}

func TestATunnelJoinsNamespacesOfTwoMachines(t *testing.T) {
	for name, network := range map[string]string{"IPv4": "192.0.2.0/24", "IPv6": "2001:db8::/64"} {
		t.Run(name, func(t *testing.T) {
			c := newCloud(t, network)
			c.ensure(0, 4711)
			c.ensure(1, 4711)
			run(t, c.inner[0], "ping", "-c1", "-W2", "fe80::2%x")
			run(t, c.inner[0], "ping", "-c1", "-W2", "-M", "do", "-s", "8953", "fe80::2%x") // 9001 bytes
			first := state(t, c.inner[0], "x")
			if first.Type != "vxlan" || !first.Carrier || first.MTU != 9001 {
				t.Errorf("the link is %+v", first)
			}
			c.ensure(0, 4711)
			if again := state(t, c.inner[0], "x"); again.Index != first.Index {
				t.Error("a tunnel that was right was made anew")
			}
			c.ensure(0, 4712)
			if _, err := try(c.inner[0], "ping", "-c1", "-W1", "fe80::2%x"); err == nil {
				t.Error("one number reaches another")
			}
			c.ensure(1, 4712)
			run(t, c.inner[0], "ping", "-c1", "-W2", "fe80::2%x")
		})
	}
}

// What was a veth while both nodes were on one machine becomes a tunnel, and
// anything else is somebody's.
func TestATunnelTakesAVethsPlace(t *testing.T) {
	c := newCloud(t, "192.0.2.0/24")
	must(t, linux.EnsureVeth(linux.End{Namespace: c.inner[0], Name: "x"}, linux.End{Namespace: c.inner[1], Name: "x"}))
	c.ensure(0, 7)
	c.ensure(1, 7)
	run(t, c.inner[0], "ping", "-c1", "-W2", "fe80::2%x")
	run(t, c.inner[0], "ip", "link", "delete", "x")
	run(t, c.inner[0], "ip", "tuntap", "add", "x", "mode", "tap")
	err := linux.EnsureVXLAN(c.machines[0], linux.End{Namespace: c.inner[0], Name: "x"}, linux.VXLAN{VNI: 7, Local: c.at[0], Remote: c.at[1]})
	if err == nil || !strings.Contains(err.Error(), "not a tunnel") {
		t.Errorf("a TAP in its place: %v", err)
	}
}

func TestPathMTU(t *testing.T) {
	c := newCloud(t, "192.0.2.0/24")
	run(t, c.machines[0], "ip", "link", "set", "nic0", "mtu", "1600")
	if mtu, err := linux.PathMTU(c.machines[0], c.at[0], c.at[1]); err != nil || mtu != 1600 {
		t.Errorf("the path carries %d, %v", mtu, err)
	}
	run(t, c.machines[0], "ip", "route", "add", "198.51.100.0/24", "via", c.at[1].String(), "mtu", "1550")
	if mtu, err := linux.PathMTU(c.machines[0], c.at[0], netip.MustParseAddr("198.51.100.7")); err != nil || mtu != 1550 {
		t.Errorf("a path with an MTU of its own carries %d, %v", mtu, err)
	}
	if _, err := linux.PathMTU(c.machines[0], c.at[0], netip.MustParseAddr("203.0.113.7")); err == nil {
		t.Error("there is a path to nowhere")
	}
	if _, err := linux.PathMTU(c.machines[0], netip.MustParseAddr("192.0.2.9"), c.at[1]); err == nil || !strings.Contains(err.Error(), "not an address of this machine") {
		t.Errorf("a path from an address that is not there: %v", err)
	}
}
