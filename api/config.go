package api

import (
	"log/slog"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"

	"demarc"
	"demarc/series"
	"demarc/store"
)

// Config is what the front door works with.
type Config struct {
	// Store is read and written. Required.
	Store *store.Store
	// Clock dates what happens; nil is the machine's own. Wall judges the age of
	// signatures; nil is Clock. Believed judges it as well, where Wall refuses: it
	// is the world's time that Clock goes by; nil is none.
	Clock, Wall, Believed demarc.Clock
	// Region is what requests must be signed for. Required.
	Region demarc.Region
	// OtherRegions are what requests may be signed for besides: a call sees the
	// objects of the one that it was signed for, and the desk those of all.
	OtherRegions []demarc.Region
	// Desk answers everything under /desk/; nil is a desk that has nothing.
	Desk http.Handler
	// Series is what CloudWatch's metrics are answered from; nil is one that has
	// nothing.
	Series *series.Keeper
	// Metrics takes what is counted here, and is what GET /metrics shows; nil
	// is a registry of our own.
	Metrics *prometheus.Registry
	// Healthy says what is wrong with the process; nil is always well. It must
	// not block, and its text is shown to anybody.
	Healthy func() error
	// PageKey seals the tokens of paged lists. Processes behind one balancer
	// must share it; empty is a random one.
	PageKey []byte
	// AccountRate is how many calls of AWS's APIs an account may make in a
	// second; zero is any number.
	AccountRate int
	// Log gets a line for every request: at info for one that may change
	// something, else at debug. Nil is slog.Default().
	Log *slog.Logger
}

// regions are those of the site, its own first.
func (c Config) regions() []demarc.Region {
	return append([]demarc.Region{c.Region}, c.OtherRegions...)
}

func (c Config) withDefaults() Config {
	if c.Clock == nil {
		c.Clock = demarc.SystemClock
	}
	if c.Wall == nil {
		c.Wall = c.Clock
	}
	if c.Desk == nil {
		c.Desk = http.NotFoundHandler()
	}
	if c.Series == nil {
		c.Series = &series.Keeper{}
	}
	if c.Metrics == nil {
		c.Metrics = prometheus.NewRegistry()
	}
	if c.Healthy == nil {
		c.Healthy = func() error { return nil }
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return c
}
