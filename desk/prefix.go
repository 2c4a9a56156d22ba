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

// unroutable are the ranges that no network can advertise: loopback, link-local,
// multicast and reserved, of both families.
var unroutable = []netip.Prefix{
	netip.MustParsePrefix("127.0.0.0/8"), netip.MustParsePrefix("169.254.0.0/16"), netip.MustParsePrefix("224.0.0.0/3"),
	netip.MustParsePrefix("::1/128"), netip.MustParsePrefix("fe80::/10"), netip.MustParsePrefix("ff00::/8"),
}

// checkPrefixes judges what the customer means to advertise.
func checkPrefixes(r store.Reader, env demarc.Environment, texts []string) []*demarc.Error {
	vpc, _ := store.VPCs.Get(r, string(env.VPC))
	var findings []*demarc.Error
	var prefixes []netip.Prefix
	for i, text := range texts {
		prefix, refusal := checkPrefix(text, vpc.CIDR)
		if refusal == nil && slices.Contains(prefixes, prefix) {
			refusal = demarc.Errorf(demarc.Invalid, "prefix %s is listed twice", prefix).Coded("E-CIDR-INVALID", "List it once")
		}
		if refusal != nil {
			findings = append(findings, refusal.In(fmt.Sprintf("prefixes[%d]", i)))
			continue
		}
		prefixes = append(prefixes, prefix)
	}
	if len(texts) > intent.DefaultPrefixLimit {
		findings = append(findings, demarc.Errorf(demarc.Limit, "%d prefixes are listed, and a session takes %d", len(texts), intent.DefaultPrefixLimit).
			Coded("E-PREFIX-LIMIT", "Aggregate them").In("prefixes"))
	}
	if split := splitDefault(prefixes); len(split) > 0 {
		findings = append(findings, refuseSplit(split).In("prefixes"))
	}
	return findings
}

// checkPrefix judges one prefix by itself and against the environment's range.
func checkPrefix(text string, cidr netip.Prefix) (netip.Prefix, *demarc.Error) {
	prefix, err := netip.ParsePrefix(text)
	switch {
	case err != nil:
		return prefix, demarc.Errorf(demarc.Invalid, "%q is no prefix", text).
			Coded("E-CIDR-INVALID", "Write an address and a length, such as 192.168.50.0/24")
	case prefix != prefix.Masked():
		return prefix, demarc.Errorf(demarc.Invalid, "prefix %s has bits behind its length", text).
			Coded("E-CIDR-INVALID", "Write "+prefix.Masked().String())
	case prefix.Bits() == 0:
		return prefix, demarc.Errorf(demarc.Invalid, "%s would not be used where the environment has an internet gateway: static beats propagated at equal length", prefix).
			Coded("W-DEFAULT-SHADOWED", "List the specific subnets behind your router")
	case slices.ContainsFunc(unroutable, prefix.Overlaps) && prefix.Bits() >= shortest(prefix):
		return prefix, demarc.Errorf(demarc.Invalid, "prefix %s is loopback, link-local, multicast or reserved and cannot be routed", prefix).
			Coded("E-CIDR-INVALID", "List the subnets behind your router")
	case prefix.Overlaps(cidr) && prefix.Bits() >= shortest(prefix):
		return prefix, demarc.Errorf(demarc.Conflict, "prefix %s overlaps %s, the environment's own range", prefix, cidr).
			Coded("E-CIDR-OVERLAP", "List subnets outside "+cidr.String()+"; within it the VPC's local route beats yours")
	}
	return prefix, nil
}

// shortest is the length below which a prefix is a piece of a default route:
// nobody's network is larger than a /8 of IPv4, or than fc00::/7 of IPv6.
func shortest(prefix netip.Prefix) int {
	if prefix.Addr().Is4() {
		return 8
	}
	return 7
}

// splitDefault returns the prefixes that are pieces of a default route: very
// short ones, or all of them when together they hold every address. Each piece
// is longer than 0.0.0.0/0, so it would beat the internet gateway's route.
func splitDefault(prefixes []netip.Prefix) []netip.Prefix {
	for _, whole := range []string{"0.0.0.0/0", "::/0"} {
		whole := netip.MustParsePrefix(whole)
		if !slices.Contains(prefixes, whole) && route.Covers(prefixes, whole) {
			return slices.DeleteFunc(slices.Clone(prefixes), func(p netip.Prefix) bool { return p.Addr().Is4() != whole.Addr().Is4() })
		}
	}
	var pieces []netip.Prefix
	for _, p := range prefixes {
		if p.Bits() > 0 && p.Bits() < shortest(p) {
			pieces = append(pieces, p)
		}
	}
	return pieces
}

func refuseSplit(pieces []netip.Prefix) *demarc.Error {
	return demarc.Errorf(demarc.Invalid, "%s: pieces of a default route; being longer than 0.0.0.0/0 they would take the environment's internet traffic away from its internet gateway", joined(pieces)).
		Coded("W-DEFAULT-SPLIT", "List the specific subnets behind your router")
}

// joined writes prefixes with commas between them.
func joined(prefixes []netip.Prefix) string {
	var texts []string
	for _, p := range prefixes {
		texts = append(texts, p.String())
	}
	return strings.Join(texts, ", ")
}
