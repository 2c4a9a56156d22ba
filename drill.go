package demarc

import (
	"net/netip"
	"time"
)

// A Drill is a failover test that a customer had made of one leg of its link:
// the platform owns the interface and alone may test it, and has delegated that
// for the environment. Its id is the test's.
type Drill struct {
	ID          FailoverTestID `json:"id"`
	Link        LinkID         `json:"link"`
	Leg         string         `json:"leg"`
	Environment string         `json:"environment"`
	// By is who asked for it; the test is made in the name of its owner.
	By AccountID `json:"by"`
	// Forced says that no other leg was up when it began.
	Forced  bool      `json:"forced,omitempty"`
	Started time.Time `json:"started"`
	// Down is when the leg's sessions were first seen down, zero for never.
	Down time.Time `json:"down,omitzero"`
	// Others are the other legs that were up when it began.
	Others []DrillLeg `json:"others,omitempty"`
	Ended  time.Time  `json:"ended,omitzero"`
	// Probe is what was asked meanwhile from the environment, Base what had been
	// counted when the drill began and Measured what came since; an invalid
	// Probe means that nothing was measured.
	Probe    netip.Addr   `json:"probe,omitzero"`
	Base     CutoverCount `json:"base,omitzero"`
	Measured CutoverCount `json:"measured,omitzero"`
}

// A DrillLeg is what another leg carried during a drill.
type DrillLeg struct {
	Leg       string             `json:"leg"`
	Interface VirtualInterfaceID `json:"interface"`
	// The counters when the drill began and when it ended: from the customer
	// and to it, in packets.
	RxBefore uint64 `json:"rxBefore"`
	TxBefore uint64 `json:"txBefore"`
	RxAfter  uint64 `json:"rxAfter"`
	TxAfter  uint64 `json:"txAfter"`
	// Lost says that its session was seen down during the drill.
	Lost bool `json:"lost,omitempty"`
}

// Received and Sent are what the leg carried during the drill; counters that
// began anew are taken from there.
func (l DrillLeg) Received() uint64 { return since(l.RxBefore, l.RxAfter) }

// Sent is the same, to the customer.
func (l DrillLeg) Sent() uint64 { return since(l.TxBefore, l.TxAfter) }

func since(before, after uint64) uint64 {
	if after < before {
		return after
	}
	return after - before
}
