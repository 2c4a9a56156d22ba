package device

import (
	"cmp"
	"context"
	"errors"
	"net/netip"
	"time"

	"demarc"
	"demarc/agent/linux"
	"demarc/agent/lossy"
	"demarc/agent/naming"
	"demarc/agent/router"
	"demarc/bgp"
	"demarc/intent"
)

const (
	// askSteps is into how many parts of an interval time is cut: a request may be
	// late by one.
	askSteps = 12
	// askShare stretches the interval where many lines are asked: all together
	// get two thousand requests a second at most, of 20 µs each at both ends.
	askShare = 500 * time.Microsecond
	// closeLooks is at how many lines a close look is taken at a time: when a
	// port loses packets, all of its lines do.
	closeLooks = 64
	// echoOctets is the length of a request.
	echoOctets = 64
	// rhythm is over how many seconds BFD's packets are counted, and rhythmLeast
	// how many it takes to tell directions apart.
	rhythm      = 16
	rhythmLeast = 30
)

// A watched is a line that may be asked: its session is up.
type watched struct {
	id        demarc.VirtualInterfaceID
	key       string // of the session
	place     router.Place
	near, far netip.Addr
}

// An asking is one line that is asked. It belongs to askLines' goroutine.
type asking struct {
	watched
	judge    lossy.Judge
	sounding *linux.Sounding // nil: to be opened
	trouble  string          // why it could not be
	retry    time.Time
	// beats are what BFD had counted each second, the latest at beat.
	beats [rhythm][2]uint64
	beat  int
}

// askLines asks the lines that are to be watched until ctx ends.
func (d *Device) askLines(ctx context.Context) {
	asked := map[demarc.VirtualInterfaceID]*asking{}
	defer func() {
		for _, a := range asked {
			a.shut()
		}
	}()
	var looked time.Time
	for {
		now := time.Now()
		if now.Sub(looked) >= time.Second {
			looked = now
			d.adoptAsked(now, asked)
		}
		may := looking(asked) < closeLooks
		for _, a := range asked {
			if !a.judge.Next().After(now) {
				d.askOnce(now, a, len(asked), may)
			}
		}
		pause := d.every() / askSteps
		if len(asked) == 0 {
			pause = time.Second
		}
		if rest(ctx, pause); ctx.Err() != nil {
			return
		}
	}
}

// every is how often a line is asked.
func (d *Device) every() time.Duration { return cmp.Or(d.config.EchoEvery, lossy.Interval) }

// adoptAsked makes asked what is watched now, and notes what is known of each.
func (d *Device) adoptAsked(now time.Time, asked map[demarc.VirtualInterfaceID]*asking) {
	up := d.watchedLines()
	for id, a := range asked {
		if w, still := up[id]; !still || w.place != a.place || w.far != a.far {
			a.shut()
			delete(asked, id)
		}
	}
	for id, w := range up {
		if asked[id] == nil {
			asked[id] = &asking{judge: lossy.Judge{Every: d.every()}}
		}
		asked[id].watched = w
		asked[id].hear(d.monitor.Heard(w.key))
	}
	d.sawLines(now, asked)
}

// watchedLines are those that are to be asked and can be. Of two sessions the
// one of IPv4 names the router's address.
func (d *Device) watchedLines() map[demarc.VirtualInterfaceID]watched {
	d.mu.Lock()
	defer d.mu.Unlock()
	lines := map[demarc.VirtualInterfaceID]watched{}
	for id, v := range d.vifs {
		if v.want == nil || v.want.Watch == demarc.WatchNothing || !v.built {
			continue
		}
		for _, s := range v.sessions {
			status, running := d.speaker.Status(s.key)
			_, have := lines[id]
			if !running || s.off != "" || status.State != bgp.Established || have && s.family() == bgp.IPv6 {
				continue
			}
			lines[id] = watched{id: id, key: s.key, place: v.place, near: s.peer.Local.Addr(), far: s.peer.Remote.Addr()}
		}
	}
	return lines
}

