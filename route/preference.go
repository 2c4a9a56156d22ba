package route

// The local preferences that a customer's communities choose between. The
// numbers are ours; Direct Connect documents only their order. Medium is
// BGP's customary default.
const (
	LowPreference    uint32 = 50
	MediumPreference uint32 = 100
	HighPreference   uint32 = 200
)

// The communities by which a customer says how much a route is preferred.
const (
	preferLow    uint32 = 7224<<16 | 7100
	preferMedium uint32 = 7224<<16 | 7200
	preferHigh   uint32 = 7224<<16 | 7300
)

// PreferenceFor is the local preference of a customer's route with these
// communities (RFC 1997: AS in the upper half, value in the lower). Direct
// Connect's three are mutually exclusive: a route with none of them, or with
// two that contradict each other, is medium. In Direct Connect one with none is
// less than medium for traffic from another Region than the location's; a site
// is one Region, so there is no such traffic.
func PreferenceFor[C ~uint32](communities []C) uint32 {
	var chosen uint32
	for _, c := range communities {
		preference, known := preferences[uint32(c)]
		if known && chosen != 0 && chosen != preference {
			return MediumPreference
		}
		if known {
			chosen = preference
		}
	}
	if chosen == 0 {
		return MediumPreference
	}
	return chosen
}

var preferences = map[uint32]uint32{
	preferLow:    LowPreference,
	preferMedium: MediumPreference,
	preferHigh:   HighPreference,
}
