package cloudwatch

import (
	"fmt"
	"math"
	"reflect"
	"strings"
	"time"
)

// A tree is what CBOR and JSON have in common: map[string]any, []any, string,
// float64, bool, time.Time and nil.

var timeType = reflect.TypeFor[time.Time]()

// fill puts a tree into a value of the SDK's types. Members that the type does
// not have are passed over, as these protocols do.
func fill(into reflect.Value, tree any, at string) error {
	switch {
	case tree == nil:
		return nil
	case into.Kind() == reflect.Pointer:
		value := reflect.New(into.Type().Elem())
		if err := fill(value.Elem(), tree, at); err != nil {
			return err
		}
		into.Set(value)
		return nil
	case into.Type() == timeType:
		return fillTime(into, tree, at)
	}
	switch v := tree.(type) {
	case map[string]any:
		return fillStruct(into, v, at)
	case []any:
		return fillList(into, v, at)
	case string:
		if into.Kind() == reflect.String {
			into.SetString(v)
			return nil
		}
	case bool:
		if into.Kind() == reflect.Bool {
			into.SetBool(v)
			return nil
		}
	case float64:
		if into.Kind() == reflect.Int32 && v == math.Trunc(v) && math.Abs(v) <= math.MaxInt32 {
			into.SetInt(int64(v))
			return nil
		}
	}
	return wrong(at)
}

func fillStruct(into reflect.Value, members map[string]any, at string) error {
	if into.Kind() != reflect.Struct {
		return wrong(at)
	}
	for i := range into.NumField() {
		field := into.Type().Field(i)
		member, sent := members[field.Name]
		if !sent || !field.IsExported() {
			continue
		}
		if err := fill(into.Field(i), member, at+"."+field.Name); err != nil {
			return err
		}
	}
	return nil
}

func fillList(into reflect.Value, items []any, at string) error {
	if into.Kind() != reflect.Slice {
		return wrong(at)
	}
	list := reflect.MakeSlice(into.Type(), len(items), len(items))
	for i, item := range items {
		if err := fill(list.Index(i), item, fmt.Sprintf("%s[%d]", at, i)); err != nil {
			return err
		}
	}
	into.Set(list)
	return nil
}

// fillTime takes seconds since 1970 as well, which JSON has no other form for.
func fillTime(into reflect.Value, tree any, at string) error {
	switch v := tree.(type) {
	case time.Time:
		into.Set(reflect.ValueOf(v))
	case float64:
		if !(math.Abs(v) < 1e11) {
			return wrong(at)
		}
		into.Set(reflect.ValueOf(time.UnixMilli(int64(v * 1000)).UTC()))
	default:
		return wrong(at)
	}
	return nil
}

func wrong(at string) error {
	return malformed("The member " + strings.TrimPrefix(at, ".") + " has a value of another type.")
}
