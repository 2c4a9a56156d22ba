package vif

import (
	"net/netip"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"demarc"
)

// PublicASN is our side's on every public interface.
const PublicASN = demarc.PublicASN

// A New is what is asked for. VLAN and ASN are as wide as the request may be,
// so that a number that does not fit is refused and not cut.
type New struct {
	// Type is private where none is given.
	Type demarc.VirtualInterfaceType
	// Name is for people, 1 to 100 characters.
	Name string
	VLAN int
	// ASN is the customer's.
	ASN int64
	// MTU is one of those that the type has; zero is 1500.
	MTU int
	// Key is the TCP-MD5 key; one is made where none is given.
	Key demarc.Secret
	// Family is ipv4 where none is given.
	Family demarc.AddressFamily
	// AmazonAddress and CustomerAddress are the two ends with their mask; where
	// none is given both are chosen. A public interface over IPv4 needs both.
	AmazonAddress   string
	CustomerAddress string
	// RateLimit is in AWS's spelling; empty is none.
	RateLimit string
	SiteLink  bool
	// PrefixesIPv4 and PrefixesIPv6 are what the customer may send; nil is
	// [DefaultPrefixes].
	PrefixesIPv4 *int
	PrefixesIPv6 *int
	// RouteFilters are what may be announced over a public interface, in the
	// request's spelling.
	RouteFilters []string
	Tags         []demarc.Tag
}

// peer is the first session that is asked for.
func (n New) peer() NewPeer {
	return NewPeer{ASN: n.ASN, Key: n.Key, Family: n.Family, AmazonAddress: n.AmazonAddress, CustomerAddress: n.CustomerAddress}
}

// draft checks the request by itself, and gives the interface as far as the
// request decides it.
func (n New) draft(now time.Time) (demarc.VirtualInterface, error) {
	if n.Type == "" {
		n.Type = demarc.PrivateVIF
	}
	if n.MTU == 0 {
		n.MTU = 1500
	}
	v := demarc.VirtualInterface{
		ID: demarc.NewVirtualInterfaceID(), Name: n.Name, Type: n.Type, VLAN: demarc.VLAN(n.VLAN), MTU: n.MTU,
		State: demarc.VIFConfirming, SiteLink: n.SiteLink, Created: now, Tags: n.Tags,
	}
	peer, err := n.peer().draft()
	if err != nil {
		return v, err
	}
	v.Peers = []demarc.BGPPeer{peer}
	for _, check := range []func() error{
		func() error { return checkName(n.Name) },
		n.checkVLAN,
		func() error { return checkMTU(n.Type, n.MTU) },
		func() error { return demarc.CheckTags(n.Tags) },
	} {
		if err := check(); err != nil {
			return v, err
		}
	}
	if v.RateLimit, err = parseRate(n.RateLimit); err != nil {
		return v, err
	}
	if v.RouteFilters, err = n.filters(); err != nil {
		return v, err
	}
	v.Prefixes, err = n.prefixes(peer.Family)
	return v, err
}

func checkName(name string) error {
	if c := utf8.RuneCountInString(name); c < 1 || c > 100 {
		return demarc.Errorf(demarc.Invalid, "a virtual interface's name has 1 to 100 characters, not %d", c).In("virtualInterfaceName")
	}
	if strings.ContainsFunc(name, unicode.IsControl) {
		return demarc.Errorf(demarc.Invalid, "a virtual interface's name has no control characters").In("virtualInterfaceName")
	}
	return nil
}

func (n New) checkVLAN() error {
	if n.VLAN < 1 || n.VLAN > 4094 {
		return demarc.Errorf(demarc.Invalid, "VLAN %d is not between 1 and 4094", n.VLAN).Coded("E-VLAN-RANGE", "").In("vlan")
	}
	return nil
}

// checkMTU: AWS's API and its guide disagree about 8500 and 9001 on private
// interfaces, so both are taken.
func checkMTU(of demarc.VirtualInterfaceType, mtu int) error {
	switch {
	case mtu == 1500:
		return nil
	case mtu == 8500 && of != demarc.PublicVIF, mtu == 9001 && of == demarc.PrivateVIF:
		return nil
	}
	choice := map[demarc.VirtualInterfaceType]string{
		demarc.PrivateVIF: "none of 1500, 8500 and 9001",
		demarc.TransitVIF: "neither 1500 nor 8500, which a transit virtual interface may have",
		demarc.PublicVIF:  "not 1500, which every public virtual interface has",
	}
	return demarc.Errorf(demarc.Invalid, "MTU %d is %s", mtu, choice[of]).Coded("E-MTU", "").In("mtu")
}

// The bounds of route filters (AWS).
const (
	maxFilters     = 1000
	longestFilter4 = 32
	longestFilter6 = 64
)

// filters reads what a public interface may announce.
func (n New) filters() ([]netip.Prefix, error) {
	if n.Type != demarc.PublicVIF {
		if len(n.RouteFilters) > 0 {
			return nil, filterError("routeFilterPrefixes are for public virtual interfaces, and this one is %s", n.Type)
		}
		return nil, nil
	}
	if c := len(n.RouteFilters); c < 1 || c > maxFilters {
		return nil, filterError("a public virtual interface names 1 to %d prefixes that it announces, not %d", maxFilters, c)
	}
	var all []netip.Prefix
	known := map[netip.Prefix]bool{}
	for _, text := range n.RouteFilters {
		p, err := parseFilter(text)
		if err != nil {
			return nil, err
		}
		if known[p] {
			return nil, filterError("prefix %s is listed twice", p)
		}
		known[p] = true
		all = append(all, p)
	}
	return all, nil
}

func parseFilter(text string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(text)
	switch {
	case err != nil:
		return p, filterError("%q is no prefix such as 203.0.113.0/24", text)
	case p != p.Masked():
		return p, filterError("prefix %s has bits behind its length; its network is %s", p, p.Masked())
	case p.Bits() < 1, p.Addr().Is6() && p.Bits() > longestFilter6:
		return p, filterError("prefix %s is not between /1 and /%d", p, map[bool]int{true: longestFilter4, false: longestFilter6}[p.Addr().Is4()])
	case !public(p.Addr()):
		return p, filterError("prefix %s is private, and nobody's to announce in public", p)
	}
	return p, nil
}

func filterError(format string, args ...any) error {
	return demarc.Errorf(demarc.Invalid, format, args...).Coded("E-ROUTE-FILTER", "").In("routeFilterPrefixes")
}
