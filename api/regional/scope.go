// Package regional decides what a call sees that was signed for one Region: the
// objects of that Region, and global ones. In a site of one Region it sees
// everything, and nothing is looked up.
//
// Lists are made of what a [Scope] has. For everything that is named by its id
// there is [Mask]: an object of another Region is answered in the words for one
// that there is not, whatever the operation is, since its id is replaced, before
// the operation reads it, by one that nothing has.
package regional

import (
	"cmp"
	"slices"

	"demarc"
	"demarc/store"
)

// A Scope is the Region that a call was signed for, and those of the site, its own
// first. The zero value sees everything.
type Scope struct {
	Region demarc.Region
	Site   []demarc.Region
}

// All reports whether the call sees everything: there is nothing to tell apart.
func (s Scope) All() bool { return len(s.Site) < 2 }

// Has reports whether what is in a Region is in the scope. What says of itself no
// Region is in the site's own.
func (s Scope) Has(region demarc.Region) bool {
	return s.All() || cmp.Or(region, s.Site[0]) == s.Region
}

// Hides reports whether the id is that of an object of another Region.
func (s Scope) Hides(r store.Reader, id string) bool {
	if s.All() {
		return false
	}
	region, known := of(r, id)
	return known && !s.Has(region)
}

// Only leaves of a list what is in the scope. The list may be changed.
func Only[T any](s Scope, all []T, region func(T) demarc.Region) []T {
	if s.All() {
		return all
	}
	return slices.DeleteFunc(all, func(v T) bool { return !s.Has(region(v)) })
}

// Token is a client's name for a request, which is one for each Region.
func (s Scope) Token(token string) string {
	if token == "" || s.All() {
		return token
	}
	return string(s.Region) + " " + token
}
