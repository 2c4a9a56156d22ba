package awsjson

import (
	"fmt"
	"net/http"
)

// An Error is a refusal by the protocol itself, before any operation has seen
// the request. Its message may be shown to the client.
type Error struct {
	Type    string // the "__type" of the answer
	Status  int    // HTTP status
	Message string
}

func (e *Error) Error() string { return e.Type + ": " + e.Message }

func unknownOperation(format string, args ...any) *Error {
	return &Error{"UnknownOperationException", http.StatusNotFound, fmt.Sprintf(format, args...)}
}

func serialization(format string, args ...any) *Error {
	return &Error{"SerializationException", http.StatusBadRequest, fmt.Sprintf(format, args...)}
}
