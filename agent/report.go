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
	case r.due, r.lastAt.IsZero(), !reflect.DeepEqual(still(r.newest), still(r.last)):
		r.due = true
	case time.Since(r.lastAt) >= pace:
		r.due = !reflect.DeepEqual(r.newest, r.last)
	}
}

func (r *reporter) sent(now time.Time) { r.last, r.lastAt, r.due = r.newest, now, false }

// still is a report without what counts.
func still(r intent.Report) intent.Report {
	r.Ports, r.VIFs, r.VPCs = slices.Clone(r.Ports), slices.Clone(r.VIFs), slices.Clone(r.VPCs)
	for i := range r.Ports {
		r.Ports[i] = r.Ports[i].WithoutCounters()
	}
	for i := range r.VIFs {
		r.VIFs[i] = r.VIFs[i].WithoutCounters()
	}
	for i := range r.VPCs {
		r.VPCs[i] = r.VPCs[i].WithoutCounters()
	}
	return r
}
