package device

import (
	"context"
	"time"

	"demarc/agent/linux"
	"demarc/agent/naming"
)

// watchAgain comes before links are watched anew after that failed.
const watchAgain = time.Second

// compareShare bounds what looking at links may cost while many of them come
// and go: there is a pause of so many times as long as looking took. With a
// hundred links that is a few milliseconds.
const compareShare = 4

// watchLinks marks what a change of a link in the home namespace concerns: a
// port that lost or found its carrier, an end of a VIF that somebody deleted.
func (d *Device) watchLinks(ctx context.Context) {
	for ctx.Err() == nil {
		events, err := linux.WatchLinks(ctx, d.home)
		if err != nil {
			d.log.Warn("links are not watched", "err", err)
		} else {
			for range events {
				begin := time.Now()
				d.compareLinks()
				rest(ctx, compareShare*time.Since(begin))
			}
		}
		select { // the socket failed; the patrol sees what happens meanwhile
		case <-ctx.Done():
		case <-time.After(watchAgain):
		}
	}
}

// rest waits, or until ctx ends.
func rest(ctx context.Context, pause time.Duration) {
	timer := time.NewTimer(pause)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

func (d *Device) compareLinks() {
	links, err := linux.Links(d.home)
	if err != nil {
		d.log.Warn("links were not read", "err", err)
		return
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for id, p := range d.ports {
		if p.want == nil || !p.seen {
			continue
		}
		link, exists := links[p.want.Interface]
		if exists != p.exists || exists && link.Carrier != p.carrier {
			d.work.Mark(portUnit(id))
		}
	}
	for id, v := range d.vifs {
		if v.want == nil || !v.wired {
			continue
		}
		link, exists := links[naming.VIFPort(id)]
		if !exists || link.AdminUp != d.lit(v) {
			d.work.Mark(vifUnit(id))
		}
	}
}

// lit reports whether the VIF has light: its port's, unless its LAG is short of
// links. Called with mu held.
func (d *Device) lit(v *vif) bool {
	p := d.ports[v.want.Port]
	return p != nil && p.carrier && !v.want.Dark
}
