package main

import (
	"fmt"
	"slices"
)

// A Result is one row of results.json.
type Result struct {
	Name   string  `json:"name"`
	Unit   string  `json:"unit"`
	N      int     `json:"n"`
	Median float64 `json:"median"`
	Min    float64 `json:"min"`
	Max    float64 `json:"max"`
	// Baseline names what it was compared with in the same run; Ratio is the
	// median of the pairwise ratios. Both are absent where there is none.
	Baseline string   `json:"baseline,omitempty"`
	Ratio    *float64 `json:"ratio,omitempty"`
	// P50 and P99 are how long one request took, in milliseconds: the median
	// over the runs. Absent where no requests are counted.
	P50 *float64 `json:"p50,omitempty"`
	P99 *float64 `json:"p99,omitempty"`
}

func summarise(b benchmark, f figures) Result {
	r := Result{
		Name: b.name, Unit: b.unit, N: len(f.measured),
		Median: median(f.measured), Min: slices.Min(f.measured), Max: slices.Max(f.measured),
	}
	if len(f.baseline) == len(f.measured) {
		ratios := make([]float64, len(f.measured))
		for i := range ratios {
			ratios[i] = f.measured[i] / f.baseline[i]
		}
		ratio := median(ratios)
		r.Baseline, r.Ratio = b.baseline, &ratio
	}
	if len(f.p50) == len(f.measured) {
		p50, p99 := median(f.p50), median(f.p99)
		r.P50, r.P99 = &p50, &p99
	}
	return r
}

// cell is a figure of the table that may be absent.
func cell(format string, figure *float64) string {
	if figure == nil {
		return "-"
	}
	return fmt.Sprintf(format, *figure)
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	if n%2 == 1 {
		return sorted[n/2]
	}
	return (sorted[n/2-1] + sorted[n/2]) / 2
}
