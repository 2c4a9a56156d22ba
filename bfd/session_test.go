package bfd_test

import (
	"testing"
	"time"

	"demarc/bfd"
)

func TestComesUpOnceTheCustomerSpeaks(t *testing.T) {
	w := newWorld(t, provider(), customer())
	w.cut[0] = true
	w.advance(time.Minute)
	w.want(bfd.Down, bfd.Down)
	if n := len(w.ends[0].sent); n != 0 {
		t.Errorf("a passive end that heard nobody sent %d packets", n)
	}
	w.cut[0] = false
	w.advance(4 * time.Second)
	w.want(bfd.Up, bfd.Up)
	for i, e := range w.ends {
		st := e.Status()
		if st.Transmit != 300*ms || st.Receive != 300*ms || st.Detection != 900*ms || st.Ups != 1 || st.Remote != bfd.Up {
			t.Errorf("end %d: %+v, want 300 ms both ways and 900 ms of detection", i, st)
		}
	}
}

func TestTwoPassiveEndsAreSilent(t *testing.T) {
	quiet := customer()
	quiet.Passive = true
	w := newWorld(t, provider(), quiet)
	w.advance(time.Minute)
	w.want(bfd.Down, bfd.Down)
}

// Each direction has the slower of what its sender wants and its receiver can.
func TestIntervals(t *testing.T) {
	slower := customer()
	slower.DesiredMinTx, slower.RequiredMinRx, slower.Multiplier = 500*ms, 1000*ms, 5
	w := up(t, provider(), slower)
	a, b := w.ends[0].Status(), w.ends[1].Status()
	if a.Transmit != 1000*ms || a.Receive != 500*ms || a.Detection != 2500*ms {
		t.Errorf("the provider has %+v", a)
	}
	if b.Transmit != 500*ms || b.Receive != 1000*ms || b.Detection != 3000*ms {
		t.Errorf("the customer has %+v", b)
	}
	w.advance(time.Minute)
	for _, gap := range w.ends[0].gaps() {
		if gap < 750*ms || gap > 1000*ms {
			t.Errorf("the provider sent after %v, want 750 to 1000 ms", gap)
		}
	}
	if len(w.ends[0].log)+len(w.ends[1].log) != 0 {
		t.Errorf("a healthy session changed: %v, %v", w.ends[0].log, w.ends[1].log)
	}
}

// A router that asks for a packet a second until it is up, as FRR does, would
// go down again if the first fast one came a second later.
func TestTheFirstFastPacketComesInTime(t *testing.T) {
	first := customer()
	first.RequiredMinRx = time.Second
	w := up(t, provider(), first)
	fast := customer()
	actions, ok := w.ends[1].Reconfigure(w.now, fast)
	if !ok {
		t.Fatal("it is not reconfigured")
	}
	at := w.now
	w.take(1, actions)
	w.ends[0].sent = nil
	w.advance(2 * time.Second)
	w.want(bfd.Up, bfd.Up)
	for _, s := range w.ends[0].sent {
		if !s.packet.Final {
			if wait := s.at.Sub(at); wait > 302*ms {
				t.Errorf("the first fast packet came after %v", wait)
			}
			break
		}
	}
	if st := w.ends[0].Status(); st.Transmit != 300*ms {
		t.Errorf("sends every %v, want 300 ms", st.Transmit)
	}
}

func TestACutIsSeenInTime(t *testing.T) {
	w := up(t, provider(), customer())
	cut := w.now
	w.cut = [2]bool{true, true}
	w.advance(2 * time.Second)
	w.want(bfd.Down, bfd.Down)
	for i, e := range w.ends {
		if len(e.log) != 1 {
			t.Fatalf("end %d: %v", i, e.log)
		}
		c := e.log[0]
		if !c.Failed || c.From != bfd.Up || c.Why != bfd.DetectionExpired || c.Heard.After(cut.Add(ms)) {
			t.Errorf("end %d: %+v", i, c)
		}
		if wait := e.Status().Since.Sub(c.Heard); wait != 900*ms {
			t.Errorf("end %d waited %v, want 900 ms", i, wait)
		}
	}
	w.ends[0].sent = nil
	w.advance(time.Minute)
	if n := len(w.ends[0].sent); n != 0 {
		t.Errorf("the passive end sent %d packets to nobody", n)
	}
	w.cut = [2]bool{}
	w.advance(4 * time.Second)
	w.want(bfd.Up, bfd.Up)
	if st := w.ends[0].Status(); st.Ups != 2 || st.Why != bfd.NoDiagnostic {
		t.Errorf("after the return: %+v", st)
	}
}