// askOnce takes the answers to what a line was asked, one of so many, and asks
// again. May says that a close look may be taken.
func (d *Device) askOnce(now time.Time, a *asking, lines int, may bool) {
	if a.sounding == nil && (now.Before(a.retry) || !d.open(now, a)) {
		return
	}
	numbers, err := a.sounding.Answered()
	a.judge.Answered(numbers...)
	a.judge.Settle(now, d.dropped(a), may)
	if err == nil {
		err = a.sounding.Ask(a.judge.Ask(now, time.Duration(lines)*askShare), echoOctets)
	}
	if err != nil {
		a.note(d, err)
		a.shut()
		a.judge.Pause(now)
		a.retry = now.Add(time.Second)
	}
}

// open opens the way to the line's router; an address of IPv6 is not to be used
// at first.
func (d *Device) open(now time.Time, a *asking) bool {
	n, err := linux.OpenNamespace(a.place.Name)
	if err == nil {
		a.sounding, err = linux.OpenSounding(n, naming.VIFCustomer, a.near, a.far)
		err = errors.Join(err, n.Close())
	}
	a.note(d, err)
	if err != nil {
		a.shut()
		a.retry = now.Add(time.Second)
	}
	return err == nil
}

// note logs what keeps a line from being asked, once until it is something
// else.
func (a *asking) note(d *Device, err error) {
	said := ""
	if err != nil {
		said = err.Error()
	}
	if said != "" && said != a.trouble {
		d.log.Warn("a line is not asked for echoes", "vif", string(a.id), "err", err)
	}
	a.trouble = said
}

func (a *asking) shut() {
	if a.sounding != nil {
		_ = a.sounding.Close() // nothing was written that could be lost
		a.sounding = nil
	}
}

func looking(all map[demarc.VirtualInterfaceID]*asking) (n int) {
	for _, a := range all {
		if a.judge.Looking() {
			n++
		}
	}
	return n
}

// dropped counts what the shapers of a line have dropped, both ways. Only where
// a close look is taken is it worth to look.
func (d *Device) dropped(a *asking) uint64 {
	if !a.judge.Looking() {
		return 0
	}
	n, err := linux.OpenNamespace(a.place.Name)
	if err != nil {
		return 0 // the line is just going
	}
	defer n.Close()
	out, _ := linux.QdiscStats(n, naming.VIFCustomer)
	in, _ := linux.QdiscStats(d.home, naming.VIFPort(a.id))
	return out.Dropped + in.Dropped
}

// hear notes what BFD has counted in another second.
func (a *asking) hear(received, missed uint64) {
	now := [2]uint64{received, missed}
	if a.beats[a.beat] == ([2]uint64{}) {
		for i := range a.beats {
			a.beats[i] = now // nothing was heard before
		}
	}
	a.beat = (a.beat + 1) % rhythm
	a.beats[a.beat] = now
}

// ways tells the directions apart; nil where BFD does not.
func (a *asking) ways(percent int) *intent.WaysSeen {
	is, was := a.beats[a.beat], a.beats[(a.beat+1)%rhythm]
	if is[0] < was[0] || is[1] < was[1] { // another session
		return nil
	}
	received, missed := is[0]-was[0], is[1]-was[1]
	if received+missed < rhythmLeast {
		return nil
	}
	in := int(100 * missed / (received + missed))
	if in >= 100 {
		return &intent.WaysSeen{In: in}
	}
	return &intent.WaysSeen{In: in, Out: max(0, 100-100*(100-percent)/(100-in))}
}

// seen is for the report.
func (a *asking) seen() intent.EchoSeen {
	verdict, since := a.judge.Verdict()
	count := a.judge.Count()
	percent, known := a.judge.Percent()
	seen := intent.EchoSeen{Verdict: string(verdict), Since: since.UTC(), Percent: percent, Asked: count.Settled, Lost: count.Lost}
	if since.IsZero() {
		seen.Since = time.Time{}
	}
	if known && verdict.Known() {
		seen.Ways = a.ways(percent)
	}
	return seen
}
