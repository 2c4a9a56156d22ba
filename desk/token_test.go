package desk_test

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"demarc"
	"demarc/connection"
	"demarc/desk"
	"demarc/store"
)

var carrier = demarc.Account{ID: partner, Title: "Carrier X", Party: demarc.Partner}

// partnerLink is a link that a partner builds, with what change makes of it.
func (w *world) partnerLink(change func(*desk.Request)) demarc.Link {
	w.Helper()
	link, refusal := w.request(customer, func(r *desk.Request) {
		r.Topology, r.Legs[0].Bandwidth, r.Legs[0].ASN = demarc.PartnerCage, "200Mbps", 65010
		change(r)
	})
	if refusal != nil {
		w.Fatal(refusal)
	}
	return link
}

func asItIs(*desk.Request) {}

func (w *world) issue(by demarc.AccountID, link demarc.LinkID, ask desk.NewToken) (t demarc.LinkToken, text string, refusal *demarc.Error) {
	w.Helper()
	refusal = w.try(func(tx *store.Tx) (err error) {
		var secret demarc.Secret
		t, secret, err = desk.IssueToken(tx, by, link, ask, w.now)
		text = secret.Reveal()
		return err
	})
	return t, text, refusal
}

func (w *world) redeem(text string, change func(*desk.Redemption)) (t demarc.LinkToken, refusal *demarc.Error) {
	w.Helper()
	ask := desk.Redemption{Token: demarc.NewSecret(text), Connection: w.ports["dedicated"]}
	change(&ask)
	refusal = w.try(func(tx *store.Tx) (err error) {
		t, err = desk.RedeemToken(tx, carrier, ask, w.now)
		return err
	})
	return t, refusal
}

func plainly(*desk.Redemption) {}

// wire gives the partner a connection and an interconnect at LIS1, and a
// connection elsewhere.
func (w *world) wire() {
	w.Helper()
	w.ports = map[string]demarc.ConnectionID{"region": "dxcon-fregion0", "slow": "dxcon-fslow000"}
	w.write(func(tx *store.Tx) error {
		for name, order := range map[string]connection.Order{
			"dedicated":    {Location: "LIS1", Bandwidth: demarc.Gbps, Name: "carrier"},
			"interconnect": {Location: "LIS1", Bandwidth: 10 * demarc.Gbps, Name: "carrier"},
			"elsewhere":    {Location: "LIS2", Bandwidth: demarc.Gbps, Name: "carrier"},
		} {
			c, err := connection.Place(tx, partner, order, w.now)
			if err != nil {
				return err
			}
			if name == "interconnect" {
				c.Kind = demarc.Interconnect
				store.Connections.Put(tx, c)
			}
			w.ports[name] = c.ID
		}
		store.Connections.Put(tx, demarc.Connection{ID: w.ports["region"], Owner: partner, Region: "eu-central-1", Location: "FRA1", Bandwidth: demarc.Gbps, State: demarc.ConnectionAvailable})
		store.Connections.Put(tx, demarc.Connection{ID: w.ports["slow"], Owner: partner, Region: "eu-west-1", Location: "LIS1", Bandwidth: 100 * demarc.Mbps, State: demarc.ConnectionAvailable})
		return nil
	})
}

