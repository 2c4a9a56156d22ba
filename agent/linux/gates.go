package linux

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// A Gate lets through what one link's host may receive and send, and nothing
// else, but for what belongs to a connection that was let through.
type Gate struct {
	Link   string
	Passes []Pass
}

// A Pass is what a gate lets through.
type Pass struct {
	Out      bool         // the host sends it; else it receives it
	Far      netip.Prefix // the other end
	Protocol int          // IP's number of it; -1 is all
	// From and To are ports, of TCP and UDP, or ICMP's type and code; -1 is all.
	From, To int
}

// EnsureGates has the namespace filter what it forwards from and to these links
// and no others, by IPv4 and IPv6, and count what it refuses. The nftables table
// of that name is wholly ours. If other gates are in force it is replaced in one
// transaction, which keeps the counts of links that stay, and the connections
// that are known: they go on, whatever the new gates say. Without gates there is
// no table, and nothing is tracked.
//
// What is in force is known by a chain whose name is made from it; a hand that
// changed a single rule is not noticed.
func EnsureGates(n *Namespace, table string, gates []Gate) error {
	conn, err := nftables.New(nftables.WithNetNSFd(n.FD()))
	if err != nil {
		return fmt.Errorf("open an nftables socket in namespace %s: %w", n, err)
	}
	t := &nftables.Table{Name: table, Family: nftables.TableFamilyINet}
	chains, err := conn.ListChainsOfTableFamily(nftables.TableFamilyINet)
	if err != nil {
		return fmt.Errorf("list nftables chains in namespace %s: %w", n, err)
	}
	ours := slices.DeleteFunc(chains, func(c *nftables.Chain) bool { return c.Table.Name != table })
	mark := gatesMark(gates)
	if len(gates) == 0 && len(ours) == 0 || slices.ContainsFunc(ours, func(c *nftables.Chain) bool { return c.Name == mark }) {
		return nil
	}
	refused, err := Refused(n, table)
	if err != nil {
		return err
	}
	if len(gates) == 0 {
		conn.DelTable(t)
	} else {
		if err := beginTable(conn, t); err != nil {
			return fmt.Errorf("namespace %s: %w", n, err)
		}
		conn.AddChain(&nftables.Chain{Name: mark, Table: t})
		addGates(conn, t, gates, refused)
	}
	if err := conn.Flush(); err != nil {
		return fmt.Errorf("put nftables table %s in namespace %s: %w", table, n, err)
	}
	return nil
}

func gatesMark(gates []Gate) string {
	sum := sha256.Sum256([]byte(fmt.Sprint(gates)))
	return "is-" + hex.EncodeToString(sum[:8])
}

// addGates queues the chains: one that all forwarded packets see, and two for
// each gate, of which a packet between two gates sees one of either.
func addGates(conn *nftables.Conn, t *nftables.Table, gates []Gate, refused map[string]Refusals) {
	forward := &nftables.Chain{
		Name: "forward", Table: t, Type: nftables.ChainTypeFilter,
		Hooknum: nftables.ChainHookForward, Priority: nftables.ChainPriorityFilter,
	}
	var jumps [][]expr.Any
	for _, g := range gates {
		before := refused[g.Link]
		for _, way := range []struct {
			out   bool
			name  string
			key   expr.MetaKey
			count Counter
		}{{true, outOf(g.Link), expr.MetaKeyIIFNAME, before.Out}, {false, into(g.Link), expr.MetaKeyOIFNAME, before.In}} {
			chain := conn.AddChain(&nftables.Chain{Name: way.name, Table: t})
			conn.AddObj(&nftables.CounterObj{Table: t, Name: way.name, Packets: way.count.Packets, Bytes: way.count.Bytes})
			for _, p := range g.Passes {
				if p.Out == way.out {
					conn.AddRule(&nftables.Rule{Table: t, Chain: chain, Exprs: append(p.match(), &expr.Verdict{Kind: expr.VerdictReturn})})
				}
			}
			conn.AddRule(&nftables.Rule{Table: t, Chain: chain, Exprs: []expr.Any{countIn(way.name), &expr.Verdict{Kind: expr.VerdictDrop}}})
			jumps = append(jumps, append(linkIs(way.key, g.Link), &expr.Verdict{Kind: expr.VerdictJump, Chain: way.name}))
		}
	}
	conn.AddChain(forward)
	for _, exprs := range append([][]expr.Any{known()}, jumps...) {
		conn.AddRule(&nftables.Rule{Table: t, Chain: forward, Exprs: exprs})
	}
}

const outPrefix, intoPrefix = "out-of-", "into-"

