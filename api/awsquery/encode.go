package awsquery

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"reflect"
	"strconv"
	"time"
)

// Encode writes the answer to an operation: its output struct, given by
// pointer, in an element of the service's namespace.
func Encode(namespace, operation, requestID string, out any, names Names) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s<%sResponse xmlns=\"%s\"><requestId>%s</requestId>", xml.Header, operation, namespace, requestID)
	names.encodeStruct(&b, reflect.ValueOf(out).Elem())
	fmt.Fprintf(&b, "</%sResponse>\n", operation)
	return b.Bytes()
}

func (n Names) encodeStruct(b *bytes.Buffer, v reflect.Value) {
	t := v.Type()
	for i := range t.NumField() {
		if field := t.Field(i); member(field) {
			n.encodeMember(b, n.out(t.Name(), field.Name), v.Field(i))
		}
	}
}

// encodeMember leaves out what is not there: nil, and an empty enumeration.
func (n Names) encodeMember(b *bytes.Buffer, name string, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		if v.IsNil() {
			return
		}
	case reflect.String:
		if v.Len() == 0 {
			return
		}
	}
	b.WriteString("<" + name + ">")
	n.encodeValue(b, v)
	b.WriteString("</" + name + ">")
}

func (n Names) encodeValue(b *bytes.Buffer, v reflect.Value) {
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	switch {
	case v.Type() == timeType:
		b.WriteString(v.Interface().(time.Time).UTC().Format("2006-01-02T15:04:05.000Z"))
	case v.Kind() == reflect.Struct:
		n.encodeStruct(b, v)
	case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Uint8:
		b.WriteString(base64.StdEncoding.EncodeToString(v.Bytes()))
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			b.WriteString("<item>")
			n.encodeValue(b, v.Index(i))
			b.WriteString("</item>")
		}
	default:
		encodeScalar(b, v)
	}
}

func encodeScalar(b *bytes.Buffer, v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		_ = xml.EscapeText(b, []byte(v.String())) // a buffer takes everything
	case reflect.Bool:
		b.WriteString(strconv.FormatBool(v.Bool()))
	case reflect.Int32, reflect.Int64:
		b.WriteString(strconv.FormatInt(v.Int(), 10))
	case reflect.Float32, reflect.Float64:
		b.WriteString(strconv.FormatFloat(v.Float(), 'g', -1, 64))
	default:
		panic("awsquery: an output has a member of type " + v.Type().String())
	}
}
