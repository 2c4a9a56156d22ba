package device

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"demarc"
	"demarc/agent/backbone"
	"demarc/agent/crew"
	"demarc/agent/fastpath"
	"demarc/agent/heartbeat"
	"demarc/agent/linux"
	"demarc/agent/lossy"
	"demarc/agent/router"
	"demarc/agent/speaker"
	"demarc/agent/vlan"
	"demarc/agent/worklist"
	"demarc/intent"
)

// A Device is one Direct Connect router. Make it with New, tell it what to be
// with Apply, before and while Run runs. Methods are safe for concurrent use.
type Device struct {
	config  crew.Config
	log     *slog.Logger
	home    *linux.Namespace
	demux   *vlan.Demux
	crew    *crew.Crew[unit]
	speaker *speaker.Speaker     // the crew's
	work    *worklist.List[unit] // the crew's
	monitor *heartbeat.Monitor
	watches sync.WaitGroup
	forward *fastpath.Gateways
	// passing is held, without mu, while it is changed who looks at packets on
	// their way through gateways: nftables, or the fast path on one link.
	passing sync.RWMutex

	mu       sync.Mutex // guards everything below
	want     intent.Device
	version  int64                    // of want
	found    map[string]router.Tables // by namespace: what was there at the start; nil after the first Apply
	started  time.Time
	ports    map[demarc.PortID]*port
	vifs     map[demarc.VirtualInterfaceID]*vif
	inOrder  []demarc.VirtualInterfaceID // of vifs; nil: to be sorted anew
	gateways map[demarc.GatewayID]*gateway
	sessions map[string]*session // by the speaker's key
	counters vlan.Counters
	visited  demarc.VirtualInterfaceID // whose shaper was read last
	asked    demarc.VirtualInterfaceID // who was listened to last
	drains   map[demarc.VirtualInterfaceID]lossy.Drain

	// Only for second:
	gathered time.Time // when links were read last
	ears     map[demarc.VirtualInterfaceID]*ear
	probes   map[demarc.VirtualInterfaceID]*probe
	// complaints are the last of each kind.
	complaints map[string]string
}

// New opens the device's home namespace, made if need be, and looks at what an
// earlier run left there. It changes nothing else.
func New(config crew.Config) (*Device, error) {
	home, err := openHome(config)
	if err != nil {
		return nil, err
	}
	demux, err := vlan.Open(home)
	if err != nil {
		return nil, errors.Join(err, home.Close())
	}
	forward := &fastpath.Gateways{}
	if !config.Stack {
		forward, err = fastpath.OpenGateways()
	}
	if err != nil {
		return nil, errors.Join(err, demux.Close(), home.Close())
	}
	d := &Device{
		config: config, log: config.Log, home: home, demux: demux, forward: forward, started: time.Now(),
		ports: map[demarc.PortID]*port{}, vifs: map[demarc.VirtualInterfaceID]*vif{}, gateways: map[demarc.GatewayID]*gateway{},
		sessions: map[string]*session{}, ears: map[demarc.VirtualInterfaceID]*ear{}, probes: map[demarc.VirtualInterfaceID]*probe{},
		complaints: map[string]string{},
	}
	d.crew = crew.New(config, crew.Node[unit]{Do: d.do, Units: d.units, Learn: d.learn, Second: d.second})
	d.speaker, d.work = d.crew.Speaker, d.crew.Work
	d.monitor = heartbeat.New(config.Log, backbone.RestartTime, d.beat)
	if d.drains, err = keptDrains(config.Dir); err != nil {
		d.log.Warn("lines are in use that may have been drained", "err", err)
	}
	if d.found, err = config.Survey(); err != nil {
		return nil, errors.Join(err, d.close())
	}
	return d, nil
}

func openHome(config crew.Config) (*linux.Namespace, error) {
	name := config.Instance.Home(config.Node)
	if name == "" {
		return linux.OwnNamespace()
	}
	return linux.CreateNamespace(name)
}

func (d *Device) String() string { return "device " + string(d.config.Node) }

// Run works until ctx ends. It leaves everything in place, and the sessions
// without a word, so that another run carries on with them. It runs once.
func (d *Device) Run(ctx context.Context) error {
	d.crew.Run(ctx, d.watchLinks, d.watchNeighbours, d.askLines)
	d.watches.Wait()
	return errors.Join(ctx.Err(), d.close())
}

func (d *Device) close() error {
	return errors.Join(d.deafen(nil), d.endProbes(func(demarc.VirtualInterfaceID) bool { return true }), d.forward.Close(), d.demux.Close(), d.home.Close())
}

// second does what time alone asks for.
func (d *Device) second(now time.Time) {
	d.forget(now)
	d.complain("counters were not read", d.count())
	d.complain("customers were not listened to", d.listen(now))
	d.complain("links' counters were not read", d.gather(now))
	d.touchAll()
}

// complain logs what went wrong, once until it is something else.
func (d *Device) complain(what string, err error) {
	said := ""
	if err != nil {
		said = err.Error()
	}
	if said != "" && said != d.complaints[what] {
		d.log.Warn(what, "err", err)
	}
	d.complaints[what] = said
}
