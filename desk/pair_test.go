package desk_test

import (
	"slices"
	"strings"
	"testing"

	"demarc"
	"demarc/connection"
	"demarc/desk"
	"demarc/store"
	"demarc/vif"
)

// another is a second interface of the customer's to the platform on a
// connection, with an ASN.
func (w *world) another(conn demarc.ConnectionID, vlan int, asn int64) (v demarc.VirtualInterface) {
	w.Helper()
	w.write(func(tx *store.Tx) (err error) {
		v, err = vif.Allocate(tx, customer, conn, platform, vif.New{Name: "acme", VLAN: vlan, ASN: asn}, w.now)
		return err
	})
	return v
}

// TestAPairIsToldBeforeAcceptance takes a second interface with the ASNs of the
// first to everybody who could have built on it.
func TestAPairIsToldBeforeAcceptance(t *testing.T) {
	w := newWorld(t)
	first := w.order()
	v := w.allocate(first.ID)
	w.accept(v)

	// Before anything is built: which connection it is not to be.
	req := wanted()
	req.Legs[0].ASN = 65010
	notes, err := desk.Notes(w.store.Local(), customer, req)
	if err != nil || len(notes) != 1 {
		t.Fatalf("notes: %v, %v", notes, err)
	}
	if n := notes[0]; n.Code != "E-ASN-PAIR" || n.Field != "legs[0].customerAsn" || n.Fixer != demarc.Customer || !strings.Contains(n.Text, string(v.ID)+" on "+string(first.ID)+" has our ASN 64512 and your ASN 65010") || n.Fix == "" {
		t.Errorf("note: %+v", *n)
	}
	for name, change := range map[string]func(*desk.Request){
		"another ASN":      func(r *desk.Request) { r.Legs[0].ASN = 65011 },
		"no ASN":           func(r *desk.Request) { r.Legs[0].ASN = 0 },
		"another location": func(r *desk.Request) { r.Legs[0].Location = "LIS2" },
		"a partner's":      func(r *desk.Request) { r.Topology = demarc.PartnerCage },
	} {
		req := wanted()
		req.Legs[0].ASN = 65010
		change(&req)
		if notes, err := desk.Notes(w.store.Local(), customer, req); err != nil || len(notes) != 0 {
			t.Errorf("%s: %v, %v", name, notes, err)
		}
	}
	if _, err := desk.Notes(w.store.Local(), stranger, req); err == nil {
		t.Error("a stranger was told")
	}

	// Built all the same: the tracker, the trial of a policy and the case say it.
	link := w.link()
	w.write(func(tx *store.Tx) error {
		c, _ := store.Connections.Get(tx, string(first.ID))
		c.Tags = []demarc.Tag{{Key: desk.LinkTag, Value: string(link.ID)}}
		store.Connections.Put(tx, c)
		return nil
	})
	w.now = w.now.Add(1)
	second := w.another(first.ID, 102, 65010)
	step := w.at(link, "allocate")
	if step.Done || step.Code != "E-ASN-PAIR" || step.Party != demarc.Customer || !strings.Contains(step.Evidence, "Delete "+string(second.ID)) {
		t.Errorf("step: %+v", step)
	}
	w.policy(demarc.PolicyRule{Name: "all", Verdict: demarc.VerdictQueue})
	trial, err := desk.TryInterface(w.store.Local(), platform, nil, second.ID)
	if err != nil || trial.Refused == nil || trial.Refused.Code != "E-ASN-PAIR" {
		t.Errorf("trial: %+v, %v", trial, err)
	}
	ask := desk.New{Kind: demarc.CaseAccept, Environment: "acme-prod", Fields: demarc.CaseFields{VirtualInterface: second.ID}}
	_, refusal := w.open(customer, ask)
	if refusal == nil || refusal.Code != "E-ASN-PAIR" || refusal.Field != "virtualInterface" || refusal.Fixer != demarc.Customer || !strings.Contains(refusal.Text, string(v.ID)) {
		t.Fatalf("case: %v", refusal)
	}

	// With another ASN it is a link like others.
	w.now = w.now.Add(1)
	rival := w.another(first.ID, 104, 65011)
	w.now = w.now.Add(1)
	third := w.another(first.ID, 103, 65011)
	if step := w.at(link, "allocate"); !step.Done || !strings.Contains(step.Evidence, string(third.ID)) {
		t.Errorf("with another ASN: %+v", step)
	}
	ask.Fields.VirtualInterface = third.ID
	c, refusal := w.open(customer, ask)
	if refusal != nil {
		t.Fatal(refusal)
	}
	if _, flags := desk.Review(w.store.Local(), c); hasFlag(flags, "E-ASN-PAIR") {
		t.Errorf("flags: %v", flags)
	}

	// What was in nobody's way when it was asked for, and is now.
	w.accept(rival)
	if _, flags := desk.Review(w.store.Local(), c); !hasFlag(flags, "E-ASN-PAIR") {
		t.Errorf("flags: %v", flags)
	}
}

