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
	// Path is what BGP compares; the zero value for a VPC's own range.
	Path Path
}

// A TransitRoute is a row in use.
type TransitRoute struct {
	Prefix     netip.Prefix
	Attachment string // empty: packets are dropped
	Kind       Kind   // static or propagated
}

// Routes decides which routes are in use, one to a prefix, in the order of
// prefixes: static before propagated, a VPC's before a Direct Connect
// gateway's, then the better path as [Best] ranks them, and the lower id of
// the attachment where nothing else tells them apart. Between prefixes the
// longer one wins, as in every table.
func (t TransitTable) Routes() []TransitRoute {
	var all []TransitRoute
	taken := map[netip.Prefix]bool{}
	add := func(r TransitRoute) {
		if !taken[r.Prefix] {
			taken[r.Prefix] = true
			all = append(all, r)
		}
	}
	for _, s := range t.Static {
		add(TransitRoute{s.Prefix, s.Attachment, KindStatic})
	}
	for _, p := range slices.SortedStableFunc(slices.Values(t.Propagated), preferred) {
		add(TransitRoute{p.Prefix, p.Attachment, KindPropagated})
	}
	slices.SortFunc(all, func(a, b TransitRoute) int { return a.Prefix.Compare(b.Prefix) })
	return all
}

func preferred(a, b TransitPropagated) int {
	return cmp.Or(cmp.Compare(a.Source, b.Source), cost(a.Path, b.Path), cmp.Compare(a.Attachment, b.Attachment), compare(a.Path, b.Path))
}
