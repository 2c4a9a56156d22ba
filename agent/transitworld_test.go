package agent_test

import (
	"net/netip"
	"slices"
	"testing"

	"demarc"
	"demarc/intent"
)

// Three more nodes of the tests with Transit Gateways.
const (
	otherHost = demarc.NodeID("h2") // which the Transit Gateway is on, where there are two
	alpha     = "10.1.0.0/24"       // ranges of the VPCs, whose app hosts are .10
	beta      = "10.2.0.0/24"
)

// A yard is one customer's transit interfaces on a Direct Connect gateway, with
// a Transit Gateway and VPCs behind it.
type yard struct {
	devices     []demarc.Device
	hosts       []demarc.VPCHost
	gateway     demarc.DirectConnectGateway
	connections []demarc.Connection
	crossed     []demarc.CrossConnect
	interfaces  []demarc.VirtualInterface
	association demarc.GatewayAssociation
	transit     intent.TransitInputs
	vpcs        []demarc.VPC
	vpcTables   []demarc.RouteTable
	cutovers    []demarc.Cutover
}

// newYard has a Transit Gateway on a host, associated with a Direct Connect
// gateway, and an interface on the first device. There is no route table yet.
func newYard(on demarc.NodeID, allowed ...string) *yard {
	y := &yard{
		hosts: []demarc.VPCHost{
			{ID: host, RouterID: netip.MustParseAddr("10.255.0.2")}, {ID: otherHost, RouterID: netip.MustParseAddr("10.255.0.4")},
		},
		gateway: demarc.DirectConnectGateway{ID: demarc.NewDirectConnectGatewayID(), ASN: 64512, State: demarc.DirectConnectGatewayAvailable},
	}
	gw := demarc.TransitGateway{ID: demarc.NewTransitGatewayID(), Host: on, ASN: 64999, State: demarc.TransitGatewayAvailable}
	y.transit.Gateways = []demarc.TransitGateway{gw}
	y.association = demarc.GatewayAssociation{
		ID: demarc.NewGatewayAssociationID(), DirectConnectGateway: y.gateway.ID,
		Gateway: demarc.AssociatedGateway{ID: string(gw.ID), Type: demarc.AssociatedTransitGateway}, State: demarc.GatewayAssociated,
	}
	for _, p := range allowed {
		y.association.Allowed = append(y.association.Allowed, netip.MustParsePrefix(p))
	}
	y.attach(demarc.TransitGatewayAttachment{DirectConnectGateway: y.gateway.ID, Association: y.association.ID})
	y.line(device, "p1", "eth0", ours, theirs)
	return y
}

// line adds a transit interface on a device's port, which a cable leads to.
func (y *yard) line(on demarc.NodeID, port, cable string, local, remote netip.Prefix) {
	if !slices.ContainsFunc(y.devices, func(d demarc.Device) bool { return d.ID == on }) {
		y.devices = append(y.devices, demarc.Device{ID: on, RouterID: netip.AddrFrom4([4]byte{10, 255, 1, byte(len(y.devices))})})
	}
	conn := demarc.Connection{ID: demarc.NewConnectionID(), Port: demarc.PortID(string(on) + "/" + port), Bandwidth: demarc.Gbps, State: demarc.ConnectionAvailable}
	y.connections = append(y.connections, conn)
	y.crossed = append(y.crossed, demarc.CrossConnect{Connection: conn.ID, Patched: true, Cage: demarc.Cage{Router: "acme-r1", Interface: cable}})
	y.interfaces = append(y.interfaces, demarc.VirtualInterface{
		ID: demarc.NewVirtualInterfaceID(), Type: demarc.TransitVIF, Connection: conn.ID, Device: on, VLAN: 101, MTU: 8500,
		State: demarc.VIFPending, DirectConnectGateway: y.gateway.ID, GatewayASN: y.gateway.ASN,
		Peers: []demarc.BGPPeer{{ID: demarc.NewBGPPeerID(), Family: demarc.IPv4, ASN: 65001, AmazonAddress: local, CustomerAddress: remote, Key: demarc.NewSecret(key)}},
	})
}

// attach adds an attachment, on no table.
func (y *yard) attach(a demarc.TransitGatewayAttachment) int {
	a.ID, a.TransitGateway, a.State = demarc.NewTransitGatewayAttachmentID(), y.transit.Gateways[0].ID, demarc.AttachmentAvailable
	y.transit.Attachments = append(y.transit.Attachments, a)
	return len(y.transit.Attachments) - 1
}

