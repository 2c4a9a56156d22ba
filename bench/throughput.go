package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os/exec"
	"slices"
	"strings"
	"time"

	"demarc/agent/linux"
	"demarc/lab"
	"demarc/site"
)

// hops are the routed links from the customer's host to the app host: to its
// router, over the tag, to the gateway, over the backbone, to the app. The
// plain path has as many, each one veth. (The tag crosses three veths and two
// eBPF programs: that is the cost to be measured.)
const hops = 5

// tcpSeconds is how long one side of a pair sends.
const tcpSeconds = 2

// pathThroughput measures TCP from the customer's host to the app host over a
// connection of 10 Gbps, against plain routed veths.
func pathThroughput(ctx context.Context, s *setting) (f figures, err error) {
	b, err := startBed(ctx, s, site.Sample)
	defer func() { err = joined(err, b.close()) }()
	if err != nil {
		return f, err
	}
	l, err := b.patch(ctx, "10Gbps")
	if err != nil {
		return f, err
	}
	vif, err := l.allocate(ctx)
	if err != nil {
		return f, err
	}
	if err := l.confirm(ctx, vif); err != nil {
		return f, err
	}
	if err := l.configure(ctx, vif); err != nil {
		return f, err
	}
	if err := l.reach(ctx); err != nil {
		return f, err
	}
	plain, err := newPlainPath(b.instance)
	defer func() { err = joined(err, plain.close()) }()
	if err != nil {
		return f, err
	}
	for range s.runs {
		rate, err := tcpRate(ctx, l.host.Namespace(), l.app.Namespace(), l.appAddress)
		if err != nil {
			return f, fmt.Errorf("over the line: %w", err)
		}
		baseline, err := tcpRate(ctx, plain.first(), plain.last(), plain.address)
		if err != nil {
			return f, fmt.Errorf("over plain veths: %w", err)
		}
		f.measured, f.baseline = append(f.measured, rate), append(f.baseline, baseline)
	}
	return f, nil
}

// tcpRate is iperf3's goodput in Gbit/s.
func tcpRate(ctx context.Context, from, to *linux.Namespace, address netip.Addr) (float64, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	server := exec.CommandContext(ctx, "iperf3", "-s", "--forceflush")
	said, err := server.StdoutPipe()
	if err != nil {
		return 0, err
	}
	if err := to.Do(server.Start); err != nil {
		return 0, err
	}
	defer server.Wait()
	defer server.Process.Kill()
	lines := bufio.NewScanner(said)
	for lines.Scan() && !strings.Contains(lines.Text(), "listening") {
	}
	var out []byte
	err = from.Do(func() (err error) {
		out, err = exec.CommandContext(ctx, "iperf3", "-J", "-c", address.String(), "-t", fmt.Sprint(tcpSeconds)).Output()
		return err
	})
	var report struct {
		End struct {
			SumReceived struct {
				BitsPerSecond float64 `json:"bits_per_second"`
			} `json:"sum_received"`
		} `json:"end"`
		Error string `json:"error"`
	}
	if err := errors.Join(err, json.Unmarshal(out, &report)); err != nil {
		return 0, fmt.Errorf("iperf3: %s: %w", report.Error, err)
	}
	rate := report.End.SumReceived.BitsPerSecond / 1e9
	if rate == 0 {
		return 0, fmt.Errorf("iperf3 received nothing: %s", out)
	}
	return rate, nil
}

// A plainPath is a row of namespaces joined by veths, each routing to the
// next.
type plainPath struct {
	spaces  []*linux.Namespace
	address netip.Addr // the last one's
}

func newPlainPath(instance string) (*plainPath, error) {
	p := &plainPath{address: linkAddress(hops-1, 2)}
	for i := range hops + 1 {
		ns, err := linux.CreateNamespace(lab.Namespace(instance, fmt.Sprintf("plain%d", i)))
		if err != nil {
			return p, err
		}
		p.spaces = append(p.spaces, ns)
		if err := ns.Sysctl("net/ipv4/ip_forward", "1"); err != nil {
			return p, err
		}
	}
	for i := range hops {
		if err := linux.EnsureVeth(p.end(i, i, 1, "right"), p.end(i+1, i, 2, "left")); err != nil {
			return p, err
		}
	}
	for i, ns := range p.spaces {
		if err := p.route(i, ns); err != nil {
			return p, err
		}
	}
	return p, nil
}

func (p *plainPath) end(space, link, side int, name string) linux.End {
	return linux.End{Namespace: p.spaces[space], Name: name, Addresses: []netip.Prefix{netip.PrefixFrom(linkAddress(link, side), 30)}}
}

// linkAddress numbers link i as 10.199.i.0/30.
func linkAddress(link, side int) netip.Addr {
	return netip.AddrFrom4([4]byte{10, 199, byte(link), byte(side)})
}

// route sends the far links to the right and the near ones to the left.
func (p *plainPath) route(i int, ns *linux.Namespace) error {
	var routes []linux.Route
	if i < hops-1 {
		if err := linux.EnsureNexthop(ns, linux.Nexthop{ID: 1, Link: "right", Gateway: linkAddress(i, 2)}); err != nil {
			return err
		}
		for far := i + 1; far < hops; far++ {
			routes = append(routes, linux.Route{Prefix: netip.PrefixFrom(linkAddress(far, 0), 30), Nexthop: 1})
		}
	}
	if i > 1 {
		if err := linux.EnsureNexthop(ns, linux.Nexthop{ID: 2, Link: "left", Gateway: linkAddress(i-1, 1)}); err != nil {
			return err
		}
		for near := range i - 1 {
			routes = append(routes, linux.Route{Prefix: netip.PrefixFrom(linkAddress(near, 0), 30), Nexthop: 2})
		}
	}
	return linux.ApplyRoutes(ns, routes, nil)
}

func (p *plainPath) first() *linux.Namespace { return p.spaces[0] }

func (p *plainPath) last() *linux.Namespace { return p.spaces[len(p.spaces)-1] }

func (p *plainPath) close() error {
	var errs []error
	for _, ns := range slices.Backward(p.spaces) {
		name := ns.Name()
		errs = append(errs, ns.Close(), linux.DeleteNamespace(name))
	}
	return joined(errs...)
}
