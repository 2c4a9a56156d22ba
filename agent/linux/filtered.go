package linux

import (
	"fmt"
	"slices"

	"github.com/google/nftables"
)

// Filtered reports whether nftables looks at what the namespace forwards: whether
// there is a chain, whoever made it, at a hook that forwarded packets pass. Those
// for what the namespace itself receives and sends do not count, nor ARP's.
func Filtered(n *Namespace) (bool, error) {
	conn, err := nftables.New(nftables.WithNetNSFd(n.FD()))
	if err != nil {
		return false, fmt.Errorf("open an nftables socket in namespace %s: %w", n, err)
	}
	chains, err := conn.ListChains()
	if err != nil {
		return false, fmt.Errorf("list nftables chains in namespace %s: %w", n, err)
	}
	return slices.ContainsFunc(chains, seesForwarded), nil
}

func seesForwarded(c *nftables.Chain) bool {
	switch {
	case c.Hooknum == nil || c.Table.Family == nftables.TableFamilyARP:
		return false
	case c.Table.Family == nftables.TableFamilyNetdev:
		return true
	}
	return *c.Hooknum != *nftables.ChainHookInput && *c.Hooknum != *nftables.ChainHookOutput
}
