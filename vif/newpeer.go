package vif

import (
	"strings"

	"demarc"
)

// A NewPeer is a session that is asked for.
type NewPeer struct {
	// ASN is the customer's.
	ASN int64
	// Key is the TCP-MD5 key; one is made where none is given.
	Key demarc.Secret
	// Family is ipv4 where none is given.
	Family demarc.AddressFamily
	// AmazonAddress and CustomerAddress are the two ends with their mask, or
	// empty. Those of IPv6 are always ours to choose.
	AmazonAddress   string
	CustomerAddress string
}

// draft checks the request by itself; the peer has no addresses yet.
func (n NewPeer) draft() (demarc.BGPPeer, error) {
	if n.Family == "" {
		n.Family = demarc.IPv4
	}
	for _, check := range []func() error{n.checkFamily, n.checkASN, n.checkKey} {
		if err := check(); err != nil {
			return demarc.BGPPeer{}, err
		}
	}
	if n.Key.IsZero() {
		n.Key = demarc.NewBGPKey()
	}
	return demarc.BGPPeer{ID: demarc.NewBGPPeerID(), Family: n.Family, ASN: demarc.ASN(n.ASN), Key: n.Key, State: demarc.PeerPending}, nil
}

func (n NewPeer) checkFamily() error {
	if n.Family == demarc.IPv4 || n.Family == demarc.IPv6 {
		return nil
	}
	return demarc.Errorf(demarc.Invalid, "address family %q is neither ipv4 nor ipv6", n.Family).In("addressFamily")
}

// checkASN refuses what can be nobody's: 23456 stands for numbers that do not
// fit (RFC 6793), 65535 and 4294967295 are reserved (RFC 7300).
func (n NewPeer) checkASN() error {
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

// checkKey refuses keys that some router cannot be told: white space ends them,
// quotation marks end the string that they stand in. The key is not repeated.
func (n NewPeer) checkKey() error {
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
