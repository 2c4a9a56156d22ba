package lossy

import (
	"cmp"
	"math/bits"
	"time"
)

const (
	// Interval is how often a line is asked: often enough that a fifth of its
	// packets lost is found out in half a minute, and a load for nobody.
	Interval = 250 * time.Millisecond
	// For a close look it is asked so much faster, so often, and then as usual;
	// the first second of that is what the haste has left behind.
	hasty      = 4
	hastyAsks  = 48
	restAsks   = 4
	steadyAsks = 24
	allAsks    = hastyAsks + restAsks + steadyAsks
	// A machine that was too busy to ask so much faster as this has learned nothing.
	hastyLeast = 3
	// A close look is in parts, so many of which must have lost something: else
	// it was for a moment.
	parts    = 4
	badParts = 3
	// patience is how many intervals an answer may take: a second.
	patience = 4
	// window is of how many requests a share is, enough how many it takes.
	window = 60
	enough = 32
	// A line that has lost so many of the latest requests is looked at closely,
	// and is lossy if it has lost bad percent then as well; below good, of a
	// window, it is not any more.
	latest     = 24
	suspicious = 3
	bad        = 8
	good       = 2
	// heard is the percentage answered below which nothing can be said.
	heard = 10
	// again is how many intervals pass before a line is looked at closely once
	// more that was found to be otherwise: 15 s.
	again = 60
)

// A Verdict is what is known of a line.
type Verdict string

const (
	Unknown Verdict = ""        // too little was asked
	Clean   Verdict = "clean"   // it answers
	Lossy   Verdict = "lossy"   // it loses packets
	Mute    Verdict = "mute"    // hardly anything was ever answered
	Limited Verdict = "limited" // the neighbour answers so many a second and no more
	Full    Verdict = "full"    // our own shaper has dropped what was beyond the rate
)

// Known reports whether it says anything of the line.
func (v Verdict) Known() bool { return v == Clean || v == Lossy }

// A Judge judges one line. Its zero value has asked nothing.
type Judge struct {
	// Every is how often the line is asked; zero is [Interval]. How long an answer
	// may take follows from it.
	Every time.Duration

	verdict Verdict
	since   time.Time
	next    time.Time // when to ask
	number  uint16    // of the last request
	asked   []request // in order, those not settled
	// lost has a bit for each of the last n requests at the usual rate, the
	// latest lowest.
	lost uint64
	n    int

	close  *look     // nil: no close look is being taken
	closed time.Time // when the last one ended
	total  Count
}

// A request waits for its answer.
type request struct {
	number   uint16
	at       time.Time
	look     *look // the close one that it belongs to; nil for none
	nth      int   // of that
	answered bool
}

// A look is a close one.
type look struct {
	asked, settled int
	hasty          [parts]int // lost of what was asked fast
	steady         int        // lost of what was asked as usual afterwards
	began          time.Time
	slow           bool // what was to be asked faster was not
	// full: the shaper dropped something meanwhile. drops is its count at first.
	full, based bool
	drops       uint64
}

// A Count is of requests since the judge began.
type Count struct{ Settled, Lost uint64 }

// Next is when Ask is due.
func (j *Judge) Next() time.Time { return j.next }

func (j *Judge) every() time.Duration { return cmp.Or(j.Every, Interval) }

// Ask returns the number to ask with now. The next is due after the interval, or
// later where many lines are asked: not before least.
func (j *Judge) Ask(now time.Time, least time.Duration) uint16 {
	interval := max(j.every(), least)
	j.number++
	r := request{number: j.number, at: now}
	if l := j.close; l != nil && l.asked < allAsks {
		r.look, r.nth = l, l.asked
		l.clock(now, interval)
		if l.asked++; r.hasty() {
			interval /= hasty
		}
	}
	j.asked = append(j.asked, r)
	if j.next = j.next.Add(interval); j.next.Before(now) {
		j.next = now.Add(interval) // what a busy machine missed is not made up for
	}
	return j.number
}

// Answered takes the numbers of answers.
func (j *Judge) Answered(numbers ...uint16) {
	for _, number := range numbers {
		for i := range j.asked {
			if j.asked[i].number == number {
				j.asked[i].answered = true
			}
		}
	}
}

// Settle gives up requests that have waited for long, and comes to a verdict.
// Answers that lie somewhere unread have to be taken first. Drops counts what
// our shaper has dropped, and need be true only while a close look is taken
// ([Judge.Looking]); may says that one may begin.
func (j *Judge) Settle(now time.Time, drops uint64, may bool) {
	for len(j.asked) > 0 && (j.asked[0].answered || now.Sub(j.asked[0].at) >= patience*j.every()) {
		j.settle(j.asked[0])
		j.asked = j.asked[1:]
	}
	if j.close != nil {
		j.lookClosely(now, drops)
		return
	}
	j.look(now, may)
}

