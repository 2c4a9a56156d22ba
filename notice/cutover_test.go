package notice_test

import (
	"encoding/json"
	"net/netip"
	"testing"
	"time"

	"demarc"
	"demarc/store"
)

// TestBothPartiesAreToldOfACutover takes a cut-over through its states, and one
// back.
func TestBothPartiesAreToldOfACutover(t *testing.T) {
	w := newWorld(t)
	c := demarc.Cutover{
		ID: "co-1", Case: "case-1", Environment: "acme-prod", Customer: customer, Platform: platform, State: demarc.CutoverPlanned, CustomerAgreed: start,
		Prefixes:   []demarc.CutoverPrefix{{Prefix: netip.MustParsePrefix("192.168.50.0/24"), State: demarc.PrefixOld}},
		Interfaces: []demarc.CutoverInterface{{ID: "dxvif-fhosted0", VLAN: 101}},
	}
	for _, step := range []struct {
		name   string
		change func()
		want   []string
	}{
		{"planned", func() {}, []string{"cutover.planned"}},
		{"agreed", func() { c.PlatformAgreed = start }, []string{"cutover.agreed"}},
		{"rehearsing", func() { c.State = demarc.CutoverRehearsing }, []string{"cutover.rehearsing"}},
		{"in vain", func() { c.State, c.Why = demarc.CutoverPlanned, "nothing answers" }, []string{"cutover.rehearsal_failed"}},
		{"again", func() { c.State = demarc.CutoverRehearsing }, []string{"cutover.rehearsing"}},
		{"well", func() { c.State, c.Why, c.Rehearsed = demarc.CutoverPlanned, "", start }, []string{"cutover.rehearsed"}},
		{"moving", func() { c.State, c.Prefixes[0].State = demarc.CutoverFlipping, demarc.PrefixFlipping }, []string{"cutover.flipping"}},
		{"moved", func() { c.Prefixes[0].State, c.Prefixes[0].Measured.Silent = demarc.PrefixNew, 40*time.Millisecond }, []string{"cutover.prefix_flipped"}},
		{"watched", func() { c.State = demarc.CutoverVerifying }, nil},
		{"carrying", func() { c.State, c.Gate.Told = demarc.CutoverCarrying, []time.Time{start} }, []string{"cutover.carrying", "vif.termination_scheduled"}},
		{"against it", func() { c.Gate.Objection = "not on a Friday" }, []string{"cutover.objected"}},
		{"signed", func() { c.Gate.Objection, c.Gate.SignedOff = "", start }, []string{"cutover.signed_off"}},
		{"told again", func() { c.Gate.Told = append(c.Gate.Told, start) }, []string{"vif.termination_scheduled"}},
		{"ending", func() { c.State, c.Interfaces[0].Deleted = demarc.CutoverRetiring, start }, []string{"cutover.retiring"}},
		{"ended", func() { c.State, c.Interfaces[0].Gone = demarc.CutoverDone, start }, []string{"cutover.done", "vif.termination_done"}},
		{"put back", func() { c.State, c.Why = demarc.CutoverRollingBack, "it was silent" }, []string{"cutover.rolling-back"}},
		{"as before", func() { c.State, c.RollbackTook = demarc.CutoverRolledBack, 3*time.Second }, []string{"cutover.rolled-back"}},
	} {
		got := w.since(customer, func() {
			step.change()
			w.write(func(tx *store.Tx) error {
				store.Cutovers.Put(tx, c.Clone())
				return nil
			})
		})
		w.expects(step.name, got, step.want...)
	}
	if mine, theirs := len(w.told(customer)), len(w.told(platform)); mine != theirs {
		t.Errorf("the customer was told %d times, the platform %d times", mine, theirs)
	}
	if told := w.told(stranger); len(told) != 0 {
		t.Errorf("a stranger was told %v", told)
	}
	for n := range store.Notices.All(w.store.Local()) {
		var detail map[string]any
		if err := json.Unmarshal(n.Detail, &detail); err != nil {
			t.Fatal(err)
		}
		if n.Type == "cutover.rolled-back" && (detail["rollbackSeconds"] != 3.0 || detail["reason"] != "it was silent" || detail["silentSeconds"] != 0.04) {
			t.Errorf("%s has %v", n.Type, detail)
		}
	}
}
