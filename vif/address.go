package vif

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"

	"demarc"
	"demarc/store"
)

// address gives a session its two ends, chosen or as the account by asked, and
// holds their subnet on the connection. Interfaces of other connections may use the same
// one: each has a namespace of its own.
func address(tx *store.Tx, by demarc.AccountID, v demarc.VirtualInterface, peer demarc.BGPPeer, asked NewPeer) (demarc.BGPPeer, error) {
	none := asked.AmazonAddress == "" && asked.CustomerAddress == ""
	switch {
	case peer.Family == demarc.IPv6 && !none:
		return peer, peerError("amazonAddress", "the addresses of an IPv6 peer are assigned, and cannot be chosen")
	case peer.Family == demarc.IPv6:
		subnet, err := choose6(tx, by, v)
		peer.AmazonAddress = netip.PrefixFrom(host6(subnet, 1), subnet.Bits())
		peer.CustomerAddress = netip.PrefixFrom(host6(subnet, 6), subnet.Bits())
		return peer, err
	case none && v.Type == demarc.PublicVIF:
		return peer, peerError("amazonAddress", "a public virtual interface over IPv4 needs an Amazon Address and a Customer Address, of public addresses that the customer may use")
	case none:
		subnet, err := choose(tx, by, v)
		first := subnet.Addr().Next()
		peer.AmazonAddress = netip.PrefixFrom(first, subnet.Bits())
		peer.CustomerAddress = netip.PrefixFrom(first.Next(), subnet.Bits())
		return peer, err
	}
	amazon, customer, err := parseEnds(asked.AmazonAddress, asked.CustomerAddress, v.Type == demarc.PublicVIF)
	if err != nil {
		return peer, err
	}
	peer.AmazonAddress, peer.CustomerAddress = amazon, customer
	return peer, hold(tx, by, v, amazon.Masked())
}

// parseEnds reads the two ends that the caller chose. The texts about them
// are those that AWS's clients match on.
func parseEnds(amazon, customer string, inPublic bool) (a, c netip.Prefix, err error) {
	if amazon == "" || customer == "" {
		return a, c, peerError("amazonAddress", "Amazon Address and Customer Address must be given both, or neither")
	}
	if a, err = parseEnd("Amazon Address", "amazonAddress", amazon, inPublic); err != nil {
		return a, c, err
	}
	if c, err = parseEnd("Customer Address", "customerAddress", customer, inPublic); err != nil {
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

func parseEnd(name, field, text string, inPublic bool) (netip.Prefix, error) {
	p, err := netip.ParsePrefix(text)
	switch {
	case err != nil:
		return p, peerError(field, "%s %q is no address with a mask, such as 169.254.10.1/30", name, text)
	case !p.Addr().Is4():
		return p, peerError(field, "%s %s is not an IPv4 address", name, text)
	case inPublic && !public(p.Addr()):
		return p, peerError(field, "%s is not allowed to contain a private IP", name)
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

// shared is the space between carriers and their customers (RFC 6598).
var shared = netip.MustParsePrefix("100.64.0.0/10")

// public excludes what the internet does not route.
func public(a netip.Addr) bool {
	return !a.IsPrivate() && !a.IsLinkLocalUnicast() && !a.IsLoopback() && !a.IsMulticast() && !shared.Contains(a)
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
// overlap it: the router at the far end has one table for all of them. Whose the
// other is, and where, the account by is told if it may know.
func hold(tx *store.Tx, by demarc.AccountID, v demarc.VirtualInterface, subnet netip.Prefix) error {
	for name, holder := range tx.Claims(peerClaims(v.Connection)) {
		if held, err := heldSubnet(v.Connection, name); err != nil {
			return err
		} else if held.Overlaps(subnet) {
			other, _ := store.VirtualInterfaces.Get(tx, holder)
			return overlapping(subnet, held, v.Connection, other, by)
		}
	}
	return tx.Claim(peerClaim(v.Connection, subnet), string(v.ID))
}

func overlapping(subnet, held netip.Prefix, on demarc.ConnectionID, other demarc.VirtualInterface, by demarc.AccountID) error {
	whose := "those of another interface"
	if other.VisibleTo(by) {
		whose = held.String() + " of " + string(other.ID)
	}
	return demarc.Errorf(demarc.Conflict, "the peer addresses in %s overlap %s on connection %s", subnet, whose, on).
		Coded("E-PEER-IP", "").In("customerAddress")
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
func choose(tx *store.Tx, by demarc.AccountID, v demarc.VirtualInterface) (netip.Prefix, error) {
	start := rand.IntN(subnets)
	for i := range lookElsewhere + subnets {
		subnet := linkLocal((start + i) % subnets)
		if subnet.Addr().As4()[2] == metadataOctet || i < lookElsewhere && elsewhere(tx, v, subnet) {
			continue
		}
		err := hold(tx, by, v, subnet)
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

// local6 is where IPv6 subnets are chosen from: a unique local prefix (RFC
// 4193), since these addresses are for the sessions alone.
var local6 = netip.MustParsePrefix("fdd6:6172:6d63::/48")

// choose6 holds a /125, drawn from so many that the second draw is never needed
// but for bad luck.
func choose6(tx *store.Tx, by demarc.AccountID, v demarc.VirtualInterface) (netip.Prefix, error) {
	for {
		b := local6.Addr().As16()
		binary.BigEndian.PutUint16(b[6:], uint16(rand.Uint32()))
		binary.BigEndian.PutUint64(b[8:], rand.Uint64()&^7)
		subnet := netip.PrefixFrom(netip.AddrFrom16(b), 125)
		if err := hold(tx, by, v, subnet); demarc.KindOf(err) != demarc.Conflict {
			return subnet, err
		}
	}
}

// host6 is one of the eight addresses of a /125.
func host6(subnet netip.Prefix, n byte) netip.Addr {
	b := subnet.Addr().As16()
	b[15] += n
	return netip.AddrFrom16(b)
}
