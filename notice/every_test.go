package notice_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"demarc"
	"demarc/intent"
	"demarc/notice"
	"demarc/store"
)

// procedure are the events that the procedure's notes name (section 4.4); a kind
// with a star has several.
var procedure = []string{
	"link.step_changed", "vif.confirming", "vif.accepted", "vif.rejected", "vif.expiring", "bgp.up", "bgp.down", "bfd.*",
	"prefix.threshold", "prefix.limit", "route.shadowed", "probe.loss", "failover.*", "maintenance.*", "cutover.*",
	"vif.termination_scheduled", "vif.termination_done", "loa.expiring",
}

// shown are the tests of what is not a change of one row: what is derived from
// several, what is due by the clock, and what a story shows with packets.
var shown = map[string][]string{
	"line_test.go":                             {"link.step_changed", "path.drained", "path.restored", "probe.loss", "probe.recovered"},
	"ending_test.go":                           {"link.ended", "link.ending", "link.ending_withdrawn", "link.leg_ended", "vif.termination_withdrawn"},
	"notice_test.go":                           {"link.requested", "loa.expiring", "vif.expiring", "prefix.limit", "prefix.threshold"},
	"courier_test.go":                          {"notice.test"},
	"leftout_test.go":                          {"route.left_out"},
	"../maintenance/maintenance_test.go":       {"maintenance.upcoming"},
	"../stories/s5-default-route.txtar":        {"route.shadowed", "route.split"},
	"../stories/s9-wrong-late-abandoned.txtar": {"case.expiring"},
	"../stories/s6-own-transit-gateway.txtar":  {"vif.termination_scheduled", "vif.termination_done"},
	"../stories/s7-maximum-resiliency.txtar":   {"probe.loss"},
	"../stories/s10-the-end.txtar":             {"cross-connect.unpatch_ordered"},
	"../stories/s10-for-cause.txtar":           {"link.ending"},
	"../stories/s8-prefix-quota.txtar":         {"prefix.threshold", "prefix.limit"},
}

// everyState has each object go through all that its parties are told of.
func everyState(w *world) {
	conn := w.order()
	v := w.offer(conn.ID)
	put := func(fn func(tx *store.Tx)) {
		w.Helper()
		w.write(func(tx *store.Tx) error { fn(tx); return nil })
	}
	for _, s := range []demarc.VirtualInterfaceState{
		demarc.VIFConfirming, demarc.VIFPending, demarc.VIFVerifying, demarc.VIFPending, demarc.VIFDown, demarc.VIFAvailable, demarc.VIFTesting,
		demarc.VIFDeleting, demarc.VIFDeleted, demarc.VIFConfirming, demarc.VIFRejected,
	} {
		v.State = s
		put(func(tx *store.Tx) { store.VirtualInterfaces.Put(tx, v) })
	}
	bfd := session(v, "Established", "")
	for _, state := range []string{"Up", "Down"} {
		bfd.BFD = intent.BFDSeen{State: state}
		w.sees(v, bfd)
	}
	w.sees(v, session(v, "Idle", "so"))
	for _, s := range []demarc.FailoverTestStatus{demarc.TestInProgress, demarc.TestCompleted, demarc.TestCancelled, demarc.TestFailed} {
		put(func(tx *store.Tx) {
			store.FailoverTests.Put(tx, demarc.FailoverTest{ID: "t-1", Interface: v.ID, Owner: platform, Status: s})
		})
	}
	for _, s := range []demarc.ConnectionState{
		demarc.ConnectionOrdering, demarc.ConnectionRequested, demarc.ConnectionPending, demarc.ConnectionAvailable, demarc.ConnectionDown, demarc.ConnectionDeleted, demarc.ConnectionRejected,
	} {
		conn.State = s
		put(func(tx *store.Tx) { store.Connections.Put(tx, conn) })
	}
	for _, x := range []demarc.CrossConnect{
		{Patched: true}, {Patched: true, Problem: "E-XC-POLARITY"}, {Patched: true, Unpatch: start}, {Patched: true, Unpatch: start, Overdue: true}, {},
	} {
		x.Connection, x.Location, x.Owner = conn.ID, "LIS1", customer
		put(func(tx *store.Tx) { store.CrossConnects.Put(tx, x) })
	}
	put(func(tx *store.Tx) { store.CrossConnects.Delete(tx, string(conn.ID)) })
	for _, s := range []demarc.CaseState{
		demarc.CaseOpen, demarc.CaseWaitingOpener, demarc.CaseWaitingAssignee, demarc.CaseWaitingApprover, demarc.CaseGranted,
		demarc.CaseAnswered, demarc.CaseRejected, demarc.CaseResolved, demarc.CaseExpired,
	} {
		put(func(tx *store.Tx) {
			store.Cases.Put(tx, demarc.Case{ID: "case-1", Opener: customer, Assignee: platform, Environment: "acme-prod", State: s})
		})
	}
	for _, s := range []demarc.MaintenanceState{demarc.MaintenancePlanned, demarc.MaintenanceRunning, demarc.MaintenanceDone, demarc.MaintenanceCancelled, demarc.MaintenanceMissed} {
		put(func(tx *store.Tx) {
			store.Maintenances.Put(tx, demarc.Maintenance{ID: "mw-1", By: platform, State: s})
		})
	}
	put(func(tx *store.Tx) {
		store.Maintenances.Put(tx, demarc.Maintenance{ID: "mw-1", By: platform, State: demarc.MaintenanceMissed, Held: []demarc.LinkID{"lk-1"}})
	})
	everyCutover(put)
}

