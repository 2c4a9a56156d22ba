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
	Location  demarc.LocationCode
	Bandwidth demarc.Bandwidth
	// Name is for people; it need not be unique.
	Name string
	// ProviderName is printed on the letter of authority; may be empty.
	ProviderName string
	Tags         []demarc.Tag
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
		State: demarc.ConnectionRequested, ProviderName: o.ProviderName,
		Created: now, Tags: o.Tags,
	}
	port, err := facility.Assign(tx, c.Location, c.Bandwidth, by, c.ID)
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

func (o Order) check() error {
	if err := checkName(o.Name); err != nil {
		return err
	}
	if utf8.RuneCountInString(o.ProviderName) > MaxName {
		return demarc.Errorf(demarc.Invalid, "a provider's name has at most %d characters", MaxName).In("providerName")
	}
	return demarc.CheckTags(o.Tags)
}

func checkName(name string) error {
	if n := utf8.RuneCountInString(name); n < 1 || n > MaxName {
		return demarc.Errorf(demarc.Invalid, "a connection's name has 1 to %d characters, not %d", MaxName, n).In("connectionName")
	}
	if strings.ContainsFunc(name, unicode.IsControl) {
		return demarc.Errorf(demarc.Invalid, "a connection's name has no control characters").In("connectionName")
	}
	return nil
}

// Rename gives a connection of the account by another name.
func Rename(tx *store.Tx, by demarc.AccountID, id demarc.ConnectionID, name string, now time.Time) (demarc.Connection, error) {
	if err := checkName(name); err != nil {
		return demarc.Connection{}, err
	}
	c, err := Get(tx, by, id, now)
	if err != nil {
		return demarc.Connection{}, err
	}
	if c.State == demarc.ConnectionDeleted {
		return demarc.Connection{}, gone(c)
	}
	c.Name = name
	store.Connections.Put(tx, c)
	return c, nil
}

// IssueLetter writes the letter of authority for a connection of the account
// by and notes when, which renews it. A provider that is given is printed
// instead of the one named in the order. Print it with Letter.PDF outside the
// transaction.
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
