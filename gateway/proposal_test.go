package gateway_test

import (
	"testing"
	"time"

	"demarc"
	"demarc/gateway"
	"demarc/store"

	"github.com/google/go-cmp/cmp"
)

func (r room) propose(by demarc.AccountID, p gateway.Proposal, now time.Time) (demarc.GatewayAssociationProposal, error) {
	return try(r, func(tx *store.Tx) (demarc.GatewayAssociationProposal, error) { return gateway.Propose(tx, by, p, now) })
}

func (r room) accept(by demarc.AccountID, a gateway.Acceptance, now time.Time) (demarc.GatewayAssociation, error) {
	return try(r, func(tx *store.Tx) (demarc.GatewayAssociation, error) { return gateway.Accept(tx, by, a, now) })
}

func (r room) withdraw(by demarc.AccountID, id demarc.GatewayAssociationProposalID, now time.Time) (demarc.GatewayAssociationProposal, error) {
	return try(r, func(tx *store.Tx) (demarc.GatewayAssociationProposal, error) {
		return gateway.Withdraw(tx, by, id, now)
	})
}

func TestProposalAccepted(t *testing.T) {
	r := enter(t)
	id := r.create(gateway.New{Name: "hub"}).ID
	p, err := r.propose(platform, gateway.Proposal{DirectConnectGateway: id, Owner: acme, Gateway: "vgw-p1"}, noon)
	if err != nil || p.State != demarc.ProposalRequested {
		t.Fatalf("proposed: %s, %v", p.State, err)
	}
	answer := gateway.Acceptance{Proposal: p.ID, DirectConnectGateway: id, GatewayOwner: platform, Override: []string{"10.8.0.0/15"}}

	other := answer
	other.GatewayOwner = mallory
	_, err = r.accept(acme, other, noon)
	refused(t, err, demarc.NotFound, "Proposal with ID "+string(p.ID)+" is not found")
	_, err = r.accept(mallory, answer, noon)
	refused(t, err, demarc.NotFound, "Proposal with ID "+string(p.ID)+" is not found")
	_, err = r.accept(platform, answer, noon)
	refused(t, err, demarc.Denied, "E-PROPOSAL-DENIED")

	a, err := r.accept(acme, answer, noon)
	if err != nil || a.State != demarc.GatewayAssociating || a.Owner != acme || a.Gateway.Owner != platform {
		t.Fatalf("accepted: %+v, %v", a, err)
	}
	if diff := cmp.Diff(a.Allowed, prefixes("10.8.0.0/15"), samePrefixes); diff != "" {
		t.Errorf("the override counts (-got +want):\n%s", diff)
	}
	settled := gateway.Proposals(r.store.Local(), platform, gateway.Selector{Proposal: p.ID}, noon)[0]
	if diff := cmp.Diff(settled.Requested, prefixes("10.8.0.0/15"), samePrefixes); settled.State != demarc.ProposalAccepted || diff != "" {
		t.Errorf("the proposal is %s (-got +want):\n%s", settled.State, diff)
	}
	_, err = r.accept(acme, answer, noon)
	refused(t, err, demarc.Conflict, "E-PROPOSAL-STATE")

	// Either owner may see and end it; only the Direct Connect gateway's may
	// change it.
	reallow := func(by demarc.AccountID) error {
		_, err := try(r, func(tx *store.Tx) (demarc.GatewayAssociation, error) {
			return gateway.Reallow(tx, by, a.ID, gateway.Edit{}, noon)
		})
		return err
	}
	missing := "Association with ID " + string(a.ID) + " does not exist"
	refused(t, reallow(platform), demarc.Denied, "E-ASSOCIATION-DENIED")
	refused(t, reallow(mallory), demarc.NotFound, missing)
	_, err = r.disassociate(mallory, a.ID)
	refused(t, err, demarc.NotFound, missing)
	if _, err := gateway.Between(r.store.Local(), mallory, id, "vgw-p1"); demarc.KindOf(err) != demarc.NotFound {
		t.Errorf("between the two a stranger finds %v", err)
	}
	if got, err := gateway.Between(r.store.Local(), platform, id, "vgw-p1"); err != nil || got.ID != a.ID {
		t.Errorf("between the two is %s, %v", got.ID, err)
	}
	if _, err := r.disassociate(platform, a.ID); err != nil {
		t.Error(err)
	}
	r.expire(soon)
	r.empty()
}

// A proposal for gateways that are associated changes their prefixes.
func TestProposalOfOtherPrefixes(t *testing.T) {
	r := enter(t)
	id := r.create(gateway.New{Name: "hub"}).ID
	a := r.mustAssociate(id, "tgw-a1", "10.0.0.0/8")
	r.expire(soon)
	p, err := r.propose(acme, gateway.Proposal{DirectConnectGateway: id, Owner: acme, Gateway: "tgw-a1",
		Allowed: gateway.Edit{Add: []string{"11.0.0.0/8"}, Remove: []string{"10.0.0.0/8"}}}, noon)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(p.Existing, prefixes("10.0.0.0/8"), samePrefixes); diff != "" {
		t.Errorf("existing (-got +want):\n%s", diff)
	}
	got, err := r.accept(acme, gateway.Acceptance{Proposal: p.ID, DirectConnectGateway: id, GatewayOwner: acme}, noon)
	if err != nil || got.ID != a.ID || got.State != demarc.GatewayUpdating {
		t.Errorf("accepted: %+v, %v", got, err)
	}
	if diff := cmp.Diff(got.Allowed, prefixes("11.0.0.0/8"), samePrefixes); diff != "" {
		t.Errorf("allowed (-got +want):\n%s", diff)
	}
}

