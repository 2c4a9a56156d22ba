package main

import (
	"bufio"
	"bytes"
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
// eBPF programs, of which nothing goes by the last veth where nothing is shaped:
// that is the cost to be measured, with that of the VPC's route tables.)
const hops = 5

// tcpSeconds is how long one side of a pair sends.
const tcpSeconds = 2

// pathThroughput measures TCP from the customer's host to the app host over a
// connection of 10 Gbps, against plain routed veths.
func pathThroughput(ctx context.Context, s *setting) (figures, error) {
	return path{speed: "10Gbps", mtu: 1500, measure: tcpRate}.against(ctx, s)
}

// A path is a line of a speed and packet size, and what is measured over it,
// from the customer's host to the app host.
type path struct {
	speed   string
	mtu     int
	measure func(ctx context.Context, from, to *linux.Namespace, address netip.Addr) (float64, error)
}

// unshaped is faster than any veth.
const unshaped = "100Gbps"

// against measures in turn over the line and over plain routed veths.
func (p path) against(ctx context.Context, s *setting) (f figures, err error) {
	b, l, err := p.lay(ctx, s)
	defer func() { err = joined(err, b.close()) }()
	if err != nil {
		return f, err
	}
	plain, err := newPlainPath(b.instance, p.mtu)
	defer func() { err = joined(err, plain.close()) }()
	if err != nil {
		return f, err
	}
	for range s.runs {
		rate, err := p.measure(ctx, l.host.Namespace(), l.app.Namespace(), l.appAddress)
		if err != nil {
			return f, fmt.Errorf("over the line: %w", err)
		}
		baseline, err := p.measure(ctx, plain.first(), plain.last(), plain.address)
		if err != nil {
			return f, fmt.Errorf("over plain veths: %w", err)
		}
		f.measured, f.baseline = append(f.measured, rate), append(f.baseline, baseline)
	}
	return f, nil
}

// lay brings the line up. The caller closes the bed, also after an error.
func (p path) lay(ctx context.Context, s *setting) (*bed, *line, error) {
	b, err := startBed(ctx, s, withBIRD(withSpeed(site.Sample, p.speed)))
	if err != nil {
		return b, nil, err
	}
	l, err := b.patch(ctx, p.speed)
	if err != nil {
		return b, nil, err
	}
	l.mtu = p.mtu
	vif, err := l.allocate(ctx)
	if err != nil {
		return b, nil, err
	}
	l.vif = vif
	if err := l.confirm(ctx, vif); err != nil {
		return b, nil, err
	}
	if err := l.configure(ctx, vif); err != nil {
		return b, nil, err
	}
	return b, l, l.reach(ctx)
}

// withSpeed gives the third port of every device a speed.
func withSpeed(yaml []byte, speed string) []byte {
	return edited(yaml, "{name: p3, speed: 10Gbps}", "{name: p3, speed: "+speed+"}")
}

// withBIRD has BIRD on the customer's router. FRR's bfdd listens there on a
// packet socket for echoes, which every packet that the router forwards is
// handed to: a tenth of what a small one costs from host to host, and not the
// edge's doing.
func withBIRD(yaml []byte) []byte {
	return edited(yaml, "- name: acme-r1\n      daemon: frr", "- name: acme-r1\n      daemon: bird")
}

// edited is the sample site with another text in it. That the sample has not the
// text any more is our mistake: something else would be measured.
func edited(yaml []byte, text, by string) []byte {
	if !bytes.Contains(yaml, []byte(text)) {
		panic(fmt.Sprintf("the sample site does not have %q", text))
	}
	return bytes.ReplaceAll(yaml, []byte(text), []byte(by))
}

// tcpRate is iperf3's goodput in Gbit/s.
func tcpRate(ctx context.Context, from, to *linux.Namespace, address netip.Addr) (float64, error) {
	got, err := iperf(ctx, from, to, address, "-t", fmt.Sprint(tcpSeconds))
	return got.BitsPerSecond / 1e9, err
}

// smallPackets is how many thousand packets of 18 octets arrive in a second.
func smallPackets(ctx context.Context, from, to *linux.Namespace, address netip.Addr) (float64, error) {
	got, err := iperf(ctx, from, to, address, "-u", "-b", "0", "-l", "18", "-t", fmt.Sprint(tcpSeconds))
	return (got.Packets - got.LostPackets) / got.Seconds / 1e3, err
}

// received is what iperf3 says of the receiver.
type received struct {
	BitsPerSecond float64 `json:"bits_per_second"`
	Seconds       float64 `json:"seconds"`
	Packets       float64 `json:"packets"`
	LostPackets   float64 `json:"lost_packets"`
}

// iperf runs iperf3 between two namespaces.
func iperf(ctx context.Context, from, to *linux.Namespace, address netip.Addr, args ...string) (received, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	server := exec.CommandContext(ctx, "iperf3", "-s", "--forceflush")
	said, err := server.StdoutPipe()
	if err != nil {
		return received{}, err
	}
	if err := to.Do(server.Start); err != nil {
		return received{}, err
	}
	defer server.Wait()
	defer server.Process.Kill()
	lines := bufio.NewScanner(said)
	for lines.Scan() && !strings.Contains(lines.Text(), "listening") {
	}
	var out []byte
	err = from.Do(func() (err error) {
		out, err = exec.CommandContext(ctx, "iperf3", append([]string{"-J", "-c", address.String()}, args...)...).Output()
		return err
	})
	var report struct {
		End struct {
			SumReceived received `json:"sum_received"`
		} `json:"end"`
		Error string `json:"error"`
	}
	if err := errors.Join(err, json.Unmarshal(out, &report)); err != nil {
		return received{}, fmt.Errorf("iperf3: %s: %w", report.Error, err)
	}
	if report.End.SumReceived.BitsPerSecond == 0 {
		return received{}, fmt.Errorf("iperf3 received nothing: %s", out)
	}
	return report.End.SumReceived, nil
}

// A plainPath is a row of namespaces joined by veths, each routing to the
// next.
type plainPath struct {
	spaces  []*linux.Namespace
	address netip.Addr // the last one's
	mtu     int
}

func newPlainPath(instance string, mtu int) (*plainPath, error) {
	p := &plainPath{address: linkAddress(hops-1, 2), mtu: mtu}
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
	return linux.End{Namespace: p.spaces[space], Name: name, MTU: p.mtu, Addresses: []netip.Prefix{netip.PrefixFrom(linkAddress(link, side), 30)}}
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
