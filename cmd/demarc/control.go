package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/spf13/cobra"

	"demarc"
	"demarc/api"
	"demarc/api/desk"
	"demarc/api/edgelink"
	"demarc/cli"
	"demarc/connection"
	"demarc/intent"
	"demarc/internal/pki"
	"demarc/internal/steady"
	"demarc/maintenance"
	"demarc/notice"
	"demarc/rehearsal"
	"demarc/series"
	"demarc/site"
	"demarc/store"
	"demarc/vif"
)

const (
	// certificateCheck is how often running nodes' certificates are looked after,
	// clockCheck how soon after the machine's clock has jumped.
	certificateCheck = 24 * time.Hour
	clockCheck       = 5 * time.Second
)

// controlOptions are the flags of demarc control.
type controlOptions struct {
	data     string
	listen   string
	rate     int
	edgelink string
	siteFile string
	notices  string
	etcd     []string
	etcdTLS  store.TLS
	// rehearsal lets the operator move the site's clock.
	rehearsal bool
	// webhookNetworks are reached though they are not public.
	webhookNetworks []string
}

func controlCommand() *cobra.Command {
	var o controlOptions
	cmd := &cobra.Command{
		Use:   "control",
		Short: "Run the control plane: API, desk, store, channel to the agents",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			data, err := cmd.Flags().GetString("data")
			if err != nil {
				return err
			}
			if o.data, err = filepath.Abs(data); err != nil {
				return err
			}
			return runControl(cmd.Context(), o, cli.Logger(slog.LevelInfo))
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.listen, "listen", "127.0.0.1:8480", "address of the AWS and desk APIs, /metrics and /healthz")
	// Twice what one machine of two cores answers: it stops a runaway client
	// of a large machine, and nobody else.
	flags.IntVar(&o.rate, "account-rate", 80_000, "calls of AWS's APIs that an account may make in a second, before ThrottlingException; 0 is any number")
	flags.StringVar(&o.edgelink, "edgelink", "127.0.0.1:8481", "address that agents connect to (gRPC, mutual TLS)")
	flags.StringVar(&o.siteFile, "site", "", "site file (default: the sample site)")
	flags.StringVar(&o.notices, "notices", "", "file to which every notice of the site is added, a JSON object a line (default: none)")
	flags.StringSliceVar(&o.etcd, "etcd", nil, "host:port of the members of an etcd cluster (default: embedded, under --data)")
	flags.BoolVar(&o.rehearsal, "rehearsal", false, "let the operator move the site's clock (demarc clock --advance)")
	flags.StringSliceVar(&o.webhookNetworks, "webhook-networks", nil, "networks, besides the public internet, that tenants' webhooks may be in")
	flags.StringVar(&o.etcdTLS.CA, "etcd-ca", "", "PEM file of the cluster's authority")
	flags.StringVar(&o.etcdTLS.Cert, "etcd-cert", "", "PEM file of our certificate for the cluster")
	flags.StringVar(&o.etcdTLS.Key, "etcd-key", "", "PEM file of its key")
	return cmd
}

func runControl(ctx context.Context, o controlOptions, log *slog.Logger) (err error) {
	s, err := site.Load(o.siteFile)
	if err != nil {
		return err
	}
	world := steady.New(log)
	st, err := store.Open(ctx, store.Config{Dir: filepath.Join(o.data, "etcd"), Endpoints: o.etcd, TLS: o.etcdTLS, Witness: notice.Witness(siteTime(world.Now)), Log: log}, store.Tables()...)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, st.Close()) }()
	if err := s.Import(ctx, st); err != nil {
		return err
	}
	if err := site.WriteProfiles(filepath.Join(o.data, "aws"), st.Local(), s.Region); err != nil {
		return err
	}
	if err := writeBundles(o.data, st); err != nil {
		return err
	}
	debug.FreeOSMemory() // loading leaves as much behind as it keeps
	metrics := prometheus.NewRegistry()
	metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	metrics.MustRegister(clockOff(world))
	world.After(lastSeen(st.Local()))
	clock := rehearsal.Clock(st, world.Now)
	edge, err := edgeTask(o, st, world.Now, metrics, log)
	if err != nil {
		return err
	}
	pulse := store.NewPulse(st, log)
	lately := &series.Keeper{}
	regions := s.Regions()
	door, err := doorTask(o, api.Config{
		Store: st, Clock: clock, Wall: demarc.SystemClock, Believed: world.Now, Region: regions[0], OtherRegions: regions[1:], Series: lately, Metrics: metrics, Log: log,
		Healthy: func() error { return pulse.Check(time.Now()) },
	})
	if err != nil {
		return err
	}
	defer runtime.KeepAlive(ballast())
	log.Info("control is up", "listen", o.listen, "edgelink", o.edgelink)
	measure := func(ctx context.Context) error { return lately.Run(ctx, st, world.Now) }
	lines := &maintenance.LineWatcher{Store: st, Clock: clock, Log: log}
	tasks := []task{edge, door, pulse.Run, measure, certificateTask(o.data, st, world, log), sweeper(st, clock, log).Run, conductor(st, clock, log), lines.Run}
	telling, err := noticeTasks(o, s.Region, st, clock, log)
	if err != nil {
		return err
	}
	return runAll(ctx, append(tasks, telling...))
}

// ballast is memory that is reserved and never touched, so it is not resident. The
// collector runs when the heap has doubled: that of a small site is a few
// mebibytes, and describing its connections would be collecting for a third of
// the time. Larger sites do not notice it, as they would a higher GOGC.
func ballast() []byte { return make([]byte, 64<<20) }

// siteTime is the site's time as a transaction sees it.
func siteTime(world demarc.Clock) func(store.Reader) time.Time {
	return func(r store.Reader) time.Time { return world().Add(rehearsal.Ahead(r)) }
}

