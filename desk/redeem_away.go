package desk

import (
	"cmp"
	"fmt"
	"time"

	"demarc"
	"demarc/store"
)

// RedeemAway takes a token for an interface that the partner by has allocated
// with its terms at another Direct Connect, and sees there: it asks the platform
// in the customer's name to accept it. What was seen is the partner's word.
func RedeemAway(tx *store.Tx, by demarc.Account, text demarc.Secret, line demarc.LineSighted, seen demarc.InterfaceSighted, now time.Time) (demarc.LinkToken, error) {
	t, p, err := takeAway(tx, by, text, now)
	if err != nil {
		return demarc.LinkToken{}, err
	}
	if err := p.checkSighted(tx, by.Party, demarc.Sightings{Lines: []demarc.LineSighted{line}, Interfaces: []demarc.InterfaceSighted{seen}}); err != nil {
		return demarc.LinkToken{}, err
	}
	if err := p.holdsTerms(t, line, seen); err != nil {
		return demarc.LinkToken{}, err
	}
	t.Redeemed, t.Partner = now, by.ID
	store.LinkTokens.Put(tx, t)
	_, err = openOffer(tx, p, demarc.Offer{Leg: t.Leg, Token: t.ID, Line: line, Interface: seen}, now)
	if demarc.KindOf(err) != 0 {
		err = unwanted()
	}
	return t, err
}

// takeAway takes a token for another Direct Connect that is good yet.
func takeAway(tx *store.Tx, by demarc.Account, text demarc.Secret, now time.Time) (demarc.LinkToken, *progress, error) {
	if err := asPartner(by); err != nil {
		return demarc.LinkToken{}, nil, err
	}
	t, err := readToken(tx, text)
	if err == nil {
		err = redeemable(tx, t, now)
	}
	if err != nil {
		return demarc.LinkToken{}, nil, err
	}
	link, _ := store.Links.Get(tx, string(t.Link))
	p := find(tx, link, now)
	if !p.env.Away() {
		return demarc.LinkToken{}, nil, demarc.Errorf(demarc.Conflict, "the token is for this site").
			Coded("E-ELSEWHERE", "Redeem it here: demarc partner redeem").In("token")
	}
	return t, p, nil
}

// holdsTerms holds what was allocated against the token.
func (p *progress) holdsTerms(t demarc.LinkToken, line demarc.LineSighted, seen demarc.InterfaceSighted) error {
	refusal := func(code, field, format string, args ...any) error {
		return demarc.Errorf(demarc.Invalid, format, args...).Coded(code, "Delete it there, and allocate it as the token says").In(field)
	}
	rate, _ := demarc.ParseBandwidth(line.Bandwidth)
	limit, _ := demarc.ParseBandwidth(cmp.Or(seen.Rate, line.Bandwidth))
	switch {
	case !p.names(seen.Tag, t.Leg) || seen.Connection != line.ID:
		return refusal("E-TOKEN-LEG", "interface", "%s on %s does not name leg %s of link %s", seen.ID, line.ID, t.Leg, t.Link)
	case seen.State != demarc.VIFConfirming:
		return refusal("E-CASE-SETTLED", "interface", "interface %s is %s, and no longer waits to be accepted", seen.ID, seen.State)
	case seen.Owner != t.Account:
		return refusal("E-ACCOUNT-MISMATCH", "interface", "interface %s is allocated to account %s, and the token is for %s", seen.ID, seen.Owner, t.Account)
	case line.Location != t.Location:
		return refusal("E-TOKEN-LOCATION", "connection", "%s is at %s, and the token is for %s", line.ID, line.Location, t.Location)
	case rate < t.Bandwidth:
		return refusal("E-TOKEN-SPEED", "connection", "%s has %s, and the token is for %s", line.ID, clipped(line.Bandwidth), t.Bandwidth)
	case limit > t.Bandwidth:
		return refusal("E-TOKEN-SPEED", "interface", "%s may carry %s, and the token is for %s", seen.ID, limit, t.Bandwidth)
	case seen.VLAN < t.FirstVLAN || seen.VLAN > t.LastVLAN:
		return refusal("E-TOKEN-VLAN", "interface", "VLAN %d is not among %d to %d, which the token allows", seen.VLAN, t.FirstVLAN, t.LastVLAN)
	case t.ASN != 0 && seen.ASN != t.ASN:
		return refusal("E-TOKEN-ASN", "interface", "the token is for ASN %d, not for %d", t.ASN, seen.ASN)
	}
	return nil
}

// asked reports whether the platform is asked for what the leg's token was
// redeemed for at another Direct Connect.
func (l leg) asked() bool {
	c := l.tiedCase()
	return c.ID != "" && !c.State.Ended()
}

// hereToo refuses to redeem a token here that is for another Direct Connect.
func hereToo(env demarc.Environment) error {
	if !env.Away() {
		return nil
	}
	return demarc.Errorf(demarc.Conflict, "the token is for another Direct Connect, in region %s", env.Elsewhere.Region).
		Coded("E-ELSEWHERE", fmt.Sprintf("Redeem it there: demarc elsewhere redeem --at %s", env.Elsewhere.At)).In("token")
}