// One way broken is broken: the end that still hears is told.
func TestACutOfOneDirection(t *testing.T) {
	w := up(t, provider(), customer())
	w.cut[0] = true
	w.advance(1200 * ms)
	if c := w.ends[1].log; len(c) == 0 || !c[0].Failed || c[0].Why != bfd.NeighborDown {
		t.Errorf("the end that hears: %+v", c)
	}
	w = up(t, provider(), customer())
	w.cut[1] = true
	w.advance(1200 * ms)
	if c := w.ends[0].log; len(c) == 0 || !c[0].Failed || c[0].Why != bfd.NeighborDown {
		t.Errorf("the provider, heard by nobody: %+v", c)
	}
}

// What ends Up without a failure: the customer takes BFD out of service, or
// its BFD is started anew.
func TestNotEveryEndIsAFailure(t *testing.T) {
	t.Run("administrative", func(t *testing.T) {
		w := up(t, provider(), customer())
		w.take(1, w.ends[1].Close(w.now))
		w.advance(10 * time.Second)
		w.want(bfd.Down, bfd.AdminDown)
		if c := w.ends[0].log; len(c) != 1 || c[0].Failed || c[0].Why != bfd.NeighborDown {
			t.Errorf("the provider: %+v", c)
		}
		w.put(1, customer())
		w.advance(4 * time.Second)
		w.want(bfd.Up, bfd.Up)
	})
	t.Run("forgotten", func(t *testing.T) {
		w := up(t, provider(), customer())
		again := customer()
		again.Discriminator = 9
		w.put(1, again)
		w.advance(4 * time.Second)
		w.want(bfd.Up, bfd.Up)
		if c := w.ends[0].log; len(c) == 0 || c[0].To != bfd.Down || c[0].Failed {
			t.Errorf("the provider: %+v", c)
		}
	})
}

// A process that is back within the detection time goes on where it was.
func TestResume(t *testing.T) {
	w := up(t, provider(), customer())
	again := provider()
	again.Resume = true
	w.advance(250 * ms)
	w.put(0, again)
	w.advance(10 * time.Second)
	w.want(bfd.Up, bfd.Up)
	if n := len(w.ends[1].log); n != 0 {
		t.Errorf("the customer noticed: %+v", w.ends[1].log)
	}
	if c := w.ends[0].log; len(c) != 1 || c[0].From != bfd.Down || c[0].To != bfd.Up {
		t.Errorf("the provider: %+v", c)
	}
}

// One that cannot resume, or comes too late, begins anew.
func TestResumeIsNotBelievedBlindly(t *testing.T) {
	w := up(t, provider(), customer())
	other := provider()
	other.Resume, other.Discriminator = true, 99
	w.put(0, other)
	w.advance(600 * ms)
	if st := w.ends[0].Status(); st.State == bfd.Up || st.Refused == 0 {
		t.Errorf("it took over another session: %+v", st)
	}
	late := provider()
	late.Resume = true
	w.put(0, late)
	w.ends[0].Receive(w.now, bfd.Packet{State: bfd.Down, Multiplier: 3, Mine: 8}.Encode(), bfd.TTL)
	w.ends[0].Receive(w.now, bfd.Packet{State: bfd.Up, Multiplier: 3, Mine: 8, Yours: 7}.Encode(), bfd.TTL)
	w.want(bfd.Up) // by Init
	if st := w.ends[0].Status(); st.Ups != 1 {
		t.Errorf("%+v", st)
	}
}

