package cloudwatch

import (
	"reflect"
	"time"

	"github.com/aws/smithy-go/encoding/cbor"
)

// inCBOR is Smithy's RPC v2.
var inCBOR = wire{
	contentType: "application/cbor",
	decode:      func(body any, into any) error { return fill(reflect.ValueOf(into).Elem(), body, "") },
	encode: func(_, _ string, out any) []byte {
		return cbor.Encode(cborOf(reflect.ValueOf(out).Elem()))
	},
	refuse: func(_ string, e Exception) []byte {
		return cbor.Encode(cbor.Map{
			"__type": cbor.String("com.amazonaws.cloudwatch#" + e.Shape), "message": cbor.String(e.Message),
		})
	},
}

func (q *Question) readCBOR(body []byte) error {
	if len(body) == 0 {
		return nil
	}
	value, err := cbor.Decode(body)
	if err != nil {
		return malformed("The body is not CBOR.")
	}
	if _, isMap := value.(cbor.Map); !isMap {
		return malformed("The body must be a CBOR map.")
	}
	q.body, err = plain(value)
	return err
}

// plain makes a tree of what was read.
func plain(value cbor.Value) (any, error) {
	switch v := value.(type) {
	case cbor.Map:
		all := make(map[string]any, len(v))
		for name, member := range v {
			p, err := plain(member)
			if err != nil {
				return nil, err
			}
			all[name] = p
		}
		return all, nil
	case cbor.List:
		all := make([]any, 0, len(v))
		for _, item := range v {
			p, err := plain(item)
			if err != nil {
				return nil, err
			}
			all = append(all, p)
		}
		return all, nil
	case cbor.String:
		return string(v), nil
	case cbor.Bool:
		return bool(v), nil
	case *cbor.Nil, *cbor.Undefined:
		return nil, nil
	case *cbor.Tag:
		return plainTime(v)
	}
	return plainNumber(value)
}

// plainTime reads the one tag there is: 1, seconds since 1970 (RFC 8949,
// section 3.4.2).
func plainTime(tag *cbor.Tag) (any, error) {
	at, err := cbor.AsTime(tag)
	if err != nil || at.Year() < 0 || at.Year() > 9999 {
		return nil, malformed("The body has a tag that is no time.")
	}
	return at.UTC(), nil
}

func plainNumber(value cbor.Value) (any, error) {
	number, err := cbor.AsFloat64(value)
	if err == nil {
		return number, nil
	}
	if whole, err := cbor.AsInt64(value); err == nil {
		return float64(whole), nil
	}
	return nil, malformed("The body has a kind of value that no member has.")
}

// cborOf writes an output of the SDK: what is nil, and an empty enumeration, is
// left out.
func cborOf(v reflect.Value) cbor.Value {
	switch {
	case v.Kind() == reflect.Pointer:
		return cborOf(v.Elem())
	case v.Type() == timeType:
		at := v.Interface().(time.Time)
		return &cbor.Tag{ID: 1, Value: cbor.Float64(float64(at.UnixMilli()) / 1000)}
	}
	switch v.Kind() {
	case reflect.Struct:
		all := cbor.Map{}
		for name, member := range members(v) {
			all[name] = cborOf(member)
		}
		return all
	case reflect.Slice:
		all := make(cbor.List, 0, v.Len())
		for i := range v.Len() {
			all = append(all, cborOf(v.Index(i)))
		}
		return all
	case reflect.Map:
		all := cbor.Map{}
		for entry := v.MapRange(); entry.Next(); {
			all[entry.Key().String()] = cborOf(entry.Value())
		}
		return all
	case reflect.Float64:
		return cbor.Float64(v.Float())
	}
	return cbor.String(v.String())
}
