package agent

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"demarc"
	"demarc/agent/crew"
	"demarc/agent/device"
	"demarc/agent/fastpath"
	"demarc/agent/naming"
	"demarc/agent/vpchost"
	"demarc/intent"
)

// Config says which node this is, and with whom it speaks.
type Config struct {
	// Instance is the name of the installation, which everything is called
	// after; empty on a machine of its own (package naming).
	Instance naming.Instance
	Node     demarc.NodeID
	// DataDir is a directory of this node's own. The intent is kept there.
	DataDir string
	Log     *slog.Logger
	// Intents brings what to make true. It need not be closed.
	Intents <-chan intent.Node
	// Reports takes what is seen, the newest; a slow reader misses some. Nil:
	// nobody is told.
	Reports chan<- intent.Report
	// Registerer takes the metrics. Nil: there are none.
	Registerer prometheus.Registerer
	// Health follows how the agent is. Nil: nobody asks.
	Health *Health
	// Round is how long it takes to look at everything once and repair what
	// somebody broke; 0 means 5 s. With hundreds of objects it takes longer.
	Round time.Duration
	// EchoEvery is how often a line is asked for an echo that is watched for
	// losses; 0 means 250 ms. How long it must be clean follows from it.
	EchoEvery time.Duration
	// Stack has the kernel's stack forward all packets, and removes the fast path
	// that an earlier run left. Whoever goes back to a version that does not know
	// of the fast path runs this one so before.
	Stack bool
}

// defaultRound repairs sabotage before anybody has found the telephone number,
// at a price that is not to be seen.
const defaultRound = 5 * time.Second

// Validate names the field at fault.
func (c Config) Validate() error {
	switch {
	case c.Node == "":
		return errors.New("Node: missing")
	case c.DataDir == "":
		return errors.New("DataDir: missing")
	case c.Log == nil:
		return errors.New("Log: missing")
	case c.Round < 0:
		return fmt.Errorf("Round: %v is negative", c.Round)
	case c.EchoEvery < 0:
		return fmt.Errorf("EchoEvery: %v is negative", c.EchoEvery)
	}
	return nil
}

// A node is one kind of machine. What Run makes stays when it ends.
type node interface {
	Apply(intent.Node)
	Run(context.Context) error
	Report() intent.Report
	// FastPath says of each network whether ordinary packets go past the stack.
	FastPath() map[string]fastpath.Off
}

// Run is the agent of one node until ctx ends. Its error is ErrRunning if
// another one has the node or the directory. Forwarding does not pause at its start or at
// its end.
func Run(ctx context.Context, config Config) error {
	if err := config.Validate(); err != nil {
		return fmt.Errorf("agent configuration: %w", err)
	}
	if config.Round == 0 {
		config.Round = defaultRound
	}
	lock, err := lockNode(config.Instance, config.Node)
	if err != nil {
		return err
	}
	defer lock.release()
	dir, err := openDataDir(config.DataDir)
	if err != nil {
		return err
	}
	defer dir.close()
	a := newAgent(config, dir)
	first, err := a.firstIntent(ctx)
	if err != nil {
		return err
	}
	if a.node, err = a.newNode(first); err != nil {
		return err
	}
	return a.run(ctx, first)
}

type agent struct {
	config  Config
	log     *slog.Logger
	dir     *dataDir
	kept    *keeper
	node    node
	changes chan struct{} // holds one: a report may say something new
}

func newAgent(config Config, dir *dataDir) *agent {
	a := &agent{config: config, log: config.Log.With("edge", string(config.Node)), dir: dir, changes: make(chan struct{}, 1)}
	a.kept = &keeper{dir: dir, log: a.log, changed: a.changed}
	return a
}

// firstIntent is the one kept on disk, or the first to come.
func (a *agent) firstIntent(ctx context.Context) (intent.Node, error) {
	kept, ok, err := a.dir.load()
	if err != nil {
		// A node without its intent still has what the kernel has; the control
		// plane will send it again.
		a.log.Error("intent on disk was set aside", "err", err)
	}
	if ok && kept.Node == a.config.Node {
		a.log.Info("intent was found on disk", "version", kept.Version)
		return kept, nil
	}
	for {
		select {
		case <-ctx.Done():
			return intent.Node{}, ctx.Err()
		case first := <-a.config.Intents:
			if !a.isOurs(first) {
				continue
			}
			a.kept.keep(first)
			return first, nil
		}
	}
}

func (a *agent) isOurs(n intent.Node) bool {
	if n.Node == a.config.Node && (n.Device != nil || n.VPCHost != nil) {
		return true
	}
	a.log.Error("intent was for somebody else", "for", string(n.Node))
	return false
}

// newNode makes the kind of node that the intent is for. A machine does not
// change its kind.
func (a *agent) newNode(first intent.Node) (node, error) {
	c := crew.Config{
		Instance: a.config.Instance, Node: a.config.Node, Log: a.log, Dir: a.dir.path, Round: a.config.Round, EchoEvery: a.config.EchoEvery, Stack: a.config.Stack, Changed: a.changed,
	}
	if first.Device != nil {
		return device.New(c)
	}
	return vpchost.New(c)
}

func (a *agent) changed() {
	select {
	case a.changes <- struct{}{}:
	default:
	}
}

func (a *agent) run(ctx context.Context, first intent.Node) error {
	if a.config.Registerer != nil {
		metrics := newMetrics(a.config.Node, a.node)
		if err := a.config.Registerer.Register(metrics); err != nil {
			return fmt.Errorf("register metrics: %w", err)
		}
		defer a.config.Registerer.Unregister(metrics)
	}
	a.node.Apply(first)
	var tasks sync.WaitGroup
	tasks.Go(func() { a.follow(ctx, first.Version) })
	tasks.Go(func() { a.report(ctx) })
	err := a.node.Run(ctx)
	tasks.Wait()
	return err
}

// follow makes each new intent true and keeps it. A lower version is one that
// was overtaken on its way, unless control begins anew with it.
func (a *agent) follow(ctx context.Context, version int64) {
	again := time.NewTicker(keepAgain)
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-again.C:
			a.kept.again()
		case next := <-a.config.Intents:
			if !a.isOurs(next) {
				continue
			}
			switch {
			case next.Version >= version:
			case !next.Anew:
				a.log.Warn("older intent was ignored", "version", next.Version, "applied", version)
				continue
			default:
				a.log.Warn("control went back to an earlier state", "version", next.Version, "applied", version)
			}
			version = next.Version
			a.node.Apply(next)
			a.kept.keep(next)
		}
	}
}
