package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"demarc/agent/linux"
	"demarc/lab/installation"
)

// restartLoss counts the packets that are lost, of a thousand a second each
// way, while every agent and then control is restarted.
func restartLoss(ctx context.Context, s *setting) (f figures, err error) {
	b, l, err := path{speed: "1Gbps", mtu: 1500}.lay(ctx, s)
	defer func() { err = joined(err, b.close()) }()
	if err != nil {
		return f, err
	}
	for range s.runs {
		lost, err := l.lostOver(ctx, l.restartAll)
		if err != nil {
			return f, err
		}
		f.measured = append(f.measured, float64(lost))
	}
	return f, nil
}

// restartAll restarts one process after the other, each when the session is up
// again after the one before.
func (l *line) restartAll(ctx context.Context) error {
	var names []string
	for _, node := range installation.Nodes(l.config.Site) {
		names = append(names, "agent-"+string(node))
	}
	for _, name := range append(names, "control") {
		if err := l.restartProcess(ctx, name); err != nil {
			return err
		}
		err := await(ctx, "the session after "+name, func() (bool, error) {
			sum, err := l.sumOfAgents(ctx, "demarc_bgp_peer_state")
			return sum == 1, err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// lostOver counts what is lost both ways while something is done.
func (l *line) lostOver(ctx context.Context, do func(context.Context) error) (lost int, err error) {
	out, err := newStream(l.host.Namespace(), l.app.Namespace(), netip.AddrPortFrom(l.appAddress, 9))
	if err != nil {
		return 0, err
	}
	back, err := newStream(l.app.Namespace(), l.host.Namespace(), netip.AddrPortFrom(l.host.Address(), 9))
	if err != nil {
		out.end()
		return 0, err
	}
	err = do(ctx)
	select {
	case <-ctx.Done():
	case <-time.After(time.Second): // what a restart does may come late
	}
	lost = out.end() + back.end()
	return lost, errors.Join(err, ctx.Err())
}

// perSecond is how many packets a stream sends.
const perSecond = 1000

// A stream is numbered packets one way.
type stream struct {
	from, to net.Conn
	stop     chan struct{}
	working  sync.WaitGroup
	sent     int
	arrived  map[uint64]bool
}

func newStream(from, to *linux.Namespace, at netip.AddrPort) (*stream, error) {
	s := &stream{stop: make(chan struct{}), arrived: map[uint64]bool{}}
	err := to.Do(func() error {
		conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(at))
		s.to = conn
		return err
	})
	if err != nil {
		return nil, err
	}
	err = from.Do(func() (err error) {
		s.from, err = net.Dial("udp", at.String())
		return err
	})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("send to %s: %w", at, err), s.to.Close())
	}
	s.working.Go(s.hear)
	s.working.Go(s.send)
	return s, nil
}

// send keeps to the clock: what a busy machine delays is sent afterwards.
func (s *stream) send() {
	begin := time.Now()
	for ticker := time.NewTicker(time.Second / perSecond); ; {
		select {
		case <-s.stop:
			ticker.Stop()
			return
		case <-ticker.C:
			for s.sent < int(time.Since(begin)*perSecond/time.Second) {
				_, _ = s.from.Write(binary.BigEndian.AppendUint64(nil, uint64(s.sent)))
				s.sent++
			}
		}
	}
}

func (s *stream) hear() {
	buffer := make([]byte, 64)
	for {
		n, err := s.to.Read(buffer)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if n == 8 {
			s.arrived[binary.BigEndian.Uint64(buffer)] = true
		}
	}
}

// end counts the packets that did not arrive.
func (s *stream) end() (lost int) {
	close(s.stop)
	time.Sleep(100 * time.Millisecond) // the last are on their way
	_ = s.to.Close()
	s.working.Wait()
	_ = s.from.Close()
	return s.sent - len(s.arrived)
}
