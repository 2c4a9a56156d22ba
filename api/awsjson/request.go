package awsjson

import (
	"bytes"
	"compress/gzip"
	"io"
	"mime"
	"net/http"
	"strings"
)

// MaxBody is how many bytes [ReadBody] takes. The largest call of Direct
// Connect, fifty connections with fifty tags, stays far below it.
const MaxBody = 1 << 20

// ReadBody reads the body of a request whole. Its error is an [*Error]: 413
// RequestEntityTooLargeException beyond [MaxBody], and SerializationException
// if the body breaks off.
func ReadBody(r *http.Request) ([]byte, error) {
	tooLarge := &Error{"RequestEntityTooLargeException", http.StatusRequestEntityTooLarge, "The request body is larger than 1 MiB."}
	if r.ContentLength > MaxBody {
		return nil, tooLarge
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, MaxBody+1))
	if err != nil {
		return nil, serialization("The request body ended before its announced length.")
	}
	if len(body) > MaxBody {
		return nil, tooLarge
	}
	return body, nil
}

// Inflate unpacks the body of a request that says it is packed. Its error is an
// [*Error]: 413 when it unpacks to more than [MaxBody], 415 for a packing other
// than gzip, and SerializationException for what is none.
func Inflate(h http.Header, body []byte) ([]byte, error) {
	switch encoding := h.Get("Content-Encoding"); encoding {
	case "", "identity":
		return body, nil
	case "gzip":
	default:
		return nil, &Error{"UnsupportedMediaTypeException", http.StatusUnsupportedMediaType, "The Content-Encoding must be gzip."}
	}
	packed, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, serialization("The request body is not gzip, as its Content-Encoding says.")
	}
	plain, err := io.ReadAll(io.LimitReader(packed, MaxBody+1))
	switch {
	case err != nil:
		return nil, serialization("The request body is not gzip, as its Content-Encoding says.")
	case len(plain) > MaxBody:
		return nil, &Error{"RequestEntityTooLargeException", http.StatusRequestEntityTooLarge, "The request body is larger than 1 MiB."}
	}
	return plain, nil
}

// Operation finds which operation of service r calls; service is the shape name
// before the dot of X-Amz-Target, such as "OvertureService". Its error is an
// [*Error], UnknownOperationException, which is also what AWS answers when a
// request is not in this protocol at all.
func Operation(r *http.Request, service string) (string, error) {
	if r.Method != http.MethodPost {
		return "", unknownOperation("Operations are called with POST, not %s.", r.Method)
	}
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || (media != contentType && media != contentType10) {
		return "", unknownOperation("The Content-Type must be %s.", contentType)
	}
	prefix, operation, ok := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
	if !ok || prefix != service || operation == "" {
		return "", unknownOperation("X-Amz-Target must name an operation, as in %s.Operation.", service)
	}
	return operation, nil
}

const (
	contentType = "application/x-amz-json-1.1"

	// contentType10 differs from 1.1 only in how errors are named; AWS takes both.
	contentType10 = "application/x-amz-json-1.0"
)
