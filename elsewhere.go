package demarc

import (
	"net/netip"
	"time"
)

// An Elsewhere says that an environment's VPC is at another Direct Connect than
// the site's own, which may be AWS's. Its links live there, and the desk keeps
// what has no object there. The zero value is here.
type Elsewhere struct {
	// At is "aws", or the URL of the API of another service.
	At     string `json:"at"`
	Region Region `json:"region"`
	// Account is the platform's number there, which interfaces are allocated to.
	Account AccountID `json:"account"`
	// Gateway is what they are accepted onto there: a virtual private gateway
	// (vgw-…) or a Direct Connect gateway. Empty where whoever accepts says it.
	Gateway string `json:"gateway,omitempty"`
}

// There is the environment in the words of the Direct Connect that it is at: run
// by the platform's account of there, in the Region of there.
func (e Environment) There() Environment {
	if e.Away() {
		e.Platform, e.Region = e.Elsewhere.Account, e.Elsewhere.Region
	}
	return e
}

// Sightings are what a party has just seen of a link at another Direct Connect
// by calls of its own, in the words of that service. They prove no more than
// that the party says so.
type Sightings struct {
	// Lines are the connections that it has there for the link. A platform sees
	// none: they are the customer's.
	Lines      []LineSighted
	Interfaces []InterfaceSighted
	// Echo is what an address in the environment answered; nil for not tried.
	Echo *EchoSighted
}

// A LineSighted is a connection at another Direct Connect.
type LineSighted struct {
	ID        ConnectionID    `json:"id"`
	Tag       string          `json:"tag"` // the value of demarc:link
	State     ConnectionState `json:"state"`
	Owner     AccountID       `json:"owner"`
	Location  LocationCode    `json:"location"`
	Bandwidth string          `json:"bandwidth"` // such as 1Gbps
	Device    string          `json:"device,omitempty"`
	// VLAN is that of a hosted connection, which alone has one.
	VLAN VLAN `json:"vlan,omitempty"`
	// LOAIssued is when the letter was asked for last; zero for never.
	LOAIssued time.Time `json:"loaIssued,omitzero"`
}

// An InterfaceSighted is a private interface at another Direct Connect.
type InterfaceSighted struct {
	ID VirtualInterfaceID `json:"id"`
	// Tag names the leg: whoever allocated the interface wrote it into its name.
	Tag             string                `json:"tag,omitempty"`
	Connection      ConnectionID          `json:"connection"`
	State           VirtualInterfaceState `json:"state"`
	Owner           AccountID             `json:"owner"`
	Location        LocationCode          `json:"location,omitempty"`
	Device          string                `json:"device,omitempty"`
	VLAN            VLAN                  `json:"vlan"`
	ASN             ASN                   `json:"asn"`
	MTU             int                   `json:"mtu"`
	AmazonAddress   netip.Prefix          `json:"amazonAddress,omitzero"`
	CustomerAddress netip.Prefix          `json:"customerAddress,omitzero"`
	// Rate is its limit, such as 200Mbps; empty for the connection's.
	Rate                 string `json:"rate,omitempty"`
	Gateway              string `json:"gateway,omitempty"`
	DirectConnectGateway string `json:"directConnectGateway,omitempty"`
	// Session is up, down or unknown: of its BGP sessions the one that is
	// furthest from up. Empty where the service says nothing.
	Session string `json:"session,omitempty"`
}

// Offered is the interface without what changes by itself once it is accepted.
func (i InterfaceSighted) Offered() InterfaceSighted {
	i.State, i.Gateway, i.DirectConnectGateway, i.Session = "", "", "", ""
	return i
}

// An EchoSighted is how many echo requests an address answered.
type EchoSighted struct {
	Address        netip.Addr
	Sent, Answered int
}

// An Offer is what a case to accept an interface at another Direct Connect is
// about, and what was decided of it.
type Offer struct {
	Leg string `json:"leg"`
	// Token is the link token by which a partner allocated it; empty for none,
	// and then the customer did.
	Token LinkTokenID `json:"token,omitempty"`
	// Line and Interface are what was seen by who allocated it.
	Line      LineSighted      `json:"line"`
	Interface InterfaceSighted `json:"interface"`
	// Seen is what the platform saw of the interface when it was judged, and By
	// and At say who handed that in and when; zero before.
	Seen InterfaceSighted `json:"seen,omitzero"`
	By   AccountID        `json:"by,omitempty"`
	At   time.Time        `json:"at,omitzero"`
	// Facts are what it was judged by, Version the policy's; zero for none.
	Facts   PolicyFacts `json:"facts,omitzero"`
	Version int         `json:"version,omitempty"`
	// Granted is when it was said that the interface, as it was judged, may be
	// accepted there; zero for not. GrantedBy is an account, or "desk".
	Granted   time.Time `json:"granted,omitzero"`
	GrantedBy string    `json:"grantedBy,omitempty"`
}
