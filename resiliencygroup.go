package demarc

import "time"

// ResiliencyGroupID is dxrg- and seventeen letters and digits.
type ResiliencyGroupID string

// NewResiliencyGroupID makes an id that nobody has.
func NewResiliencyGroupID() ResiliencyGroupID { return ResiliencyGroupID("dxrg-" + random(base36, 17)) }

// ResiliencyModel says how far apart the connections of a group are meant to
// be.
type ResiliencyModel string

const (
	MaximumResiliency ResiliencyModel = "maximum-resiliency" // two devices at each of two locations
	HighResiliency    ResiliencyModel = "high-resiliency"    // a connection at each of two locations
	BasicResiliency   ResiliencyModel = "basic-resiliency"   // two devices at one location
)

// ResiliencyGroupState says how far a group has come.
//
//	pending ──set up──► available ──deleted by its owner──► deleting ──taken down──► deleted
type ResiliencyGroupState string

const (
	ResiliencyPending   ResiliencyGroupState = "pending"   // we move next
	ResiliencyAvailable ResiliencyGroupState = "available" // connections may join and leave
	ResiliencyDeleting  ResiliencyGroupState = "deleting"  // we move next
	ResiliencyDeleted   ResiliencyGroupState = "deleted"   // the end
)

// A ResiliencyGroup is a set of connections of which no two are meant to fail
// together.
type ResiliencyGroup struct {
	ID     ResiliencyGroupID    `json:"id"`
	Name   string               `json:"name"`
	Owner  AccountID            `json:"owner"`
	Region Region               `json:"region"`
	Model  ResiliencyModel      `json:"model"`
	State  ResiliencyGroupState `json:"state"`
	// Connections are the members, sorted, also those that are gone since and
	// that nobody has taken out yet.
	Connections []ConnectionID `json:"connections,omitempty"`
	Created     time.Time      `json:"created"`
	Deleted     time.Time      `json:"deleted,omitzero"`
	Tags        []Tag          `json:"tags,omitempty"`
}
