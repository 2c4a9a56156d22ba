package vif

import (
	"errors"
	"fmt"
	"slices"

	"demarc"
	"demarc/store"
)

// On one connection no two interfaces have the same ASNs at both ends (AWS).
// Which ASN our end has is known when an interface is accepted, and that is when
// the pair is claimed; who knows the gateway before can ask before.

func pairClaim(v demarc.VirtualInterface, p demarc.BGPPeer) string {
	return fmt.Sprintf("asn/%s/%d/%d", v.Connection, v.GatewayASN, p.ASN)
}

// holdPairs claims the pair of ASNs of each session.
func holdPairs(tx *store.Tx, v demarc.VirtualInterface) error {
	if v.GatewayASN == 0 {
		return nil // not accepted yet
	}
	for _, p := range v.Peers {
		err := tx.Claim(pairClaim(v, p), string(v.ID))
		if claimed, taken := errors.AsType[*store.ClaimedError](err); taken {
			holder, _ := store.VirtualInterfaces.Get(tx, claimed.Holder)
			return pairRefusal(v.Owner, holder, v.GatewayASN, p.ASN)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// PairTaken refuses, in words for the account by, an interface that could not be
// accepted onto a gateway of an ASN, since another on its connection has its
// pair; nil where none has. It guards nothing: acceptance does.
func PairTaken(r store.Reader, by demarc.AccountID, v demarc.VirtualInterface, gateway demarc.ASN) *demarc.Error {
	for other := range store.VirtualInterfaces.By(r, "connection", string(v.Connection)) {
		if other.ID == v.ID || other.State.Gone() || other.GatewayASN != gateway {
			continue
		}
		for _, p := range v.Peers {
			if slices.ContainsFunc(other.Peers, func(q demarc.BGPPeer) bool { return q.ASN == p.ASN }) {
				return pairRefusal(by, other, gateway, p.ASN)
			}
		}
	}
	return nil
}

// pairRefusal names the other interface to who may know of it: on a partner's
// connection it may be anybody's.
func pairRefusal(by demarc.AccountID, holder demarc.VirtualInterface, ours, theirs demarc.ASN) *demarc.Error {
	name := "another interface"
	if holder.VisibleTo(by) {
		name = string(holder.ID)
	}
	return demarc.Errorf(demarc.Conflict, "%s on the same connection has our ASN %d and the customer's ASN %d already", name, ours, theirs).
		Coded("E-ASN-PAIR", "Use another customer ASN, another gateway or another connection").In("asn")
}
