package desk

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"demarc"
	"demarc/connection"
	"demarc/gateway"
	"demarc/store"
	"demarc/vif"
)

// A Redemption is what a partner says with a token.
type Redemption struct {
	Token demarc.Secret
	// Connection is one of the partner's own, or a LAG.
	Connection demarc.ConnectionID
	// HostedConnection asks for a hosted connection of the customer's with the
	// interface on it, where otherwise the interface is hosted on the partner's
	// connection. The two are different things: see package connection.
	HostedConnection bool
	// VLAN and ASN may be zero where the token says them, and the VLAN anyway.
	VLAN int
	ASN  int64
}

// InspectToken returns what a token says, to a partner who has its text.
func InspectToken(r store.Reader, by demarc.Account, text demarc.Secret) (demarc.LinkToken, error) {
	if err := asPartner(by); err != nil {
		return demarc.LinkToken{}, err
	}
	return readToken(r, text)
}

// PartnerTokens lists the tokens that the account has redeemed, by id.
func PartnerTokens(r store.Reader, by demarc.AccountID) []demarc.LinkToken {
	var out []demarc.LinkToken
	for t := range store.LinkTokens.By(r, "partner", string(by)) {
		out = append(out, t)
	}
	return out
}

// asPartner refuses who has no use for tokens, whatever the token.
func asPartner(by demarc.Account) error {
	if by.Party == demarc.Partner {
		return nil
	}
	return demarc.Errorf(demarc.Denied, "tokens are redeemed by partners").Coded("E-DENIED", "Hand it to your partner").By(demarc.Partner)
}

// RedeemToken allocates what a token asks for on a connection of the partner
// by, and asks the platform in the customer's name to accept it: the customer
// has nothing left to do before its router. If it is refused there is nothing
// at all.
func RedeemToken(tx *store.Tx, by demarc.Account, ask Redemption, now time.Time) (demarc.LinkToken, error) {
	if err := asPartner(by); err != nil {
		return demarc.LinkToken{}, err
	}
	t, err := readToken(tx, ask.Token)
	if err == nil {
		err = redeemable(tx, t, now)
	}
	if err != nil {
		return demarc.LinkToken{}, err
	}
	env, _ := store.Environments.Get(tx, t.Environment)
	if err := hereToo(env); err != nil {
		return demarc.LinkToken{}, err
	}
	if err := checkSite(tx, by.ID, t, ask.Connection, now); err != nil {
		return demarc.LinkToken{}, err
	}
	if entitled(tx, env) != nil || gateway.Exclusive(tx, env) != nil {
		return demarc.LinkToken{}, unwanted()
	}
	v, err := build(tx, by.ID, t, ask, now)
	if err != nil {
		return demarc.LinkToken{}, err
	}
	if refusal := pairTaken(tx, by.ID, env, v); refusal != nil { // it is on the partner's connection, which may see it
		refusal.Fix = "Use another connection, or ask your customer for a token with another ASN"
		return demarc.LinkToken{}, refusal.In("connection")
	}
	t.Redeemed, t.Partner, t.Connection, t.Interface = now, by.ID, v.Connection, v.ID
	store.LinkTokens.Put(tx, t)
	err = askFor(tx, by, t, env, now)
	if demarc.KindOf(err) != 0 {
		err = unwanted()
	}
	return t, err
}

// unwanted is what a partner learns of a refusal whose reason is between the
// customer and the platform.
func unwanted() error {
	return demarc.Errorf(demarc.Conflict, "the platform does not take the interface as the token has it").
		Coded("E-TOKEN-REFUSED", "Ask your customer, whose demarc link preflight tells why").By(demarc.Customer).In("token")
}

// redeemable refuses a token that is good no longer, and takes it.
func redeemable(tx *store.Tx, t demarc.LinkToken, now time.Time) error {
	refusal := func(kind demarc.Kind, code, text string) error {
		return demarc.Errorf(kind, "token %s %s", t.ID, text).Coded(code, "Ask your customer for another").By(demarc.Customer).In("token")
	}
	state := t.StateAt(now)
	if t.Customer == "" && state == demarc.TokenIssued { // nobody remembers it
		state = demarc.TokenWithdrawn
	}
	switch state {
	case demarc.TokenRedeemed:
		return refusal(demarc.Conflict, "E-TOKEN-USED", "was redeemed before")
	case demarc.TokenWithdrawn:
		return refusal(demarc.Denied, "E-TOKEN-WITHDRAWN", "was withdrawn")
	case demarc.TokenExpired:
		return refusal(demarc.Denied, "E-TOKEN-EXPIRED", "expired on "+stamp(t.Expires))
	}
	err := tx.Claim("token/"+string(t.ID), string(t.ID))
	if _, taken := errors.AsType[*store.ClaimedError](err); taken {
		return refusal(demarc.Conflict, "E-TOKEN-USED", "was redeemed before")
	}
	return err
}

// checkSite holds the partner's connection against where the token is for.
func checkSite(r store.Reader, by demarc.AccountID, t demarc.LinkToken, on demarc.ConnectionID, now time.Time) error {
	var region demarc.Region
	var location demarc.LocationCode
	if id, ok := on.LAG(); ok {
		lag, err := connection.GetLAG(r, by, id, now)
		if err != nil {
			return err
		}
		region, location = lag.Region, lag.Location
	} else {
		c, err := connection.Get(r, by, on, now)
		if err != nil {
			return err
		}
		region, location = c.Region, c.Location
	}
	switch {
	case region != t.Region:
		return demarc.Errorf(demarc.Invalid, "%s is in region %s, and the token is for %s", on, region, t.Region).
			Coded("E-TOKEN-WRONG-REGION", "Use a connection in "+string(t.Region)).In("connection")
	case location != t.Location:
		return demarc.Errorf(demarc.Invalid, "%s is at %s, and the token is for %s", on, location, t.Location).
			Coded("E-TOKEN-LOCATION", "Use a connection at "+string(t.Location)).In("connection")
	}
	return nil
}

