package api

import (
	"net/http"
	"sync"
	"time"

	"demarc"
	"demarc/api/awsjson"
	"demarc/api/ec2"
	"demarc/api/ram"
)

// A throttle lets each account make so many calls a second, and as many at
// once after a second of rest. A rate of zero lets everything through.
type throttle struct {
	rate float64

	mu sync.Mutex
	// buckets, under mu, has one for each account that has called. There are
	// few: who is not known does not come this far.
	buckets map[demarc.AccountID]*bucket
}

// A bucket has the calls that an account may still make as of a time.
type bucket struct {
	left float64
	asOf time.Time
}

func newThrottle(perSecond int) *throttle {
	return &throttle{rate: float64(perSecond), buckets: map[demarc.AccountID]*bucket{}}
}

// admit takes one call out of an account's bucket.
func (t *throttle) admit(account demarc.AccountID, now time.Time) bool {
	if t.rate <= 0 {
		return true
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	b, known := t.buckets[account]
	if !known {
		b = &bucket{left: t.rate, asOf: now}
		t.buckets[account] = b
	}
	switch passed := now.Sub(b.asOf).Seconds(); {
	case passed > 0:
		b.left, b.asOf = min(t.rate, b.left+passed*t.rate), now
	case passed < -1: // a clock was set back
		b.asOf = now
	}
	if b.left < 1 {
		return false
	}
	b.left--
	return true
}

// throttled is AWS's refusal, which its clients wait a while after.
func throttled(service string) error {
	if service == ec2.Name {
		return &awsjson.Error{Type: "RequestLimitExceeded", Status: http.StatusServiceUnavailable, Message: "Request limit exceeded."}
	}
	if service == ram.Name {
		return &awsjson.Error{Type: "ThrottlingException", Status: http.StatusTooManyRequests, Message: "Rate exceeded"}
	}
	return &awsjson.Error{Type: "ThrottlingException", Status: http.StatusBadRequest, Message: "Rate exceeded"}
}
