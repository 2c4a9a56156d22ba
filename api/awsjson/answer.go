package awsjson

import (
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/aws/smithy-go"
)

// WriteResult answers a call with its output struct, given by pointer. An error
// means that the struct could not be written; the client has then been answered
// InternalFailure and the error is ours to log.
func WriteResult(w http.ResponseWriter, requestID string, out smithy.Serializable) error {
	body := writers.Get().(*writer)
	defer body.release()
	if err := body.encode(out); err != nil {
		WriteError(w, requestID, http.StatusInternalServerError, "InternalFailure", "The answer could not be written.")
		return err
	}
	write(w, requestID, http.StatusOK, body.buf)
	return nil
}

// WriteError answers a call with an exception. typ is the bare name of its
// shape, such as DirectConnectClientException.
func WriteError(w http.ResponseWriter, requestID string, status int, typ, message string) {
	body, err := json.Marshal(struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
	}{typ, message})
	if err != nil {
		panic("awsjson: two strings do not make JSON: " + err.Error())
	}
	w.Header().Set("X-Amzn-ErrorType", typ)
	write(w, requestID, status, body)
}

// write sends an answer. A client that has gone away is nobody's error.
func write(w http.ResponseWriter, requestID string, status int, body []byte) {
	h := w.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	h.Set("X-Amzn-Requestid", requestID)
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
