package demarc

import (
	"log/slog"
	"slices"
)

// A Party is a role in the procedure. It says whose move a step is.
type Party string

const (
	Customer Party = "customer" // wants the link and owns the connection
	Partner  Party = "partner"  // owns connections on behalf of customers
	Platform Party = "platform" // runs the environments and their gateways
	Facility Party = "facility" // owns the building, patches cross-connects
)

// An Account is a tenant. It sees and touches only what is its own.
type Account struct {
	ID AccountID `json:"id"`
	// Name is the profile's name: customer, platform …; unique in a site.
	Name string `json:"name"`
	// Title is the organisation's name, as it is printed on an LOA.
	Title string `json:"title"`
	Party Party  `json:"party"`
	// Operator says that the account runs the site: it sees who did what.
	Operator bool `json:"operator,omitempty"`
}

// An AccessKey lets its holder sign requests as an account (SigV4).
type AccessKey struct {
	ID      string    `json:"id"`
	Account AccountID `json:"account"`
	Secret  Secret    `json:"secret"`
}

// LogValue keeps the secret out of logs.
func (k AccessKey) LogValue() slog.Value { return slog.StringValue(k.ID) }

// An Edition is what a customer of the platform bought.
type Edition struct {
	Name string `json:"name"`
	// DirectConnect says whether environments of this edition may have links.
	DirectConnect bool `json:"directConnect"`
	// MaxLinks bounds the links of one environment; zero is none.
	MaxLinks int `json:"maxLinks"`
}

// An Environment is what the platform runs for one customer: a VPC with app
// hosts behind one gateway.
type Environment struct {
	Name     string    `json:"name"`
	Edition  string    `json:"edition"`
	Region   Region    `json:"region"`
	Platform AccountID `json:"platform"`
	Customer AccountID `json:"customer"`
	VPC      VPCID     `json:"vpc"`
	Gateway  GatewayID `json:"gateway"`
	// Drills says that the platform lets the customer test the failover of its
	// links.
	Drills bool `json:"drills,omitempty"`
	// Drains says that the platform lets the customer have lossy legs of its
	// links drained.
	Drains bool `json:"drains,omitempty"`
	// SplitDefault says that the platform's policy takes pieces of a default
	// route from its customer, which would take its internet traffic.
	SplitDefault bool `json:"splitDefault,omitempty"`
	// Elsewhere is where the VPC is, if not here: VPC and Gateway are then a
	// sketch of it, which the checks of prefixes and ASNs go by.
	Elsewhere Elsewhere `json:"elsewhere,omitzero"`
}

// Away reports whether the environment, and so each of its links, is at another
// Direct Connect.
func (e Environment) Away() bool { return e.Elsewhere != (Elsewhere{}) }

// VisibleTo reports whether an account may know that the environment exists.
func (e Environment) VisibleTo(account AccountID) bool {
	return slices.Contains([]AccountID{e.Platform, e.Customer}, account)
}
