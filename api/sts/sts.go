// Package sts answers two calls of AWS's Security Token Service: who am I, which
// every client asks first, and AssumeRole, which lets one account of a site act
// as another for a while. It speaks the Query protocol, version
// 2011-06-15: parameters as a form or a query, answers as XML.
//
// It does not authenticate. A front door does that, tells this package who the
// caller is, and uses [WriteError] for callers it does not believe (with the
// codes of sigv4's Error.Query). Nor does it know who may assume what, or how
// credentials are made: it is handed a function for that. No other action of
// STS exists.
package sts

import (
	"encoding/xml"
	"net/http"
)

// Service is the name that requests for STS are signed for.
const Service = "sts"

// version is the only one STS ever had.
const version = "2011-06-15"

// An Identity says who signed a request.
type Identity struct {
	ARN     string // such as arn:aws:iam::123456789012:root
	UserID  string // AWS's unique id of the user; the account's number for its root
	Account string // twelve digits
}

// Serve answers a request that caller has signed. The body of r must still be
// readable. An error is what assume gave other than [ErrDenied]: the client has
// been answered, and the error is the caller's to log.
func Serve(w http.ResponseWriter, r *http.Request, requestID string, caller Identity, assume Assume) error {
	if err := r.ParseForm(); err != nil {
		WriteError(w, requestID, http.StatusBadRequest, "MalformedQueryString", "The query string contains a syntax error.")
		return nil
	}
	action, asked := r.Form.Get("Action"), r.Form.Get("Version")
	switch {
	case action == "":
		WriteError(w, requestID, http.StatusBadRequest, "MissingAction", "The request is missing an action.")
	case action == "AssumeRole" && asked == version:
		return serveAssumeRole(w, r, requestID, caller, assume)
	case action != "GetCallerIdentity" || asked != version:
		if asked == "" {
			asked = "NO_VERSION_SPECIFIED"
		}
		WriteError(w, requestID, http.StatusBadRequest, "InvalidAction", "Could not find operation "+action+" for version "+asked)
	default:
		write(w, requestID, http.StatusOK, identityResponse{Caller: caller, RequestID: requestID})
	}
	return nil
}

type identityResponse struct {
	XMLName   xml.Name `xml:"https://sts.amazonaws.com/doc/2011-06-15/ GetCallerIdentityResponse"`
	Caller    Identity `xml:"GetCallerIdentityResult"`
	RequestID string   `xml:"ResponseMetadata>RequestId"`
}

// MarshalXML spells the members as AWS does, in its order.
func (i Identity) MarshalXML(e *xml.Encoder, start xml.StartElement) error {
	return e.EncodeElement(struct{ Arn, UserId, Account string }{i.ARN, i.UserID, i.Account}, start)
}

// WriteError answers in STS's error document. code is a Query code such as
// InvalidClientTokenId. AWS blames the sender below status 500 and itself above.
func WriteError(w http.ResponseWriter, requestID string, status int, code, message string) {
	fault := "Sender"
	if status >= http.StatusInternalServerError {
		fault = "Receiver"
	}
	write(w, requestID, status, errorResponse{Type: fault, Code: code, Message: message, RequestID: requestID})
}

type errorResponse struct {
	XMLName   xml.Name `xml:"https://sts.amazonaws.com/doc/2011-06-15/ ErrorResponse"`
	Type      string   `xml:"Error>Type"`
	Code      string   `xml:"Error>Code"`
	Message   string   `xml:"Error>Message"`
	RequestID string   `xml:"RequestId"`
}

// write sends a document. A client that has gone away is nobody's error.
func write(w http.ResponseWriter, requestID string, status int, document any) {
	body, err := xml.MarshalIndent(document, "", "  ")
	if err != nil {
		panic("sts: a document of strings does not make XML: " + err.Error())
	}
	w.Header().Set("Content-Type", "text/xml")
	w.Header().Set("X-Amzn-RequestId", requestID)
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n'))
}
