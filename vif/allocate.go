package vif

import (
	"errors"
	"time"

	"demarc"
	"demarc/connection"
	"demarc/store"
)

// Allocate makes an interface on a connection of the account by for another
// account, which then has to accept it: it is confirming. If it is refused
// there is nothing at all.
func Allocate(tx *store.Tx, by demarc.AccountID, conn demarc.ConnectionID, owner demarc.AccountID, n New, now time.Time) (demarc.VirtualInterface, error) {
	on, err := lineOf(tx, by, conn, now)
	if err != nil { // before anything is said about accounts
		return demarc.VirtualInterface{}, err
	}
	if err := checkOwner(tx, by, owner); err != nil {
		return demarc.VirtualInterface{}, err
	}
	v, err := build(tx, on, owner, n, now)
	if err != nil {
		return demarc.VirtualInterface{}, err
	}
	store.VirtualInterfaces.Put(tx, v)
	return v, nil
}

func checkOwner(tx *store.Tx, by, owner demarc.AccountID) error {
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

// Create makes an interface for the account by itself, on its own connection
// and onto its own gateway. Nobody has to accept it: it is pending, or
// verifying if it is public.
func Create(tx *store.Tx, by demarc.AccountID, conn demarc.ConnectionID, onto Onto, n New, now time.Time) (demarc.VirtualInterface, error) {
	on, err := lineOf(tx, by, conn, now)
	if err != nil {
		return demarc.VirtualInterface{}, err
	}
	v, err := build(tx, on, by, n, now)
	if err != nil {
		return demarc.VirtualInterface{}, err
	}
	return take(tx, v, by, onto)
}

// build makes an interface that is confirming and holds its tag, its addresses
// and its share of the line. The store does not have it yet.
func build(tx *store.Tx, on line, owner demarc.AccountID, n New, now time.Time) (v demarc.VirtualInterface, err error) {
	if err := alone(tx, on); err != nil {
		return v, err
	}
	if n.VLAN, err = tagOn(on.Bearer, n.VLAN); err != nil {
		return v, err
	}
	if v, err = n.draft(now); err != nil {
		return v, err
	}
	v.Owner = owner
	on.lay(&v)
	if err := holdVLAN(tx, v); err != nil {
		return v, err
	}
	if err := spare(tx, v, on.Kind); err != nil {
		return v, err
	}
	if v.Peers[0], err = address(tx, on.Owner, v, v.Peers[0], n.peer()); err != nil {
		return v, err
	}
	if err := holdFilters(tx, v); err != nil {
		return v, err
	}
	return v, holdShare(tx, v, on)
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
