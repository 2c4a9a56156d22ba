package agent_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"demarc"
	"demarc/agent/linux"
	"demarc/intent"
)

// A campus is computers on one network, each with one node, whose links inside
// are tunnels.
type campus struct {
	*world
	computers map[demarc.NodeID]*computer
	numbers   map[string]uint32 // of tunnels, by their links
}

// campus joins a computer for each node by a switch.
func (w *world) campus(nodes ...demarc.NodeID) *campus {
	w.t.Helper()
	c := &campus{w, map[demarc.NodeID]*computer{}, map[string]uint32{}}
	hub := w.place("hub")
	w.run(hub, "ip", "link", "add", "br0", "type", "bridge")
	w.run(hub, "ip", "link", "set", "br0", "up", "mtu", "9216")
	for i, node := range nodes {
		at := w.computer("box-"+string(node), fmt.Sprintf("192.0.2.%d", i+1))
		port := fmt.Sprintf("port%d", i)
		must(w.t, linux.EnsureVeth(
			linux.End{Namespace: at.box, Name: "under0", MTU: 9216, Addresses: []netip.Prefix{netip.PrefixFrom(at.address, 24)}},
			linux.End{Namespace: hub, Name: port, MTU: 9216},
		))
		w.run(hub, "ip", "link", "set", port, "master", "br0")
		c.computers[node] = at
	}
	return c
}

// name is what a node is called there: the files of all namespaces are in one
// directory.
func (c *campus) name(node demarc.NodeID) demarc.NodeID {
	return demarc.NodeID(c.instance.Namespace(string(node)))
}

// ground numbers the tunnels as they are asked for.
func (c *campus) ground() intent.Ground {
	return intent.Ground{
		Address: func(name demarc.NodeID) netip.Addr {
			for node, at := range c.computers {
				if c.name(node) == name {
					return at.address
				}
			}
			return netip.Addr{}
		},
		VNI: func(l demarc.BackboneLink) uint32 {
			if c.numbers[l.Key()] == 0 {
				c.numbers[l.Key()] = uint32(80000 + len(c.numbers))
			}
			return c.numbers[l.Key()]
		},
	}
}

// plug leads a cable from a router's eth0 to a computer's network card.
func (c *campus) plug(node demarc.NodeID, to *customer) {
	c.t.Helper()
	must(c.t, linux.EnsureVeth(
		linux.End{Namespace: c.computers[node].box, Name: "nic0", MTU: 9216},
		linux.End{Namespace: to.router, Name: "eth0", MTU: 9216},
	))
}

// run starts the agent of a node on its computer, whose ports are its network
// card.
func (c *campus) run(n intent.Node) {
	c.t.Helper()
	at := c.computers[n.Node]
	n.Node = c.name(n.Node)
	if d := n.Device; d != nil {
		for i := range d.Ports {
			d.Ports[i].Interface, d.Ports[i].Cable = "nic0", nil
		}
		for i := range d.Gateways {
			for j := range d.Gateways[i].Hosts {
				c.rename(&d.Gateways[i].Hosts[j].Node)
			}
			for j := range d.Gateways[i].Sites {
				c.rename(&d.Gateways[i].Sites[j].Node)
			}
		}
	}
	if h := n.VPCHost; h != nil {
		for i := range h.VPCs {
			for j := range h.VPCs[i].Transits {
				c.rename(&h.VPCs[i].Transits[j].Node)
			}
		}
		for i := range h.TransitTables {
			for j := range h.TransitTables[i].VPCs {
				c.rename(&h.TransitTables[i].VPCs[j].Node)
			}
			for j := range h.TransitTables[i].Gateways {
				for k := range h.TransitTables[i].Gateways[j].Devices {
					c.rename(&h.TransitTables[i].Gateways[j].Devices[k].Node)
				}
			}
		}
	}
	n.Dig(c.ground())
	at.agent(n)
}

func (c *campus) rename(node *demarc.NodeID) { *node = c.name(*node) }

// Two offices on devices that are machines of their own reach each other by
// SiteLink, in a tunnel.
func TestSiteLinkBetweenMachines(t *testing.T) {
	w := newWorld(t)
	c := w.campus(device, second)
	gateway := demarc.NewDirectConnectGatewayID()
	offices := []*office{w.office(61, device, gateway, true), w.office(62, second, gateway, true)}
	for _, o := range offices {
		c.plug(o.device, o.customer)
	}
	for _, on := range []demarc.NodeID{device, second} {
		c.run(officeIntent(1, on, offices...))
	}
	for _, o := range offices {
		o.tag(o.vif.VLAN, theirs)
		o.run(false, 0)
	}
	for i, o := range offices {
		other := offices[1-i]
		eventually(t, o.name+" reaches "+other.name, func() bool { return w.reaches(o.host, other.address()) })
	}
	if len(c.numbers) == 0 {
		t.Error("there is no tunnel")
	}
}

// A Transit Gateway on one machine leads from the line of a device on another to
// the VPC of a host on a third.
func TestATransitGatewayBetweenMachines(t *testing.T) {
	w := newWorld(t)
	c := w.campus(device, host, otherHost)
	y := newYard(host, alpha)
	app := w.place("app1")
	all := []int{0, y.vpc(otherHost, app.Name(), alpha)}
	y.table(all, all)
	customer := w.customer("acme-r1")
	c.plug(device, customer)
	c.run(y.onDevice(device, 1))
	c.run(y.onHost(host, 1))
	c.run(y.onHost(otherHost, 1))
	customer.tagOn("eth0", 101, theirs)
	customer.bird(theirs.Addr(), ours.Addr(), key)
	eventually(t, "the customer reaches the app host", func() bool { return w.reaches(customer.host, "10.1.0.10") })
	eventually(t, "the app host reaches the customer", func() bool { return w.reaches(app, hostAddress) })
	var links []string
	for link := range c.numbers {
		links = append(links, link)
	}
	if len(links) != 2 {
		t.Errorf("tunnels of %s, want one to the device and one to the other host", strings.Join(links, ", "))
	}
}
