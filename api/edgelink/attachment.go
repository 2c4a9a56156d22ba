package edgelink

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"demarc"
	"demarc/intent"
	"demarc/store"
)

const (
	// gather is how long a change waits for those that follow on its heels: an
	// order is a handful of commits.
	gather = 3 * time.Millisecond

	// batch is how many lines share a transaction. Each reads and writes up to
	// four keys, and etcd allows 128 on a cluster that was not told otherwise.
	batch = 20

	// writeTimeout bounds one transaction, so that a store without quorum does
	// not hold the node's newer reports back for long.
	writeTimeout = 5 * time.Second

	// numberAgain is how soon tunnels get their numbers that could not.
	numberAgain = time.Second

	// noteEvery is how often it is written down that the node is attached, by
	// the site's clock, which is looked at every noteLook: where somebody moves
	// it, what waits for a note does not wait for longer than for the rest.
	noteEvery = 30 * time.Second
	noteLook  = time.Second
)

// An attachment is one node's stream while it lasts: one goroutine receives,
// one watches the store, one sends intents, one takes up reports, one notes
// that the node is there. A node that does not read, or a store that does not
// write, holds up its own only.
type attachment struct {
	server  *Server
	node    demarc.NodeID
	since   time.Time
	log     *slog.Logger
	stream  *serverEnd
	reports *latest
	told    *told
	judge   *judge

	refused  []lineKey         // of the last report, so that a log says each once
	problems map[string]string // of the last report
}

// serve runs until the stream ends, and returns when nothing of it runs.
func (a *attachment) serve() error {
	ctx, cancel := context.WithCancel(a.stream.Context())
	// So that what is sent first is not older than what the node has already.
	view, err := a.server.cfg.Store.Read(ctx)
	if err != nil {
		cancel()
		return status.Error(codes.Unavailable, "the store does not answer")
	}
	compile, review := make(chan struct{}, 1), make(chan struct{}, 1)
	var tasks sync.WaitGroup
	defer tasks.Wait()
	defer cancel()
	tasks.Go(func() { a.watch(ctx, view, compile, review) })
	tasks.Go(func() { a.tell(ctx, compile) })
	tasks.Go(func() { a.hear(ctx, review) })
	tasks.Go(func() { a.note(ctx) })
	return a.receive()
}

// receive keeps the newest report until the node goes away.
func (a *attachment) receive() error {
	for {
		report, err := a.stream.Recv()
		if err != nil {
			return err
		}
		if report.Node != "" && report.Node != a.node {
			return status.Errorf(codes.PermissionDenied, "the certificate is node %s's, the report claims to be node %s's", a.node, report.Node)
		}
		a.server.metrics.reports.WithLabelValues(string(a.node)).Inc()
		a.reports.put(report)
	}
}

// watch wakes the other two when a noun has changed, until ctx ends or the
// store is closed. Sightings, which change far more often, wake nobody.
func (a *attachment) watch(ctx context.Context, view *store.View, compile, review chan<- struct{}) {
	changed, revision := sources(view), view.Revision()
	for {
		newer, err := a.server.cfg.Store.Changed(ctx, revision)
		if err != nil {
			return
		}
		revision = newer
		if !slices.ContainsFunc(changed, closed) {
			continue
		}
		if !rest(ctx, gather) {
			return
		}
		view = a.server.cfg.Store.Local()
		changed, revision = sources(view), view.Revision()
		wake(compile)
		wake(review)
	}
}

// tell sends the node its intent, first as it is and then whenever it becomes
// another. Sending waits for a node that does not read.
func (a *attachment) tell(ctx context.Context, compile <-chan struct{}) {
	for {
		var again <-chan time.Time
		if err := a.number(ctx); err != nil && ctx.Err() == nil {
			a.log.Error("a link to another machine has to wait", "err", err)
			again = time.After(numberAgain)
		}
		if n, ok := a.told.news(); ok {
			if err := a.stream.Send(&n); err != nil {
				return // the stream is over, and receive says why
			}
			a.server.metrics.intents.WithLabelValues(string(a.node)).Inc()
		}
		select {
		case <-compile:
		case <-again:
		case <-ctx.Done():
			return
		}
	}
}