// at is a step of a link.
func (w *world) at(link demarc.Link, id string) demarc.Step {
	steps := desk.Steps(w.store.Local(), link, w.now)
	return steps[slices.IndexFunc(steps, func(s demarc.Step) bool { return s.ID == id })]
}

func hasFlag(flags []desk.Flag, code string) bool {
	return slices.ContainsFunc(flags, func(f desk.Flag) bool { return f.Code == code })
}

// TestAPartnerIsToldOfAPair redeems a token where somebody else's interface has
// its pair: the partner hears which, its customer nothing of whose it is.
func TestAPartnerIsToldOfAPair(t *testing.T) {
	w := newWorld(t)
	w.wire()
	var others demarc.VirtualInterface
	w.write(func(tx *store.Tx) (err error) {
		others, err = vif.Allocate(tx, partner, w.ports["dedicated"], platform, vif.New{Name: "other", VLAN: 300, ASN: 65010}, w.now)
		return err
	})
	w.accept(others)
	link := w.partnerLink(asItIs)
	_, text, refusal := w.issue(customer, link.ID, desk.NewToken{})
	if refusal != nil {
		t.Fatal(refusal)
	}
	if notes, err := desk.Notes(w.store.Local(), customer, partnerRequest()); err != nil || len(notes) != 0 {
		t.Errorf("the customer was told of another's interface: %v, %v", notes, err)
	}
	_, refusal = w.redeem(text, plainly)
	if refusal == nil || refusal.Code != "E-ASN-PAIR" || refusal.Field != "connection" || refusal.Fixer != demarc.Partner || !strings.Contains(refusal.Text, string(others.ID)) {
		t.Fatalf("redemption: %v", refusal)
	}
	// The token is as good as before, on another connection.
	var spare demarc.Connection
	w.write(func(tx *store.Tx) (err error) {
		spare, err = connection.Place(tx, partner, connection.Order{Location: "LIS1", Bandwidth: demarc.Gbps, Name: "spare"}, w.now)
		return err
	})
	if _, refusal := w.redeem(text, func(r *desk.Redemption) { r.Connection = spare.ID }); refusal != nil {
		t.Fatal(refusal)
	}
	// Now the customer's own is in use there, and that it may know.
	v := newestOn(w, spare.ID)
	w.accept(v)
	notes, err := desk.Notes(w.store.Local(), customer, partnerRequest())
	if err != nil || len(notes) != 1 || notes[0].Fixer != demarc.Partner || !strings.Contains(notes[0].Text, string(v.ID)) {
		t.Errorf("notes: %v, %v", notes, err)
	}
}

func partnerRequest() desk.Request {
	req := wanted()
	req.Topology, req.Legs[0].Bandwidth, req.Legs[0].ASN = demarc.PartnerCage, "200Mbps", 65010
	return req
}

func newestOn(w *world, conn demarc.ConnectionID) (found demarc.VirtualInterface) {
	for v := range store.VirtualInterfaces.By(w.store.Local(), "connection", string(conn)) {
		if found.ID == "" || v.Created.After(found.Created) {
			found = v
		}
	}
	return found
}
