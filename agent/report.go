package agent

import (
	"context"
	"maps"
	"reflect"
	"slices"
	"time"

	"demarc/intent"
)

const (
	// gather is how long a change waits for others that come with it.
	gather = 20 * time.Millisecond
	// pace is the least time between reports that only count further.
	pace = 900 * time.Millisecond // a little less than the second between readings
	// share bounds what reporting may cost: gathering takes this many times as
	// long as making a report did.
	share = 10
)

// report sends the newest report whenever it says something new.
func (a *agent) report(ctx context.Context) {
	r := reporter{make: a.seeNode, wait: gather}
	for {
		var out chan<- intent.Report
		if r.due {
			out = a.config.Reports // nil if nobody is told, and then never ready
		}
		select {
		case <-ctx.Done():
			return
		case <-a.changes:
			r.look(ctx)
		case out <- r.newest:
			r.sent(time.Now())
		}
	}
}

// seeNode makes a report, for the node's health as well.
func (a *agent) seeNode() intent.Report {
	r := a.node.Report()
	if err := a.kept.problem(); err != nil {
		problems := map[string]string{intent.Unkept: err.Error()}
		maps.Copy(problems, r.Problems)
		r.Problems = problems
	}
	if a.config.Health != nil {
		a.config.Health.see(time.Now(), r)
	}
	return r
}

// A reporter decides whether a report is worth sending.
type reporter struct {
	make   func() intent.Report
	wait   time.Duration
	newest intent.Report
	due    bool // newest is to be sent
	last   intent.Report
	lastAt time.Time // zero before the first
}

// look makes a new report after gathering what comes with the change.
func (r *reporter) look(ctx context.Context) {
	timer := time.NewTimer(r.wait)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return
	case <-timer.C:
	}
	start := time.Now()
	r.newest = r.make()
	r.wait = max(gather, share*time.Since(start))
	switch {
	case r.due, r.lastAt.IsZero(), news(r.last, r.newest):
		r.due = true
	case time.Since(r.lastAt) >= pace:
		r.due = !reflect.DeepEqual(r.newest, r.last)
	}
}

func (r *reporter) sent(now time.Time) { r.last, r.lastAt, r.due = r.newest, now, false }

// news reports whether a report says more than one before but how far something
// has counted.
func news(before, now intent.Report) bool {
	lines := differ(before.Ports, now.Ports, intent.PortSeen.WithoutCounters) ||
		differ(before.VIFs, now.VIFs, intent.VIFSeen.WithoutCounters) ||
		differ(before.VPCs, now.VPCs, intent.VPCSeen.WithoutCounters)
	return lines || !reflect.DeepEqual(besideLines(before), besideLines(now))
}

func differ[T any](before, now intent.Lines[T], quiet func(T) T) bool {
	return !slices.EqualFunc(before, now, func(a, b *T) bool {
		return a == b || reflect.DeepEqual(quiet(*a), quiet(*b))
	})
}

// besideLines is what a report says besides its lines.
func besideLines(r intent.Report) intent.Report {
	r.Ports, r.VIFs, r.VPCs = nil, nil, nil
	return r
}
