package device

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"demarc"
	"demarc/agent/linux"
	"demarc/agent/naming"
	"demarc/agent/router"
	"demarc/agent/speaker"
	"demarc/agent/vlan"
	"demarc/agent/worklist"
	"demarc/intent"
)

// Config says which device this is.
type Config struct {
	// Instance is empty on a machine of its own; then ports are real, and
	// cables nobody's business here.
	Instance naming.Instance
	Node     demarc.NodeID
	Log      *slog.Logger
	// Round is how long it takes to look at everything once without an event.
	Round time.Duration
	// Changed is called when a report may say something new. It must not block.
	Changed func()
}

const (
	// workers is how many units are worked on at a time. Most of the work is
	// the kernel's, much of it under one lock; more brought nothing.
	workers = 4
	// second is how often counters are read and inherited routes looked at.
	second = time.Second
)

// A Device is one Direct Connect router. Make it with New, tell it what to be
// with Apply, before and while Run runs. Methods are safe for concurrent use.
type Device struct {
	config  Config
	log     *slog.Logger
	home    *linux.Namespace
	demux   *vlan.Demux
	speaker *speaker.Speaker
	work    *worklist.List[unit]
	wrong   worklist.Problems[unit]

	mu       sync.Mutex // guards everything below
	want     intent.Device
	version  int64                    // of want
	found    map[string]router.Routes // by namespace: what was there at the start; nil after the first Apply
	started  time.Time
	ports    map[demarc.PortID]*port
	vifs     map[demarc.VirtualInterfaceID]*vif
	gateways map[demarc.GatewayID]*gateway
	sessions map[string]*session // by the speaker's key
	counters vlan.Counters
}

// New opens the device's home namespace, made if need be, and looks at what an
// earlier run left there. It changes nothing else.
func New(config Config) (*Device, error) {
	home, err := openHome(config)
	if err != nil {
		return nil, err
	}
	demux, err := vlan.Open(home)
	if err != nil {
		return nil, errors.Join(err, home.Close())
	}
	d := &Device{
		config: config, log: config.Log, home: home, demux: demux, started: time.Now(),
		ports: map[demarc.PortID]*port{}, vifs: map[demarc.VirtualInterfaceID]*vif{}, gateways: map[demarc.GatewayID]*gateway{},
		sessions: map[string]*session{},
	}
	d.speaker = speaker.New(config.Log, d.learn)
	d.work = worklist.New(d.do, d.note)
	if d.found, err = survey(config); err != nil {
		return nil, errors.Join(err, d.close())
	}
	return d, nil
}

func openHome(config Config) (*linux.Namespace, error) {
	name := config.Instance.Home(config.Node)
	if name == "" {
		return linux.OwnNamespace()
	}
	return linux.CreateNamespace(name)
}

// survey reads the routes of every namespace that an earlier run made.
func survey(config Config) (map[string]router.Routes, error) {
	return router.Survey(config.Instance.Namespace(string(config.Node)), func(name string) bool {
		_, ours := config.Instance.Owned(config.Node, name)
		return ours
	})
}

func (d *Device) String() string { return "device " + string(d.config.Node) }

// Run works until ctx ends. It leaves everything in place, and the sessions
// without a word, so that another run carries on with them. It runs once.
func (d *Device) Run(ctx context.Context) error {
	if err := linux.RaiseNeighbourLimits(); err != nil {
		d.log.Warn("neighbour table was left as it is", "err", err)
	}
	speaking, hush := context.WithCancelCause(context.WithoutCancel(ctx))
	var talk, working sync.WaitGroup
	talk.Go(func() { d.speaker.Run(speaking) })
	working.Go(func() { d.work.Run(ctx, workers) })
	working.Go(func() { d.work.Patrol(ctx, d.config.Round, d.units) })
	working.Go(func() { d.watchLinks(ctx) })
	working.Go(func() { d.tick(ctx) })
	working.Wait()
	// Sessions end after the work, or their end would take routes away.
	hush(speaker.ErrRestart)
	talk.Wait()
	return errors.Join(ctx.Err(), d.close())
}

func (d *Device) close() error { return errors.Join(d.demux.Close(), d.home.Close()) }

// tick does what time alone asks for.
func (d *Device) tick(ctx context.Context) {
	ticker := time.NewTicker(second)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			d.forget(now)
			if err := d.count(); err != nil {
				d.log.Warn("counters were not read", "err", err)
			}
			d.config.Changed()
		}
	}
}
