package vpchost

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"demarc"
	"demarc/agent/crew"
	"demarc/agent/router"
	"demarc/agent/speaker"
	"demarc/agent/worklist"
	"demarc/intent"
)

// A Host carries VPCs. Make it with New, tell it what to be with Apply, before
// and while Run runs. Methods are safe for concurrent use.
type Host struct {
	config  crew.Config
	log     *slog.Logger
	crew    *crew.Crew[unit]
	speaker *speaker.Speaker     // the crew's
	work    *worklist.List[unit] // the crew's
	watches sync.WaitGroup

	mu        sync.Mutex // guards everything below
	want      intent.VPCHost
	version   int64                    // of want
	found     map[string]router.Tables // by namespace: what was there at the start; nil after the first Apply
	started   time.Time
	vpcs      map[demarc.VPCID]*vpc
	tables    map[demarc.TransitRouteTableID]*table
	internets map[string]*internet // by id of the internet gateway
	sessions  map[string]*session  // by the speaker's key
}

// New looks at what an earlier run left and changes nothing.
func New(config crew.Config) (*Host, error) {
	h := &Host{
		config: config, log: config.Log, started: time.Now(),
		vpcs: map[demarc.VPCID]*vpc{}, tables: map[demarc.TransitRouteTableID]*table{},
		internets: map[string]*internet{}, sessions: map[string]*session{},
	}
	h.crew = crew.New(config, crew.Node[unit]{Do: h.do, Units: h.units, Learn: h.learn, Second: h.second})
	h.speaker, h.work = h.crew.Speaker, h.crew.Work
	var err error
	h.found, err = config.Survey()
	return h, err
}

func (h *Host) String() string { return "VPC host " + string(h.config.Node) }

// Run works until ctx ends. It leaves everything in place, and the sessions
// without a word, so that another run carries on with them. It runs once.
func (h *Host) Run(ctx context.Context) error {
	h.crew.Run(ctx)
	h.watches.Wait()
	return ctx.Err()
}

// second does what time alone asks for.
func (h *Host) second(now time.Time) {
	h.forget(now)
	h.count()
}
