package vif

import (
	"time"

	"demarc"
	"demarc/store"
)

// Tagged returns an interface to the account that may see its tags: its owner
// alone.
func Tagged(r store.Reader, by demarc.AccountID, id demarc.VirtualInterfaceID, now time.Time) (demarc.VirtualInterface, error) {
	v, err := Get(r, by, id, now)
	if err == nil && v.Owner != by {
		return demarc.VirtualInterface{}, demarc.Errorf(demarc.Denied, "the tags of %s are its owner's", id)
	}
	return v, err
}

// Tag replaces the tags of an interface of the account by.
func Tag(tx *store.Tx, by demarc.AccountID, id demarc.VirtualInterfaceID, tags []demarc.Tag, now time.Time) error {
	v, err := Tagged(tx, by, id, now)
	if err == nil {
		v.Tags = tags
		store.VirtualInterfaces.Put(tx, v)
	}
	return err
}
