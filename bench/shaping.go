package main

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/directconnect"

	"demarc"
	"demarc/agent/linux"
)

// What headers leave of a frame of 1,514 octets, which is how a rate is
// counted: to TCP with timestamps, and to UDP.
const (
	frameOctets = 1514.0
	tcpShare    = 1448 / frameOctets
	udpShare    = 1472 / frameOctets
)

// shaping measures how far an interface's rate limiter is off: the worst of
// TCP and UDP in both directions, in per cent of what the rate leaves to them.
func shaping(limit string, rate demarc.Bandwidth) func(context.Context, *setting) (figures, error) {
	return func(ctx context.Context, s *setting) (f figures, err error) {
		b, l, err := path{speed: "10Gbps", mtu: 1500}.lay(ctx, s)
		defer func() { err = joined(err, b.close()) }()
		if err != nil {
			return f, err
		}
		if err := l.limit(ctx, limit, rate); err != nil {
			return f, err
		}
		for range s.runs {
			worst := 0.0
			for _, way := range l.ways() {
				got, err := way.fill(ctx, rate)
				if err != nil {
					return f, fmt.Errorf("%s: %w", way.name, err)
				}
				off := got/(float64(rate)*way.share) - 1
				s.log.Info("shaped", "how", way.name, "off", off)
				worst = max(worst, 100*math.Abs(off))
			}
			f.measured = append(f.measured, worst)
		}
		return f, nil
	}
}

// A way is one of those in which a rate is filled. What is sent before it is
// full is left out.
type way struct {
	name  string
	share float64
	// fill returns what arrives, in bits per second.
	fill func(ctx context.Context, rate demarc.Bandwidth) (float64, error)
}

func (l *line) ways() []way {
	host, app := l.host.Namespace(), l.app.Namespace()
	tcp := func(more ...string) func(context.Context, demarc.Bandwidth) (float64, error) {
		return func(ctx context.Context, _ demarc.Bandwidth) (float64, error) {
			got, err := iperf(ctx, host, app, l.appAddress, append([]string{"-t", "3", "-O", "1"}, more...)...)
			return got.BitsPerSecond, err
		}
	}
	return []way{
		{"tcp from the customer", tcpShare, tcp()},
		{"tcp to the customer", tcpShare, tcp("-R")},
		{"udp from the customer", udpShare, func(ctx context.Context, rate demarc.Bandwidth) (float64, error) {
			return datagrams(ctx, host, app, l.appAddress, overfull*float64(rate))
		}},
		{"udp to the customer", udpShare, func(ctx context.Context, rate demarc.Bandwidth) (float64, error) {
			return datagrams(ctx, app, host, l.host.Address(), overfull*float64(rate))
		}},
	}
}

// overfull is how much more datagrams come than the rate lets through.
const overfull = 1.25

// limit gives the line's interface a rate and waits until both shapers have it.
func (l *line) limit(ctx context.Context, words string, rate demarc.Bandwidth) error {
	_, err := l.parties[demarc.Customer].DirectConnect().UpdateVirtualInterfaceAttributes(ctx, &directconnect.UpdateVirtualInterfaceAttributesInput{
		VirtualInterfaceId: l.vif, RateLimit: aws.String(words),
	})
	if err != nil {
		return err
	}
	names, err := linux.ListNamespaces(l.instance + "-")
	if err != nil {
		return err
	}
	return await(ctx, "the rate limit", func() (bool, error) { return limited(names, uint64(rate)) })
}

// limited looks for the interface's namespace among all.
func limited(names []string, rate uint64) (bool, error) {
	for _, name := range names {
		ns, err := linux.OpenNamespace(name)
		if err != nil {
			return false, err
		}
		have, err := linux.Rate(ns, "vif0")
		ns.Close()
		if err == nil {
			time.Sleep(100 * time.Millisecond) // the other shaper is set in the same breath
			return have == rate, nil
		}
	}
	return false, nil
}