// build allocates the interface, and the hosted connection where one is wanted.
func build(tx *store.Tx, by demarc.AccountID, t demarc.LinkToken, ask Redemption, now time.Time) (demarc.VirtualInterface, error) {
	n, err := interfaceFor(tx, t, ask)
	if err != nil {
		return demarc.VirtualInterface{}, err
	}
	if ask.HostedConnection {
		hosted, err := connection.Allocate(tx, by, ask.Connection, connection.HostedOrder{
			Name: n.Name, Owner: t.Customer, Bandwidth: t.Bandwidth, VLAN: n.VLAN,
			Tags: []demarc.Tag{{Key: LinkTag, Value: string(t.Link) + "/" + t.Leg}},
		}, now)
		if err != nil {
			return demarc.VirtualInterface{}, err
		}
		// The token is the customer's word: it asked for just this.
		if _, err := connection.Confirm(tx, t.Customer, hosted.ID, now); err != nil {
			return demarc.VirtualInterface{}, err
		}
		return vif.Allocate(tx, t.Customer, hosted.ID, t.Account, n, now)
	}
	bearer, err := connection.BearerOf(tx, by, ask.Connection, now)
	if err != nil {
		return demarc.VirtualInterface{}, err
	}
	switch {
	case bearer.Bandwidth < t.Bandwidth:
		return demarc.VirtualInterface{}, demarc.Errorf(demarc.Invalid, "%s has %s, and the token is for %s", ask.Connection, bearer.Bandwidth, t.Bandwidth).
			Coded("E-TOKEN-SPEED", "Use a faster connection").In("connection")
	case bearer.Bandwidth > t.Bandwidth && bearer.Kind != demarc.Hosted:
		n.RateLimit = t.Bandwidth.String()
	}
	return vif.Allocate(tx, by, ask.Connection, t.Account, n, now)
}

// interfaceFor is the interface as the token has it and the partner completes
// it.
func interfaceFor(tx *store.Tx, t demarc.LinkToken, ask Redemption) (vif.New, error) {
	n := vif.New{Name: t.Environment + "-" + t.Leg, VLAN: ask.VLAN, ASN: cmp.Or(int64(t.ASN), ask.ASN), MTU: t.MTU, PrefixesIPv4: &t.Prefixes}
	if t.AmazonAddress.IsValid() && t.CustomerAddress.IsValid() {
		n.AmazonAddress, n.CustomerAddress = t.AmazonAddress.String(), t.CustomerAddress.String()
	}
	if n.VLAN == 0 {
		n.VLAN = freeVLAN(tx, ask.Connection, t)
	}
	switch {
	case n.VLAN < int(t.FirstVLAN) || n.VLAN > int(t.LastVLAN):
		return n, demarc.Errorf(demarc.Invalid, "VLAN %d is not among %d to %d, which the token allows", n.VLAN, t.FirstVLAN, t.LastVLAN).
			Coded("E-TOKEN-VLAN", "Choose one of those").In("vlan")
	case t.ASN != 0 && ask.ASN != 0 && ask.ASN != int64(t.ASN):
		return n, demarc.Errorf(demarc.Invalid, "the token is for ASN %d, not for %d", t.ASN, ask.ASN).
			Coded("E-TOKEN-ASN", "Leave the ASN out").In("asn")
	case n.ASN == 0:
		return n, demarc.Errorf(demarc.Invalid, "the token leaves the customer's ASN to you").
			Coded("E-TOKEN-ASN", "Give one").In("asn")
	}
	return n, nil
}

// freeVLAN is the first tag of those that the token allows that the connection
// has free; the first of all where none is.
func freeVLAN(tx *store.Tx, on demarc.ConnectionID, t demarc.LinkToken) int {
	taken := map[string]bool{}
	place := "vlan/" + string(on) + "/"
	for name := range tx.Claims(place) {
		taken[strings.TrimPrefix(name, place)] = true
	}
	for vlan := t.FirstVLAN; vlan <= t.LastVLAN; vlan++ {
		if !taken[fmt.Sprint(vlan)] {
			return int(vlan)
		}
	}
	return int(t.FirstVLAN)
}

// askFor opens the customer's case about what was allocated.
func askFor(tx *store.Tx, by demarc.Account, t demarc.LinkToken, env demarc.Environment, now time.Time) error {
	c := demarc.Case{
		ID: demarc.NewCaseID(), Kind: demarc.CaseAccept, Environment: env.Name, Opener: t.Customer, Assignee: env.Platform,
		CaseFields: demarc.CaseFields{VirtualInterface: t.Interface}, State: demarc.CaseOpen, Created: now,
		History: []demarc.Communication{{By: ByDesk, At: now, Text: fmt.Sprintf("%s redeemed token %s of link %s, leg %s", by.Title, t.ID, t.Link, t.Leg)}},
	}
	c, err := askToAccept(tx, c, env)
	if err != nil {
		return err
	}
	store.Cases.Put(tx, c)
	return nil
}
