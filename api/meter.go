package api

import "github.com/prometheus/client_golang/prometheus"

// A meter counts what comes through the door.
type meter struct {
	// requests has the seconds from a request's head to its answer, by
	// operation and by AWS's code, OK or a status.
	requests *prometheus.HistogramVec
}

func newMeter(r prometheus.Registerer) *meter {
	m := &meter{requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "demarc_api_request_seconds",
		Help: "Time to answer a request, by operation and result.",
		// A read takes a fraction of a millisecond, a write a few, a client
		// gives up after a minute.
		Buckets: []float64{.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 5, 15},
	}, []string{"operation", "code"})}
	r.MustRegister(m.requests)
	return m
}
