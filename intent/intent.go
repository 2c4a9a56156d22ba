// Package intent is the contract between the control plane and a node: what
// one node must make true, and what it reports to have seen. It is data and
// the pure function that compiles it from nouns; how it travels is edgelink's
// business, how it becomes true the agent's.
//
// An intent is always whole: the agent compares it with what is there and
// applies the difference. It holds BGP keys, so a copy on disk is readable by
// its owner only.
package intent

import (
	"net/netip"
	"time"

	"demarc"
)

// A Node is everything one machine must make true.
type Node struct {
	Node demarc.NodeID `json:"node"`
	// Version grows with every change. A node does not go back, except to what is
	// Anew.
	Version int64 `json:"version"`
	// Anew says that the intent is the first since the node was attached. Control
	// has read its store to the end for it, so a lower version is not an older
	// intent: the store was restored from a backup.
	Anew bool `json:"-"`
	// Device is set for a Direct Connect router, VPCHost for a VPC host.
	Device  *Device  `json:"device,omitempty"`
	VPCHost *VPCHost `json:"vpcHost,omitempty"`
}

// A Device is a Direct Connect router: ports on one side, gateways on the
// other, virtual interfaces between them.
type Device struct {
	RouterID netip.Addr `json:"routerID"`
	Ports    []Port     `json:"ports,omitempty"`
	VIFs     Lines[VIF] `json:"vifs,omitempty"`
	Gateways []Gateway  `json:"gateways,omitempty"`
}

// A Port is a socket that a connection occupies.
type Port struct {
	ID demarc.PortID `json:"id"`
	// Interface is the port's network interface in the node's own namespace.
	Interface string `json:"interface"`
	// Rate is the connection's rate, both ways.
	Rate demarc.Bandwidth `json:"rate"`
	// Cable is the far end of the patched cross-connect; nil pulls the cable.
	// A device with real ports has nothing to do here.
	Cable *Jack `json:"cable,omitempty"`
}

// A Jack is a network interface in a namespace of the world around the node.
// On one machine a cable is a veth pair that the agent plugs into it.
type Jack struct {
	// Namespace is the name within the installation: acme-r1.
	Namespace string `json:"namespace"`
	Interface string `json:"interface"`
	// Address is what the far end is given, as DHCP would; invalid for none.
	Address netip.Prefix `json:"address,omitzero"`
	// Router is the far end's default route; invalid for none.
	Router netip.Addr `json:"router,omitzero"`
}

// A VIF is an accepted virtual interface.
type VIF struct {
	ID   demarc.VirtualInterfaceID `json:"id"`
	Port demarc.PortID             `json:"port"`
	VLAN demarc.VLAN               `json:"vlan"`
	MTU  int                       `json:"mtu"`
	// Rate bounds the interface, both ways; zero is the port's rate.
	Rate demarc.Bandwidth `json:"rate,omitempty"`
	// Dark says that the interface has no light whatever its port has: its LAG
	// has fewer links than it needs, or everything has to be encrypted, which
	// the edge cannot.
	Dark    bool             `json:"dark,omitempty"`
	Gateway demarc.GatewayID `json:"gateway"`
	// SiteLink is the segment that the interface is on besides; empty for none.
	SiteLink demarc.GatewayID `json:"siteLink,omitempty"`
	Peers    []Peer           `json:"peers"`
	// Filters are what may be announced over a public interface; others have
	// none, and may announce anything.
	Filters []netip.Prefix `json:"filters,omitempty"`
	// NoSplit refuses pieces of a default route, which would beat the internet
	// gateway of the environment that the interface leads to.
	NoSplit bool `json:"noSplit,omitempty"`
	// Watch says whether the line is asked what it loses, and drained for it.
	Watch demarc.LineWatch `json:"watch,omitempty"`
}

