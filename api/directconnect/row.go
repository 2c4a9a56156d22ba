package directconnect

import (
	"context"

	"github.com/aws/smithy-go"

	"demarc/audit"
	"demarc/store"
)

// A row is what the table says of one operation.
type row struct {
	// changes says that a call may change something.
	changes bool
	run     func(context.Context, call, smithy.Serializable) (smithy.Serializable, error)
}

// writing is a row whose function is one transaction: it happens whole or not
// at all, and may run several times. What it changed is recorded with it, and
// a client that asks again is answered again. In must be a pointer to the SDK's
// input of that operation.
func writing[In, Out smithy.Serializable](fn func(call, *store.Tx, In) (Out, error)) row {
	return row{changes: true, run: func(ctx context.Context, c call, in smithy.Serializable) (answer smithy.Serializable, err error) {
		err = c.service.store.Write(ctx, func(tx *store.Tx) error {
			kept, again, err := c.recall(tx)
			if err != nil || again {
				answer = kept
				return err
			}
			out, err := fn(c, tx, in.(In))
			if err != nil {
				return err
			}
			answer = whole(out)
			if err := audit.Note(ctx, tx, c.by, c.operation, c.now); err != nil {
				return err
			}
			return c.remember(tx, answer)
		})
		if err != nil {
			return nil, err
		}
		return answer, nil
	}}
}

// reading is a row whose function sees everything that was acknowledged before
// the call, here or at another control process.
func reading[In, Out smithy.Serializable](fn func(call, *store.View, In) (Out, error)) row {
	return row{run: func(ctx context.Context, c call, in smithy.Serializable) (smithy.Serializable, error) {
		view, err := c.service.store.Read(ctx)
		if err != nil {
			return nil, err
		}
		out, err := fn(c, view, in.(In))
		if err != nil {
			return nil, err // not out, which would be a nil pointer in an interface
		}
		return whole(out), nil
	}}
}
