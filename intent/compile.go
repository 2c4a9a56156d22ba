package intent

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"demarc"
)

// DefaultPrefixLimit is how many prefixes a session may send (AWS: 100 per
// session and family on private interfaces).
const DefaultPrefixLimit = 100

// DefaultBFD is what every session has (AWS: enabled on each interface, and in
// effect once the customer's router has it).
var DefaultBFD = BFD{Interval: 300 * time.Millisecond, Multiplier: 3}

// DeviceInputs are the nouns that touch one device.
type DeviceInputs struct {
	Device demarc.Device
	// Region is the one that the device's location is associated with; empty where
	// there is no other.
	Region demarc.Region
	Ports  []demarc.Port
	// Connections are those with a port on the device, and those hosted on
	// them or on LAGs of the device.
	Connections   []demarc.Connection
	LAGs          []demarc.LAG
	CrossConnects []demarc.CrossConnect
	// Interfaces are not to be changed.
	Interfaces []*demarc.VirtualInterface
	// Memory is of an earlier compilation for the device; nil is none.
	Memory *Memory
	// Gateways and DirectConnectGateways are those that the interfaces lead to.
	Gateways              []demarc.VirtualGateway
	DirectConnectGateways []demarc.DirectConnectGateway
	// SiteLinked are, for each of them, the devices with an interface on its
	// SiteLink, this one among them.
	SiteLinked map[demarc.DirectConnectGatewayID][]demarc.Device
	// Associations are those of the Direct Connect gateways, Associated the
	// virtual gateways in them.
	Associations []demarc.GatewayAssociation
	Associated   []demarc.VirtualGateway
	// Transit are the Transit Gateways in them.
	Transit TransitInputs
	// Environments are those of which one of these has the virtual gateway.
	Environments []demarc.Environment
	// VPCs and Hosts are those that all these gateways lead to.
	VPCs  []demarc.VPC
	Hosts []demarc.VPCHost
	// PublicNetwork is the site's.
	PublicNetwork demarc.PublicNetwork
}

