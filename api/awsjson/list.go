package awsjson

import "github.com/aws/smithy-go"

// A List is an answer that is a list whose elements [Encode] wrote before, one
// by one. Only Encode and [WriteResult] can serialize it.
type List struct {
	Member   string // the list's name on the wire
	Elements []Kept
	// NextToken is the answer's other member; nil leaves it out.
	NextToken *string
}

// Serialize writes the answer as the SDK would write its own struct.
func (l *List) Serialize(s smithy.ShapeSerializer) {
	w := s.(*writer)
	w.buf = append(appendString(append(w.buf, '{'), l.Member), ':', '[')
	for i, element := range l.Elements {
		if i > 0 {
			w.buf = append(w.buf, ',')
		}
		w.buf = append(w.buf, element...)
	}
	w.buf = append(w.buf, ']')
	if l.NextToken != nil {
		w.buf = appendString(append(w.buf, `,"nextToken":`...), *l.NextToken)
	}
	w.buf = append(w.buf, '}')
}
