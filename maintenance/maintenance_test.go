package maintenance_test

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"demarc"
	"demarc/desk"
	"demarc/intent"
	"demarc/maintenance"
	"demarc/notice"
	"demarc/store"
	"demarc/store/storetest"
)

const (
	customer = demarc.AccountID("111111111111")
	platform = demarc.AccountID("333333333333")
	link     = demarc.LinkID("lk-00000000")
)

var (
	start    = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	operator = demarc.Account{ID: platform, Party: demarc.Platform, Operator: true}
	devices  = []demarc.NodeID{"lis1-d1", "lis1-d2"}
	probe    = netip.MustParseAddr("192.168.50.10")
)

// A world is a link of two legs on two devices, both up.
type world struct {
	*testing.T
	store *store.Store
	now   time.Time
}

func newWorld(t *testing.T) *world {
	w := &world{T: t, now: start}
	witness := notice.Witness(func(store.Reader) time.Time { return w.now })
	w.store = storetest.Open(t, store.Config{Dir: t.TempDir(), Witness: witness}, store.Tables()...)
	w.write(func(tx *store.Tx) error {
		store.Environments.Put(tx, demarc.Environment{Name: "acme-prod", Platform: platform, Customer: customer, Gateway: "vgw-1"})
		l := demarc.Link{ID: link, Environment: "acme-prod", Customer: customer, Topology: demarc.OwnCage, Created: start}
		for i, device := range devices {
			leg := string(rune('a' + i))
			store.Devices.Put(tx, demarc.Device{ID: device, Location: "LIS1"})
			store.Connections.Put(tx, demarc.Connection{
				ID: demarc.ConnectionID("dxcon-" + leg), Owner: customer, Location: "LIS1", Bandwidth: demarc.Gbps, State: demarc.ConnectionAvailable,
				Port: demarc.PortID(string(device) + "/p1"), Tags: []demarc.Tag{{Key: desk.LinkTag, Value: string(link) + "/" + leg}},
			})
			store.VirtualInterfaces.Put(tx, demarc.VirtualInterface{
				ID: demarc.VirtualInterfaceID("dxvif-" + leg), Type: demarc.PrivateVIF, Owner: platform, ConnectionOwner: customer,
				Connection: demarc.ConnectionID("dxcon-" + leg), Device: device, State: demarc.VIFAvailable, Gateway: "vgw-1", Created: start,
			})
			store.VIFSightings.Put(tx, intent.VIFSeen{ID: demarc.VirtualInterfaceID("dxvif-" + leg), Accepted: intent.RoutesOf(intent.RouteSeen{Prefix: netip.MustParsePrefix("192.168.50.0/24")})})
			l.Legs = append(l.Legs, demarc.Leg{ID: leg, Location: "LIS1", Bandwidth: demarc.Gbps})
		}
		store.Links.Put(tx, l)
		return nil
	})
	return w
}

func (w *world) write(fn func(*store.Tx) error) {
	w.Helper()
	if err := w.store.Write(w.Context(), fn); err != nil {
		w.Fatal(err)
	}
}

// plan is the operator planning work in so many days.
func (w *world) plan(device demarc.NodeID, in int, override bool) (m demarc.Maintenance, err error) {
	err = w.store.Write(w.Context(), func(tx *store.Tx) (err error) {
		m, err = maintenance.Plan(tx, operator, maintenance.Wish{Device: device, Start: start.AddDate(0, 0, in), Hours: 4, Override: override}, w.now)
		return err
	})
	return m, err
}

// at moves the clock, sweeps twice, and returns what the customer was told.
func (w *world) at(now time.Time) (told []string) {
	w.Helper()
	before := map[demarc.NoticeID]bool{}
	for n := range store.Notices.All(w.store.Local()) {
		before[n.ID] = true
	}
	w.now = now
	for range 2 {
		w.write(func(tx *store.Tx) error { return maintenance.Expire(tx, now) })
		w.write(func(tx *store.Tx) error { return notice.Expire(tx, now) })
	}
	for n := range store.Notices.By(w.store.Local(), "account", string(customer)) {
		if !before[n.ID] {
			told = append(told, n.Type)
		}
	}
	return told
}

func (w *world) drained(id demarc.VirtualInterfaceID) demarc.MaintenanceID {
	v, _ := store.VirtualInterfaces.Get(w.store.Local(), string(id))
	if (v.DrainedFor != 0) != (v.Drained != "") {
		w.Errorf("%s is drained by %q for %s", id, v.Drained, v.DrainedFor)
	}
	return v.Drained
}

func (w *world) fails(leg string) {
	w.write(func(tx *store.Tx) error {
		v, _ := store.VirtualInterfaces.Get(tx, "dxvif-"+leg)
		v.State = demarc.VIFDown
		store.VirtualInterfaces.Put(tx, v)
		return nil
	})
}

func TestWorkIsToldDrainedAndRestored(t *testing.T) {
	w := newWorld(t)
	m, err := w.plan("lis1-d1", 20, false)
	if err != nil {
		t.Fatal(err)
	}
	day := func(n int) time.Time { return start.AddDate(0, 0, n) }
	for _, step := range []struct {
		at   time.Time
		want string
		down demarc.MaintenanceID
	}{
		{day(5), "", ""}, {day(6), "maintenance.upcoming", ""}, {day(12), "", ""}, {day(13), "maintenance.upcoming", ""},
		{day(19), "maintenance.upcoming", ""}, {day(20), "maintenance.running", m.ID}, {day(20).Add(3 * time.Hour), "", m.ID},
		{day(20).Add(4 * time.Hour), "maintenance.done", ""},
	} {
		if got := strings.Join(w.at(step.at), " "); got != step.want || w.drained("dxvif-a") != step.down || w.drained("dxvif-b") != "" {
			t.Errorf("%s: told %q, want %q; drained by %q and %q, want %q and none", step.at, got, step.want, w.drained("dxvif-a"), w.drained("dxvif-b"), step.down)
		}
	}
}

