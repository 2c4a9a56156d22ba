package demarc

import (
	"net/netip"
	"time"
)

// A Link is what a customer set out to get: a private line into one
// environment, over one leg or several. Its progress is derived from other
// objects, never kept here, but for its end.
type Link struct {
	ID          LinkID     `json:"id"`
	Environment string     `json:"environment"`
	Customer    AccountID  `json:"customer"`
	Topology    Topology   `json:"topology"`
	Resiliency  Resiliency `json:"resiliency"`
	Legs        []Leg      `json:"legs"`
	// Prefixes are the customer's own, as it means to advertise them.
	Prefixes []string `json:"prefixes,omitempty"`
	// DefaultRoute says what the customer means to do with 0.0.0.0/0.
	DefaultRoute DefaultRouteWish `json:"defaultRoute"`
	Router       RouterChoice     `json:"router,omitzero"`
	Contacts     []Contact        `json:"contacts,omitempty"`
	// Probe is an address of the customer's, behind all of its legs, that answers
	// echo requests: what is lost is measured by it. Invalid for none.
	Probe netip.Addr `json:"probe,omitzero"`
	// DrainLossy says that others are to carry what a leg should that loses
	// packets while its session is up.
	DrainLossy bool `json:"drainLossy,omitempty"`
	// GoLive is the day that the customer plans with; zero for none.
	GoLive  time.Time `json:"goLive,omitzero"`
	Created time.Time `json:"created"`
	// Endings are its end and those of its legs, each leg in one at most.
	Endings []Ending `json:"endings,omitempty"`
}

// LinkTag is the key of the tag by which a connection says which link it was
// ordered for. Its value is the link's id, with / and the leg's where there are
// several.
const LinkTag = "demarc:link"

// A Leg is one connection of a link with the interface on it.
type Leg struct {
	// ID is a letter: a, b …
	ID        string       `json:"id"`
	Location  LocationCode `json:"location"`
	Bandwidth Bandwidth    `json:"bandwidth"`
	// Device is the one wanted; empty for any that keeps the legs apart.
	Device NodeID `json:"device,omitempty"`
	// VLAN and ASN are zero, and the addresses invalid, where the customer
	// leaves the choice to the allocation.
	VLAN            VLAN         `json:"vlan,omitempty"`
	ASN             ASN          `json:"asn,omitempty"`
	AmazonAddress   netip.Prefix `json:"amazonAddress,omitzero"`
	CustomerAddress netip.Prefix `json:"customerAddress,omitzero"`
	MTU             int          `json:"mtu"`
	// BFD says that the customer's router will speak it.
	BFD bool `json:"bfd,omitempty"`
}

// Topology says who stands in the Direct Connect location.
type Topology string

const (
	OwnCage     Topology = "own-cage" // A: the customer has a cage of its own there
	PartnerCage Topology = "partner"  // B: a partner has, and owns the connection
)

// Resiliency says what a link is to survive, and so how many legs it has and
// where (Direct Connect's resiliency models).
type Resiliency string

const (
	SingleLeg         Resiliency = "single"   // nothing: one leg
	TwoDevices        Resiliency = "dev-test" // a device: two legs on two devices
	TwoLocations      Resiliency = "high"     // a location: legs at two
	TwiceTwoLocations Resiliency = "maximum"  // a location and a device of the other: two devices at each of two
)

// DefaultRouteWish says what a customer means to do with a default route.
type DefaultRouteWish string

const (
	DefaultNever    DefaultRouteWish = "never"     // it will not advertise one
	DefaultShadowed DefaultRouteWish = "shadow-ok" // it may, and knows that the internet gateway's is preferred
	DefaultWanted   DefaultRouteWish = "wanted"    // it wants the environment's internet traffic
)

// A RouterChoice says what the configuration is wanted for, in the words of
// Direct Connect's router types.
type RouterChoice struct {
	Vendor   string `json:"vendor"`
	Platform string `json:"platform,omitempty"`
}

// A Contact is somebody to ask.
type Contact struct {
	Role  string `json:"role"` // network, security, business …
	Name  string `json:"name"`
	Email string `json:"email"`
}

// A Step is one act of the procedure, read from real objects each time.
type Step struct {
	// ID is stable: entitled, order, cross-connect …
	ID string `json:"id"`
	// Leg is empty for a step of the link as a whole.
	Leg   string `json:"leg,omitempty"`
	Title string `json:"title"`
	// Party is who acts in this step.
	Party Party `json:"party"`
	Done  bool  `json:"done"`
	// Unprovable says that nobody can see from outside whether it is done: it
	// holds nothing up.
	Unprovable bool `json:"unprovable,omitempty"`
	// Evidence is what was seen that makes it done, or what is missing.
	Evidence string `json:"evidence"`
	// Code names what is wrong (docs/errors.md), where it has a name.
	Code string `json:"code,omitempty"`
	// Since is when it was done, or when it began to wait; zero where nothing
	// tells.
	Since time.Time `json:"since,omitzero"`
	// Deadline is when what was begun ends by itself; zero for never.
	Deadline time.Time `json:"deadline,omitzero"`
}
