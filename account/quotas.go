package account

import (
	"demarc"
	"demarc/store"
)

// Quotas are what the site's accounts may have: its own, or AWS's where no site
// was imported.
func Quotas(r store.Reader) demarc.Quotas {
	if q, ok := store.Quotas.Get(r, store.OnlyRow); ok {
		return q
	}
	return demarc.DefaultQuotas()
}

// Deadlines are the site's, or the defaults where no site was imported.
func Deadlines(r store.Reader) demarc.Deadlines {
	if d, ok := store.Deadlines.Get(r, store.OnlyRow); ok {
		return d
	}
	return demarc.DefaultDeadlines()
}
