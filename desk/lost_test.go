package desk_test

import (
	"slices"
	"testing"

	"demarc"
	"demarc/connection"
	"demarc/desk"
	"demarc/store"
	"demarc/vif"
)

// TestWhatAPartnerBuiltMayGo: as soon as what a token was redeemed for is gone,
// or is not there for the leg, the customer has to hand over another.
func TestWhatAPartnerBuiltMayGo(t *testing.T) {
	other := demarc.GatewayID("vgw-00000000000000002")
	losses := map[string]struct {
		lose     func(*store.Tx, demarc.VirtualInterface) error
		evidence string
	}{
		"rejected": {func(tx *store.Tx, v demarc.VirtualInterface) error {
			_, err := vif.Delete(tx, platform, v.ID, start)
			return err
		}, " is rejected; issue another"},
		"accepted elsewhere": {func(tx *store.Tx, v demarc.VirtualInterface) error {
			store.VirtualGateways.Put(tx, demarc.VirtualGateway{ID: other, Owner: platform, Region: "eu-west-1", ASN: 64513, VPC: vpc})
			_, err := vif.Confirm(tx, platform, v.ID, demarc.PrivateVIF, vif.Onto{Gateway: other}, start)
			return err
		}, " leads to " + string(other) + "; issue another"},
		"moved away": {func(tx *store.Tx, v demarc.VirtualInterface) error {
			v.Location = "LIS2"
			store.VirtualInterfaces.Put(tx, v)
			return nil
		}, " is at LIS2; issue another"},
	}
	for name, loss := range losses {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.wire()
			link := w.partnerLink(asItIs)
			_, text, _ := w.issue(customer, link.ID, desk.NewToken{})
			got, refusal := w.redeem(text, plainly)
			if refusal != nil {
				t.Fatal(refusal)
			}
			w.write(func(tx *store.Tx) error {
				v, _ := store.VirtualInterfaces.Get(tx, string(got.Interface))
				return loss.lose(tx, v)
			})
			w.expect(link, "token", demarc.Customer, string(got.Interface)+loss.evidence)
			_, text, refusal = w.issue(customer, link.ID, desk.NewToken{})
			if refusal != nil {
				t.Fatalf("another token: %v", refusal)
			}
			if got, refusal = w.redeem(text, plainly); refusal != nil {
				t.Fatalf("redeem it: %v", refusal)
			}
			if leg := desk.Legs(w.store.Local(), link, w.now)[0]; leg.Interface.ID != got.Interface {
				t.Errorf("the leg has %s, want %s", leg.Interface.ID, got.Interface)
			}
		})
	}
}

// TestADeletedConnectionCarriesNothing: the hosted connection that a token made
// is deleted, and no step goes on counting it.
func TestADeletedConnectionCarriesNothing(t *testing.T) {
	w := newWorld(t)
	w.wire()
	link := w.partnerLink(func(r *desk.Request) { r.Prefixes = nil })
	_, text, _ := w.issue(customer, link.ID, desk.NewToken{})
	got, refusal := w.redeem(text, func(r *desk.Redemption) { r.HostedConnection, r.Connection = true, w.ports["interconnect"] })
	if refusal != nil {
		t.Fatal(refusal)
	}
	w.write(func(tx *store.Tx) error {
		if _, err := vif.Delete(tx, customer, got.Interface, w.now); err != nil {
			return err
		}
		_, err := connection.Delete(tx, customer, got.Connection, w.now)
		return err
	})
	w.expect(link, "token", demarc.Customer, "issue another")
	steps := desk.Steps(w.store.Local(), link, w.now)
	if i := slices.IndexFunc(steps, func(s demarc.Step) bool { return s.ID == "order" }); steps[i].Done {
		t.Errorf("order is done: %s", steps[i].Evidence)
	}
}