// CompileDevice says what a device must make true. The result is in a fixed
// order, so that equal inputs give equal documents.
func CompileDevice(in DeviceInputs) Node {
	dev := &Device{RouterID: in.Device.RouterID}
	for _, conn := range in.Connections {
		if !conn.State.Gone() && conn.Kind != demarc.Hosted {
			dev.Ports = append(dev.Ports, port(in, conn))
		}
	}
	carriage, remembered := carriages(in), in.Memory.begin(len(in.Interfaces))
	for _, vif := range in.Interfaces {
		if on, ok := carriage[vif.Connection]; ok && wanted(vif) {
			dev.VIFs = append(dev.VIFs, remembered.compiled(vif, on, noSplit(in, vif)))
		}
	}
	for _, gw := range in.Gateways {
		dev.Gateways = append(dev.Gateways, virtualGateway(in, gw))
	}
	for _, gw := range in.DirectConnectGateways {
		dev.Gateways = append(dev.Gateways, directConnectGateway(in, gw))
		dev.Gateways = append(dev.Gateways, segments(in, gw)...)
	}
	if slices.ContainsFunc(dev.VIFs, (*VIF).Public) {
		dev.Gateways = append(dev.Gateways, publicNetwork(in))
	}
	slices.SortFunc(dev.Ports, func(a, b Port) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(dev.VIFs, func(a, b *VIF) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(dev.Gateways, func(a, b Gateway) int { return cmp.Compare(a.ID, b.ID) })
	return Node{Node: in.Device.ID, Device: dev}
}

// noSplit reports whether an interface leads into an environment whose platform
// takes no pieces of a default route. Whose gateway is in no environment decides
// by its own route tables.
func noSplit(in DeviceInputs, vif *demarc.VirtualInterface) bool {
	leads := func(gw demarc.GatewayID) bool {
		return vif.Gateway == gw || slices.ContainsFunc(in.Associations, func(a demarc.GatewayAssociation) bool {
			return Joined(a) && a.DirectConnectGateway == vif.DirectConnectGateway && a.Gateway.ID == string(gw)
		})
	}
	return vif.Type != demarc.PublicVIF && slices.ContainsFunc(in.Environments, func(env demarc.Environment) bool {
		return !env.SplitDefault && leads(env.Gateway)
	})
}

// wanted reports whether the edge has to have the interface: from acceptance to
// deletion.
func wanted(vif *demarc.VirtualInterface) bool {
	return End(*vif) != "" && (vif.State == demarc.VIFPending || vif.State.InPlace())
}

// kept reports whether a session is in the intent: one that is on its way out
// is in none, which ends it.
func kept(peer demarc.BGPPeer) bool {
	return peer.State != demarc.PeerDeleting && peer.State != demarc.PeerVerifying
}

func port(in DeviceInputs, conn demarc.Connection) Port {
	p := Port{ID: conn.Port, Rate: conn.Bandwidth}
	if i := slices.IndexFunc(in.Ports, func(p demarc.Port) bool { return p.ID == conn.Port }); i >= 0 {
		p.Interface = in.Ports[i].Interface
	}
	for _, xc := range in.CrossConnects {
		if xc.Connection == conn.ID && xc.Patched {
			p.Cable = &Jack{Namespace: xc.FarEnd().Router, Interface: xc.FarEnd().Interface}
		}
	}
	return p
}

func compileVIF(on carriage, vif *demarc.VirtualInterface) VIF {
	out := VIF{ID: vif.ID, Port: on.port, VLAN: vif.VLAN, MTU: vif.MTU, Rate: slower(on.rate, vif.RateLimit), Dark: on.dark, Gateway: End(*vif), Filters: vif.RouteFilters, Watch: vif.Watch}
	if SiteLinked(*vif) {
		out.SiteLink = Segment(vif.DirectConnectGateway)
	}
	limit := DefaultPrefixLimit
	if out.Public() {
		limit = PublicPrefixLimit
	}
	for _, peer := range vif.Peers {
		if !kept(peer) {
			continue
		}
		out.Peers = append(out.Peers, Peer{
			ID:          peer.ID,
			LocalASN:    vif.GatewayASN,
			PeerASN:     peer.ASN,
			Local:       peer.AmazonAddress,
			Remote:      peer.CustomerAddress,
			Key:         peer.Key,
			PrefixLimit: cmp.Or(vif.Prefixes.Of(peer.Family), limit),
			Shut:        peer.Testing || vif.Drained != "",
			ShutFor:     max(peer.TestingFor, vif.DrainedFor),
			Why:         drained(vif),
			BFD:         DefaultBFD,
		})
	}
	return out
}

// drained says that planned work holds the sessions of an interface down.
func drained(vif *demarc.VirtualInterface) string {
	if vif.Drained == "" {
		return ""
	}
	return "planned maintenance " + string(vif.Drained)
}

// slower is the lower of two rates, of which zero is none.
func slower(a, b demarc.Bandwidth) demarc.Bandwidth {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}

// HostInputs are the nouns that touch one VPC host.
type HostInputs struct {
	Host demarc.VPCHost
	VPCs []demarc.VPC
	// Gateways are attached to the VPCs, Associations are theirs and those of
	// the Transit Gateways here, and DirectConnectGateways those in them.
	Gateways              []demarc.VirtualGateway
	Associations          []demarc.GatewayAssociation
	DirectConnectGateways []demarc.DirectConnectGateway
	// Transit are the Transit Gateways that are here, and of others the
	// attachments of the VPCs. AttachedVPCs are on those that are here.
	Transit      TransitInputs
	AttachedVPCs []demarc.VPC
	// Subnets, RouteTables and InternetGateways are those of the VPCs. Routes to
	// prefix lists are routes to their entries here ([demarc.RouteTable.Written]).
	Subnets          []demarc.Subnet
	RouteTables      []demarc.RouteTable
	InternetGateways []demarc.InternetGateway
	// SecurityGroups are those of the VPCs.
	SecurityGroups []demarc.SecurityGroup
	// Links are those into the VPCs that name an address to probe.
	Links []ProbedLink
	// Cutovers are those of the VPCs.
	Cutovers []demarc.Cutover
	// Presence lists, for each gateway of both kinds, the devices with an
	// interface on it.
	Presence map[demarc.GatewayID][]demarc.Device
}

// CompileHost says what a VPC host must make true, in a fixed order.
func CompileHost(in HostInputs) Node {
	host := &VPCHost{RouterID: in.Host.RouterID}
	for _, v := range in.VPCs {
		host.VPCs = append(host.VPCs, compileVPC(in, v))
	}
	host.TransitTables = transitTables(in)
	slices.SortFunc(host.VPCs, func(a, b VPC) int { return cmp.Compare(a.ID, b.ID) })
	return Node{Node: in.Host.ID, VPCHost: host}
}

func compileVPC(in HostInputs, v demarc.VPC) VPC {
	out := VPC{ID: v.ID, CIDR: v.CIDR, More: append([]netip.Prefix(nil), v.Ranges()[1:]...)}
	for _, h := range v.Hosts {
		host := appHost(v, h)
		host.Gate = gate(in, v, h)
		out.Hosts = append(out.Hosts, host)
	}
	for _, igw := range in.InternetGateways {
		if igw.VPC == v.ID && igw.Address.IsValid() {
			out.InternetGateway = internetGateway(igw)
		}
	}
	out.Transits = transits(in, v)
	out.Probes = probes(in, v)
	out.Tables = routeTables(in, v, out.Hosts)
	for _, gw := range in.Gateways {
		if gw.VPC == v.ID {
			out.Gateways = append(out.Gateways, vpcGateways(in, gw)...)
		}
	}
	return out
}

// appHost gives a host the network that its address lies in.
func appHost(v demarc.VPC, h demarc.HostInterface) Host {
	network := v.CIDR
	if in := v.RangeOf(h.Address); in.IsValid() {
		network = in
	}
	return Host{Address: h.Address, IPv6: h.IPv6, Router6: router6(v, h), Jack: Jack{
		Namespace: h.Host,
		Interface: "eth0",
		Address:   netip.PrefixFrom(h.Address, network.Bits()),
		Router:    network.Masked().Addr().Next(),
	}}
}

func internetGateway(igw demarc.InternetGateway) *InternetGateway {
	id := string(igw.ID)
	return &InternetGateway{ID: id, Address: igw.Address, Next: igw.Next, IPv6: igw.IPv6, Next6: igw.Next6, Uplink: Jack{
		Namespace: igw.Uplink,
		Interface: id[:min(len(id), 15)],
		Address:   netip.PrefixFrom(igw.Next, igw.Address.Bits()),
	}}
}
