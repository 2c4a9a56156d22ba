package ec2

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"reflect"
	"slices"

	"demarc"
	"demarc/api/awsquery"
	"demarc/audit"
	"demarc/store"
)

// A row is what the table says of one operation.
type row struct {
	// changes says that a call may change something.
	changes bool
	run     func(context.Context, call, url.Values) (any, error)
}

// writing is a row whose function is one transaction: it happens whole or not
// at all, and may run several times. takes are the members that it looks at.
func writing[In, Out any](fn func(call, *store.Tx, *In) (*Out, error), takes ...string) row {
	return row{true, func(ctx context.Context, c call, form url.Values) (any, error) {
		in, err := decode[In](form, takes)
		if err != nil {
			return nil, err
		}
		var out *Out
		err = c.service.store.Write(ctx, func(tx *store.Tx) (err error) {
			c.reader = tx
			if out, err = fn(c, tx, in); err != nil {
				return err
			}
			return audit.Note(ctx, tx, c.by, c.operation, c.now)
		})
		return out, err
	}}
}

// reading is a row whose function sees everything that was acknowledged before
// the call, here or at another control process.
func reading[In, Out any](fn func(call, *store.View, *In) (*Out, error), takes ...string) row {
	return row{false, func(ctx context.Context, c call, form url.Values) (any, error) {
		in, err := decode[In](form, takes)
		if err != nil {
			return nil, err
		}
		view, err := c.service.store.Read(ctx)
		if err != nil {
			return nil, err
		}
		c.reader = view
		return fn(c, view, in)
	}}
}

// decode reads an input and refuses what the operation would pass over, but
// for what is set to false: nobody wants it. A dry run ends here: every account
// may do what it is able to.
func decode[In any](form url.Values, takes []string) (*In, error) {
	in := new(In)
	if err := awsquery.Decode(form, in, names); err != nil {
		return nil, err
	}
	v := reflect.ValueOf(in).Elem()
	for i := range v.NumField() {
		field := v.Type().Field(i)
		if !field.IsExported() || v.Field(i).IsZero() || field.Name == "DryRun" || unwanted(v.Field(i)) || slices.Contains(takes, field.Name) {
			continue
		}
		return nil, demarc.Errorf(demarc.Unbuilt, "%s cannot be used: demarc does not have it", field.Name)
	}
	if err := wellFormed(v); err != nil {
		return nil, err
	}
	if dry := v.FieldByName("DryRun"); dry.IsValid() && !dry.IsNil() && dry.Elem().Bool() {
		return nil, &awsquery.Error{Code: "DryRunOperation", Message: "Request would have succeeded, but DryRun flag is set."}
	}
	return in, nil
}

// fingerprint stands for an input among those that come with one client token.
func fingerprint(in any) string {
	text, err := json.Marshal(in)
	if err != nil {
		panic("ec2: an input does not make JSON: " + err.Error())
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// unwanted reports whether a member is a switch that is off.
func unwanted(member reflect.Value) bool {
	off, ok := member.Interface().(*bool)
	return ok && !*off
}
