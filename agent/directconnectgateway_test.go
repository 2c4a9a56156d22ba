package agent_test

import (
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"demarc"
	"demarc/agent/linux"
	"demarc/intent"
)

// A hub is one customer's private interface on a Direct Connect gateway with
// the virtual gateways of some VPCs.
type hub struct {
	device intent.DeviceInputs
	host   intent.HostInputs
}

// hubASN is the Direct Connect gateway's. The virtual gateways have another,
// which no customer must see.
const hubASN, hiddenASN = 64512, 64999

// newHub has no VPC yet.
func newHub(customer string) *hub {
	dev := demarc.Device{ID: device, RouterID: netip.MustParseAddr("10.255.0.1")}
	machine := demarc.VPCHost{ID: host, RouterID: netip.MustParseAddr("10.255.0.2")}
	gw := demarc.DirectConnectGateway{ID: demarc.NewDirectConnectGatewayID(), ASN: hubASN, State: demarc.DirectConnectGatewayAvailable}
	conn := demarc.Connection{ID: demarc.NewConnectionID(), Port: demarc.PortID(device + "/p1"), Bandwidth: demarc.Gbps, State: demarc.ConnectionAvailable}
	vif := demarc.VirtualInterface{
		ID: demarc.NewVirtualInterfaceID(), Type: demarc.PrivateVIF, Connection: conn.ID, Device: device, VLAN: 101, MTU: 1500,
		State: demarc.VIFPending, DirectConnectGateway: gw.ID, GatewayASN: gw.ASN,
		Peers: []demarc.BGPPeer{{ID: demarc.NewBGPPeerID(), Family: demarc.IPv4, ASN: 65001, AmazonAddress: ours, CustomerAddress: theirs, Key: demarc.NewSecret(key)}},
	}
	return &hub{
		device: intent.DeviceInputs{
			Device: dev, Ports: []demarc.Port{{ID: conn.Port, Interface: "p1"}}, Connections: []demarc.Connection{conn},
			CrossConnects: []demarc.CrossConnect{{Connection: conn.ID, Patched: true, Cage: demarc.Cage{Router: customer, Interface: "eth0"}}},
			Interfaces:    []*demarc.VirtualInterface{&vif}, DirectConnectGateways: []demarc.DirectConnectGateway{gw}, Hosts: []demarc.VPCHost{machine},
		},
		host: intent.HostInputs{
			Host: machine, DirectConnectGateways: []demarc.DirectConnectGateway{gw},
			Presence: map[demarc.GatewayID][]demarc.Device{intent.Presence(gw.ID): {dev}},
		},
	}
}

// add associates one more VPC, with one app host at .10 of its range.
func (h *hub) add(app, cidr string, allowed ...string) demarc.GatewayID {
	network := netip.MustParsePrefix(cidr)
	address := network.Addr()
	for range 10 {
		address = address.Next()
	}
	vpc := demarc.VPC{ID: demarc.NewVPCID(), Host: host, CIDR: network, Hosts: []demarc.HostInterface{{Host: app, Address: address}}}
	gw := demarc.VirtualGateway{ID: demarc.NewGatewayID(), ASN: hiddenASN, VPC: vpc.ID}
	table := demarc.NewMainTable(vpc)
	table.Propagating = []demarc.GatewayID{gw.ID}
	a := demarc.GatewayAssociation{
		ID: demarc.NewGatewayAssociationID(), DirectConnectGateway: h.device.DirectConnectGateways[0].ID,
		Gateway: demarc.AssociatedGateway{ID: string(gw.ID), Type: demarc.AssociatedVirtualGateway}, State: demarc.GatewayAssociated,
	}
	for _, p := range allowed {
		a.Allowed = append(a.Allowed, netip.MustParsePrefix(p))
	}
	h.device.VPCs, h.host.VPCs = append(h.device.VPCs, vpc), append(h.host.VPCs, vpc)
	h.device.Associated, h.host.Gateways = append(h.device.Associated, gw), append(h.host.Gateways, gw)
	h.device.Associations, h.host.Associations = append(h.device.Associations, a), append(h.host.Associations, a)
	h.host.RouteTables = append(h.host.RouteTables, table)
	return gw.ID
}

