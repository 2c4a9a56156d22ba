package awsquery

import (
	"encoding/xml"
	"fmt"
	"net/http"
)

// An Error is a refusal by the protocol itself, before any operation has seen
// the request. Its message may be shown to the client.
type Error struct {
	Code    string
	Message string
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

func unknownParameter(name string) *Error {
	return &Error{"UnknownParameter", fmt.Sprintf("The parameter %s is not recognized", name)}
}

func invalid(format string, args ...any) *Error {
	return &Error{"InvalidParameterValue", fmt.Sprintf(format, args...)}
}

type errorResponse struct {
	XMLName   xml.Name `xml:"Response"`
	Code      string   `xml:"Errors>Error>Code"`
	Message   string   `xml:"Errors>Error>Message"`
	RequestID string   `xml:"RequestID"`
}

// WriteError answers a call with EC2's error document.
func WriteError(w http.ResponseWriter, requestID string, status int, code, message string) {
	body, err := xml.Marshal(errorResponse{Code: code, Message: message, RequestID: requestID})
	if err != nil {
		panic("awsquery: three strings do not make XML: " + err.Error())
	}
	Write(w, requestID, status, append([]byte(xml.Header), body...))
}

// Write sends a document. A client that has gone away is nobody's error.
func Write(w http.ResponseWriter, requestID string, status int, document []byte) {
	w.Header().Set("Content-Type", "text/xml;charset=UTF-8")
	w.Header().Set("X-Amzn-RequestId", requestID)
	w.WriteHeader(status)
	_, _ = w.Write(document)
}
