package api

import (
	"errors"
	"net/http"

	"demarc"
	"demarc/api/desk"
)

// codeHeader has the code of docs/errors.md beside AWS's own words, which
// clients match on and which name many faults alike. AWS has no such header,
// and its clients skip it.
const codeHeader = "X-Demarc-Code"

// name puts the code of a refusal into the answer's header; of anything else
// the client learns nothing.
func name(w http.ResponseWriter, err error) {
	if refusal, ok := errors.AsType[*demarc.Error](err); ok {
		w.Header().Set(codeHeader, desk.CodeOf(refusal))
	}
}
