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
	return r
}

func (r Result) ratioText() string {
	if r.Ratio == nil {
		return "-"
	}
	return fmt.Sprintf("%.3f", *r.Ratio)
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	if n%2 == 1 {
		return sorted[n/2]
	}
	return (sorted[n/2-1] + sorted[n/2]) / 2
}
