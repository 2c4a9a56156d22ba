package vif

import (
	"fmt"
	"iter"
	"strconv"
	"strings"

	"demarc"
	"demarc/account"
	"demarc/store"
)

// DefaultPrefixes is how many prefixes of each family a private or transit
// interface may send where nothing else was said, and MostPrefixes how many it
// may be allocated.
const (
	DefaultPrefixes = 100
	MostPrefixes    = 1000
)

// Claims are read from a transaction, which runs again if they change, or from
// a view.
type Claims interface {
	store.Reader
	Claims(prefix string) iter.Seq2[string, string]
}

// A Pool is how many prefixes of each family the interfaces of a connection
// may be allocated together.
type Pool struct {
	Size      demarc.PrefixAllocation
	Allocated demarc.PrefixAllocation
}

// Unallocated is what is left: nothing of a pool that is overdrawn.
func (p Pool) Unallocated() demarc.PrefixAllocation {
	return demarc.PrefixAllocation{IPv4: max(0, p.Size.IPv4-p.Allocated.IPv4), IPv6: max(0, p.Size.IPv6-p.Allocated.IPv6)}
}

// Overdrawn reports whether more is allocated than there is: a pool is smaller
// when a LAG's member is another one, whose link never came up.
func (p Pool) Overdrawn() bool {
	return p.Allocated.IPv4 > p.Size.IPv4 || p.Allocated.IPv6 > p.Size.IPv6
}

// PoolOf is the pool of a connection or LAG of that many ports, each of that
// speed. A hosted connection has none.
func PoolOf(r Claims, id demarc.ConnectionID, speed demarc.Bandwidth, ports int) Pool {
	return Pool{Size: poolSize(speed, ports), Allocated: allocated(r, string(id))}
}

func poolSize(speed demarc.Bandwidth, ports int) demarc.PrefixAllocation {
	each := 5_000
	switch {
	case speed >= 400*demarc.Gbps:
		each = 50_000
	case speed >= 100*demarc.Gbps:
		each = 30_000
	}
	return demarc.PrefixAllocation{IPv4: each * ports, IPv6: each * ports}
}

// PrefixesAllocated is what the interfaces of a Direct Connect gateway are
// allocated together.
func PrefixesAllocated(r Claims, gateway demarc.DirectConnectGatewayID) demarc.PrefixAllocation {
	return allocated(r, string(gateway))
}

// The name of a claim to part of a pool carries the numbers, so that the sum is
// guarded as the claims are.
func poolClaim(pool string, v demarc.VirtualInterface) string {
	return fmt.Sprintf("pool/%s/%s/%d/%d", pool, v.ID, v.Prefixes.IPv4, v.Prefixes.IPv6)
}

func allocated(r Claims, pool string) (sum demarc.PrefixAllocation) {
	prefix := "pool/" + pool + "/"
	for name := range r.Claims(prefix) {
		var one demarc.PrefixAllocation
		_, numbers, _ := strings.Cut(strings.TrimPrefix(name, prefix), "/")
		v4, v6, _ := strings.Cut(numbers, "/")
		var errs [2]error
		one.IPv4, errs[0] = strconv.Atoi(v4)
		one.IPv6, errs[1] = strconv.Atoi(v6)
		if errs != [2]error{} {
			panic(fmt.Sprintf("vif: claim %q carries no numbers", name)) // only poolClaim makes them
		}
		sum.IPv4, sum.IPv6 = sum.IPv4+one.IPv4, sum.IPv6+one.IPv6
	}
	return sum
}

// prefixes reads what the customer may send. A public interface has a fixed
// limit and draws on no pool.
func (n New) prefixes(family demarc.AddressFamily) (demarc.PrefixAllocation, error) {
	if n.Type == demarc.PublicVIF {
		if n.PrefixesIPv4 != nil || n.PrefixesIPv6 != nil {
			return demarc.PrefixAllocation{}, poolError(demarc.Invalid, "prefixPoolAllocatedCountIpv4", "a public virtual interface has no prefix allocation")
		}
		return demarc.PrefixAllocation{}, nil
	}
	return reallocate(demarc.PrefixAllocation{IPv4: DefaultPrefixes, IPv6: DefaultPrefixes}, n.PrefixesIPv4, n.PrefixesIPv6, []demarc.BGPPeer{{Family: family}})
}

// reallocate changes an allocation to what is asked for.
func reallocate(a demarc.PrefixAllocation, v4, v6 *int, peers []demarc.BGPPeer) (demarc.PrefixAllocation, error) {
	for _, family := range []struct {
		asked  *int
		into   *int
		name   demarc.AddressFamily
		member string
	}{{v4, &a.IPv4, demarc.IPv4, "prefixPoolAllocatedCountIpv4"}, {v6, &a.IPv6, demarc.IPv6, "prefixPoolAllocatedCountIpv6"}} {
		if family.asked == nil {
			continue
		}
		*family.into = *family.asked
		if n := *family.asked; n < 0 || n > MostPrefixes {
			return a, poolError(demarc.Invalid, family.member, "an allocation of %d prefixes is not between 0 and %d", n, MostPrefixes)
		}
		// A session that may send nothing would be ceased at its first prefix.
		if has(peers, family.name) && *family.asked == 0 {
			return a, poolError(demarc.Invalid, family.member, "no prefixes can be allocated only where there is no %s BGP peer", family.name)
		}
	}
	return a, nil
}

func poolError(kind demarc.Kind, member, format string, args ...any) *demarc.Error {
	return demarc.Errorf(kind, format, args...).Coded("E-PREFIX-POOL", "").In(member)
}

// holdPrefixes draws the interface's allocation from the pool of its
// connection.
func holdPrefixes(tx *store.Tx, v demarc.VirtualInterface, on line) error {
	if v.Type == demarc.PublicVIF || on.hosted() {
		return nil
	}
	free := PoolOf(tx, on.ID, on.Bandwidth, Billable(tx, on.ID)).Unallocated()
	if v.Prefixes.IPv4 > free.IPv4 {
		return poolError(demarc.Limit, "prefixPoolAllocatedCountIpv4", "%d IPv4 prefixes are more than the %d left in the pool of %s", v.Prefixes.IPv4, free.IPv4, on.ID)
	}
	if v.Prefixes.IPv6 > free.IPv6 {
		return poolError(demarc.Limit, "prefixPoolAllocatedCountIpv6", "%d IPv6 prefixes are more than the %d left in the pool of %s", v.Prefixes.IPv6, free.IPv6, on.ID)
	}
	return tx.Claim(poolClaim(string(on.ID), v), string(v.ID))
}

// holdGatewayPrefixes draws it from what the interfaces of one Direct Connect
// gateway may have together, too.
func holdGatewayPrefixes(tx *store.Tx, v demarc.VirtualInterface) error {
	if v.DirectConnectGateway == "" {
		return nil
	}
	sum := PrefixesAllocated(tx, v.DirectConnectGateway).Sum() + v.Prefixes.Sum()
	if most := account.Quotas(tx).GatewayPrefixAllocation; sum > most {
		return poolError(demarc.Limit, "prefixPoolAllocatedCountIpv4", "the virtual interfaces of Direct Connect gateway %s would be allocated %d prefixes together, and %d are the most", v.DirectConnectGateway, sum, most)
	}
	return tx.Claim(poolClaim(string(v.DirectConnectGateway), v), string(v.ID))
}
