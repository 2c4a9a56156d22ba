package desk

import (
	"fmt"
	"time"

	"demarc"
	"demarc/store"
)

// RedeemHostedAway takes a token for a hosted connection that the partner by has
// allocated to the token's customer at another Direct Connect, and sees there.
// The customer accepts it there, and its interface is the customer's to allocate.
func RedeemHostedAway(tx *store.Tx, by demarc.Account, text demarc.Secret, line demarc.LineSighted, now time.Time) (demarc.LinkToken, error) {
	t, p, err := takeAway(tx, by, text, now)
	if err != nil {
		return t, err
	}
	if err := p.checkSighted(tx, by.Party, demarc.Sightings{Lines: []demarc.LineSighted{line}}); err != nil {
		return demarc.LinkToken{}, err
	}
	if err := p.holdsLine(t, line); err != nil {
		return demarc.LinkToken{}, err
	}
	t.Redeemed, t.Partner, t.Hosted = now, by.ID, line.ID
	store.LinkTokens.Put(tx, t)
	return t, nil
}

// holdsLine holds a hosted connection against the token that it was allocated
// with: unlike an interface, it has just the rate.
func (p *progress) holdsLine(t demarc.LinkToken, line demarc.LineSighted) error {
	refusal := func(code, format string, args ...any) error {
		return demarc.Errorf(demarc.Invalid, format, args...).Coded(code, "Delete it there, and allocate it as the token says").In("line")
	}
	rate, _ := demarc.ParseBandwidth(line.Bandwidth)
	switch {
	case !p.names(line.Tag, t.Leg):
		return refusal("E-TOKEN-LEG", "%s does not name leg %s of link %s", line.ID, t.Leg, t.Link)
	case line.State.Gone():
		return refusal("E-CASE-SETTLED", "connection %s is %s", line.ID, line.State)
	case line.Location != t.Location:
		return refusal("E-TOKEN-LOCATION", "%s is at %s, and the token is for %s", line.ID, line.Location, t.Location)
	case rate != t.Bandwidth:
		return refusal("E-TOKEN-SPEED", "%s has %s, and the token is for %s", line.ID, clipped(line.Bandwidth), t.Bandwidth)
	case line.VLAN < t.FirstVLAN || line.VLAN > t.LastVLAN:
		return refusal("E-TOKEN-VLAN", "%s has VLAN %d, which is not among %d to %d, which the token allows", line.ID, line.VLAN, t.FirstVLAN, t.LastVLAN)
	}
	return nil
}

// isLine reports whether a connection that names the leg is to be believed. What
// is hosted has a VLAN, and may be anybody's offer: it is the leg's if the leg's
// token was redeemed for just that.
func (l leg) isLine(line demarc.LineSighted) bool {
	return l.progress.names(line.Tag, l.ID) && (line.VLAN == 0 || line.ID == l.token.Hosted)
}

// handOverAway is done as long as the hosted connection is there that the token
// was redeemed for.
func (l leg) handOverAway() demarc.Step {
	s := l.handOver(l.progress.now)
	if l.token.Hosted == "" {
		return s
	}
	s.Since, s.Done = l.token.Redeemed, true
	s.Evidence = fmt.Sprintf("token %s was redeemed on %s by account %s for hosted connection %s", l.token.ID, stamp(s.Since), l.token.Partner, l.token.Hosted)
	if l.progress.away.by == demarc.Customer && l.conn.State == "" {
		s.Done = false
		s.Evidence += ", which is not there any more, or not yours; issue another"
	}
	return s
}

// lineAway are the steps of a leg's connection. The fibre of a hosted one is its
// partner's affair, and its customer accepts it.
func (l leg) lineAway() []demarc.Step {
	order := l.orderAway()
	if l.token.Hosted == "" {
		return []demarc.Step{l.there(order), l.ofLine(l.letter()), l.ofLine(l.crossConnectAway()), l.ofLine(l.available())}
	}
	if l.conn.State == "" && l.progress.away.by != demarc.Customer {
		order.Done, order.Since = true, l.token.Redeemed
		order.Evidence = fmt.Sprintf("account %s allocated hosted connection %s with token %s", l.token.Partner, l.token.Hosted, l.token.ID)
	}
	return []demarc.Step{l.there(order), l.ofLine(l.confirmAway()), l.ofLine(l.available())}
}

func (l leg) confirmAway() demarc.Step {
	s := demarc.Step{ID: "confirm", Title: "Accept the hosted connection", Party: demarc.Customer, Done: true}
	s.Evidence = fmt.Sprintf("%s is %s", l.conn.ID, l.conn.State)
	switch l.conn.State {
	case "":
		s.Done, s.Evidence = false, "no connection"
	case demarc.ConnectionOrdering:
		s.Done = false
		s.Evidence += fmt.Sprintf(": demarc elsewhere confirm %s --leg %s", l.progress.link.ID, l.ID)
	}
	return s
}
