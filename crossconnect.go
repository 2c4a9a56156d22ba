package demarc

import "time"

// LOAValidity is how long a letter of authority may be acted on (AWS: the
// authority lapses when the cross connect is not finished in 90 days).
const LOAValidity = 90 * 24 * time.Hour

// A CrossConnect is the fibre between a cage and a port. The facility alone
// changes it.
//
//	ordered ──facility patches──► patched ──facility unpatches──► ordered
type CrossConnect struct {
	Connection ConnectionID `json:"connection"`
	Location   LocationCode `json:"location"`
	Port       PortID       `json:"port"`
	// Cage is the far end; it is known from the order on.
	Cage    Cage      `json:"cage"`
	Patched bool      `json:"patched"`
	Changed time.Time `json:"changed"`
}
