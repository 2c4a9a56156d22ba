package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"demarc/agent/linux"
)

// What datagrams are sent in: as many octets as fit a packet of 1,500, and so
// many of them in a call that two processors can fill a gigabit a second, which
// iperf3 cannot.
const (
	datagram  = 1472
	together  = 8
	rampUp    = time.Second // left out
	measuring = 2 * time.Second
)

// datagrams sends UDP at a rate, of what the packets carry, and returns the rate
// at which it arrives, in bits per second.
func datagrams(ctx context.Context, from, to *linux.Namespace, address netip.Addr, rate float64) (float64, error) {
	at := netip.AddrPortFrom(address, 5201)
	var far *net.UDPConn
	err := to.Do(func() (err error) {
		far, err = net.ListenUDP("udp", net.UDPAddrFromAddrPort(at))
		return err
	})
	if err != nil {
		return 0, err
	}
	defer far.Close()
	var near *net.UDPConn
	err = from.Do(func() (err error) {
		near, err = net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(at))
		return err
	})
	if err != nil {
		return 0, err
	}
	defer near.Close()
	err = errors.Join(
		option(far, unix.IPPROTO_UDP, unix.UDP_GRO, 1), option(far, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 8<<20),
		option(near, unix.IPPROTO_UDP, unix.UDP_SEGMENT, datagram),
	)
	if err != nil {
		return 0, fmt.Errorf("prepare the sockets: %w", err)
	}
	ctx, stop := context.WithCancel(ctx)
	var sending sync.WaitGroup
	sending.Go(func() { pour(ctx, near, rate) })
	defer sending.Wait()
	defer stop()
	return arrives(far)
}

// pour keeps to the rate on average: what a busy machine delays is sent
// afterwards.
func pour(ctx context.Context, near *net.UDPConn, rate float64) {
	load := make([]byte, together*datagram)
	begin, sent := time.Now(), 0.0
	for ctx.Err() == nil {
		if ahead := sent/rate - time.Since(begin).Seconds(); ahead > 0 {
			time.Sleep(time.Duration(ahead * float64(time.Second)))
		}
		_, _ = near.Write(load)
		sent += float64(8 * len(load))
	}
}

// arrives counts for a while, after the queues have filled.
func arrives(far *net.UDPConn) (float64, error) {
	buffer := make([]byte, 1<<16)
	begin := time.Now()
	_ = far.SetReadDeadline(begin.Add(10 * time.Second))
	var from time.Time // when counting began
	octets := 0
	for {
		n, err := far.Read(buffer)
		if err != nil {
			return 0, fmt.Errorf("nothing arrived: %w", err)
		}
		now := time.Now()
		switch {
		case from.IsZero() && now.Sub(begin) < rampUp:
		case from.IsZero():
			from = now
		default:
			octets += n
			if took := now.Sub(from); took >= measuring {
				return float64(8*octets) / took.Seconds(), nil
			}
		}
	}
}

func option(c syscall.Conn, level, name, value int) error {
	raw, err := c.SyscallConn()
	if err != nil {
		return err
	}
	var refused error
	if err := raw.Control(func(fd uintptr) { refused = unix.SetsockoptInt(int(fd), level, name, value) }); err != nil {
		return err
	}
	return os.NewSyscallError("setsockopt", refused)
}
