package route

import (
	"cmp"
	"net/netip"
	"slices"
)

// Kind says how a route came into a table. The order is the order of
// preference at equal length.
type Kind string

const (
	KindLocal      Kind = "local"       // the VPC's own range
	KindStatic     Kind = "static"      // written by hand
	KindPrefixList Kind = "prefix-list" // an entry of a prefix list, written by hand
	KindPropagated Kind = "propagated"  // learned by a gateway
)

// Written reports whether a route of the kind was written by hand.
func (k Kind) Written() bool { return k == KindStatic || k == KindPrefixList }

// rank is the place in the order of preference.
func (k Kind) rank() int {
	return slices.Index([]Kind{KindLocal, KindStatic, KindPrefixList, KindPropagated}, k)
}

// Why a route is shadowed. A propagated path that loses to another has the
// reason that [Best] gives.
const (
	RuleLocal     = "local beats every other route inside it, longer ones too"
	RuleStatic    = "static beats propagated at equal length"
	RuleOverList  = "static beats a prefix list at equal length"
	RuleList      = "a prefix list beats propagated at equal length"
	RuleOneList   = "two prefix lists have it; the target that comes first by name is used"
	RuleOneStatic = "a table holds one static route to a prefix"
	RuleOneTarget = "equal cost; the target that comes first by name is used alone"
	RuleMaxPaths  = "equal cost; sixteen paths are used and no more"
)

// LocalTarget is the target of local routes, as EC2 spells it.
const LocalTarget = "local"

// A Table is what one route table of a VPC was given.
type Table struct {
	Local      []netip.Prefix
	Static     []Static
	Propagated []Propagated
}

// Static is a route written by hand.
type Static struct {
	Prefix netip.Prefix
	// List is the prefix list that has it, if one has.
	List string
	// Target is the id of a gateway.
	Target string
}

func (s Static) kind() Kind {
	if s.List != "" {
		return KindPrefixList
	}
	return KindStatic
}

// Propagated is a route learned by a gateway.
type Propagated struct {
	Prefix netip.Prefix
	// Target is the id of the gateway that learned it.
	Target string
	// Via is the device that the gateway learned it on.
	Via string
	// Path is what BGP compares.
	Path Path
}

// A Route is one row of a table.
type Route struct {
	Prefix netip.Prefix
	// Target is "local" or the id of a gateway.
	Target string
	// Via is the device of a propagated route, else empty.
	Via  string
	Kind Kind
}

// A Verdict says whether a route is in use.
type Verdict struct {
	Route
	Active bool
	// Rule is why the route is shadowed; empty for an active one.
	Rule string
	// BeatenBy is the route that shadows it; nil for an active one, and for one
	// that is left out ([RuleFull]).
	BeatenBy *Route
}

// Evaluate decides every row of the table: local before all, then for each
// prefix static before an entry of a prefix list before propagated, then the best propagated path, and with it
// those of its target that are as good, up to [MaxPaths]. Beyond
// [MaxPropagated] prefixes nothing propagated enters. Which of several active
// prefixes a packet takes is [Lookup]'s question.
//
// Host bits of prefixes are cleared. The verdicts come sorted by prefix, the
// active ones of a prefix first, and depend on nothing but the table's content:
// not on the order of its rows.
func Evaluate(t Table) []Verdict {
	rows, out := rows(t), map[netip.Prefix]bool{}
	_, leftOut := t.Admitted()
	for _, p := range leftOut {
		out[p] = true
	}
	var verdicts []Verdict
	for start := 0; start < len(rows); {
		end := start
		for end < len(rows) && rows[end].Prefix == rows[start].Prefix {
			end++
		}
		verdicts = append(verdicts, decide(rows[start:end], t.Local, out)...)
		start = end
	}
	return verdicts
}

// A row is a route with what decides between propagated ones.
type row struct {
	Route
	path Path
}

