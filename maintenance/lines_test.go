package maintenance_test

import (
	"log/slog"
	"net/netip"
	"testing"
	"time"

	"demarc"
	"demarc/intent"
	"demarc/maintenance"
	"demarc/store"
)

// opted is a world whose link is to have lossy legs drained, and whose platform
// lets it.
func opted(t *testing.T, wants, lets bool) *world {
	w := newWorld(t)
	w.write(func(tx *store.Tx) error {
		l, _ := store.Links.Get(tx, string(link))
		l.DrainLossy = wants
		store.Links.Put(tx, l)
		env, _ := store.Environments.Get(tx, "acme-prod")
		env.Drains = lets
		store.Environments.Put(tx, env)
		return nil
	})
	return w
}

// echo is what the devices see of the legs' lines.
func (w *world) echo(a, b intent.EchoSeen) {
	w.write(func(tx *store.Tx) error {
		for id, seen := range map[string]intent.EchoSeen{"dxvif-a": a, "dxvif-b": b} {
			v, _ := store.VIFSightings.Get(tx, id)
			v.Echo = &seen
			store.VIFSightings.Put(tx, v)
		}
		return nil
	})
}

// watched is what is decided of both legs' lines.
func (w *world) watched() (watches [2]demarc.LineWatch) {
	w.Helper()
	watcher := maintenance.LineWatcher{Store: w.store, Clock: func() time.Time { return w.now }, Log: slog.New(slog.DiscardHandler)}
	for range 2 { // the second time finds nothing to do
		if err := watcher.Look(w.Context()); err != nil {
			w.Fatal(err)
		}
	}
	for i, id := range []string{"dxvif-a", "dxvif-b"} {
		v, _ := store.VirtualInterfaces.Get(w.store.Local(), id)
		watches[i] = v.Watch
	}
	return watches
}

const (
	nothing = demarc.WatchNothing
	line    = demarc.WatchLine
	drain   = demarc.WatchDrain
)

// A line may be drained as long as the link has another path that is up, good
// and in use.
func TestTheLastGoodPathMayNotBeDrained(t *testing.T) {
	clean, lossy := intent.EchoSeen{Verdict: intent.LineClean}, intent.EchoSeen{Verdict: intent.LineLossy}
	drained, calm := lossy, clean
	drained.Drained, calm.Drained = start, start
	for _, tt := range []struct {
		name string
		a, b intent.EchoSeen
		want [2]demarc.LineWatch
	}{
		{"both good", clean, clean, [2]demarc.LineWatch{drain, drain}},
		{"nothing known of either", intent.EchoSeen{}, intent.EchoSeen{Verdict: "mute"}, [2]demarc.LineWatch{drain, drain}},
		{"one loses", lossy, clean, [2]demarc.LineWatch{drain, line}},
		{"one is drained", drained, clean, [2]demarc.LineWatch{drain, line}},
		{"one is drained, and the other loses too", drained, lossy, [2]demarc.LineWatch{drain, line}},
		{"one is drained and calm, and the other loses", calm, lossy, [2]demarc.LineWatch{drain, line}},
		{"both lose", lossy, lossy, [2]demarc.LineWatch{line, line}},
		{"both are drained", drained, drained, [2]demarc.LineWatch{line, line}},
	} {
		w := opted(t, true, true)
		w.echo(tt.a, tt.b)
		if got := w.watched(); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestALegWithoutOthersIsNotDrained(t *testing.T) {
	w := opted(t, true, true)
	w.fails("b")
	if got := w.watched(); got != [2]demarc.LineWatch{line, drain} {
		t.Errorf("the other is down: got %q", got)
	}
	w.fails("a")
	if got := w.watched(); got != [2]demarc.LineWatch{line, line} {
		t.Errorf("both are down: got %q", got)
	}
}

// A leg that alone has one of the customer's prefixes is the last path to it.
func TestALegWithAPrefixOfItsOwnIsNotDrained(t *testing.T) {
	w := opted(t, true, true)
	w.write(func(tx *store.Tx) error {
		v, _ := store.VIFSightings.Get(tx, "dxvif-a")
		v.Accepted = v.Accepted.With(intent.RoutesOf(intent.RouteSeen{Prefix: netip.MustParsePrefix("192.168.60.0/24")}))
		store.VIFSightings.Put(tx, v)
		return nil
	})
	if got := w.watched(); got != [2]demarc.LineWatch{line, drain} {
		t.Errorf("got %q", got)
	}
}

// Who does not want it, or may not have it, has its lines watched at most; and
// with the link the watching ends.
func TestWhoWantsLinesWatched(t *testing.T) {
	for _, tt := range []struct {
		name        string
		wants, lets bool
		probe       bool
		want        demarc.LineWatch
	}{
		{"nobody", false, true, false, nothing},
		{"the customer measures", false, true, true, line},
		{"the customer wants it drained, and the platform does not let it", true, false, false, line},
		{"both", true, true, false, drain},
	} {
		w := opted(t, tt.wants, tt.lets)
		w.write(func(tx *store.Tx) error {
			l, _ := store.Links.Get(tx, string(link))
			if tt.probe {
				l.Probe = probe
			}
			store.Links.Put(tx, l)
			return nil
		})
		if got := w.watched(); got != [2]demarc.LineWatch{tt.want, tt.want} {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
		w.write(func(tx *store.Tx) error { store.Links.Delete(tx, string(link)); return nil })
		if got := w.watched(); got != [2]demarc.LineWatch{nothing, nothing} {
			t.Errorf("%s: the link is gone, and got %q", tt.name, got)
		}
	}
}
