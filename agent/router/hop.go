package router

import (
	"cmp"
	"net/netip"
	"slices"
	"strings"
)

// A Hop is where routes lead: one router, or several that share the flows
// ([Spread]). The zero Hop drops silently.
type Hop struct {
	Link string
	// Gateway is the next router; invalid if destinations are on the link.
	Gateway netip.Addr
	// spread is the hops of several as text, in order, so that a Hop can be
	// compared; then the two above are zero.
	spread string
}

// Spread is the hop that shares flows among hops, which all have a gateway:
// each flow stays with one of them. The order of hops does not matter, nor one
// that is there twice, nor the zero Hop. One hop is itself, none the zero Hop.
func Spread(hops ...Hop) Hop {
	var all []Hop
	for _, hop := range hops {
		all = append(all, hop.Each()...)
	}
	slices.SortFunc(all, func(a, b Hop) int { return cmp.Or(cmp.Compare(a.Link, b.Link), a.Gateway.Compare(b.Gateway)) })
	switch all = slices.Compact(all); len(all) {
	case 0:
		return Hop{}
	case 1:
		return all[0]
	}
	words := make([]string, len(all))
	for i, hop := range all {
		words[i] = hop.Link + " " + hop.Gateway.String()
	}
	return Hop{spread: strings.Join(words, "\n")}
}

// Each are the single hops that the hop is made of; none for the zero Hop.
func (h Hop) Each() (hops []Hop) {
	if h == (Hop{}) {
		return nil
	}
	if h.spread == "" {
		return []Hop{h}
	}
	for line := range strings.SplitSeq(h.spread, "\n") {
		link, gateway, _ := strings.Cut(line, " ")
		hops = append(hops, Hop{Link: link, Gateway: netip.MustParseAddr(gateway)})
	}
	return hops
}

func (h Hop) String() string {
	switch {
	case h.spread != "":
		return strings.ReplaceAll(h.spread, "\n", ", ")
	case h.Link == "":
		return "nowhere"
	case h.Gateway.IsValid():
		return h.Gateway.String() + " on " + h.Link
	}
	return h.Link
}
