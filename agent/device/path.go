package device

import (
	"errors"
	"io/fs"
	"net/netip"
	"slices"
	"time"

	"demarc"
	"demarc/agent/linux"
	"demarc/agent/naming"
	"demarc/bgp"
	"demarc/intent"
)

const (
	// probeEvery is how often a path is looked at, where few are.
	probeEvery = 5 * time.Second
	// largerFor is how long packets that were too long count: they are looked for
	// every two seconds.
	largerFor = 10 * time.Second
	// sure is after how many probes in a row packets of the MTU count as lost:
	// one may be.
	sure = 2
	// A probe asks with a short packet and one as long as the MTU.
	shortProbe, wholeProbe = 1, 2
	shortOctets            = 64
)

// A path is what is known of the way to a customer's router.
type path struct {
	known  *intent.SoundingSeen
	misses int
	// drops is what the link towards the VIF had dropped when it was looked at
	// last, and dropped when that grew.
	looked  bool
	drops   uint64
	dropped time.Time
}

// sawDrops notes what the link from the port has dropped: what the MTU of the
// VIF's end does not take.
func (p *path) sawDrops(now time.Time, drops uint64) {
	if p.looked && drops > p.drops {
		p.dropped = now
	}
	p.looked, p.drops = true, drops
}

// seen is for the report.
func (p *path) seen(now time.Time) *intent.SoundingSeen {
	if p.known == nil {
		return nil
	}
	seen := *p.known
	seen.Larger = !p.dropped.IsZero() && now.Sub(p.dropped) <= largerFor
	return &seen
}

// take takes in what a probe was answered.
func (p *path) take(octets int, short, whole bool) {
	if short && !whole {
		p.misses++
	} else {
		p.misses = 0
	}
	if p.misses == 0 || p.misses >= sure {
		p.known = &intent.SoundingSeen{Octets: octets, Answered: short || whole, Whole: whole}
	}
}

// A probe is on its way, or over.
type probe struct {
	sounding *linux.Sounding // nil: over
	octets   int
	at       time.Time
}

// probe looks what came back of the last probe, and sends the next when it is
// time. Only a line in use is probed, and only over IPv4.
func (d *Device) probe(now time.Time, id demarc.VirtualInterfaceID) error {
	p := d.probes[id]
	if p != nil && p.sounding != nil {
		if err := d.collect(id, p); err != nil {
			return err
		}
	}
	near, far, octets, use := d.probed(id)
	switch {
	case !use:
		delete(d.probes, id)
		return nil
	case p != nil && now.Sub(p.at) < probeEvery:
		return nil
	}
	sounding, err := d.ask(id, near, far, octets)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		d.probes[id] = &probe{sounding: sounding, octets: octets, at: now}
	}
	return err
}

// probed is where to send probes of a VIF, and how long ones.
func (d *Device) probed(id demarc.VirtualInterfaceID) (near, far netip.Addr, octets int, use bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	v := d.vifs[id]
	if v == nil || v.want == nil || !v.built {
		return near, far, 0, false
	}
	for _, s := range v.sessions {
		status, running := d.speaker.Status(s.key)
		if running && s.family() == bgp.IPv4 && status.State == bgp.Established {
			return s.peer.Local.Addr(), s.peer.Remote.Addr(), v.mtu, true
		}
	}
	v.path.known, v.path.misses = nil, 0
	return near, far, 0, false
}

func (d *Device) ask(id demarc.VirtualInterfaceID, near, far netip.Addr, octets int) (*linux.Sounding, error) {
	n, err := linux.OpenNamespace(d.config.Instance.VIF(d.config.Node, id))
	if err != nil {
		return nil, err
	}
	defer n.Close()
	sounding, err := linux.OpenSounding(n, naming.VIFCustomer, near, far)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(sounding.Ask(wholeProbe, octets), sounding.Ask(shortProbe, shortOctets)); err != nil {
		return nil, errors.Join(err, sounding.Close())
	}
	return sounding, nil
}

// collect ends a probe, and notes what was answered.
func (d *Device) collect(id demarc.VirtualInterfaceID, p *probe) error {
	answered, err := p.sounding.Answered()
	err = errors.Join(err, p.sounding.Close())
	p.sounding = nil
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if v := d.vifs[id]; v != nil {
		v.path.take(p.octets, slices.Contains(answered, shortProbe), slices.Contains(answered, wholeProbe))
	}
	return nil
}

// unknown reports whether there is no such VIF any more.
func (d *Device) unknown(id demarc.VirtualInterfaceID) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.vifs[id] == nil
}

// endProbes ends those of some VIFs.
func (d *Device) endProbes(of func(demarc.VirtualInterfaceID) bool) error {
	var errs []error
	for id, p := range d.probes {
		if !of(id) {
			continue
		}
		if p.sounding != nil {
			errs = append(errs, p.sounding.Close())
		}
		delete(d.probes, id)
	}
	return errors.Join(errs...)
}
