package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os/exec"
	"strings"
	"time"

	"demarc/lab"
	"demarc/site"
)

// The two lines of a failover, on devices of two locations, to one router.
var failoverSockets = []socket{
	lis1,
	{"LIS2", "eth1", 102, netip.MustParsePrefix("169.254.201.1/30"), netip.MustParsePrefix("169.254.201.2/30")},
}

// What a customer's router says of a line: BFD, or the shortest hold time that
// Direct Connect accepts.
const (
	bfdLine  = "bfd on;"
	holdLine = "hold time 3; keepalive time 1;"
)

// failoverPrefixes is how many the router announces on each line.
const failoverPrefixes = 100

// failover measures how long the traffic of a cut line is away: the longest
// silence of any flow between the app host and the customer's, there and back.
// The cut takes no carrier away, so that only the two routers can see it.
func failover(said string, patience time.Duration) func(context.Context, *setting) (figures, error) {
	return func(ctx context.Context, s *setting) (f figures, err error) {
		yaml, err := failoverSite()
		if err != nil {
			return f, err
		}
		b, err := startBed(ctx, s, yaml)
		defer func() { err = joined(err, b.close()) }()
		if err != nil {
			return f, err
		}
		p, err := b.pair(ctx, said)
		if err != nil {
			return f, err
		}
		for range s.runs {
			silence, err := p.failOver(ctx, patience)
			if err != nil {
				return f, err
			}
			f.measured = append(f.measured, silence.Seconds())
		}
		return f, nil
	}
}

// failoverSite is the sample site with the customer's cables at both locations
// on one router, which runs BIRD.
func failoverSite() ([]byte, error) {
	yaml := site.Sample
	for _, change := range [][2]string{
		{"router: acme-r2, interface: eth0", "router: acme-r1, interface: eth1"},
		{"daemon: frr", "daemon: bird"},
	} {
		if !bytes.Contains(yaml, []byte(change[0])) {
			return nil, fmt.Errorf("the sample site has no %q", change[0])
		}
		yaml = bytes.Replace(yaml, []byte(change[0]), []byte(change[1]), 1)
	}
	return yaml, nil
}

// A pair is two lines that share the traffic of one router.
type pair struct {
	lines []*line
	bfd   bool
}

// pair orders both lines, and configures the router for both.
func (b *bed) pair(ctx context.Context, said string) (*pair, error) {
	p := &pair{bfd: said == bfdLine}
	for _, at := range failoverSockets {
		l, err := b.patchAt(ctx, at, "1Gbps")
		if err != nil {
			return nil, err
		}
		vif, err := l.allocate(ctx)
		if err != nil {
			return nil, err
		}
		if err := l.confirm(ctx, vif); err != nil {
			return nil, err
		}
		if err := l.router.AddTag(l.cable, l.vlan, 1500, l.customer); err != nil {
			return nil, err
		}
		p.lines = append(p.lines, l)
	}
	if err := p.lines[0].router.Configure(ctx, birdWith(said)); err != nil {
		return nil, err
	}
	return p, p.ready(ctx)
}

// birdWith is the router's configuration, with what it says of each line.
func birdWith(said string) string {
	var c strings.Builder
	fmt.Fprintf(&c, `
router id %s;
protocol device { scan time 1; }
protocol direct { ipv4; interface "lan0"; }
protocol kernel { merge paths on; ipv4 { export where source = RTS_BGP; }; }
protocol bfd { interface "eth*" { min rx interval 300 ms; min tx interval 300 ms; multiplier 3; }; }
protocol static { ipv4;
`, lis1.customer.Addr())
	for i := range failoverPrefixes - 1 { // the LAN is one more
		fmt.Fprintf(&c, "route 172.20.%d.0/24 blackhole;\n", i)
	}
	c.WriteString("}\n")
	for i, at := range failoverSockets {
		fmt.Fprintf(&c, `protocol bgp dx%d {
	local %s as %d;
	neighbor %s as 64512;
	password "%s";
	%s
	connect delay time 1; connect retry time 1; error wait time 1, 2;
	ipv4 { import all; export where source != RTS_BGP; };
}
`, i, at.customer.Addr(), benchASN, at.amazon.Addr(), benchKey, said)
	}
	return c.String()
}

// ready waits until the agents say that both sessions are up, and BFD on both.
func (p *pair) ready(ctx context.Context) error {
	wanted := []string{"demarc_bgp_peer_state"}
	if p.bfd {
		wanted = append(wanted, "demarc_bfd_peer_state")
	}
	for _, metric := range wanted {
		err := await(ctx, metric+" of both lines", func() (bool, error) {
			sum, err := p.lines[0].sumOfAgents(ctx, metric)
			return sum == float64(len(p.lines)), err
		})
		if err != nil {
			return err
		}
	}
	return p.lines[0].reach(ctx)
}

// failOver cuts the first line for so long under traffic and mends it.
func (p *pair) failOver(ctx context.Context, patience time.Duration) (silence time.Duration, err error) {
	l := p.lines[0]
	t, err := newTraffic(l.app.Namespace(), l.host.Namespace(), netip.AddrPortFrom(l.host.Address(), 7))
	if err != nil {
		return 0, err
	}
	err = l.cut(ctx)
	select {
	case <-ctx.Done():
	case <-time.After(patience):
	}
	silence, back := t.end()
	if err = errors.Join(err, ctx.Err()); err != nil {
		return 0, err
	}
	if !back {
		return 0, errors.New("traffic did not come back")
	}
	if silence < 100*time.Millisecond {
		return 0, fmt.Errorf("no flow noticed the cut: the longest silence was %v", silence)
	}
	return silence, errors.Join(l.mend(ctx), p.ready(ctx))
}

// cut drops everything on the line's tag at the customer's router, both ways.
func (l *line) cut(ctx context.Context) error {
	return l.nft(ctx, fmt.Sprintf(`table netdev cut {
	chain in { type filter hook ingress device "%[1]s" priority 0; policy drop; }
	chain out { type filter hook egress device "%[1]s" priority 0; policy drop; }
}`, lab.Subinterface(l.cable, l.vlan)))
}

func (l *line) mend(ctx context.Context) error { return l.nft(ctx, "delete table netdev cut") }

func (l *line) nft(ctx context.Context, rules string) error {
	cmd := exec.CommandContext(ctx, "nft", "-f", "-")
	cmd.Stdin = strings.NewReader(rules)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := l.router.Namespace().Do(cmd.Run); err != nil {
		return fmt.Errorf("nft: %w: %s", err, out.String())
	}
	return nil
}
