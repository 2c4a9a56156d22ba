package device

import (
	"context"
	"errors"
	"maps"
	"time"

	"demarc"
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
			for changed := range events {
				begin := time.Now()
				if err := d.compareLinks(changed); err != nil {
					d.log.Warn("links were not read", "err", err)
				}
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

// compareLinks marks what is not as it was, of those links that may have
// changed.
func (d *Device) compareLinks(changed linux.Changed) error {
	links, err := readLinks(d.home, changed)
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for id, p := range d.ports {
		if p.want == nil || !changed.Has(p.want.Interface) {
			continue
		}
		// One that is just being looked at for the first time may have been read
		// before this happened.
		if link := links[p.want.Interface]; !p.seen || link.Index != p.index || link.Carrier != p.carrier {
			d.work.Mark(portUnit(id))
		}
	}
	for id, v := range d.vifs {
		if v.want == nil || !v.wired || !changed.Has(naming.VIFPort(id)) {
			continue
		}
		link, exists := links[naming.VIFPort(id)]
		if !exists || link.AdminUp != d.lit(v) {
			d.work.Mark(vifUnit(id))
		}
	}
	return nil
}

// readLinks reads those that may have changed. To list all of them takes time
// in the square of their number, under the kernel's lock of all links: for each
// the kernel looks for the namespace of its other end among all.
func readLinks(n *linux.Namespace, changed linux.Changed) (map[string]linux.Link, error) {
	if changed == nil {
		return linux.Links(n)
	}
	links := map[string]linux.Link{}
	for name := range changed {
		link, there, err := linux.LinkState(n, name)
		if err != nil {
			return nil, err
		}
		if there {
			links[name] = link
		}
	}
	return links, nil
}

// watchGateway follows the links of a gateway's namespace, so that a backbone
// link that somebody's end took away is known at once. A namespace that was
// made anew is another one.
func (d *Device) watchGateway(ctx context.Context, id demarc.GatewayID, n *linux.Namespace, fresh bool) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	gw := d.gateways[id]
	if gw == nil || gw.want == nil || gw.unwatch != nil && !fresh {
		return nil
	}
	if gw.unwatch != nil {
		gw.unwatch()
	}
	watching, unwatch := context.WithCancel(ctx)
	events, err := linux.WatchLinks(watching, n)
	if err != nil {
		unwatch()
		return err
	}
	gw.unwatch = unwatch
	d.watches.Go(func() {
		for changed := range events {
			if err := d.compareBackbone(id, changed); err != nil {
				d.log.Warn("backbone links were not read", "gw", string(id), "err", err)
			}
		}
	})
	return nil
}

// compareBackbone marks the links of a gateway that are not what they were.
// Most events are about its VIFs.
func (d *Device) compareBackbone(id demarc.GatewayID, changed linux.Changed) error {
	seen := d.backboneSeen(id)
	maps.DeleteFunc(seen, func(name string, _ int) bool { return !changed.Has(name) })
	if len(seen) == 0 {
		return nil
	}
	n, err := d.openGateway(id)
	if errors.Is(err, errNoGateway) {
		return nil
	}
	if err != nil {
		return err
	}
	defer n.Close()
	var errs []error
	for name, index := range seen {
		link, _, err := linux.LinkState(n, name)
		if err == nil && (link.Index != index || !link.Carrier) {
			d.work.Mark(backboneUnit(id, name))
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// backboneSeen are the indices of a gateway's links that there were.
func (d *Device) backboneSeen(id demarc.GatewayID) map[string]int {
	d.mu.Lock()
	defer d.mu.Unlock()
	seen := map[string]int{}
	if gw := d.gateways[id]; gw != nil {
		for name, l := range gw.links {
			if l.want != nil && l.index != 0 {
				seen[name] = l.index
			}
		}
	}
	return seen
}

// lit reports whether the VIF has light: its port's, unless its LAG is short of
// links. Called with mu held.
func (d *Device) lit(v *vif) bool {
	p := d.ports[v.want.Port]
	return p != nil && p.carrier && !v.want.Dark
}