// lastSeen is when control last noted that it heard of a node, by the world's
// time; zero for never.
func lastSeen(r store.Reader) (last time.Time) {
	for node := range store.NodeSightings.All(r) {
		if node.At.After(last) {
			last = node.At
		}
	}
	return last
}

// clockOff shows that the machine's clock is not believed.
func clockOff(world *steady.Clock) prometheus.Collector {
	return prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Name: "demarc_clock_off_seconds",
		Help: "How far the machine's clock has jumped from the time that deadlines go by; 0 while it is believed.",
	}, func() float64 { return world.Off().Seconds() })
}

func parseNetworks(texts []string) (networks []netip.Prefix, err error) {
	for _, text := range texts {
		network, err := netip.ParsePrefix(text)
		if err != nil {
			return nil, err
		}
		networks = append(networks, network.Masked())
	}
	return networks, nil
}

// noticeTasks tell the parties what happened.
func noticeTasks(o controlOptions, region demarc.Region, st *store.Store, clock demarc.Clock, log *slog.Logger) ([]task, error) {
	within, err := parseNetworks(o.webhookNetworks)
	if err != nil {
		return nil, fmt.Errorf("--webhook-networks: %w", err)
	}
	watcher := &notice.Watcher{Store: st, Clock: clock, Log: log}
	courier := &notice.Courier{Store: st, Clock: clock, Wall: demarc.SystemClock, Region: region, Log: log, Alone: len(o.etcd) == 0, Within: within}
	tasks := []task{watcher.Run, courier.Run}
	if o.notices == "" {
		return tasks, nil
	}
	scribe := &notice.Scribe{Store: st, Region: region, Log: log, Path: o.notices}
	if err := scribe.Open(); err != nil {
		return nil, fmt.Errorf("--notices: %w", err)
	}
	return append(tasks, scribe.Run), nil
}

// doorTask is the front door: one port for every API.
func doorTask(o controlOptions, config api.Config) (task, error) {
	listener, err := net.Listen("tcp", o.listen)
	if err != nil {
		return nil, fmt.Errorf("--listen: %w", err)
	}
	keys, _ := store.SiteKeys.Get(config.Store.Local(), store.OnlyRow)
	config.PageKey, config.AccountRate = []byte(keys.Pages.Reveal()), o.rate
	config.Desk = desk.New(desk.Config{Store: config.Store, Clock: config.Clock, Log: config.Log, Identity: api.Caller, Rehearsal: o.rehearsal})
	return serveHTTP(listener, api.New(config), config.Log), nil
}

// edgeTask is the channel to the agents.
func edgeTask(o controlOptions, st *store.Store, world demarc.Clock, metrics prometheus.Registerer, log *slog.Logger) (task, error) {
	ca, err := pki.Open(filepath.Join(o.data, "pki"), nil)
	if err != nil {
		return nil, err
	}
	host, _, err := net.SplitHostPort(o.edgelink)
	if err != nil {
		return nil, fmt.Errorf("--edgelink: %w", err)
	}
	name, err := os.Hostname()
	if err != nil {
		return nil, err
	}
	config, err := ca.ServerConfig(host, name)
	if err != nil {
		return nil, err
	}
	site := rehearsal.Clock(st, world)
	server, err := edgelink.New(edgelink.Config{Store: st, Observer: observer(site), Clock: world, Site: site, Log: log, Metrics: metrics})
	if err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp", o.edgelink)
	if err != nil {
		return nil, fmt.Errorf("--edgelink: %w", err)
	}
	g := edgelink.NewGRPC(config)
	server.Register(g)
	return func(ctx context.Context) error {
		defer context.AfterFunc(ctx, g.Stop)()
		return g.Serve(listener)
	}, nil
}

// observer is what sightings mean, by the rooms.
func observer(clock demarc.Clock) edgelink.Observer {
	return edgelink.Observer{
		Port: func(tx *store.Tx, seen intent.PortSeen) error {
			connection.Observe(tx, seen)
			return nil
		},
		VIF: func(tx *store.Tx, seen intent.VIFSeen) error {
			vif.Observe(tx, seen)
			return nil
		},
		Settle: func(tx *store.Tx, id demarc.VirtualInterfaceID) error {
			vif.Settle(tx, id, clock())
			return nil
		},
	}
}

// certificateTask renews the nodes' certificates as they grow old, and looks at
// them when the machine's clock has jumped: they may be of the time before.
func certificateTask(data string, st *store.Store, world *steady.Clock, log *slog.Logger) task {
	return func(ctx context.Context) error {
		looked, off := time.Now(), world.Off()
		for {
			select {
			case <-ctx.Done():
				return nil
			case <-time.After(clockCheck):
			}
			before := off
			if off = world.Off(); time.Since(looked) < certificateCheck && (off == 0) == (before == 0) {
				continue
			}
			looked = time.Now()
			if err := writeBundles(data, st); err != nil {
				log.Error("certificates of nodes were not renewed", "err", err)
			}
		}
	}
}

// writeBundles keeps a bundle for every node of the site under pki/nodes.
func writeBundles(data string, st *store.Store) error {
	ca, err := pki.Open(filepath.Join(data, "pki"), nil)
	if err != nil {
		return err
	}
	view := st.Local()
	var errs []error
	write := func(node demarc.NodeID) {
		errs = append(errs, ca.WriteNode(filepath.Join(data, "pki", "nodes", string(node)), string(node)))
	}
	for dev := range store.Devices.All(view) {
		write(dev.ID)
	}
	for host := range store.VPCHosts.All(view) {
		write(host.ID)
	}
	return errors.Join(errs...)
}
