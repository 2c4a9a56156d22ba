package account

import (
	"slices"
	"time"
	"unicode/utf8"

	"demarc"
	"demarc/store"
)

// Sign notes that the account by agrees to something at now. Signing it again
// changes nothing.
func Sign(tx *store.Tx, by demarc.AccountID, name string, now time.Time) error {
	if n := utf8.RuneCountInString(name); n < 1 || n > 100 {
		return demarc.Errorf(demarc.Invalid, "the name of an agreement has 1 to 100 characters, not %d", n).In("agreementName")
	}
	agreement := demarc.CustomerAgreement{Account: by, Name: name, Signed: now}
	if _, signed := store.CustomerAgreements.Get(tx, store.AgreementKey(agreement)); !signed {
		store.CustomerAgreements.Put(tx, agreement)
	}
	return nil
}

// Agreements lists what an account has signed, by name.
func Agreements(r store.Reader, by demarc.AccountID) []demarc.CustomerAgreement {
	return slices.Collect(store.CustomerAgreements.By(r, "account", string(by)))
}
