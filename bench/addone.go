package main

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"time"

	"demarc"
)

// One interface more: on a port of its own, with the first addresses after the
// fleet's.
const (
	oneMoreTag  = demarc.VLAN(999)
	onFull      = fleetPorts     // the connection of the device that is full
	onEmpty     = fleetPorts + 1 // and of the one that is empty
	oneMoreTwin = fleetSize + 1  // the second one's addresses
)

// pairs is how many are one run: each is a few hundredths of a second, and the
// ratio of five wavers by a quarter.
const pairs = 8

// addOne measures from the accepted confirmation of one interface more to its
// session, on a device that has a thousand and on one that has none.
func addOne(ctx context.Context, s *setting) (r figures, err error) {
	f, err := startFleet(ctx, s)
	defer func() { err = joined(err, f.close()) }()
	if err != nil {
		return r, err
	}
	full, err := f.oneMore(ctx, onFull, fleetSize)
	if err != nil {
		return r, err
	}
	empty, err := f.oneMore(ctx, onEmpty, oneMoreTwin)
	if err != nil {
		return r, err
	}
	if err := dialAll(f.peers); err != nil {
		return r, err
	}
	// A device that still learns a hundred thousand routes is another measurement.
	if err := awaitTables(ctx, f.tables, whole); err != nil {
		return r, err
	}
	for range s.runs * pairs {
		ours, err := full.add(ctx)
		if err != nil {
			return r, err
		}
		baseline, err := empty.add(ctx)
		if err != nil {
			return r, err
		}
		r.measured, r.baseline = append(r.measured, ours.Seconds()), append(r.baseline, baseline.Seconds())
	}
	return r, nil
}

// An addition is an interface that can be ordered again and again.
type addition struct {
	*line
	peer *scripted
}

func (f *fleet) oneMore(ctx context.Context, port, n int) (*addition, error) {
	amazon, customer := fleetAddresses(n)
	if err := f.tag(port, oneMoreTag, customer); err != nil {
		return nil, err
	}
	a := &addition{
		line: &line{bed: f.bed, socket: socket{vlan: oneMoreTag, amazon: amazon, customer: customer}, connection: string(connectionID(port))},
		peer: newScripted(f.customers, 0, amazon, customer),
	}
	a.peer.prefixes = []netip.Prefix{netip.MustParsePrefix("30.0.0.0/24")}
	var err error
	a.platform, a.gateway, err = f.findEnvironment(ctx) // one that is attached to a VPC, as acceptance demands
	return a, err
}

// add orders it, waits for its session and deletes it. The customer's router
// listens, so that the session begins as soon as ours can.
func (a *addition) add(ctx context.Context) (took time.Duration, err error) {
	listener, err := a.peer.listen()
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	vif, err := a.allocate(ctx)
	if err != nil {
		return 0, err
	}
	if err := a.confirm(ctx, vif); err != nil {
		return 0, err
	}
	begin := time.Now()
	if err := a.answer(listener); err != nil {
		return 0, err
	}
	took = time.Since(begin)
	return took, a.remove(ctx, vif)
}

// answer takes the first connection on which a session comes about.
func (a *addition) answer(listener net.Listener) error {
	deadline := time.Now().Add(time.Minute)
	for {
		_ = listener.(*net.TCPListener).SetDeadline(deadline)
		conn, err := listener.Accept()
		if err != nil {
			return fmt.Errorf("wait for the session: %w", err)
		}
		if err = a.peer.speak(conn); err == nil {
			return nil
		}
	}
}