func outOf(link string) string { return outPrefix + link }
func into(link string) string  { return intoPrefix + link }

// known lets through what belongs to a connection that was.
func known() []expr.Any { return append(belongs(true), verdict(expr.VerdictAccept)...) }

// belongs is true of what belongs to a connection that is known, or of what does
// not.
func belongs(is bool) []expr.Any {
	op := expr.CmpOpEq
	if is {
		op = expr.CmpOpNeq
	}
	states := binary.NativeEndian.AppendUint32(nil, expr.CtStateBitESTABLISHED|expr.CtStateBitRELATED)
	return []expr.Any{
		&expr.Ct{Register: 1, Key: expr.CtKeySTATE},
		&expr.Bitwise{SourceRegister: 1, DestRegister: 1, Len: 4, Mask: states, Xor: make([]byte, 4)},
		&expr.Cmp{Op: op, Register: 1, Data: make([]byte, 4)},
	}
}

// match is what a packet must be for the pass.
func (p Pass) match() []expr.Any {
	exprs := p.far()
	if p.Protocol < 0 {
		return exprs
	}
	exprs = append(exprs,
		&expr.Meta{Key: expr.MetaKeyL4PROTO, Register: 1},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: []byte{byte(p.Protocol)}})
	switch p.Protocol {
	case unix.IPPROTO_TCP, unix.IPPROTO_UDP:
		if p.From >= 0 && p.To >= p.From {
			exprs = append(exprs,
				&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseTransportHeader, Offset: 2, Len: 2},
				&expr.Cmp{Op: expr.CmpOpGte, Register: 1, Data: binary.BigEndian.AppendUint16(nil, uint16(p.From))},
				&expr.Cmp{Op: expr.CmpOpLte, Register: 1, Data: binary.BigEndian.AppendUint16(nil, uint16(p.To))})
		}
	case unix.IPPROTO_ICMP, unix.IPPROTO_ICMPV6:
		for offset, value := range []int{p.From, p.To} {
			if value >= 0 {
				exprs = append(exprs,
					&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseTransportHeader, Offset: uint32(offset), Len: 1},
					&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: []byte{byte(value)}})
			}
		}
	}
	return exprs
}

// far compares the destination of what goes out and the source of what comes
// in.
func (p Pass) far() []expr.Any {
	family, source, length := byte(unix.NFPROTO_IPV4), uint32(12), uint32(4)
	if p.Far.Addr().Is6() {
		family, source, length = unix.NFPROTO_IPV6, 8, 16
	}
	exprs := []expr.Any{
		&expr.Meta{Key: expr.MetaKeyNFPROTO, Register: 1},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: []byte{family}},
	}
	if p.Far.Bits() == 0 {
		return exprs
	}
	offset := source
	if p.Out {
		offset += length
	}
	mask := make([]byte, length)
	for bit := range p.Far.Bits() {
		mask[bit/8] |= 0x80 >> (bit % 8)
	}
	return append(exprs,
		&expr.Payload{DestRegister: 1, Base: expr.PayloadBaseNetworkHeader, Offset: offset, Len: length},
		&expr.Bitwise{SourceRegister: 1, DestRegister: 1, Len: length, Mask: mask, Xor: make([]byte, length)},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: p.Far.Masked().Addr().AsSlice()})
}

// Refusals count what a gate did not let through.
type Refusals struct{ In, Out Counter }

// Refused reads what the gates of a table refused, by their links. There is
// nothing where there are no gates.
func Refused(n *Namespace, table string) (map[string]Refusals, error) {
	conn, err := nftables.New(nftables.WithNetNSFd(n.FD()))
	if err != nil {
		return nil, fmt.Errorf("open an nftables socket in namespace %s: %w", n, err)
	}
	objects, err := conn.GetObjects(&nftables.Table{Name: table, Family: nftables.TableFamilyINet})
	if errors.Is(err, unix.ENOENT) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read counters of nftables table %s in namespace %s: %w", table, n, err)
	}
	refused := map[string]Refusals{}
	for _, object := range objects {
		c, ok := object.(*nftables.CounterObj)
		if !ok {
			continue
		}
		if link, ok := strings.CutPrefix(c.Name, outPrefix); ok {
			r := refused[link]
			r.Out = Counter{c.Packets, c.Bytes}
			refused[link] = r
		} else if link, ok := strings.CutPrefix(c.Name, intoPrefix); ok {
			r := refused[link]
			r.In = Counter{c.Packets, c.Bytes}
			refused[link] = r
		}
	}
	return refused, nil
}
