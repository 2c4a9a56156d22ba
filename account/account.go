// Package account keeps the tenants of a site and the keys they sign with. It
// says who a key belongs to; what that account may do is decided by each room,
// from who owns what.
//
// An access key's secret is kept in clear, since SigV4 needs it to check a
// signature: whoever can read the store can sign as anybody.
package account

import (
	"errors"
	"regexp"

	"demarc"
	"demarc/store"
)

var idFormat = regexp.MustCompile(`^[0-9]{12}$`)

// Create adds a tenant. An account without an ID is given one. The name must
// be free in the site.
func Create(tx *store.Tx, a demarc.Account) (demarc.Account, error) {
	if a.ID == "" {
		a.ID = demarc.NewAccountID()
	}
	if err := check(a); err != nil {
		return demarc.Account{}, err
	}
	if _, taken := store.Accounts.Get(tx, string(a.ID)); taken {
		return demarc.Account{}, demarc.Errorf(demarc.Conflict, "account %s exists already", a.ID).In("id")
	}
	if err := tx.Claim("account/"+a.Name, string(a.ID)); err != nil {
		if claimed, taken := errors.AsType[*store.ClaimedError](err); taken {
			return demarc.Account{}, demarc.Errorf(demarc.Conflict, "the name %s is taken by account %s", a.Name, claimed.Holder).In("name")
		}
		return demarc.Account{}, err
	}
	store.Accounts.Put(tx, a)
	return a, nil
}

func check(a demarc.Account) error {
	switch {
	case !idFormat.MatchString(string(a.ID)):
		return demarc.Errorf(demarc.Invalid, "account id %q is not twelve digits", a.ID).In("id")
	case a.Name == "":
		return demarc.Errorf(demarc.Invalid, "an account needs a name").In("name")
	case a.Title == "":
		return demarc.Errorf(demarc.Invalid, "account %s needs a title, which letters of authority are issued to", a.Name).In("title")
	}
	switch a.Party {
	case demarc.Customer, demarc.Partner, demarc.Platform, demarc.Facility:
		return nil
	}
	return demarc.Errorf(demarc.Invalid, "%q is no party; it is customer, partner, platform or facility", a.Party).In("party")
}

// Get finds an account by its number.
func Get(r store.Reader, id demarc.AccountID) (demarc.Account, bool) {
	return store.Accounts.Get(r, string(id))
}

// ByName finds an account by the name of its profile.
func ByName(r store.Reader, name string) (demarc.Account, bool) {
	for a := range store.Accounts.By(r, "name", name) {
		return a, true
	}
	return demarc.Account{}, false
}
