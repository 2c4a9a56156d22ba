package series

import (
	"math"
	"time"
)

// Kept is how long values stay: what AWS's console shows at first.
const Kept = 3 * time.Hour

const keptMinutes = uint32(Kept / time.Minute)

// A minute counts from 1970.
type minute = uint32

func minuteOf(t time.Time) minute { return minute(t.Unix() / 60) }

// A change is that from a minute on a value is another one.
type change struct {
	from  minute
	value float32
}

// A track is the series of one connection or interface.
type track struct {
	last  reading
	at    time.Time // when last was read; zero if the minute before has none
	until minute    // the first without values
	// columns have the changes of each measure, the oldest first.
	columns [measures][]change
}

// take adds the minute that ends with a reading.
func (p *track) take(m minute, now time.Time, r reading) {
	if p.until != m {
		p.pause()
	}
	values := r.now()
	if !p.at.IsZero() {
		values = r.since(p.last, now.Sub(p.at).Seconds())
	}
	for i, v := range values {
		p.columns[i] = note(p.columns[i], change{m, v})
	}
	p.last, p.at, p.until = r, now, m+1
}

// pause says that there is nothing from the first minute without values on.
func (p *track) pause() {
	p.at = time.Time{}
	for i := range p.columns {
		if len(p.columns[i]) > 0 {
			p.columns[i] = note(p.columns[i], change{p.until, absent})
		}
	}
}

// note adds a change if it is one, and lets go of what is too old.
func note(column []change, next change) []change {
	n := len(column)
	if n > 0 && math.Float32bits(column[n-1].value) == math.Float32bits(next.value) {
		return column
	}
	old := 0
	for old+1 < n && column[old+1].from+keptMinutes <= next.from {
		old++
	}
	if old > 0 {
		column = column[:copy(column, column[old:])]
	}
	return append(column, next)
}

// A Point is the value of one minute.
type Point struct {
	At    time.Time // when the minute began
	Value float64
}

// points are the values of the minutes from and before to, in order.
func (p *track) points(m Measure, from, to minute) (points []Point) {
	column := p.columns[m]
	if p.until > keptMinutes {
		from = max(from, p.until-keptMinutes)
	}
	to = min(to, p.until)
	for i, c := range column {
		end := to
		if i+1 < len(column) {
			end = min(to, column[i+1].from)
		}
		if c.value != c.value { // absent
			continue
		}
		for at := max(from, c.from); at < end; at++ {
			points = append(points, Point{time.Unix(int64(at)*60, 0).UTC(), float64(c.value)})
		}
	}
	return points
}
