package main

import (
	"errors"
	"net"
	"net/netip"
	"sync"
	"time"

	"demarc/agent/linux"
)

const (
	// flows are enough for both of two equal paths to have some.
	flows = 32
	// every is how often each flow sends: the error of what is measured.
	every = 5 * time.Millisecond
)

// A traffic is UDP of many flows to a far end that sends it back.
type traffic struct {
	echo    net.PacketConn
	flows   []*flow
	stop    chan struct{}
	working sync.WaitGroup
}

// A flow is one of them: when an answer came last, and the longest time
// between two.
type flow struct {
	conn   net.Conn
	last   time.Time
	silent time.Duration
}

func newTraffic(from, to *linux.Namespace, at netip.AddrPort) (*traffic, error) {
	t := &traffic{stop: make(chan struct{})}
	err := to.Do(func() (err error) {
		t.echo, err = net.ListenPacket("udp", at.String())
		return err
	})
	if err != nil {
		return nil, err
	}
	err = from.Do(func() error {
		for range flows {
			conn, err := net.Dial("udp", at.String())
			if err != nil {
				return err
			}
			t.flows = append(t.flows, &flow{conn: conn, last: time.Now()})
		}
		return nil
	})
	if err != nil {
		return nil, errors.Join(err, t.close())
	}
	t.working.Go(t.answer)
	for _, f := range t.flows {
		t.working.Go(f.hear)
	}
	t.working.Go(t.send)
	return t, nil
}

func (t *traffic) answer() {
	buffer := make([]byte, 64)
	for {
		n, from, err := t.echo.ReadFrom(buffer)
		if err != nil {
			return
		}
		t.echo.WriteTo(buffer[:n], from)
	}
}

func (t *traffic) send() {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		select {
		case <-t.stop:
			return
		case <-ticker.C:
			for _, f := range t.flows {
				f.conn.Write([]byte("echo"))
			}
		}
	}
}

func (f *flow) hear() {
	buffer := make([]byte, 64)
	for {
		if _, err := f.conn.Read(buffer); err != nil {
			var refused net.Error
			if errors.As(err, &refused) && !errors.Is(err, net.ErrClosed) {
				continue // an ICMP error, while there is no route
			}
			return
		}
		now := time.Now()
		f.silent = max(f.silent, now.Sub(f.last))
		f.last = now
	}
}

// end stops it. It returns the longest silence of any flow, and whether all
// are answered at the end.
func (t *traffic) end() (silence time.Duration, back bool) {
	close(t.stop)
	at := time.Now()
	t.close()
	t.working.Wait()
	back = true
	for _, f := range t.flows {
		silence = max(silence, f.silent)
		back = back && at.Sub(f.last) < 20*every
	}
	return silence, back
}

func (t *traffic) close() error {
	errs := []error{t.echo.Close()}
	for _, f := range t.flows {
		errs = append(errs, f.conn.Close())
	}
	return errors.Join(errs...)
}
