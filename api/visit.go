package api

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/google/uuid"

	"demarc"
	"demarc/api/awsjson"
	"demarc/api/regional"
)

// A visit is what is written down of one request: never a body, never a
// header.
type visit struct {
	id      string // the request's, which its client is told
	began   time.Time
	account demarc.AccountID
	session demarc.RoleSession // where a role was assumed
	scope   regional.Scope     // what of the site it sees
	// operation is one of a bounded set of names, since it becomes a label.
	operation string
	changes   bool
	// code is AWS's name for what was wrong; empty while nothing is.
	code string
	err  error
	ours bool // err is our fault and was not shown
}

func (v *visit) refused(code string, err error, ours bool) { v.code, v.err, v.ours = code, err, ours }

// watched wraps a part of the door, so that each request has an id, is counted
// and logged, and survives our mistakes.
func (d *door) watched(serve func(http.ResponseWriter, *http.Request, *visit)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := &visit{id: newRequestID(), began: time.Now(), operation: "unknown"}
		answer := &answer{ResponseWriter: w}
		defer d.close(answer, r, v)
		serve(answer, r, v)
	})
}

// close is deferred: it answers for a handler that panicked, then writes the
// visit down.
func (d *door) close(w *answer, r *http.Request, v *visit) {
	if cause := recover(); cause != nil {
		v.refused(internalFailure, fmt.Errorf("panic: %v\n%s", cause, debug.Stack()), true)
		if w.status == 0 {
			awsjson.WriteError(w, v.id, http.StatusInternalServerError, internalFailure, internalMessage)
		}
	}
	took := time.Since(v.began)
	if v.code == "" {
		v.code = codeOf(w.status)
	}
	d.meter.requests.WithLabelValues(v.operation, v.code).Observe(took.Seconds())
	d.log(r, v, took)
}

func (d *door) log(r *http.Request, v *visit, took time.Duration) {
	level, text := slog.LevelDebug, "request answered"
	if v.changes {
		level = slog.LevelInfo
	}
	if v.ours {
		level = slog.LevelError
	}
	if !d.Log.Enabled(r.Context(), level) {
		return
	}
	attrs := []slog.Attr{slog.String("account", string(v.account)), slog.String("op", v.operation), slog.String("request", v.id), slog.Duration("took", took)}
	if v.session.Role != "" {
		attrs = append(attrs, slog.String("session", v.session.ARN()), slog.String("source", string(v.session.Source)))
	}
	if v.code != codeOK {
		text = "request refused"
		attrs = append(attrs, slog.String("code", v.code))
	}
	if v.err != nil {
		attrs = append(attrs, slog.Any("err", v.err))
	}
	if v.ours {
		text = "request failed"
	}
	d.Log.LogAttrs(r.Context(), level, text, attrs...)
}

// codeOK is the code of what went well.
const codeOK = "OK"

// codeOf names an answer by its status where nothing better is known.
func codeOf(status int) string {
	if status < http.StatusBadRequest {
		return codeOK
	}
	return strconv.Itoa(status)
}

// An answer remembers its status; 0 while nothing is written.
type answer struct {
	http.ResponseWriter
	status int
}

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(data []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	return a.ResponseWriter.Write(data)
}

// newRequestID is a random UUID (RFC 9562, section 5.4), as AWS's are.
func newRequestID() string { return uuid.NewString() }
