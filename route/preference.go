package route

// The local preferences that a customer's communities choose between. The
// numbers are ours; Direct Connect documents only their order. Medium is
// BGP's customary default.
const (
	LowPreference    uint32 = 50
	MediumPreference uint32 = 100
	HighPreference   uint32 = 200

	// ElsewherePreference is that of a route without any of these communities,
	// for traffic from another Region than its location's. No other route has it.
	// Direct Connect says that it is lower than medium, and not how it compares
	// with low: a customer that asks for low gets the lowest there is.
	ElsewherePreference uint32 = 75
)

// The communities by which a customer says how much a route is preferred.
const (
	preferLow    uint32 = 7224<<16 | 7100
	preferMedium uint32 = 7224<<16 | 7200
	preferHigh   uint32 = 7224<<16 | 7300
)

// PreferenceAsked is the local preference that a customer's route with these
// communities asks for (RFC 1997: AS in the upper half, value in the lower).
// Direct Connect's three are mutually exclusive: a route with none of them, or
// with two that contradict each other, asks for none, which is zero.
func PreferenceAsked[C ~uint32](communities []C) uint32 {
	var chosen uint32
	for _, c := range communities {
		preference, known := preferences[uint32(c)]
		if known && chosen != 0 && chosen != preference {
			return 0
		}
		if known {
			chosen = preference
		}
	}
	return chosen
}

// Preference is the local preference of a customer's route that asks for one,
// or for none (zero). Elsewhere says that the traffic is another Region's than
// the location that the route comes in at: Regions prefer their own locations'
// lines, unless customers say otherwise.
func Preference(asked uint32, elsewhere bool) uint32 {
	switch {
	case asked != 0:
		return asked
	case elsewhere:
		return ElsewherePreference
	}
	return MediumPreference
}

var preferences = map[uint32]uint32{
	preferLow:    LowPreference,
	preferMedium: MediumPreference,
	preferHigh:   HighPreference,
}
