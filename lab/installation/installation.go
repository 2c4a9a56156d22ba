// Package installation runs demarc's own processes on one machine: control and
// one agent for each node of a site, as children that are started again when
// they die. A killed installation leaves its pid files behind, by which the
// next one, or demarc down, ends what still runs.
package installation

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"demarc"
	"demarc/site"
)

// Config says what to run and where.
type Config struct {
	// Binary is the demarc program.
	Binary string
	// DataDir is where everything is kept.
	DataDir string
	// Instance prefixes the namespaces.
	Instance string
	// Listen is the API's address, host:port. The edgelink listens on the next
	// port and the agents' metrics ten ports on.
	Listen string
	// SiteFile is handed to control; empty is the sample. Site is its content.
	SiteFile string
	Site     *site.Site
	// Control are more flags for control.
	Control []string
	Log     *slog.Logger
}

// An Installation is the running processes.
type Installation struct {
	cfg      Config
	children []*child
}

// Start runs control, waits until it answers, and runs the agents. It runs nothing
// where somebody else has one of control's addresses. The caller calls Stop, also after
// an error.
func Start(ctx context.Context, cfg Config) (*Installation, error) {
	inst := &Installation{cfg: cfg}
	if err := cfg.free(); err != nil {
		return inst, err
	}
	for _, dir := range []string{"log", "run"} {
		if err := os.MkdirAll(filepath.Join(cfg.DataDir, dir), 0o700); err != nil {
			return inst, err
		}
	}
	edgelink, err := cfg.port(1)
	if err != nil {
		return inst, err
	}
	args := []string{"control", "--rehearsal", "--webhook-networks", "127.0.0.0/8,::1/128", "--data", cfg.DataDir, "--listen", cfg.Listen, "--edgelink", edgelink}
	if cfg.SiteFile != "" {
		args = append(args, "--site", cfg.SiteFile)
	}
	args = append(args, cfg.Control...)
	control, err := inst.run("control", args)
	if err != nil {
		return inst, err
	}
	if err := inst.awaitHealthy(ctx, control); err != nil {
		return inst, err
	}
	if err := os.WriteFile(endpointFile(cfg.DataDir), []byte(inst.Endpoint()), 0o600); err != nil {
		return inst, err
	}
	for i, node := range Nodes(cfg.Site) {
		metrics, err := cfg.Metrics(i)
		if err != nil {
			return inst, err
		}
		if _, err := inst.run("agent-"+string(node), []string{
			"agent", "--node", string(node), "--instance", cfg.Instance, "--control", edgelink,
			"--certificates", filepath.Join(cfg.DataDir, "pki", "nodes", string(node)),
			"--data", filepath.Join(cfg.DataDir, "agents", string(node)), "--metrics", metrics,
		}); err != nil {
			return inst, err
		}
	}
	return inst, nil
}

// Nodes lists the machines of a site that need an agent.
func Nodes(s *site.Site) []demarc.NodeID {
	var nodes []demarc.NodeID
	for _, loc := range s.Locations {
		for _, dev := range loc.Devices {
			nodes = append(nodes, dev.Name)
		}
	}
	for _, h := range s.VPCHosts {
		nodes = append(nodes, h.Name)
	}
	return nodes
}

// Endpoint is the URL of the API.
func (i *Installation) Endpoint() string { return "http://" + i.cfg.Listen }

// EndpointOf is that of the installation that runs, or was killed, in a data
// directory; empty if there is none.
func EndpointOf(dataDir string) string {
	text, _ := os.ReadFile(endpointFile(dataDir)) // without it nobody has begun
	return string(text)
}

func endpointFile(dataDir string) string { return filepath.Join(dataDir, "run", "endpoint") }

// Metrics is the address of the metrics of the agent of a node, by its place
// among [Nodes].
func (c Config) Metrics(node int) (string, error) { return c.port(10 + node) }

// port is the listening address n ports on.
func (c Config) port(n int) (string, error) {
	host, text, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return "", fmt.Errorf("--listen %q: expected host:port: %w", c.Listen, err)
	}
	port, err := strconv.Atoi(text)
	if err != nil || port < 1 || port+n > 65535 {
		return "", fmt.Errorf("--listen %q: expected a port from 1 to %d", c.Listen, 65535-n)
	}
	return net.JoinHostPort(host, strconv.Itoa(port+n)), nil
}

// free reports whether control's addresses can be had: another installation's
// would answer in place of ours.
func (c Config) free() error {
	for n := range 2 {
		address, err := c.port(n)
		if err != nil {
			return err
		}
		l, err := net.Listen("tcp", address)
		if err != nil {
			return fmt.Errorf("--listen %s: %s cannot be had, name another port: %w", c.Listen, address, err)
		}
		l.Close()
	}
	return nil
}

// healthPatience is for a control process that loads a large store on a busy
// machine. One that ends is noticed at once.
const healthPatience = 3 * time.Minute

// awaitHealthy waits until control answers /healthz.
func (i *Installation) awaitHealthy(ctx context.Context, control *child) error {
	ctx, cancel := context.WithTimeout(ctx, healthPatience)
	defer cancel()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, i.Endpoint()+"/healthz", nil)
		if err != nil {
			return err
		}
		if resp, err := http.DefaultClient.Do(req); err == nil {
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return nil
			}
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("control did not become healthy: %s", control.lastLines())
		case err := <-control.failed:
			return fmt.Errorf("control ended: %w: %s", err, control.lastLines())
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Stop ends the agents, then control, and waits for all of them.
func (i *Installation) Stop() error {
	var errs []error
	for n := len(i.children) - 1; n >= 0; n-- {
		errs = append(errs, i.children[n].stop())
	}
	i.children = nil
	return errors.Join(append(errs, os.RemoveAll(endpointFile(i.cfg.DataDir)))...)
}