// static writes a route to its virtual gateway into a VPC's table by hand.
func (h *hub) static(gw demarc.GatewayID, prefix string) {
	for i, table := range h.host.RouteTables {
		if slices.Contains(table.Propagating, gw) {
			h.host.RouteTables[i].Static = append(table.Static, demarc.StaticRoute{Prefix: netip.MustParsePrefix(prefix), Target: string(gw)})
		}
	}
}

func (h *hub) intents(version int64) (device, host intent.Node) {
	device, host = intent.CompileDevice(h.device), intent.CompileHost(h.host)
	device.Version, host.Version = version, version
	return device, host
}

// One interface leads to the VPCs of several virtual gateways: to those whose
// range the association allows, and from none of them to another.
func TestADirectConnectGatewayLeadsToSeveralVPCs(t *testing.T) {
	w := newWorld(t)
	h := newHub("acme-r1")
	first := h.add("app1", "10.1.0.0/24", "10.1.0.0/16")
	second := h.add("app2", "10.2.0.0/24", "10.2.0.0/24")
	h.add("app3", "10.3.0.0/24", "10.3.0.0/25")
	h.static(first, "10.2.0.0/24") // each tries to reach the other by hand
	h.static(second, "10.1.0.0/24")
	customer := w.customer("acme-r1")
	app1, app2, app3 := w.place("app1"), w.place("app2"), w.place("app3")
	d, m := w.node(device), w.node(host)
	onDevice, onHost := h.intents(1)
	m.tell(onHost)
	d.tell(onDevice)
	customer.tag(101, theirs)
	customer.bird(theirs.Addr(), ours.Addr(), key, "route 10.3.0.0/25 blackhole;")
	l := line{customer: "acme-r1", vif: *onDevice.Device.VIFs[0]}
	eventually(t, "two networks are advertised, and nothing else", func() bool {
		v, ok := d.vif(l)
		return ok && v.Advertised.Len() == 2 && v.Advertised.List()[0].Prefix.String() == "10.1.0.0/24" && v.Advertised.List()[1].Prefix.String() == "10.2.0.0/24"
	})
	eventually(t, "a prefix in a network behind the gateway is refused, though it is not advertised", func() bool {
		v, _ := d.vif(l)
		return len(v.Refused) == 1 && v.Refused[0].Prefix.String() == "10.3.0.0/25" && v.Accepted.Len() == 1
	})
	for _, app := range []struct {
		place   *linux.Namespace
		address string
	}{{app1, "10.1.0.10"}, {app2, "10.2.0.10"}} {
		eventually(t, "the customer reaches "+app.address, func() bool { return w.reaches(customer.host, app.address) })
		eventually(t, "the customer is reached from "+app.address, func() bool { return w.reaches(app.place, hostAddress) })
	}
	if path := customer.path("10.1.0.0/24"); path != "64512" {
		t.Errorf("the customer sees the AS path %q, want the Direct Connect gateway's AS alone", path)
	}
	w.run(customer.router, "ip", "route", "add", "10.3.0.0/24", "via", ours.Addr().String())
	for address, from := range map[string]*linux.Namespace{"10.3.0.10": customer.host, "10.2.0.10": app1, "10.1.0.10": app2, "10.1.0.11": app3} {
		if w.reaches(from, address) {
			t.Errorf("%s is reached from %s", address, from)
		}
	}
	h.seen(t, m, first, second)

	// An association that ends takes its VPC away and leaves the others.
	h.device.Associations[1].State, h.host.Associations[1].State = demarc.GatewayDisassociating, demarc.GatewayDisassociating
	onDevice, onHost = h.intents(2)
	m.tell(onHost)
	d.tell(onDevice)
	eventually(t, "the second network is withdrawn", func() bool {
		v, _ := d.vif(l)
		return v.Advertised.Len() == 1 && !strings.Contains(w.run(customer.router, "ip", "route"), "10.2.0.0/24")
	})
	if !w.reaches(customer.host, "10.1.0.10") {
		t.Error("the first VPC is no longer reached")
	}
	eventually(t, "both nodes have done all they were told", func() bool { return d.done(2) && m.done(2) })
}

