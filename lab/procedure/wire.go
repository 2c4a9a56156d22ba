package procedure

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/directconnect"
	"github.com/aws/aws-sdk-go-v2/service/directconnect/types"

	"demarc"
	"demarc/lab"
)

// probes is how many echo requests make a proof, ten milliseconds apart.
const probes = 50

func (w *Walk) proveSession(ctx context.Context) (string, error) {
	neighbour := w.local.amazon.Addr()
	err := until(ctx, "the router's session to be established", func() (bool, string, error) {
		up, err := w.Router.Established(ctx, neighbour)
		return up, "not established", err
	})
	if err != nil {
		return "", err
	}
	err = until(ctx, "the interface to be available", func() (bool, string, error) {
		vif, err := w.interfaceNow(ctx, demarc.Customer)
		if err != nil || vif == nil {
			return false, "no interface", err
		}
		return vif.VirtualInterfaceState == types.VirtualInterfaceStateAvailable, string(vif.VirtualInterfaceState), nil
	})
	if err != nil {
		return "", err
	}
	cidr, err := w.environmentCIDR(ctx)
	if err != nil {
		return "", err
	}
	err = until(ctx, fmt.Sprintf("%s to learn %s", w.Router.Name(), cidr), func() (bool, string, error) {
		learned, err := w.Router.Learned(ctx)
		return slices.Contains(learned, cidr), fmt.Sprint(learned), err
	})
	if err != nil {
		return "", err
	}
	if err := w.awaitRoute(ctx, types.RouteDirectionAccepted, w.Router.LAN()); err != nil {
		return "", err
	}
	if err := w.awaitRoute(ctx, types.RouteDirectionAdvertised, cidr); err != nil {
		return "", err
	}
	return fmt.Sprintf("%s learned %s; the edge accepted %s", w.Router.Name(), cidr, w.Router.LAN()), nil
}

// awaitRoute waits until ListVirtualInterfaceRoutes shows a prefix.
func (w *Walk) awaitRoute(ctx context.Context, direction types.RouteDirection, prefix netip.Prefix) error {
	return until(ctx, fmt.Sprintf("%s to be %s", prefix, direction), func() (bool, string, error) {
		out, err := w.customer().ListVirtualInterfaceRoutes(ctx, &directconnect.ListVirtualInterfaceRoutesInput{
			VirtualInterfaceId: aws.String(w.vif), Filters: &types.RouteFilters{RouteDirection: direction},
		})
		if err != nil {
			return false, "", err
		}
		var seen []string
		for _, r := range out.Routes {
			seen = append(seen, aws.ToString(r.Cidr))
		}
		return slices.Contains(seen, prefix.String()), strings.Join(seen, " "), nil
	})
}

func (w *Walk) provePackets(ctx context.Context) (string, error) {
	app, address, err := w.World.App(w.Environment)
	if err != nil {
		return "", err
	}
	host := w.Router.Host()
	var there, back lab.Ping
	var page, pageBack string
	seen, err := lab.CaptureWhile(ctx, w.Router.Namespace(), w.Interface, func() (err error) {
		if there, err = w.ping(ctx, host, address); err != nil {
			return err
		}
		if back, err = w.ping(ctx, app, host.Address()); err != nil {
			return err
		}
		if page, err = host.Get(ctx, address); err != nil {
			return err
		}
		pageBack, err = app.Get(ctx, host.Address())
		return err
	})
	if err != nil {
		return "", err
	}
	if seen.Untagged > 0 || seen.Tagged[w.VLAN] < 4*probes || len(seen.Tagged) != 1 {
		return "", contradiction("on the cable: tagged %v, untagged %d (%s); expected only tag %d", seen.Tagged, seen.Untagged, seen.Sample, w.VLAN)
	}
	return fmt.Sprintf("there %s; back %s; HTTP %q and %q; on the cable %d frames tagged %d, untagged 0",
		there, back, page, pageBack, seen.Tagged[w.VLAN], w.VLAN), nil
}

// ping wants every probe answered; what is lost on the first packets of a new
// path is tried once more.
func (w *Walk) ping(ctx context.Context, from *lab.Host, to netip.Addr) (lab.Ping, error) {
	p, err := from.Ping(ctx, to, probes, 10*time.Millisecond)
	if err == nil && p.Received < p.Sent {
		return p, fmt.Errorf("ping %s from %s: %s", to, from.Name(), p)
	}
	return p, err
}

func (w *Walk) proveDefaultShadowed(ctx context.Context) (string, error) {
	if w.World.Internet() == nil {
		return "", contradiction("the site's lab has no internet to compare with")
	}
	app, _, err := w.World.App(w.Environment)
	if err != nil {
		return "", err
	}
	if err := w.Router.AdvertiseDefault(ctx, w.local.amazon.Addr()); err != nil {
		return "", err
	}
	if err := w.awaitRoute(ctx, types.RouteDirectionAccepted, demarc.DefaultRoute); err != nil {
		return "", err
	}
	rule, err := w.awaitShadow(ctx)
	if err != nil {
		return "", err
	}
	page, err := app.Get(ctx, w.World.Internet().Address())
	if err != nil {
		return "", err
	}
	var ways ways
	for range countings {
		if ways, err = w.countWays(ctx, app); !isContradiction(err) {
			break
		}
		w.Log.Info("the ways are counted again", "err", err)
	}
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("accepted, and %s; to the internet: igw +%d, line +%d packets, %q; to %s: line +%d, igw +%d",
		rule, ways.outside.internet, ways.outside.line, page, w.Router.LAN(), ways.inside.line, ways.inside.internet), nil
}

