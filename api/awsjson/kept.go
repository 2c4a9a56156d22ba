package awsjson

import "github.com/aws/smithy-go"

// Kept is an answer that [Encode] wrote before, to be written again as it is.
// Only Encode and [WriteResult] can serialize it.
type Kept string

// Serialize writes the answer.
func (k Kept) Serialize(s smithy.ShapeSerializer) {
	w := s.(*writer)
	w.buf = append(w.buf, k...)
}
