package bfd_test

import (
	"slices"
	"testing"
	"time"

	"demarc/bfd"
)

var start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

const ms = time.Millisecond

// provider is what Direct Connect's end is, customer a router's with the same
// intervals.
func provider() bfd.Config {
	return bfd.Config{Discriminator: 7, DesiredMinTx: 300 * ms, RequiredMinRx: 300 * ms, Multiplier: 3, Passive: true}
}

func customer() bfd.Config {
	c := provider()
	c.Discriminator, c.Passive = 8, false
	return c
}

// A world is two sessions, the wire between them, which takes a millisecond,
// and a clock. Nothing moves but by advance.
type world struct {
	t    *testing.T
	now  time.Time
	ends [2]*end
	wire []flight
	cut  [2]bool // towards that end
}

type end struct {
	*bfd.Session
	log  []bfd.Changed
	sent []sent
}

type sent struct {
	at     time.Time
	packet bfd.Packet
}

type flight struct {
	at     time.Time
	to     int
	octets []byte
}

func newWorld(t *testing.T, a, b bfd.Config) *world {
	t.Helper()
	w := &world{t: t, now: start}
	w.put(0, a)
	w.put(1, b)
	return w
}

// put replaces one end by a new session.
func (w *world) put(i int, c bfd.Config) {
	w.t.Helper()
	s, err := bfd.New(w.now, c, uint64(i+1))
	if err != nil {
		w.t.Fatal(err)
	}
	w.ends[i] = &end{Session: s}
}

// up is a world whose sessions are up, with the logs empty.
func up(t *testing.T, a, b bfd.Config) *world {
	t.Helper()
	w := newWorld(t, a, b)
	w.advance(5 * time.Second)
	w.want(bfd.Up, bfd.Up)
	for _, e := range w.ends {
		e.log, e.sent = nil, nil
	}
	return w
}

// take does what an end asks.
func (w *world) take(i int, actions []bfd.Action) {
	w.t.Helper()
	e := w.ends[i]
	for _, action := range actions {
		switch a := action.(type) {
		case bfd.Changed:
			e.log = append(e.log, a)
		case bfd.Send:
			p, err := bfd.Decode(a.Octets)
			if err != nil {
				w.t.Fatalf("end %d sends a packet that is none: %v", i, err)
			}
			e.sent = append(e.sent, sent{w.now, p})
			if !w.cut[1-i] {
				w.wire = append(w.wire, flight{w.now.Add(ms), 1 - i, a.Octets})
			}
		}
	}
}

// advance lets time pass, event by event.
func (w *world) advance(d time.Duration) {
	w.t.Helper()
	for until := w.now.Add(d); ; {
		next := until
		for _, f := range w.wire {
			next = earlier(next, f.at)
		}
		for _, e := range w.ends {
			if at := e.Deadline(); !at.IsZero() {
				next = earlier(next, at)
			}
		}
		if next.After(w.now) {
			w.now = next
		}
		if !w.deliver() && !w.tick() && !w.now.Before(until) {
			return
		}
	}
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

func (w *world) deliver() bool {
	i := slices.IndexFunc(w.wire, func(f flight) bool { return !f.at.After(w.now) })
	if i < 0 {
		return false
	}
	f := w.wire[i]
	w.wire = slices.Delete(w.wire, i, i+1)
	w.take(f.to, w.ends[f.to].Receive(w.now, f.octets, bfd.TTL))
	return true
}

func (w *world) tick() (ticked bool) {
	for i, e := range w.ends {
		if at := e.Deadline(); !at.IsZero() && !at.After(w.now) {
			w.take(i, e.Tick(w.now))
			ticked = true
		}
	}
	return ticked
}

func (w *world) want(states ...bfd.State) {
	w.t.Helper()
	for i, want := range states {
		if got := w.ends[i].Status().State; got != want {
			w.t.Errorf("end %d is %v, want %v; %+v", i, got, want, w.ends[i].Status())
		}
	}
}

// gaps are the pauses between what an end has sent, answers to Polls excepted.
func (e *end) gaps() (gaps []time.Duration) {
	var last time.Time
	for _, s := range e.sent {
		if s.packet.Final {
			continue
		}
		if !last.IsZero() {
			gaps = append(gaps, s.at.Sub(last))
		}
		last = s.at
	}
	return gaps
}
