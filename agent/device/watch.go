package device

import (
	"context"
	"time"

	"demarc/agent/linux"
	"demarc/agent/naming"
)

// watchAgain comes before links are watched anew after that failed.
const watchAgain = time.Second

// watchLinks marks what a change of a link in the home namespace concerns: a
// port that lost or found its carrier, an end of a VIF that somebody deleted.
func (d *Device) watchLinks(ctx context.Context) {
	for ctx.Err() == nil {
		events, err := linux.WatchLinks(ctx, d.home)
		if err != nil {
			d.log.Warn("links are not watched", "err", err)
		} else {
			for range events {
				d.compareLinks()
			}
		}
		select { // the socket failed; the patrol sees what happens meanwhile
		case <-ctx.Done():
		case <-time.After(watchAgain):
		}
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
