package notice

import (
	"testing"
	"time"
)

// TestGauge feeds a probe of twenty a second that begins to lose a fifth, and
// stops: it is noticed within half a minute and forgotten within the window.
func TestGauge(t *testing.T) {
	var g gauge
	at, sent, lost := time.Unix(0, 0), uint64(0), uint64(0)
	second := func(share uint64) (int, bool) {
		at, sent, lost = at.Add(time.Second), sent+20, lost+20*share/100
		return g.add(sample{at, sent, lost})
	}
	if _, known := second(0); known {
		t.Error("one sample says something")
	}
	until := func(what string, share uint64, reached func(percent int) bool, within int) {
		t.Helper()
		for n := range within {
			if percent, known := second(share); known && reached(percent) {
				t.Logf("%s after %d s", what, n+1)
				return
			}
		}
		t.Errorf("%s: not within %d s", what, within)
	}
	until("no loss is no news", 0, func(p int) bool { return p == 0 }, 10)
	until("a fifth is lost", 20, func(p int) bool { return p >= lossy }, 29)
	until("nothing any more", 0, func(p int) bool { return p < well }, 16)
	sent, lost = 0, 0 // the agent began anew
	if _, known := second(0); known {
		t.Error("counters that began anew are compared with those before")
	}
}
