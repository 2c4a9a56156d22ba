package ram

import (
	"context"
	"encoding/json"
	"maps"
	"reflect"
	"slices"

	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/traits"

	"demarc"
	"demarc/api/again"
	"demarc/api/awsjson"
	"demarc/audit"
	"demarc/store"
)

// A row is what the table says of one operation.
type row struct {
	schema *smithy.Schema
	// changes says that a call may change something.
	changes bool
	built   bool
	run     func(context.Context, call, Request) (smithy.Serializable, error)
}

// shape is a pointer to an input or output of the SDK.
type shape[T any] interface {
	*T
	smithy.Serializable
}

// writing is a row whose function is one transaction: it happens whole or not
// at all, and may run several times. What it changed is recorded with it, and
// a client that asks again is answered again.
func writing[I, O any, In shape[I], Out shape[O]](schema *smithy.Schema, fn func(call, *store.Tx, In) (Out, error)) row {
	return row{schema, true, true, func(ctx context.Context, c call, r Request) (answer smithy.Serializable, err error) {
		in := In(new(I))
		if err := decode(r, in); err != nil {
			return nil, err
		}
		if c.again, err = attemptOf(r, in); err != nil {
			return nil, err
		}
		err = c.service.store.Write(ctx, func(tx *store.Tx) (err error) {
			answer, err = once(ctx, c, tx, func() (smithy.Serializable, error) { return fn(c, tx, in) })
			return err
		})
		if err != nil {
			return nil, err
		}
		return answer, nil
	}}
}

// once carries out a call that was not carried out before.
func once(ctx context.Context, c call, tx *store.Tx, do func() (smithy.Serializable, error)) (smithy.Serializable, error) {
	kept, answered, err := c.again.Recall(tx, c.now)
	if err != nil || answered {
		return awsjson.Kept(kept), err
	}
	out, err := do()
	if err != nil {
		return nil, err
	}
	if err := audit.Note(ctx, tx, c.by, c.operation, c.now); err != nil || !c.again.Named() {
		return out, err
	}
	text, err := awsjson.Encode(out)
	if err == nil {
		c.again.Remember(tx, string(text), c.now)
	}
	return out, err
}

// reading is a row whose function sees everything that was acknowledged before
// the call, here or at another control process.
func reading[I, O any, In shape[I], Out shape[O]](schema *smithy.Schema, fn func(call, *store.View, In) (Out, error)) row {
	return row{schema, false, true, func(ctx context.Context, c call, r Request) (smithy.Serializable, error) {
		in := In(new(I))
		if err := decode(r, in); err != nil {
			return nil, err
		}
		view, err := c.service.store.Read(ctx)
		if err != nil {
			return nil, err
		}
		out, err := fn(c, view, in)
		if err != nil {
			return nil, err // not out, which would be a nil pointer in an interface
		}
		return out, nil
	}}
}

// later is the row of an operation for which demarc has nothing.
func later(schema *smithy.Schema) row {
	return row{schema: schema, run: func(_ context.Context, c call, _ Request) (smithy.Serializable, error) {
		return nil, demarc.Errorf(demarc.Unbuilt, "%s is not available: demarc does not have it", c.operation)
	}}
}

// decode reads an input from the body, and from the query where the operation
// has its members there: they are all texts.
func decode(r Request, in any) error {
	if err := awsjson.Decode(r.Body, in); err != nil || len(r.Query) == 0 {
		return err
	}
	members := map[string]string{}
	for name := range r.Query {
		members[name] = r.Query.Get(name)
	}
	body, err := json.Marshal(members)
	if err != nil {
		return err
	}
	return awsjson.Decode(body, in)
}

// attemptOf reads the names of a call.
func attemptOf(r Request, in smithy.Serializable) (again.Attempt, error) {
	body, err := awsjson.Encode(in)
	if err != nil {
		return again.Attempt{}, err
	}
	token := ""
	if member := reflect.ValueOf(in).Elem().FieldByName("ClientToken"); member.IsValid() && !member.IsNil() {
		token = member.Elem().String()
	}
	return again.Of(again.Call{By: r.By, Operation: r.Operation, Invocation: r.Invocation, Token: r.Scope.Token(token), Input: body}), nil
}

// A Route is how an operation is called.
type Route struct{ Operation, Method, Path string }

// Routes lists every operation of the API with its route, sorted by name.
func Routes() []Route {
	var routes []Route
	for _, name := range slices.Sorted(maps.Keys(operations)) {
		http, _ := smithy.SchemaTrait[*traits.HTTP](operations[name].schema)
		routes = append(routes, Route{name, http.Method, http.URI})
	}
	return routes
}

// Built reports whether demarc carries out an operation. Those that it does not
// are answered too, with a refusal that says so.
func Built(operation string) bool { return operations[operation].built }

// Changes reports whether an operation changes something.
func Changes(operation string) bool { return operations[operation].changes }
