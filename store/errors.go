package store

import (
	"context"
	"errors"
	"fmt"

	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	"google.golang.org/grpc/codes"
)

// ErrClosed is returned by every call that waits once the store is closed.
var ErrClosed = errors.New("the store is closed")

// A ClaimedError says that a name is held by another.
type ClaimedError struct {
	Name   string // the name that was wanted
	Holder string // who has it
}

func (e *ClaimedError) Error() string {
	return fmt.Sprintf("%s is held by %s", e.Name, e.Holder)
}

// An OutcomeUnknownError says that a write was sent and its answer did not
// come: it is wholly done or not done at all, and only a later read can tell.
// It unwraps to the reason, often the context's error.
type OutcomeUnknownError struct {
	Err error
}

func (e *OutcomeUnknownError) Error() string {
	return fmt.Sprintf("the write was sent but its answer was lost; it may or may not have happened: %v", e.Err)
}

func (e *OutcomeUnknownError) Unwrap() error { return e.Err }

// commitError sorts what etcd said to a transaction that was sent: refused
// before anything was written, or nobody knows.
func commitError(err error) error {
	if errors.Is(err, rpctypes.ErrTooManyOps) {
		return fmt.Errorf("the transaction has more keys than etcd allows (--max-txn-ops, demarc wants %d): %w", maxTxnOps, err)
	}
	if refused(err) {
		return fmt.Errorf("etcd refused the write: %w", err)
	}
	return &OutcomeUnknownError{Err: err}
}

// refused reports whether etcd answered, and answered no. Codes that may also
// stand for a lost answer (Unavailable, DeadlineExceeded, Unknown) are not here.
func refused(err error) bool {
	var etcd rpctypes.EtcdError
	if !errors.As(err, &etcd) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	switch etcd.Code() {
	case codes.InvalidArgument, codes.ResourceExhausted, codes.PermissionDenied, codes.Unauthenticated, codes.FailedPrecondition:
		return true
	}
	return false
}
