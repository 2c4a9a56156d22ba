package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"demarc"
)

// memoryPerSession measures what the agent's process has more with a thousand
// sessions of a hundred prefixes than with no interface, each time after a
// restart, per session.
func memoryPerSession(ctx context.Context, s *setting) (r figures, err error) {
	f, err := startFleet(ctx, s)
	defer func() { err = joined(err, f.close()) }()
	if err != nil {
		return r, err
	}
	for range s.runs {
		if err := dialAll(f.peers); err != nil {
			return r, err
		}
		if err := awaitTables(ctx, f.tables, whole); err != nil {
			return r, err
		}
		full, err := f.resident(ctx, fleetDevice)
		if err != nil {
			return r, err
		}
		empty, err := f.resident(ctx, emptyDevice)
		if err != nil {
			return r, err
		}
		r.measured = append(r.measured, (full-empty)/fleetSize)
		hangUpAll(f.peers)
		if err := f.again(ctx); err != nil {
			return r, err
		}
	}
	return r, nil
}

// memoryPerInterfaceAtEdge measures what an interface with a session of a
// hundred prefixes takes on its device, namespaces and all: what the agent's
// process and the kernel have more with a thousand than without, each time with
// a device made anew. The kernel's figure is of the whole machine, and so has
// the customers' ends of the sessions in it.
func memoryPerInterfaceAtEdge(ctx context.Context, s *setting) (r figures, err error) {
	for range s.runs {
		kib, err := weighFleet(ctx, s)
		if err != nil {
			return r, err
		}
		r.measured = append(r.measured, kib/fleetSize)
	}
	return r, nil
}

func weighFleet(ctx context.Context, s *setting) (kib float64, err error) {
	f, err := startFleet(ctx, s)
	defer func() { err = joined(err, f.close()) }()
	if err != nil {
		return 0, err
	}
	if err := dialAll(f.peers); err != nil {
		return 0, err
	}
	if err := awaitTables(ctx, f.tables, whole); err != nil {
		return 0, err
	}
	full, err := f.resident(ctx, fleetDevice)
	if err != nil {
		return 0, err
	}
	empty, err := f.resident(ctx, emptyDevice)
	if err != nil {
		return 0, err
	}
	after, err := kernelMemory()
	return full - empty + after - f.before, err
}

// kernelMemory is what the kernel uses for itself, in KiB.
func kernelMemory() (float64, error) {
	return kibibytes("/proc/meminfo", "Slab:", "Percpu:", "VmallocUsed:", "PageTables:")
}

// settled is how long a process is left alone before it is weighed.
const settled = 5 * time.Second

// resident is what a device's agent has in memory, in KiB.
func (f *fleet) resident(ctx context.Context, node demarc.NodeID) (float64, error) {
	select {
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-time.After(settled):
	}
	pid, err := f.pid("agent-" + string(node))
	if err != nil {
		return 0, err
	}
	return kibibytes(fmt.Sprintf("/proc/%d/status", pid), "VmRSS:")
}

// again has the full device's agent start anew.
func (f *fleet) again(ctx context.Context) error {
	// A restart inherits what the kernel still has, so that has to go first.
	if err := awaitTables(ctx, f.tables, bare); err != nil {
		return err
	}
	return errors.Join(f.restartProcess(ctx, "agent-"+string(fleetDevice)), f.listening(ctx))
}

// kibibytes adds up lines of a file of the kernel's that are in kB.
func kibibytes(file string, names ...string) (sum float64, err error) {
	text, err := os.Open(file)
	if err != nil {
		return 0, err
	}
	defer text.Close()
	for lines := bufio.NewScanner(text); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		for _, name := range names {
			if len(fields) > 1 && fields[0] == name {
				n, err := strconv.ParseFloat(fields[1], 64)
				if err != nil {
					return 0, fmt.Errorf("%s: %w", file, err)
				}
				sum += n
			}
		}
	}
	return sum, nil
}
