package desk

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"demarc"
	"demarc/intent"
	"demarc/route"
	"demarc/store"
)

// unroutable are the ranges that no network can advertise: this network (RFC
// 1122), loopback, link-local, multicast and reserved, of both families, and IPv4
// within IPv6 (RFC 4291, section 2.5.5).
var unroutable = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("224.0.0.0/3"),
	netip.MustParsePrefix("::/96"), netip.MustParsePrefix("::ffff:0:0/96"), netip.MustParsePrefix("fe80::/10"), netip.MustParsePrefix("ff00::/8"),
}

// mostListed is how many prefixes are looked at one by one: far more than may be
// listed, and few enough to hold each against all others.
const mostListed = 1000

// checkPrefixes judges what the customer means to advertise, for a new link or
// for the one that has an id.
func checkPrefixes(r store.Reader, env demarc.Environment, req Request, of demarc.LinkID) []*demarc.Error {
	if n := len(req.Prefixes); n > mostListed {
		return []*demarc.Error{demarc.Errorf(demarc.Limit, "%d prefixes are listed; a session and a route table take %d", n, intent.DefaultPrefixLimit).
			Coded("E-PREFIX-LIMIT", "Aggregate them").In("prefixes")}
	}
	g := ground(r, env, req.DefaultRoute, of)
	findings := g.checkWish(req.DefaultRoute)
	var prefixes []netip.Prefix
	for i, text := range req.Prefixes {
		prefix, refusal := g.checkPrefix(text)
		if refusal == nil && slices.Contains(prefixes, prefix) {
			refusal = demarc.Errorf(demarc.Invalid, "prefix %s is listed twice", prefix).Coded("E-CIDR-INVALID", "List it once")
		}
		if refusal != nil {
			findings = append(findings, refusal.In(fmt.Sprintf("prefixes[%d]", i)))
			continue
		}
		prefixes = append(prefixes, prefix)
	}
	if left := intent.DefaultPrefixLimit - len(g.promised(prefixes)); len(prefixes) > left {
		findings = append(findings, demarc.Errorf(demarc.Limit, "%d prefixes are listed; a session and a route table take %d, of which %d are left", len(prefixes), intent.DefaultPrefixLimit, max(left, 0)).
			Coded("E-PREFIX-LIMIT", "Aggregate them").In("prefixes"))
	}
	if split := route.SplitDefault(prefixes); len(split) > 0 && !env.SplitDefault {
		findings = append(findings, refuseSplit(split).In("prefixes"))
	}
	return findings
}

// A terrain is what the prefixes of a link meet in its environment.
type terrain struct {
	name string
	// ranges are the VPC's own, static those that its route table has by hand,
	// others what the environment's other links mean to advertise.
	// neighbours are those of the customer's other environments with that platform.
	ranges, static, others, neighbours []netip.Prefix
	// takesDefault says that the customer may list a default route.
	takesDefault bool
	// defaultIn is where 0.0.0.0/0 leads by hand; empty for nowhere.
	defaultIn string
}

func ground(r store.Reader, env demarc.Environment, wish demarc.DefaultRouteWish, of demarc.LinkID) terrain {
	g := terrain{name: env.Name, takesDefault: wish == demarc.DefaultShadowed || wish == demarc.DefaultWanted}
	if vpc, ok := store.VPCs.Get(r, string(env.VPC)); ok {
		g.ranges = vpc.Ranges()
		table, _ := tables(r, vpc)
		for _, s := range table.Static {
			switch {
			case s.Prefix == demarc.DefaultRoute:
				g.defaultIn = s.Target
			case s.Prefix.Bits() > 0:
				g.static = append(g.static, s.Prefix)
			}
		}
	}
	for other := range store.Environments.By(r, "account", string(env.Customer)) {
		if vpc, ok := store.VPCs.Get(r, string(other.VPC)); ok && other.Customer == env.Customer && other.Platform == env.Platform && other.VPC != env.VPC {
			g.neighbours = append(g.neighbours, vpc.Ranges()...)
		}
	}
	for link := range store.Links.By(r, "environment", env.Name) {
		if link.ID != of && !link.Over() {
			g.others = append(g.others, parsed(link.Prefixes)...)
		}
	}
	return g
}

