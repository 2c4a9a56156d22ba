package route

import (
	"cmp"
	"net/netip"
	"slices"
)

// A TransitTable is what one route table of a Transit Gateway was given.
type TransitTable struct {
	Static     []TransitStatic
	Propagated []TransitPropagated
}

// TransitStatic is a route written by hand.
type TransitStatic struct {
	Prefix netip.Prefix
	// List is the prefix list that has it, if one has.
	List string
	// Attachment is an attachment's id; empty drops what is for the prefix.
	Attachment string
}

// TransitSource is what propagates a route. The order is the order of
// preference at equal length.
type TransitSource int

const (
	FromVPC           TransitSource = iota // a VPC's own range
	FromDirectConnect                      // learned from customers' routers
)

// TransitPropagated is a network behind an attachment.
type TransitPropagated struct {
	Prefix     netip.Prefix
	Attachment string
	Source     TransitSource
	// Via tells ways to one attachment apart, as the device that a Direct
	// Connect gateway learned the network on.
	Via string
	// ASPath is equal for equal AS paths, however it is written.
	ASPath string
	// Path is what BGP compares; the zero value for a VPC's own range.
	Path Path
}

// A TransitRoute is a row in use.
type TransitRoute struct {
	Prefix     netip.Prefix
	Attachment string // empty: packets are dropped
	Kind       Kind   // static, prefix-list or propagated
	List       string // the prefix list that has it, if one has
	// Ways are what a propagated route takes, flow by flow: the best, and those
	// that are as good, up to [MaxPaths].
	Ways []TransitWay
}

// A TransitWay is one of several that a route takes together.
type TransitWay struct{ Attachment, Via string }

// Routes decides which routes are in use, one to a prefix, in the order of
// prefixes: static before an entry of a prefix list before propagated, a VPC's
// before a Direct Connect gateway's, then the better path as [Best] ranks them,
// and the lower id of the attachment where nothing else tells them apart. Of two
// lists that have a prefix the one with the lower id is used, wherever it leads.
// Between prefixes the longer one wins, as in every table.
func (t TransitTable) Routes() []TransitRoute {
	var all []TransitRoute
	taken := map[netip.Prefix]bool{}
	// What no list has, has the empty id, and so comes first.
	byHand := slices.SortedStableFunc(slices.Values(t.Static), func(a, b TransitStatic) int { return cmp.Compare(a.List, b.List) })
	for _, s := range byHand {
		if !taken[s.Prefix] {
			taken[s.Prefix] = true
			all = append(all, TransitRoute{Prefix: s.Prefix, Attachment: s.Attachment, Kind: s.kind(), List: s.List})
		}
	}
	paths := map[netip.Prefix][]TransitPropagated{}
	for _, p := range t.Propagated {
		paths[p.Prefix] = append(paths[p.Prefix], p)
	}
	for prefix, some := range paths {
		if taken[prefix] {
			continue
		}
		slices.SortStableFunc(some, preferred)
		all = append(all, TransitRoute{Prefix: prefix, Attachment: some[0].Attachment, Kind: KindPropagated, Ways: ways(some)})
	}
	slices.SortFunc(all, func(a, b TransitRoute) int { return a.Prefix.Compare(b.Prefix) })
	return all
}

func (s TransitStatic) kind() Kind { return Static{List: s.List}.kind() }

func preferred(a, b TransitPropagated) int {
	return cmp.Or(cmp.Compare(a.Source, b.Source), cost(a.Path, b.Path), cmp.Compare(a.Attachment, b.Attachment), compare(a.Path, b.Path), cmp.Compare(a.Via, b.Via))
}

// ways are the best of a prefix's paths, in the order of preference, and those
// that share its traffic: learned from customers, as good, and through another
// attachment only along the very same ASes.
func ways(paths []TransitPropagated) []TransitWay {
	best := paths[0]
	all := []TransitWay{{best.Attachment, best.Via}}
	for _, p := range paths[1:] {
		alike := p.Attachment == best.Attachment || p.ASPath == best.ASPath
		if len(all) < MaxPaths && p.Source == FromDirectConnect && best.Source == p.Source && alike && cost(p.Path, best.Path) == 0 {
			all = append(all, TransitWay{p.Attachment, p.Via})
		}
	}
	return all
}
