package gateway_test

import (
	"net/netip"
	"testing"
	"time"

	"demarc"
	"demarc/gateway"
	"demarc/store"
)

// Every event of an association in every state: what it leads to, what is
// refused, and what ends it.
func TestAssociationStates(t *testing.T) {
	const (
		associating    = demarc.GatewayAssociating
		associated     = demarc.GatewayAssociated
		updating       = demarc.GatewayUpdating
		disassociating = demarc.GatewayDisassociating
		no             = demarc.GatewayAssociationState("refused")
		gone           = demarc.GatewayAssociationState("gone")
	)
	states := []demarc.GatewayAssociationState{associating, associated, updating, disassociating}
	for name, event := range map[string]struct {
		happen func(demarc.GatewayAssociation) demarc.GatewayAssociationState
		want   []demarc.GatewayAssociationState
	}{
		"other prefixes": {func(a demarc.GatewayAssociation) demarc.GatewayAssociationState {
			next, err := gateway.Updated(a, []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}, noon)
			if err != nil {
				refused(t, err, demarc.Conflict, "E-ASSOCIATION-STATE")
				return no
			}
			if len(next.Allowed) != 1 || !next.Changed.Equal(noon) {
				t.Errorf("changed to %v at %v", next.Allowed, next.Changed)
			}
			return next.State
		}, []demarc.GatewayAssociationState{associating, updating, updating, no}},
		"ended": {func(a demarc.GatewayAssociation) demarc.GatewayAssociationState {
			return gateway.Ended(a, "why", noon).State
		}, []demarc.GatewayAssociationState{disassociating, disassociating, disassociating, disassociating}},
		"settled": {func(a demarc.GatewayAssociation) demarc.GatewayAssociationState {
			next, stays := gateway.Settled(a)
			if !stays {
				return gone
			}
			return next.State
		}, []demarc.GatewayAssociationState{associated, associated, associated, gone}},
	} {
		for i, from := range states {
			if got := event.happen(demarc.GatewayAssociation{State: from}); got != event.want[i] {
				t.Errorf("%s when %s: got %s, want %s", name, from, got, event.want[i])
			}
		}
	}
	again := gateway.Ended(gateway.Ended(demarc.GatewayAssociation{}, "first", noon), "second", soon)
	if again.StateChangeError != "first" || !again.Changed.Equal(noon) {
		t.Errorf("ended twice, it says %q at %v", again.StateChangeError, again.Changed)
	}
}

// What was asked for is settled at another moment, be it an earlier one by a
// clock that was set back.
func TestWhenAssociationsSettle(t *testing.T) {
	a := demarc.GatewayAssociation{State: demarc.GatewayAssociating, Changed: noon}
	for off, want := range map[time.Duration]bool{0: false, time.Second: true, -time.Hour: true} {
		if got := gateway.Settles(a, noon.Add(off)); got != want {
			t.Errorf("%v after it was asked for: settles %v, want %v", off, got, want)
		}
	}
}

// Every event of a proposal in every state.
func TestProposalStates(t *testing.T) {
	const (
		requested = demarc.ProposalRequested
		accepted  = demarc.ProposalAccepted
		deleted   = demarc.ProposalDeleted
	)
	for _, test := range []struct {
		from, withdrawn demarc.GatewayAssociationProposalState
		acceptable      bool
	}{{requested, deleted, true}, {accepted, accepted, false}, {deleted, deleted, false}} {
		p := demarc.GatewayAssociationProposal{State: test.from, Settled: soon}
		if test.from == requested {
			p.Settled = noon
		}
		next, err := gateway.Accepted(p, nil, noon)
		if test.acceptable {
			if err != nil || next.State != accepted || !next.Settled.Equal(noon) {
				t.Errorf("accepted: %s at %v, %v", next.State, next.Settled, err)
			}
		} else {
			refused(t, err, demarc.Conflict, "E-PROPOSAL-STATE")
			if next.State != test.from {
				t.Errorf("refused when %s, and yet %s", test.from, next.State)
			}
		}
		if got := gateway.Withdrawn(p, noon); got.State != test.withdrawn || test.from != requested && !got.Settled.Equal(soon) {
			t.Errorf("withdrawn when %s: %s at %v", test.from, got.State, got.Settled)
		}
	}
}

// What a Direct Connect gateway that is being deleted takes up: nothing but
// its deletion.
func TestDeletingTakesNothingUp(t *testing.T) {
	r := enter(t)
	id := r.create(gateway.New{Name: "hub"}).ID
	p, err := r.propose(platform, gateway.Proposal{DirectConnectGateway: id, Owner: acme, Gateway: "vgw-p1"}, noon)
	if err != nil {
		t.Fatal(err)
	}
	attempt := func(fn func(*store.Tx) error) error {
		return r.store.Write(t.Context(), fn)
	}
	drop := func(tx *store.Tx) error { _, err := gateway.Delete(tx, acme, id); return err }
	for range 2 {
		if err := attempt(drop); err != nil {
			t.Fatal(err)
		}
	}
	for name, test := range map[string]struct {
		do   func(*store.Tx) error
		kind demarc.Kind
		want string
	}{
		"rename": {func(tx *store.Tx) error { _, err := gateway.Rename(tx, acme, id, "x"); return err }, demarc.Conflict, "E-DXGW-STATE"},
		"join": {func(tx *store.Tx) error {
			_, err := gateway.Join(tx, demarc.VirtualInterface{ID: "dxvif-f0000001", Owner: acme, Type: demarc.PrivateVIF}, id)
			return err
		}, demarc.Conflict, "E-DXGW-STATE"},
		"associate": {func(tx *store.Tx) error { _, err := gateway.Associate(tx, acme, id, "vgw-a1", nil, noon); return err }, demarc.Conflict, "E-DXGW-STATE"},
		"accept": {func(tx *store.Tx) error {
			_, err := gateway.Accept(tx, acme, gateway.Acceptance{Proposal: p.ID, DirectConnectGateway: id, GatewayOwner: platform}, noon)
			return err
		}, demarc.Conflict, "E-DXGW-STATE"},
		"propose": {func(tx *store.Tx) error {
			_, err := gateway.Propose(tx, mallory, gateway.Proposal{DirectConnectGateway: id, Owner: acme, Gateway: "vgw-m1"}, noon)
			return err
		}, demarc.NotFound, "Direct Connect gateway with ID " + string(id) + " does not exist"},
	} {
		t.Run(name, func(t *testing.T) { refused(t, attempt(test.do), test.kind, test.want) })
	}
}
