package ec2

import (
	"context"
	"crypto/rand"
	_ "embed"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"demarc"
	"demarc/api/awsquery"
	"demarc/api/regional"
	"demarc/store"
)

// Name is what requests for EC2 are signed for, Version the only one answered.
const (
	Name    = "ec2"
	Version = "2016-11-15"
)

const namespace = "http://ec2.amazonaws.com/doc/2016-11-15/"

// patience bounds one call with all its conflicts; AWS's clients wait a minute.
const patience = 15 * time.Second

//go:generate go run demarc/internal/genec2 operations.go names_gen.go operations.txt

//go:embed operations.txt
var allOperations string

// Operations lists every operation of EC2 that the SDK knows, sorted.
func Operations() []string { return strings.Fields(allOperations) }

// A Service carries out the operations on one store. It is safe for concurrent
// use.
type Service struct {
	store   *store.Store
	clock   demarc.Clock
	pageKey []byte
}

// New makes a service. pageKey seals the tokens of paged lists:
// processes that share it can go on with each other's lists. Without one, a
// random key is made, and tokens live as long as the process.
func New(st *store.Store, clock demarc.Clock, pageKey []byte) *Service {
	if len(pageKey) == 0 {
		pageKey = []byte(rand.Text())
	}
	return &Service{store: st, clock: clock, pageKey: pageKey}
}

// A call is one request: who asks for what, and when.
type call struct {
	service   *Service
	operation string
	by        demarc.AccountID
	scope     regional.Scope
	reader    store.Reader
	now       time.Time
}

// Call carries out the operation that a form asks for and gives the answer's
// document. Scope is what the call sees. What to answer to an error is said by [ExceptionOf].
func (s *Service) Call(ctx context.Context, scope regional.Scope, by demarc.AccountID, requestID string, form url.Values) ([]byte, error) {
	operation := form.Get("Action")
	row, err := find(operation, form.Get("Version"))
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var mask regional.Mask
	if !scope.All() {
		view, err := s.store.Read(ctx)
		if err != nil {
			return nil, err
		}
		form, mask = scope.Form(view, form)
	}
	out, err := row.run(ctx, call{service: s, operation: operation, by: by, scope: scope, now: s.clock()}, form)
	if err != nil {
		return nil, lifted(mask, err)
	}
	document := awsquery.Encode(namespace, operation, requestID, out, names)
	if !mask.Empty() {
		document = []byte(mask.Lift(string(document)))
	}
	return document, nil
}

// lifted is an error in which the caller's ids are put back.
func lifted(mask regional.Mask, err error) error {
	fault, ok := errors.AsType[*awsquery.Error](err)
	if !ok || mask.Empty() {
		return mask.Refusal(err)
	}
	copied := *fault
	copied.Message = mask.Lift(fault.Message)
	return &copied
}

func find(operation, version string) (row, error) {
	if r, ok := operations[operation]; ok && version == Version {
		return r, nil
	}
	if slices.Contains(Operations(), operation) && version == Version {
		return row{}, demarc.Errorf(demarc.Unbuilt, "%s is not available: demarc does not have it", operation)
	}
	if operation == "" {
		return row{}, &awsquery.Error{Code: "MissingAction", Message: "The request must contain the parameter Action."}
	}
	return row{}, &awsquery.Error{Code: "InvalidAction", Message: "The action " + operation + " is not valid for this web service."}
}

// Built reports whether demarc carries out an operation.
func Built(operation string) bool {
	_, ok := operations[operation]
	return ok
}

// Changes reports whether an operation changes something.
func Changes(operation string) bool { return operations[operation].changes }
