package bfd_test

import (
	"math/rand/v2"
	"testing"
	"time"
)

// Each end knows how many of the other's packets are lost on their way, in that
// direction alone.
func TestWhatIsLostOnTheWayIsCounted(t *testing.T) {
	for _, percent := range []int{0, 20, 40} {
		a, b := provider(), customer()
		a.Multiplier, b.Multiplier = 50, 50 // it stays up whatever the dice say
		w := up(t, a, b)
		dice := rand.New(rand.NewPCG(1, 2))
		received, missed := w.ends[0].Heard()
		for range 12000 { // two minutes
			w.cut[0] = dice.IntN(100) < percent
			w.advance(10 * time.Millisecond)
		}
		r, m := w.ends[0].Heard()
		r, m = r-received, m-missed
		if got := 100 * m / (r + m); got < uint64(max(percent-6, 0)) || got > uint64(percent+6) || percent == 0 && m != 0 {
			t.Errorf("%d %% lost: it counts %d that came and %d that did not", percent, r, m)
		}
		if _, m := w.ends[1].Heard(); m != 0 {
			t.Errorf("%d %% lost the other way: it counts %d", percent, m)
		}
	}
}
