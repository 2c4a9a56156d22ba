package connection

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"demarc"
	"demarc/facility"
	"demarc/store"
)

// MaxName is how many characters a connection's name may have.
const MaxName = 100

// An Order is what a customer or a partner asks for.
type Order struct {
	// Interconnect asks for a port to host connections on; partners only.
	Interconnect bool
	// MACsec asks for a port that can encrypt. What goes into a LAG with MACsec
	// has it anyway.
	MACsec    bool
	Location  demarc.LocationCode
	Bandwidth demarc.Bandwidth
	// Name is for people; it need not be unique.
	Name string
	// LAG is a group of the account's to put the connection into; may be empty.
	LAG demarc.LAGID
	// ProviderName is printed on the letter of authority; may be empty.
	ProviderName string
	// Billing is how it will be paid for; empty is as the account's others at
	// the location.
	Billing demarc.BillingMode
	Tags    []demarc.Tag
}

// Place orders a connection for the account by: it is requested, a port is its
// own, and the facility has a cross-connect to patch. If anything of that
// cannot be had there is nothing at all.
func Place(tx *store.Tx, by demarc.AccountID, o Order, now time.Time) (demarc.Connection, error) {
	if err := o.check(); err != nil {
		return demarc.Connection{}, err
	}
	location, err := facility.Find(tx, o.Location)
	if err != nil {
		return demarc.Connection{}, err
	}
	c := demarc.Connection{
		ID: demarc.NewConnectionID(), Name: o.Name, Owner: by,
		Region: location.Region, Location: location.Code, Bandwidth: o.Bandwidth,
		State: demarc.ConnectionRequested, ProviderName: o.ProviderName, Billing: o.Billing,
		Created: now, Tags: o.Tags,
	}
	if o.MACsec {
		c.MACsec.Mode = demarc.ShouldEncrypt
	}
	if o.Interconnect {
		if !partner(tx, by) {
			return demarc.Connection{}, demarc.Errorf(demarc.Denied, "account %s is not a partner, and only partners have interconnects", by).
				Coded("E-NOT-PARTNER", "Order a dedicated connection, or ask a partner for a hosted one").By(demarc.Partner)
		}
		c.Kind = demarc.Interconnect
	}
	if o.LAG == "" {
		return provision(tx, c, "", now)
	}
	lag, err := openLAG(tx, by, o.LAG, now)
	if err != nil {
		return demarc.Connection{}, err
	}
	return placeIn(tx, c, lag, now)
}

// placeIn gives a new connection a port beside the other members of its LAG.
func placeIn(tx *store.Tx, c demarc.Connection, lag demarc.LAG, now time.Time) (demarc.Connection, error) {
	if c.Location != lag.Location {
		return demarc.Connection{}, unfit(c, "is at %s, the LAG at %s", c.Location, lag.Location)
	}
	if lag.MACsec.Capable() {
		c.MACsec.Mode = lag.MACsec.Mode
	}
	if err := enter(tx, c, lag); err != nil {
		return demarc.Connection{}, err
	}
	c.LAG = lag.ID
	return provision(tx, c, lag.Device, now)
}

// provision gives a new connection its port, on a device or, where none is
// named, anywhere at its location; orders the cross-connect; and stores it.
func provision(tx *store.Tx, c demarc.Connection, device demarc.NodeID, now time.Time) (demarc.Connection, error) {
	if err := notLate(tx, c.Owner, c.ID, c.Tags); err != nil {
		return demarc.Connection{}, err
	}
	if c.Kind == demarc.Dedicated {
		billing, err := billingOf(tx, c.Owner, c.Location, c.Billing, "")
		if err != nil {
			return demarc.Connection{}, err
		}
		c.Billing = billing
	}
	assign := func() (demarc.Port, error) { return facility.Assign(tx, c) }
	if device != "" {
		assign = func() (demarc.Port, error) { return facility.AssignOn(tx, device, c) }
	}
	port, err := assign()
	if err != nil {
		return demarc.Connection{}, err
	}
	c.Port = port.ID
	if _, err := facility.Order(tx, c, now); err != nil {
		return demarc.Connection{}, err
	}
	store.Connections.Put(tx, c)
	return c, nil
}

// partner reports whether an account may have interconnects.
func partner(r store.Reader, id demarc.AccountID) bool {
	a, _ := store.Accounts.Get(r, string(id))
	return a.Party == demarc.Partner
}

func (o Order) check() error {
	if err := o.checkName(); err != nil {
		return err
	}
	if err := checkProvider(o.ProviderName); err != nil {
		return err
	}
	return demarc.CheckTags(o.Tags)
}

func (o Order) checkName() error {
	if o.Interconnect {
		return checkName(o.Name, "an interconnect", "interconnectName")
	}
	return checkName(o.Name, "a connection", "connectionName")
}

// checkName refuses a name of something, which a member of the request has.
func checkName(name, of, member string) error {
	if n := utf8.RuneCountInString(name); n < 1 || n > MaxName {
		return demarc.Errorf(demarc.Invalid, "%s's name has 1 to %d characters, not %d", of, MaxName, n).In(member)
	}
	if strings.ContainsFunc(name, unicode.IsControl) {
		return demarc.Errorf(demarc.Invalid, "%s's name has no control characters", of).In(member)
	}
	return nil
}

func checkProvider(name string) error {
	if utf8.RuneCountInString(name) > MaxName {
		return demarc.Errorf(demarc.Invalid, "a provider's name has at most %d characters", MaxName).In("providerName")
	}
	return nil
}

// A Change is what is to be other about a connection; nil leaves it.
type Change struct {
	Name       *string
	Encryption *demarc.EncryptionMode
}

// Update changes a connection of the account by. The encryption of a LAG's
// member is its LAG's.
func Update(tx *store.Tx, by demarc.AccountID, id demarc.ConnectionID, change Change, now time.Time) (demarc.Connection, error) {
	if change.Name != nil {
		if err := checkName(*change.Name, "a connection", "connectionName"); err != nil {
			return demarc.Connection{}, err
		}
	}
	c, err := Get(tx, by, id, now)
	if err != nil {
		return demarc.Connection{}, err
	}
	if c.State.Gone() {
		return demarc.Connection{}, gone(c)
	}
	if change.Name != nil {
		c.Name = *change.Name
	}
	if change.Encryption != nil {
		if c.LAG != "" {
			return demarc.Connection{}, grouped(c)
		}
		m, err := ModeChanged(c.MACsec, *change.Encryption)
		if err != nil {
			return demarc.Connection{}, err
		}
		c = Encrypted(c, m)
	}
	store.Connections.Put(tx, c)
	if c.Kind == demarc.Interconnect {
		shine(tx, c.ID, c.State == demarc.ConnectionAvailable)
	}
	return c, nil
}

// IssueLetter writes the letter of authority for a connection of the account
// by and notes when, which renews it. A provider that is given is printed
// instead of the one named in the order.
func IssueLetter(tx *store.Tx, by demarc.AccountID, id demarc.ConnectionID, provider string, now time.Time) (facility.Letter, error) {
	c, err := Get(tx, by, id, now)
	if err != nil {
		return facility.Letter{}, err
	}
	if c, err = LetterIssued(c, now); err != nil {
		return facility.Letter{}, err
	}
	letter, err := facility.Write(tx, c, provider, now)
	if err != nil {
		return facility.Letter{}, err
	}
	store.Connections.Put(tx, c)
	return letter, nil
}
