package audit

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"sync"

	"demarc"
)

// shownAtMost is the longest value that a record keeps, in bytes of JSON: an
// attachment or a policy is kept where it is.
const shownAtMost = 2 << 10

// differences are the fields in which two nouns of one type differ, as JSON
// objects that may be shown: all of them where there is but one noun. A noun is
// nil where there is none, and so is its object.
func differences(before, after any) (was, is json.RawMessage, err error) {
	if before == nil || after == nil {
		if was, err = whole(before); err == nil {
			is, err = whole(after)
		}
		return was, is, err
	}
	old, err := fieldsOf(before)
	if err != nil {
		return nil, nil, err
	}
	new, err := fieldsOf(after)
	if err != nil {
		return nil, nil, err
	}
	for name, field := range old {
		if other, both := new[name]; both && bytes.Equal(field.real, other.real) {
			delete(old, name)
			delete(new, name)
		}
	}
	if len(old)+len(new) == 0 {
		return nil, nil, nil
	}
	if was, err = shown(old); err == nil {
		is, err = shown(new)
	}
	return was, is, err
}

// whole is a noun as it may be shown; nothing of nil. Most are short.
func whole(noun any) (json.RawMessage, error) {
	if noun == nil {
		return nil, nil
	}
	text, err := json.Marshal(masked(noun))
	if err != nil || len(text) <= shownAtMost {
		return text, err
	}
	fields, err := fieldsOf(noun)
	if err != nil {
		return nil, err
	}
	return shown(fields)
}

// A field is a value in JSON: as it is, which is compared, and as it is shown.
type field struct{ real, shown json.RawMessage }

// fieldsOf are a noun's fields by their names in JSON.
func fieldsOf(noun any) (map[string]field, error) {
	real, err := jsonFields(noun)
	if err != nil {
		return nil, err
	}
	shown := real
	if holdsSecret(reflect.TypeOf(noun)) {
		if shown, err = jsonFields(masked(noun)); err != nil {
			return nil, err
		}
	}
	fields := map[string]field{}
	for name := range real {
		fields[name] = field{real[name], shown[name]}
	}
	return fields, nil
}

func jsonFields(noun any) (fields map[string]json.RawMessage, err error) {
	text, err := json.Marshal(noun)
	if err != nil {
		return nil, err
	}
	err = json.Unmarshal(text, &fields)
	return fields, err
}

// shown is the JSON object of fields.
func shown(fields map[string]field) (json.RawMessage, error) {
	values := map[string]any{}
	for name, field := range fields {
		values[name] = field.shown
		if len(field.shown) > shownAtMost {
			values[name] = fmt.Sprintf("(%d bytes)", len(field.shown))
		}
	}
	return json.Marshal(values)
}

var secretType = reflect.TypeFor[demarc.Secret]()

// masked is a noun without what is secret in it.
func masked(noun any) any { return mask(reflect.ValueOf(noun)).Interface() }

// mask copies a value as deep as there are secrets in it, which it replaces.
func mask(v reflect.Value) reflect.Value {
	if !holdsSecret(v.Type()) {
		return v
	}
	out := reflect.New(v.Type()).Elem()
	out.Set(v)
	switch {
	case v.Type() == secretType:
		secret := v.Interface().(demarc.Secret)
		out.Set(reflect.ValueOf(demarc.NewSecret(secret.String())))
	case v.Kind() == reflect.Pointer && !v.IsNil():
		out.Set(reflect.New(v.Type().Elem()))
		out.Elem().Set(mask(v.Elem()))
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			switch field := out.Field(i); {
			case hidden(v.Type().Field(i)):
				field.Set(hide(field))
			case field.CanSet():
				field.Set(mask(v.Field(i)))
			}
		}
	case v.Kind() == reflect.Slice && !v.IsNil():
		out.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
		fallthrough
	case v.Kind() == reflect.Array:
		for i := range v.Len() {
			out.Index(i).Set(mask(v.Index(i)))
		}
	case v.Kind() == reflect.Map && !v.IsNil():
		out.Set(reflect.MakeMapWithSize(v.Type(), v.Len()))
		for key, value := range v.Seq2() {
			out.SetMapIndex(key, mask(value))
		}
	}
	return out
}

// hidden reports whether a field may have secrets in it that are not known as
// such: a URL with a key in it, a router's configuration.
func hidden(f reflect.StructField) bool { return f.Tag.Get("audit") == "hidden" }

// hide is what stands for a hidden value: the word for a text, and nothing for
// anything else.
func hide(v reflect.Value) reflect.Value {
	out := reflect.New(v.Type()).Elem()
	if v.Kind() == reflect.String && v.Len() > 0 {
		out.SetString("(secret)")
	}
	return out
}

var secretTypes sync.Map // reflect.Type → whether it holds a secret

// holdsSecret says whether there may be a secret in a value of the type.
func holdsSecret(t reflect.Type) bool {
	if known, ok := secretTypes.Load(t); ok {
		return known.(bool)
	}
	holds := searchSecret(t, map[reflect.Type]bool{})
	secretTypes.Store(t, holds)
	return holds
}

// searchSecret looks into a type; one that is in the path already holds
// nothing more.
func searchSecret(t reflect.Type, path map[reflect.Type]bool) bool {
	if t == secretType {
		return true
	}
	if path[t] {
		return false
	}
	path[t] = true
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		return searchSecret(t.Elem(), path)
	case reflect.Struct:
		for i := range t.NumField() {
			if hidden(t.Field(i)) || searchSecret(t.Field(i).Type, path) {
				return true
			}
		}
	}
	return false
}
