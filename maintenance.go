package demarc

import (
	"slices"
	"time"
)

// MaintenanceState says how far planned work has come.
//
//	planned ──its start──► running ──its end──► done
//	   ├──operator──► cancelled  └──operator──► done
//	   └──its end, and it never could begin──► missed
type MaintenanceState string

const (
	MaintenancePlanned   MaintenanceState = "planned"   // the clock moves next
	MaintenanceRunning   MaintenanceState = "running"   // sessions are drained; the clock or the operator moves next
	MaintenanceDone      MaintenanceState = "done"      // the end
	MaintenanceCancelled MaintenanceState = "cancelled" // the end
	MaintenanceMissed    MaintenanceState = "missed"    // the end; it would have taken a link's last path
)

// A Maintenance is planned work on devices, during which no session is on them.
type Maintenance struct {
	ID      MaintenanceID `json:"id"`
	Devices []NodeID      `json:"devices"`
	Reason  string        `json:"reason"`
	By      AccountID     `json:"by"`
	// Override lets it take the last path of a link.
	Override bool             `json:"override,omitempty"`
	State    MaintenanceState `json:"state"`
	Start    time.Time        `json:"start"`
	End      time.Time        `json:"end"`
	// Held are the links that were in the way of its start, while they are.
	Held    []LinkID  `json:"held,omitempty"`
	Created time.Time `json:"created"`
	Ended   time.Time `json:"ended,omitzero"`
}

// Over reports whether nothing more happens.
func (s MaintenanceState) Over() bool { return s != MaintenancePlanned && s != MaintenanceRunning }

// On reports whether a device is worked on.
func (m Maintenance) On(device NodeID) bool { return slices.Contains(m.Devices, device) }

// Overlaps reports whether two may be going on at one time.
func (m Maintenance) Overlaps(other Maintenance) bool {
	return m.Start.Before(other.End) && other.Start.Before(m.End)
}