// TestATokenIsAllThatACustomerHasToDo takes a link of a partner's to an
// accepted interface.
func TestATokenIsAllThatACustomerHasToDo(t *testing.T) {
	w := newWorld(t)
	w.wire()
	w.policy(demarc.PolicyRule{Name: "proven", When: demarc.PolicyCondition{Proven: new(true), MatchesLink: new(true)}, Verdict: demarc.VerdictAccept})
	for _, hosted := range []bool{false, true} {
		link := w.partnerLink(func(r *desk.Request) { r.Prefixes = nil })
		step := func() demarc.Step {
			next, _ := desk.WhoseMove(desk.Steps(w.store.Local(), link, w.now))
			return next
		}
		if next := step(); next.ID != "token" || next.Party != demarc.Customer {
			t.Errorf("before the token: %+v", next)
		}
		_, text, refusal := w.issue(customer, link.ID, desk.NewToken{})
		if refusal != nil {
			t.Fatal(refusal)
		}
		if next := step(); next.ID != "order" || next.Party != demarc.Partner {
			t.Errorf("after it: %+v", next)
		}
		v := w.redeemed(text, hosted)
		wantOwner, wantRate := partner, 200*demarc.Mbps
		if hosted { // the connection has the rate
			wantOwner, wantRate = customer, 0
		}
		if v.State != demarc.VIFPending || v.Gateway != vgw || v.Owner != platform || v.ConnectionOwner != wantOwner || v.RateLimit != wantRate || v.Peers[0].ASN != 65010 {
			t.Errorf("hosted connection %v: the interface is %+v", hosted, v)
		}
		conn, _ := store.Connections.Get(w.store.Local(), string(v.Connection))
		if hosted != (conn.Kind == demarc.Hosted) || hosted && (conn.Bandwidth != 200*demarc.Mbps || conn.State != demarc.ConnectionPending) {
			t.Errorf("hosted connection %v: it is on %+v", hosted, conn)
		}
		legs := desk.Legs(w.store.Local(), link, w.now)
		if legs[0].Interface.ID != v.ID || legs[0].Connection.ID != v.Connection {
			t.Errorf("the leg is on %s with %s, want %s with %s", legs[0].Connection.ID, legs[0].Interface.ID, v.Connection, v.ID)
		}
		done := map[string]bool{}
		for _, s := range desk.Steps(w.store.Local(), link, w.now) {
			done[s.ID] = s.Done
		}
		for _, id := range []string{"token", "order", "account-case", "allocate", "accept-case", "accept"} {
			if !done[id] {
				t.Errorf("hosted connection %v: step %s is not done", hosted, id)
			}
		}
	}
}

// redeemed is the interface of a token that the partner has redeemed, on its own
// connection or on one that it hosts.
func (w *world) redeemed(text string, hosted bool) demarc.VirtualInterface {
	w.Helper()
	got, refusal := w.redeem(text, func(r *desk.Redemption) {
		if r.HostedConnection = hosted; hosted {
			r.Connection = w.ports["interconnect"]
		}
	})
	if refusal != nil {
		w.Fatal(refusal)
	}
	v, _ := store.VirtualInterfaces.Get(w.store.Local(), string(got.Interface))
	return v
}

