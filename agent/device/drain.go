package device

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"demarc"
	"demarc/agent/lossy"
	"demarc/bgp"
	"demarc/intent"
	"demarc/internal/durable"
)

// A drained line is the last that anybody chooses, and no more than that: its
// session is up, its routes are there, and where it is the only one, it carries.
// So nothing is cut off by a drain, whatever becomes of other lines meanwhile,
// and whoever is alive.
const (
	// drainedPrepends is how much longer the path is that its customer is told;
	// drainedMED is the highest that routers do not take for unreachable.
	drainedPrepends = 4
	drainedMED      = 1<<32 - 2
	// drainsFile is where a node keeps which of its lines are drained.
	drainsFile = "drains.json"
)

// drained reports whether a line is. Called with mu held.
func (d *Device) drained(v *vif) bool {
	return v.want != nil && v.want.Watch == demarc.WatchDrain && d.drains[v.want.ID].On()
}

// leave makes of routes what the customer of a drained line is told: with the
// mark that routers obey that know it (RFC 8326, section 4.2), and what others go
// by.
func leave(routes map[bgp.Family]map[netip.Prefix]bgp.Attributes, asn demarc.ASN) {
	for _, family := range routes {
		for prefix, a := range family {
			for range drainedPrepends {
				a.Path = a.Path.Prepend(uint32(asn))
			}
			a.MED, a.HasMED = drainedMED, true
			a.Communities = a.Communities.With(bgp.GracefulShutdown)
			family[prefix] = a
		}
	}
}

// last is a drained line's path: below all others (RFC 8326, section 4.1), also
// below one that only the kernel knows of, which is shorter.
func (c candidate) last() candidate {
	c.path.LocalPreference, c.regional = 0, false
	c.attributes.Communities = c.attributes.Communities.With(bgp.GracefulShutdown)
	return c
}

// sawLines takes what is known of the lines that are asked, and drains and
// restores them for it.
func (d *Device) sawLines(now time.Time, asked map[demarc.VirtualInterfaceID]*asking) {
	keep := d.judgeLines(now, asked)
	if keep == nil {
		return
	}
	if err := keep(); err != nil {
		d.log.Warn("it was not kept which lines are drained", "err", err)
	}
}

// judgeLines returns how to keep what has changed; nil for nothing.
func (d *Device) judgeLines(now time.Time, asked map[demarc.VirtualInterfaceID]*asking) func() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	before := maps.Clone(d.drains)
	for id, v := range d.vifs {
		v.echo = nil
		if v.want == nil || v.want.Watch == demarc.WatchNothing {
			continue
		}
		a, verdict, seen := asked[id], lossy.Unknown, intent.EchoSeen{}
		if a != nil {
			verdict, _ = a.judge.Verdict()
			seen = a.seen()
		}
		is := d.drains[id].Next(now, verdict, a != nil, v.want.Watch == demarc.WatchDrain, d.every())
		d.setDrain(v, is, seen)
		seen.Drained, seen.Calm, seen.Drains = is.Since.UTC(), is.Calm.UTC(), is.Times
		if is.On() {
			seen.Wait = is.Wait(d.every())
		}
		v.echo = &seen
		v.touch()
	}
	maps.DeleteFunc(d.drains, func(id demarc.VirtualInterfaceID, _ lossy.Drain) bool {
		return d.vifs[id] == nil && d.found == nil // else no intent has said yet what there is
	})
	if maps.Equal(before, d.drains) || d.config.Dir == "" {
		return nil
	}
	kept := maps.Clone(d.drains)
	return func() error { return keepDrains(d.config.Dir, kept) }
}

// setDrain makes a drain a VIF's, and has routes looked at if that is news. Called
// with mu held.
func (d *Device) setDrain(v *vif, is lossy.Drain, seen intent.EchoSeen) {
	id := v.want.ID
	was := d.drains[id]
	if is == was {
		return
	}
	if d.drains[id] = is; is == (lossy.Drain{}) {
		delete(d.drains, id)
	}
	if is.On() == was.On() {
		return
	}
	if is.On() {
		d.log.Warn("a lossy line was drained", "vif", string(id), "percent", seen.Percent, "times", is.Times)
	} else {
		d.log.Info("a drained line is in use again", "vif", string(id), "reason", cmp.Or(seen.Verdict, "unknown"), "watch", string(v.want.Watch))
	}
	v.listing = nil
	v.touch()
	d.work.Mark(vifRoutes(id))
	d.work.Mark(gatewaysRoutes(v.want)...)
	d.config.Changed()
}

// keepDrains writes them to the node's directory.
func keepDrains(dir string, drains map[demarc.VirtualInterfaceID]lossy.Drain) error {
	text, err := json.Marshal(drains)
	if err != nil {
		return err
	}
	return durable.Replace(filepath.Join(dir, drainsFile), text, 0o600)
}

// keptDrains reads what an earlier run has kept. What cannot be read is none: a
// lossy line is found again.
func keptDrains(dir string) (drains map[demarc.VirtualInterfaceID]lossy.Drain, err error) {
	drains = map[demarc.VirtualInterfaceID]lossy.Drain{}
	if dir == "" {
		return drains, nil
	}
	text, err := os.ReadFile(filepath.Join(dir, drainsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return drains, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &drains)
	}
	if err != nil {
		return map[demarc.VirtualInterfaceID]lossy.Drain{}, fmt.Errorf("read which lines are drained: %w", err)
	}
	return drains, nil
}
