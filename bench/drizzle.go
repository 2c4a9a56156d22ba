package main

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"
)

// drop is how often each flow of a drizzle sends: the error of what is
// measured. There are many flows, and two processors for all there is.
const drop = 20 * time.Millisecond

// A drizzle is numbered flows from all app hosts of a fleet to its customers,
// one way.
type drizzle struct {
	flows   []net.Conn
	far     net.PacketConn
	stop    chan struct{}
	working sync.WaitGroup

	mu     sync.Mutex      // guards what follows
	last   []time.Time     // when each flow was heard last; zero before the first
	silent []time.Duration // the longest between two
}

func (f *fleet) newDrizzle() (*drizzle, error) {
	t := &drizzle{stop: make(chan struct{})}
	err := f.customers.Do(func() (err error) {
		t.far, err = net.ListenPacket("udp4", ":7")
		return err
	})
	if err != nil {
		return nil, err
	}
	for gw, app := range f.apps {
		err = errors.Join(err, app.Do(func() error {
			for j := range flowsPerVPC {
				conn, err := net.Dial("udp4", netip.AddrPortFrom(fleetAnnounced(gw, j).Addr().Next(), 7).String())
				if err != nil {
					return err
				}
				t.flows = append(t.flows, conn)
			}
			return nil
		}))
	}
	if err != nil {
		return nil, errors.Join(err, t.close())
	}
	t.last, t.silent = make([]time.Time, len(t.flows)), make([]time.Duration, len(t.flows))
	t.working.Go(t.send)
	t.working.Go(t.hear)
	return t, nil
}

func (t *drizzle) send() {
	ticker := time.NewTicker(drop)
	defer ticker.Stop()
	for {
		select {
		case <-t.stop:
			return
		case <-ticker.C:
			for i, flow := range t.flows {
				_, _ = flow.Write(binary.BigEndian.AppendUint32(nil, uint32(i)))
			}
		}
	}
}

func (t *drizzle) hear() {
	buffer := make([]byte, 64)
	for {
		n, _, err := t.far.ReadFrom(buffer)
		if err != nil {
			return
		}
		if i := int(binary.BigEndian.Uint32(buffer)); n == 4 && i < len(t.flows) {
			t.heard(i, time.Now())
		}
	}
}

func (t *drizzle) heard(i int, now time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.last[i].IsZero() {
		t.silent[i] = max(t.silent[i], now.Sub(t.last[i]))
	}
	t.last[i] = now
}

// settle waits until each flow arrives, and begins to measure.
func (t *drizzle) settle(ctx context.Context) error {
	err := await(ctx, "all flows to arrive", func() (bool, error) { return t.all(time.Now()), nil })
	t.mu.Lock()
	defer t.mu.Unlock()
	clear(t.silent)
	return err
}

// all reports whether each flow was heard a moment ago.
func (t *drizzle) all(now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, last := range t.last {
		if now.Sub(last) > 20*drop {
			return false
		}
	}
	return true
}

// end stops it. It returns the longest silence of each flow, and whether all are
// heard at the end.
func (t *drizzle) end() (silent []time.Duration, back bool) {
	back = t.all(time.Now())
	close(t.stop)
	_ = t.close()
	t.working.Wait()
	return t.silent, back
}

func (t *drizzle) close() error {
	errs := []error{t.far.Close()}
	for _, flow := range t.flows {
		errs = append(errs, flow.Close())
	}
	return errors.Join(errs...)
}
