// Package procedure walks a link from the order to a packet inside the managed
// cloud: each step is done by its party, with its own keys, through the public
// API, and counts only when it is proven.
//
// A step looks before it acts. So a walk that was interrupted, by a crash of
// the control plane or by Ctrl-C, goes on where it stood and doubles nothing.
package procedure

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/aws/smithy-go"

	"demarc"
	"demarc/client"
	"demarc/lab"
)

// A Step is one act of the procedure as it was seen.
type Step struct {
	ID    string       `json:"id"`
	Title string       `json:"title"`
	Party demarc.Party `json:"party"`
	// Proven says that the evidence was seen, not that the call was answered.
	Proven   bool    `json:"proven"`
	Seconds  float64 `json:"seconds"`
	Evidence string  `json:"evidence"`
}

// A Result is the whole walk.
type Result struct {
	Proven  bool    `json:"proven"`
	Seconds float64 `json:"seconds"`
	Steps   []Step  `json:"steps"`
}

// A Walk is the procedure for one environment at one location.
type Walk struct {
	// Parties are the clients of the four parties.
	Parties map[demarc.Party]*client.Client
	World   *lab.World
	// Environment and Location are what the customer asks for; Router is its
	// router in the cage there and Interface the socket of the cross-connect.
	Environment string
	Location    demarc.LocationCode
	Router      *lab.Router
	Interface   string
	// Bandwidth is the speed of the connection.
	Bandwidth demarc.Bandwidth
	// Refused is an environment whose edition has no Direct Connect.
	Refused string
	// VLAN and ASN are the customer's choice.
	VLAN demarc.VLAN
	ASN  demarc.ASN
	// Started is called when a step begins and Done when it ended; either may
	// be nil.
	Started, Done func(Step)
	// StepTimeout bounds each step; zero is 90 s.
	StepTimeout time.Duration
	Log         *slog.Logger

	link       demarc.LinkID
	connection string
	account    string // the platform's, as its answer gave it
	gateway    string
	vif        string
	mtu        int
	local      addresses
}

// A stage is a step and how to prove it.
type stage struct {
	id    string
	party demarc.Party
	title string
	prove func(context.Context) (evidence string, err error)
}

func (w *Walk) stages() []stage {
	return []stage{
		{"entitled", demarc.Customer, "the environment's edition includes Direct Connect", w.proveEntitled},
		{"order", demarc.Customer, "order a connection and read its letter of authority", w.proveOrder},
		{"cross-connect", demarc.Facility, "patch the cross-connect; light on the port", w.provePatched},
		{"account", demarc.Customer, "ask which account to allocate to", w.proveAccount},
		{"allocate", demarc.Customer, "allocate a hosted virtual interface to that account", w.proveAllocated},
		{"accept", demarc.Platform, "accept it onto the environment's gateway", w.proveAccepted},
		{"configure", demarc.Customer, "paste the router configuration, unedited", w.proveConfigured},
		{"session", demarc.Customer, "BGP established with MD5, prefixes both ways", w.proveSession},
		{"packets", demarc.Customer, "ping and HTTP both ways, tagged on the cable", w.provePackets},
		{"default-route", demarc.Customer, "0.0.0.0/0 over the line is shadowed by the internet gateway", w.proveDefaultShadowed},
	}
}

// Run walks all steps and stops at the first that cannot be proven; its
// evidence says why. The result holds the steps that were begun.
func (w *Walk) Run(ctx context.Context) Result {
	begin := time.Now()
	result := Result{Proven: true, Steps: []Step{}}
	for _, s := range w.stages() {
		step := w.run(ctx, s)
		result.Steps = append(result.Steps, step)
		if !step.Proven {
			result.Proven = false
			break
		}
	}
	result.Seconds = seconds(begin)
	return result
}

func (w *Walk) run(ctx context.Context, s stage) Step {
	step := Step{ID: s.id, Title: s.title, Party: s.party}
	if w.Started != nil {
		w.Started(step)
	}
	begin := time.Now()
	evidence, err := w.attempt(ctx, s)
	step.Seconds, step.Evidence, step.Proven = seconds(begin), evidence, err == nil
	if err != nil {
		step.Evidence = err.Error()
	}
	if w.Done != nil {
		w.Done(step)
	}
	return step
}

func seconds(since time.Time) float64 { return time.Since(since).Round(time.Millisecond).Seconds() }

// attempt proves a stage, again and again while the control plane cannot be
// reached. A refusal is final.
func (w *Walk) attempt(ctx context.Context, s stage) (string, error) {
	timeout := w.StepTimeout
	if timeout == 0 {
		timeout = 90 * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	for {
		evidence, err := s.prove(ctx)
		if err == nil || isFinal(err) {
			return evidence, err
		}
		w.Log.Info("step was tried again", "step", s.id, "err", err)
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("%w (last: %w)", ctx.Err(), err)
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// isFinal reports whether trying again is no use: the other side understood
// and refused, or what was seen contradicts the step.
func isFinal(err error) bool {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorFault() != smithy.FaultServer
	}
	return client.IsRefusal(err) || isContradiction(err) || errors.Is(err, context.DeadlineExceeded)
}

// A contradictionError is something seen that must not be.
type contradictionError struct{ text string }

func (e *contradictionError) Error() string { return e.text }

func isContradiction(err error) bool {
	var contradiction *contradictionError
	return errors.As(err, &contradiction)
}

func contradiction(format string, args ...any) error {
	return &contradictionError{fmt.Sprintf(format, args...)}
}

// until asks seen every 50 ms until it says yes or ctx ends. The error then
// names what was waited for and what was seen last.
func until(ctx context.Context, what string, seen func() (bool, string, error)) error {
	last := "nothing"
	for {
		ok, now, err := seen()
		switch {
		case err != nil && isFinal(err):
			return err
		case err != nil:
			last = err.Error()
		case ok:
			return nil
		default:
			last = now
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waited for %s, last seen: %s: %w", what, last, ctx.Err())
		case <-time.After(50 * time.Millisecond):
		}
	}
}