// A Peer is one BGP session with a customer's router: hold time 90 s, TTL 1,
// MD5 always.
type Peer struct {
	ID       demarc.BGPPeerID `json:"id"`
	LocalASN demarc.ASN       `json:"localASN"`
	PeerASN  demarc.ASN       `json:"peerASN"`
	Local    netip.Prefix     `json:"local"`
	Remote   netip.Prefix     `json:"remote"`
	Key      demarc.Secret    `json:"key"`
	// PrefixLimit is how many prefixes the customer may send before the
	// session is ceased.
	PrefixLimit int `json:"prefixLimit"`
	// Shut says that the session is held down for a failover test: the peer is
	// told so (Cease 6/2), and its addresses stay.
	Shut bool `json:"shut,omitempty"`
	// ShutFor is for how long, from when the node hears of it: nobody may be there
	// to say that it is over. Zero is until somebody does.
	ShutFor time.Duration `json:"shutFor,omitempty"`
	// Why is what else it is held down for, in the words that the peer is told
	// (RFC 9003); empty for a failover test.
	Why string `json:"why,omitempty"`
	// BFD is what the edge offers; it begins when the customer's router does.
	// Absent, the edge does not answer.
	BFD BFD `json:"bfd,omitzero"`
}

// BFD is how soon a silent neighbour is given up: after Multiplier packets that
// should have come every Interval. The neighbour may make both longer.
type BFD struct {
	Interval   time.Duration `json:"interval"`
	Multiplier uint8         `json:"multiplier"`
}

// A Gateway is a gateway's presence on a device: that of a virtual gateway, or
// of a Direct Connect gateway ([Presence]), which leads to the VPCs of several.
type Gateway struct {
	ID  demarc.GatewayID `json:"id"`
	ASN demarc.ASN       `json:"asn"`
	// Networks are the ranges of the VPCs behind it, advertised or not: no
	// customer's prefix in them is accepted. Behind Transit Gateways there are
	// none: in their tables a customer's longer prefix counts.
	Networks []netip.Prefix `json:"networks"`
	// Allowed bounds what is advertised to customers: a learned prefix
	// passes when one of these contains it.
	Allowed []netip.Prefix `json:"allowed"`
	// Transit says that it leads to route tables of Transit Gateways, which
	// decide who may reach whom by way of it.
	Transit bool `json:"transit,omitempty"`
	// Hosts are the VPC hosts to speak iBGP with, over the backbone.
	Hosts []BackbonePeer `json:"hosts,omitempty"`
	// Sites are, of a SiteLink segment ([Segment]), the other devices with
	// interfaces on it. A segment has nothing else: no networks, no hosts.
	Sites []DevicePeer `json:"sites,omitempty"`
	// Public is set for the public network alone ([PublicNetwork]).
	Public *Public `json:"public,omitempty"`
}

// A BackbonePeer is the other end of a backbone link of one gateway: between
// the gateway's namespace on the device (fe80::1) and the network's on the host
// (fe80::2). On one machine it is a veth, which the device makes, since there
// is one device on each link and the network's namespace does not depend on
// it; between machines each makes its own end.
type BackbonePeer struct {
	Node     demarc.NodeID `json:"node"`
	RouterID netip.Addr    `json:"routerID"`
	// Network is what the gateway leads to there: a VPC, or a route table of a
	// Transit Gateway.
	Network string `json:"network"`
	// Elsewhere says that it is in another Region than the device's location, so
	// that it prefers other lines.
	Elsewhere bool   `json:"elsewhere,omitempty"`
	Tunnel    Tunnel `json:"tunnel,omitzero"`
}

// A VPCHost carries VPCs.
type VPCHost struct {
	RouterID netip.Addr `json:"routerID"`
	VPCs     []VPC      `json:"vpcs,omitempty"`
	// TransitTables are the route tables of Transit Gateways that live here.
	TransitTables []TransitTable `json:"transitTables,omitempty"`
}

