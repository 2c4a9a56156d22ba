// Package site reads the file that describes one installation: its locations,
// devices and ports, its accounts, its editions and environments, and, for a
// machine that plays all parties, the lab around them. [Sample] is such a file
// and its manual.
//
// A site file is stock, not state: importing it again adds and corrects what
// it names and never takes away what customers have ordered since.
package site

import (
	_ "embed"
	"errors"
	"fmt"
	"net/netip"
	"os"

	"github.com/goccy/go-yaml"

	"demarc"
)

// Sample is the site that demarc up runs when no other is given.
//
//go:embed sample.yaml
var Sample []byte

// A Site is a parsed and valid site file.
type Site struct {
	Region    demarc.Region `yaml:"region"`
	Quotas    Quotas        `yaml:"quotas"`
	Deadlines Deadlines     `yaml:"deadlines"`
	Accounts  []Account     `yaml:"accounts"`
	Locations []Location    `yaml:"locations"`
	VPCHosts  []VPCHost     `yaml:"vpcHosts"`
	// Uplinks are ways to the internet for the internet gateways that accounts
	// make.
	Uplinks      []InternetGateway `yaml:"uplinks"`
	Editions     []Edition         `yaml:"editions"`
	Environments []Environment     `yaml:"environments"`
	// Public are the prefixes of the provider's public network.
	Public []PublicPrefix `yaml:"public"`
	Lab    Lab            `yaml:"lab"`
}

// An Account is a tenant; its id and keys are generated at the first import.
type Account struct {
	Name  string       `yaml:"name"`
	Party demarc.Party `yaml:"party"`
	Title string       `yaml:"title"`
	// Operator lets the account see what everybody has done.
	Operator bool `yaml:"operator"`
	// Roles let other accounts act as this one for a while.
	Roles []Role `yaml:"roles"`
}

// A Role can be assumed by the accounts that it names, and by nobody else.
type Role struct {
	Name      string   `yaml:"name"`
	AssumedBy []string `yaml:"assumedBy"`
}

// A Location is a building with our devices and others' cages. Region is the one
// that it is associated with, by default the site's.
type Location struct {
	Code      demarc.LocationCode `yaml:"code"`
	Name      string              `yaml:"name"`
	Region    demarc.Region       `yaml:"region"`
	Facility  string              `yaml:"facility"`
	Providers []string            `yaml:"providers"`
	Cages     []Cage              `yaml:"cages"`
	Devices   []Device            `yaml:"devices"`
}

// A Cage is one socket of a customer's or partner's router in a location.
type Cage struct {
	Account   string `yaml:"account"`
	Router    string `yaml:"router"`
	Interface string `yaml:"interface"`
}

// A Device is a Direct Connect router. Address is the machine's own on the
// network that joins the site's machines; absent where all nodes are on one.
type Device struct {
	Name     demarc.NodeID `yaml:"name"`
	Rack     string        `yaml:"rack"`
	Panel    string        `yaml:"panel"`
	RouterID netip.Addr    `yaml:"routerID"`
	Address  netip.Addr    `yaml:"address"`
	Ports    []Port        `yaml:"ports"`
	// Public is the way to the public network, which need not be.
	Public *PublicUplink `yaml:"public"`
}

// A PublicUplink leads to routers that speak BGP, one for each IP version at
// most. Uplink is a place, as an internet gateway's is.
type PublicUplink struct {
	Uplink  string         `yaml:"uplink"`
	ASN     demarc.ASN     `yaml:"asn"`
	Routers []PublicRouter `yaml:"routers"`
}

// A PublicRouter has the device's address and the router's on its network.
type PublicRouter struct {
	Address netip.Prefix `yaml:"address"`
	Next    netip.Addr   `yaml:"next"`
}

// A PublicPrefix is a range of the public network: local, continent or global
// says how far it is from a Region, by default the site's.
type PublicPrefix struct {
	Prefix netip.Prefix       `yaml:"prefix"`
	Scope  demarc.PublicScope `yaml:"scope"`
	Region demarc.Region      `yaml:"region"`
}

// A Port is a socket of a device. Interface is the network interface on a
// machine with real ports; by default the port's name. MACsec lets connections
// with MACsec be ordered on it, from 10 Gbps on.
type Port struct {
	Name      string           `yaml:"name"`
	Speed     demarc.Bandwidth `yaml:"speed"`
	Interface string           `yaml:"interface"`
	MACsec    bool             `yaml:"macsec"`
}

// A VPCHost is a machine that carries VPCs of its Region, by default the site's.
// Address is as a device's.
type VPCHost struct {
	Name     demarc.NodeID `yaml:"name"`
	Region   demarc.Region `yaml:"region"`
	RouterID netip.Addr    `yaml:"routerID"`
	Address  netip.Addr    `yaml:"address"`
}

// An Edition is what the platform sells.
type Edition struct {
	Name          string `yaml:"name"`
	DirectConnect bool   `yaml:"directConnect"`
	MaxLinks      int    `yaml:"maxLinks"`
}