// hear takes up the newest report: when there is one, and again when a noun
// has changed, since it may mean something else then.
func (a *attachment) hear(ctx context.Context, review <-chan struct{}) {
	for {
		select {
		case <-a.reports.fresh:
		case <-review:
		case <-ctx.Done():
			return
		}
		if report := a.reports.load(); report != nil {
			a.takeUp(ctx, report)
		}
	}
}

// note writes down that the node is attached, at once and as long as it is. A
// node that the site does not have is attached all the same, and not noted.
func (a *attachment) note(ctx context.Context) {
	for {
		begun := a.server.cfg.Site()
		patience, cancel := context.WithTimeout(ctx, writeTimeout)
		err := a.server.cfg.Store.Write(patience, func(tx *store.Tx) error {
			_, device := store.Devices.Get(tx, string(a.node))
			_, host := store.VPCHosts.Get(tx, string(a.node))
			if device || host {
				store.NodeSightings.Put(tx, intent.NodeSeen{ID: a.node, At: a.server.cfg.Clock()})
			}
			return nil
		})
		cancel()
		if err != nil && ctx.Err() == nil {
			a.log.Error("could not note that the node is attached", "err", err)
		}
		for range noteEvery / noteLook { // a clock that is set back delays nothing
			if !rest(ctx, noteLook) {
				return
			}
			if !a.server.cfg.Site().Before(begun.Add(noteEvery)) {
				break
			}
		}
	}
}

func (a *attachment) takeUp(ctx context.Context, report *intent.Report) {
	now := a.server.cfg.Clock()
	a.told.mu.Lock()
	view := a.told.store.Local()
	released := a.told.released(view, report)
	a.told.mu.Unlock()

	lines, refused := a.judge.sort(view, now, report)
	a.logRefused(refused)
	a.logProblems(report.Problems)
	lines = slices.Concat(lines, a.judge.settled(released), a.judge.cleared(view))
	for some := range slices.Chunk(lines, batch) {
		if err := a.write(ctx, now, some); err != nil && ctx.Err() == nil {
			a.log.Error("could not keep a report", "err", err)
		}
	}
}

// A lineError is what went wrong with one line of a batch.
type lineError struct {
	index int
	err   error
}

func (e *lineError) Error() string { return e.err.Error() }

func (e *lineError) Unwrap() error { return e.err }

// write makes one transaction of the lines. A line that cannot be written is
// logged and left out, for the next report to try again.
func (a *attachment) write(ctx context.Context, now time.Time, lines []line) error {
	ctx, cancel := context.WithTimeout(ctx, writeTimeout)
	defer cancel()
	for len(lines) > 0 {
		err := a.server.cfg.Store.Write(ctx, func(tx *store.Tx) error {
			for i, l := range lines {
				if err := l.write(tx); err != nil {
					return &lineError{i, err}
				}
			}
			return nil
		})
		var bad *lineError
		if !errors.As(err, &bad) {
			if err == nil {
				a.written(now, lines)
			}
			return err
		}
		a.log.Error("could not keep a line of a report", lines[bad.index].kind, lines[bad.index].id, "err", bad.err)
		lines = slices.Concat(lines[:bad.index], lines[bad.index+1:])
	}
	return nil
}

func (a *attachment) written(now time.Time, lines []line) {
	a.server.metrics.lines.Add(float64(len(lines)))
	for _, l := range lines {
		a.judge.done(l, now)
		if l.kind == a.judge.vif.name && l.state == "" {
			a.told.forget(demarc.VirtualInterfaceID(l.id))
		}
	}
}

// logRefused says once what a node reports that is not its own.
func (a *attachment) logRefused(refused []lineKey) {
	a.server.metrics.refused.WithLabelValues(string(a.node)).Add(float64(len(refused)))
	if len(refused) > 0 && !slices.Equal(refused, a.refused) {
		first := refused[0]
		a.log.Warn("refused what an edge reported of others", first.kind, first.id,
			"reason", fmt.Sprintf("not this edge's, as %d in all", len(refused)))
	}
	a.refused = refused
}

// logProblems says once what a node cannot make true.
func (a *attachment) logProblems(problems map[string]string) {
	a.server.metrics.problems.WithLabelValues(string(a.node)).Set(float64(len(problems)))
	for _, id := range slices.Sorted(maps.Keys(problems)) {
		if a.problems[id] != problems[id] {
			a.log.Warn("edge could not make its intent true", "object", id, "err", problems[id])
		}
	}
	a.problems = problems
}

// rest waits for d, and is false if ctx ended first.
func rest(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
