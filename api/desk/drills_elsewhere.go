package desk

import (
	"time"

	"demarc"
	room "demarc/desk"
	"demarc/store"
)

// A DrillElsewhere is a drill at another Direct Connect, in its case.
type DrillElsewhere struct {
	Leg       string                    `json:"leg"`
	Granted   time.Time                 `json:"granted,omitzero" doc:"since when the test may be made there"`
	GrantedBy string                    `json:"grantedBy,omitempty" doc:"an account, or desk"`
	Held      string                    `json:"held,omitempty" doc:"why it has not begun, though it may"`
	Begun     time.Time                 `json:"begun,omitzero" doc:"when the platform's machine was told to start the test"`
	Test      demarc.FailoverTestID     `json:"test,omitempty" doc:"absent while none was seen"`
	Status    demarc.FailoverTestStatus `json:"status,omitempty" enum:"in_progress,completed,cancelled,failed" doc:"of the test, as the platform's machine saw it last"`
	Started   time.Time                 `json:"started,omitzero"`
	Ends      time.Time                 `json:"ends,omitzero" doc:"when it ends, or has ended"`
	Stop      time.Time                 `json:"stop,omitzero" doc:"when somebody asked to end it before its time"`
}

// A TestSighted is one in the words of ListVirtualInterfaceTestHistory.
type TestSighted struct {
	ID        demarc.FailoverTestID     `json:"id"`
	Interface demarc.VirtualInterfaceID `json:"interface"`
	Status    demarc.FailoverTestStatus `json:"status" doc:"in_progress, completed, cancelled or failed"`
	Minutes   int                       `json:"minutes,omitempty"`
	Started   time.Time                 `json:"started,omitzero"`
	Ended     time.Time                 `json:"ended,omitzero" doc:"when it ends, or has ended"`
}

// A DrillReport is what the caller, a platform, sees of a drill there.
type DrillReport struct {
	Case       demarc.CaseID      `json:"case"`
	Interfaces []InterfaceSighted `json:"interfaces,omitempty" doc:"those of the link"`
	Tests      []TestSighted      `json:"tests,omitempty" doc:"all of the interface that is to be tested"`
	Stop       bool               `json:"stop,omitempty" doc:"end it before its time"`
}

// A DrillRuling is what to do next about a drill there.
type DrillRuling struct {
	Case      demarc.CaseID             `json:"case"`
	Link      demarc.LinkID             `json:"link"`
	Leg       string                    `json:"leg"`
	Interface demarc.VirtualInterfaceID `json:"interface"`
	Act       demarc.DrillAct           `json:"act" enum:"start,stop,wait,queue,over" doc:"start the test there, stop it, wait for what the reason says, let a person decide in the case; over: the case has ended"`
	Reason    string                    `json:"reason,omitempty"`
	Minutes   int                       `json:"minutes" doc:"how long the test is to take"`
	Test      demarc.FailoverTestID     `json:"test,omitempty" doc:"absent while none is known"`
}

func showDrillElsewhere(d *demarc.DrillElsewhere) *DrillElsewhere {
	if d == nil {
		return nil
	}
	return &DrillElsewhere{
		Leg: d.Leg, Granted: d.Granted, GrantedBy: d.GrantedBy, Held: d.Held, Begun: d.Begun,
		Test: d.Test.ID, Status: d.Test.Status, Started: d.Test.Started, Ends: d.Test.Ended, Stop: d.Stop,
	}
}

func (c call) judgeDrill(in DrillReport) (DrillRuling, error) {
	if err := c.platformOnly(); err != nil {
		return DrillRuling{}, err
	}
	report := room.DrillReport{Case: in.Case, Stop: in.Stop, Interfaces: Sightings{Interfaces: in.Interfaces}.sighted().Interfaces}
	for _, t := range in.Tests {
		report.Tests = append(report.Tests, demarc.TestSighted(t))
	}
	var out room.DrillRuling
	err := c.write(func(tx *store.Tx) (err error) {
		out, err = room.JudgeDrill(tx, c.actor, report, c.now)
		return err
	})
	return DrillRuling(out), err
}
