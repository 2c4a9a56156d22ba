package gateway_test

import (
	"errors"
	"net/netip"
	"testing"
	"time"

	"demarc"
	"demarc/gateway"
	"demarc/store"
	"demarc/store/storetest"
)

const acme demarc.AccountID = "111111111111" // has Direct Connect gateways

// What is asked for at noon is settled soon.
var (
	noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	soon = noon.Add(time.Second)
)

// A room is a store with two VPCs of acme's, one of the platform's and one of
// mallory's, each with a virtual gateway, and Transit Gateways.
type room struct {
	*testing.T
	store *store.Store
}

func enter(t *testing.T) room {
	t.Helper()
	r := room{t, storetest.Embedded(t, store.Tables()...)}
	r.write(func(tx *store.Tx) error {
		for _, v := range []struct {
			owner demarc.AccountID
			name  string
			cidr  string
		}{{acme, "a1", "10.0.0.0/16"}, {acme, "a2", "10.1.0.0/16"}, {acme, "a3", "10.1.128.0/17"}, {platform, "p1", "10.8.0.0/16"}, {mallory, "m1", "10.9.0.0/16"}} {
			store.VPCs.Put(tx, demarc.VPC{ID: demarc.VPCID("vpc-" + v.name), Owner: v.owner, CIDR: netip.MustParsePrefix(v.cidr)})
			store.VirtualGateways.Put(tx, demarc.VirtualGateway{ID: demarc.GatewayID("vgw-" + v.name), Owner: v.owner, VPC: demarc.VPCID("vpc-" + v.name), ASN: 64512, Region: "eu-west-1"})
		}
		store.VirtualGateways.Put(tx, demarc.VirtualGateway{ID: "vgw-loose", Owner: acme, ASN: 64512})
		for _, tgw := range []demarc.TransitGateway{
			{ID: "tgw-a1", Owner: acme, ASN: 64513},
			{ID: "tgw-a2", Owner: acme, ASN: 64514},
			{ID: "tgw-twin", Owner: acme, ASN: 64513},
			{ID: "tgw-default", Owner: acme, ASN: demarc.DefaultGatewayASN},
			{ID: "tgw-p1", Owner: platform, ASN: 64515},
			{ID: "tgw-m1", Owner: mallory, ASN: 64516},
		} {
			tgw.State, tgw.Region = demarc.TransitGatewayAvailable, "eu-west-1"
			store.TransitGateways.Put(tx, tgw)
		}
		store.ResourceShares.Put(tx, demarc.ResourceShare{
			ID: "share", Owner: platform, State: demarc.ShareActive,
			Resources:  []demarc.ShareAssociation{{Entity: "tgw-p1", State: demarc.ShareAssociated}},
			Principals: []demarc.ShareAssociation{{Entity: string(acme), State: demarc.ShareAssociated}},
		})
		store.TransitGateways.Put(tx, demarc.TransitGateway{ID: "tgw-new", Owner: acme, ASN: 64517, State: demarc.TransitGatewayPending})
		return nil
	})
	return r
}

func (r room) write(fn func(*store.Tx) error) {
	r.Helper()
	if err := r.store.Write(r.Context(), fn); err != nil {
		r.Fatal(err)
	}
}

// try runs a function of the room in a transaction.
func try[T any](r room, fn func(*store.Tx) (T, error)) (out T, err error) {
	err = r.store.Write(r.Context(), func(tx *store.Tx) (err error) {
		out, err = fn(tx)
		return err
	})
	return out, err
}

func (r room) create(n gateway.New) demarc.DirectConnectGateway {
	r.Helper()
	gw, err := try(r, func(tx *store.Tx) (demarc.DirectConnectGateway, error) { return gateway.Create(tx, acme, n, noon) })
	if err != nil {
		r.Fatal(err)
	}
	return gw
}

func (r room) associate(id demarc.DirectConnectGatewayID, far string, allowed ...string) (demarc.GatewayAssociation, error) {
	return try(r, func(tx *store.Tx) (demarc.GatewayAssociation, error) {
		return gateway.Associate(tx, acme, id, far, allowed, noon)
	})
}

func (r room) mustAssociate(id demarc.DirectConnectGatewayID, far string, allowed ...string) demarc.GatewayAssociation {
	r.Helper()
	a, err := r.associate(id, far, allowed...)
	if err != nil {
		r.Fatal(err)
	}
	return a
}

func (r room) disassociate(by demarc.AccountID, id demarc.GatewayAssociationID) (demarc.GatewayAssociation, error) {
	return try(r, func(tx *store.Tx) (demarc.GatewayAssociation, error) { return gateway.Disassociate(tx, by, id, noon) })
}

func (r room) expire(now time.Time) {
	r.Helper()
	r.write(func(tx *store.Tx) error { return gateway.Expire(tx, now) })
}

// state is an association's, and empty for one that is gone.
func (r room) state(id demarc.GatewayAssociationID) demarc.GatewayAssociationState {
	a, _ := store.GatewayAssociations.Get(r.store.Local(), string(id))
	return a.State
}

// empty checks that no claim is left but those of the gateways that there are.
func (r room) empty() {
	r.Helper()
	for name, holder := range r.store.Local().Claims("") {
		if gw, ok := store.DirectConnectGateways.Get(r.store.Local(), holder); ok && gw.State == demarc.DirectConnectGatewayAvailable && name == "gateways/"+string(gw.Owner)+"/"+holder {
			continue
		}
		r.Errorf("claim %s of %s is left", name, holder)
	}
}

// refused checks a refusal's kind and code; for what is not found the text,
// which clients match on.
func refused(t *testing.T, err error, kind demarc.Kind, want string) {
	t.Helper()
	var refusal *demarc.Error
	if !errors.As(err, &refusal) {
		t.Errorf("got %v, want a refusal", err)
		return
	}
	got := refusal.Code
	if kind == demarc.NotFound {
		got = refusal.Text
	}
	if refusal.Kind != kind || got != want {
		t.Errorf("got kind %d, %q (%v), want %d, %q", refusal.Kind, got, err, kind, want)
	}
}