// TestACaseThatEndedAsksNobody: two persons had to agree on an interface, and
// the case ended before they did. Only another lets them, so the customer moves
// next.
func TestACaseThatEndedAsksNobody(t *testing.T) {
	ends := map[string]func(*store.Tx, demarc.CaseID) error{
		"resolved": func(tx *store.Tx, id demarc.CaseID) error {
			_, err := desk.Resolve(tx, demarc.Actor{Account: customer}, id, start)
			return err
		},
		"answered": func(tx *store.Tx, id demarc.CaseID) error {
			_, err := desk.Answer(tx, demarc.Actor{Account: platform}, id, "we shall see", start)
			return err
		},
	}
	for name, end := range ends {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			link := w.link()
			conn := w.patched(demarc.Tag{Key: desk.LinkTag, Value: string(link.ID)})
			v := w.allocate(conn.ID)
			w.policy(demarc.PolicyRule{Name: "all", Verdict: demarc.VerdictQueue, FourEyes: true})
			ask := desk.New{Kind: demarc.CaseAccept, Environment: "acme-prod", Fields: demarc.CaseFields{VirtualInterface: v.ID}}
			first, refusal := w.open(customer, ask)
			if refusal != nil {
				t.Fatal(refusal)
			}
			w.write(func(tx *store.Tx) error { return end(tx, first.ID) })
			w.expect(link, "accept-case", demarc.Customer, "open another")
			w.policy(demarc.PolicyRule{Name: "all", Verdict: demarc.VerdictQueue})
			if _, refusal = w.open(customer, ask); refusal != nil {
				t.Fatal(refusal)
			}
			w.expect(link, "accept", demarc.Platform, "")
			w.write(func(tx *store.Tx) error { // one person is enough now
				_, err := vif.Confirm(tx, platform, v.ID, demarc.PrivateVIF, vif.Onto{Gateway: vgw}, w.now)
				return err
			})
		})
	}
}

// TestAcceptedByADirectConnectGateway: the environment's gateway is reached by
// one that it is associated with, and only then.
func TestAcceptedByADirectConnectGateway(t *testing.T) {
	const hub = demarc.DirectConnectGatewayID("00000000-0000-4000-8000-000000000001")
	w := newWorld(t)
	link := w.link()
	conn := w.patched(demarc.Tag{Key: desk.LinkTag, Value: string(link.ID)})
	v := w.allocate(conn.ID)
	if _, refusal := w.open(customer, desk.New{Kind: demarc.CaseAccount, Environment: "acme-prod"}); refusal != nil {
		t.Fatal(refusal)
	}
	asked, refusal := w.open(customer, desk.New{Kind: demarc.CaseAccept, Environment: "acme-prod", Fields: demarc.CaseFields{VirtualInterface: v.ID}})
	if refusal != nil {
		t.Fatal(refusal)
	}
	w.write(func(tx *store.Tx) error {
		store.DirectConnectGateways.Put(tx, demarc.DirectConnectGateway{ID: hub, Owner: platform, ASN: 64512, State: demarc.DirectConnectGatewayAvailable})
		_, err := vif.Confirm(tx, platform, v.ID, demarc.PrivateVIF, vif.Onto{DirectConnectGateway: hub}, w.now)
		return err
	})
	w.expect(link, "allocate", demarc.Customer, "no interface for account")
	w.write(func(tx *store.Tx) error {
		store.GatewayAssociations.Put(tx, demarc.GatewayAssociation{
			ID: "a-1", DirectConnectGateway: hub, Owner: platform, State: demarc.GatewayAssociated,
			Gateway: demarc.AssociatedGateway{ID: string(vgw), Type: demarc.AssociatedVirtualGateway, Owner: platform},
		})
		return nil
	})
	w.expect(link, "session", demarc.Platform, "the edge has not built the interface yet")
	if c, _ := desk.Case(w.store.Local(), customer, asked.ID); c.Answer != "Accepted onto "+string(hub) {
		t.Errorf("the case is answered with %q", c.Answer)
	}
}

// TestNoCageIsTheBuildersMove: a facility cannot patch a fibre that ends
// nowhere.
func TestNoCageIsTheBuildersMove(t *testing.T) {
	w := newWorld(t)
	first := w.order() // takes the customer's only place at LIS1
	link := w.link()
	conn := w.order(demarc.Tag{Key: desk.LinkTag, Value: string(link.ID)})
	w.write(func(tx *store.Tx) error {
		_, err := connection.IssueLetter(tx, customer, conn.ID, "", w.now)
		return err
	})
	w.expect(link, "cross-connect", demarc.Customer, "E-XC-NO-CAGE")
	w.write(func(tx *store.Tx) error {
		_, err := connection.Delete(tx, customer, first.ID, w.now)
		return err
	})
	w.expect(link, "cross-connect", demarc.Facility, "is not patched")
}

// patched is a connection with light on it, with its letter.
func (w *world) patched(tags ...demarc.Tag) demarc.Connection {
	w.Helper()
	c := w.order(tags...)
	w.write(func(tx *store.Tx) error {
		if _, err := connection.IssueLetter(tx, customer, c.ID, "", w.now); err != nil {
			return err
		}
		if _, err := connection.Patch(tx, building, c.ID, w.now); err != nil {
			return err
		}
		lit, _ := store.Connections.Get(tx, string(c.ID))
		lit.State = demarc.ConnectionAvailable
		store.Connections.Put(tx, lit)
		return nil
	})
	return c
}
