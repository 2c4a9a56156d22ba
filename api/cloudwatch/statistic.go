package cloudwatch

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"demarc/series"
)

// A span is a range of time: from is in it, to is not.
type span struct{ from, to time.Time }

// A bin is the values of one period.
type bin struct {
	at     time.Time
	values []float64 // at least one
}

// bins puts values into the periods of a span, counted from its beginning.
func bins(points []series.Point, s span, period time.Duration) (all []bin) {
	for _, p := range points {
		at := s.from.Add(p.At.Sub(s.from) / period * period)
		if n := len(all); n == 0 || !all[n-1].at.Equal(at) {
			all = append(all, bin{at: at})
		}
		all[len(all)-1].values = append(all[len(all)-1].values, p.Value)
	}
	return all
}

func (b bin) sum() (sum float64) {
	for _, v := range b.values {
		sum += v
	}
	return sum
}

// A statistic makes one number of a bin.
type statistic func(bin) float64

var statistics = map[string]statistic{
	"Average":     func(b bin) float64 { return b.sum() / float64(len(b.values)) },
	"Sum":         bin.sum,
	"Minimum":     func(b bin) float64 { return slices.Min(b.values) },
	"Maximum":     func(b bin) float64 { return slices.Max(b.values) },
	"SampleCount": func(b bin) float64 { return float64(len(b.values)) },
}

// statisticOf is a statistic by its name: one of the five, or a percentile from
// p0 to p100. The other extended ones of CloudWatch (trimmed means and the
// like) are not built.
func statisticOf(name string) (statistic, error) {
	if s, ok := statistics[name]; ok {
		return s, nil
	}
	return percentileOf(name)
}

func percentileOf(name string) (statistic, error) {
	number, percentile := strings.CutPrefix(name, "p")
	p, err := strconv.ParseFloat(number, 64)
	if !percentile || err != nil || !(p >= 0 && p <= 100) {
		return nil, invalidValue("The statistic %s is not one of Average, Sum, Minimum, Maximum, SampleCount and p0 to p100.", name)
	}
	return func(b bin) float64 { return b.percentile(p) }, nil
}

// percentile lies between the two values next to it in order.
func (b bin) percentile(p float64) float64 {
	sorted := slices.Sorted(slices.Values(b.values))
	place := p / 100 * float64(len(sorted)-1)
	below := int(math.Floor(place))
	above := min(below+1, len(sorted)-1)
	return sorted[below] + (sorted[above]-sorted[below])*(place-float64(below))
}

// periodOf is a period that can be answered.
func periodOf(seconds *int32, member string) (time.Duration, error) {
	if seconds == nil {
		return 0, missing(member)
	}
	if *seconds < 60 || *seconds%60 != 0 {
		return 0, invalidValue("The value %d of the parameter %s is not a multiple of 60: these metrics have a value a minute.", *seconds, member)
	}
	return time.Duration(*seconds) * time.Second, nil
}

// spanOf is the range of a request. Its beginning is rounded down to a multiple
// of a step.
func spanOf(start, end *time.Time, step time.Duration) (span, error) {
	switch {
	case start == nil:
		return span{}, missing("StartTime")
	case end == nil:
		return span{}, missing("EndTime")
	case !start.Before(*end):
		return span{}, invalidValue("The parameter StartTime must be less than the parameter EndTime.")
	}
	return span{start.UTC().Truncate(step), end.UTC()}, nil
}
