package lab

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"demarc/agent/linux"
)

// A Place is somewhere in a world, with an address of it.
type Place struct {
	Name      string
	Address   netip.Addr
	namespace *linux.Namespace
}

// Places are the names of all places of an instance, its nodes' namespaces among
// them.
func Places(instance string) (names []string, err error) {
	all, err := linux.ListNamespaces(Namespace(instance, ""))
	for _, name := range all {
		names = append(names, strings.TrimPrefix(name, Namespace(instance, "")))
	}
	return names, err
}

// OpenPlace finds a place in a world that another process has built. The caller
// closes it.
func OpenPlace(instance, name string, address netip.Addr) (Place, error) {
	n, err := linux.OpenNamespace(Namespace(instance, name))
	if err != nil {
		return Place{}, fmt.Errorf("find %s (is demarc up running?): %w", name, err)
	}
	return Place{name, address, n}, nil
}

// At is a host as a place, which lasts as long as the host.
func (h *Host) At() Place { return Place{h.name, h.address, h.namespace} }

// Close leaves the place as it is.
func (p Place) Close() error { return p.namespace.Close() }

// A Flow is what became of numbered packets one way.
type Flow struct {
	From, To       string
	Sent, Received int
	// Silence is the longest time between two packets that arrived.
	Silence time.Duration
}

// Lost is how many packets did not arrive.
func (f Flow) Lost() int { return f.Sent - f.Received }

// flowTail is how long packets are waited for that are on their way.
const flowTail = 300 * time.Millisecond

// Both sends numbered packets both ways, so many a second, until ctx ends or a
// time is over, and counts what arrives: so it sees what one direction loses.
func Both(ctx context.Context, a, b Place, rate int, last time.Duration) (there, back Flow, err error) {
	ctx, cancel := context.WithTimeout(ctx, last)
	defer cancel()
	first, err := newStream(a, b)
	if err != nil {
		return there, back, err
	}
	second, err := newStream(b, a)
	if err != nil {
		return there, back, errors.Join(err, first.close())
	}
	var both sync.WaitGroup
	both.Go(func() { there = first.run(ctx, rate) })
	both.Go(func() { back = second.run(ctx, rate) })
	both.Wait()
	return there, back, errors.Join(first.close(), second.close())
}

// A stream is packets one way.
type stream struct {
	flow     Flow
	from, to net.Conn
}

func newStream(from, to Place) (*stream, error) {
	s := &stream{flow: Flow{From: from.Name, To: to.Name}}
	listen := func() error {
		conn, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(to.Address, 0)))
		s.to = conn
		return err
	}
	if err := to.namespace.Do(listen); err != nil {
		return nil, fmt.Errorf("hear packets at %s: %w", to.Name, err)
	}
	dial := func() (err error) {
		s.from, err = net.DialUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(from.Address, 0)), s.to.LocalAddr().(*net.UDPAddr))
		return err
	}
	if err := from.namespace.Do(dial); err != nil {
		return nil, errors.Join(fmt.Errorf("send packets from %s: %w", from.Name, err), s.to.Close())
	}
	return s, nil
}

func (s *stream) close() error { return errors.Join(s.from.Close(), s.to.Close()) }

// run sends until ctx ends, and hears a little longer.
func (s *stream) run(ctx context.Context, rate int) Flow {
	heard := make(chan struct{})
	go func() {
		defer close(heard)
		s.hear()
	}()
	s.send(ctx, rate)
	_ = s.to.SetReadDeadline(time.Now().Add(flowTail))
	<-heard
	return s.flow
}

// send keeps to the clock: what a busy machine delays is sent afterwards.
func (s *stream) send(ctx context.Context, rate int) {
	ticker := time.NewTicker(max(time.Second/time.Duration(rate), time.Millisecond))
	defer ticker.Stop()
	for begin := time.Now(); ; {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			for due := int(time.Since(begin) * time.Duration(rate) / time.Second); s.flow.Sent < due; s.flow.Sent++ {
				_, _ = s.from.Write(binary.BigEndian.AppendUint64(nil, uint64(s.flow.Sent)))
			}
		}
	}
}

// hear counts each number once.
func (s *stream) hear() {
	arrived, last := map[uint64]bool{}, time.Time{}
	for buffer := make([]byte, 64); ; {
		n, err := s.to.Read(buffer)
		if err != nil {
			return
		}
		number := binary.BigEndian.Uint64(buffer)
		if n != 8 || arrived[number] {
			continue
		}
		arrived[number] = true
		s.flow.Received++
		now := time.Now()
		if !last.IsZero() {
			s.flow.Silence = max(s.flow.Silence, now.Sub(last))
		}
		last = now
	}
}
