package lab

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"demarc/agent/linux"
	"demarc/site"
)

// OpenRouter finds a router of a world that another process has built. The
// caller closes it; what it started goes on until the world is taken down.
func OpenRouter(instance string, r site.Router, log *slog.Logger) (*Router, error) {
	ns, err := linux.OpenNamespace(Namespace(instance, r.Name))
	if err != nil {
		return nil, fmt.Errorf("find router %s (is demarc up running?): %w", r.Name, err)
	}
	cage := ns
	if r.Via != "" {
		if cage, err = linux.OpenNamespace(Namespace(instance, r.Via)); err != nil {
			return nil, errors.Join(fmt.Errorf("find carrier %s: %w", r.Via, err), ns.Close())
		}
	}
	dir := filepath.Join(RunDir(instance), r.Name)
	return &Router{name: r.Name, lan: r.LAN, dir: dir, namespace: ns, cage: cage, log: log, daemon: newDaemon(r.Daemon, ns, dir)}, nil
}

func newDaemon(kind string, ns *linux.Namespace, dir string) daemon {
	if kind == "bird" {
		return &bird{namespace: ns, dir: dir}
	}
	return &frr{namespace: ns, dir: dir}
}

// Reboot ends whatever daemon runs on the router, whoever started it.
func (r *Router) Reboot(ctx context.Context) error {
	if err := r.daemon.Stop(); err != nil {
		return err
	}
	if err := killInside(ctx, []string{r.namespace.Name()}); err != nil {
		return err
	}
	for _, pattern := range []string{"*.vty", "*.ctl", "*.pid", "*.api", "*.sock"} {
		left, err := filepath.Glob(filepath.Join(r.dir, pattern))
		if err != nil {
			return err
		}
		for _, file := range left {
			os.Remove(file)
		}
	}
	return nil
}

// Close leaves the router as it is.
func (r *Router) Close() error {
	if r.demux != nil {
		r.demux.Close()
	}
	if r.carried() {
		r.cage.Close()
	}
	return r.namespace.Close()
}
