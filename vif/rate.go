package vif

import (
	"slices"
	"strings"

	"demarc"
	"demarc/account"
	"demarc/store"
)

// unlimited is how a caller takes a rate limit off: AWS's console calls it so,
// and its API does not say.
const unlimited = "Unlimited"

// rates are the limits that AWS has, in its spelling.
var rates = strings.Fields(`
	50Mbps 100Mbps 200Mbps 300Mbps 400Mbps 500Mbps 600Mbps 700Mbps 800Mbps 900Mbps
	1Gbps 1.2Gbps 1.5Gbps 1.8Gbps 2Gbps 2.1Gbps 2.4Gbps 2.7Gbps 3Gbps 3.2Gbps 3.6Gbps
	4Gbps 5Gbps 6Gbps 7Gbps 8Gbps 9Gbps 10Gbps 12Gbps 15Gbps 18Gbps 20Gbps 21Gbps 24Gbps
	27Gbps 30Gbps 32Gbps 36Gbps 40Gbps 50Gbps 60Gbps 70Gbps 80Gbps 100Gbps 120Gbps 150Gbps
	180Gbps 200Gbps 210Gbps 240Gbps 270Gbps 300Gbps 320Gbps 360Gbps 400Gbps 450Gbps 480Gbps
	500Gbps 540Gbps 600Gbps 700Gbps 800Gbps 900Gbps
	1Tbps 1.1Tbps 1.2Tbps 1.3Tbps 1.4Tbps 1.5Tbps 1.6Tbps`)

// parseRate reads a limit; empty and "Unlimited" are none.
func parseRate(text string) (demarc.Bandwidth, error) {
	if text == "" || strings.EqualFold(text, unlimited) {
		return 0, nil
	}
	if !slices.Contains(rates, text) {
		return 0, rateError(demarc.Invalid, "%q is no rate limit; there are %s and %s", text, strings.Join(rates, ", "), unlimited)
	}
	return demarc.ParseBandwidth(text)
}

func rateError(kind demarc.Kind, format string, args ...any) *demarc.Error {
	return demarc.Errorf(kind, format, args...).Coded("E-RATE-LIMIT", "").In("rateLimit")
}

// holdRate takes one of the rate limiters of the interface's connection, if it
// has a limit. The limit may not be above the connection's own rate; together
// they may.
func holdRate(tx *store.Tx, v demarc.VirtualInterface, on line) error {
	tx.Release(rateClaim(v))
	if v.RateLimit == 0 {
		return nil
	}
	if on.hosted() {
		return rateError(demarc.Conflict, "connection %s is hosted, and its virtual interface has no rate limit but that", on.ID)
	}
	if v.RateLimit > on.rate() {
		return rateError(demarc.Invalid, "rate limit %s is above the %s of %s", v.RateLimit, on.rate(), on.ID)
	}
	inUse, most := RateLimiters(tx, on.ID)
	if inUse >= most {
		return rateError(demarc.Limit, "all %d rate limiters of %s are in use", most, on.ID)
	}
	return tx.Claim(rateClaim(v), string(v.ID))
}

// RateLimiters counts the rate limiters of a connection or LAG: those in use,
// and how many there may be.
func RateLimiters(r Claims, id demarc.ConnectionID) (inUse, most int) {
	for range r.Claims(rateClaims(id)) {
		inUse++
	}
	return inUse, account.Quotas(r).RateLimiters
}

func rateClaims(id demarc.ConnectionID) string { return "rate/" + string(id) + "/" }

func rateClaim(v demarc.VirtualInterface) string { return rateClaims(v.Connection) + string(v.ID) }
