// Package reconcile makes what is there match what is wanted.
//
// Wanted state and actual state are maps of values; a [Driver] is the only
// thing that touches the kernel (or whatever else holds the objects). The
// package keeps no memory between calls: what is there is read every time, so
// a restart, a crash half-way or a hand that changed something in between are
// all the same case.
//
// It is not a loop. It neither retries nor waits: the caller decides when to
// apply again.
//
// What would surprise you: surplus objects are removed before missing ones are
// put, because a name, a VLAN or an address may move from one key to another
// and can be held by only one of them. And every key is attempted, whatever
// happened to the others: one customer's bad row must not block the next.
package reconcile

import (
	"context"
	"errors"
	"fmt"
)

// A Driver makes one kind of object match what is wanted.
type Driver[K comparable, V any] interface {
	// List reads what is there. It returns only objects this program owns.
	List(ctx context.Context) (map[K]V, error)
	// Put creates or corrects an object. Doing it twice is the same as once.
	Put(ctx context.Context, key K, want V) error
	// Remove deletes an object. Removing what is gone is not an error.
	Remove(ctx context.Context, key K) error
}

// An Action is what was being done to a key when it went wrong.
type Action string

const (
	Put    Action = "put"
	Remove Action = "remove"
)

// A KeyError says which key could not be made right. [Apply] returns them
// joined; [Errors] takes them apart again.
type KeyError[K comparable] struct {
	Key    K
	Action Action
	Err    error
}

func (e *KeyError[K]) Error() string { return fmt.Sprintf("%s %v: %v", e.Action, e.Key, e.Err) }

func (e *KeyError[K]) Unwrap() error { return e.Err }

// Apply lists what is there, removes what is not wanted and puts what is
// missing or different by equal. It is safe to repeat.
//
// A key that cannot be put or removed becomes a [KeyError] in the joined
// result and stops no other key. An error of List is returned as it is, with
// nothing touched: without knowing what is there, removing is guessing. When
// ctx ends, the keys not yet attempted are left alone and ctx's error is part
// of the result.
func Apply[K comparable, V any](ctx context.Context, driver Driver[K, V], want map[K]V, equal func(a, b V) bool) error {
	actual, err := driver.List(ctx)
	if err != nil {
		return fmt.Errorf("list what is there: %w", err)
	}
	errs := prune(ctx, driver, want, actual)
	errs = append(errs, put(ctx, driver, want, actual, equal)...)
	if err := ctx.Err(); err != nil {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// prune removes the keys of actual that nobody wants.
func prune[K comparable, V any](ctx context.Context, driver Driver[K, V], want, actual map[K]V) (errs []error) {
	for key := range actual {
		if _, wanted := want[key]; wanted || ctx.Err() != nil {
			continue
		}
		if err := driver.Remove(ctx, key); err != nil {
			errs = append(errs, &KeyError[K]{Key: key, Action: Remove, Err: err})
		}
	}
	return errs
}

// put creates or corrects the keys of want that actual lacks or has otherwise.
func put[K comparable, V any](ctx context.Context, driver Driver[K, V], want, actual map[K]V, equal func(a, b V) bool) (errs []error) {
	for key, value := range want {
		if have, exists := actual[key]; exists && equal(have, value) || ctx.Err() != nil {
			continue
		}
		if err := driver.Put(ctx, key, value); err != nil {
			errs = append(errs, &KeyError[K]{Key: key, Action: Put, Err: err})
		}
	}
	return errs
}

// Errors returns what went wrong with each key, from an error of [Apply] that
// may have been wrapped since. A key that went well is absent; so are errors
// that belong to no key (List, the context). K must be the driver's key type.
func Errors[K comparable](err error) map[K]error {
	found := map[K]error{}
	collect(err, found)
	return found
}

func collect[K comparable](err error, found map[K]error) {
	switch e := err.(type) {
	case *KeyError[K]:
		found[e.Key] = e
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			collect(inner, found)
		}
	case interface{ Unwrap() error }:
		collect(e.Unwrap(), found)
	}
}