// countings is how often the ways are counted before they contradict: a busy
// machine reports late, and then earlier packets are taken for the probes.
const countings = 3

// ways are what probes took: those to the internet, and those to the customer.
type ways struct{ outside, inside pathCounts }

// countWays sends probes to the internet and to the customer, and wants each to
// have taken its own way alone.
func (w *Walk) countWays(ctx context.Context, app *lab.Host) (out ways, err error) {
	before, err := w.settledPaths(ctx)
	if err != nil {
		return out, err
	}
	if out.outside, err = w.countPaths(ctx, before, app, w.World.Internet().Address()); err != nil {
		return out, err
	}
	if out.inside, err = w.countPaths(ctx, before.plus(out.outside), app, w.Router.Host().Address()); err != nil {
		return out, err
	}
	if out.outside.internet < probes || out.outside.line >= probes {
		return out, contradiction("%d packets to the internet: %d by the internet gateway, %d by the line", probes, out.outside.internet, out.outside.line)
	}
	if out.inside.line < probes || out.inside.internet >= probes {
		return out, contradiction("%d packets to %s: %d by the line, %d by the internet gateway", probes, w.Router.LAN(), out.inside.line, out.inside.internet)
	}
	return out, nil
}

// routeTable is what GET /desk/v1/environments/{name}/routes answers.
type routeTable struct {
	Routes []struct {
		Prefix netip.Prefix `json:"prefix"`
		Kind   string       `json:"kind"`
		Target string       `json:"target"`
		Active bool         `json:"active"`
		Rule   string       `json:"rule"`
	} `json:"routes"`
	Paths []struct {
		Target     string `json:"target"`
		OutPackets uint64 `json:"outPackets"`
	} `json:"paths"`
}

func (w *Walk) routes(ctx context.Context) (routeTable, error) {
	var table routeTable
	err := w.Parties[demarc.Customer].Desk(ctx, "GET", "/desk/v1/environments/"+w.Environment+"/routes", nil, &table)
	return table, err
}

func (w *Walk) environmentCIDR(ctx context.Context) (netip.Prefix, error) {
	table, err := w.routes(ctx)
	if err != nil {
		return netip.Prefix{}, err
	}
	for _, r := range table.Routes {
		if r.Kind == "local" {
			return r.Prefix, nil
		}
	}
	return netip.Prefix{}, contradiction("the route table of %s has no local route", w.Environment)
}

// awaitShadow waits until the route table shows the propagated default route
// as not used, and returns the rule.
func (w *Walk) awaitShadow(ctx context.Context) (rule string, err error) {
	err = until(ctx, "0.0.0.0/0 to be shown as shadowed", func() (bool, string, error) {
		table, err := w.routes(ctx)
		if err != nil {
			return false, "", err
		}
		for _, r := range table.Routes {
			if r.Kind == "propagated" && r.Prefix == demarc.DefaultRoute {
				if r.Active {
					return false, "", contradiction("the propagated 0.0.0.0/0 is in use")
				}
				rule = r.Rule
				return true, "", nil
			}
		}
		return false, fmt.Sprintf("%d routes, none of them a propagated 0.0.0.0/0", len(table.Routes)), nil
	})
	return rule, err
}

// pathCounts are packets that left the VPC.
type pathCounts struct{ internet, line uint64 }

func (c pathCounts) plus(d pathCounts) pathCounts {
	return pathCounts{c.internet + d.internet, c.line + d.line}
}

func (w *Walk) pathsNow(ctx context.Context) (pathCounts, error) {
	table, err := w.routes(ctx)
	var now pathCounts
	for _, p := range table.Paths {
		switch {
		case strings.HasPrefix(p.Target, "igw-"):
			now.internet += p.OutPackets
		case strings.HasPrefix(p.Target, "vgw-"):
			now.line += p.OutPackets
		}
	}
	return now, err
}

// countPaths sends the probes to an address and returns by which way they
// left, on top of before. The counters come from the edge a moment later.
func (w *Walk) countPaths(ctx context.Context, before pathCounts, from *lab.Host, to netip.Addr) (pathCounts, error) {
	if _, err := w.ping(ctx, from, to); err != nil {
		return pathCounts{}, err
	}
	var delta pathCounts
	err := until(ctx, "the counters to show the probes", func() (bool, string, error) {
		now, err := w.pathsNow(ctx)
		delta = pathCounts{now.internet - before.internet, now.line - before.line}
		return delta.internet >= probes || delta.line >= probes, fmt.Sprintf("%+v", delta), err
	})
	return delta, err
}

// settling is longer than a packet takes to be counted here: the edge reports
// every second, and the desk's counters are at most another second old.
const settling = 2500 * time.Millisecond

// settledPaths returns the counters once they stand still, so that earlier
// packets are not counted as new.
func (w *Walk) settledPaths(ctx context.Context) (pathCounts, error) {
	last, err := w.pathsNow(ctx)
	since := time.Now()
	if err != nil {
		return last, err
	}
	err = until(ctx, "the counters to stand still", func() (bool, string, error) {
		now, err := w.pathsNow(ctx)
		if err != nil {
			return false, "", err
		}
		if now.internet > last.internet+2 || now.line > last.line+2 {
			last, since = now, time.Now()
		}
		return time.Since(since) > settling, fmt.Sprintf("%+v", now), nil
	})
	return last, err
}
