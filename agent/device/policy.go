package device

import (
	"fmt"
	"net/netip"
	"slices"

	"demarc/route"
)

// martians are destinations that no customer has (RFC 6890): they mean this
// network, this host, this link, a group, or nothing yet.
var martians = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"),
	netip.MustParsePrefix("127.0.0.0/8"),
	netip.MustParsePrefix("169.254.0.0/16"),
	netip.MustParsePrefix("224.0.0.0/4"),
	netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("::/8"),
	netip.MustParsePrefix("fe80::/10"),
	netip.MustParsePrefix("ff00::/8"),
}

// translated are where IPv4 is for those that have IPv6 alone (RFC 6052, RFC 8215):
// a customer with a translator of its own announces it, though it lies in ::/8.
var translated = []netip.Prefix{
	netip.MustParsePrefix("64:ff9b::/96"),
	netip.MustParsePrefix("64:ff9b:1::/48"),
}

// refuse says why a customer's prefix is not accepted; empty if it is. A prefix
// that only contains a forbidden one, as a default route contains all, is
// accepted: longer routes decide.
func refuse(prefix, subnet netip.Prefix, own, advertised []netip.Prefix) string {
	switch {
	case route.Allowed(prefix, own):
		return "it lies in a network that the gateway leads to"
	case slices.Contains(advertised, prefix):
		return "the gateway advertises the same prefix itself"
	case route.Allowed(prefix, []netip.Prefix{subnet.Masked()}):
		return fmt.Sprintf("it lies in the subnet of the session, %s", subnet.Masked())
	case route.Allowed(prefix, martians) && !route.Allowed(prefix, translated):
		return "nobody's network can be there (RFC 6890)"
	}
	return ""
}

// splitOf are the pieces of a default route that a session sends and may not.
// Called with mu held.
func (d *Device) splitOf(s *session) []netip.Prefix {
	if !d.vifs[s.vif].want.NoSplit {
		return nil
	}
	var prefixes []netip.Prefix
	for prefix := range s.in.Routes() {
		prefixes = append(prefixes, prefix)
	}
	return route.SplitDefault(prefixes)
}
