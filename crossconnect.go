package demarc

import "time"

// LOAValidity is how long a letter of authority may be acted on (AWS: the
// authority lapses when the cross connect is not finished in 90 days).
const LOAValidity = 90 * 24 * time.Hour

// A CrossConnect is the fibre between a cage and a port. The facility alone
// changes it.
//
//	ordered ◄──facility patches, unpatches──► patched
//	   │                                         │
//	   └─────► gone ◄──facility unpatches── to be unpatched
//	           (both by the end of the connection)
type CrossConnect struct {
	Connection ConnectionID `json:"connection"`
	Location   LocationCode `json:"location"`
	Port       PortID       `json:"port"`
	// Cage is the far end; it is known from the order on.
	Cage    Cage      `json:"cage"`
	Patched bool      `json:"patched"`
	Changed time.Time `json:"changed"`
	// Actual is the far end that was really plugged in, where that is another.
	Actual Cage `json:"actual,omitzero"`
	// Unpatch is since when the fibre is to be pulled, because its connection has
	// ended, and UnpatchBy until when; both are zero as long as it goes on, and the
	// second where the site sets no time. Until the facility says that it is pulled,
	// the port and the far end are nobody else's.
	Unpatch   time.Time `json:"unpatch,omitzero"`
	UnpatchBy time.Time `json:"unpatchBy,omitzero"`
	// Overdue says that the parties were told that the time is over.
	Overdue bool `json:"overdue,omitempty"`
	// Owner had the connection; it is kept when that is forgotten.
	Owner AccountID `json:"owner,omitempty"`
	// Problem is the code of what the facility reported of the fibre, Note its
	// words; both are empty for none.
	Problem string `json:"problem,omitempty"`
	Note    string `json:"note,omitempty"`
}

// FarEnd is where the fibre really leads.
func (x CrossConnect) FarEnd() Cage {
	if x.Actual != (Cage{}) {
		return x.Actual
	}
	return x.Cage
}
