package demarc

import (
	"net/netip"
	"time"
)

// A LinkToken lets whoever has it, a partner, allocate what one leg of a link
// asks for: once, within its limits, and until it expires. Its text is signed
// by the site and kept nowhere.
type LinkToken struct {
	TokenTerms
	Customer AccountID `json:"customer"`
	Issued   time.Time `json:"issued"`
	// Withdrawn is when the customer took it back, or issued another for the
	// leg.
	Withdrawn time.Time `json:"withdrawn,omitzero"`
	// What follows is empty until it is redeemed. Connection is what the
	// interface is on: the partner's, or the hosted connection that was made.
	Redeemed   time.Time          `json:"redeemed,omitzero"`
	Partner    AccountID          `json:"partner,omitempty"`
	Connection ConnectionID       `json:"connection,omitempty"`
	Interface  VirtualInterfaceID `json:"interface,omitempty"`
	// Hosted is the hosted connection at another Direct Connect that was made.
	Hosted ConnectionID `json:"hosted,omitempty"`
}

// TokenTerms are what a token says and is signed for: all that a partner gets
// to know of a link.
type TokenTerms struct {
	ID          LinkTokenID `json:"id"`
	Link        LinkID      `json:"link"`
	Leg         string      `json:"leg"`
	Environment string      `json:"environment"`
	// Account is who the interface is allocated to.
	Account  AccountID    `json:"account"`
	Region   Region       `json:"region"`
	Location LocationCode `json:"location"`
	// Bandwidth is the rate that the interface is held to.
	Bandwidth Bandwidth `json:"bandwidth"`
	// The VLAN is one of these, and so is the first where there is one.
	FirstVLAN VLAN `json:"firstVlan"`
	LastVLAN  VLAN `json:"lastVlan"`
	// ASN and the addresses are left to the partner where they are zero.
	ASN             ASN          `json:"asn,omitempty"`
	AmazonAddress   netip.Prefix `json:"amazonAddress,omitzero"`
	CustomerAddress netip.Prefix `json:"customerAddress,omitzero"`
	MTU             int          `json:"mtu"`
	// Prefixes is how many the customer may send, of each family.
	Prefixes int       `json:"prefixes"`
	Expires  time.Time `json:"expires"`
}

// TokenState says who moves next.
//
//	issued ──partner──► redeemed
//	   ├──customer──► withdrawn
//	   └──clock──► expired
type TokenState string

const (
	TokenIssued    TokenState = "issued"    // the partner moves next
	TokenRedeemed  TokenState = "redeemed"  // the end
	TokenWithdrawn TokenState = "withdrawn" // the end
	TokenExpired   TokenState = "expired"   // the end
)

// StateAt is a token's state at a time.
func (t LinkToken) StateAt(now time.Time) TokenState {
	switch {
	case !t.Redeemed.IsZero():
		return TokenRedeemed
	case !t.Withdrawn.IsZero():
		return TokenWithdrawn
	case !now.Before(t.Expires):
		return TokenExpired
	}
	return TokenIssued
}
