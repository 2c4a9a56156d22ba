package desk_test

import (
	"strings"
	"testing"

	"demarc"
	"demarc/desk"
	"demarc/store"
)

// TestAHostedConnectionThere is the leg's if its token was redeemed for it, and
// no other's offer is taken for it.
func TestAHostedConnectionThere(t *testing.T) {
	w := newWorld(t)
	w.away("acme-away", customer)
	link, refusal := w.request(customer, func(r *desk.Request) {
		r.Environment, r.Topology, r.Prefixes = "acme-away", demarc.PartnerCage, []string{"192.168.70.0/24"}
		r.Legs[0].Location, r.Legs[0].Bandwidth = "EqDC2", "200Mbps"
	})
	if refusal != nil {
		t.Fatal(refusal)
	}
	var text demarc.Secret
	w.write(func(tx *store.Tx) (err error) {
		_, text, err = desk.IssueToken(tx, customer, link.ID, desk.NewToken{Leg: "a"}, w.now)
		return err
	})
	line := demarc.LineSighted{ID: "dxcon-h", Tag: string(link.ID) + "/a", State: demarc.ConnectionOrdering, Owner: "888888888888", Location: "EqDC2", Bandwidth: "200Mbps", VLAN: 101}
	redeem := func(by demarc.Account, change func(*demarc.LineSighted)) *demarc.Error {
		of := line
		if change != nil {
			change(&of)
		}
		return w.try(func(tx *store.Tx) error {
			_, err := desk.RedeemHostedAway(tx, by, text, of, w.now)
			return err
		})
	}
	for _, tt := range []struct {
		name   string
		by     demarc.Account
		change func(*demarc.LineSighted)
		code   string
	}{
		{"no partner", alice, nil, "E-DENIED"},
		{"another leg", carrier, func(l *demarc.LineSighted) { l.Tag = string(link.ID) + "/b" }, "E-SIGHTING"},
		{"elsewhere still", carrier, func(l *demarc.LineSighted) { l.Location = "EqLD5" }, "E-TOKEN-LOCATION"},
		{"faster", carrier, func(l *demarc.LineSighted) { l.Bandwidth = "500Mbps" }, "E-TOKEN-SPEED"},
		{"no VLAN, as what is not hosted", carrier, func(l *demarc.LineSighted) { l.VLAN = 0 }, "E-TOKEN-VLAN"},
		{"gone", carrier, func(l *demarc.LineSighted) { l.State = demarc.ConnectionDeleted }, "E-CASE-SETTLED"},
	} {
		if refusal := redeem(tt.by, tt.change); codeOf(refusal) != tt.code {
			t.Errorf("%s: got %v, want %s", tt.name, refusal, tt.code)
		}
	}
	next := func(by demarc.Account, lines ...demarc.LineSighted) string {
		t.Helper()
		_, follow, err := desk.FollowLink(w.store.Local(), by, link.ID, demarc.Sightings{Lines: lines}, w.now)
		if err != nil {
			t.Fatal(err)
		}
		step, _ := desk.WhoseMove(follow.Steps)
		return string(step.Party) + " " + step.ID
	}
	if got := next(alice, line); got != "partner order" {
		t.Errorf("an offer that no token was redeemed for: got %s", got)
	}
	if refusal := redeem(carrier, nil); refusal != nil {
		t.Fatal(refusal)
	}
	if refusal := redeem(carrier, nil); codeOf(refusal) != "E-TOKEN-USED" {
		t.Errorf("redeemed twice: got %v", refusal)
	}
	strangers := line
	strangers.ID = "dxcon-other"
	if got := next(alice, strangers, line); got != "customer confirm" {
		t.Errorf("beside another's offer: got %s", got)
	}
	if got := next(alice, strangers); !strings.Contains(got, "token") {
		t.Errorf("another's offer alone: got %s", got)
	}
	line.State = demarc.ConnectionPending
	if got := next(alice, line); got != "partner available" {
		t.Errorf("accepted: got %s", got)
	}
	line.State = demarc.ConnectionAvailable
	if got := next(alice, line); got != "customer account-case" {
		t.Errorf("available: got %s", got)
	}
	if got := next(operator); got != "customer account-case" {
		t.Errorf("to the platform: got %s", got)
	}
}