// TestWarningsThatPassedAtOnce: control was away while several warnings came due.
// The latest is told, once, and says how long is left; work that has begun by then
// is told as such.
func TestWarningsThatPassedAtOnce(t *testing.T) {
	w := newWorld(t)
	if _, err := w.plan("lis1-d1", 20, false); err != nil {
		t.Fatal(err)
	}
	w.expectsAt(start.AddDate(0, 0, 5), "")
	w.expectsAt(start.AddDate(0, 0, 14), "maintenance.upcoming")
	w.expectsAt(start.AddDate(0, 0, 19).Add(12*time.Hour), "maintenance.upcoming")
	w.expectsAt(start.AddDate(0, 0, 20).Add(time.Hour), "maintenance.running")
}

func (w *world) expectsAt(at time.Time, want string) {
	w.Helper()
	for _, want := range []string{want, ""} { // and not twice
		if got := strings.Join(w.at(at), " "); got != want {
			w.Errorf("%s: told %q, want %q", at, got, want)
		}
	}
}

func TestTheLastPathIsLeft(t *testing.T) {
	w := newWorld(t)
	w.fails("b")
	_, err := w.plan("lis1-d1", 20, false)
	if demarc.KindOf(err) != demarc.Conflict || !strings.Contains(err.Error(), string(link)) {
		t.Errorf("got %v", err)
	}
	m, err := w.plan("lis1-d1", 20, true)
	if err != nil {
		t.Errorf("overridden: %v", err)
	}
	if w.at(m.Start); w.drained("dxvif-a") != m.ID {
		t.Error("overridden, and not begun")
	}
}

func TestWorkWaitsForTheOtherLeg(t *testing.T) {
	w := newWorld(t)
	m, err := w.plan("lis1-d1", 2, false)
	if err != nil {
		t.Fatal(err)
	}
	w.fails("b")
	if told := w.at(m.Start); !slices.Contains(told, "maintenance.held") || w.drained("dxvif-a") != "" {
		t.Errorf("told %v, drained by %q", told, w.drained("dxvif-a"))
	}
	if told := w.at(m.End); !slices.Equal(told, []string{"maintenance.missed"}) {
		t.Errorf("told %v", told)
	}
}

// A leg of a device that nothing is heard of may be up no more: it is no other path,
// neither when work is planned nor when it is to begin.
func TestASilentDeviceIsNoOtherPath(t *testing.T) {
	w := newWorld(t)
	hear := func(at time.Time) {
		w.write(func(tx *store.Tx) error {
			store.NodeSightings.Put(tx, intent.NodeSeen{ID: "lis1-d2", At: at})
			return nil
		})
	}
	hear(start.Add(-10 * time.Minute))
	if _, err := w.plan("lis1-d1", 2, false); demarc.KindOf(err) != demarc.Conflict {
		t.Errorf("while the other device is silent: %v", err)
	}
	if _, err := w.plan("lis1-d2", 2, false); err != nil {
		t.Errorf("on the silent device itself: %v", err)
	}
	w = newWorld(t)
	hear(start.Add(-time.Minute))
	m, err := w.plan("lis1-d1", 2, false)
	if err != nil {
		t.Fatal(err)
	}
	if told := w.at(m.Start); !slices.Contains(told, "maintenance.held") || w.drained("dxvif-a") != "" {
		t.Errorf("told %v, drained by %q", told, w.drained("dxvif-a"))
	}
	hear(m.Start)
	if w.at(m.Start.Add(time.Second)); w.drained("dxvif-a") != m.ID {
		t.Error("the device is heard of again, and work has not begun")
	}
}

func TestBothDevicesAreNeverWorkedOnAtOnce(t *testing.T) {
	w := newWorld(t)
	if _, err := w.plan("lis1-d1", 2, false); err != nil {
		t.Fatal(err)
	}
	if _, err := w.plan("lis1-d2", 2, true); demarc.KindOf(err) != demarc.Conflict {
		t.Errorf("at one time: %v", err)
	}
	if _, err := w.plan("lis1-d2", 3, false); err != nil {
		t.Errorf("a day later: %v", err)
	}
}

func TestWorkThatIsEndedEarly(t *testing.T) {
	w := newWorld(t)
	m, err := w.plan("lis1-d1", 2, false)
	if err != nil {
		t.Fatal(err)
	}
	w.at(m.Start)
	w.write(func(tx *store.Tx) error {
		ended, err := maintenance.Cancel(tx, operator, m.ID, w.now)
		if ended.State != demarc.MaintenanceDone {
			t.Errorf("it is %s", ended.State)
		}
		return err
	})
	if w.drained("dxvif-a") != "" {
		t.Error("the sessions are still held")
	}
}

// A window is an hour to a day, also where its hours would wrap.
func TestWindows(t *testing.T) {
	w := newWorld(t)
	for _, hours := range []int{0, -1, 25, 5124097, -5124094} {
		err := w.store.Write(w.Context(), func(tx *store.Tx) error {
			m, err := maintenance.Plan(tx, operator, maintenance.Wish{Device: "lis1-d1", Start: start.AddDate(0, 0, 2), Hours: hours}, w.now)
			if err == nil {
				t.Errorf("%d hours are %s", hours, m.End.Sub(m.Start))
			}
			return err
		})
		if refusal, _ := errors.AsType[*demarc.Error](err); refusal == nil || refusal.Code != "E-MAINTENANCE-WINDOW" {
			t.Errorf("%d hours: %v", hours, err)
		}
	}
}
