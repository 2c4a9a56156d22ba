package vpchost

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
	"demarc/intent"
)

// Config says which host this is.
type Config struct {
	Instance naming.Instance
	Node     demarc.NodeID
	Log      *slog.Logger
	// Round is how long it takes to look at everything once without an event.
	Round time.Duration
	// Changed is called when a report may say something new. It must not block.
	Changed func()
}

const (
	// workers is how many units are worked on at a time.
	workers = 4
	// second is how often counters are read and inherited routes looked at.
	second = time.Second
)

// A Host carries VPCs. Make it with New, tell it what to be with Apply, before
// and while Run runs. Methods are safe for concurrent use.
type Host struct {
	config  Config
	log     *slog.Logger
	speaker *speaker.Speaker
	work    *worklist.List[unit]
	wrong   worklist.Problems[unit]
	watches sync.WaitGroup

	mu        sync.Mutex // guards everything below
	want      intent.VPCHost
	version   int64                    // of want
	found     map[string]router.Routes // by namespace: what was there at the start; nil after the first Apply
	started   time.Time
	vpcs      map[demarc.VPCID]*vpc
	internets map[string]*internet // by id of the internet gateway
	sessions  map[string]*session  // by the speaker's key
}

// New looks at what an earlier run left and changes nothing.
func New(config Config) (*Host, error) {
	h := &Host{
		config: config, log: config.Log, started: time.Now(),
		vpcs: map[demarc.VPCID]*vpc{}, internets: map[string]*internet{}, sessions: map[string]*session{},
	}
	h.speaker = speaker.New(config.Log, h.learn)
	h.work = worklist.New(h.do, h.note)
	var err error
	h.found, err = router.Survey(config.Instance.Namespace(string(config.Node)), func(name string) bool {
		_, ours := config.Instance.Owned(config.Node, name)
		return ours
	})
	return h, err
}

func (h *Host) String() string { return "VPC host " + string(h.config.Node) }

// Run works until ctx ends. It leaves everything in place, and the sessions
// without a word, so that another run carries on with them. It runs once.
func (h *Host) Run(ctx context.Context) error {
	if err := linux.RaiseNeighbourLimits(); err != nil {
		h.log.Warn("neighbour table was left as it is", "err", err)
	}
	speaking, hush := context.WithCancelCause(context.WithoutCancel(ctx))
	var talk, working sync.WaitGroup
	talk.Go(func() { h.speaker.Run(speaking) })
	working.Go(func() { h.work.Run(ctx, workers) })
	working.Go(func() { h.work.Patrol(ctx, h.config.Round, h.units) })
	working.Go(func() { h.tick(ctx) })
	working.Wait()
	h.watches.Wait()
	// Sessions end after the work, or their end would take routes away.
	hush(speaker.ErrRestart)
	talk.Wait()
	return ctx.Err()
}

// tick does what time alone asks for.
func (h *Host) tick(ctx context.Context) {
	ticker := time.NewTicker(second)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			h.forget(now)
			h.count()
			h.config.Changed()
		}
	}
}
