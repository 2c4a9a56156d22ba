package route

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
)

// A Path is what BGP compares between routes to one prefix.
type Path struct {
	// LocalPreference is LOCAL_PREF, the higher the better; [Preference]
	// computes it where a customer's route enters.
	LocalPreference uint32
	// ASPathLength counts the AS numbers, an AS_SET as one (RFC 4271, section
	// 9.1.2.2 a).
	ASPathLength int
	// Origin is 0 IGP, 1 EGP, 2 incomplete.
	Origin uint8
	// MED is zero where the neighbour sent none.
	MED uint32
	// Internal says that the path was learned by iBGP.
	Internal bool
	// RouterID and Peer identify the neighbour; they break ties only.
	RouterID netip.Addr
	Peer     netip.Addr
}

// MaxPaths is how many equal paths to one prefix are used together.
const MaxPaths = 16

// A Ranking orders paths to one prefix.
type Ranking struct {
	// Order lists the indexes of the paths, the best first.
	Order []int
	// Equal is how many at the head of Order are equally good but for the
	// tie-break: they carry traffic together, flow by flow, up to [MaxPaths].
	// The AS numbers in their paths need not be the same, only as many.
	Equal int
	// Reasons says for each path, by its index, why it is not the best; empty
	// for the best.
	Reasons []string
}

// Best ranks paths as both VPC hosts and gateways on devices do: higher local
// preference, shorter AS path, lower origin, lower MED, eBGP over iBGP (RFC
// 4271, section 9.1.2.2 a to d), then the lower router id and the lower peer
// address, so that every speaker gives the same answer each time.
//
// MED is compared also between different neighbour ASes, unlike in RFC 4271:
// the answer then does not depend on the order of the paths, and Direct
// Connect documents no such condition.
func Best(paths []Path) Ranking {
	r := Ranking{Order: make([]int, len(paths)), Reasons: make([]string, len(paths))}
	for i := range r.Order {
		r.Order[i] = i
	}
	slices.SortStableFunc(r.Order, func(a, b int) int { return compare(paths[a], paths[b]) })
	for place, i := range r.Order {
		best := paths[r.Order[0]]
		if cost(best, paths[i]) == 0 {
			r.Equal++
		}
		if place > 0 {
			r.Reasons[i] = reason(best, paths[i])
		}
	}
	return r
}

// Used are the indexes of the paths that carry traffic, the best first.
func (r Ranking) Used() []int { return r.Order[:min(r.Equal, MaxPaths)] }

// compare is negative when a is better than b.
func compare(a, b Path) int {
	return cmp.Or(cost(a, b), a.RouterID.Compare(b.RouterID), a.Peer.Compare(b.Peer))
}

// cost compares all but the tie-breaks.
func cost(a, b Path) int {
	return cmp.Or(
		cmp.Compare(b.LocalPreference, a.LocalPreference),
		cmp.Compare(a.ASPathLength, b.ASPathLength),
		cmp.Compare(a.Origin, b.Origin),
		cmp.Compare(a.MED, b.MED),
		cmp.Compare(number(a.Internal), number(b.Internal)),
	)
}

func number(b bool) int {
	if b {
		return 1
	}
	return 0
}

// ReasonElsewhere is why a path loses by Region affinity. It is told from other
// preferences by its number: what asks for medium has the same as what enters
// in the Region.
var ReasonElsewhere = fmt.Sprintf("a Region prefers lines at its own locations to those of another Region, whatever their AS paths, unless communities say otherwise: %d over %d",
	MediumPreference, ElsewherePreference)

// reason says by which rule best beats other, with the two values.
func reason(best, other Path) string {
	switch {
	case best.LocalPreference == MediumPreference && other.LocalPreference == ElsewherePreference:
		return ReasonElsewhere
	case best.LocalPreference != other.LocalPreference:
		return fmt.Sprintf("higher local preference wins: %d over %d", best.LocalPreference, other.LocalPreference)
	case best.ASPathLength != other.ASPathLength:
		return fmt.Sprintf("shorter AS path wins: %d over %d", best.ASPathLength, other.ASPathLength)
	case best.Origin != other.Origin:
		return fmt.Sprintf("lower origin wins: %s over %s", originName(best.Origin), originName(other.Origin))
	case best.MED != other.MED:
		return fmt.Sprintf("lower MED wins: %d over %d", best.MED, other.MED)
	case best.Internal != other.Internal:
		return "eBGP wins over iBGP"
	case best.RouterID != other.RouterID:
		return fmt.Sprintf("equal cost; lower router id wins the tie: %s over %s", best.RouterID, other.RouterID)
	case best.Peer != other.Peer:
		return fmt.Sprintf("equal cost; lower peer address wins the tie: %s over %s", best.Peer, other.Peer)
	}
	return "equal in every respect; the first is used"
}

func originName(origin uint8) string {
	names := []string{"igp", "egp", "incomplete"}
	if int(origin) < len(names) {
		return names[origin]
	}
	return fmt.Sprintf("origin %d", origin)
}
