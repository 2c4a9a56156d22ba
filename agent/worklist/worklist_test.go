package worklist_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"demarc/agent/worklist"
)

// start runs the list until the test ends.
func start(t *testing.T, l *worklist.List[string], workers int) {
	ctx, cancel := context.WithCancel(t.Context())
	var running sync.WaitGroup
	running.Go(func() { l.Run(ctx, workers) })
	t.Cleanup(func() { cancel(); running.Wait() })
}

func ignore(string, error) {}

func TestAKeyMarkedOftenIsWorkedOnOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var runs atomic.Int32
		l := worklist.New(func(context.Context, string) error { runs.Add(1); return nil }, ignore)
		l.Mark("a", "a")
		l.Mark("a")
		if l.Idle() {
			t.Error("idle before the work")
		}
		start(t, l, 2)
		synctest.Wait()
		if got := runs.Load(); got != 1 {
			t.Errorf("worked %d times, want 1", got)
		}
		if !l.Idle() {
			t.Error("not idle after the work")
		}
	})
}

func TestAKeyMarkedAtWorkIsWorkedOnAgainButNeverTwiceAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var at, most, runs atomic.Int32
		l := worklist.New(func(context.Context, string) error {
			most.Store(max(most.Load(), at.Add(1)))
			runs.Add(1)
			time.Sleep(time.Second)
			at.Add(-1)
			return nil
		}, ignore)
		start(t, l, 4)
		l.Mark("a")
		synctest.Wait()
		l.Mark("a", "a")
		time.Sleep(10 * time.Second)
		if most.Load() != 1 || runs.Load() != 2 {
			t.Errorf("%d at a time in %d runs, want 1 in 2", most.Load(), runs.Load())
		}
	})
}

func TestATroubledKeyDelaysNobodyAndIsRetriedEverLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var good atomic.Int32
		var mu sync.Mutex
		var tries []time.Time
		l := worklist.New(func(_ context.Context, key string) error {
			if key == "good" {
				good.Add(1)
				return nil
			}
			mu.Lock()
			defer mu.Unlock()
			tries = append(tries, time.Now())
			if len(tries) == 12 {
				return nil
			}
			return errors.New("bad row")
		}, ignore)
		start(t, l, 1)
		l.Mark("bad")
		for range 100 {
			l.Mark("good")
			time.Sleep(100 * time.Millisecond)
		}
		time.Sleep(time.Minute)
		if good.Load() != 100 {
			t.Errorf("the good key was worked on %d times, want 100", good.Load())
		}
		if len(tries) != 12 || !l.Idle() {
			t.Fatalf("the bad key was tried %d times, want 12 and then peace", len(tries))
		}
		first, last := tries[1].Sub(tries[0]), tries[11].Sub(tries[10])
		if first != 50*time.Millisecond || last != 2*time.Second {
			t.Errorf("first retry after %v, last after %v", first, last)
		}
	})
}

func TestDoneIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bad := errors.New("bad row")
		told := make(chan error, 1)
		l := worklist.New(func(context.Context, string) error { return bad }, func(_ string, err error) { told <- err })
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { l.Run(ctx, 1) })
		l.Mark("a")
		if err := <-told; err != bad {
			t.Errorf("told %v", err)
		}
		cancel()
		running.Wait()
	})
}

func TestPatrolMarksEachKeyOnceARound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		runs := map[string]int{}
		l := worklist.New(func(_ context.Context, key string) error { runs[key]++; return nil }, ignore)
		start(t, l, 1)
		ctx, cancel := context.WithTimeout(t.Context(), 15*time.Second+time.Millisecond)
		defer cancel()
		l.Patrol(ctx, 5*time.Second, func() []string { return []string{"a", "b", "c"} })
		synctest.Wait()
		for _, key := range []string{"a", "b", "c"} {
			if runs[key] != 3 {
				t.Errorf("%s was looked at %d times in three rounds", key, runs[key])
			}
		}
	})
}

// A patrol stands back while there is other work, and not for ever.
func TestPatrolStandsBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var patrolled []time.Duration // of time into the test
		begin := time.Now()
		l := worklist.New(func(_ context.Context, key string) error {
			if key == "order" {
				time.Sleep(300 * time.Millisecond)
			} else if key == "endless" {
				time.Sleep(10 * time.Second)
			} else {
				patrolled = append(patrolled, time.Since(begin))
			}
			return nil
		}, ignore)
		start(t, l, 4)
		time.AfterFunc(90*time.Millisecond, func() { l.Mark("order") })
		time.AfterFunc(600*time.Millisecond, func() { l.Mark("endless") })
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		l.Patrol(ctx, 100*time.Millisecond, func() []string { return []string{"a"} })
		ms := func(n int) time.Duration { return time.Duration(n) * time.Millisecond }
		// A round is 100 ms: the first ends at 100, and stands back until 390.
		want := []time.Duration{ms(390), ms(490), ms(590), ms(1090), ms(1590)}
		if !slices.Equal(patrolled, want) {
			t.Errorf("patrolled after %v, want %v", patrolled, want)
		}
	})
}

// What is rushed comes first, marked before or not, and once.
func TestRush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var order []string // of one worker
		var l *worklist.List[string]
		l = worklist.New(func(_ context.Context, key string) error {
			order = append(order, key)
			if len(order) == 2 {
				l.Mark("late")
				l.Rush(key) // at work: once more, and before all that wait
			}
			return nil
		}, ignore)
		l.Mark("a", "b", "c")
		l.Rush("c", "first")
		l.Rush("first")
		start(t, l, 1)
		synctest.Wait()
		if want := []string{"c", "first", "first", "a", "b", "late"}; !slices.Equal(order, want) {
			t.Errorf("worked on %v, want %v", order, want)
		}
		if !l.Idle() {
			t.Error("not idle after the work")
		}
	})
}
