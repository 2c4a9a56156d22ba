package vif

import (
	"errors"
	"fmt"
	"time"

	"demarc"
	"demarc/connection"
	"demarc/store"
)

// Allocate makes a private interface on a connection of the account by for
// another account, which then has to accept it: it is confirming. If it is
// refused there is nothing at all.
func Allocate(tx *store.Tx, by demarc.AccountID, conn demarc.ConnectionID, owner demarc.AccountID, n New, now time.Time) (demarc.VirtualInterface, error) {
	if err := checkOwner(tx, by, conn, owner, now); err != nil {
		return demarc.VirtualInterface{}, err
	}
	v, err := build(tx, by, conn, owner, n, now)
	if err != nil {
		return demarc.VirtualInterface{}, err
	}
	store.VirtualInterfaces.Put(tx, v)
	return v, nil
}

// checkOwner looks at the connection first, so that nothing about accounts is
// learned by naming a connection of somebody else's.
func checkOwner(tx *store.Tx, by demarc.AccountID, conn demarc.ConnectionID, owner demarc.AccountID, now time.Time) error {
	if _, err := connection.BearerOf(tx, by, conn, now); err != nil {
		return err
	}
	if owner == by {
		// The whole text, full stop included, is what AWS's clients match on.
		return demarc.Errorf(demarc.Invalid, "Cannot allocate VirtualInterface for the connection owner.").Coded("E-ACCOUNT-SELF", "").In("ownerAccount")
	}
	if _, ok := store.Accounts.Get(tx, string(owner)); !ok {
		return demarc.Errorf(demarc.Invalid, "there is no account %q to allocate to", owner).
			Coded("E-ACCOUNT-UNKNOWN", "Ask the platform for the account of the environment").In("ownerAccount")
	}
	return nil
}

// Create makes a private interface for the account by itself, on its own
// connection and onto its own gateway. Nobody has to accept it: it is pending.
func Create(tx *store.Tx, by demarc.AccountID, conn demarc.ConnectionID, onto demarc.GatewayID, n New, now time.Time) (demarc.VirtualInterface, error) {
	v, err := build(tx, by, conn, by, n, now)
	if err != nil {
		return demarc.VirtualInterface{}, err
	}
	return take(tx, v, by, onto)
}

// build makes an interface that is confirming and holds its tag and its
// addresses. The store does not have it yet.
func build(tx *store.Tx, by demarc.AccountID, id demarc.ConnectionID, owner demarc.AccountID, n New, now time.Time) (demarc.VirtualInterface, error) {
	on, err := connection.BearerOf(tx, by, id, now)
	if err != nil {
		return demarc.VirtualInterface{}, err
	}
	if n.VLAN, err = tagOn(on, n.VLAN); err != nil {
		return demarc.VirtualInterface{}, err
	}
	v, err := n.draft(now)
	if err != nil {
		return demarc.VirtualInterface{}, err
	}
	v.Owner, v.Connection, v.ConnectionOwner = owner, on.ID, on.Owner
	v.Region, v.Location, v.Device = on.Region, on.Location, on.Device
	if err := holdVLAN(tx, v); err != nil {
		return demarc.VirtualInterface{}, err
	}
	if err := spare(tx, v, on.Kind); err != nil {
		return demarc.VirtualInterface{}, err
	}
	if err := addresses(tx, &v, n); err != nil {
		return demarc.VirtualInterface{}, err
	}
	return v, nil
}

// tagOn is the tag that was asked for, or a hosted connection's own, which its
// partner chose.
func tagOn(on connection.Bearer, asked int) (int, error) {
	switch {
	case on.VLAN == 0 || asked == int(on.VLAN):
		return asked, nil
	case asked == 0:
		return int(on.VLAN), nil
	}
	return 0, demarc.Errorf(demarc.Invalid, "connection %s is hosted on VLAN %d, and so is an interface on it, not on %d", on.ID, on.VLAN, asked).
		Coded("E-VLAN-HOSTED", "Use the VLAN of the connection").In("vlan")
}

// holdVLAN claims the tag on the connection. The holder may be named: whatever
// is on a connection is visible to its owner.
func holdVLAN(tx *store.Tx, v demarc.VirtualInterface) error {
	err := tx.Claim(vlanClaim(v), string(v.ID))
	if claimed, taken := errors.AsType[*store.ClaimedError](err); taken {
		return demarc.Errorf(demarc.Conflict, "VLAN %d is taken on connection %s by %s", v.VLAN, v.Connection, claimed.Holder).
			Coded("E-VLAN-TAKEN", "Choose another VLAN").In("vlan")
	}
	return err
}

func vlanClaim(v demarc.VirtualInterface) string {
	return fmt.Sprintf("%s%d", vlanClaims(v.Connection), v.VLAN)
}

func vlanClaims(conn demarc.ConnectionID) string { return "vlan/" + string(conn) + "/" }
