package desk_test

import (
	"testing"
	"time"

	"demarc"
	"demarc/api/desk"
	"demarc/store"
)

// drillThere is a case that asks for a drill of a link's leg there, granted.
func (w *world) drillThere(link desk.Link) (c demarc.Case) {
	w.Helper()
	w.write(func(tx *store.Tx) error {
		c = demarc.Case{
			ID: demarc.NewCaseID(), Kind: demarc.CaseDrill, Environment: link.Environment, Opener: customer, Assignee: platform, State: demarc.CaseOpen, Created: start,
			CaseFields: demarc.CaseFields{Link: link.ID, VirtualInterface: "dxvif-there1", Minutes: 10, Force: true},
			Drill:      &demarc.DrillElsewhere{Leg: "a", Granted: start, GrantedBy: "desk"},
		}
		store.Cases.Put(tx, c)
		return nil
	})
	return c
}

// reported is what the platform sees of it before it has begun.
func reported(c demarc.Case) desk.DrillReport {
	v := offered(string(c.Link), "available")
	v.Session = "up"
	return desk.DrillReport{Case: c.ID, Interfaces: []desk.InterfaceSighted{v}, Tests: []desk.TestSighted{{ID: "old", Interface: v.ID, Status: demarc.TestCompleted}}}
}

// TestADrillElsewhere is told to start, followed, and shown to both parties.
func TestADrillElsewhere(t *testing.T) {
	w := newWorld(t)
	link := w.away()
	c := w.drillThere(link)
	judge := func(in desk.DrillReport) (r desk.DrillRuling) {
		t.Helper()
		w.get(platform, "POST", "/desk/v1/platform/drills:judge", marshalled(t, in), &r)
		return r
	}
	in := reported(c)
	if got := judge(in); got.Act != demarc.DrillStart || got.Minutes != 10 || got.Interface != "dxvif-there1" {
		t.Errorf("the ruling: got %+v", got)
	}
	in.Interfaces[0].State, in.Interfaces[0].Session = "testing", "down"
	in.Tests = append(in.Tests, desk.TestSighted{ID: "mine", Interface: "dxvif-there1", Status: demarc.TestInProgress, Minutes: 10, Started: start, Ended: start.Add(10 * time.Minute)})
	judge(in)
	var shown desk.Case
	w.get(customer, "GET", "/desk/v1/cases/"+string(c.ID), "", &shown)
	if d := shown.Drill; d == nil || d.Test != "mine" || d.Status != demarc.TestInProgress || !d.Ends.Equal(start.Add(10*time.Minute)) || shown.Fields.Link != link.ID || !shown.Fields.Force {
		t.Errorf("the case: got %+v", shown)
	}
	in.Tests[1].Status = demarc.TestCompleted
	judge(in)
	var list desk.Drills
	w.get(customer, "GET", "/desk/v1/links/"+string(link.ID)+"/drills", "", &list)
	if len(list.Drills) != 1 || list.Drills[0].Verdict != "cut-off" || !list.Drills[0].Forced || list.Drills[0].Down.IsZero() {
		t.Errorf("the drills: got %+v", list.Drills)
	}
	if status, refusal := w.refused(customer, "POST", "/desk/v1/platform/drills:judge", marshalled(t, in)); status != 403 || refusal.Code != "E-DENIED" {
		t.Errorf("judged by a customer: got %d %+v", status, refusal)
	}
}
