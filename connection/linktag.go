package connection

import (
	"errors"
	"fmt"
	"strings"

	"demarc"
	"demarc/store"
)

// notLate refuses to have a connection tagged with a link of the account by that
// is to end or has ended, or with a leg of it: the link would never take it up,
// and somebody would pay for it. Of a link of somebody else's nothing is said; it
// takes up nothing either. What ends runs on what it did, which keeps its tag.
func notLate(r store.Reader, by demarc.AccountID, id demarc.ConnectionID, tags []demarc.Tag) error {
	for _, tag := range tags {
		name, leg, _ := strings.Cut(tag.Value, "/")
		link, ok := store.Links.Get(r, name)
		if tag.Key != demarc.LinkTag || !ok || link.Customer != by || runsOn(link, id) {
			continue
		}
		if late, refused := errors.AsType[*demarc.Error](link.GoesOn(leg)); refused {
			late.Text = fmt.Sprintf("the tag %s=%s is of no use to a connection: %s", tag.Key, tag.Value, late.Text)
			late.Fix = "Leave the tag out. " + late.Fix
			return late.In("tags")
		}
	}
	return nil
}

// runsOn reports whether a link, or a leg of it, ends on a connection.
func runsOn(link demarc.Link, id demarc.ConnectionID) bool {
	for _, e := range link.Endings {
		for _, of := range e.Legs {
			if of.Connection == id {
				return true
			}
		}
	}
	return false
}
