package lossy_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"demarc/agent/lossy"
)

// A line answers what it is asked, or does not.
type line func(now time.Time) (answers bool)

var start = time.Unix(1000, 0)

// drive asks a line for so long, and calls look after each step.
func drive(j *lossy.Judge, from time.Time, length time.Duration, l line, drops func(time.Time) uint64, look func(time.Time, lossy.Verdict) bool) {
	driveBy(func() time.Duration { return 25 * time.Millisecond }, j, from, length, l, drops, look)
}

// driveBy is drive on a machine that comes to it after each step.
func driveBy(step func() time.Duration, j *lossy.Judge, from time.Time, length time.Duration, l line, drops func(time.Time) uint64, look func(time.Time, lossy.Verdict) bool) {
	type answer struct {
		at     time.Time
		number uint16
	}
	var coming []answer
	for now := from; now.Before(from.Add(length)); now = now.Add(step()) {
		for len(coming) > 0 && !coming[0].at.After(now) {
			j.Answered(coming[0].number)
			coming = coming[1:]
		}
		if !j.Next().After(now) {
			if number := j.Ask(now, 0); l(now) {
				coming = append(coming, answer{now.Add(20 * time.Millisecond), number})
			}
		}
		j.Settle(now, drops(now), true)
		if v, _ := j.Verdict(); !look(now, v) {
			return
		}
	}
}

func none(time.Time) uint64 { return 0 }

func losing(percent int, dice *rand.Rand) line {
	return func(time.Time) bool { return percent == 0 || dice.IntN(100) >= percent }
}

// limiting answers so many a second, of which burst may be saved up.
func limiting(rate, burst float64) line {
	tokens, last := burst, time.Time{}
	return func(now time.Time) bool {
		if !last.IsZero() {
			tokens = min(tokens+now.Sub(last).Seconds()*rate, burst)
		}
		last = now
		if tokens < 1 {
			return false
		}
		tokens--
		return true
	}
}

// A line that begins to lose a fifth or more is called lossy within 30 s, but
// for one throw of the dice in a hundred, and clean again once it has lost
// nothing for a window.
func TestALossyLineIsFound(t *testing.T) {
	for _, percent := range []int{20, 35, 50} {
		slowest, late := time.Duration(0), 0
		for seed := range uint64(1000) {
			var j lossy.Judge
			drive(&j, start, 20*time.Second, losing(0, nil), none, func(time.Time, lossy.Verdict) bool { return true })
			if v, _ := j.Verdict(); v != lossy.Clean {
				t.Fatalf("a good line is called %q", v)
			}
			from, found := start.Add(20*time.Second), time.Duration(0)
			drive(&j, from, time.Minute, losing(percent, rand.New(rand.NewPCG(seed, 7))), none, func(now time.Time, v lossy.Verdict) bool {
				found = now.Sub(from)
				return v != lossy.Lossy
			})
			if slowest = max(slowest, found); found >= 30*time.Second {
				late++
			}
			from = from.Add(found)
			drive(&j, from, 25*time.Second, losing(0, nil), none, func(_ time.Time, v lossy.Verdict) bool { return v != lossy.Clean })
			if v, _ := j.Verdict(); v != lossy.Clean {
				t.Errorf("%d %%, seed %d: mended for 25 s and %q", percent, seed, v)
			}
		}
		t.Logf("%d %%: of 1000 %d were found after more than 30 s, the last after %v", percent, late, slowest)
		if late > 10 || slowest >= time.Minute {
			t.Errorf("%d %%: %d of 1000 were found after more than 30 s, the last after %v", percent, late, slowest)
		}
	}
}

