package ram

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/aws/smithy-go"

	"demarc"
	"demarc/api/again"
	"demarc/api/awsjson"
	"demarc/api/sigv4"
	"demarc/share"
	"demarc/store"
)

// An Exception is what a client is told of an error.
type Exception struct {
	Type    string
	Status  int // HTTP status
	Message string
	// Ours says that the client learned nothing of the error: it is ours to
	// fix, and the caller's to log.
	Ours bool
}

// The exceptions of the API's model that are given here.
const (
	invalidParameter = "InvalidParameterException"
	malformedARN     = "MalformedArnException"
	invalidNextToken = "InvalidNextTokenException"
	unknownResource  = "UnknownResourceException"
	notPermitted     = "OperationNotPermittedException"
	serverInternal   = "ServerInternalException"
)

// codes are the exceptions of refusals that clients tell apart.
var codes = map[string]string{
	share.CodeAccepted:    "ResourceShareInvitationAlreadyAcceptedException",
	share.CodeRejected:    "ResourceShareInvitationAlreadyRejectedException",
	share.CodeExpired:     "ResourceShareInvitationExpiredException",
	share.CodeEnded:       "InvalidStateTransitionException",
	again.CodeTokenReused: "IdempotentParameterMismatchException",
	demarc.CodeTagLimit:   "TagLimitExceededException",
}

// undeclared are the exceptions that an operation does not declare, with what
// it says instead.
var undeclared = map[string]map[string]string{
	"CreateResourceShare": {"TagLimitExceededException": invalidParameter},
	"UpdateResourceShare": {"InvalidStateTransitionException": notPermitted},
	"TagResource":         {"InvalidStateTransitionException": unknownResource, notPermitted: unknownResource},
	"UntagResource":       {"InvalidStateTransitionException": invalidParameter, unknownResource: invalidParameter, notPermitted: invalidParameter},
}

// ExceptionOf puts an error of [Service.Call] into AWS's words. A refusal and a
// fault of the protocol are shown as they are, anything else only as having
// happened. Clients repeat what has status 500 and leave 400 alone, so a write
// of unknown outcome has 400.
func ExceptionOf(operation string, err error) Exception {
	if refusal, ok := errors.AsType[*demarc.Error](err); ok {
		typ := refusalType(refusal)
		if instead, ok := undeclared[operation][typ]; ok {
			typ = instead
		}
		return Exception{Type: typ, Status: http.StatusBadRequest, Message: refusal.Error()}
	}
	if fault, ok := errors.AsType[*awsjson.Error](err); ok {
		return Exception{Type: fault.Type, Status: fault.Status, Message: fault.Message}
	}
	if _, ok := errors.AsType[*store.OutcomeUnknownError](err); ok {
		return Exception{Type: serverInternal, Status: http.StatusBadRequest, Message: "The request may have been carried out or not. Look before you try again.", Ours: true}
	}
	return Exception{Type: serverInternal, Status: http.StatusInternalServerError, Message: "An internal error occurred. It was logged with the id of this request.", Ours: true}
}

func refusalType(refusal *demarc.Error) string {
	if typ, ok := codes[refusal.Code]; ok {
		return typ
	}
	switch refusal.Kind {
	case demarc.NotFound:
		if refusal.Field == "resourceShareInvitationArn" {
			return "ResourceShareInvitationArnNotFoundException"
		}
		return unknownResource
	case demarc.Denied, demarc.Unbuilt:
		return notPermitted
	case demarc.Limit:
		return "ResourceShareLimitExceededException"
	}
	return invalidParameter
}

// refuse is a refusal that is about the request's form.
func refuse(typ, message string) error {
	return &awsjson.Error{Type: typ, Status: http.StatusBadRequest, Message: message}
}

// UnknownOperation is the refusal of a request whose method and path are none
// of this service's.
func UnknownOperation() error {
	return &awsjson.Error{Type: "UnknownOperationException", Status: http.StatusNotFound, Message: "The method and path name no operation of " + Name + "."}
}

// Signature puts a refusal of a signature into this protocol's status.
func Signature(e *sigv4.Error) *sigv4.Error {
	same := *e
	same.Status = http.StatusForbidden
	return &same
}

// require names a member that is missing.
func require(name string, given bool) error {
	if !given {
		return refuse(invalidParameter, "The member "+name+" is required")
	}
	return nil
}

// lack refuses a member that demarc has nothing for.
func lack(name string, given bool) error {
	if given {
		return refuse(invalidParameter, "The member "+name+" cannot be used: demarc does not have it")
	}
	return nil
}

// WriteResult answers a call with its output, given by pointer. An error means
// that it could not be written; the client has then been answered, and the
// error is ours to log.
func WriteResult(w http.ResponseWriter, requestID string, out smithy.Serializable) error {
	body, err := awsjson.Encode(out)
	if err != nil {
		WriteError(w, requestID, http.StatusInternalServerError, serverInternal, "The answer could not be written.")
		return err
	}
	write(w, requestID, http.StatusOK, body)
	return nil
}

// WriteError answers a call with an exception, given by its bare name.
func WriteError(w http.ResponseWriter, requestID string, status int, typ, message string) {
	body, err := json.Marshal(struct {
		Message string `json:"message"`
	}{message})
	if err != nil {
		panic("ram: a string does not make JSON: " + err.Error())
	}
	w.Header().Set("X-Amzn-ErrorType", typ)
	write(w, requestID, status, body)
}

// write sends an answer. A client that has gone away is nobody's error.
func write(w http.ResponseWriter, requestID string, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Amzn-RequestId", requestID)
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
