package api

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"

	"demarc/api/awsjson"
	"demarc/audit"
)

// serveDesk finds out who calls and passes the request on. The body is read
// whole first, because the signature is over its hash.
func (d *door) serveDesk(w http.ResponseWriter, r *http.Request, v *visit) {
	v.changes = !slices.Contains([]string{http.MethodGet, http.MethodHead, http.MethodOptions}, r.Method)
	w.Header().Set("X-Amzn-RequestId", v.id)
	body, err := awsjson.ReadBody(r)
	if err != nil {
		v.refused("E-BODY", err, false)
		refuseBody(w)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	by, err := d.keys.identify(d.keys.desk, r, body)
	v.account, v.session, v.err = by.account.ID, by.session, err
	r = withIdentity(r, identity{by.account, err})
	r = r.WithContext(audit.Through(r.Context(), by.session))
	d.Desk.ServeHTTP(w, r)
	v.operation = deskOperation(r)
}

// refuseBody has the form of the desk's own refusals.
func refuseBody(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusRequestEntityTooLarge)
	_ = json.NewEncoder(w).Encode(map[string]string{
		"code": "E-BODY", "message": "the body is larger than 1 MiB, or broke off", "fix": "Send one JSON object",
	})
}

// deskOperation names what was asked of the desk by the pattern that matched,
// not by the path, which has ids in it.
func deskOperation(r *http.Request) string {
	known := []string{http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete}
	if r.Pattern == "" || !slices.Contains(known, r.Method) {
		return "desk"
	}
	return r.Method + " " + r.Pattern
}