// A planned absence: the neighbour agrees to wait, and nobody notices.
func TestPause(t *testing.T) {
	w := up(t, provider(), customer())
	w.take(0, w.ends[0].Pause(w.now, 2*time.Minute))
	if w.ends[0].Paused() {
		t.Error("the neighbour cannot have agreed yet")
	}
	w.advance(5 * ms)
	if !w.ends[0].Paused() {
		t.Errorf("the neighbour has not agreed: %+v", w.ends[0].Status())
	}
	if st := w.ends[1].Status(); st.Detection != 2*time.Minute {
		t.Errorf("the neighbour waits for %v, want 2 min", st.Detection)
	}
	gone := provider()
	gone.Discriminator = 99 // deaf and dumb to the customer
	w.put(0, gone)
	w.advance(100 * time.Second)
	again := provider()
	again.Resume = true
	w.put(0, again)
	w.advance(2 * time.Second)
	w.want(bfd.Up, bfd.Up)
	if st := w.ends[1].Status(); st.Detection != 900*ms {
		t.Errorf("the neighbour waits for %v after our return, want 900 ms", st.Detection)
	}
	if n := len(w.ends[1].log); n != 0 {
		t.Errorf("the customer noticed: %+v", w.ends[1].log)
	}
}

func TestPauseWithoutANeighbour(t *testing.T) {
	w := newWorld(t, provider(), customer())
	if actions := w.ends[0].Pause(w.now, time.Minute); len(actions) != 0 || !w.ends[0].Paused() {
		t.Errorf("it waits for nobody: %v", actions)
	}
}

func TestReconfigure(t *testing.T) {
	w := up(t, provider(), customer())
	slower := provider()
	slower.DesiredMinTx, slower.RequiredMinRx, slower.Multiplier = 600*ms, 600*ms, 4
	actions, ok := w.ends[0].Reconfigure(w.now, slower)
	if !ok {
		t.Fatal("it is not reconfigured")
	}
	w.take(0, actions)
	if st := w.ends[0].Status(); st.Transmit != 300*ms {
		t.Errorf("it sends every %v before the neighbour has agreed", st.Transmit)
	}
	w.advance(30 * time.Second)
	w.want(bfd.Up, bfd.Up)
	if st := w.ends[1].Status(); st.Detection != 2400*ms {
		t.Errorf("the neighbour waits for %v, want 2.4 s", st.Detection)
	}
	if len(w.ends[0].log)+len(w.ends[1].log) != 0 {
		t.Errorf("it went down meanwhile: %v %v", w.ends[0].log, w.ends[1].log)
	}
	if actions, ok := w.ends[0].Reconfigure(w.now, slower); !ok || len(actions) != 0 {
		t.Errorf("the same again is %v, %v", actions, ok)
	}
	other := slower
	other.Discriminator = 99
	if _, ok := w.ends[0].Reconfigure(w.now, other); ok {
		t.Error("a running session got another discriminator")
	}
}

func TestANeighbourMayWantToHearNothing(t *testing.T) {
	for name, wish := range map[string]bfd.Packet{
		"no packets": {State: bfd.Up, Multiplier: 3, Mine: 8, Yours: 7, DesiredMinTx: 300 * ms},
		"demand":     {State: bfd.Up, Multiplier: 3, Mine: 8, Yours: 7, DesiredMinTx: 300 * ms, RequiredMinRx: 300 * ms, Demand: true, Final: true},
	} {
		w := up(t, provider(), customer())
		w.cut = [2]bool{true, true}
		for range 10 {
			w.take(0, w.ends[0].Receive(w.now, wish.Encode(), bfd.TTL))
			w.ends[0].sent = nil
			w.advance(500 * ms)
			if n := len(w.ends[0].sent); n != 0 {
				t.Errorf("%s: %d packets were sent", name, n)
			}
		}
		w.want(bfd.Up)
	}
}

func TestValidate(t *testing.T) {
	for name, wrong := range map[string]func(*bfd.Config){
		"discriminator": func(c *bfd.Config) { c.Discriminator = 0 },
		"tx":            func(c *bfd.Config) { c.DesiredMinTx = 0 },
		"rx":            func(c *bfd.Config) { c.RequiredMinRx = 2 * time.Hour },
		"multiplier":    func(c *bfd.Config) { c.Multiplier = 0 },
	} {
		c := provider()
		wrong(&c)
		if _, err := bfd.New(start, c, 1); err == nil {
			t.Errorf("a wrong %s is taken", name)
		}
	}
}
