package agent_test

import (
	"net/netip"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"demarc/intent"
)

// Reports keep lists of routes until a route changes: each way in which one can
// shows in the next report.
func TestReportsFollowTheRoutes(t *testing.T) {
	b := newBed(t, newLine("acme-r1", "p1"))
	b.up("route 172.16.0.0/16 blackhole; route 172.17.0.0/16 blackhole;")
	b.reports("all is accepted", routesSeen{
		accepted: []string{"172.16.0.0/16", "172.17.0.0/16", "192.168.50.0/24"}, advertised: []string{cidr.String()},
	})

	b.birdc("disable", "static1")
	b.reports("the customer withdraws", routesSeen{accepted: []string{"192.168.50.0/24"}, advertised: []string{cidr.String()}})
	b.birdc("enable", "static1")

	next := deviceIntent(2, b.line)
	next.Device.Gateways[0].Networks = append(next.Device.Gateways[0].Networks, netip.MustParsePrefix("172.17.0.0/16"))
	b.device.tell(next)
	b.reports("the gateway leads to one of them", routesSeen{
		accepted: []string{"172.16.0.0/16", "192.168.50.0/24"}, refused: []string{"172.17.0.0/16"}, advertised: []string{cidr.String()},
	})

	next = deviceIntent(3, b.line)
	next.Device.Gateways[0].Allowed = nil
	b.device.tell(next)
	b.reports("nothing is to be advertised", routesSeen{accepted: []string{"172.16.0.0/16", "172.17.0.0/16", "192.168.50.0/24"}})

	b.device.tell(deviceIntent(4, b.line))
	b.birdc("disable", "dx") // an administrator's, after which nothing is kept
	b.reports("the session is down", routesSeen{})
	b.birdc("enable", "dx")
	b.reports("and up again", routesSeen{
		accepted: []string{"172.16.0.0/16", "172.17.0.0/16", "192.168.50.0/24"}, advertised: []string{cidr.String()},
	})
}

// A report has one line anew when something happens to one interface; those of
// the others are what the report before had.
func TestReportsShareTheLinesThatStay(t *testing.T) {
	w := newWorld(t)
	stays, changes := newLine("acme-r1", "p1"), newLine("zeta-r1", "p2")
	w.customer(stays.customer)
	w.customer(changes.customer)
	d := w.node(device)
	tell := func(version int64) {
		changes.vif.MTU = 1500 + 7001*int(version%2)
		d.tell(deviceIntent(version, stays, changes))
	}
	tell(1)
	eventually(t, "both interfaces are built", func() bool {
		first, ok := d.vif(stays)
		second, _ := d.vif(changes)
		return ok && first.Built && second.Built
	})
	lines := func() (of [2]*intent.VIFSeen) {
		for _, v := range d.report().VIFs {
			if v.ID == stays.vif.ID {
				of[0] = v
			} else {
				of[1] = v
			}
		}
		return of
	}
	version, before := int64(1), lines()
	// Once a second all are looked at, for their counters; so it is tried again.
	eventually(t, "a report shares the line of what has not changed", func() bool {
		now := lines()
		if now[1] == before[1] {
			return false
		}
		shared := now[0] == before[0]
		version++
		tell(version)
		before = now
		return shared
	})
}

type routesSeen struct{ accepted, refused, advertised []string }

// reports waits until the device's report has these routes of the line.
func (b *bed) reports(when string, want routesSeen) {
	b.t.Helper()
	prefix := func(r intent.RouteSeen) netip.Prefix { return r.Prefix }
	eventually(b.t, when, func() bool {
		v, _ := b.device.vif(b.line)
		return is(v.Accepted.List(), prefix, want.accepted) && is(v.Advertised.List(), prefix, want.advertised) &&
			is(v.Refused, func(r intent.RefusedSeen) netip.Prefix { return r.Prefix }, want.refused)
	})
}

// is reports whether a list is of these prefixes.
func is[T any](list []T, prefix func(T) netip.Prefix, want []string) bool {
	return slices.EqualFunc(list, want, func(have T, want string) bool { return prefix(have).String() == want })
}

// birdc gives the customer's BIRD an order.
func (b *bed) birdc(words ...string) {
	b.t.Helper()
	control := filepath.Join(b.dir, b.customer.name, "bird.ctl")
	if out, err := exec.Command("birdc", append([]string{"-s", control}, words...)...).CombinedOutput(); err != nil {
		b.t.Fatalf("birdc %v: %v: %s", words, err, out)
	}
}
