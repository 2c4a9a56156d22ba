package directconnect

import (
	"math"

	"github.com/aws/aws-sdk-go-v2/service/directconnect/schemas"
	"github.com/aws/smithy-go"

	"demarc/api/awsjson"
)

// A counted answer has numbers that the SDK leaves out where they are zero and
// that AWS sends: all of a rateLimiterStatus, since of a connection whose
// limiters are all in use it would not be said that none remains, and the asn of
// a session whose ASN only asnLong has room for.
type counted struct{ answer smithy.Serializable }

// Serialize writes the answer.
func (c counted) Serialize(s smithy.ShapeSerializer) {
	c.answer.Serialize(&zeroWriter{ShapeSerializer: s})
}

// A zeroWriter notes which numbers of a rateLimiterStatus were written, and
// adds the others at its end. It has no object inside.
type zeroWriter struct {
	smithy.ShapeSerializer
	inside  bool
	written map[*smithy.Schema]bool
}

func (w *zeroWriter) WriteStruct(schema *smithy.Schema) {
	if w.inside = schema == schemas.Connection_rateLimiterStatus || schema == schemas.Lag_rateLimiterStatus; w.inside {
		w.written = map[*smithy.Schema]bool{}
	}
	w.ShapeSerializer.WriteStruct(schema)
}

func (w *zeroWriter) WriteInt32(schema *smithy.Schema, n int32) {
	if w.inside {
		w.written[schema] = true
	}
	w.ShapeSerializer.WriteInt32(schema, n)
}

// WriteInt64 writes the narrow form of an ASN before the wide one, if it was
// left out because it is zero.
func (w *zeroWriter) WriteInt64(schema *smithy.Schema, n int64) {
	if n > math.MaxInt32 {
		switch schema {
		case schemas.VirtualInterface_asnLong:
			w.ShapeSerializer.WriteInt32(schemas.VirtualInterface_asn, 0)
		case schemas.BGPPeer_asnLong:
			w.ShapeSerializer.WriteInt32(schemas.BGPPeer_asn, 0)
		}
	}
	w.ShapeSerializer.WriteInt64(schema, n)
}

func (w *zeroWriter) CloseStruct() {
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

// whole is an answer with all that AWS sends. A list that was written before has
// it.
func whole(answer smithy.Serializable) smithy.Serializable {
	if _, written := answer.(*awsjson.List); written {
		return answer
	}
	return counted{answer}
}
