package cloudwatch

import (
	"errors"
	"fmt"
	"net/http"

	"demarc/api/awsjson"
	"demarc/api/awsquery"
)

// An Exception is how CloudWatch says no.
type Exception struct {
	// Code is its name in AWS Query, Shape in the other protocols.
	Code, Shape string
	Status      int
	Message     string
	// Ours is our own mistake, of which the message says nothing.
	Ours bool
}

// A refusal is what a request has against it, by its code in AWS Query.
type refusal struct{ code, message string }

func (r *refusal) Error() string { return r.code + ": " + r.message }

const (
	codeValue       = "InvalidParameterValue"
	codeCombination = "InvalidParameterCombination"
	codeMissing     = "MissingParameter"
	codeToken       = "InvalidNextToken"
	codeAction      = "InvalidAction"
	codeUnbuilt     = "UnsupportedOperation"
)

// shapes are the names of the SDK's exceptions where they differ from the code.
var shapes = map[string]string{
	codeValue:       "InvalidParameterValueException",
	codeCombination: "InvalidParameterCombinationException",
	codeMissing:     "MissingRequiredParameterException",
	codeAction:      "UnknownOperationException",
}

func invalidValue(format string, args ...any) error {
	return &refusal{codeValue, fmt.Sprintf(format, args...)}
}

func invalidCombination(format string, args ...any) error {
	return &refusal{codeCombination, fmt.Sprintf(format, args...)}
}

func missing(member string) error {
	return &refusal{codeMissing, "The parameter " + member + " is required."}
}

func unbuilt(format string, args ...any) error {
	return &refusal{codeUnbuilt, fmt.Sprintf(format, args...)}
}

// ExceptionOf says what to answer to an error of [Read] or [Service.Call].
func ExceptionOf(err error) Exception {
	if r, ok := errors.AsType[*refusal](err); ok {
		return refused(r.code, http.StatusBadRequest, r.message)
	}
	if e, ok := errors.AsType[*awsquery.Error](err); ok {
		return refused(codeValue, http.StatusBadRequest, e.Message)
	}
	if e, ok := errors.AsType[*awsjson.Error](err); ok {
		return refused(e.Type, e.Status, e.Message)
	}
	return Exception{
		Code: "InternalServiceError", Shape: "InternalServiceFault", Status: http.StatusInternalServerError, Ours: true,
		Message: "An internal error occurred. It was logged with the id of this request.",
	}
}

func refused(code string, status int, message string) Exception {
	shape, ok := shapes[code]
	if !ok {
		shape = code
	}
	return Exception{Code: code, Shape: shape, Status: status, Message: message}
}
