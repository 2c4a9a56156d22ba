package sigv4

import (
	"fmt"
	"net/http"
)

// An Error tells a client why its request was not believed. It never holds a
// secret, a signature or a text that was signed.
type Error struct {
	Code    string // as in "__type", such as InvalidSignatureException
	Status  int    // HTTP status
	Message string // AWS's words where clients match on them
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

// The codes of the AWS JSON protocols. Those services answer 400 to all of
// them, although the list of common errors prints 403.
const (
	missingToken       = "MissingAuthenticationTokenException"
	incomplete         = "IncompleteSignatureException"
	unrecognizedClient = "UnrecognizedClientException"
	invalidSignature   = "InvalidSignatureException"
	expiredToken       = "ExpiredTokenException"
)

// Query gives the same refusal in the codes and statuses of the services that
// speak the Query protocol, such as STS.
func (e *Error) Query() *Error {
	q := &Error{Message: e.Message}
	switch e.Code {
	case missingToken:
		q.Code, q.Status = "MissingAuthenticationToken", http.StatusForbidden
	case incomplete:
		q.Code, q.Status = "IncompleteSignature", http.StatusBadRequest
	case unrecognizedClient:
		q.Code, q.Status = "InvalidClientTokenId", http.StatusForbidden
	case expiredToken:
		q.Code, q.Status = "ExpiredToken", http.StatusForbidden
	default:
		q.Code, q.Status = "SignatureDoesNotMatch", http.StatusForbidden
	}
	return q
}

func refuse(code, format string, args ...any) *Error {
	return &Error{Code: code, Status: http.StatusBadRequest, Message: fmt.Sprintf(format, args...)}
}

func errMissing() *Error {
	return refuse(missingToken, "Request is missing Authentication Token")
}

// UnknownKey refuses an access key that there is not, and a session token that
// is not its.
func UnknownKey() *Error {
	return refuse(unrecognizedClient, "The security token included in the request is invalid.")
}

// ExpiredToken refuses temporary credentials that have had their time.
func ExpiredToken() *Error {
	return refuse(expiredToken, "The security token included in the request is expired")
}

func errMismatch() *Error {
	return refuse(invalidSignature, "The request signature we calculated does not match the signature you provided. "+
		"Check your AWS Secret Access Key and signing method. Consult the service documentation for details.")
}