func TestTokensThatAreNoGood(t *testing.T) {
	w := newWorld(t)
	w.wire()
	link := w.partnerLink(asItIs)
	good, text, refusal := w.issue(customer, link.ID, desk.NewToken{FirstVLAN: 300, LastVLAN: 310, Life: time.Hour})
	if refusal != nil {
		t.Fatal(refusal)
	}
	parts := strings.Split(text, ".")
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		t.Fatal(err)
	}
	rewrite := func(old, with string) string {
		changed := strings.Replace(string(payload), old, with, 1)
		if changed == string(payload) {
			t.Fatalf("%s is not in the token %s", old, payload)
		}
		return parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(changed)) + "." + parts[2]
	}
	another := func(region string) string { // of a site that we know nothing of
		of := strings.NewReplacer(string(good.ID), "lt-00000000000000000", "eu-west-1", region).Replace(string(payload))
		return parts[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(of)) + "." + parts[2]
	}
	on := func(name string) func(*desk.Redemption) {
		return func(r *desk.Redemption) { r.Connection = w.ports[name] }
	}
	for _, tt := range []struct {
		name   string
		text   string
		change func(*desk.Redemption)
		after  time.Duration
		code   string
	}{
		{"nothing", "", plainly, 0, "E-TOKEN-FORGED"},
		{"another kind", "demarc-link-9." + parts[1] + "." + parts[2], plainly, 0, "E-TOKEN-FORGED"},
		{"a made-up id", rewrite(string(good.ID), "lt-00000000000000000"), plainly, 0, "E-TOKEN-FORGED"},
		{"another Region's site", another("us-east-1"), plainly, 0, "E-TOKEN-WRONG-REGION"},
		{"no Region at all", another("us-east-1\\nhello"), plainly, 0, "E-TOKEN-FORGED"},
		{"another account", rewrite(string(platform), string(stranger)), plainly, 0, "E-TOKEN-ALTERED"},
		{"a higher rate", rewrite("200Mbps", "900Mbps"), plainly, 0, "E-TOKEN-ALTERED"},
		{"another signature", parts[0] + "." + parts[1] + "." + base64.RawURLEncoding.EncodeToString(make([]byte, 32)), plainly, 0, "E-TOKEN-ALTERED"},
		{"too late", text, plainly, time.Hour, "E-TOKEN-EXPIRED"},
		{"another Region", text, on("region"), 0, "E-TOKEN-WRONG-REGION"},
		{"another location", text, on("elsewhere"), 0, "E-TOKEN-LOCATION"},
		{"a slow connection", text, on("slow"), 0, "E-TOKEN-SPEED"},
		{"an interface on an interconnect", text, on("interconnect"), 0, "E-HOSTING"},
		{"a VLAN outside", text, func(r *desk.Redemption) { r.VLAN = 311 }, 0, "E-TOKEN-VLAN"},
		{"another ASN", text, func(r *desk.Redemption) { r.ASN = 65011 }, 0, "E-TOKEN-ASN"},
		{"nobody's connection", text, func(r *desk.Redemption) { r.Connection = "dxcon-fabsent0" }, 0, ""},
	} {
		w.now = start.Add(tt.after)
		if _, refusal := w.redeem(tt.text, tt.change); refusal == nil || refusal.Code != tt.code {
			t.Errorf("%s: got %+v, want %s", tt.name, refusal, tt.code)
		}
	}
	w.now = start
	if got := len(desk.Cases(w.store.Local(), customer)); got != 0 {
		t.Errorf("what was refused left %d cases", got)
	}
	got, refusal := w.redeem(text, plainly)
	if refusal != nil {
		t.Fatal(refusal)
	}
	if v, _ := store.VirtualInterfaces.Get(w.store.Local(), string(got.Interface)); v.VLAN != 300 {
		t.Errorf("VLAN %d was taken, want the first that is free", v.VLAN)
	}
	if _, refusal := w.redeem(text, plainly); codeOf(refusal) != "E-TOKEN-USED" {
		t.Errorf("again: got %v", refusal)
	}
	if _, _, refusal := w.issue(customer, link.ID, desk.NewToken{}); codeOf(refusal) != "E-TOKEN-LEG" {
		t.Errorf("a token for a leg that is built: got %v", refusal)
	}
}

