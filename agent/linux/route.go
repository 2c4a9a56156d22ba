package linux

import (
	"errors"
	"fmt"
	"net/netip"

	mdnetlink "github.com/mdlayher/netlink"
	"golang.org/x/sys/unix"
)

// DefaultMetric is the metric of a route that does not name one. It is the
// kernel's own for IPv6; for IPv4 the kernel's is 0, the same as that of a
// connected network, and then a customer who announces the subnet of our link
// would replace the link's own route.
const DefaultMetric = 1024

// A Route sends a prefix to a nexthop. Table, Prefix and Metric together are its
// identity.
type Route struct {
	Table   uint32       // 0 is the main table, and so it reads back
	Prefix  netip.Prefix // masked
	Nexthop uint32       // ID of a [Nexthop]
	Source  netip.Addr   // preferred source of our own packets; zero lets the kernel choose
	Metric  uint32       // lower wins; 0 means [DefaultMetric], and so it reads back
	// MTU is the most octets that a packet along the route may have, whatever
	// was learned of the path; 0 is what the link takes, and so NoMTU reads
	// back.
	MTU uint32
}

// NoMTU says that a route has no MTU, where others of its nexthop may have one:
// a route of IPv4 that says nothing gets what another has (fib_find_info_nh).
const NoMTU = ^uint32(0)

// A RouteError says which route the kernel refused and why.
type RouteError struct {
	Route Route
	Err   error
}

func (e *RouteError) Error() string { return fmt.Sprintf("route %s: %v", e.Route.Prefix, e.Err) }

func (e *RouteError) Unwrap() error { return e.Err }

const (
	routeHeaderLen = unix.SizeofRtMsg
	rtaNexthopID   = 30 // RTA_NH_ID, linux/rtnetlink.h
)

// ApplyRoutes installs put, replacing routes of the same identity, and then
// deletes remove, so a route that moves to another metric leaves no gap. Of a
// route in both lists only the put happens. Only our own routes are deleted.
//
// Each route stands for itself: those that the kernel refuses are in the joined
// result as a [RouteError], all others are in force.
func ApplyRoutes(n *Namespace, put, remove []Route) error {
	remove = without(remove, put)
	routes := make([]Route, 0, len(put)+len(remove))
	messages := make([]mdnetlink.Message, 0, len(put)+len(remove))
	var errs []error
	// One room for all of them: a full device puts two hundred thousand.
	bodies := make(body, 0, (len(put)+len(remove))*usualRoute)
	queue := func(list []Route, header mdnetlink.Header, build func(body, Route) body) {
		for _, route := range list {
			if err := checkPrefix(route.Prefix); err != nil {
				errs = append(errs, &RouteError{route, err})
				continue
			}
			start := len(bodies)
			bodies = build(bodies, route)
			routes, messages = append(routes, route), append(messages, mdnetlink.Message{Header: header, Data: bodies[start:]})
		}
	}
	queue(put, putHeader, body.put)
	queue(remove, removeHeader, body.remove)
	err := n.withRoutes(func(b *batcher) error {
		return b.apply(messages, func(i int, err error) {
			if i >= len(routes)-len(remove) && gone(err) {
				return
			}
			errs = append(errs, &RouteError{routes[i], err})
		})
	})
	if err != nil {
		errs = append(errs, fmt.Errorf("send routes to namespace %s: %w", n, err))
	}
	return errors.Join(errs...)
}

type routeKey struct {
	table  uint32
	prefix netip.Prefix
	metric uint32
}

func keyOf(r Route) routeKey { return routeKey{r.Table, r.Prefix, metricOf(r)} }

func metricOf(r Route) uint32 {
	if r.Metric == 0 {
		return DefaultMetric
	}
	return r.Metric
}

// without returns the routes that have not the identity of one in others.
func without(routes, others []Route) []Route {
	if len(routes) == 0 {
		return nil
	}
	taken := make(map[routeKey]bool, len(others))
	for _, other := range others {
		taken[keyOf(other)] = true
	}
	var rest []Route
	for _, route := range routes {
		if !taken[keyOf(route)] {
			rest = append(rest, route)
		}
	}
	return rest
}

var (
	putHeader = mdnetlink.Header{
		Type: unix.RTM_NEWROUTE, Flags: mdnetlink.Request | mdnetlink.Create | mdnetlink.Replace,
	}
	removeHeader = mdnetlink.Header{Type: unix.RTM_DELROUTE, Flags: mdnetlink.Request}
)

// checkPrefix stops what would otherwise become another prefix: IPv6 ignores
// bits behind the mask, and an invalid prefix would be the default route.
func checkPrefix(p netip.Prefix) error {
	if !p.IsValid() {
		return errors.New("the prefix is not valid")
	}
	if p != p.Masked() {
		return fmt.Errorf("bits are set behind the prefix length: %w", unix.EINVAL)
	}
	return nil
}

// Routes reads our routes of both families, in all tables.
func Routes(n *Namespace) ([]Route, error) {
	var routes []Route
	err := n.withRoutes(func(b *batcher) error {
		for _, family := range []byte{unix.AF_INET, unix.AF_INET6} {
			header := make([]byte, routeHeaderLen)
			header[0], header[5] = family, Protocol
			messages, err := b.dump(unix.RTM_GETROUTE, header)
			if err != nil {
				return err
			}
			for _, m := range messages {
				if !ownRoute(m.Data) {
					continue
				}
				route, err := parseRoute(m.Data)
				if err != nil {
					return err
				}
				routes = append(routes, route)
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("list routes in namespace %s: %w", n, err)
	}
	return routes, nil
}

// ownRoute looks at struct rtmsg: our protocol, and no cached clone.
func ownRoute(data []byte) bool {
	return len(data) >= routeHeaderLen && data[5] == Protocol && data[9]&2 == 0
}

func parseRoute(data []byte) (Route, error) {
	var route Route
	destination := netip.IPv4Unspecified()
	if data[0] == unix.AF_INET6 {
		destination = netip.IPv6Unspecified()
	}
	attributes, err := mdnetlink.NewAttributeDecoder(data[routeHeaderLen:])
	if err != nil {
		return route, err
	}
	for attributes.Next() {
		switch attributes.Type() {
		case unix.RTA_DST:
			destination, _ = netip.AddrFromSlice(attributes.Bytes())
		case rtaNexthopID:
			route.Nexthop = attributes.Uint32()
		case unix.RTA_PREFSRC:
			route.Source, _ = netip.AddrFromSlice(attributes.Bytes())
		case unix.RTA_PRIORITY:
			route.Metric = attributes.Uint32()
		case unix.RTA_TABLE:
			route.Table = attributes.Uint32()
		case unix.RTA_METRICS:
			attributes.Nested(func(metrics *mdnetlink.AttributeDecoder) error {
				for metrics.Next() {
					if metrics.Type() == unix.RTAX_MTU {
						route.MTU = metrics.Uint32()
					}
				}
				return metrics.Err()
			})
		}
	}
	if route.Metric == DefaultMetric {
		route.Metric = 0
	}
	if route.Table == unix.RT_TABLE_MAIN {
		route.Table = 0
	}
	route.Prefix = netip.PrefixFrom(destination, int(data[1]))
	return route, attributes.Err()
}