// A customer's prefix that is wider than two VPCs lets them send to each other by
// way of the Direct Connect gateway, as long as it is announced, and no others.
func TestAWidePrefixLeadsVPCsToEachOther(t *testing.T) {
	w := newWorld(t)
	h := newHub("acme-r1")
	h.add("app1", "10.1.0.0/24", "10.1.0.0/24")
	h.add("app2", "10.2.0.0/24", "10.2.0.0/24")
	third := h.add("app3", "172.16.3.0/24", "172.16.3.0/24")
	h.static(third, "10.1.0.0/24") // not what the customer's prefix is for
	customer := w.customer("acme-r1")
	app1, app2, app3 := w.place("app1"), w.place("app2"), w.place("app3")
	d, m := w.node(device), w.node(host)
	onDevice, onHost := h.intents(1)
	m.tell(onHost)
	d.tell(onDevice)
	customer.tag(101, theirs)
	customer.bird(theirs.Addr(), ours.Addr(), key, "route 10.0.0.0/8 blackhole;")
	eventually(t, "the first VPC reaches the second", func() bool { return w.reaches(app1, "10.2.0.10") })
	eventually(t, "the second VPC reaches the first", func() bool { return w.reaches(app2, "10.1.0.10") })
	if w.reaches(app3, "10.1.0.10") || w.reaches(app1, "172.16.3.10") {
		t.Error("a VPC that the prefix does not hold is let through as well")
	}

	// The next agent finds it so, before any session is back.
	there := w.ping(app1, "10.2.0.10")
	d.stop()
	d = w.node(device)
	l := line{customer: "acme-r1", vif: *onDevice.Device.VIFs[0]}
	d.established(l)
	eventually(t, "packets pass", func() bool {
		link, _, err := linux.LinkState(app2, "eth0")
		must(t, err)
		return link.RxPackets > 100
	})
	if sent, lost := there.end(t); lost != 0 || sent < 50 {
		t.Errorf("%d of %d packets were lost over a restart", lost, sent)
	}

	w.run(customer.router, "birdc", "-s", filepath.Join(w.dir, customer.name, "bird.ctl"), "disable", "static1")
	eventually(t, "the prefix is withdrawn", func() bool { v, _ := d.vif(l); return v.Accepted.Len() == 1 })
	for _, gw := range h.host.Gateways[:2] { // by hand there is a way still
		h.static(gw.ID, "10.0.0.0/8")
	}
	onDevice, onHost = h.intents(2)
	m.tell(onHost)
	d.tell(onDevice)
	eventually(t, "without it they are apart again", func() bool {
		return d.done(2) && m.done(2) && !w.reaches(app1, "10.2.0.10") && !w.reaches(app2, "10.1.0.10")
	})
}

// seen checks that the host reports by virtual gateway, whose names the route
// tables know.
func (h *hub) seen(t *testing.T, m *node, gateways ...demarc.GatewayID) {
	t.Helper()
	for i, gw := range gateways {
		eventually(t, "the host reports what "+string(gw)+" learned and carried", func() bool {
			for _, v := range m.report().VPCs {
				if v.ID == h.host.VPCs[i].ID {
					return slices.ContainsFunc(v.Propagated, func(p intent.PropagatedSeen) bool { return p.Prefix == lan && p.Gateway == gw }) &&
						slices.ContainsFunc(v.Paths, func(p intent.PathSeen) bool { return p.Target == string(gw) && p.OutPackets > 0 })
				}
			}
			return false
		})
	}
}
