package vif

import (
	"demarc"
	"demarc/account"
	"demarc/store"
)

// A Share is what the interfaces of a dedicated connection or LAG have of it
// together.
type Share struct {
	Pool Pool
	// Limiters are the rate limiters in use, of MostLimiters, and Limited is the
	// sum of their rates.
	Limiters, MostLimiters int
	Limited                demarc.Bandwidth
}

// ShareOf sums up what is on a connection or LAG of a speed. It reads the
// interfaces, not the claims that [PoolOf] and [RateLimiters] count: it is for
// showing, and holds a transaction to nothing.
func ShareOf(r store.Reader, id demarc.ConnectionID, speed demarc.Bandwidth) Share {
	s := Share{Pool: Pool{Size: poolSize(speed, Billable(r, id))}, MostLimiters: account.Quotas(r).RateLimiters}
	for v := range store.VirtualInterfaces.By(r, "connection", string(id)) {
		if v.State.Gone() {
			continue
		}
		if v.Type != demarc.PublicVIF {
			s.Pool.Allocated.IPv4 += v.Prefixes.IPv4
			s.Pool.Allocated.IPv6 += v.Prefixes.IPv6
		}
		if v.RateLimit > 0 {
			s.Limiters++
			s.Limited += v.RateLimit
		}
	}
	return s
}
