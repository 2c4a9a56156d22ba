package desk

import (
	"fmt"
	"time"

	"demarc"
	"demarc/rehearsal"
	"demarc/store"
)

// silence is how long nothing may be heard of a device before what is known of it
// counts as old. That it is attached is noted every half minute.
const silence = 2 * time.Minute

// silentSince is when a device was heard of last, where that is too long ago; zero
// for one that is heard of, and for one that never was. It may forward all the
// same: an agent that has died, or has lost control alone, leaves everything in
// place.
func silentSince(r store.Reader, device demarc.NodeID, now time.Time) time.Time {
	noted, ever := store.NodeSightings.Get(r, string(device))
	if world := now.Add(-rehearsal.Ahead(r)); !ever || world.Sub(noted.At) < silence {
		return time.Time{}
	}
	return noted.At
}

// old says that what is known of the leg's device may not be so any more.
func (l leg) old() string {
	if l.silent.IsZero() {
		return ""
	}
	return fmt.Sprintf("; nothing is heard of %s since %s, and this is what it said last", l.vif.Device, stamp(l.silent))
}
