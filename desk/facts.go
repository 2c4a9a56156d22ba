package desk

import (
	"fmt"
	"net/netip"
	"slices"

	"demarc"
	"demarc/route"
	"demarc/store"
)

// factsOf collects what a policy judges about an interface.
func factsOf(r store.Reader, env demarc.Environment, v demarc.VirtualInterface) demarc.PolicyFacts {
	link, leg, known := legOf(r, env, v)
	f := factsOfLink(r, env, link)
	f.Interface, f.Leg, f.Proof, f.Rate = v.ID, leg.ID, proof(r, env, v), rateOf(r, v)
	if known {
		for _, d := range compare(env.Platform, leg, v, rateOf(r, v)) {
			if d.Differs {
				f.Differences = append(f.Differences, d.Field)
			}
		}
	}
	return f
}

// factsOfLink are those that do not depend on the leg. The zero link is none.
func factsOfLink(r store.Reader, env demarc.Environment, link demarc.Link) demarc.PolicyFacts {
	edition, _ := store.Editions.Get(r, env.Edition)
	prefixes := parsed(link.Prefixes)
	f := demarc.PolicyFacts{
		Environment: env.Name, Edition: env.Edition, Entitled: edition.DirectConnect, MaxLinks: edition.MaxLinks,
		Link: link.ID, Topology: link.Topology, Resiliency: link.Resiliency, Redundant: len(link.Legs) > 1,
		Prefixes: len(link.Prefixes), SplitDefault: len(route.SplitDefault(prefixes)) > 0, Overlaps: overlaps(r, env, link.ID, prefixes),
		DefaultRoute: slices.ContainsFunc(prefixes, isDefault) || link.DefaultRoute == demarc.DefaultWanted || link.DefaultRoute == demarc.DefaultShadowed,
	}
	f.Links = countLinks(r, env.Name)
	return f
}

// proof is how the environment's customer is known to stand behind an
// interface.
func proof(r store.Reader, env demarc.Environment, v demarc.VirtualInterface) demarc.AccountProof {
	if v.ConnectionOwner == env.Customer {
		return demarc.ProofOwner
	}
	for t := range store.LinkTokens.By(r, "interface", string(v.ID)) {
		if t.Customer == env.Customer {
			return demarc.ProofToken
		}
	}
	return ""
}

// overlaps lists the prefixes that meet the environment's own ranges and
// routes, or others' (crosses).
func overlaps(r store.Reader, env demarc.Environment, of demarc.LinkID, prefixes []netip.Prefix) []string {
	g := ground(r, env, demarc.DefaultNever, of)
	var out []string
	for _, p := range prefixes {
		meets := func(other netip.Prefix) bool { return !isDefault(p) && other.Overlaps(p) }
		if slices.ContainsFunc(g.ranges, meets) || slices.ContainsFunc(g.static, meets) || len(g.crossed(p)) > 0 {
			out = append(out, p.String())
		}
	}
	return out
}

// crossed says what a prefix meets of others': a range of another environment of
// the customer's, which it would seem to have at its own side, or a part of what
// another link has: with the longer of two prefixes one link takes the other's
// traffic. The same prefix on two links is a second path.
func (g terrain) crossed(p netip.Prefix) (words []string) {
	if isDefault(p) {
		return nil
	}
	for _, other := range g.neighbours {
		if other.Overlaps(p) {
			words = append(words, other.String()+", which another environment of yours has")
		}
	}
	for _, other := range g.others {
		if other != p && !isDefault(other) && other.Overlaps(p) {
			words = append(words, other.String()+", which another link into the environment has: the longer of two prefixes takes the traffic")
		}
	}
	return words
}

// overlapNotes tell of each prefix what it meets of others'. A platform's policy
// may refuse that later.
func overlapNotes(r store.Reader, env demarc.Environment, req Request) (notes []*demarc.Error) {
	g := ground(r, env, req.DefaultRoute, "")
	for i, text := range req.Prefixes {
		p, err := netip.ParsePrefix(text)
		if err != nil {
			continue
		}
		for _, what := range g.crossed(p.Masked()) {
			notes = append(notes, demarc.Errorf(demarc.Conflict, "prefix %s overlaps %s", p, what).
				Coded("W-OVERLAP", "List subnets apart from it, or the same prefix where it is a second path").In(fmt.Sprintf("prefixes[%d]", i)))
		}
	}
	return notes
}