// vpc attaches a VPC of a host with one app host, whose table sends everything
// to the Transit Gateway.
func (y *yard) vpc(on demarc.NodeID, app, cidr string) (attachment int) {
	network := netip.MustParsePrefix(cidr)
	address := network.Addr().As4()
	address[3] = 10
	v := demarc.VPC{ID: demarc.NewVPCID(), Host: on, CIDR: network, Hosts: []demarc.HostInterface{{Host: app, Address: netip.AddrFrom4(address)}}}
	table := demarc.NewMainTable(v)
	table.Static = []demarc.StaticRoute{{Prefix: demarc.DefaultRoute, Target: string(y.transit.Gateways[0].ID)}}
	y.vpcs, y.vpcTables = append(y.vpcs, v), append(y.vpcTables, table)
	return y.attach(demarc.TransitGatewayAttachment{VPC: v.ID})
}

// table adds a route table that attachments are associated with, and others
// propagate to. An attachment leaves the table that it was on.
func (y *yard) table(associated, propagating []int, static ...demarc.TransitStaticRoute) demarc.TransitRouteTableID {
	t := demarc.TransitRouteTable{ID: demarc.NewTransitRouteTableID(), TransitGateway: y.transit.Gateways[0].ID, Static: static}
	y.transit.Tables = append(y.transit.Tables, t)
	for _, i := range associated {
		y.transit.Attachments[i].RouteTable = t.ID
	}
	for _, i := range propagating {
		y.transit.Attachments[i].Propagating = append(y.transit.Attachments[i].Propagating, t.ID)
	}
	return t.ID
}

// onDevice is the intent of a device.
func (y *yard) onDevice(id demarc.NodeID, version int64) intent.Node {
	in := intent.DeviceInputs{
		DirectConnectGateways: []demarc.DirectConnectGateway{y.gateway}, Associations: []demarc.GatewayAssociation{y.association},
		Transit: y.transit, Hosts: y.hosts,
	}
	for i, vif := range y.interfaces {
		if vif.Device == id {
			port := y.connections[i].Port
			in.Interfaces, in.Connections, in.CrossConnects = append(in.Interfaces, &vif), append(in.Connections, y.connections[i]), append(in.CrossConnects, y.crossed[i])
			in.Ports = append(in.Ports, demarc.Port{ID: port, Interface: string(port[len(id)+1:])})
		}
	}
	for _, d := range y.devices {
		if d.ID == id {
			in.Device = d
		}
	}
	n := intent.CompileDevice(in)
	n.Version = version
	return n
}

// onHost is the intent of a host.
func (y *yard) onHost(id demarc.NodeID, version int64) intent.Node {
	in := intent.HostInputs{
		Associations: []demarc.GatewayAssociation{y.association}, DirectConnectGateways: []demarc.DirectConnectGateway{y.gateway},
		Transit: y.transit, AttachedVPCs: y.vpcs, RouteTables: y.vpcTables, Cutovers: y.cutovers,
		Presence: map[demarc.GatewayID][]demarc.Device{intent.Presence(y.gateway.ID): y.devices},
	}
	for _, h := range y.hosts {
		if h.ID == id {
			in.Host = h
		}
	}
	for _, v := range y.vpcs {
		if v.Host == id {
			in.VPCs = append(in.VPCs, v)
		}
	}
	n := intent.CompileHost(in)
	n.Version = version
	return n
}

// A yardBed is a yard with its nodes and the customer's router.
type yardBed struct {
	*world
	yard     *yard
	nodes    map[demarc.NodeID]*node
	customer *customer
}

// build starts the nodes and tells them what to be.
func (y *yard) build(t *testing.T) *yardBed {
	t.Helper()
	b := &yardBed{world: newWorld(t), yard: y, nodes: map[demarc.NodeID]*node{}}
	b.customer = b.world.customer("acme-r1")
	for _, v := range y.vpcs {
		b.place(v.Hosts[0].Host)
	}
	for _, d := range y.devices {
		b.nodes[d.ID] = b.node(d.ID)
	}
	for _, v := range y.vpcs {
		if b.nodes[v.Host] == nil {
			b.nodes[v.Host] = b.node(v.Host)
		}
	}
	if on := y.transit.Gateways[0].Host; b.nodes[on] == nil {
		b.nodes[on] = b.node(on)
	}
	b.tell(1)
	for i, vif := range y.interfaces {
		var addresses []netip.Prefix
		for _, p := range vif.Peers {
			addresses = append(addresses, p.CustomerAddress)
		}
		b.customer.tagOn(y.crossed[i].Cage.Interface, 101, addresses...)
	}
	return b
}

// tell tells all nodes what the yard is now.
func (b *yardBed) tell(version int64) {
	b.t.Helper()
	for id, n := range b.nodes {
		if slices.ContainsFunc(b.yard.hosts, func(h demarc.VPCHost) bool { return h.ID == id }) {
			n.tell(b.yard.onHost(id, version))
		} else {
			n.tell(b.yard.onDevice(id, version))
		}
	}
}

// settled waits until all nodes have done what they were told.
func (b *yardBed) settled(version int64) {
	b.t.Helper()
	for id, n := range b.nodes {
		eventually(b.t, string(id)+" has done what it was told", func() bool { return n.done(version) })
	}
}
