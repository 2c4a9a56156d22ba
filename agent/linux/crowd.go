package linux

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

const (
	// mostNeighbours is from how many addresses one link's neighbours may speak to
	// the namespace itself within neighboursFor: a subnet between two routers has a
	// handful. The kernel's table of neighbours is one for all namespaces.
	mostNeighbours = 16
	neighboursFor  = time.Minute

	// Where an ARP packet has its sender's IPv4 address, and ICMPv6 its type.
	arpSender            = 14
	routerSolicitation   = 133
	neighborSolicitation = 135
)

var onEveryLink = netip.MustParsePrefix("fe80::/10")

// EnsureNoCrowd bounds the neighbours that the kernel learns of by the link,
// where networks are on it: it learns whoever asks by ARP or ICMPv6, from
// whatever address, and asks for whoever asks something else from one on the
// link. So one customer could fill the table of all. Those at known are always
// heard, however many others there are. What is forwarded is not looked at. The
// nftables tables of that name, of IP and of ARP, are wholly ours.
//
// What is in force is known by a chain whose name is made from it; a hand that
// changed a single rule is not noticed.
func EnsureNoCrowd(n *Namespace, table, link string, networks []netip.Prefix, known ...netip.Addr) error {
	conn, err := nftables.New(nftables.WithNetNSFd(n.FD()))
	if err != nil {
		return fmt.Errorf("open an nftables socket in namespace %s: %w", n, err)
	}
	sum := sha256.Sum256(fmt.Append(nil, link, networks, known, mostNeighbours, neighboursFor))
	mark := "is-" + hex.EncodeToString(sum[:8])
	chains, err := conn.ListChains()
	if err != nil {
		return fmt.Errorf("list nftables chains in namespace %s: %w", n, err)
	}
	if slices.ContainsFunc(chains, func(c *nftables.Chain) bool { return c.Table.Name == table && c.Name == mark }) {
		return nil
	}
	for _, t := range []*nftables.Table{{Name: table, Family: nftables.TableFamilyARP}, {Name: table, Family: nftables.TableFamilyINet}} {
		if slices.ContainsFunc(chains, func(c *nftables.Chain) bool { return c.Table.Name == table && c.Table.Family == t.Family }) {
			conn.DelTable(t) // as in beginTable, which would ask once more for each
		}
		conn.AddTable(t)
		if err := addCrowd(conn, t, link, networks, known); err != nil {
			return fmt.Errorf("nftables table %s in namespace %s: %w", table, n, err)
		}
		conn.AddChain(&nftables.Chain{Name: mark, Table: t})
	}
	if err := conn.Flush(); err != nil {
		return fmt.Errorf("put nftables tables %s in namespace %s: %w", table, n, err)
	}
	return nil
}

// RemoveNoCrowd deletes the tables of [EnsureNoCrowd], if they are there.
func RemoveNoCrowd(n *Namespace, table string) error {
	conn, err := nftables.New(nftables.WithNetNSFd(n.FD()))
	if err != nil {
		return fmt.Errorf("open an nftables socket in namespace %s: %w", n, err)
	}
	tables, err := conn.ListTables()
	if err != nil {
		return fmt.Errorf("list nftables tables in namespace %s: %w", n, err)
	}
	for _, t := range tables {
		if t.Name == table {
			conn.DelTable(t)
		}
	}
	if err := conn.Flush(); err != nil {
		return fmt.Errorf("delete nftables tables %s in namespace %s: %w", table, n, err)
	}
	return nil
}

// addCrowd queues what a table has: sets of who has spoken, and rules of who may.
func addCrowd(conn *nftables.Conn, t *nftables.Table, link string, networks []netip.Prefix, known []netip.Addr) error {
	four := &nftables.Set{Table: t, Name: "four", KeyType: nftables.TypeIPAddr, Dynamic: true, HasTimeout: true, Timeout: neighboursFor, Size: mostNeighbours}
	six := &nftables.Set{Table: t, Name: "six", KeyType: nftables.TypeIP6Addr, Dynamic: true, HasTimeout: true, Timeout: neighboursFor, Size: mostNeighbours}
	if err := conn.AddSet(four, nil); err != nil {
		return err
	}
	input := &nftables.Chain{Name: "input", Table: t, Type: nftables.ChainTypeFilter, Hooknum: nftables.ChainHookInput, Priority: nftables.ChainPriorityFilter}
	arp := t.Family == nftables.TableFamilyARP
	if arp {
		input.Hooknum = nftables.ChainHookRef(0) // NF_ARP_IN
	} else if err := conn.AddSet(six, nil); err != nil {
		return err
	}
	conn.AddChain(input)
	add := func(parts ...[]expr.Any) {
		conn.AddRule(&nftables.Rule{Table: t, Chain: input, Exprs: slices.Concat(append([][]expr.Any{linkIs(expr.MetaKeyIIFNAME, link)}, parts...)...)})
	}
	if arp {
		sender := &expr.Payload{DestRegister: 1, Base: expr.PayloadBaseNetworkHeader, Offset: arpSender, Len: 4}
		for _, address := range known {
			if address.Is4() {
				add([]expr.Any{sender, &expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: address.AsSlice()}}, verdict(expr.VerdictAccept))
			}
		}
		add([]expr.Any{sender}, oneOf(four), verdict(expr.VerdictAccept))
		add(verdict(expr.VerdictDrop))
		return nil
	}
	for _, address := range known {
		add(Pass{Far: netip.PrefixFrom(address, address.BitLen())}.far(), verdict(expr.VerdictAccept))
	}
	for _, network := range append(slices.Clone(networks), onEveryLink) {
		set, source := four, &expr.Payload{DestRegister: 1, Base: expr.PayloadBaseNetworkHeader, Offset: 12, Len: 4}
		if network.Addr().Is6() {
			set, source = six, &expr.Payload{DestRegister: 1, Base: expr.PayloadBaseNetworkHeader, Offset: 8, Len: 16}
		}
		add(Pass{Far: network}.far(), []expr.Any{source}, oneOf(set), verdict(expr.VerdictAccept))
		add(Pass{Far: network}.far(), verdict(expr.VerdictDrop))
	}
	// Who has no address yet asks from none, and nobody is learned by it.
	unspecified := netip.PrefixFrom(netip.IPv6Unspecified(), 128)
	add(Pass{Far: unspecified}.far(), verdict(expr.VerdictAccept))
	for _, kind := range []int{routerSolicitation, neighborSolicitation} {
		add(Pass{Far: netip.PrefixFrom(netip.IPv6Unspecified(), 0), Protocol: unix.IPPROTO_ICMPV6, From: kind, To: -1}.match(), verdict(expr.VerdictDrop))
	}
	return nil
}

// oneOf is true of as many as the set has room for, of those lately.
func oneOf(set *nftables.Set) []expr.Any {
	return []expr.Any{&expr.Dynset{SrcRegKey: 1, SetName: set.Name, SetID: set.ID, Operation: uint32(unix.NFT_DYNSET_OP_UPDATE)}}
}

func verdict(kind expr.VerdictKind) []expr.Any { return []expr.Any{&expr.Verdict{Kind: kind}} }
