package desk

import (
	"fmt"
	"slices"
	"time"

	"demarc"
	"demarc/store"
)

// losses are what an end would take away, as long as nobody has agreed to it:
// the last path into the environment, or the last but one.
func losses(r store.Reader, c demarc.Case) []Flag {
	d, err := departureOf(r, c, time.Time{})
	if c.State.Ended() || c.State == demarc.CaseGranted || err != nil {
		return nil
	}
	going := func(id demarc.LinkID, l leg) bool {
		return id == d.link.ID && slices.ContainsFunc(d.legs, func(of leg) bool { return of.ID == l.ID })
	}
	gone, left := 0, 0
	for link := range store.Links.By(r, "environment", c.Environment) {
		for _, l := range find(r, link, time.Time{}).staying() {
			switch {
			case !l.up():
			case going(link.ID, l):
				gone++
			default:
				left++
			}
		}
	}
	switch {
	case gone > 0 && left == 0:
		return []Flag{{"W-LAST-PATH", fmt.Sprintf("no other line into environment %s is up: what crosses %s now loses its private path", c.Environment, d.name())}}
	case gone > 0 && left == 1:
		return []Flag{{"W-SPOF", fmt.Sprintf("one line into environment %s is left: whatever fails there, all fails", c.Environment)}}
	}
	return nil
}
