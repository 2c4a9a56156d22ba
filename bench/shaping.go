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
			for _, way := range ways(rate) {
				got, err := iperf(ctx, l.host.Namespace(), l.app.Namespace(), l.appAddress, way.args...)
				if err != nil {
					return f, fmt.Errorf("%v: %w", way.args, err)
				}
				off := got.BitsPerSecond/(float64(rate)*way.share) - 1
				s.log.Info("shaped", "how", way.args, "off", off)
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
	share float64
	args  []string
}

func ways(rate demarc.Bandwidth) []way {
	tcp := []string{"-t", "3", "-O", "1"}
	udp := append([]string{"-u", "-l", "1472", "-b", fmt.Sprint(uint64(rate) * 5 / 4)}, tcp...)
	return []way{
		{tcpShare, tcp}, {tcpShare, append([]string{"-R"}, tcp...)},
		{udpShare, udp}, {udpShare, append([]string{"-R"}, udp...)},
	}
}

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
