package demarc

import "time"

// FailoverTestStatus says how a test stands.
//
//	started ──► in_progress ──its time is up──► completed
//	                 ├──its owner stops it──► cancelled
//	                 └──its interface is deleted──► failed
type FailoverTestStatus string

const (
	TestInProgress FailoverTestStatus = "in_progress" // sessions are down; the owner or the clock moves next
	TestCompleted  FailoverTestStatus = "completed"   // the end
	TestCancelled  FailoverTestStatus = "cancelled"   // the end
	TestFailed     FailoverTestStatus = "failed"      // the end
)

// A FailoverTest forces sessions of a virtual interface down for a time, so
// that its owner sees whether traffic takes another way.
type FailoverTest struct {
	ID        FailoverTestID     `json:"id"`
	Interface VirtualInterfaceID `json:"interface"`
	// Region is the interface's; empty is the site's.
	Region Region `json:"region,omitempty"`
	// Owner is the interface's, who alone may test.
	Owner AccountID `json:"owner"`
	// Peers are the sessions under test.
	Peers  []BGPPeerID        `json:"peers"`
	Status FailoverTestStatus `json:"status"`
	// Duration is what was asked for; the test may end earlier.
	Duration time.Duration `json:"duration"`
	Started  time.Time     `json:"started"`
	Ended    time.Time     `json:"ended,omitzero"`
}

// Due is when the test ends by itself.
func (t FailoverTest) Due() time.Time { return t.Started.Add(t.Duration) }