// promised are the prefixes of other links that are not among these.
func (g terrain) promised(prefixes []netip.Prefix) []netip.Prefix {
	all := slices.Clone(g.others)
	slices.SortFunc(all, netip.Prefix.Compare)
	return slices.DeleteFunc(slices.Compact(all), func(p netip.Prefix) bool { return slices.Contains(prefixes, p) })
}

// checkWish refuses a default route that would never be used.
func (g terrain) checkWish(wish demarc.DefaultRouteWish) []*demarc.Error {
	switch {
	case wish == demarc.DefaultNever, wish == demarc.DefaultShadowed, wish == demarc.DefaultWanted && g.defaultIn == "":
		return nil
	case wish == demarc.DefaultWanted:
		return []*demarc.Error{demarc.Errorf(demarc.Conflict, "environment %s has a default route to %s, and yours would not be used: static beats propagated at equal length", g.name, g.defaultIn).
			Coded("W-DEFAULT-SHADOWED", "Say never, or shadow-ok if you will advertise one nonetheless").In("defaultRoute").By(demarc.Platform)}
	}
	return []*demarc.Error{demarc.Errorf(demarc.Invalid, "there is no wish %q for a default route", wish).
		Coded("E-DEFAULT-WISH", "Say never, shadow-ok or wanted").In("defaultRoute")}
}

// checkPrefix judges one prefix by itself and against what it meets.
func (g terrain) checkPrefix(text string) (netip.Prefix, *demarc.Error) {
	prefix, err := netip.ParsePrefix(text)
	overlaps := func(p netip.Prefix) bool { return prefix.Overlaps(p) && prefix.Bits() >= route.Shortest(prefix) }
	never := func(p netip.Prefix) bool {
		return prefix.Overlaps(p) && prefix.Bits() >= min(p.Bits(), route.Shortest(prefix))
	}
	switch {
	case err != nil:
		return prefix, demarc.Errorf(demarc.Invalid, "%q is no prefix", text).
			Coded("E-CIDR-INVALID", "Write an address and a length, such as 192.168.50.0/24")
	case prefix != prefix.Masked():
		return prefix, demarc.Errorf(demarc.Invalid, "prefix %s has bits behind its length", text).
			Coded("E-CIDR-INVALID", "Write "+prefix.Masked().String())
	case prefix.Bits() == 0 && !g.takesDefault:
		return prefix, demarc.Errorf(demarc.Invalid, "%s would not be used where the environment has an internet gateway: static beats propagated at equal length", prefix).
			Coded("W-DEFAULT-SHADOWED", "List the specific subnets behind your router")
	case slices.ContainsFunc(unroutable, never):
		return prefix, demarc.Errorf(demarc.Invalid, "prefix %s is loopback, link-local, multicast or reserved and cannot be routed", prefix).
			Coded("E-CIDR-INVALID", "List the subnets behind your router")
	}
	if i := slices.IndexFunc(g.ranges, overlaps); i >= 0 {
		return prefix, demarc.Errorf(demarc.Conflict, "prefix %s overlaps %s, the environment's own range", prefix, g.ranges[i]).
			Coded("E-CIDR-OVERLAP", "List subnets outside "+g.ranges[i].String()+"; within it the VPC's local route beats yours")
	}
	if i := slices.IndexFunc(g.static, overlaps); i >= 0 {
		return prefix, demarc.Errorf(demarc.Conflict, "prefix %s overlaps %s, which the environment's route table leads elsewhere by hand", prefix, g.static[i]).
			Coded("E-ROUTE-OVERLAP", "List other subnets, or have the platform take the route out").By(demarc.Platform)
	}
	return prefix, nil
}

// isDefault reports whether a prefix is everything.
func isDefault(p netip.Prefix) bool { return p.Bits() == 0 }

func refuseSplit(pieces []netip.Prefix) *demarc.Error {
	return demarc.Errorf(demarc.Invalid, "%s: pieces of a default route; being longer than 0.0.0.0/0 they would take the environment's internet traffic away from its internet gateway", joined(pieces)).
		Coded("W-DEFAULT-SPLIT", "List the specific subnets behind your router, or have the platform's policy take them")
}

// joined writes prefixes with commas between them.
func joined(prefixes []netip.Prefix) string {
	var texts []string
	for _, p := range prefixes {
		texts = append(texts, p.String())
	}
	return strings.Join(texts, ", ")
}
