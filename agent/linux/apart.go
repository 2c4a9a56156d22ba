package linux

import (
	"fmt"
	"net/netip"
	"reflect"
	"slices"

	"github.com/google/nftables"
	"github.com/google/nftables/expr"
)

// EnsureApart has the namespace drop what comes in by one link whose name
// begins with prefix and would leave by another such, of either IP version,
// unless it goes from and to addresses of one of the networks in within.
// The nftables table of that name is wholly ours. If it is not exactly as it
// should be it is replaced in one transaction.
func EnsureApart(n *Namespace, table, prefix string, within ...netip.Prefix) error {
	conn, err := nftables.New(nftables.WithNetNSFd(n.FD()))
	if err != nil {
		return fmt.Errorf("open an nftables socket in namespace %s: %w", n, err)
	}
	var want [][]expr.Any
	for _, network := range within {
		want = append(want, slices.Concat(between(prefix), Pass{Far: network}.far(), Pass{Far: network, Out: true}.far(), []expr.Any{&expr.Verdict{Kind: expr.VerdictAccept}}))
	}
	want = append(want, append(between(prefix), &expr.Verdict{Kind: expr.VerdictDrop}))
	same, err := onlyRules(conn, table, nftables.ChainHookForward, want)
	if err != nil || same {
		return err
	}
	t := &nftables.Table{Name: table, Family: nftables.TableFamilyINet}
	if err := beginTable(conn, t); err != nil {
		return fmt.Errorf("namespace %s: %w", n, err)
	}
	chain := conn.AddChain(&nftables.Chain{
		Name: "forward", Table: t, Type: nftables.ChainTypeFilter,
		Hooknum: nftables.ChainHookForward, Priority: nftables.ChainPriorityFilter,
	})
	for _, exprs := range want {
		conn.AddRule(&nftables.Rule{Table: t, Chain: chain, Exprs: exprs})
	}
	if err := conn.Flush(); err != nil {
		return fmt.Errorf("put nftables table %s in namespace %s: %w", table, n, err)
	}
	return nil
}

// between is what goes from one link whose name begins with prefix to another.
func between(prefix string) []expr.Any {
	return []expr.Any{
		&expr.Meta{Key: expr.MetaKeyIIFNAME, Register: 1},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: []byte(prefix)},
		&expr.Meta{Key: expr.MetaKeyOIFNAME, Register: 1},
		&expr.Cmp{Op: expr.CmpOpEq, Register: 1, Data: []byte(prefix)},
	}
}

// onlyRules reports whether the table has exactly these rules, at this hook.
func onlyRules(conn *nftables.Conn, table string, hook *nftables.ChainHook, want [][]expr.Any) (bool, error) {
	chains, err := conn.ListChainsOfTableFamily(nftables.TableFamilyINet)
	if err != nil {
		return false, fmt.Errorf("list nftables chains: %w", err)
	}
	found := false
	for _, chain := range chains {
		if chain.Table.Name != table {
			continue
		}
		rules, err := conn.GetRules(chain.Table, chain)
		if err != nil {
			return false, fmt.Errorf("list nftables rules of chain %s: %w", chain.Name, err)
		}
		if found || chain.Hooknum == nil || *chain.Hooknum != *hook || !slices.EqualFunc(rules, want, func(r *nftables.Rule, exprs []expr.Any) bool { return reflect.DeepEqual(r.Exprs, exprs) }) {
			return false, nil
		}
		found = true
	}
	return found, nil
}
