package linux

import (
	"context"
	"errors"
	"fmt"
	"maps"

	mdnetlink "github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// A Changed names the interfaces to which something may have happened. Nil is
// any of them.
type Changed map[string]bool

// Has reports whether something may have happened to the interface.
func (c Changed) Has(link string) bool { return c == nil || c[link] }

// WatchLinks reports which of the namespace's interfaces may have changed: one
// came, went, was set up or down, or lost or found its carrier. One that was
// given another name goes by that.
//
// The channel holds one event at most, so a burst is one event and a slow
// reader blocks nobody; read [LinkState] or [Links] after each. The first event
// comes at once, and is of any. The channel is closed when ctx ends or the
// kernel socket fails.
func WatchLinks(ctx context.Context, n *Namespace) (<-chan Changed, error) {
	conn, err := dialRoute(n)
	if err != nil {
		return nil, err
	}
	if err := conn.JoinGroup(unix.RTNLGRP_LINK); err != nil {
		return nil, errors.Join(fmt.Errorf("watch links in namespace %s: %w", n, err), conn.Close())
	}
	events := make(chan Changed, 1)
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	go func() {
		defer close(events)
		defer conn.Close()
		defer stop()
		post(events, nil)
		for {
			messages, err := conn.Receive()
			switch {
			case err == nil:
				post(events, linksIn(messages))
			case errors.Is(err, unix.ENOBUFS): // events were lost
				post(events, nil)
			default:
				return
			}
		}
	}()
	return events, nil
}

// post adds to the event that nobody has read yet. It is the only one who
// sends, so that there is room when that was taken back.
func post(events chan Changed, changed Changed) {
	select {
	case unread := <-events:
		if unread == nil || changed == nil {
			changed = nil
		} else {
			maps.Copy(changed, unread)
		}
	default:
	}
	events <- changed
}

// linksIn are the interfaces that messages are about; any, if one does not say.
func linksIn(messages []mdnetlink.Message) Changed {
	changed := Changed{}
	for _, m := range messages {
		name := linkIn(m.Data)
		if name == "" {
			return nil
		}
		changed[name] = true
	}
	return changed
}

func linkIn(data []byte) (name string) {
	if len(data) < unix.SizeofIfInfomsg {
		return ""
	}
	attributes, err := mdnetlink.NewAttributeDecoder(data[unix.SizeofIfInfomsg:])
	for err == nil && attributes.Next() {
		if attributes.Type() == unix.IFLA_IFNAME {
			return attributes.String()
		}
	}
	return ""
}

func dialRoute(n *Namespace) (*mdnetlink.Conn, error) {
	conn, err := mdnetlink.Dial(unix.NETLINK_ROUTE, &mdnetlink.Config{NetNS: n.FD()})
	if err != nil {
		return nil, fmt.Errorf("open a route socket in namespace %s: %w", n, err)
	}
	return conn, nil
}
