package connection

import (
	"fmt"
	"regexp"
	"slices"
	"time"

	"demarc"
	"demarc/account"
	"demarc/facility"
	"demarc/store"
)

// maxMembers is how many connections a LAG of a speed may have.
func maxMembers(r store.Reader, speed demarc.Bandwidth) int {
	q := account.Quotas(r)
	if speed >= 100*demarc.Gbps {
		return q.FastLagMembers
	}
	return q.LagMembers
}

// A LAGOrder is what a customer or a partner asks for.
type LAGOrder struct {
	Name     string
	Location demarc.LocationCode
	// Bandwidth is each member's.
	Bandwidth demarc.Bandwidth
	// Connections is how many members there are to be, Existing included.
	Connections int
	// Existing is a connection to begin with; may be empty.
	Existing demarc.ConnectionID
	// MACsec asks for ports that can encrypt, also of Existing.
	MACsec bool
	// Billing is how its members will be paid for, Existing included; empty is
	// as the account's others at the location. A partner's has none.
	Billing      demarc.BillingMode
	ProviderName string
	Tags         []demarc.Tag
	// ChildTags are for the members that are ordered with it.
	ChildTags []demarc.Tag
}

// OrderLAG makes a LAG of the account by with all its members on one device,
// or nothing at all. A partner's takes interconnects. An existing connection
// begins the LAG; the whole of the act, with the interfaces that are on it, is
// vif.OrderLAG.
func OrderLAG(tx *store.Tx, by demarc.AccountID, o LAGOrder, now time.Time) (demarc.LAG, error) {
	if err := o.check(tx); err != nil {
		return demarc.LAG{}, err
	}
	location, err := facility.Find(tx, o.Location)
	if err != nil {
		return demarc.LAG{}, err
	}
	lag := demarc.LAG{
		ID: demarc.NewLAGID(), Name: o.Name, Owner: by, Region: location.Region, Location: location.Code,
		Bandwidth: o.Bandwidth, Hosting: partner(tx, by), ProviderName: o.ProviderName, Created: now, Tags: o.Tags,
	}
	if o.MACsec {
		lag.MACsec.Mode = demarc.ShouldEncrypt
	}
	if o.Billing, err = o.billing(tx, lag); err != nil {
		return demarc.LAG{}, err
	}
	if lag.Device, err = o.device(tx, by, now); err != nil {
		return demarc.LAG{}, err
	}
	if err := holdQuota(tx, lag); err != nil {
		return demarc.LAG{}, err
	}
	store.LAGs.Put(tx, lag)
	return lag, o.fill(tx, lag, now)
}

// device is where the LAG is to be: where the existing connection is, or where
// as many ports are free.
func (o LAGOrder) device(tx *store.Tx, by demarc.AccountID, now time.Time) (demarc.NodeID, error) {
	if o.Existing == "" {
		return facility.DeviceFor(tx, o.Location, facility.Need{Speed: o.Bandwidth, MACsec: o.MACsec}, by, o.Connections)
	}
	c, err := Get(tx, by, o.Existing, now)
	if err == nil && c.Location != o.Location {
		err = demarc.Errorf(demarc.Invalid, "connection %s is at %s, not at %s", c.ID, c.Location, o.Location).
			Coded("E-LAG-MEMBER", "Name the connection's location").In("location")
	}
	return c.Port.Device(), err
}

// fill gives the LAG the members that were asked for.
func (o LAGOrder) fill(tx *store.Tx, lag demarc.LAG, now time.Time) error {
	ordered := o.Connections
	if o.Existing != "" {
		ordered--
		if err := o.convert(tx, lag.Owner, o.Billing, now); err != nil {
			return err
		}
		if _, err := Join(tx, lag.Owner, o.Existing, lag.ID, now); err != nil {
			return err
		}
	}
	for n := range ordered {
		c := demarc.Connection{
			ID: demarc.NewConnectionID(), Name: fmt.Sprintf("Requested Connection %d for Lag %s", n+1, lag.ID), Owner: lag.Owner,
			Region: lag.Region, Location: lag.Location, Bandwidth: lag.Bandwidth,
			State: demarc.ConnectionRequested, ProviderName: lag.ProviderName, Billing: o.Billing, Created: now, Tags: o.ChildTags,
		}
		if lag.Hosting {
			c.Kind = demarc.Interconnect
		}
		if _, err := placeIn(tx, c, lag, now); err != nil {
			return err
		}
	}
	return nil
}

func (o LAGOrder) check(r store.Reader) error {
	if err := checkName(o.Name, "a LAG", "lagName"); err != nil {
		return err
	}
	if err := checkProvider(o.ProviderName); err != nil {
		return err
	}
	if err := demarc.CheckTags(o.Tags); err != nil {
		return err
	}
	if most := maxMembers(r, o.Bandwidth); o.Connections < 1 || o.Connections > most {
		return demarc.Errorf(demarc.Invalid, "a LAG of %s begins with 1 to %d connections, not %d", o.Bandwidth, most, o.Connections).
			Coded("E-LAG-SIZE", "").In("numberOfConnections")
	}
	return demarc.CheckTags(o.ChildTags)
}

