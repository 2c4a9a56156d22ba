package connection

import (
	"cmp"
	"regexp"
	"slices"
	"time"

	"demarc"
	"demarc/store"
)

// MaxBilledAtOnce is how many connections one change of billing may name.
const MaxBilledAtOnce = 200

var billingModes = regexp.MustCompile(`^(PayAsYouGo|FlatRateTier[1-5])$`)

// Bill changes how connections of the account by are paid for: all that are
// named, or none. The connections of one account at one location share the
// mode, so all of them are named together.
func Bill(tx *store.Tx, by demarc.AccountID, ids []demarc.ConnectionID, mode demarc.BillingMode, now time.Time) ([]demarc.Connection, error) {
	if n := len(ids); n < 1 || n > MaxBilledAtOnce {
		return nil, demarc.Errorf(demarc.Invalid, "%d connections were named; a call takes 1 to %d", n, MaxBilledAtOnce).In("connectionIds")
	}
	if !billingModes.MatchString(string(mode)) {
		return nil, demarc.Errorf(demarc.Invalid, "billing mode %q is neither PayAsYouGo nor one of FlatRateTier1 to FlatRateTier5", mode).In("billingMode")
	}
	var changed []demarc.Connection
	for _, id := range ids {
		c, err := Get(tx, by, id, now)
		if err != nil {
			return nil, err
		}
		if c, err = Billed(c, mode, now); err != nil {
			return nil, err
		}
		store.Connections.Put(tx, c)
		changed = append(changed, c)
	}
	return changed, uniform(tx, changed, ids)
}

// Billed takes up another way of paying. The same way again changes nothing.
func Billed(c demarc.Connection, mode demarc.BillingMode, now time.Time) (demarc.Connection, error) {
	if c.State.Gone() {
		return c, gone(c)
	}
	if c.Kind != demarc.Dedicated {
		return c, demarc.Errorf(demarc.Invalid, "connection %s is not dedicated, and its billing cannot be chosen", c.ID).In("connectionIds")
	}
	if mode == c.Billing || c.Billing == "" && mode == demarc.PayAsYouGo {
		return c, nil
	}
	recent := slices.DeleteFunc(slices.Clone(c.BillingChanges), func(at time.Time) bool { return now.Sub(at) >= demarc.BillingChangeWindow })
	if len(recent) >= demarc.MaxBillingChanges {
		return c, demarc.Errorf(demarc.Limit, "the billing mode of connection %s was changed %d times in six months, the most that it may", c.ID, len(recent)).
			Coded("E-BILLING-CHANGES", "Wait until "+recent[0].Add(demarc.BillingChangeWindow).Format(time.DateOnly)).In("connectionIds")
	}
	c.Billing, c.BillingChanges = mode, append(recent, now)
	return c, nil
}

// uniform refuses a change that leaves out a connection at the same location.
// Ports come and go there with their claims, which is what guards the list.
func uniform(tx *store.Tx, changed []demarc.Connection, named []demarc.ConnectionID) error {
	tx.Claims("port/")
	for _, c := range changed {
		for other := range store.Connections.By(tx, "owner", string(c.Owner)) {
			if other.Location != c.Location || other.Kind != demarc.Dedicated || other.State.Gone() || slices.Contains(named, other.ID) {
				continue
			}
			return demarc.Errorf(demarc.Conflict, "connection %s is at %s as well, and all of an account's connections there share one billing mode", other.ID, c.Location).
				Coded("E-BILLING-UNIFORM", "Name all of them in one request").In("connectionIds")
		}
	}
	return nil
}

// billingOf is how a new connection at a location will be paid for: as
// the account's others there, or as asked where it is the first. One connection
// may be left out of account.
func billingOf(tx *store.Tx, by demarc.AccountID, at demarc.LocationCode, asked demarc.BillingMode, except demarc.ConnectionID) (demarc.BillingMode, error) {
	if asked != "" && !billingModes.MatchString(string(asked)) {
		return "", demarc.Errorf(demarc.Invalid, "billing mode %q is neither PayAsYouGo nor one of FlatRateTier1 to FlatRateTier5", asked).In("billingMode")
	}
	for found := range store.Connections.By(tx, "owner", string(by)) {
		if found.Location != at || found.Kind != demarc.Dedicated || found.State.Gone() || found.ID == except {
			continue
		}
		// The index guards nothing; Get guards the one that all others are like.
		other, _ := store.Connections.Get(tx, string(found.ID))
		if asked != "" && asked != cmp.Or(other.Billing, demarc.PayAsYouGo) {
			return "", demarc.Errorf(demarc.Conflict, "connection %s at %s is billed by %s, and all of an account's connections there share one billing mode", other.ID, at, cmp.Or(other.Billing, demarc.PayAsYouGo)).
				Coded("E-BILLING-UNIFORM", "Leave billingMode out").In("billingMode")
		}
		return other.Billing, nil
	}
	return asked, nil
}

// billing is how the members of a LAG will be paid for, Existing included.
func (o LAGOrder) billing(tx *store.Tx, lag demarc.LAG) (demarc.BillingMode, error) {
	switch {
	case lag.Hosting && o.Billing != "":
		return "", demarc.Errorf(demarc.Invalid, "a partner's LAG is of interconnects, whose billing cannot be chosen").In("billingMode")
	case lag.Hosting:
		return "", nil
	case o.Billing == "":
		return billingOf(tx, lag.Owner, o.Location, "", "")
	}
	tx.Claims("port/") // guards the list, as in uniform: there may be no port to be claimed
	return billingOf(tx, lag.Owner, o.Location, o.Billing, o.Existing)
}

// convert bills the connection that a LAG begins with as the others will be.
func (o LAGOrder) convert(tx *store.Tx, by demarc.AccountID, mode demarc.BillingMode, now time.Time) error {
	c, err := Get(tx, by, o.Existing, now)
	if err != nil || c.Kind != demarc.Dedicated || c.State.Gone() {
		return err // what does not fit is refused where it joins
	}
	if c, err = Billed(c, cmp.Or(mode, demarc.PayAsYouGo), now); err != nil {
		return err
	}
	store.Connections.Put(tx, c)
	return nil
}

// BillingOf is how the members of a LAG are paid for: as its owner's
// connections at the location are. A partner's has none.
func BillingOf(r store.Reader, lag demarc.LAG) demarc.BillingMode {
	if lag.Hosting {
		return ""
	}
	for c := range store.Connections.By(r, "owner", string(lag.Owner)) {
		if c.Location == lag.Location && c.Kind == demarc.Dedicated && !c.State.Gone() {
			return cmp.Or(c.Billing, demarc.PayAsYouGo)
		}
	}
	return demarc.PayAsYouGo
}
