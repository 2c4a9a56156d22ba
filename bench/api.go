package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/directconnect"

	"demarc"
	"demarc/store"
)

// connectionsListed measures DescribeConnections of an account with count
// connections, beside moto with as many.
func connectionsListed(count, clients int) func(context.Context, *setting) (figures, error) {
	return func(ctx context.Context, s *setting) (f figures, err error) {
		b, err := startControl(ctx, s, func(ctx context.Context, st *store.Store) error { return withConnections(ctx, st, count) })
		defer func() { err = errors.Join(err, b.close()) }()
		if err != nil {
			return f, err
		}
		customer := b.parties[demarc.Customer]
		m, err := startMoto(ctx)
		defer func() { err = errors.Join(err, m.close()) }()
		if err != nil {
			return f, err
		}
		if err := m.order(ctx, customer, count); err != nil {
			return f, err
		}
		err = f.pairs(s.runs, b.describing(ctx, b.endpoint(), clients), m.beside(func(endpoint string) side {
			return b.describing(ctx, endpoint, clients)
		}))
		return f, err
	}
}

// A side is one side of a pair: it measures once.
type side func() (yield, error)

// beside is the other side of a pair, and none without moto.
func (m *moto) beside(measure func(endpoint string) side) side {
	if m == nil {
		return nil
	}
	return measure(m.endpoint)
}

// pairs measures both sides in turn. Without another side there is no baseline.
func (f *figures) pairs(runs int, measured, baseline side) error {
	for range runs {
		y, err := measured()
		if err != nil {
			return err
		}
		f.add(y)
		if baseline == nil {
			continue
		}
		if y, err = baseline(); err != nil {
			return fmt.Errorf("baseline: %w", err)
		}
		f.baseline = append(f.baseline, y.rate)
	}
	return nil
}

func (f *figures) add(y yield) {
	f.measured, f.p50, f.p99 = append(f.measured, y.rate), append(f.p50, y.p50), append(f.p99, y.p99)
}

// describing lists the customer's connections again and again.
func (b *bed) describing(ctx context.Context, endpoint string, clients int) side {
	return b.repeating(ctx, endpoint, clients, "DescribeConnections", "{}")
}

func (b *bed) repeating(ctx context.Context, endpoint string, clients int, operation, body string) side {
	return func() (yield, error) {
		s, err := aim(ctx, b.parties[demarc.Customer], endpoint, operation, body)
		if err != nil {
			return yield{}, err
		}
		loads := make([]load, clients)
		for i := range loads {
			loads[i] = forAWhile(s)
		}
		return fireAll(loads)
	}
}

// interfaceFound measures DescribeVirtualInterfaces of one interface among
// count, beside one among fewer.
func interfaceFound(count, fewer, clients int) func(context.Context, *setting) (figures, error) {
	return func(ctx context.Context, s *setting) (f figures, err error) {
		among := func(count int) (*bed, error) {
			return startControl(ctx, s, func(ctx context.Context, st *store.Store) error { return withInterfaces(ctx, st, count) })
		}
		many, err := among(count)
		defer func() { err = errors.Join(err, many.close()) }()
		if err != nil {
			return f, err
		}
		if fewer == 0 {
			err = f.pairs(s.runs, many.finding(ctx, count/2, clients), nil)
			return f, err
		}
		few, err := among(fewer)
		defer func() { err = errors.Join(err, few.close()) }()
		if err != nil {
			return f, err
		}
		err = f.pairs(s.runs, many.finding(ctx, count/2, clients), few.finding(ctx, fewer/2, clients))
		return f, err
	}
}

func (b *bed) finding(ctx context.Context, n, clients int) side {
	return b.repeating(ctx, b.endpoint(), clients, "DescribeVirtualInterfaces", fmt.Sprintf(`{"virtualInterfaceId":%q}`, interfaceID(n)))
}

// ordersPerRun is how many connections one run buys. They are given back before
// the next, so that every run finds as many free ports.
const ordersPerRun = 200

// connectionsOrdered measures CreateConnection, beside moto.
func connectionsOrdered(clients int) func(context.Context, *setting) (figures, error) {
	return func(ctx context.Context, s *setting) (f figures, err error) {
		b, err := startControl(ctx, s, func(ctx context.Context, st *store.Store) error { return withPorts(ctx, st, ordersPerRun) })
		defer func() { err = errors.Join(err, b.close()) }()
		if err != nil {
			return f, err
		}
		m, err := startMoto(ctx)
		defer func() { err = errors.Join(err, m.close()) }()
		if err != nil {
			return f, err
		}
		err = f.pairs(s.runs, func() (yield, error) {
			y, err := b.ordering(ctx, b.endpoint(), clients)()
			return y, errors.Join(err, b.giveBack(ctx))
		}, m.beside(func(endpoint string) side { return b.ordering(ctx, endpoint, clients) }))
		return f, err
	}
}