func TestWhoIssuesWhichTokens(t *testing.T) {
	w := newWorld(t)
	own := w.link()
	link := w.partnerLink(func(r *desk.Request) { r.Legs[0].VLAN, r.Prefixes = 120, nil })
	for _, tt := range []struct {
		name string
		by   demarc.AccountID
		link demarc.LinkID
		ask  desk.NewToken
		code string
		kind demarc.Kind
	}{
		{"the platform", platform, link.ID, desk.NewToken{}, "E-NOT-CUSTOMER", demarc.Denied},
		{"a stranger", stranger, link.ID, desk.NewToken{}, "", demarc.NotFound},
		{"a partner", partner, link.ID, desk.NewToken{}, "", demarc.NotFound},
		{"for a cage of one's own", customer, own.ID, desk.NewToken{}, "E-TOPOLOGY", demarc.Invalid},
		{"no such leg", customer, link.ID, desk.NewToken{Leg: "b"}, "E-TOKEN-LEG", demarc.Invalid},
		{"for a year", customer, link.ID, desk.NewToken{Life: 365 * 24 * time.Hour}, "E-TOKEN-TERMS", demarc.Invalid},
		{"without its VLAN", customer, link.ID, desk.NewToken{FirstVLAN: 200, LastVLAN: 210}, "E-TOKEN-TERMS", demarc.Invalid},
		{"beyond the last VLAN", customer, link.ID, desk.NewToken{FirstVLAN: 1, LastVLAN: 4095}, "E-TOKEN-TERMS", demarc.Invalid},
		{"too many prefixes", customer, link.ID, desk.NewToken{Prefixes: 101}, "E-TOKEN-TERMS", demarc.Invalid},
	} {
		if _, _, refusal := w.issue(tt.by, tt.link, tt.ask); refusal == nil || refusal.Code != tt.code || refusal.Kind != tt.kind {
			t.Errorf("%s: got %+v, want %s", tt.name, refusal, tt.code)
		}
	}
	w.wire()
	first, text, _ := w.issue(customer, link.ID, desk.NewToken{})
	second, _, refusal := w.issue(customer, link.ID, desk.NewToken{})
	if refusal != nil || first.FirstVLAN != 120 || first.LastVLAN != 120 {
		t.Errorf("VLANs %d to %d, %v", first.FirstVLAN, first.LastVLAN, refusal)
	}
	if _, refusal := w.redeem(text, plainly); codeOf(refusal) != "E-TOKEN-WITHDRAWN" {
		t.Errorf("one that another has replaced: got %v", refusal)
	}
	for by, kind := range map[demarc.AccountID]demarc.Kind{platform: demarc.NotFound, customer: 0} {
		refusal := w.try(func(tx *store.Tx) error {
			_, err := desk.WithdrawToken(tx, by, second.ID, w.now)
			return err
		})
		if (refusal == nil) != (kind == 0) {
			t.Errorf("%s withdraws: got %v", by, refusal)
		}
	}
	all, err := desk.Tokens(w.store.Local(), platform, link.ID)
	if err != nil || len(all) != 2 || all[1].StateAt(w.now) != demarc.TokenWithdrawn {
		t.Errorf("got %+v, %v", all, err)
	}
	w.write(func(tx *store.Tx) error { return desk.Expire(tx, w.now.AddDate(0, 0, 38)) })
	if all, _ := desk.Tokens(w.store.Local(), customer, link.ID); len(all) != 0 {
		t.Errorf("a month after their end there are %d", len(all))
	}
}

// TestAPartnerLearnsNothingOfAPlatformsReasons redeems what the platform's
// gateway refuses.
func TestAPartnerLearnsNothingOfAPlatformsReasons(t *testing.T) {
	w := newWorld(t)
	w.wire()
	w.policy(demarc.PolicyRule{Name: "all", Verdict: demarc.VerdictAccept})
	_, text, _ := w.issue(customer, w.partnerLink(func(r *desk.Request) { r.Legs[0].ASN = 0 }).ID, desk.NewToken{})
	_, refusal := w.redeem(text, func(r *desk.Redemption) { r.ASN = 64512 })
	if codeOf(refusal) != "E-TOKEN-REFUSED" || strings.Contains(refusal.Error(), string(vgw)) {
		t.Errorf("got %v", refusal)
	}
	if _, refusal := w.redeem(text, func(r *desk.Redemption) { r.ASN = 65010 }); refusal != nil {
		t.Errorf("the token was spent on what was refused: %v", refusal)
	}
	if _, err := desk.InspectToken(w.store.Local(), demarc.Account{ID: customer, Party: demarc.Customer}, demarc.NewSecret(text)); demarc.KindOf(err) != demarc.Denied {
		t.Errorf("a customer inspects: %v", err)
	}
}

// TestManyRedeemOneToken lets eight partners' calls race.
func TestManyRedeemOneToken(t *testing.T) {
	w := newWorld(t)
	w.wire()
	_, text, _ := w.issue(customer, w.partnerLink(asItIs).ID, desk.NewToken{})
	won := make(chan error, 8)
	for range cap(won) {
		go func() {
			won <- w.store.Write(t.Context(), func(tx *store.Tx) error {
				_, err := desk.RedeemToken(tx, carrier, desk.Redemption{Token: demarc.NewSecret(text), Connection: w.ports["dedicated"]}, start)
				return err
			})
		}()
	}
	count := 0
	for range cap(won) {
		if err := <-won; err == nil {
			count++
		} else if refusal, ok := err.(*demarc.Error); !ok || refusal.Code != "E-TOKEN-USED" {
			t.Errorf("got %v", err)
		}
	}
	if count != 1 || len(desk.PartnerTokens(w.store.Local(), partner)) != 1 {
		t.Errorf("%d redeemed it", count)
	}
}
