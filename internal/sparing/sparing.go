// Package sparing keeps a log from being filled by whoever can make things happen
// as fast as he likes: of what happens very often only some is said, and how much
// was left out.
package sparing

import "time"

const (
	// atOnce is how many lines may come together: what happens by itself does not
	// come in larger numbers.
	atOnce = 10
	// pause is between lines that come in larger numbers.
	pause = time.Second
)

// A Voice is who speaks. The zero value has said nothing yet. It is not safe for
// concurrent use.
type Voice struct {
	// through is when all that was said would have been said, with a pause after
	// each line.
	through time.Time
	unsaid  int
}

// Speaks reports whether something that happens now is to be said, and what is to
// be said with it: how many lines were left out since the last, if any were.
func (v *Voice) Speaks(now time.Time) (more []any, speaks bool) {
	if v.through.Sub(now) > (atOnce-1)*pause {
		v.unsaid++
		return nil, false
	}
	if v.through.Before(now) {
		v.through = now
	}
	v.through = v.through.Add(pause)
	if v.unsaid > 0 {
		more, v.unsaid = []any{"unsaid", v.unsaid}, 0
	}
	return more, true
}
