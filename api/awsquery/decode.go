package awsquery

import (
	"encoding/base64"
	"net/url"
	"reflect"
	"strconv"
	"time"
)

// Decode reads a form into an input struct of the SDK, given by pointer. Its
// error is an [*Error].
func Decode(form url.Values, into any, names Names) error {
	root, err := tree(form)
	if err != nil {
		return err
	}
	return names.decodeStruct(root, reflect.ValueOf(into).Elem())
}

func (n Names) decodeStruct(from *node, into reflect.Value) error {
	if from.set {
		return unknownParameter(from.name)
	}
	t := into.Type()
	left := len(from.children)
	for i := range t.NumField() {
		field := t.Field(i)
		if !member(field) {
			continue
		}
		child, ok := from.children[n.in(t.Name(), field.Name)]
		if !ok {
			continue
		}
		left--
		if err := n.decode(child, into.Field(i)); err != nil {
			return err
		}
	}
	if left > 0 {
		return n.firstUnknown(from, t)
	}
	return nil
}

// member reports whether a field is the shape's own.
func member(f reflect.StructField) bool { return f.IsExported() && f.Name != "ResultMetadata" }

func (n Names) firstUnknown(from *node, t reflect.Type) error {
	known := map[string]bool{}
	for i := range t.NumField() {
		known[n.in(t.Name(), t.Field(i).Name)] = true
	}
	unknown := ""
	for part, child := range from.children {
		if !known[part] && (unknown == "" || child.name < unknown) {
			unknown = child.name
		}
	}
	return unknownParameter(unknown)
}

var timeType = reflect.TypeFor[time.Time]()

func (n Names) decode(from *node, into reflect.Value) error {
	switch {
	case into.Kind() == reflect.Pointer:
		value := reflect.New(into.Type().Elem())
		if err := n.decode(from, value.Elem()); err != nil {
			return err
		}
		into.Set(value)
		return nil
	case into.Type() == timeType:
		return decodeScalar(from, into)
	case into.Kind() == reflect.Struct:
		return n.decodeStruct(from, into)
	case into.Kind() == reflect.Slice && into.Type().Elem().Kind() != reflect.Uint8:
		return n.decodeList(from, into)
	default:
		return decodeScalar(from, into)
	}
}

func (n Names) decodeList(from *node, into reflect.Value) error {
	if from.set && from.value != "" {
		return invalid("The parameter %s is a list: write %s.1", from.name, from.name)
	}
	items, err := from.items()
	if err != nil {
		return err
	}
	list := reflect.MakeSlice(into.Type(), len(items), len(items))
	for i, item := range items {
		if err := n.decode(item, list.Index(i)); err != nil {
			return err
		}
	}
	into.Set(list)
	return nil
}

func decodeScalar(from *node, into reflect.Value) error {
	if len(from.children) > 0 {
		for _, c := range from.children {
			return unknownParameter(c.name)
		}
	}
	ok := true
	switch into.Kind() {
	case reflect.String:
		into.SetString(from.value)
	case reflect.Bool:
		var b bool
		b, ok = boolean(from.value)
		into.SetBool(b)
	case reflect.Int32, reflect.Int64:
		v, err := strconv.ParseInt(from.value, 10, into.Type().Bits())
		ok = err == nil
		into.SetInt(v)
	case reflect.Float32, reflect.Float64:
		v, err := strconv.ParseFloat(from.value, into.Type().Bits())
		ok = err == nil
		into.SetFloat(v)
	case reflect.Slice:
		v, err := base64.StdEncoding.DecodeString(from.value)
		ok = err == nil
		into.SetBytes(v)
	case reflect.Struct:
		v, err := time.Parse(time.RFC3339, from.value)
		ok = err == nil
		into.Set(reflect.ValueOf(v))
	default:
		panic("awsquery: an input has a member of type " + into.Type().String())
	}
	if !ok {
		return invalid("Invalid value '%s' for %s; expected %s", from.value, from.name, expectation(into.Kind()))
	}
	return nil
}

func boolean(s string) (value, ok bool) {
	return s == "true", s == "true" || s == "false"
}

func expectation(k reflect.Kind) string {
	switch k {
	case reflect.Bool:
		return "true or false"
	case reflect.Slice:
		return "base 64"
	case reflect.Struct:
		return "a time such as 2026-01-02T03:04:05Z"
	default:
		return "a number"
	}
}
