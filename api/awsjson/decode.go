package awsjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Decode reads a request's body into an input struct of the SDK, given by
// pointer. An empty body is an empty object and unknown members are ignored, as
// AWS does it. Its error is an [*Error], SerializationException.
func Decode(body []byte, into any) error {
	body = bytes.TrimSpace(body)
	if len(body) == 0 {
		return nil
	}
	if body[0] != '{' {
		return serialization("The request body must be a JSON object.")
	}
	err := json.Unmarshal(body, into)
	var (
		wrongType *json.UnmarshalTypeError
		syntax    *json.SyntaxError
		ours      *json.InvalidUnmarshalError
	)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &ours):
		panic("awsjson: Decode wants a pointer to an input struct")
	case errors.As(err, &wrongType):
		return serialization("%s", conversion(wrongType))
	case errors.As(err, &syntax):
		return serialization("The request body is not valid JSON at byte %d: %s.", syntax.Offset, syntax)
	default:
		return serialization("The request body cannot be read: %s.", err)
	}
}

// conversion says what came where something else was expected: AWS's words,
// followed by the member, which AWS does not name.
func conversion(e *json.UnmarshalTypeError) string {
	text := ""
	switch kind, _, _ := strings.Cut(e.Value, " "); kind {
	case "object":
		text = "Start of structure or map found where not expected."
	case "array":
		text = "Start of list found where not expected."
	case "string":
		text = "STRING_VALUE can not be converted to " + typeName(e.Type)
	case "number":
		text = "NUMBER_VALUE can not be converted to " + typeName(e.Type)
	default:
		text = "BOOLEAN_VALUE can not be converted to " + typeName(e.Type)
	}
	return text + " (" + memberPath(e.Field) + ")"
}

func typeName(t reflect.Type) string {
	switch t.Kind() {
	case reflect.String:
		return "a String"
	case reflect.Bool:
		return "a Boolean"
	case reflect.Int32:
		return "an Integer"
	case reflect.Int64:
		return "a Long"
	case reflect.Slice:
		return "a List"
	case reflect.Struct:
		return "a Structure"
	default:
		return "a value of this member"
	}
}

// memberPath spells a path of Go fields as the wire does: NewBGPPeer.Asn is
// newBGPPeer.asn.
func memberPath(fields string) string {
	names := strings.Split(fields, ".")
	for i, name := range names {
		first, size := utf8.DecodeRuneInString(name)
		if size > 0 {
			names[i] = string(unicode.ToLower(first)) + name[size:]
		}
	}
	return strings.Join(names, ".")
}
