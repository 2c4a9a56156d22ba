package connection

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"demarc"
	"demarc/store"
)

// A HostedOrder is what a partner offers a customer: a tag on the partner's
// port, and a rate.
type HostedOrder struct {
	Name      string
	Owner     demarc.AccountID
	Bandwidth demarc.Bandwidth
	// VLAN is as wide as the request may be, so that a number that does not fit
	// is refused and not cut.
	VLAN int
	Tags []demarc.Tag
}

// hostedRates are those that AWS's partners sell.
var hostedRates = []demarc.Bandwidth{
	50 * demarc.Mbps, 100 * demarc.Mbps, 200 * demarc.Mbps, 300 * demarc.Mbps, 400 * demarc.Mbps, 500 * demarc.Mbps,
	1 * demarc.Gbps, 2 * demarc.Gbps, 5 * demarc.Gbps, 10 * demarc.Gbps, 25 * demarc.Gbps,
}

// HostedRates are the rates that hosted connections are sold at, the lowest
// first.
func HostedRates() []demarc.Bandwidth { return slices.Clone(hostedRates) }

// Allocate offers a customer a hosted connection on an interconnect or LAG of
// the partner by: it is ordering until the customer accepts. If it is refused
// there is nothing at all.
func Allocate(tx *store.Tx, by demarc.AccountID, on demarc.ConnectionID, o HostedOrder, now time.Time) (demarc.Connection, error) {
	parent, err := hosting(tx, by, on, now)
	if err != nil {
		return demarc.Connection{}, err
	}
	if err := o.check(tx, parent); err != nil {
		return demarc.Connection{}, err
	}
	c := demarc.Connection{
		ID: demarc.NewConnectionID(), Kind: demarc.Hosted, Name: o.Name, Owner: o.Owner,
		Region: parent.Region, Location: parent.Location, Bandwidth: o.Bandwidth, State: demarc.ConnectionOrdering,
		Parent: parent.ID, VLAN: demarc.VLAN(o.VLAN), Partner: by, Created: now, Tags: o.Tags,
	}
	if err := holdTag(tx, c); err != nil {
		return demarc.Connection{}, err
	}
	store.Connections.Put(tx, c)
	return c, nil
}

func (o HostedOrder) check(r store.Reader, parent Bearer) error {
	if err := checkName(o.Name, "a connection", "connectionName"); err != nil {
		return err
	}
	if o.VLAN < 1 || o.VLAN > 4094 {
		return demarc.Errorf(demarc.Invalid, "VLAN %d is not between 1 and 4094", o.VLAN).Coded("E-VLAN-RANGE", "").In("vlan")
	}
	if !slices.Contains(hostedRates, o.Bandwidth) {
		return demarc.Errorf(demarc.Invalid, "hosted connections of %s are not sold; there are %s", o.Bandwidth, fmt.Sprint(hostedRates)).In("bandwidth")
	}
	if err := roomFor(o.Bandwidth, parent); err != nil {
		return err
	}
	if _, ok := store.Accounts.Get(r, string(o.Owner)); !ok {
		return demarc.Errorf(demarc.Invalid, "there is no account %q to allocate to", o.Owner).
			Coded("E-ACCOUNT-UNKNOWN", "Ask the customer for the account's number").In("ownerAccount")
	}
	return demarc.CheckTags(o.Tags)
}

// roomFor refuses a rate that one link of the parent cannot carry. What is on
// a LAG is carried by one member at a time.
func roomFor(rate demarc.Bandwidth, parent Bearer) error {
	if rate > parent.Bandwidth {
		return demarc.Errorf(demarc.Invalid, "%s does not fit on the %s of %s", rate, parent.Bandwidth, parent.ID).In("bandwidth")
	}
	return nil
}

// holdTag claims a hosted connection's tag on its parent. The holder may be
// named: whatever is on an interconnect is known to its partner.
func holdTag(tx *store.Tx, c demarc.Connection) error {
	err := tx.Claim(tagClaim(c.Parent, c.VLAN), string(c.ID))
	if claimed, taken := errors.AsType[*store.ClaimedError](err); taken {
		return demarc.Errorf(demarc.Conflict, "VLAN %d is taken on %s by %s", c.VLAN, c.Parent, claimed.Holder).
			Coded("E-VLAN-TAKEN", "Choose another VLAN").In("vlan")
	}
	return err
}

// Confirm accepts a hosted connection that was offered to the account by: it
// is pending, and the light on the partner's port moves next.
func Confirm(tx *store.Tx, by demarc.AccountID, id demarc.ConnectionID, now time.Time) (demarc.Connection, error) {
	c, err := known(tx, by, id, now)
	if err != nil {
		return demarc.Connection{}, err
	}
	if c, err = Accepted(c, by); err != nil {
		return demarc.Connection{}, err
	}
	store.Connections.Put(tx, c)
	return c, nil
}

// ListHosted returns what the partner by has on an interconnect or LAG of its
// own at now, in the order of their ids.
func ListHosted(r store.Reader, by demarc.AccountID, on demarc.ConnectionID, now time.Time) ([]demarc.Connection, error) {
	if id, ok := on.LAG(); ok {
		if _, err := GetLAG(r, by, id, now); err != nil {
			return nil, err
		}
	} else if _, err := Get(r, by, on, now); err != nil {
		return nil, err
	}
	all := slices.Collect(store.Connections.By(r, "parent", string(on)))
	all = slices.DeleteFunc(all, func(c demarc.Connection) bool { return !listed(&c, now) })
	slices.SortFunc(all, func(a, b demarc.Connection) int { return cmp.Compare(a.ID, b.ID) })
	return all, nil
}

// MoveHosted puts a hosted connection of the partner by onto another of its
// interconnects or LAGs, which has the tag free. The connection sees no light
// until the new parent is looked at. The whole of the act, with the interface
// that is on it, is vif.MoveHosted.
func MoveHosted(tx *store.Tx, by demarc.AccountID, id, onto demarc.ConnectionID, now time.Time) (demarc.Connection, error) {
	c, err := known(tx, by, id, now)
	if err == nil && c.Kind == demarc.Hosted && c.Partner != by {
		err = demarc.Errorf(demarc.Denied, "connection %s is on a port of account %s, which alone can move it", id, c.Partner).
			Coded("E-HOSTED-DENIED", "").By(demarc.Partner).In("connectionId")
	}
	if err != nil {
		return demarc.Connection{}, err
	}
	parent, err := hosting(tx, by, onto, now)
	if err != nil {
		return demarc.Connection{}, err
	}
	next, err := Moved(c, parent.ID)
	if err != nil {
		return demarc.Connection{}, err
	}
	if err := roomFor(c.Bandwidth, parent); err != nil {
		return demarc.Connection{}, err
	}
	next.Region, next.Location = parent.Region, parent.Location
	return moveTag(tx, c, next)
}

// moveTag stores a hosted connection on its new parent.
func moveTag(tx *store.Tx, c, next demarc.Connection) (demarc.Connection, error) {
	if c.Parent == next.Parent {
		return c, nil
	}
	if err := holdTag(tx, next); err != nil {
		return demarc.Connection{}, err
	}
	tx.Release(tagClaim(c.Parent, c.VLAN))
	store.Connections.Put(tx, next)
	return next, nil
}
