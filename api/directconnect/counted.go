package directconnect

import (
	"github.com/aws/aws-sdk-go-v2/service/directconnect/schemas"
	"github.com/aws/smithy-go"
)

// A counted answer has every number of a rateLimiterStatus, also those that are
// zero. The SDK leaves zeros out: of a connection whose limiters are all in use
// it would not be said that none remains.
type counted struct{ answer smithy.Serializable }

// Serialize writes the answer.
func (c counted) Serialize(s smithy.ShapeSerializer) {
	c.answer.Serialize(&limiterWriter{ShapeSerializer: s})
}

// A limiterWriter notes which numbers of a rateLimiterStatus were written, and
// adds the others at its end. It has no object inside.
type limiterWriter struct {
	smithy.ShapeSerializer
	inside  bool
	written map[*smithy.Schema]bool
}

func (w *limiterWriter) WriteStruct(schema *smithy.Schema) {
	if w.inside = schema == schemas.Connection_rateLimiterStatus || schema == schemas.Lag_rateLimiterStatus; w.inside {
		w.written = map[*smithy.Schema]bool{}
	}
	w.ShapeSerializer.WriteStruct(schema)
}

func (w *limiterWriter) WriteInt32(schema *smithy.Schema, n int32) {
	if w.inside {
		w.written[schema] = true
	}
	w.ShapeSerializer.WriteInt32(schema, n)
}

func (w *limiterWriter) CloseStruct() {
	if w.inside {
		for _, member := range []*smithy.Schema{schemas.RateLimiterStatus_inUse, schemas.RateLimiterStatus_maxAllowed, schemas.RateLimiterStatus_remaining} {
			if !w.written[member] {
				w.ShapeSerializer.WriteInt32(member, 0)
			}
		}
		w.inside = false
	}
	w.ShapeSerializer.CloseStruct()
}