// A VPC is one private network with its route tables.
type VPC struct {
	ID   demarc.VPCID `json:"id"`
	CIDR netip.Prefix `json:"cidr"`
	// More are its other ranges, of IPv4 and IPv6.
	More []netip.Prefix `json:"more,omitempty"`
	// Hosts are the app hosts; each is one cable.
	Hosts []Host `json:"hosts,omitempty"`
	// InternetGateway is nil where there is none.
	InternetGateway *InternetGateway `json:"internetGateway,omitempty"`
	// Tables are the route tables in use, the main one first: it decides where
	// no other does. What comes in by a gateway is looked up in none of them; it
	// reaches the VPC's own ranges and nothing else.
	Tables []RouteTable `json:"tables,omitempty"`
	// Gateways are the attached virtual gateways, and the Direct Connect
	// gateways that they are associated with.
	Gateways []VPCGateway `json:"gateways,omitempty"`
	// Transits are the Transit Gateways that the VPC can send to.
	Transits []VPCTransit `json:"transits,omitempty"`
	// Probes are what is asked for an echo, by target.
	Probes []Probe `json:"probes,omitempty"`
}

// Ranges are all of the VPC's.
func (v VPC) Ranges() []netip.Prefix { return append([]netip.Prefix{v.CIDR.Masked()}, v.More...) }

// A Host is an app host's network interface.
type Host struct {
	Address netip.Addr `json:"address"`
	// IPv6 is invalid for none. The host is given it alone, without a network
	// around it, and a default route: it reaches its neighbours by its router.
	IPv6 netip.Addr `json:"ipv6,omitzero"`
	// Router6 is the address of the host's router in that range, which the host
	// need not know and probes come from; invalid for none.
	Router6 netip.Addr `json:"router6,omitzero"`
	// Jack has the host's address and default route.
	Jack Jack `json:"jack"`
	// Table is the route table of the subnet that the host is in; empty, or one
	// that the VPC has not, is the main one.
	Table demarc.RouteTableID `json:"table,omitempty"`
	// Gate is nil where nothing filters.
	Gate *Gate `json:"gate,omitempty"`
}

// A RouteTable is what one route table of a VPC was given.
type RouteTable struct {
	ID     demarc.RouteTableID `json:"id"`
	Static []Static            `json:"static,omitempty"`
	// Propagating are the virtual gateways ([VPCGateway.Target]) whose learned
	// routes enter the table.
	Propagating []demarc.GatewayID `json:"propagating,omitempty"`
}

// Static is a route written into the table by hand.
type Static struct {
	Prefix netip.Prefix `json:"prefix"`
	// List is the prefix list that has it, if one has.
	List demarc.PrefixListID `json:"list,omitempty"`
	// Target is the id of an internet gateway, a virtual gateway or a Transit
	// Gateway.
	Target string `json:"target"`
}

// An InternetGateway translates IPv4 addresses on its way out.
type InternetGateway struct {
	ID      string       `json:"id"`
	Address netip.Prefix `json:"address"`
	Next    netip.Addr   `json:"next"`
	// IPv6 and Next6 are the ends of the uplink over IPv6, where nothing is
	// translated: the far end routes the VPC's ranges to ours. Invalid for none.
	IPv6   netip.Prefix `json:"ipv6,omitzero"`
	Next6  netip.Addr   `json:"next6,omitzero"`
	Uplink Jack         `json:"uplink"`
}

// A VPCGateway is a gateway seen from a VPC: the devices it is present on, each
// an iBGP peer in the gateway's AS.
type VPCGateway struct {
	ID  demarc.GatewayID `json:"id"`
	ASN demarc.ASN       `json:"asn"`
	// Target is the virtual gateway that the VPC's route table names for what
	// is learned here: the gateway itself, or the one through which a Direct
	// Connect gateway is reached.
	Target  demarc.GatewayID `json:"target"`
	Devices []DevicePeer     `json:"devices,omitempty"`
}

// A DevicePeer is a device that a gateway is present on.
type DevicePeer struct {
	Node     demarc.NodeID `json:"node"`
	RouterID netip.Addr    `json:"routerID"`
	Tunnel   Tunnel        `json:"tunnel,omitzero"`
}
