package demarc

import "net/netip"

// DefaultRoute is every IPv4 address, DefaultRoute6 every IPv6 address.
var (
	DefaultRoute  = netip.MustParsePrefix("0.0.0.0/0")
	DefaultRoute6 = netip.MustParsePrefix("::/0")
)

// A VPC is a private network of the managed cloud. It is there whole or not at
// all: with it come a main route table, a default security group and a default
// network ACL, which leave with it.
type VPC struct {
	ID     VPCID     `json:"id"`
	Name   string    `json:"name"`
	Owner  AccountID `json:"owner"`
	Region Region    `json:"region"`
	// Host is the node that carries the VPC.
	Host NodeID `json:"host"`
	// CIDR is the range that the VPC was made with, always of IPv4; More are
	// those that it was given besides ([VPC.Ranges] is all of them).
	CIDR netip.Prefix       `json:"cidr"`
	More []RangeAssociation `json:"more,omitempty"`
	// Hosts are the network interfaces of what runs in the VPC.
	Hosts []HostInterface `json:"hosts,omitempty"`
	// NoDNSSupport and DNSHostnames are attributes that clients set and read
	// back; nothing here resolves names.
	NoDNSSupport bool  `json:"noDNSSupport,omitempty"`
	DNSHostnames bool  `json:"dnsHostnames,omitempty"`
	Tags         []Tag `json:"tags,omitempty"`
}

// A VPCHost is a machine that carries VPCs. Its agent has the same name.
type VPCHost struct {
	ID       NodeID     `json:"id"`
	Region   Region     `json:"region"`
	RouterID netip.Addr `json:"routerID"`
	// Address is the machine's own, as a device's ([Device]).
	Address netip.Addr `json:"address,omitzero"`
}

// A HostInterface is what an app host is plugged into.
type HostInterface struct {
	Host    string     `json:"host"`
	Address netip.Addr `json:"address"`
	// IPv6 is invalid for a host without such an address.
	IPv6 netip.Addr `json:"ipv6,omitzero"`
	// Groups are the security groups that it is in, of the same VPC. In none,
	// nothing filters what reaches and leaves it.
	Groups []SecurityGroupID `json:"groups,omitempty"`
}

// A Subnet is a part of a VPC's range in one availability zone.
type Subnet struct {
	ID    SubnetID     `json:"id"`
	VPC   VPCID        `json:"vpc"`
	Owner AccountID    `json:"owner"`
	Zone  string       `json:"zone"`
	CIDR  netip.Prefix `json:"cidr"`
	// IPv6 is nil for a subnet of IPv4 alone.
	IPv6 *RangeAssociation `json:"ipv6,omitempty"`
	// MapPublic is an attribute that clients set and read back.
	MapPublic bool  `json:"mapPublic,omitempty"`
	Tags      []Tag `json:"tags,omitempty"`
}

// An InternetGateway is a VPC's way to the internet: over IPv4 with address
// translation, over IPv6 without, where the provider routes the VPC's ranges to
// it.
type InternetGateway struct {
	ID    InternetGatewayID `json:"id"`
	Owner AccountID         `json:"owner"`
	// Region is where it was made; empty is the site's.
	Region Region `json:"region,omitempty"`
	// VPC is the network that the gateway is attached to; empty for none.
	VPC VPCID `json:"vpc,omitempty"`
	// Address is our end of the uplink, and the address that the internet
	// sees; Next is the provider's end. A gateway without an uplink has
	// neither, and no node carries it.
	Address netip.Prefix `json:"address,omitzero"`
	Next    netip.Addr   `json:"next,omitzero"`
	// IPv6 and Next6 are the same over IPv6, where nothing is translated; invalid
	// for an uplink of IPv4 alone.
	IPv6  netip.Prefix `json:"ipv6,omitzero"`
	Next6 netip.Addr   `json:"next6,omitzero"`
	// Uplink is the far end of the uplink cable.
	Uplink string `json:"uplink,omitempty"`
	Tags   []Tag  `json:"tags,omitempty"`
}

// An Uplink is a way to the internet that the site has to spare: an internet
// gateway takes one while it is attached.
type Uplink struct {
	Address netip.Prefix `json:"address"` // our end
	Next    netip.Addr   `json:"next"`    // the provider's
	IPv6    netip.Prefix `json:"ipv6,omitzero"`
	Next6   netip.Addr   `json:"next6,omitzero"`
	Place   string       `json:"place"` // the far end of the cable
}
