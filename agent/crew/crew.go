// Package crew keeps a node at work, whatever kind it is: workers who take
// units from a list, a patrol that has all of them looked at in turn, a BGP
// speaker, and what happens every second. What the units are, and how one is
// made right, is the node's.
package crew

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"demarc"
	"demarc/agent/linux"
	"demarc/agent/naming"
	"demarc/agent/router"
	"demarc/agent/speaker"
	"demarc/agent/worklist"
)

// Config says which node this is.
type Config struct {
	// Instance is empty on a machine of its own; then ports are real, and
	// cables nobody's business here.
	Instance naming.Instance
	Node     demarc.NodeID
	Log      *slog.Logger
	// Dir is the node's own directory; empty for none.
	Dir string
	// EchoEvery is how often a line is asked for an echo that is watched for
	// losses; 0 is the usual.
	EchoEvery time.Duration
	// Round is how long it takes to look at everything once without an event.
	Round time.Duration
	// Stack has the kernel's stack forward all packets: there is no fast path, and
	// what an earlier run left of one is removed.
	Stack bool
	// Changed is called when a report may say something new. It must not block.
	Changed func()
}

// Survey reads the routes of every namespace that an earlier run of the node
// made, by the namespace's name.
func (c Config) Survey() (map[string]router.Tables, error) {
	return router.Survey(c.Instance.Namespace(string(c.Node)), func(name string) bool {
		_, ours := c.Instance.Owned(c.Node, name)
		return ours
	})
}

const (
	// workers is how many units are worked on at a time. Most of the work is
	// the kernel's, much of it under one lock; more brought nothing.
	workers = 4
	// second is how often counters are read and inherited routes looked at.
	second = time.Second
)

// A Unit is one thing to be made right by itself: of a kind, and part of an
// object that has an id.
type Unit interface {
	comparable
	Kind() string
	Object() string
}

// A Node is what a crew works for. Its functions may be called at once.
type Node[U Unit] struct {
	// Do makes one unit right. No unit is with two workers.
	Do func(context.Context, U) error
	// Units are all that there are, each before those that need it.
	Units func() []U
	// Learn takes what a session has to say.
	Learn func(speaker.Event)
	// Second does what time alone asks for.
	Second func(now time.Time)
}

// A Crew is made with New. It may be given work before and while Run runs.
type Crew[U Unit] struct {
	// Work is what to mark when something about a unit may have changed.
	Work *worklist.List[U]
	// Speaker runs the node's sessions.
	Speaker *speaker.Speaker

	config Config
	node   Node[U]
	wrong  worklist.Problems[U]
}

// New makes a crew that has not begun.
func New[U Unit](config Config, node Node[U]) *Crew[U] {
	c := &Crew[U]{config: config, node: node, Speaker: speaker.New(config.Log, node.Learn)}
	c.Work = worklist.New(node.Do, c.note)
	return c
}

// note keeps what is wrong with a unit, and logs it when it changes.
func (c *Crew[U]) note(u U, err error) {
	switch changed := c.wrong.Note(u, err); {
	case changed && err != nil:
		c.config.Log.Warn("it could not be made right", "kind", u.Kind(), "object", u.Object(), "err", err)
	case changed:
		c.config.Log.Info("it was made right", "kind", u.Kind(), "object", u.Object())
	}
	c.config.Changed()
}

// Problems are what is wrong, by object, with units that still exist.
func (c *Crew[U]) Problems(exists func(U) bool) map[string]string {
	c.wrong.Forget(exists)
	return c.wrong.ByObject(U.Object)
}

// Run works until ctx ends, and runs more tasks that end with it beside the
// work. It leaves everything in place, and the sessions without a word, so that
// another run carries on with them. It runs once.
func (c *Crew[U]) Run(ctx context.Context, more ...func(context.Context)) {
	if err := linux.RaiseNeighbourLimits(); err != nil {
		c.config.Log.Warn("neighbour table was left as it is", "err", err)
	}
	speaking, hush := context.WithCancelCause(context.WithoutCancel(ctx))
	var talk, working sync.WaitGroup
	talk.Go(func() {
		if err := c.Speaker.Run(speaking); err != nil {
			c.config.Log.Error("BGP is not spoken", "err", err)
		}
	})
	working.Go(func() { c.Work.Run(ctx, workers) })
	working.Go(func() { c.Work.Patrol(ctx, c.config.Round, c.node.Units) })
	working.Go(func() { c.tick(ctx) })
	for _, task := range more {
		working.Go(func() { task(ctx) })
	}
	working.Wait()
	// Sessions end after the work, or their end would take routes away.
	hush(speaker.ErrRestart)
	talk.Wait()
}

func (c *Crew[U]) tick(ctx context.Context) {
	ticker := time.NewTicker(second)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			c.node.Second(now)
			c.config.Changed()
		}
	}
}
