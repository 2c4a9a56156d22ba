package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/spf13/cobra"

	"demarc"
	"demarc/agent"
	"demarc/agent/naming"
	"demarc/api/edgelink"
	"demarc/cli"
	"demarc/intent"
	"demarc/internal/pki"
)

// agentOptions are the flags of demarc agent.
type agentOptions struct {
	node         string
	instance     string
	data         string
	control      string
	certificates string
	metrics      string
	stack        bool
}

func agentCommand() *cobra.Command {
	var o agentOptions
	cmd := &cobra.Command{
		Use:   "agent",
		Short: "Run the agent of one machine that carries traffic",
		Long: `Agent makes true what control wants of one node, a Direct Connect device or a
VPC host, and reports what it sees. It keeps what it was told last in --data, and
goes on forwarding without control. When it ends, or is killed, everything stays
in place for the next one to take up.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			data, err := cmd.Flags().GetString("data")
			if err != nil {
				return err
			}
			if o.data, err = filepath.Abs(data); err != nil {
				return err
			}
			return runAgent(cmd.Context(), o, cli.Logger(slog.LevelInfo))
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.node, "node", "", "which node of the site this is")
	flags.StringVar(&o.control, "control", "127.0.0.1:8481", "edge address of a control process")
	flags.StringVar(&o.certificates, "certificates", "", "directory with this node's certificates, as control wrote them under pki/nodes/NODE")
	flags.StringVar(&o.instance, "instance", "", "prefix of namespaces, where several nodes share a machine; empty on a machine of its own")
	flags.StringVar(&o.metrics, "metrics", "127.0.0.1:8490", "address of /metrics and /healthz")
	flags.BoolVar(&o.stack, "no-fast-path", false, "have the kernel's stack forward all packets, and remove the programs that an earlier run left")
	cmd.MarkFlagRequired("node")
	cmd.MarkFlagRequired("certificates")
	return cmd
}

// agentGarbage is how much garbage an agent lets come together, in per cent of
// what it uses, unless GOGC says otherwise. Each session's memory is so much
// larger for it; with half of it, collecting is a fifth of what a device with a
// thousand interfaces has to do when all their routes come at once.
const agentGarbage = 80

func runAgent(ctx context.Context, o agentOptions, log *slog.Logger) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(agentGarbage)
	}
	config, err := pki.ClientConfig(o.certificates)
	if err != nil {
		return err
	}
	node := demarc.NodeID(o.node)
	link, err := edgelink.Dial(edgelink.ClientConfig{Address: o.control, TLS: config, Node: node, Log: log})
	if err != nil {
		return err
	}
	metrics := prometheus.NewRegistry()
	metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	health := &agent.Health{}
	web, err := agentWeb(o.metrics, metrics, health, log)
	if err != nil {
		return err
	}
	intents, reports := make(chan intent.Node), make(chan intent.Report)
	log.Info("agent is up", "edge", node, "control", o.control, "metrics", o.metrics)
	return runAll(ctx, []task{
		func(ctx context.Context) error {
			return agent.Run(ctx, agent.Config{
				Instance: naming.Instance(o.instance), Node: node, DataDir: o.data, Log: log,
				Intents: intents, Reports: reports, Registerer: metrics, Health: health, Stack: o.stack,
			})
		},
		func(ctx context.Context) error {
			return link.Run(ctx, reports, func(n intent.Node) {
				select {
				case intents <- n:
				case <-ctx.Done():
				}
			})
		},
		web,
	})
}

// agentWeb serves /metrics and /healthz, which need no account.
func agentWeb(address string, metrics *prometheus.Registry, health *agent.Health, log *slog.Logger) (task, error) {
	if address == "" {
		return nil, errors.New("--metrics: expected host:port")
	}
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("--metrics: %w", err)
	}
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(metrics, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { serveHealth(w, health) })
	return serveHTTP(listener, mux, log), nil
}

func serveHealth(w http.ResponseWriter, health *agent.Health) {
	well, err := health.Check(time.Now())
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	fmt.Fprintln(w, well)
}
