package device

import (
	"cmp"
	"errors"
	"io/fs"
	"maps"
	"net/netip"
	"slices"
	"time"

	"demarc"
	"demarc/agent/linux"
	"demarc/agent/naming"
	"demarc/bgp"
	"demarc/intent"
)

// answerFor is how long an answer to ARP counts: who is there is asked again
// sooner, and twice at least.
const answerFor = 8 * time.Second

// An ear is what was heard of the customer of one VIF while a session was down.
type ear struct {
	tap        *linux.Tap
	since      time.Time
	asked      time.Time                    // who is there
	arp        map[intent.ARPSeen]time.Time // when last
	callers    map[netip.Addr]*caller
	signatures []signatures // the oldest first
	missigned  time.Time    // when the last wrong one came
}

// A caller is what an address did last, and when.
type caller struct {
	ttl                       uint8
	signed                    bool
	spoke                     time.Time
	called, answered, refused time.Time
}

// signatures are a reading of the namespace's counters.
type signatures struct {
	at      time.Time
	refused linux.MD5Counters
}

// listen hears what the customers say whose sessions should be up and are not;
// of very many, those whose turn it is.
func (d *Device) listen(now time.Time) error {
	silent, turn := d.silent()
	errs := []error{d.deafen(silent)}
	for _, id := range turn {
		err := d.hear(now, id)
		if errors.Is(err, fs.ErrNotExist) {
			err = nil // it is just going, or coming
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// deafen closes the ears of all others.
func (d *Device) deafen(silent map[demarc.VirtualInterfaceID]bool) error {
	var errs []error
	for id, e := range d.ears {
		if silent[id] {
			continue
		}
		errs = append(errs, e.tap.Close())
		delete(d.ears, id)
		d.noteHeard(id, nil)
	}
	return errors.Join(errs...)
}

func (d *Device) noteHeard(id demarc.VirtualInterfaceID, heard *intent.HeardSeen) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if v := d.vifs[id]; v != nil {
		v.heard = heard
	}
}

// hear listens to one VIF, from the first time on that it is asked for.
func (d *Device) hear(now time.Time, id demarc.VirtualInterfaceID) error {
	name := d.config.Instance.VIF(d.config.Node, id)
	refused, err := linux.MD5Failures(name)
	if err != nil {
		return err
	}
	e := d.ears[id]
	if e == nil {
		if e, err = newEar(now, name); err != nil {
			return err
		}
		d.ears[id] = e
	}
	heard, err := e.tap.Read()
	e.take(now, heard, refused)
	err = errors.Join(err, e.ask(d.peersOf(id)))
	if err != nil { // its link is another one by now
		delete(d.ears, id)
		return errors.Join(err, e.tap.Close())
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if v := d.vifs[id]; v != nil {
		v.md5Failures, v.heard = refused.NotFound+refused.Unexpected+refused.Failure, e.seen(now)
	}
	return nil
}

// peersOf are the addresses of a VIF's sessions.
func (d *Device) peersOf(id demarc.VirtualInterfaceID) (peers []intent.Peer) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if v := d.vifs[id]; v != nil && v.want != nil {
		peers = v.want.Peers
	}
	return peers
}

// ask has the customers' routers say that they are there. What the kernel knows
// of them may be from before.
func (e *ear) ask(peers []intent.Peer) error {
	var errs []error
	for _, p := range peers {
		if far := p.Remote.Addr(); far.Is4() {
			errs = append(errs, e.tap.Ask(p.Local.Addr(), far))
		}
	}
	return errors.Join(errs...)
}

func newEar(now time.Time, namespace string) (*ear, error) {
	n, err := linux.OpenNamespace(namespace)
	if err != nil {
		return nil, err
	}
	defer n.Close()
	tap, err := linux.OpenTap(n, naming.VIFCustomer)
	if err != nil {
		return nil, err
	}
	return &ear{tap: tap, since: now, asked: now, arp: map[intent.ARPSeen]time.Time{}, callers: map[netip.Addr]*caller{}}, nil
}

// take takes in what was heard, and forgets what is long ago.
func (e *ear) take(now time.Time, heard []linux.Heard, refused linux.MD5Counters) {
	for _, h := range heard {
		if h.Target.IsValid() {
			e.arp[intent.ARPSeen{From: h.From, MAC: h.MAC, Target: h.Target}] = now
			continue
		}
		c := e.callers[h.From]
		if c == nil {
			c = &caller{}
			e.callers[h.From] = c
		}
		c.take(now, h)
	}
	long := func(at time.Time) bool { return now.Sub(at) > intent.HeardFor }
	unanswered := max(answerFor, 2*now.Sub(e.asked))
	maps.DeleteFunc(e.arp, func(_ intent.ARPSeen, at time.Time) bool { return now.Sub(at) > unanswered })
	e.asked = now
	maps.DeleteFunc(e.callers, func(_ netip.Addr, c *caller) bool { return long(c.spoke) })
	if n := len(e.signatures); n > 0 && refused.Failure > e.signatures[n-1].refused.Failure {
		e.missigned = now
	}
	e.signatures = append(e.signatures, signatures{now, refused})
	for len(e.signatures) > 2 && long(e.signatures[1].at) {
		e.signatures = e.signatures[1:]
	}
}

func (c *caller) take(now time.Time, h linux.Heard) {
	c.spoke = now
	if h.Resets { // by its kernel, which knows no key
		c.refused = now
		return
	}
	c.signed = h.Signed
	if h.Speaks || h.Called && h.Opens {
		c.ttl = h.TTL // else it may be a listener's, which serves many neighbours
	}
	switch {
	case h.Called && h.Opens:
		c.called = now
	case !h.Called:
		c.answered = now
	}
}

// seen is for the report.
func (e *ear) seen(now time.Time) *intent.HeardSeen {
	lately := func(at time.Time) bool { return !at.IsZero() && now.Sub(at) <= intent.HeardFor }
	seen := &intent.HeardSeen{At: now, LastMissigned: e.missigned, For: min(now.Sub(e.since), intent.HeardFor).Truncate(time.Second)}
	for who := range e.arp {
		seen.ARP = append(seen.ARP, who)
	}
	for from, c := range e.callers {
		seen.Callers = append(seen.Callers, intent.CallerSeen{
			From: from, Last: c.spoke, TTL: c.ttl, Signed: c.signed, Calls: lately(c.called), Answers: lately(c.answered), Resets: lately(c.refused),
		})
	}
	slices.SortFunc(seen.ARP, func(a, b intent.ARPSeen) int { return cmp.Or(a.From.Compare(b.From), a.Target.Compare(b.Target)) })
	slices.SortFunc(seen.Callers, func(a, b intent.CallerSeen) int { return a.From.Compare(b.From) })
	seen.ARP, seen.Callers = seen.ARP[:min(len(seen.ARP), intent.HeardMost)], seen.Callers[:min(len(seen.Callers), intent.HeardMost)]
	if first, last := e.signatures[0].refused, e.signatures[len(e.signatures)-1].refused; last.NotFound >= first.NotFound {
		seen.Unsigned, seen.Missigned = last.NotFound-first.NotFound, last.Failure-first.Failure
	}
	return seen
}

// silent are the VIFs with a session that should be up and is not, or that has
// brought nothing yet: a router that does not hear us looks like that. Those
// whose turn it is are to be listened to.
func (d *Device) silent() (all map[demarc.VirtualInterfaceID]bool, turn []demarc.VirtualInterfaceID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	all = map[demarc.VirtualInterfaceID]bool{}
	for id, v := range d.vifs {
		if d.isSilent(v) {
			all[id] = true
		}
	}
	turn = nextOf(slices.Collect(maps.Keys(all)), d.asked)
	if len(turn) > 0 {
		d.asked = turn[len(turn)-1]
	}
	return all, turn
}

// isSilent is called with mu held.
func (d *Device) isSilent(v *vif) bool {
	for _, s := range v.sessions {
		status, running := d.speaker.Status(s.key)
		if running && (status.State != bgp.Established || status.Received[s.family()] == 0) {
			return true
		}
	}
	return false
}
