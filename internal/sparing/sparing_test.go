package sparing_test

import (
	"testing"
	"time"

	"demarc/internal/sparing"
)

func TestSpeaks(t *testing.T) {
	var v sparing.Voice
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	count := func(times int, every time.Duration) (said, unsaid int) {
		for range times {
			more, speaks := v.Speaks(now)
			if speaks {
				said++
			}
			if len(more) == 2 {
				unsaid += more[1].(int)
			}
			now = now.Add(every)
		}
		return said, unsaid
	}
	for _, test := range []struct {
		name         string
		times        int
		every        time.Duration
		said, unsaid int
	}{
		{"ten at once", 10, 0, 10, 0},
		{"and no more", 1000, 0, 0, 0},
		{"then one in a second", 5, time.Second, 4, 1001},
		{"what is as rare as that is all said", 100, time.Second, 100, 0},
		{"after a while ten again", 1, time.Hour, 1, 0},
		{"at once", 20, 0, 10, 0},
	} {
		if said, unsaid := count(test.times, test.every); said != test.said || unsaid != test.unsaid {
			t.Errorf("%s: %d of %d were said, and %d left out told; want %d and %d", test.name, said, test.times, unsaid, test.said, test.unsaid)
		}
	}
}
