package linux

import (
	"errors"
	"fmt"
	"io/fs"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// The one counter and the one chain of [EnsureSources].
const (
	spoofed  = "spoofed"
	arriving = "arriving"
)

// EnsureSources has the namespace drop packets that come in by link from an
// address that it would not answer to by link, of either IP version (strict
// reverse path, RFC 3704, section 2.2), and counts them. The nftables table of
// that name is wholly ours. If it is not exactly as it should be it is replaced
// in one transaction, which keeps the count.
//
// The kernel's rp_filter would do it for IPv4, without a count of its own.
// Only packets for one host are looked at: what neighbours ask all of them for
// may have no source yet.
func EnsureSources(n *Namespace, table, link string) error {
	conn, err := nftables.New(nftables.WithNetNSFd(n.FD()))
	if err != nil {
		return fmt.Errorf("open an nftables socket in namespace %s: %w", n, err)
	}
	want := append(linkIs(expr.MetaKeyIIFNAME, link),
		&expr.Meta{Key: expr.MetaKeyPKTTYPE, Register: 1},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: []byte{unix.PACKET_HOST}},
		&expr.Fib{Register: 1, ResultOIF: true, FlagSADDR: true, FlagIIF: true},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: []byte{0, 0, 0, 0}}, // no interface
		countIn(spoofed),
		&expr.Verdict{Kind: expr.VerdictDrop},
	)
	same, err := onlyRules(conn, table, nftables.ChainHookPrerouting, [][]expr.Any{want})
	if err != nil || same {
		return err
	}
	count, err := counted(conn, table)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("namespace %s: %w", n, err)
	}
	t := &nftables.Table{Name: table, Family: nftables.TableFamilyINet}
	if err := beginTable(conn, t); err != nil {
		return fmt.Errorf("namespace %s: %w", n, err)
	}
	conn.AddObj(&nftables.CounterObj{Table: t, Name: spoofed, Packets: count.Packets, Bytes: count.Bytes})
	chain := conn.AddChain(&nftables.Chain{
		Name: arriving, Table: t, Type: nftables.ChainTypeFilter,
		Hooknum: nftables.ChainHookPrerouting, Priority: nftables.ChainPriorityFilter,
	})
	conn.AddRule(&nftables.Rule{Table: t, Chain: chain, Exprs: want})
	if err := conn.Flush(); err != nil {
		return fmt.Errorf("put nftables table %s in namespace %s: %w", table, n, err)
	}
	return nil
}

// Spoofed is what [EnsureSources] has dropped; fs.ErrNotExist if there is no
// such table.
func Spoofed(n *Namespace, table string) (Counter, error) {
	conn, err := nftables.New(nftables.WithNetNSFd(n.FD()))
	if err != nil {
		return Counter{}, fmt.Errorf("open an nftables socket in namespace %s: %w", n, err)
	}
	c, err := counted(conn, table)
	if err != nil {
		return c, fmt.Errorf("namespace %s: %w", n, err)
	}
	return c, nil
}

// counted lists objects instead of asking for the one, since then a missing
// one can be told from another error.
func counted(conn *nftables.Conn, table string) (Counter, error) {
	objects, err := conn.GetObjects(&nftables.Table{Name: table, Family: nftables.TableFamilyINet})
	if err != nil {
		return Counter{}, fmt.Errorf("read the counter of nftables table %s: %w", table, err)
	}
	for _, object := range objects {
		if c, ok := object.(*nftables.CounterObj); ok && c.Name == spoofed {
			return Counter{c.Packets, c.Bytes}, nil
		}
	}
	return Counter{}, fmt.Errorf("read the counter of nftables table %s: %w", table, fs.ErrNotExist)
}
