package demarc

import "time"

// An Invocation is a call that took effect, kept so that a client that lost
// its answer and asks again gets it again, and not a second object.
type Invocation struct {
	// ID begins with the hour of the call, so that ids are in its order; the
	// rest is a digest of the account, the operation and the name that the
	// client gave the call.
	ID string `json:"id"`
	// Input is a digest of what was asked for.
	Input string `json:"input"`
	// Answer is what the client was told. It may have a BGP key in it.
	Answer Secret `json:"answer"`
}

// InvocationHour is what the ids of the hour's invocations begin with.
func InvocationHour(now time.Time) string { return now.UTC().Format("2006010215/") }
