package vif

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"

	"demarc"
	"demarc/store"
)

// addresses gives the only peer its two ends, chosen or as asked, and holds
// their subnet on the connection. Interfaces of other connections may use the
// same one: each has a namespace of its own.
func addresses(tx *store.Tx, v *demarc.VirtualInterface, n New) error {
	peer := &v.Peers[0]
	if n.AmazonAddress == "" && n.CustomerAddress == "" {
		subnet, err := choose(tx, *v)
		if err != nil {
			return err
		}
		first := subnet.Addr().Next()
		peer.AmazonAddress = netip.PrefixFrom(first, subnet.Bits())
		peer.CustomerAddress = netip.PrefixFrom(first.Next(), subnet.Bits())
		return nil
	}
	amazon, customer, err := parseEnds(n.AmazonAddress, n.CustomerAddress)
	if err != nil {
		return err
	}
	peer.AmazonAddress, peer.CustomerAddress = amazon, customer
	return hold(tx, *v, amazon.Masked())
}

// parseEnds reads the two ends that the caller chose. The texts about them
// are those that AWS's clients match on.
func parseEnds(amazon, customer string) (a, c netip.Prefix, err error) {
	if amazon == "" || customer == "" {
		return a, c, peerError("amazonAddress", "Amazon Address and Customer Address must be given both, or neither")
	}
	if a, err = parseEnd("Amazon Address", "amazonAddress", amazon); err != nil {
		return a, c, err
	}
	if c, err = parseEnd("Customer Address", "customerAddress", customer); err != nil {
		return a, c, err
	}
	switch {
	case a.Masked() != c.Masked():
		err = peerError("customerAddress", "Amazon Address and Customer Address must be in the same CIDR")
	case a == c:
		err = peerError("customerAddress", "Amazon Address and Customer Address are both %s", a.Addr())
	}
	return a, c, err
}

func parseEnd(name, field, text string) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(text)
	switch {
	case err != nil:
		return p, peerError(field, "%s %q is no address with a mask, such as 169.254.10.1/30", name, text)
	case !p.Addr().Is4():
		return p, peerError(field, "%s %s is not an IPv4 address", name, text)
	case p.Bits() > 31:
		return p, peerError(field, "%s %s has no room for two ends; the mask is /31 at most", name, text)
	case !unicast(p.Addr()):
		return p, peerError(field, "%s %s cannot be the address of a router", name, text)
	case p.Bits() < 31 && p.Addr() == p.Masked().Addr():
		return p, peerError(field, "%s is address 0 on its subnet.", name)
	case p.Bits() < 31 && p.Addr() == last(p):
		return p, peerError(field, "%s is the broadcast address on its subnet.", name)
	}
	return p, nil
}

func peerError(field, format string, args ...any) error {
	return demarc.Errorf(demarc.Invalid, format, args...).Coded("E-PEER-IP", "").In(field)
}

// unicast excludes 0.0.0.0/8, loopback, multicast and 240.0.0.0/4 (RFC 6890).
func unicast(a netip.Addr) bool {
	first := a.As4()[0]
	return first != 0 && first != 127 && first < 224
}

// last is the highest address of an IPv4 subnet.
func last(p netip.Prefix) netip.Addr {
	b := p.Masked().Addr().As4()
	for bit := p.Bits(); bit < 32; bit++ {
		b[bit/8] |= 0x80 >> (bit % 8)
	}
	return netip.AddrFrom4(b)
}

// hold claims a subnet on the interface's connection, where no other may
// overlap it: the router at the far end has one table for all of them.
func hold(tx *store.Tx, v demarc.VirtualInterface, subnet netip.Prefix) error {
	for name, holder := range tx.Claims(peerClaims(v.Connection)) {
		if held, err := heldSubnet(v.Connection, name); err != nil {
			return err
		} else if held.Overlaps(subnet) {
			return demarc.Errorf(demarc.Conflict, "the peer addresses in %s overlap %s of %s on connection %s", subnet, held, holder, v.Connection).
				Coded("E-PEER-IP", "").In("customerAddress")
		}
	}
	return tx.Claim(peerClaim(v.Connection, subnet), string(v.ID))
}

func peerClaims(conn demarc.ConnectionID) string { return "peer/" + string(conn) + "/" }

func peerClaim(conn demarc.ConnectionID, subnet netip.Prefix) string {
	return peerClaims(conn) + subnet.String()
}

func heldSubnet(conn demarc.ConnectionID, claim string) (netip.Prefix, error) {
	subnet, err := netip.ParsePrefix(strings.TrimPrefix(claim, peerClaims(conn)))
	if err != nil {
		return subnet, fmt.Errorf("read claim %s: %w", claim, err)
	}
	return subnet, nil
}

// The /30s to choose from: 169.254.1.0 to 169.254.254.255 (RFC 3927 reserves
// the first and the last 256 addresses), without 169.254.169.0/24, where clouds
// keep their metadata service.
const (
	subnetsPerOctet = 64
	subnets         = 254 * subnetsPerOctet
	metadataOctet   = 169
)

func linkLocal(n int) netip.Prefix {
	octet, quarter := 1+n/subnetsPerOctet, n%subnetsPerOctet
	return netip.PrefixFrom(netip.AddrFrom4([4]byte{169, 254, byte(octet), byte(4 * quarter)}), 30)
}

// lookElsewhere bounds how many subnets are compared with those that an owner
// has elsewhere: one of thousands of interfaces has all of them somewhere.
const lookElsewhere = 256

// choose holds a free /30. It starts anywhere, and rather takes one that the
// connection's owner has on no other connection: they may end in one router.
func choose(tx *store.Tx, v demarc.VirtualInterface) (netip.Prefix, error) {
	start := rand.IntN(subnets)
	for i := range lookElsewhere + subnets {
		subnet := linkLocal((start + i) % subnets)
		if subnet.Addr().As4()[2] == metadataOctet || i < lookElsewhere && elsewhere(tx, v, subnet) {
			continue
		}
		err := hold(tx, v, subnet)
		if demarc.KindOf(err) == demarc.Conflict {
			continue
		}
		return subnet, err
	}
	return netip.Prefix{}, demarc.Errorf(demarc.Limit, "connection %s has no peer subnet left in 169.254.0.0/16", v.Connection).In("connectionId")
}

// elsewhere reports whether the connection's owner has a subnet on any
// connection.
func elsewhere(r store.Reader, v demarc.VirtualInterface, subnet netip.Prefix) bool {
	for other := range store.VirtualInterfaces.By(r, "subnet", store.SubnetOf(v.ConnectionOwner, subnet)) {
		if !other.State.Gone() {
			return true
		}
	}
	return false
}
