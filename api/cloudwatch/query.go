package cloudwatch

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"iter"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"demarc/api/awsquery"
)

const namespace = "http://monitoring.amazonaws.com/doc/2010-08-01/"

// inQuery is AWS Query: a form, answered in XML.
var inQuery = wire{
	contentType: "text/xml",
	decode:      decodeQuery,
	encode:      encodeQuery,
	refuse:      refuseQuery,
}

// decodeQuery reads a form in which lists have their items under member, which
// EC2's dialect, of package awsquery, has not.
func decodeQuery(body any, into any) error {
	flat := url.Values{}
	for name, values := range body.(url.Values) {
		if strings.HasSuffix(name, ".member") {
			return &awsquery.Error{Code: codeValue, Message: "The parameter " + name + " has no number."}
		}
		flat[strings.ReplaceAll(name, ".member.", ".")] = values
	}
	return awsquery.Decode(flat, into, awsquery.Names{})
}

func encodeQuery(operation, requestID string, out any) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s<%sResponse xmlns=%q><%sResult>", xml.Header, operation, namespace, operation)
	writeXML(&b, reflect.ValueOf(out).Elem())
	fmt.Fprintf(&b, "</%sResult><ResponseMetadata><RequestId>%s</RequestId></ResponseMetadata></%sResponse>\n", operation, requestID, operation)
	return b.Bytes()
}

func refuseQuery(requestID string, e Exception) []byte {
	fault := "Sender"
	if e.Ours {
		fault = "Receiver"
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s<ErrorResponse xmlns=%q><Error><Type>%s</Type><Code>%s</Code><Message>", xml.Header, namespace, fault, e.Code)
	_ = xml.EscapeText(&b, []byte(e.Message)) // a buffer takes everything
	fmt.Fprintf(&b, "</Message></Error><RequestId>%s</RequestId></ErrorResponse>\n", requestID)
	return b.Bytes()
}

// writeXML writes what is inside an element.
func writeXML(b *bytes.Buffer, v reflect.Value) {
	switch {
	case v.Kind() == reflect.Pointer:
		writeXML(b, v.Elem())
		return
	case v.Type() == timeType:
		b.WriteString(v.Interface().(time.Time).UTC().Format(time.RFC3339))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for name, member := range members(v) {
			element(b, name, func() { writeXML(b, member) })
		}
	case reflect.Slice:
		for i := range v.Len() {
			element(b, "member", func() { writeXML(b, v.Index(i)) })
		}
	case reflect.Map:
		numbers := v.Interface().(map[string]float64)
		for _, key := range slices.Sorted(maps.Keys(numbers)) {
			fmt.Fprintf(b, "<entry><key>%s</key><value>%s</value></entry>", key, number(numbers[key]))
		}
	case reflect.Float64:
		b.WriteString(number(v.Float()))
	default:
		_ = xml.EscapeText(b, []byte(v.String()))
	}
}

func element(b *bytes.Buffer, name string, inside func()) {
	b.WriteString("<" + name + ">")
	inside()
	b.WriteString("</" + name + ">")
}

func number(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }

// members are the members of an output that are there, by their names, which
// are those of the wire: not nil, and no empty enumeration.
func members(v reflect.Value) iter.Seq2[string, reflect.Value] {
	return func(yield func(string, reflect.Value) bool) {
		for i := range v.NumField() {
			field, member := v.Type().Field(i), v.Field(i)
			if !field.IsExported() || field.Name == "ResultMetadata" || member.IsZero() {
				continue
			}
			if !yield(field.Name, member) {
				return
			}
		}
	}
}
