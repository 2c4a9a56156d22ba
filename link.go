package demarc

import "time"

// A Link is what a customer set out to get: a private line into one
// environment. Its progress is derived from other objects, never kept here.
type Link struct {
	ID          LinkID       `json:"id"`
	Environment string       `json:"environment"`
	Customer    AccountID    `json:"customer"`
	Topology    Topology     `json:"topology"`
	Location    LocationCode `json:"location"`
	Bandwidth   Bandwidth    `json:"bandwidth"`
	// Prefixes are the customer's own, as it means to advertise them.
	Prefixes []string  `json:"prefixes,omitempty"`
	Created  time.Time `json:"created"`
}

// Topology says who stands in the Direct Connect location.
type Topology string

const (
	OwnCage     Topology = "own-cage" // A: the customer has a cage of its own there
	PartnerCage Topology = "partner"  // B: a partner has, and owns the connection
)

// A Step is one act of the procedure, read from real objects each time.
type Step struct {
	// ID is stable: entitled, order, cross-connect …
	ID    string `json:"id"`
	Title string `json:"title"`
	// Party is who acts in this step.
	Party Party `json:"party"`
	Done  bool  `json:"done"`
	// Evidence is what was seen that makes it done, or what is missing.
	Evidence string `json:"evidence"`
}