// Looking reports whether a close look is being taken.
func (j *Judge) Looking() bool { return j.close != nil }

func (j *Judge) settle(r request) {
	lost := 1
	if r.answered {
		lost = 0
	}
	j.total.Settled++
	j.total.Lost += uint64(lost)
	if r.look != nil {
		r.look.settle(r, lost)
	}
	if !r.hasty() {
		j.lost = (j.lost<<1 | uint64(lost)) & (1<<window - 1)
		j.n = min(j.n+1, window)
	}
}

// clock looks at the time when another is asked.
func (l *look) clock(now time.Time, interval time.Duration) {
	switch l.asked {
	case 0:
		l.began = now
	case hastyAsks:
		l.slow = hastyLeast*now.Sub(l.began) > hastyAsks*interval
	}
}

func (r request) hasty() bool { return r.look != nil && r.nth < hastyAsks }

func (l *look) settle(r request, lost int) {
	l.settled++
	switch {
	case r.hasty():
		l.hasty[r.nth*parts/hastyAsks] += lost
	case r.nth >= hastyAsks+restAsks:
		l.steady += lost
	}
}

// look judges by what was asked at the usual rate. It alone calls nothing
// lossy.
func (j *Judge) look(now time.Time, may bool) {
	percent, known := j.Percent()
	switch {
	case !known:
	case percent > 100-heard:
		j.is(now, Mute)
	case percent < good:
		j.is(now, Clean)
	case j.lately() >= suspicious && j.verdict != Lossy && now.Sub(j.closed) >= j.rest():
		if may {
			j.close, j.next = &look{}, now
		}
	case j.verdict == Unknown || j.verdict == Mute:
		j.is(now, Clean)
	}
}

// lately is how many of the latest requests were lost.
func (j *Judge) lately() int { return bits.OnesCount64(j.lost & (1<<latest - 1)) }

// rest is how long to wait for another close look: what is clean by the last
// one may become lossy at any moment.
func (j *Judge) rest() time.Duration {
	if j.verdict == Clean || j.verdict == Unknown {
		return 0
	}
	return again * j.every()
}

func (j *Judge) lookClosely(now time.Time, drops uint64) {
	l := j.close
	if !l.based {
		l.based, l.drops = true, drops
	}
	l.full = l.full || drops > l.drops
	if l.settled < allAsks {
		return
	}
	j.close, j.closed = nil, now
	switch {
	case l.full:
		j.is(now, Full)
	case !l.loses():
		j.is(now, Clean)
	case l.slow: // it is looked at again, as it would have been otherwise
	case l.limited():
		j.is(now, Limited)
	case l.steady > 0:
		j.is(now, Lossy)
	default:
		j.is(now, Clean)
	}
}

// loses reports whether much was lost of what was asked fast, and all the time.
func (l *look) loses() bool {
	lost, in := 0, 0
	for _, n := range l.hasty {
		lost += n
		if n > 0 {
			in++
		}
	}
	return 100*lost >= bad*hastyAsks && in >= badParts
}

// limited reports whether the neighbour answered a smaller part of what was
// asked fast than of what was asked as usual, or hardly anything, or less and less,
// as one does that has saved up some answers; all by more than chance makes of a
// lossy line.
func (l *look) limited() bool {
	first, last := l.hasty[0]+l.hasty[1], l.hasty[2]+l.hasty[3]
	answered := 100 - 100*(first+last)/hastyAsks
	usual := 100 - 100*l.steady/steadyAsks
	return answered < 15 || 2*answered < usual || max(last-first, first-last) > 10
}

func (j *Judge) is(now time.Time, v Verdict) {
	if j.verdict != v {
		j.verdict, j.since = v, now
	}
}

// Verdict is what is known, and since when.
func (j *Judge) Verdict() (Verdict, time.Time) { return j.verdict, j.since }

// Percent is how much of what was asked lately was not answered; false while
// that is too little.
func (j *Judge) Percent() (percent int, known bool) {
	if j.n < enough {
		return 0, false
	}
	return 100 * bits.OnesCount64(j.lost) / j.n, true
}

// Count is of everything that was asked.
func (j *Judge) Count() Count { return j.total }

// Pause forgets what was asked, where asking makes no sense for a while.
func (j *Judge) Pause(now time.Time) {
	j.is(now, Unknown)
	j.asked, j.lost, j.n, j.close = nil, 0, 0, nil
}