// An Environment is a VPC that the platform runs for a customer, in a Region, by
// default the site's.
type Environment struct {
	Name     string        `yaml:"name"`
	Region   demarc.Region `yaml:"region"`
	Edition  string        `yaml:"edition"`
	Platform string        `yaml:"platform"`
	Customer string        `yaml:"customer"`
	Host     demarc.NodeID `yaml:"host"`
	CIDR     netip.Prefix  `yaml:"cidr"`
	// IPv6 is a range besides, which need not be.
	IPv6            netip.Prefix     `yaml:"ipv6"`
	GatewayASN      demarc.ASN       `yaml:"gatewayASN"`
	Apps            []App            `yaml:"apps"`
	InternetGateway *InternetGateway `yaml:"internetGateway"`
	// Allowed are the sources that its apps take packets from; none is anywhere.
	Allowed []netip.Prefix `yaml:"allowed"`
	// Drills lets the customer test the failover of its links.
	Drills bool `yaml:"drills"`
	// Drains lets the customer have lossy legs of its links drained.
	Drains bool `yaml:"drains"`
	// Elsewhere says that the VPC is at another Direct Connect, such as AWS's own.
	// What the site file says of it otherwise, the checks of prefixes go by.
	Elsewhere *Elsewhere `yaml:"elsewhere"`
}

// An Elsewhere is another Direct Connect, with the platform's account there.
type Elsewhere struct {
	At      string        `yaml:"at"` // aws, or the URL of the API
	Region  demarc.Region `yaml:"region"`
	Account string        `yaml:"account"` // twelve digits, in quotes
	// Gateway is what interfaces are accepted onto, vgw-… or the id of a Direct
	// Connect gateway; it may be left out.
	Gateway string `yaml:"gateway"`
}

// An App is a host that answers HTTP.
type App struct {
	Name    string     `yaml:"name"`
	Address netip.Addr `yaml:"address"`
	// IPv6 need not be; in a VPC it is of the range's first /64, the subnet's.
	IPv6 netip.Addr `yaml:"ipv6"`
}

// An InternetGateway is the VPC's way out; Uplink is a place of the lab.
type InternetGateway struct {
	Address netip.Prefix `yaml:"address"`
	Next    netip.Addr   `yaml:"next"`
	// IPv6 and Next6 are the same over IPv6, which need not be.
	IPv6   netip.Prefix `yaml:"ipv6"`
	Next6  netip.Addr   `yaml:"next6"`
	Uplink string       `yaml:"uplink"`
}

// Lab is the world around demarc, in network namespaces. A site on real
// machines leaves it out.
type Lab struct {
	// Carriers are partners' routers in their cages, by name: they take tags on
	// to the routers of customers that are elsewhere, and look at no packet.
	Carriers []string  `yaml:"carriers"`
	Routers  []Router  `yaml:"routers"`
	Internet *Internet `yaml:"internet"`
}

// A Router is a customer's router with a network behind it.
type Router struct {
	Name string `yaml:"name"`
	// Daemon is what speaks BGP: frr or bird.
	Daemon string `yaml:"daemon"`
	// Via is the carrier that its frames go through; empty for a router that
	// stands in a cage itself.
	Via string `yaml:"via"`
	// LAN is the router's address in the network behind it.
	LAN netip.Prefix `yaml:"lan"`
	// LAN6 is the same over IPv6, which need not be.
	LAN6 netip.Prefix `yaml:"lan6"`
	// Host is the one machine in that network.
	Host App `yaml:"host"`
}

// Internet is a place with one web server in it.
type Internet struct {
	Name string     `yaml:"name"`
	Web  netip.Addr `yaml:"web"`
	// Web6 is its address over IPv6, which need not be.
	Web6 netip.Addr `yaml:"web6"`
}

// Load reads and validates a site file. The empty name is the sample.
func Load(name string) (*Site, error) {
	if name == "" {
		return Parse(Sample)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		return nil, fmt.Errorf("read the site file: %w", err)
	}
	s, err := Parse(data)
	if err != nil {
		return nil, fmt.Errorf("site file %s: %w", name, err)
	}
	return s, nil
}

// Parse reads and validates a site. An unknown field is an error that names it
// and its line.
func Parse(data []byte) (*Site, error) {
	s := Site{Quotas: Quotas(demarc.DefaultQuotas()), Deadlines: Deadlines(demarc.DefaultDeadlines())}
	if err := yaml.UnmarshalWithOptions(data, &s, yaml.DisallowUnknownField()); err != nil {
		return nil, errors.New(yaml.FormatError(err, false, true))
	}
	s.setDefaults()
	if err := s.validate(); err != nil {
		return nil, err
	}
	return &s, nil
}

func (s *Site) setDefaults() {
	s.setRegions()
	for _, loc := range s.Locations {
		for d := range loc.Devices {
			for p := range loc.Devices[d].Ports {
				if port := &loc.Devices[d].Ports[p]; port.Interface == "" {
					port.Interface = port.Name
				}
			}
		}
	}
	for e := range s.Environments {
		if env := &s.Environments[e]; env.GatewayASN == 0 {
			env.GatewayASN = demarc.DefaultGatewayASN
		}
	}
}
