package vif

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"demarc"
)

// A New is what is asked for. VLAN and ASN are as wide as the request may be,
// so that a number that does not fit is refused and not cut.
type New struct {
	// Name is for people, 1 to 100 characters.
	Name string
	VLAN int
	// ASN is the customer's.
	ASN int64
	// MTU is 1500, 8500 or 9001; zero is 1500.
	MTU int
	// Key is the TCP-MD5 key; one is made where none is given.
	Key demarc.Secret
	// Family is ipv4 where none is given.
	Family demarc.AddressFamily
	// AmazonAddress and CustomerAddress are the two ends with their mask; where
	// none is given both are chosen.
	AmazonAddress   string
	CustomerAddress string
	Tags            []demarc.Tag
}

// draft checks the request by itself, and gives the interface as far as the
// request decides it.
func (n New) draft(now time.Time) (demarc.VirtualInterface, error) {
	if n.MTU == 0 {
		n.MTU = 1500
	}
	for _, check := range []func() error{n.checkFamily, n.checkName, n.checkVLAN, n.checkASN, n.checkMTU, n.checkKey} {
		if err := check(); err != nil {
			return demarc.VirtualInterface{}, err
		}
	}
	if err := demarc.CheckTags(n.Tags); err != nil {
		return demarc.VirtualInterface{}, err
	}
	if n.Key.IsZero() {
		n.Key = demarc.NewBGPKey()
	}
	return demarc.VirtualInterface{
		ID: demarc.NewVirtualInterfaceID(), Name: n.Name, Type: demarc.PrivateVIF,
		VLAN: demarc.VLAN(n.VLAN), MTU: n.MTU, State: demarc.VIFConfirming,
		Peers:   []demarc.BGPPeer{{ID: demarc.NewBGPPeerID(), Family: demarc.IPv4, ASN: demarc.ASN(n.ASN), Key: n.Key}},
		Created: now, Tags: n.Tags,
	}, nil
}

func (n New) checkFamily() error {
	switch n.Family {
	case "", demarc.IPv4:
		return nil
	case demarc.IPv6:
		return demarc.Errorf(demarc.Unbuilt, "virtual interfaces over ipv6 are not built yet").Coded("", "Use ipv4").In("addressFamily")
	}
	return demarc.Errorf(demarc.Invalid, "address family %q is neither ipv4 nor ipv6", n.Family).In("addressFamily")
}

func (n New) checkName() error {
	if c := utf8.RuneCountInString(n.Name); c < 1 || c > 100 {
		return demarc.Errorf(demarc.Invalid, "a virtual interface's name has 1 to 100 characters, not %d", c).In("virtualInterfaceName")
	}
	if strings.ContainsFunc(n.Name, unicode.IsControl) {
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

// checkASN refuses what can be nobody's: 23456 stands for numbers that do not
// fit (RFC 6793), 65535 and 4294967295 are reserved (RFC 7300).
func (n New) checkASN() error {
	const highest = 4294967294
	switch {
	case n.ASN < 1:
		return demarc.Errorf(demarc.Invalid, "BGP ASN %d must have value greater than or equal to 1", n.ASN).Coded("E-ASN-RANGE", "").In("asn")
	case n.ASN > highest:
		return demarc.Errorf(demarc.Invalid, "BGP ASN %d must have value less than or equal to %d", n.ASN, highest).Coded("E-ASN-RANGE", "").In("asn")
	case n.ASN == 23456:
		return demarc.Errorf(demarc.Invalid, "BGP ASN 23456 is AS_TRANS (RFC 6793) and cannot be a network's own").Coded("E-ASN-RESERVED", "").In("asn")
	case n.ASN == 65535:
		return demarc.Errorf(demarc.Invalid, "BGP ASN 65535 is reserved (RFC 7300)").Coded("E-ASN-RESERVED", "").In("asn")
	}
	return nil
}

func (n New) checkMTU() error {
	switch n.MTU {
	case 1500, 8500, 9001:
		return nil
	}
	return demarc.Errorf(demarc.Invalid, "MTU %d is none of 1500, 8500 and 9001", n.MTU).Coded("E-MTU", "").In("mtu")
}

// checkKey refuses keys that some router cannot be told: white space ends them,
// quotation marks end the string that they stand in. The key is not repeated.
func (n New) checkKey() error {
	if n.Key.IsZero() {
		return nil
	}
	key := n.Key.Reveal()
	if len(key) < 6 || len(key) > 80 {
		return demarc.Errorf(demarc.Invalid, "a BGP authentication key has 6 to 80 characters, not %d", len(key)).Coded("E-MD5-KEY", "").In("authKey")
	}
	if strings.ContainsFunc(key, func(c rune) bool { return c <= ' ' || c > '~' || c == '"' }) {
		return demarc.Errorf(demarc.Invalid, "a BGP authentication key is of printable ASCII characters other than space and quotation mark").Coded("E-MD5-KEY", "").In("authKey")
	}
	return nil
}
