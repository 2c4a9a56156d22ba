package desk

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"demarc"
	"demarc/store"
)

// maxBody is more than any request of the desk needs.
const maxBody = 1 << 20

// A Refusal is the answer to a request that was not carried out.
type Refusal struct {
	Code    string `json:"code" doc:"stable; docs/errors.md explains each"`
	Field   string `json:"field,omitempty" doc:"the field at fault"`
	Message string `json:"message" doc:"what is wrong, for a person"`
	Fix     string `json:"fix,omitempty" doc:"what to do next"`
	Fixer   string `json:"fixer,omitempty" doc:"the party who can put it right; the caller where absent"`
}

// errNobody says nothing about why: the reason is for the log.
var errNobody = demarc.Errorf(demarc.Denied, "the request is not signed by an account of this site").
	Coded("E-IDENTITY", "Sign it (SigV4, service demarc) with an access key of the site")

// A methodError is the one refusal that no kind stands for.
type methodError struct {
	method  string
	allowed []string
}

func (e *methodError) Error() string {
	return fmt.Sprintf("%s does not work here; use %s", e.method, strings.Join(e.allowed, " or "))
}

// A kindAnswer is how a kind of refusal is answered where it has no code of
// its own.
type kindAnswer struct {
	status int
	code   string
}

var kinds = map[demarc.Kind]kindAnswer{
	demarc.Invalid:  {http.StatusBadRequest, "E-INVALID"},
	demarc.NotFound: {http.StatusNotFound, "E-NOT-FOUND"},
	demarc.Conflict: {http.StatusConflict, "E-CONFLICT"},
	demarc.Denied:   {http.StatusForbidden, "E-DENIED"},
	demarc.Limit:    {http.StatusTooManyRequests, "E-LIMIT"},
	demarc.Unbuilt:  {http.StatusNotImplemented, "E-UNBUILT"},
}

// refuse turns an error into an answer. What is not a refusal is ours to fix:
// it is logged whole, and the caller learns only that it happened.
func (d door) refuse(r *http.Request, err error) (int, Refusal) {
	if refusal, ok := errors.AsType[*demarc.Error](err); ok {
		return kinds[refusal.Kind].status, describe(refusal)
	}
	if wrong, ok := errors.AsType[*methodError](err); ok {
		return http.StatusMethodNotAllowed, Refusal{Code: "E-METHOD", Message: wrong.Error()}
	}
	d.Log.Error("desk request came to nothing", "method", r.Method, "path", r.URL.Path, "err", err)
	if _, ok := errors.AsType[*store.OutcomeUnknownError](err); ok {
		return http.StatusServiceUnavailable, Refusal{Code: "E-OUTCOME-UNKNOWN", Message: "the request may have been carried out or not", Fix: "Look before you try again"}
	}
	return http.StatusInternalServerError, Refusal{Code: "E-INTERNAL", Message: "something went wrong that is ours to fix", Fix: "Try again; if it stays, tell the platform when it happened", Fixer: string(demarc.Platform)}
}

func describe(e *demarc.Error) Refusal {
	return Refusal{Code: CodeOf(e), Field: e.Field, Message: e.Text, Fix: e.Fix, Fixer: string(e.Fixer)}
}

// describeAll is never nil: a list of none travels as [].
func describeAll(all []*demarc.Error) []Refusal {
	out := []Refusal{}
	for _, e := range all {
		out = append(out, describe(e))
	}
	return out
}

// CodeOf is the code of docs/errors.md for a refusal: its own, or its kind's.
func CodeOf(e *demarc.Error) string {
	if e.Code != "" {
		return e.Code
	}
	return kinds[e.Kind].code
}

// decode reads a body that must be one JSON object with known fields.
func decode(body io.Reader, into any) error {
	decoder := json.NewDecoder(body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return malformed(err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return demarc.Errorf(demarc.Invalid, "the body goes on after its JSON object").Coded("E-BODY", "Send one object")
	}
	return nil
}

// malformed says what is wrong with a body and names the field where one is
// at fault. encoding/json has no type for an unknown field, only a text.
func malformed(err error) error {
	if mistyped, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && mistyped.Field != "" {
		return demarc.Errorf(demarc.Invalid, "field %s has a %s where another type belongs", mistyped.Field, mistyped.Value).
			Coded("E-FIELD-TYPE", "See /desk/v1/openapi.json").In(mistyped.Field)
	}
	if quoted, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		field := strings.Trim(quoted, `"`)
		return demarc.Errorf(demarc.Invalid, "there is no field %q", field).
			Coded("E-FIELD-UNKNOWN", "Check its spelling in /desk/v1/openapi.json").In(field)
	}
	return demarc.Errorf(demarc.Invalid, "the body is not the JSON object that is wanted: %v", err).
		Coded("E-BODY", "Send one JSON object; see /desk/v1/openapi.json")
}

// checkQuery refuses parameters that the operation does not have; those of a
// presigned URL are not its own.
func (op Operation) checkQuery(query url.Values) error {
	for name := range query {
		known := slices.ContainsFunc(op.Query, func(p Parameter) bool { return p.Name == name })
		if !known && !strings.HasPrefix(name, "X-Amz-") {
			return demarc.Errorf(demarc.Invalid, "there is no parameter %q", name).
				Coded("E-FIELD-UNKNOWN", "Check its spelling in /desk/v1/openapi.json").In(name)
		}
	}
	return nil
}
