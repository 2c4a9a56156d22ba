package desk

import (
	"math"
	"net/netip"
	"time"

	"demarc"
	room "demarc/desk"
	"demarc/store"
)

// A TokenRequest asks for a token for a leg.
type TokenRequest struct {
	Leg       string `json:"leg,omitempty" doc:"a letter; may be left out where there is one leg"`
	Hours     int    `json:"hours,omitempty" doc:"how long it is good for; a week where left out"`
	FirstVLAN int    `json:"firstVlan,omitempty" doc:"the first VLAN that the partner may choose; the leg's, or any, where left out"`
	LastVLAN  int    `json:"lastVlan,omitempty"`
	Prefixes  int    `json:"prefixes,omitempty" doc:"how many you may send; 100 where left out"`
}

// A Token is what a customer hands to its partner. Its text is in the answer
// that issues it and nowhere else.
type Token struct {
	Text       string                    `json:"text,omitempty" doc:"what is handed over; shown once"`
	Terms      TokenTerms                `json:"terms"`
	State      demarc.TokenState         `json:"state" enum:"issued,redeemed,withdrawn,expired"`
	Redeemed   time.Time                 `json:"redeemed,omitzero"`
	Partner    demarc.AccountID          `json:"partner,omitempty" doc:"who redeemed it"`
	Connection demarc.ConnectionID       `json:"connection,omitempty" doc:"that it was redeemed on, or that was made"`
	Interface  demarc.VirtualInterfaceID `json:"interface,omitempty" doc:"that was allocated"`
}

// TokenTerms are what a token says, and is signed for.
type TokenTerms struct {
	ID              demarc.LinkTokenID  `json:"id"`
	Link            demarc.LinkID       `json:"link"`
	Leg             string              `json:"leg"`
	Environment     string              `json:"environment"`
	Account         demarc.AccountID    `json:"account" doc:"who the interface is allocated to"`
	Region          demarc.Region       `json:"region"`
	Location        demarc.LocationCode `json:"location"`
	Bandwidth       demarc.Bandwidth    `json:"bandwidth" doc:"what the interface is held to"`
	FirstVLAN       demarc.VLAN         `json:"firstVlan"`
	LastVLAN        demarc.VLAN         `json:"lastVlan"`
	ASN             demarc.ASN          `json:"asn,omitempty" doc:"the partner's choice where absent"`
	AmazonAddress   netip.Prefix        `json:"amazonAddress,omitzero"`
	CustomerAddress netip.Prefix        `json:"customerAddress,omitzero"`
	MTU             int                 `json:"mtu"`
	Prefixes        int                 `json:"prefixes"`
	Expires         time.Time           `json:"expires"`
}

// Tokens is a list of them.
type Tokens struct {
	Tokens []Token `json:"tokens"`
}

// An Inspection asks what a token says.
type Inspection struct {
	Token string `json:"token" doc:"its whole text"`
}

// A Redemption allocates what a token asks for.
type Redemption struct {
	Token            string              `json:"token" doc:"its whole text"`
	Connection       demarc.ConnectionID `json:"connection" doc:"of the caller's: for a hosted virtual interface a connection or a LAG, for a hosted connection an interconnect or a LAG of interconnects"`
	HostedConnection bool                `json:"hostedConnection,omitempty" doc:"make a hosted connection of the customer's, and the interface on it"`
	VLAN             int                 `json:"vlan,omitempty" doc:"the first that is free of the token's, where left out"`
	ASN              int64               `json:"asn,omitempty" doc:"the customer's, where the token leaves it to you"`
}

// hours is a time of so many hours, and the longest there is where they are more:
// a product that wraps is another time.
func hours(n int) time.Duration {
	const most = math.MaxInt64 / time.Hour
	return time.Hour * min(max(time.Duration(n), -most), most)
}

func (c call) issueToken(in TokenRequest) (Token, error) {
	var t demarc.LinkToken
	var text demarc.Secret
	err := c.write(func(tx *store.Tx) (err error) {
		t, text, err = room.IssueToken(tx, c.by.ID, demarc.LinkID(c.request.PathValue("id")), room.NewToken{
			Leg: in.Leg, Life: hours(in.Hours), FirstVLAN: in.FirstVLAN, LastVLAN: in.LastVLAN, Prefixes: in.Prefixes,
		}, c.now)
		return err
	})
	out := c.showToken(t)
	out.Text = text.Reveal()
	return out, err
}

func (c call) tokens() (Tokens, error) {
	view, err := c.read()
	if err != nil {
		return Tokens{}, err
	}
	all, err := room.Tokens(view, c.by.ID, demarc.LinkID(c.request.PathValue("id")))
	return c.showTokens(all), err
}

func (c call) withdrawToken() (Token, error) {
	var t demarc.LinkToken
	err := c.write(func(tx *store.Tx) (err error) {
		t, err = room.WithdrawToken(tx, c.by.ID, demarc.LinkTokenID(c.request.PathValue("id")), c.now)
		return err
	})
	return c.showToken(t), err
}

func (c call) inspectToken(in Inspection) (Token, error) {
	view, err := c.read()
	if err != nil {
		return Token{}, err
	}
	t, err := room.InspectToken(view, c.by, demarc.NewSecret(in.Token))
	if t.Partner != c.by.ID { // who else has redeemed it is not the caller's to know
		t.Partner, t.Connection, t.Interface = "", "", ""
	}
	return c.showToken(t), err
}

func (c call) redeemToken(in Redemption) (Token, error) {
	var t demarc.LinkToken
	err := c.write(func(tx *store.Tx) (err error) {
		t, err = room.RedeemToken(tx, c.by, room.Redemption{
			Token: demarc.NewSecret(in.Token), Connection: in.Connection, HostedConnection: in.HostedConnection, VLAN: in.VLAN, ASN: in.ASN,
		}, c.now)
		return err
	})
	return c.showToken(t), err
}

func (c call) partnerTokens() (Tokens, error) {
	view, err := c.read()
	if err != nil {
		return Tokens{}, err
	}
	return c.showTokens(room.PartnerTokens(view, c.by.ID)), nil
}

func (c call) showTokens(all []demarc.LinkToken) Tokens {
	out := Tokens{Tokens: []Token{}}
	for _, t := range all {
		out.Tokens = append(out.Tokens, c.showToken(t))
	}
	return out
}

func (c call) showToken(t demarc.LinkToken) Token {
	return Token{Terms: TokenTerms(t.TokenTerms), State: t.StateAt(c.now), Redeemed: t.Redeemed, Partner: t.Partner, Connection: t.Connection, Interface: t.Interface}
}
