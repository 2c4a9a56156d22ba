package awsjson

import (
	"encoding/base64"
	"math"
	"math/big"
	"strconv"
	"time"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/document"
	"github.com/aws/smithy-go/encoding"
	smithytime "github.com/aws/smithy-go/time"
	"github.com/aws/smithy-go/traits"
)

// A writer is the SDK's JSON, byte for byte, without its copies: the SDK's own
// writer can be reached only as the body of a request of its client, four
// buffers away. A test compares the two.
type writer struct {
	buf []byte
	// open has an entry for each object or list begun and not ended: true for
	// an object, whose members have names.
	open []bool
	// unknown is a kind of value that was met and cannot be written.
	unknown string
}

var _ smithy.ShapeSerializer = (*writer)(nil)

// Bytes is what was written, good until the next value.
func (w *writer) Bytes() []byte { return w.buf }

// next writes what stands before a value: a comma, and its name in an object.
// After the key of a map there is nothing left to write.
func (w *writer) next(schema *smithy.Schema) {
	if w.last() == ':' {
		return
	}
	w.comma()
	if len(w.open) > 0 && w.open[len(w.open)-1] {
		w.buf = append(w.buf, '"')
		w.buf = append(w.buf, schema.MemberName()...)
		w.buf = append(w.buf, '"', ':')
	}
}

func (w *writer) comma() {
	switch w.last() {
	case 0, '{', '[':
	default:
		w.buf = append(w.buf, ',')
	}
}

// last is the byte before the next, 0 at the beginning.
func (w *writer) last() byte {
	if len(w.buf) == 0 {
		return 0
	}
	return w.buf[len(w.buf)-1]
}

func (w *writer) begin(schema *smithy.Schema, bracket byte) {
	w.next(schema)
	w.buf = append(w.buf, bracket)
	w.open = append(w.open, bracket == '{')
}

func (w *writer) end(bracket byte) {
	w.buf = append(w.buf, bracket)
	w.open = w.open[:len(w.open)-1]
}

func (w *writer) WriteStruct(schema *smithy.Schema) { w.begin(schema, '{') }
func (w *writer) CloseStruct()                      { w.end('}') }
func (w *writer) WriteList(schema *smithy.Schema)   { w.begin(schema, '[') }
func (w *writer) CloseList()                        { w.end(']') }
func (w *writer) WriteMap(schema *smithy.Schema)    { w.begin(schema, '{') }
func (w *writer) CloseMap()                         { w.end('}') }

func (w *writer) WriteKey(_ *smithy.Schema, key string) {
	w.comma()
	w.buf = append(appendString(w.buf, key), ':')
}

// WriteUnion begins an object with one member, whose value comes next.
func (w *writer) WriteUnion(schema, variant *smithy.Schema) {
	w.begin(schema, '{')
	w.WriteKey(nil, variant.MemberName())
}

func (w *writer) CloseUnion() { w.end('}') }

func (w *writer) WriteString(schema *smithy.Schema, v string) {
	w.next(schema)
	w.buf = appendString(w.buf, v)
}

func (w *writer) WriteBool(schema *smithy.Schema, v bool) {
	w.next(schema)
	w.buf = strconv.AppendBool(w.buf, v)
}

func (w *writer) WriteInt8(schema *smithy.Schema, v int8)   { w.WriteInt64(schema, int64(v)) }
func (w *writer) WriteInt16(schema *smithy.Schema, v int16) { w.WriteInt64(schema, int64(v)) }
func (w *writer) WriteInt32(schema *smithy.Schema, v int32) { w.WriteInt64(schema, int64(v)) }

func (w *writer) WriteInt64(schema *smithy.Schema, v int64) {
	w.next(schema)
	w.buf = strconv.AppendInt(w.buf, v, 10)
}

func (w *writer) WriteFloat32(schema *smithy.Schema, v float32) { w.float(schema, float64(v), 32) }
func (w *writer) WriteFloat64(schema *smithy.Schema, v float64) { w.float(schema, v, 64) }

func (w *writer) float(schema *smithy.Schema, v float64, bits int) {
	w.next(schema)
	switch {
	case math.IsInf(v, 1):
		w.buf = append(w.buf, `"Infinity"`...)
	case math.IsInf(v, -1):
		w.buf = append(w.buf, `"-Infinity"`...)
	case math.IsNaN(v):
		w.buf = append(w.buf, `"NaN"`...)
	default:
		w.buf = encoding.EncodeFloat(w.buf, v, bits)
	}
}

// WriteTime writes seconds since 1970 where the shape does not say otherwise.
func (w *writer) WriteTime(schema *smithy.Schema, v time.Time) {
	format := ""
	if t, ok := smithy.SchemaTrait[*traits.TimestampFormat](schema); ok {
		format = t.Format
	}
	switch format {
	case "date-time":
		w.WriteString(schema, smithytime.FormatDateTime(v))
	case "http-date":
		w.WriteString(schema, smithytime.FormatHTTPDate(v))
	default:
		w.WriteFloat64(schema, smithytime.FormatEpochSeconds(v))
	}
}

func (w *writer) WriteBlob(schema *smithy.Schema, v []byte) {
	if v == nil {
		w.WriteNil(schema)
		return
	}
	w.next(schema)
	w.buf = append(w.buf, '"')
	w.buf = base64.StdEncoding.AppendEncode(w.buf, v)
	w.buf = append(w.buf, '"')
}

func (w *writer) WriteNil(schema *smithy.Schema) {
	w.next(schema)
	w.buf = append(w.buf, "null"...)
}

func (w *writer) WriteBigInt(*smithy.Schema, *big.Int)         { w.unknown = "a big integer" }
func (w *writer) WriteBigFloat(*smithy.Schema, *big.Float)     { w.unknown = "a big decimal" }
func (w *writer) WriteDocument(*smithy.Schema, document.Value) { w.unknown = "a document" }
