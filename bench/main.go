// Command bench measures demarc as it is installed: its own processes, real
// frames, a stranger's router. It prints a table and writes the same as JSON.
//
// The machine is shared and noisy, so a figure stands beside a baseline that
// was measured in turn with it, run by run, and the ratio is the median of the
// pairs. A figure of one run is never printed.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"syscall"
	"text/tabwriter"
	"time"

	"demarc"
)

// A benchmark measures one thing, n times, each time with its baseline if it
// has one.
type benchmark struct {
	name, unit string
	// baseline says what it is compared with; empty for none.
	baseline string
	measure  func(ctx context.Context, s *setting) (figures, error)
}

// figures are the results of the runs; baseline is as long as measured, or
// empty. So are p50 and p99, which are of one request, in milliseconds.
type figures struct{ measured, baseline, p50, p99 []float64 }

var benchmarks = []benchmark{
	{"first-packet-after-confirm", "s", "", firstPacket},
	{"path-tcp-throughput", "Gbit/s", plainVeths, pathThroughput},
	{"edge-tcp-1500", "Gbit/s", plainVeths, path{unshaped, 1500, tcpRate}.against},
	{"edge-tcp-9001", "Gbit/s", plainVeths, path{unshaped, 9001, tcpRate}.against},
	{"edge-small-packets", "1,000/s", plainVeths, path{unshaped, 1500, smallPackets}.against},
	{"edge-shaping-50m", "% off", "", shaping("50Mbps", 50*demarc.Mbps)},
	{"edge-shaping-500m", "% off", "", shaping("500Mbps", 500*demarc.Mbps)},
	{"edge-shaping-1g", "% off", "", shaping("1Gbps", demarc.Gbps)},
	{"edge-failover-bfd-1", "s", "", failover(bfdLine, 2500*time.Millisecond)},
	{"edge-failover-bfd-1000", "s", "", failoverAll},
	{"edge-failover-hold3", "s", "", failover(holdLine, 6*time.Second)},
	{"edge-converge-1000", "s", "BIRD 2 as one process with 1,000 neighbours", converge},
	{"edge-restart-loss", "packets", "", restartLoss},
	{"desk-cutover-loss", "s", "", cutoverLoss},
	{"edge-memory-per-session", "KiB", "", memoryPerSession},
	{"edge-memory-per-vif", "KiB", "", memoryPerInterfaceAtEdge},
	{"edge-add-one-at-1000", "s", "the same on an empty device", addOne},
	{"describe-connections-1", "requests/s", "GET /healthz on the same server and connection", describeConnections(1)},
	{"describe-connections-1000", "requests/s", "describe-connections with 1 connection in the account, same server", describeConnections(1000)},
	{"api-describe-connections-1", "requests/s", besideMoto + onOneProcessor, alone(connectionsListed(1, 1))},
	{"api-describe-connections-1-from-8", "requests/s", besideMoto, connectionsListed(1, 8)},
	{"api-describe-connections-100", "requests/s", besideMoto + onOneProcessor, alone(connectionsListed(100, 1))},
	{"api-describe-connections-100-from-8", "requests/s", besideMoto, connectionsListed(100, 8)},
	{"api-describe-connections-1000", "requests/s", besideMoto + onOneProcessor, alone(connectionsListed(1000, 1))},
	{"api-describe-connections-1000-from-8", "requests/s", besideMoto, connectionsListed(1000, 8)},
	{"api-describe-vif-by-id-1000", "requests/s", "", interfaceFound(1000, 0, 1)},
	{"api-describe-vif-by-id-1000-from-8", "requests/s", "", interfaceFound(1000, 0, 8)},
	{"api-describe-vif-by-id-100000", "requests/s", "among 1,000, same run", interfaceFound(100_000, 1000, 1)},
	{"api-describe-vif-by-id-100000-from-8", "requests/s", "among 1,000, same run", interfaceFound(100_000, 1000, 8)},
	{"api-create-connection", "requests/s", besideMoto, connectionsOrdered(1)},
	{"api-create-connection-from-8", "requests/s", besideMoto, connectionsOrdered(8)},
	{"api-allocate-vif", "requests/s", "", interfacesAllocated},
	{"api-memory-per-vif", "KiB", "", memoryPerInterface},
}

const plainVeths = "plain routed veths with the same number of hops"

const besideMoto = "moto_server, same load"

// onOneProcessor is said of both sides.
const onOneProcessor = ", both on one processor"

// A setting is what all benchmarks share.
type setting struct {
	binary string
	runs   int
	log    *slog.Logger
}

func main() {
	only := flag.String("only", "", "regular expression of the benchmarks to run")
	runs := flag.Int("n", 5, "runs of each, at least 5")
	binary := flag.String("binary", "bin/demarc", "the program to measure")
	out := flag.String("o", "bench/results.json", "where to write the results")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, *only, *runs, *binary, *out); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, only string, runs int, binary, out string) error {
	pattern, err := regexp.Compile(only)
	if err != nil {
		return fmt.Errorf("-only: %w", err)
	}
	if runs < 5 {
		return fmt.Errorf("-n %d: at least 5 runs, or the median means nothing", runs)
	}
	if binary, err = filepath.Abs(binary); err != nil {
		return err
	}
	s := &setting{binary: binary, runs: runs, log: slog.New(slog.DiscardHandler)}
	results := []Result{}
	table := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(table, "NAME\tUNIT\tN\tMEDIAN\tMIN\tMAX\tP50 ms\tP99 ms\tRATIO\tBASELINE")
	for _, b := range benchmarks {
		if !pattern.MatchString(b.name) {
			continue
		}
		fmt.Fprintf(os.Stderr, "measuring %s …\n", b.name)
		f, err := b.measure(ctx, s)
		if err != nil {
			return fmt.Errorf("%s: %w", b.name, err)
		}
		r := summarise(b, f)
		results = append(results, r)
		fmt.Fprintf(table, "%s\t%s\t%d\t%.4g\t%.4g\t%.4g\t%s\t%s\t%s\t%s\n", r.Name, r.Unit, r.N, r.Median, r.Min, r.Max,
			cell("%.3g", r.P50), cell("%.3g", r.P99), cell("%.3f", r.Ratio), r.Baseline)
	}
	if err := table.Flush(); err != nil {
		return err
	}
	data, err := json.MarshalIndent(results, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(out, append(data, '\n'), 0o644)
}
