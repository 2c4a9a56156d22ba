package lossy_test

import (
	"encoding/json"
	"testing"
	"time"

	"demarc/agent/lossy"
)

// follow has a drain look every second at a line that is so for so long.
func follow(d *lossy.Drain, now *time.Time, length time.Duration, v lossy.Verdict, asked, may bool) {
	for end := now.Add(length); now.Before(end); *now = now.Add(time.Second) {
		*d = d.Next(*now, v, asked, may, lossy.Interval)
	}
}

// A line that comes and goes stays drained longer each time, and begins anew
// after an hour without.
func TestADrainIsLongerEachTime(t *testing.T) {
	now, d := start, lossy.Drain{}
	for i, want := range []time.Duration{30 * time.Second, time.Minute, 2 * time.Minute, 4 * time.Minute, 8 * time.Minute, 16 * time.Minute, 32 * time.Minute, 32 * time.Minute} {
		follow(&d, &now, 5*time.Second, lossy.Lossy, true, true)
		if !d.On() {
			t.Fatalf("time %d: it is not drained", i+1)
		}
		follow(&d, &now, want-time.Second, lossy.Clean, true, true)
		if !d.On() {
			t.Errorf("time %d: restored before %v", i+1, want)
		}
		follow(&d, &now, 2*time.Second, lossy.Clean, true, true)
		if d.On() {
			t.Errorf("time %d: not restored after %v", i+1, want)
		}
	}
	follow(&d, &now, 61*time.Minute, lossy.Clean, true, true)
	follow(&d, &now, time.Second, lossy.Lossy, true, true)
	if d.Wait(lossy.Interval) != 30*time.Second {
		t.Errorf("after an hour it waits %v", d.Wait(lossy.Interval))
	}
}

func TestADrainEndsOnlyWhereItIsCalm(t *testing.T) {
	now, d := start, lossy.Drain{}
	follow(&d, &now, time.Second, lossy.Lossy, true, true)
	follow(&d, &now, 25*time.Second, lossy.Clean, true, true)
	follow(&d, &now, time.Second, lossy.Lossy, true, true)
	follow(&d, &now, 25*time.Second, lossy.Clean, true, true)
	follow(&d, &now, time.Hour, lossy.Unknown, false, true) // its session is down
	follow(&d, &now, 25*time.Second, lossy.Clean, true, true)
	if !d.On() {
		t.Error("it was restored without 30 s of calm")
	}
	follow(&d, &now, 10*time.Second, lossy.Mute, true, true)
	if d.On() {
		t.Error("what says nothing of losses holds it drained")
	}
}

// What was kept has the time of day, which may have been set since: neither back
// nor ahead does it hold a line drained for longer than a process of its own would.
func TestAClockThatWasSet(t *testing.T) {
	for _, jump := range []time.Duration{-365 * 24 * time.Hour, -time.Minute, time.Hour, 365 * 24 * time.Hour} {
		now, d := start, lossy.Drain{}
		follow(&d, &now, time.Second, lossy.Lossy, true, true)
		follow(&d, &now, 20*time.Second, lossy.Clean, true, true)
		text, err := json.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		var kept lossy.Drain
		if err := json.Unmarshal(text, &kept); err != nil {
			t.Fatal(err)
		}
		now = now.Add(jump)
		follow(&kept, &now, 32*time.Second, lossy.Clean, true, true)
		if kept.On() {
			t.Errorf("with the clock set by %v between two processes the line is drained still", jump)
		}
		follow(&kept, &now, 3*time.Second, lossy.Lossy, true, true)
		if !kept.On() {
			t.Errorf("with the clock set by %v a lossy line is not drained any more", jump)
		}
	}
}

// Without another line to carry, nothing is drained, and what is drained is not
// any more.
func TestTheLastLineIsNotDrained(t *testing.T) {
	now, d := start, lossy.Drain{}
	follow(&d, &now, time.Minute, lossy.Lossy, true, false)
	if d.On() {
		t.Error("the last line is drained")
	}
	follow(&d, &now, time.Second, lossy.Lossy, true, true)
	follow(&d, &now, time.Second, lossy.Lossy, true, false)
	if d.On() {
		t.Error("a line that became the last one stays drained")
	}
}
