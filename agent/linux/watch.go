package linux

import (
	"context"
	"errors"
	"fmt"

	mdnetlink "github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// WatchLinks reports that something about the namespace's interfaces may have
// changed: one came, went, was set up or down, or lost or found its carrier.
// The channel holds one event at most, so a burst is one event and a slow
// reader blocks nobody; read [Links] after each. The first event comes at once.
// The channel is closed when ctx ends or the kernel socket fails.
func WatchLinks(ctx context.Context, n *Namespace) (<-chan struct{}, error) {
	conn, err := dialRoute(n)
	if err != nil {
		return nil, err
	}
	if err := conn.JoinGroup(unix.RTNLGRP_LINK); err != nil {
		return nil, errors.Join(fmt.Errorf("watch links in namespace %s: %w", n, err), conn.Close())
	}
	events := make(chan struct{}, 1)
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	go func() {
		defer close(events)
		defer conn.Close()
		defer stop()
		for err == nil || errors.Is(err, unix.ENOBUFS) { // ENOBUFS: events were lost, so something happened
			select {
			case events <- struct{}{}:
			default:
			}
			_, err = conn.Receive()
		}
	}()
	return events, nil
}

func dialRoute(n *Namespace) (*mdnetlink.Conn, error) {
	conn, err := mdnetlink.Dial(unix.NETLINK_ROUTE, &mdnetlink.Config{NetNS: n.FD()})
	if err != nil {
		return nil, fmt.Errorf("open a route socket in namespace %s: %w", n, err)
	}
	return conn, nil
}
