package demarc

import "net/netip"

// DefaultRoute is every IPv4 address.
var DefaultRoute = netip.MustParsePrefix("0.0.0.0/0")

// A VPC is a private network of the managed cloud.
type VPC struct {
	ID     VPCID     `json:"id"`
	Name   string    `json:"name"`
	Owner  AccountID `json:"owner"`
	Region Region    `json:"region"`
	// Host is the node that carries the VPC.
	Host NodeID       `json:"host"`
	CIDR netip.Prefix `json:"cidr"`
	// InternetGateway is nil for a VPC without one.
	InternetGateway *InternetGateway `json:"internetGateway,omitempty"`
	Routes          RouteTable       `json:"routes"`
	// Hosts are the network interfaces of what runs in the VPC.
	Hosts []HostInterface `json:"hosts,omitempty"`
}

// A VPCHost is a machine that carries VPCs. Its agent has the same name.
type VPCHost struct {
	ID       NodeID     `json:"id"`
	Region   Region     `json:"region"`
	RouterID netip.Addr `json:"routerID"`
}

// An InternetGateway is a VPC's way to the internet, with address
// translation.
type InternetGateway struct {
	ID string `json:"id"`
	// Address is our end of the uplink, and the address that the internet
	// sees; Next is the provider's end.
	Address netip.Prefix `json:"address"`
	Next    netip.Addr   `json:"next"`
	// Uplink is the far end of the uplink cable.
	Uplink string `json:"uplink"`
}

// A HostInterface is what an app host is plugged into.
type HostInterface struct {
	Host    string     `json:"host"`
	Address netip.Addr `json:"address"`
}

// A RouteTable has what was written into it by hand; what gateways propagate
// is observed, not stored here.
type RouteTable struct {
	ID     string        `json:"id"`
	Static []StaticRoute `json:"static,omitempty"`
	// Propagating are the gateways whose learned routes enter the table.
	Propagating []GatewayID `json:"propagating,omitempty"`
}

// A StaticRoute sends a prefix to a target by its id (igw-…, vgw-…).
type StaticRoute struct {
	Prefix netip.Prefix `json:"prefix"`
	Target string       `json:"target"`
}
