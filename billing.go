package demarc

import "time"

// BillingMode is how a dedicated connection is paid for; empty is
// [PayAsYouGo]. There is no billing behind it: it is kept, and shown.
type BillingMode string

// PayAsYouGo is by the port hour and what goes out; the others are flat rates.
const PayAsYouGo BillingMode = "PayAsYouGo"

// A connection's mode may be changed three times in half a year.
const (
	MaxBillingChanges   = 3
	BillingChangeWindow = 182 * 24 * time.Hour
)