func (b *bed) ordering(ctx context.Context, endpoint string, clients int) side {
	return func() (yield, error) {
		loads := make([]load, clients)
		for i := range loads {
			shots, err := creations(ctx, b.parties[demarc.Customer], endpoint, ordersPerRun/clients)
			if err != nil {
				return yield{}, err
			}
			loads[i] = each(shots)
		}
		return fireAll(loads)
	}
}

// giveBack deletes all the customer's connections.
func (b *bed) giveBack(ctx context.Context) error {
	dx := b.parties[demarc.Customer].DirectConnect()
	out, err := dx.DescribeConnections(ctx, nil)
	if err != nil {
		return err
	}
	var errs []error
	for _, c := range out.Connections {
		_, err := dx.DeleteConnection(ctx, &directconnect.DeleteConnectionInput{ConnectionId: c.ConnectionId})
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// allocators allocate interfaces side by side, each on connections of its own;
// allocations is how many each makes in one run.
const (
	allocators  = 64
	allocations = perConnection
)

// interfacesAllocated measures AllocatePrivateVirtualInterface, every one on
// disk before it is answered.
func interfacesAllocated(ctx context.Context, s *setting) (f figures, err error) {
	b, err := startControl(ctx, s, func(ctx context.Context, st *store.Store) error {
		return withConnections(ctx, st, s.runs*allocators)
	})
	defer func() { err = errors.Join(err, b.close()) }()
	if err != nil {
		return f, err
	}
	platform, _, err := b.findEnvironment(ctx)
	if err != nil {
		return f, err
	}
	next := 0
	err = f.pairs(s.runs, func() (yield, error) {
		first := next
		next += allocators
		return b.allocating(ctx, platform, first)
	}, nil)
	return f, err
}

// allocating uses the connections from first on, one for each client.
func (b *bed) allocating(ctx context.Context, platform string, first int) (yield, error) {
	loads := make([]load, allocators)
	for i := range loads {
		shots, errs := make([]shot, allocations), make([]error, allocations)
		for n := range shots {
			body := fmt.Sprintf(`{"connectionId":%q,"ownerAccount":%q,"newPrivateVirtualInterfaceAllocation":{"virtualInterfaceName":"bench","vlan":%d,"asn":65001}}`,
				connectionID(first+i), platform, 100+n)
			shots[n], errs[n] = aim(ctx, b.parties[demarc.Customer], b.endpoint(), "AllocatePrivateVirtualInterface", body)
		}
		if err := errors.Join(errs...); err != nil {
			return yield{}, err
		}
		loads[i] = each(shots)
	}
	return fireAll(loads)
}

// memoryInterfaces is how many interfaces the memory is divided by.
const memoryInterfaces = 100_000

// memoryPerInterface measures the resident memory of a control process with a
// hundred thousand interfaces, started anew for each run, once it has answered.
func memoryPerInterface(ctx context.Context, s *setting) (f figures, err error) {
	b, err := startControl(ctx, s, func(ctx context.Context, st *store.Store) error { return withInterfaces(ctx, st, memoryInterfaces) })
	defer func() { err = errors.Join(err, b.close()) }()
	if err != nil {
		return f, err
	}
	for range s.runs {
		if _, err := b.finding(ctx, memoryInterfaces/2, 1)(); err != nil {
			return f, err
		}
		resident, err := b.resident()
		if err != nil {
			return f, err
		}
		f.measured = append(f.measured, resident/memoryInterfaces)
		if err := b.restart(ctx); err != nil {
			return f, err
		}
	}
	return f, nil
}

// resident is control's VmRSS in KiB.
func (b *bed) resident() (kib float64, err error) {
	pid, err := os.ReadFile(filepath.Join(b.dir, "run", "control.pid"))
	if err != nil {
		return 0, err
	}
	status, err := os.ReadFile(filepath.Join("/proc", string(pid), "status"))
	if err != nil {
		return 0, err
	}
	_, line, found := strings.Cut(string(status), "VmRSS:")
	if !found {
		return 0, fmt.Errorf("process %s has no VmRSS", pid)
	}
	_, err = fmt.Sscan(line, &kib)
	return kib, err
}