func TestProposeRefuses(t *testing.T) {
	r := enter(t)
	id := r.create(gateway.New{Name: "hub"}).ID
	waiting := gateway.Proposal{DirectConnectGateway: id, Owner: acme, Gateway: "vgw-p1"}
	if _, err := r.propose(platform, waiting, noon); err != nil {
		t.Fatal(err)
	}
	unknown := "Direct Connect gateway with ID " + string(id) + " does not exist"
	for _, test := range []struct {
		name string
		by   demarc.AccountID
		p    gateway.Proposal
		kind demarc.Kind
		want string
	}{
		{"unknown gateway", platform, gateway.Proposal{DirectConnectGateway: "nowhere", Owner: acme, Gateway: "vgw-p1"}, demarc.NotFound, "Direct Connect gateway with ID nowhere does not exist"},
		{"wrong owner", platform, gateway.Proposal{DirectConnectGateway: id, Owner: mallory, Gateway: "vgw-p1"}, demarc.NotFound, unknown},
		{"another's gateway", mallory, waiting, demarc.NotFound, "there is no virtual gateway vgw-p1"},
		{"twice", platform, waiting, demarc.Conflict, "E-PROPOSAL-DUPLICATE"},
		{"no prefixes", platform, gateway.Proposal{DirectConnectGateway: id, Owner: acme, Gateway: "tgw-p1"}, demarc.Invalid, "E-ALLOWED-PREFIXES-EMPTY"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := r.propose(test.by, test.p, noon)
			refused(t, err, test.kind, test.want)
		})
	}
}

// What waits lasts seven days, what was settled is listed for three more.
func TestProposalOnTheClock(t *testing.T) {
	r := enter(t)
	id := r.create(gateway.New{Name: "hub"}).ID
	asked := gateway.Proposal{DirectConnectGateway: id, Owner: acme, Gateway: "vgw-p1"}
	first, err := r.propose(platform, asked, noon)
	if err != nil {
		t.Fatal(err)
	}
	listed := func(by demarc.AccountID, now time.Time) int {
		return len(gateway.Proposals(r.store.Local(), by, gateway.Selector{DirectConnectGateway: id}, now))
	}
	for _, by := range []demarc.AccountID{acme, platform} {
		if got := listed(by, noon.Add(gateway.ProposalLasts-time.Second)); got != 1 {
			t.Errorf("%s sees %d before its time is over", by, got)
		}
		if got := listed(by, noon.Add(gateway.ProposalLasts)); got != 0 {
			t.Errorf("%s sees %d when its time is over", by, got)
		}
	}
	if got := listed(mallory, noon); got != 0 {
		t.Errorf("a stranger sees %d", got)
	}
	late := noon.Add(gateway.ProposalLasts)
	_, err = r.accept(acme, gateway.Acceptance{Proposal: first.ID, DirectConnectGateway: id, GatewayOwner: platform}, late)
	refused(t, err, demarc.NotFound, "Proposal with ID "+string(first.ID)+" is not found")

	// Another one takes its place, though nobody swept.
	second, err := r.propose(platform, asked, late)
	if err != nil {
		t.Fatal(err)
	}
	_, err = r.withdraw(mallory, second.ID, late)
	refused(t, err, demarc.NotFound, "Proposal with ID "+string(second.ID)+" is not found")
	for range 2 { // the answer of the first may have been lost
		if got, err := r.withdraw(platform, second.ID, late); err != nil || got.State != demarc.ProposalDeleted {
			t.Fatalf("withdrawn, it is %s, %v", got.State, err)
		}
	}
	_, err = r.accept(acme, gateway.Acceptance{Proposal: second.ID, DirectConnectGateway: id, GatewayOwner: platform}, late)
	refused(t, err, demarc.Conflict, "E-PROPOSAL-STATE")
	r.expire(late.Add(gateway.ProposalListed - time.Second))
	if got := listed(acme, late); got != 1 {
		t.Errorf("%d are listed after the withdrawal", got)
	}
	r.expire(late.Add(gateway.ProposalListed))
	if got := listed(acme, late); got != 0 {
		t.Errorf("%d are left at the end", got)
	}
	r.empty()
}

// The owner of the Direct Connect gateway may refuse.
func TestProposalRejected(t *testing.T) {
	r := enter(t)
	id := r.create(gateway.New{Name: "hub"}).ID
	p, err := r.propose(platform, gateway.Proposal{DirectConnectGateway: id, Owner: acme, Gateway: "vgw-p1"}, noon)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := r.withdraw(acme, p.ID, noon); err != nil || got.State != demarc.ProposalDeleted {
		t.Errorf("rejected, it is %s, %v", got.State, err)
	}
	r.empty()
}