// rows lists the table by prefix, the best first among equal prefixes.
func rows(t Table) []row {
	var out []row
	for _, p := range t.Local {
		out = append(out, row{Route: Route{Prefix: p.Masked(), Target: LocalTarget, Kind: KindLocal}})
	}
	for _, s := range t.Static {
		out = append(out, row{Route: Route{Prefix: s.Prefix.Masked(), Target: s.Target, Kind: s.kind()}})
	}
	for _, p := range t.Propagated {
		out = append(out, row{Route{p.Prefix.Masked(), p.Target, p.Via, KindPropagated}, p.Path})
	}
	slices.SortStableFunc(out, func(a, b row) int {
		return cmp.Or(
			a.Prefix.Addr().Compare(b.Prefix.Addr()),
			cmp.Compare(a.Prefix.Bits(), b.Prefix.Bits()),
			cmp.Compare(a.Kind.rank(), b.Kind.rank()),
			cost(a.path, b.path),
			cmp.Compare(a.Target, b.Target),
			compare(a.path, b.path),
			cmp.Compare(a.Via, b.Via),
		)
	})
	return out
}

// decide judges the rows of one prefix, best first. Of a prefix that is left out
// all propagated rows are.
func decide(rows []row, local []netip.Prefix, out map[netip.Prefix]bool) []Verdict {
	best := rows[0]
	verdicts := make([]Verdict, 0, len(rows))
	for i, r := range rows {
		v := Verdict{Route: r.Route}
		switch owner, inside := within(r.Prefix, local); {
		case inside && r.Kind != KindLocal:
			v.Rule = RuleLocal
			v.BeatenBy = &Route{Prefix: owner, Target: LocalTarget, Kind: KindLocal}
		case r.Kind == KindPropagated && out[r.Prefix]:
			v.Rule = RuleFull
		case i == 0 || r.Kind == KindLocal || i < MaxPaths && shares(best, r):
			v.Active = true
		default:
			v.Rule, v.BeatenBy = lost(best, r), &best.Route
		}
		verdicts = append(verdicts, v)
	}
	return verdicts
}

// shares reports whether a row carries traffic together with the best one.
func shares(best, r row) bool {
	return r.Kind == KindPropagated && best.Kind == KindPropagated && r.Target == best.Target && cost(best.path, r.path) == 0
}

// within returns the widest local prefix that contains p.
func within(p netip.Prefix, local []netip.Prefix) (netip.Prefix, bool) {
	var owner netip.Prefix
	for _, l := range local {
		if contains(l, p) && (!owner.IsValid() || l.Bits() < owner.Bits()) {
			owner = l.Masked()
		}
	}
	return owner, owner.IsValid()
}

// lost is the rule by which best beats another row of the same prefix.
func lost(best, other row) string {
	switch {
	case shares(best, other):
		return RuleMaxPaths
	case best.Kind == KindPropagated && cost(best.path, other.path) == 0:
		return RuleOneTarget
	case best.Kind == KindPropagated:
		return reason(best.path, other.path)
	case best.Kind == KindPrefixList && other.Kind == KindPrefixList:
		return RuleOneList
	case best.Kind == KindPrefixList:
		return RuleList
	case other.Kind == KindPrefixList:
		return RuleOverList
	case other.Kind == KindStatic:
		return RuleOneStatic
	default:
		return RuleStatic
	}
}

// Lookup returns the route that a packet to addr takes: the active one with
// the longest prefix, except that local routes come before all. It reports
// false when the packet is dropped.
func Lookup(verdicts []Verdict, addr netip.Addr) (Verdict, bool) {
	var found Verdict
	for _, v := range verdicts {
		if !v.Active || !v.Prefix.Contains(addr) {
			continue
		}
		if !found.Active || found.Kind != KindLocal && (v.Kind == KindLocal || v.Prefix.Bits() > found.Prefix.Bits()) {
			found = v
		}
	}
	return found, found.Active
}
