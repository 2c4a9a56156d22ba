package support

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"demarc"
	"demarc/api/awsjson"
	"demarc/audit"
	"demarc/store"
)

// Name is what requests are signed for, Target what X-Amz-Target begins with.
const (
	Name   = "support"
	Target = "AWSSupport_20130415"
)

// patience bounds one call with all its conflicts.
const patience = 15 * time.Second

// A Service carries out the operations on one store. It is safe for concurrent
// use.
type Service struct {
	store *store.Store
	clock demarc.Clock
}

// New makes a service.
func New(st *store.Store, clock demarc.Clock) *Service { return &Service{st, clock} }

// A call is one request.
type call struct {
	*Service
	ctx       context.Context
	by        demarc.Actor
	now       time.Time
	operation string
}

// A row is what the table says of one operation.
type row struct {
	changes bool
	run     func(call, []byte) (any, error)
}

func reading[In, Out any](fn func(call, In) (Out, error)) row { return row{false, decoded(fn)} }

func writing[In, Out any](fn func(call, In) (Out, error)) row { return row{true, decoded(fn)} }

func decoded[In, Out any](fn func(call, In) (Out, error)) func(call, []byte) (any, error) {
	return func(c call, body []byte) (any, error) {
		var in In
		if err := json.Unmarshal(body, &in); err != nil {
			return nil, &awsjson.Error{Type: "SerializationException", Status: http.StatusBadRequest, Message: "The request body is not what the operation takes."}
		}
		return fn(c, in)
	}
}

var operations = map[string]row{
	"CreateCase":             writing(call.createCase),
	"DescribeCases":          reading(call.describeCases),
	"AddCommunicationToCase": writing(call.addCommunication),
	"DescribeCommunications": reading(call.describeCommunications),
	"AddAttachmentsToSet":    writing(call.addAttachments),
	"DescribeAttachment":     reading(call.describeAttachment),
	"ResolveCase":            writing(call.resolveCase),
	"DescribeServices":       reading(call.describeServices),
	"DescribeSeverityLevels": reading(call.describeSeverityLevels),
}

// Built reports whether there is an operation.
func Built(operation string) bool {
	_, ok := operations[operation]
	return ok
}

// Changes reports whether an operation may change something.
func Changes(operation string) bool { return operations[operation].changes }

// Call carries out an operation for an account; ctx says with which session
// (audit.Through). The answer is JSON; what to answer to an error is said by
// [ExceptionOf].
func (s *Service) Call(ctx context.Context, by demarc.AccountID, operation string, body []byte) ([]byte, error) {
	row, ok := operations[operation]
	if !ok {
		return nil, &awsjson.Error{Type: "UnknownOperationException", Status: http.StatusNotFound, Message: "There is no operation " + operation + " here."}
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	session := audit.SessionOf(ctx)
	c := call{s, ctx, demarc.Actor{Account: by, Role: session.Role, Source: session.Source}, s.clock(), operation}
	out, err := row.run(c, body)
	if err != nil {
		return nil, err
	}
	return json.Marshal(out)
}

// write runs fn as one transaction, and records what it changed.
func (c call) write(fn func(tx *store.Tx) error) error {
	return c.store.Write(c.ctx, func(tx *store.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return audit.Note(c.ctx, tx, c.by.Account, c.operation, c.now)
	})
}

// An Exception is how an error is answered.
type Exception struct {
	awsjson.Error
	// Ours says that it is our fault and was not shown.
	Ours bool
}

// ExceptionOf turns an error into AWS Support's. The desk's code is in the
// text, for docs/errors.md.
func ExceptionOf(operation string, err error) Exception {
	if wrong, ok := errors.AsType[*awsjson.Error](err); ok {
		return Exception{*wrong, false}
	}
	refusal, ok := errors.AsType[*demarc.Error](err)
	if !ok {
		return Exception{awsjson.Error{Type: "InternalServerError", Status: http.StatusInternalServerError, Message: "An internal error occurred. It was logged with the id of this request."}, true}
	}
	text := refusal.Error()
	if refusal.Code != "" {
		text = refusal.Code + ": " + text
	}
	return Exception{awsjson.Error{Type: typeOf(operation, refusal), Status: http.StatusBadRequest, Message: text}, false}
}

func typeOf(operation string, refusal *demarc.Error) string {
	switch {
	case refusal.Kind == demarc.NotFound && refusal.Field == "attachmentSetId":
		return "AttachmentSetIdNotFound"
	case refusal.Kind == demarc.NotFound && operation == "DescribeAttachment":
		return "AttachmentIdNotFound"
	case refusal.Kind == demarc.NotFound && operation != "CreateCase":
		return "CaseIdNotFound"
	case refusal.Code == "E-ATTACHMENT-LIMIT":
		return "AttachmentLimitExceeded"
	case refusal.Code == "E-ATTACHMENT":
		return "AttachmentSetSizeLimitExceeded"
	case refusal.Kind == demarc.Denied:
		return "AccessDeniedException"
	}
	return "InvalidParameterValueException"
}
