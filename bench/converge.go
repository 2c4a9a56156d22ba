package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"demarc/agent/linux"
	"demarc/lab"
)

// converge measures from the start of a thousand routers that are ready to the
// last of their routes in the kernel: on a device in each interface's namespace
// and in its gateway's, with BIRD in one table.
func converge(ctx context.Context, s *setting) (r figures, err error) {
	f, err := startFleet(ctx, s)
	defer func() { err = joined(err, f.close()) }()
	if err != nil {
		return r, err
	}
	b, err := startBirdFleet(ctx, f.instance)
	defer func() { err = joined(err, b.close()) }()
	if err != nil {
		return r, err
	}
	for range s.runs {
		ours, err := convergeOnce(ctx, f.peers, f.tables)
		if err != nil {
			return r, err
		}
		if err := f.listening(ctx); err != nil {
			return r, err
		}
		if err := b.listening(ctx); err != nil {
			return r, err
		}
		theirs, err := convergeOnce(ctx, b.peers, []*table{b.table})
		if err != nil {
			return r, fmt.Errorf("bird: %w", err)
		}
		r.measured, r.baseline = append(r.measured, ours.Seconds()), append(r.baseline, theirs.Seconds())
	}
	return r, nil
}

func convergeOnce(ctx context.Context, peers []*scripted, tables []*table) (time.Duration, error) {
	begin := time.Now()
	said := make(chan error, 1)
	go func() { said <- dialAll(peers) }()
	err := awaitTables(ctx, tables, whole)
	took := time.Since(begin)
	err = errors.Join(err, <-said)
	hangUpAll(peers)
	return took, errors.Join(err, awaitTables(ctx, tables, bare))
}

// listening waits until every session of the fleet can begin again.
func (f *fleet) listening(ctx context.Context) error {
	for n := range fleetSize {
		if err := awaitListener(ctx, f.namespace(n)); err != nil {
			return err
		}
	}
	return nil
}

// A birdFleet is BIRD with a thousand neighbours, all on one link.
type birdFleet struct {
	ours, theirs *linux.Namespace
	dir          string
	process      *exec.Cmd
	peers        []*scripted
	table        *table
}

func startBirdFleet(ctx context.Context, instance string) (*birdFleet, error) {
	b := &birdFleet{}
	var err error
	if b.ours, err = linux.CreateNamespace(lab.Namespace(instance, "bird")); err != nil {
		return b, err
	}
	if b.theirs, err = linux.CreateNamespace(lab.Namespace(instance, "bird-peers")); err != nil {
		return b, err
	}
	if b.dir, err = os.MkdirTemp("", "demarc-bench-bird-"); err != nil {
		return b, err
	}
	left := linux.End{Namespace: b.ours, Name: "peers"}
	right := linux.End{Namespace: b.theirs, Name: "bird"}
	config := bytes.NewBufferString(birdBeginning)
	for n := range fleetSize {
		amazon, customer := fleetAddresses(n)
		left.Addresses, right.Addresses = append(left.Addresses, amazon), append(right.Addresses, customer)
		fmt.Fprintf(config, birdNeighbour, n, amazon.Addr(), customer.Addr(), benchASN, benchKey)
		b.peers = append(b.peers, newScripted(b.theirs, n, amazon, customer))
	}
	if err := linux.EnsureVeth(left, right); err != nil {
		return b, err
	}
	file := filepath.Join(b.dir, "bird.conf")
	if err := os.WriteFile(file, config.Bytes(), 0o600); err != nil {
		return b, err
	}
	b.process = exec.Command("bird", "-f", "-c", file, "-s", b.control(), "-P", filepath.Join(b.dir, "bird.pid"))
	if err := b.ours.Do(b.process.Start); err != nil {
		b.process = nil
		return b, err
	}
	if err := b.listening(ctx); err != nil {
		return b, err
	}
	b.table, err = openTable(b.ours.Name(), fleetSize*fleetPrefixes)
	return b, err
}

const birdBeginning = `
router id 10.255.0.1;
protocol device { scan time 60; }
protocol kernel { scan time 3600; ipv4 { export all; import none; }; }
`

// Strict binding gives each neighbour a listener of its own: the kernel lets
// one have the keys of some 960.
const birdNeighbour = `protocol bgp n%d {
	local %s as 64512;
	neighbor %s as %d;
	password "%s";
	strict bind on; passive on; error wait time 1, 1;
	ipv4 { import all; export none; };
}
`

// newScripted is the router at the far end of the n-th interface.
func newScripted(ns *linux.Namespace, n int, amazon, customer netip.Prefix) *scripted {
	p := &scripted{namespace: ns, local: customer.Addr(), remote: amazon.Addr(), key: benchKey}
	for j := range fleetPrefixes {
		p.prefixes = append(p.prefixes, fleetAnnounced(n, j))
	}
	return p
}

func (b *birdFleet) control() string { return filepath.Join(b.dir, "bird.ctl") }

// listening waits until BIRD is ready for every neighbour.
func (b *birdFleet) listening(ctx context.Context) error {
	return await(ctx, "BIRD to be ready for all", func() (bool, error) {
		out, err := exec.CommandContext(ctx, "birdc", "-s", b.control(), "show", "protocols").Output()
		time.Sleep(100 * time.Millisecond) // it is busy enough
		if ready := strings.Count(string(out), "Passive"); err == nil && ready != fleetSize {
			err = fmt.Errorf("it is for %d", ready)
		}
		return err == nil, err
	})
}

func (b *birdFleet) close() error {
	var errs []error
	if b.process != nil {
		errs = append(errs, b.process.Process.Kill())
		_ = b.process.Wait()
	}
	if b.table != nil {
		errs = append(errs, b.table.close())
	}
	for _, ns := range []*linux.Namespace{b.ours, b.theirs} {
		if ns != nil {
			errs = append(errs, ns.Close(), linux.DeleteNamespace(ns.Name()))
		}
	}
	return errors.Join(append(errs, os.RemoveAll(b.dir))...)
}
