package directconnect

import (
	"errors"
	"net/http"

	"demarc"
	"demarc/api/awsjson"
	"demarc/store"
)

// An Exception is what a client is told of an error.
type Exception struct {
	Type    string // the "__type" of the answer
	Status  int    // HTTP status
	Message string
	// Ours says that the client learned nothing of the error: it is ours to
	// fix, and the caller's to log.
	Ours bool
}

// The exceptions that the API's model has.
const (
	clientException  = "DirectConnectClientException"
	serverException  = "DirectConnectServerException"
	duplicateTagKeys = "DuplicateTagKeysException"
	tooManyTags      = "TooManyTagsException"
	limitExceeded    = "LimitExceededException"
)

// ExceptionOf puts an error of [Service.Call] into AWS's words. A refusal and a
// fault of the protocol are shown as they are, anything else only as having
// happened.
//
// A write whose outcome is unknown must not be tried again by the client on its
// own: most operations have no token to tell a second try by. Clients repeat
// what has status 500 and leave 400 alone.
func ExceptionOf(operation string, err error) Exception {
	if refusal, ok := errors.AsType[*demarc.Error](err); ok {
		return Exception{Type: refusalType(operation, refusal), Status: http.StatusBadRequest, Message: refusal.Error()}
	}
	if fault, ok := errors.AsType[*awsjson.Error](err); ok {
		return Exception{Type: fault.Type, Status: fault.Status, Message: fault.Message}
	}
	ours := Exception{Type: serverException, Ours: true}
	if _, ok := errors.AsType[*store.OutcomeUnknownError](err); ok {
		ours.Status, ours.Message = http.StatusBadRequest, "The request may have been carried out or not. Look before you try again."
	} else {
		ours.Status, ours.Message = http.StatusInternalServerError, "An internal error occurred. It was logged with the id of this request."
	}
	return ours
}

// refusalType is DirectConnectClientException for nearly everything, since
// AWS's clients tell refusals apart by their text. The others may be used only
// by operations that declare them: to a client of any other they are unknown.
func refusalType(operation string, refusal *demarc.Error) string {
	switch {
	case refusal.Code == demarc.CodeTagDuplicate && declaresTags[operation]:
		return duplicateTagKeys
	case refusal.Code == demarc.CodeTagLimit && declaresTags[operation]:
		return tooManyTags
	case refusal.Kind == demarc.Limit && declaresLimit[operation]:
		return limitExceeded
	}
	return clientException
}

// declaresTags are the operations that declare the two exceptions about tags,
// declaresLimit those that declare LimitExceededException.
var (
	declaresTags = map[string]bool{
		"AllocateHostedConnection":        true,
		"CreateConnection":                true,
		"CreateInterconnect":              true,
		"CreateLag":                       true,
		"AllocatePrivateVirtualInterface": true,
		"AllocatePublicVirtualInterface":  true,
		"AllocateTransitVirtualInterface": true,
		"CreatePrivateVirtualInterface":   true,
		"CreatePublicVirtualInterface":    true,
		"CreateTransitVirtualInterface":   true,
		"TagResource":                     true,
		"CreateResiliencyGroup":           true,
	}
	declaresLimit = map[string]bool{
		"AllocatePrivateVirtualInterface":       true,
		"AllocatePublicVirtualInterface":        true,
		"AllocateTransitVirtualInterface":       true,
		"CreatePrivateVirtualInterface":         true,
		"CreatePublicVirtualInterface":          true,
		"CreateTransitVirtualInterface":         true,
		"AssociateConnectionWithLag":            true,
		"CreateResiliencyGroup":                 true,
		"AssociateConnectionsToResiliencyGroup": true,
	}
)

func unknown(operation string) error {
	return &awsjson.Error{Type: "UnknownOperationException", Status: http.StatusNotFound, Message: "Direct Connect has no operation " + operation + "."}
}