// What is not a lossy line is never called one, for half an hour.
func TestWhatIsNotALossyLine(t *testing.T) {
	lines := map[string]line{
		"a good line":                   losing(0, nil),
		"a loss of 2 %":                 losing(2, rand.New(rand.NewPCG(1, 1))),
		"a neighbour that says nothing": func(time.Time) bool { return false },
	}
	for _, length := range []int64{1, 2, 3, 5, 8, 15} {
		lines[fmt.Sprintf("an outage of %d s a minute", length)] = func(now time.Time) bool { return now.Unix()%60 >= length }
	}
	for _, rate := range []float64{0.1, 0.5, 1, 1.5, 2, 3, 3.5, 3.9, 4, 5, 8, 12, 15} {
		for _, burst := range []float64{1, 5, 20, 100} {
			lines[fmt.Sprintf("a limit of %v a second, %v at once", rate, burst)] = limiting(rate, burst)
			limit := limiting(rate, burst)
			lines[fmt.Sprintf("a limit of %v a second, %v at once, and an outage of 2 s in ten minutes", rate, burst)] = func(now time.Time) bool {
				return now.Unix()%600 > 1 && limit(now)
			}
		}
	}
	for name, l := range lines {
		var j lossy.Judge
		drive(&j, start, 30*time.Minute, l, none, func(now time.Time, v lossy.Verdict) bool {
			if v == lossy.Lossy {
				percent, _ := j.Percent()
				t.Errorf("%s is called lossy after %v, at %d %%", name, now.Sub(start), percent)
			}
			return v != lossy.Lossy
		})
	}
}

// A machine that is too busy to ask four times as fast cannot tell a router that
// limits from a line that loses, and says nothing; and it does when it can.
func TestABusyMachineBlamesNobody(t *testing.T) {
	for _, late := range []time.Duration{50 * time.Millisecond, 100 * time.Millisecond, 200 * time.Millisecond, 400 * time.Millisecond} {
		for _, rate := range []float64{1.5, 2, 2.5, 3, 3.5} {
			dice := rand.New(rand.NewPCG(uint64(late), uint64(10*rate)))
			busy := func() time.Duration { return 25*time.Millisecond + time.Duration(dice.Int64N(2*int64(late))) }
			var j lossy.Judge
			driveBy(busy, &j, start, 30*time.Minute, limiting(rate, 5), none, func(now time.Time, v lossy.Verdict) bool {
				if v == lossy.Lossy {
					t.Errorf("a limit of %v a second is called lossy after %v where each step is %v late", rate, now.Sub(start), late)
				}
				return v != lossy.Lossy
			})
			if v, _ := j.Verdict(); v == lossy.Lossy {
				continue
			}
			drive(&j, start.Add(time.Hour), time.Minute, limiting(rate, 5), none, func(_ time.Time, v lossy.Verdict) bool { return v != lossy.Limited })
			if v, _ := j.Verdict(); v != lossy.Limited {
				t.Errorf("a limit of %v a second, once there is time to look: got %q", rate, v)
			}
		}
	}
}

// What nothing can be said of has a name.
func TestWhatCannotBeMeasured(t *testing.T) {
	full := losing(40, rand.New(rand.NewPCG(3, 3)))
	for _, tt := range []struct {
		name  string
		line  line
		drops func(time.Time) uint64
		want  lossy.Verdict
	}{
		{"nothing answered", func(time.Time) bool { return false }, none, lossy.Mute},
		{"three a second", limiting(3, 5), none, lossy.Limited},
		{"a full shaper", full, func(now time.Time) uint64 { return uint64(now.Unix()) }, lossy.Full},
	} {
		var j lossy.Judge
		drive(&j, start, time.Minute, tt.line, tt.drops, func(_ time.Time, v lossy.Verdict) bool { return v != tt.want })
		if v, _ := j.Verdict(); v != tt.want || v.Known() {
			t.Errorf("%s: got %q, want %q, of which nothing is known", tt.name, v, tt.want)
		}
	}
}

// A neighbour that begins to answer is measured; a limit that is lifted is seen.
func TestAMuteNeighbourMaySpeak(t *testing.T) {
	var j lossy.Judge
	drive(&j, start, time.Minute, func(time.Time) bool { return false }, none, func(time.Time, lossy.Verdict) bool { return true })
	dice := rand.New(rand.NewPCG(5, 5))
	drive(&j, start.Add(time.Minute), time.Minute, losing(25, dice), none, func(_ time.Time, v lossy.Verdict) bool { return v != lossy.Lossy })
	if v, _ := j.Verdict(); v != lossy.Lossy {
		t.Errorf("got %q", v)
	}
	if c := j.Count(); c.Lost == 0 || c.Lost >= c.Settled {
		t.Errorf("counted %+v", c)
	}
	j.Pause(start.Add(2 * time.Minute))
	if _, known := j.Percent(); known {
		t.Error("a share is known of what was forgotten")
	}
	if v, _ := j.Verdict(); v != lossy.Unknown {
		t.Errorf("paused, got %q", v)
	}
}
