package cloudwatch

import (
	"mime"
	"net/http"
	"net/url"
	"path"
	"strconv"
	"strings"

	"demarc/api/awsjson"
)

// Path is where RPC v2 asks for an operation of this service: what follows is
// its name.
const Path = "/service/" + Target + "/operation/"

// A Question is a request, as far as its protocol goes.
type Question struct {
	Operation string
	wire      wire
	body      any // what the protocol makes of it
}

// A wire is one of the protocols.
type wire struct {
	contentType string
	decode      func(body any, into any) error
	encode      func(operation, requestID string, out any) []byte
	refuse      func(requestID string, e Exception) []byte
}

// WriteError refuses a request to [Path] that has not come as far as its
// operation.
func WriteError(w http.ResponseWriter, requestID string, status int, code, message string) {
	Question{wire: inCBOR}.Refuse(w, requestID, refused(code, status, message))
}

// protocol tells which of the three a request is in.
func protocol(r *http.Request) Question {
	media, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case strings.HasPrefix(r.URL.Path, Path) || r.Header.Get("Smithy-Protocol") != "":
		return Question{wire: inCBOR}
	case media == "application/x-amz-json-1.0":
		return Question{wire: inJSON}
	}
	return Question{wire: inQuery}
}

// Read finds out what a request asks for. Its error is for [ExceptionOf], and
// the question is good for [Question.Refuse] then too.
func Read(r *http.Request, body []byte) (Question, error) {
	q := protocol(r)
	switch q.wire.contentType {
	case inCBOR.contentType:
		q.Operation = path.Base(r.URL.Path)
		return q, q.readCBOR(body)
	case inJSON.contentType:
		target, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		if target != Target {
			return q, &refusal{codeAction, "X-Amz-Target must be " + Target + " with an operation."}
		}
		q.Operation = operation
		return q, q.readJSON(body)
	}
	form, err := url.ParseQuery(string(body))
	if err != nil || r.Method != http.MethodPost {
		return q, &refusal{codeAction, "The request is not a form that was posted."}
	}
	if v := form.Get("Version"); v != Version {
		return q, &refusal{codeAction, "Could not find operation " + form.Get("Action") + " for version " + v}
	}
	q.Operation, q.body = form.Get("Action"), form
	return q, nil
}

// decode reads the question into an input of the SDK, given by pointer.
func (q Question) decode(into any) error { return q.wire.decode(q.body, into) }

// Write answers with what [Service.Call] gave.
func (q Question) Write(w http.ResponseWriter, requestID string, out any) {
	q.send(w, requestID, http.StatusOK, q.wire.encode(q.Operation, requestID, out))
}

// Refuse answers with an exception.
func (q Question) Refuse(w http.ResponseWriter, requestID string, e Exception) {
	fault := "Sender"
	if e.Status >= http.StatusInternalServerError {
		fault = "Receiver"
	}
	w.Header().Set("X-Amzn-Query-Error", e.Code+";"+fault)
	q.send(w, requestID, e.Status, q.wire.refuse(requestID, e))
}

// send sends an answer. A client that has gone away is nobody's error.
func (q Question) send(w http.ResponseWriter, requestID string, status int, body []byte) {
	h := w.Header()
	h.Set("Content-Type", q.wire.contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("X-Amzn-RequestId", requestID)
	if q.wire.contentType == inCBOR.contentType {
		h.Set("Smithy-Protocol", "rpc-v2-cbor")
	}
	w.WriteHeader(status)
	_, _ = w.Write(body)
}

// malformed refuses what is not in its protocol.
func malformed(why string) error {
	return &awsjson.Error{Type: "SerializationException", Status: http.StatusBadRequest, Message: why}
}