// holdQuota counts the LAG among its owner's in its Region, which are claims.
func holdQuota(tx *store.Tx, lag demarc.LAG) error {
	n := 0
	for _, id := range tx.Claims(quotaClaim(lag.Owner, "")) {
		if other, ok := store.LAGs.Get(tx, id); !ok || other.Region == lag.Region {
			n++
		}
	}
	if most := account.Quotas(tx).Lags; n >= most {
		return demarc.Errorf(demarc.Limit, "the account has %d LAGs, and %d are the most that it may have", n, most).
			Coded("E-LIMIT-LAGS", "Delete one, or have the site's quota raised").By(demarc.Platform)
	}
	return tx.Claim(quotaClaim(lag.Owner, lag.ID), string(lag.ID))
}

func quotaClaim(owner demarc.AccountID, id demarc.LAGID) string {
	return "lags/" + string(owner) + "/" + string(id)
}

var lagFormat = regexp.MustCompile(`^dxlag-[0-9a-z]{8}$`)

// GetLAG returns a LAG of the account by at now. AWS's clients match on "Could
// not find Lag with ID".
func GetLAG(r store.Reader, by demarc.AccountID, id demarc.LAGID, now time.Time) (demarc.LAG, error) {
	if !lagFormat.MatchString(string(id)) {
		return demarc.LAG{}, demarc.Errorf(demarc.Invalid, "Lag ID %s has an invalid format.", id).In("lagId")
	}
	lag, ok := store.LAGs.Get(r, string(id))
	if !ok || lag.Owner != by || !lagListed(lag, now) {
		return demarc.LAG{}, demarc.Errorf(demarc.NotFound, "Could not find Lag with ID %s", id).In("lagId")
	}
	return lag, nil
}

// openLAG returns a LAG of the account by that is not deleted.
func openLAG(r store.Reader, by demarc.AccountID, id demarc.LAGID, now time.Time) (demarc.LAG, error) {
	lag, err := GetLAG(r, by, id, now)
	if err == nil && !lag.Deleted.IsZero() {
		return demarc.LAG{}, demarc.Errorf(demarc.Conflict, "LAG %s is deleted", id).Coded("E-LAG-DELETED", "").In("lagId")
	}
	return lag, err
}

// ListLAGs returns the LAGs of the account by at now, in the order of their
// ids.
func ListLAGs(r store.Reader, by demarc.AccountID, now time.Time) []demarc.LAG {
	all := slices.Collect(store.LAGs.By(r, "owner", string(by)))
	return slices.DeleteFunc(all, func(l demarc.LAG) bool { return !lagListed(l, now) })
}

func lagListed(l demarc.LAG, now time.Time) bool {
	return l.Deleted.IsZero() || now.Sub(l.Deleted) < ListedAfterDeletion
}

// A LAGChange is what is to be other about a LAG; nil leaves it.
type LAGChange struct {
	Name         *string
	MinimumLinks *int
	Encryption   *demarc.EncryptionMode
}

// UpdateLAG changes a LAG of the account by. It may not need more links than
// it has.
func UpdateLAG(tx *store.Tx, by demarc.AccountID, id demarc.LAGID, change LAGChange, now time.Time) (demarc.LAG, error) {
	lag, err := openLAG(tx, by, id, now)
	if err != nil {
		return demarc.LAG{}, err
	}
	if change.Name != nil {
		if err := checkName(*change.Name, "a LAG", "lagName"); err != nil {
			return demarc.LAG{}, err
		}
		lag.Name = *change.Name
	}
	if change.MinimumLinks != nil {
		_, members := membership(tx, id)
		if n := *change.MinimumLinks; n < 0 || n > len(members) {
			return demarc.LAG{}, demarc.Errorf(demarc.Invalid, "LAG %s has %d connections and cannot need %d", id, len(members), n).
				Coded("E-LAG-MINIMUM", "").In("minimumLinks")
		}
		lag.MinimumLinks = *change.MinimumLinks
	}
	if change.Encryption != nil {
		if lag.MACsec, err = ModeChanged(lag.MACsec, *change.Encryption); err != nil {
			return demarc.LAG{}, err
		}
	}
	putLAGMACsec(tx, lag, lag.MACsec)
	return lag, nil
}

// DeleteLAG ends a LAG of the account by, whose members stand alone from then
// on. It is refused while something is on it. Deleting it again is not an
// error.
func DeleteLAG(tx *store.Tx, by demarc.AccountID, id demarc.LAGID, now time.Time) (demarc.LAG, error) {
	lag, err := GetLAG(tx, by, id, now)
	if err != nil || !lag.Deleted.IsZero() {
		return lag, err
	}
	if ids := carried(tx, demarc.ConnectionID(id)); len(ids) > 0 {
		return demarc.LAG{}, inUse("LAG", string(id), ids)
	}
	_, members := membership(tx, id)
	for _, c := range members {
		tx.Release(memberClaim(id, c.ID))
		store.Connections.Put(tx, Left(c))
	}
	tx.Release(quotaClaim(by, id))
	lag.Deleted, lag.MACsec = now, bare(lag.MACsec)
	store.LAGs.Put(tx, lag)
	return lag, nil
}
