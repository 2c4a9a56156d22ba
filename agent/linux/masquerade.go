package linux

import (
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
	"golang.org/x/sys/unix"
)

// Names of the counters of a masquerading table.
const (
	CounterOut = "out" // packets forwarded out of the outer link
	CounterIn  = "in"  // packets that came in by it and were forwarded
)

// A CounterKey names a counter of [EnsureMasquerade].
type CounterKey struct {
	Table string
	Name  string // CounterOut or CounterIn
}

// A Counter counts forwarded packets and their bytes of IP.
type Counter struct {
	Packets, Bytes uint64
}

// EnsureMasquerade makes IPv4 packets that leave by outLink carry that link's
// address (an internet gateway), lets in by it what answers them and nothing else,
// whatever address it is for, and counts what is forwarded over it in both
// directions. The nftables table of that name is wholly ours. If it is not
// exactly as it should be it is replaced in one transaction, which keeps the
// counts; connections already translated stay so.
func EnsureMasquerade(n *Namespace, table, outLink string) error {
	conn, err := nftables.New(nftables.WithNetNSFd(n.FD()))
	if err != nil {
		return fmt.Errorf("open an nftables socket in namespace %s: %w", n, err)
	}
	counts, err := Counters(n)
	if err != nil {
		return err
	}
	want := masqueradeRules(outLink)
	same, err := rulesAre(conn, table, want)
	if err != nil || same {
		return err
	}
	if err := replaceTable(conn, table, want, counts); err != nil {
		return fmt.Errorf("namespace %s: %w", n, err)
	}
	if err := conn.Flush(); err != nil {
		return fmt.Errorf("put nftables table %s in namespace %s: %w", table, n, err)
	}
	return nil
}

// RemoveMasquerade deletes the table of [EnsureMasquerade].
func RemoveMasquerade(n *Namespace, table string) error {
	conn, err := nftables.New(nftables.WithNetNSFd(n.FD()))
	if err != nil {
		return fmt.Errorf("open an nftables socket in namespace %s: %w", n, err)
	}
	conn.DelTable(&nftables.Table{Name: table, Family: nftables.TableFamilyIPv4})
	if err := conn.Flush(); err != nil && !errors.Is(err, unix.ENOENT) {
		return fmt.Errorf("delete nftables table %s in namespace %s: %w", table, n, err)
	}
	return nil
}

// Counters reads the named IPv4 counters of the namespace.
func Counters(n *Namespace) (map[CounterKey]Counter, error) {
	conn, err := nftables.New(nftables.WithNetNSFd(n.FD()))
	if err != nil {
		return nil, fmt.Errorf("open an nftables socket in namespace %s: %w", n, err)
	}
	tables, err := conn.ListTablesOfFamily(nftables.TableFamilyIPv4)
	if err != nil {
		return nil, fmt.Errorf("list nftables tables in namespace %s: %w", n, err)
	}
	counters := map[CounterKey]Counter{}
	for _, table := range tables {
		objects, err := conn.GetObjects(table)
		if err != nil {
			return nil, fmt.Errorf("read counters of table %s in namespace %s: %w", table.Name, n, err)
		}
		for _, object := range objects {
			if c, ok := object.(*nftables.CounterObj); ok {
				counters[CounterKey{table.Name, c.Name}] = Counter{c.Packets, c.Bytes}
			}
		}
	}
	return counters, nil
}

// masqueradeRules gives the rules of each chain. The nat hook sees only the
// first packet of a connection, so counting is done where packets are forwarded.
func masqueradeRules(outLink string) map[string][][]expr.Any {
	return map[string][][]expr.Any{
		"postrouting": {
			append(linkIs(expr.MetaKeyOIFNAME, outLink), &expr.Masq{}),
		},
		"forward": {
			append(linkIs(expr.MetaKeyOIFNAME, outLink), countIn(CounterOut)),
			slices.Concat(linkIs(expr.MetaKeyIIFNAME, outLink), belongs(false), verdict(expr.VerdictDrop)),
			append(linkIs(expr.MetaKeyIIFNAME, outLink), countIn(CounterIn)),
		},
	}
}

func linkIs(key expr.MetaKey, link string) []expr.Any {
	name := make([]byte, unix.IFNAMSIZ)
	copy(name, link)
	return []expr.Any{
		&expr.Meta{Key: key, Register: 1},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: name},
	}
}

func countIn(counter string) expr.Any {
	return &expr.Objref{Type: unix.NFT_OBJECT_COUNTER, Name: counter}
}

// rulesAre reports whether the table has exactly these chains and rules.
func rulesAre(conn *nftables.Conn, name string, want map[string][][]expr.Any) (bool, error) {
	chains, err := conn.ListChainsOfTableFamily(nftables.TableFamilyIPv4)
	if err != nil {
		return false, fmt.Errorf("list nftables chains: %w", err)
	}
	have := map[string][][]expr.Any{}
	for _, chain := range chains {
		if chain.Table.Name != name || chain.Hooknum == nil {
			continue
		}
		rules, err := conn.GetRules(chain.Table, chain)
		if err != nil {
			return false, fmt.Errorf("list nftables rules of chain %s: %w", chain.Name, err)
		}
		have[chain.Name] = nil
		for _, rule := range rules {
			have[chain.Name] = append(have[chain.Name], rule.Exprs)
		}
	}
	return reflect.DeepEqual(have, want), nil
}

// replaceTable queues the whole table anew.
func replaceTable(conn *nftables.Conn, name string, rules map[string][][]expr.Any, counts map[CounterKey]Counter) error {
	table := &nftables.Table{Name: name, Family: nftables.TableFamilyIPv4}
	if err := beginTable(conn, table); err != nil {
		return err
	}
	for _, counter := range []string{CounterOut, CounterIn} {
		count := counts[CounterKey{name, counter}]
		conn.AddObj(&nftables.CounterObj{Table: table, Name: counter, Packets: count.Packets, Bytes: count.Bytes})
	}
	chains := map[string]*nftables.Chain{
		"postrouting": {Type: nftables.ChainTypeNAT, Hooknum: nftables.ChainHookPostrouting, Priority: nftables.ChainPriorityNATSource},
		"forward":     {Type: nftables.ChainTypeFilter, Hooknum: nftables.ChainHookForward, Priority: nftables.ChainPriorityFilter},
	}
	for chainName, chain := range chains {
		chain.Name, chain.Table = chainName, table
		conn.AddChain(chain)
		for _, exprs := range rules[chainName] {
			conn.AddRule(&nftables.Rule{Table: table, Chain: chain, Exprs: exprs})
		}
	}
	return nil
}
