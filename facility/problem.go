package facility

import (
	"slices"
	"time"

	"demarc"
	"demarc/store"
)

// longestNote is more than a line on a work order.
const longestNote = 500

// problems are what a facility can report of a fibre.
var problems = []string{"E-XC-POLARITY", "E-XC-NO-LIGHT", "E-XC-MISPATCHED"}

// Report is the facility saying what is wrong with a fibre that is plugged in:
// one of E-XC-POLARITY (transmit and receive are to be rolled) and
// E-XC-NO-LIGHT, or empty when it is well again, which one that leads elsewhere
// is not ([Replug]). Both parties see it.
func Report(tx *store.Tx, by demarc.AccountID, id demarc.ConnectionID, problem, note string, now time.Time) (demarc.CrossConnect, error) {
	xc, _, err := entrusted(tx, by, id)
	switch {
	case err != nil:
		return xc, err
	case !xc.Patched:
		return xc, demarc.Errorf(demarc.Conflict, "the cross-connect of %s is not patched", id).Coded("E-XC-NOT-PATCHED", "")
	case problem != "" && !slices.Contains(problems[:2], problem) || len(note) > longestNote:
		return xc, demarc.Errorf(demarc.Invalid, "%q is no problem of a fibre that can be reported", problem).
			Coded("E-XC-PROBLEM", "Say "+problems[0]+" or "+problems[1]+", with a note of up to 500 characters, or nothing when it is well").In("problem")
	case problem == "" && xc.Actual != (demarc.Cage{}):
		return xc, demarc.Errorf(demarc.Conflict, "the cross-connect of %s leads to %s %s, and %s %s was ordered", id,
			xc.Actual.Router, xc.Actual.Interface, xc.Cage.Router, xc.Cage.Interface).
			Coded(problems[2], "Plug it where it was ordered, and say that with --to "+xc.Cage.Router+"/"+xc.Cage.Interface).In("to")
	}
	xc.Problem, xc.Note, xc.Changed = problem, note, now
	store.CrossConnects.Put(tx, xc)
	return xc, nil
}

// Replug is the facility saying where the far end of a patched fibre really is:
// a socket of a cage in the building. Where that is not the one ordered, both
// parties see it.
func Replug(tx *store.Tx, by demarc.AccountID, id demarc.ConnectionID, router, socket string, now time.Time) (demarc.CrossConnect, error) {
	xc, _, err := entrusted(tx, by, id)
	if err != nil {
		return xc, err
	}
	if !xc.Patched {
		return xc, demarc.Errorf(demarc.Conflict, "the cross-connect of %s is not patched", id).Coded("E-XC-NOT-PATCHED", "")
	}
	location, err := Find(tx, xc.Location)
	if err != nil {
		return xc, err
	}
	i := slices.IndexFunc(location.Cages, func(c demarc.Cage) bool { return c.Router == router && c.Interface == socket })
	if i < 0 || taken(tx, xc, location.Cages[i]) {
		return xc, demarc.Errorf(demarc.Conflict, "there is no free socket %s of a router %s at %s", socket, router, xc.Location).
			Coded("E-XC-SOCKET", "Name a router's interface in a cage of the building that nothing is plugged into").In("to")
	}
	xc.Actual, xc.Problem, xc.Note, xc.Changed = location.Cages[i], problems[2], "", now
	if xc.Actual == xc.Cage {
		xc.Actual, xc.Problem = demarc.Cage{}, ""
	}
	store.CrossConnects.Put(tx, xc)
	return xc, nil
}

// taken reports whether another fibre is plugged in there.
func taken(r store.Reader, xc demarc.CrossConnect, cage demarc.Cage) bool {
	for other := range store.CrossConnects.By(r, "location", string(xc.Location)) {
		if other.Connection != xc.Connection && other.Patched && other.FarEnd() == cage {
			return true
		}
	}
	return false
}
