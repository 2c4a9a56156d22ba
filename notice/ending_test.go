package notice_test

import (
	"testing"
	"time"

	"demarc"
	"demarc/store"
)

// TestWhoIsToldOfAnEnd takes an end through its life: both parties are told of
// all of it, and the owner of the line of its interface alone.
func TestWhoIsToldOfAnEnd(t *testing.T) {
	w := newWorld(t)
	const carrier = demarc.AccountID("222222222222")
	link := w.link()
	w.write(func(tx *store.Tx) error {
		store.Accounts.Put(tx, demarc.Account{ID: carrier, Party: demarc.Partner})
		store.Connections.Put(tx, demarc.Connection{ID: "dxcon-fcarrier", Owner: carrier, State: demarc.ConnectionAvailable})
		return nil
	})
	before := len(w.told(carrier))
	granted := demarc.Ending{
		Case: "case-1", Whole: true, Granted: start, Due: start.Add(2 * days), Told: []time.Time{start},
		Legs: []demarc.EndingLeg{{Leg: "a", Connection: "dxcon-fcarrier", Interface: "dxvif-fhosted0", VLAN: 101}},
	}
	e := granted
	for _, step := range []struct {
		name   string
		change func()
		want   []string
	}{
		{"granted", func() {}, []string{"link.ending", "vif.termination_scheduled"}},
		{"nothing new", func() {}, nil},
		{"taken back", func() { e = demarc.Ending{} }, []string{"link.ending_withdrawn", "vif.termination_withdrawn"}},
		{"granted again", func() { e = granted; e.Case = "case-2" }, []string{"link.ending", "vif.termination_scheduled"}},
		{"told again", func() { e.Told = []time.Time{start, start.Add(days)} }, []string{"link.ending", "vif.termination_scheduled"}},
		{"deleted", func() {
			e.Legs = []demarc.EndingLeg{e.Legs[0]}
			e.Legs[0].Deleted = start.Add(2 * days)
		}, nil},
		{"gone", func() {
			e.Legs = []demarc.EndingLeg{e.Legs[0]}
			e.Legs[0].Gone = start.Add(2 * days)
		}, []string{"vif.termination_done"}},
		{"ended", func() { e.Ended = start.Add(2 * days) }, []string{"link.ended"}},
	} {
		got := w.since(customer, func() {
			step.change()
			w.write(func(tx *store.Tx) error {
				stored, _ := store.Links.Get(tx, string(link.ID))
				if stored.Endings = nil; e.Case != "" {
					stored.Endings = []demarc.Ending{e}
				}
				store.Links.Put(tx, stored)
				return nil
			})
		})
		w.expects(step.name, got, step.want...)
	}
	if mine, theirs := len(w.told(customer)), len(w.told(platform)); mine != theirs {
		t.Errorf("the customer was told %d times, the platform %d times", mine, theirs)
	}
	w.expects("the owner of the line", w.told(carrier)[before:], "vif.termination_scheduled", "vif.termination_withdrawn", "vif.termination_scheduled", "vif.termination_scheduled", "vif.termination_done")
	if told := w.told(stranger); len(told) != 0 {
		t.Errorf("a stranger was told %v", told)
	}
}

// TestALegEndsQuietly: the link goes on, and is not said to be over; without
// anything accepted there is no warning.
func TestALegEndsQuietly(t *testing.T) {
	w := newWorld(t)
	link := w.link()
	got := w.since(platform, func() {
		w.write(func(tx *store.Tx) error {
			stored, _ := store.Links.Get(tx, string(link.ID))
			stored.Endings = []demarc.Ending{{Case: "case-1", Granted: start, Due: start, Legs: []demarc.EndingLeg{{Leg: "a"}}, Ended: start}}
			store.Links.Put(tx, stored)
			return nil
		})
	})
	w.expects("a leg that was never built", got, "link.ending", "link.leg_ended")
}
