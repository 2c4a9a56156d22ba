package main

import (
	"context"
	"time"

	"demarc/site"
)

// firstPacket measures from the call that accepts an interface to the first
// answered ping through it, by a router that has been configured for it all
// along and keeps trying to connect.
func firstPacket(ctx context.Context, s *setting) (f figures, err error) {
	b, err := startBed(ctx, s, site.Sample)
	defer func() { err = joined(err, b.close()) }()
	if err != nil {
		return f, err
	}
	l, err := b.patch(ctx, "1Gbps")
	if err != nil {
		return f, err
	}
	for run := range s.runs + 1 {
		vif, err := l.allocate(ctx)
		if err != nil {
			return f, err
		}
		begin := time.Now()
		if err := l.confirm(ctx, vif); err != nil {
			return f, err
		}
		if run == 0 { // the router's configuration can be had only now; it then stays
			if err := l.configure(ctx, vif); err != nil {
				return f, err
			}
		}
		if err := l.reach(ctx); err != nil {
			return f, err
		}
		if run > 0 {
			f.measured = append(f.measured, time.Since(begin).Seconds())
		}
		if err := l.remove(ctx, vif); err != nil {
			return f, err
		}
	}
	return f, nil
}