func everyCutover(put func(func(*store.Tx))) {
	c := demarc.Cutover{ID: "co-1", Customer: customer, Platform: platform, Environment: "acme-prod", Prefixes: []demarc.CutoverPrefix{{}}, Interfaces: []demarc.CutoverInterface{{ID: "dxvif-1"}}}
	is := func(s demarc.CutoverState, change func(*demarc.Cutover)) {
		c = c.Clone()
		c.State = s
		change(&c)
		put(func(tx *store.Tx) { store.Cutovers.Put(tx, c) })
	}
	same := func(*demarc.Cutover) {}
	is(demarc.CutoverPlanned, same)
	is(demarc.CutoverPlanned, func(c *demarc.Cutover) { c.CustomerAgreed, c.PlatformAgreed = start, start })
	is(demarc.CutoverRehearsing, same)
	is(demarc.CutoverPlanned, same)
	is(demarc.CutoverRehearsing, same)
	is(demarc.CutoverPlanned, func(c *demarc.Cutover) { c.Rehearsed = start })
	is(demarc.CutoverFlipping, func(c *demarc.Cutover) { c.Prefixes[0].State = demarc.PrefixFlipping })
	is(demarc.CutoverFlipping, func(c *demarc.Cutover) { c.Prefixes[0].State = demarc.PrefixNew })
	is(demarc.CutoverCarrying, func(c *demarc.Cutover) { c.Gate.Told = append(c.Gate.Told, start) })
	is(demarc.CutoverCarrying, func(c *demarc.Cutover) { c.Gate.Objection = "no" })
	is(demarc.CutoverCarrying, func(c *demarc.Cutover) { c.Gate.Objection, c.Gate.SignedOff = "", start })
	is(demarc.CutoverRetiring, same)
	is(demarc.CutoverDone, func(c *demarc.Cutover) { c.Interfaces[0].Gone = start })
	is(demarc.CutoverRollingBack, same)
	is(demarc.CutoverRolledBack, same)
	is(demarc.CutoverCancelled, same)
}

// TestEveryTypeIsTold: each type that is documented is one that something tells,
// each that is told is documented, and the procedure's are among them.
func TestEveryTypeIsTold(t *testing.T) {
	w := newWorld(t)
	everyState(w)
	told := map[string]string{}
	for n := range store.Notices.All(w.store.Local()) {
		told[n.Type] = "a change"
	}
	for file, types := range shown {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range types {
			if !strings.Contains(string(text), name) {
				t.Errorf("%s says nothing of %s", file, name)
			}
			told[name] = file
		}
	}
	var types []string
	for _, known := range notice.Types() {
		types = append(types, known.Name)
		if told[known.Name] == "" {
			t.Errorf("nothing tells of %s", known.Name)
		}
	}
	for name, by := range told {
		if !slices.Contains(types, name) {
			t.Errorf("%s is told by %s, and is no type", name, by)
		}
	}
	for _, name := range procedure {
		kind, many := strings.CutSuffix(name, "*")
		if !slices.ContainsFunc(types, func(known string) bool { return known == name || many && strings.HasPrefix(known, kind) }) {
			t.Errorf("the procedure's %s is no type", name)
		}
	}
}
