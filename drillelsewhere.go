package demarc

import "time"

// A TestSighted is a failover test at another Direct Connect, in the words of
// that service.
type TestSighted struct {
	ID        FailoverTestID     `json:"id"`
	Interface VirtualInterfaceID `json:"interface"`
	Status    FailoverTestStatus `json:"status"`
	Minutes   int                `json:"minutes,omitempty"`
	Started   time.Time          `json:"started,omitzero"`
	// Ended is when it ends, or has ended.
	Ended time.Time `json:"ended,omitzero"`
}

// Over reports whether the test has ended.
func (t TestSighted) Over() bool {
	return t.Status == TestCompleted || t.Status == TestCancelled || t.Status == TestFailed
}

// A DrillAct is what the platform's machine is to do next about a drill there.
type DrillAct string

const (
	DrillStart DrillAct = "start" // start the test there
	DrillStop  DrillAct = "stop"  // stop it
	DrillWait  DrillAct = "wait"  // nothing: the reason says what for
	DrillQueue DrillAct = "queue" // a person of the platform decides in the case
	DrillOver  DrillAct = "over"  // the case has ended
)

// A DrillElsewhere is a drill of a leg at another Direct Connect, as its case
// asks for it. The platform's own machine makes the test there, since the
// interface is the platform's; here is what was said, and what that machine saw.
//
//	asked ──the environment's customer may, or a person agrees──► granted
//	granted ──the platform's machine asks, and another leg is up──► begun
//	begun ──a test is there that was not before──► under test ──it is over──► the case is answered
//	  └──its opener asks no longer, and no test is there──► the case is resolved
type DrillElsewhere struct {
	Leg string `json:"leg"`
	// Granted is when it was said that the test may be made; zero for not.
	// GrantedBy is an account, or "desk".
	Granted   time.Time `json:"granted,omitzero"`
	GrantedBy string    `json:"grantedBy,omitempty"`
	// Held says why it has not begun, though it may.
	Held string `json:"held,omitempty"`
	// Begun is when the platform's machine was told to start the test, and By who
	// asked. Before are the tests that the interface had had by then: the next is
	// this drill's, whoever was killed in between.
	Begun  time.Time        `json:"begun,omitzero"`
	By     AccountID        `json:"by,omitempty"`
	Before []FailoverTestID `json:"before,omitempty"`
	// Test is this drill's as it was seen last; zero for not yet.
	Test TestSighted `json:"test,omitzero"`
	// Down is when the leg's session was first seen down, zero for never.
	Down time.Time `json:"down,omitzero"`
	// Others are the other legs that were up when it began.
	Others []DrillLeg `json:"others,omitempty"`
	// Stop is when somebody asked to end it before its time, and StopBy who.
	Stop   time.Time `json:"stop,omitzero"`
	StopBy AccountID `json:"stopBy,omitempty"`
}

// Running reports whether sessions may be held down by it.
func (d DrillElsewhere) Running() bool { return !d.Begun.IsZero() && !d.Test.Over() }
