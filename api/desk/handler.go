package desk

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"demarc"
	"demarc/audit"
	"demarc/store"
)

// writeTimeout bounds a write with all its conflicts.
const writeTimeout = 15 * time.Second

// Identity tells whose request it is, from what the front door found out when
// it checked the signature. An error means that nobody's is known.
type Identity func(r *http.Request) (demarc.Account, error)

// Config is what the handler works with. Every field but Log must be set.
type Config struct {
	Store *store.Store
	Clock demarc.Clock
	// Log gets what the caller is not told; nil means slog.Default().
	Log      *slog.Logger
	Identity Identity
	// Rehearsal lets the operator move the site's clock.
	Rehearsal bool
}

// New returns the handler of everything under /desk/v1/. It may be called from
// any number of goroutines.
func New(cfg Config) http.Handler {
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	mux := http.NewServeMux()
	paths := map[string]resource{}
	for _, op := range Operations() {
		if paths[op.Path] == nil {
			paths[op.Path] = resource{}
			mux.Handle(op.Path, door{cfg, paths[op.Path]})
		}
		paths[op.Path][op.Method] = op
	}
	mux.Handle("/", door{cfg, nil})
	return mux
}

// A resource is what can be done at one path, by method.
type resource map[string]Operation

// A door lets requests for one path in; one with no resource is for paths that
// do not exist.
type door struct {
	Config
	resource resource
}

func (d door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	status, answer, err := d.serve(w, r)
	if err != nil {
		status, answer = d.refuse(r, err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		d.Log.Debug("caller left before the answer was written", "path", r.URL.Path, "err", err)
	}
}

// serve finds out who asks for what, in this order: who may not come in does
// not learn which paths there are.
func (d door) serve(w http.ResponseWriter, r *http.Request) (int, any, error) {
	op, known := d.resource[method(r)]
	if known && op.Public {
		answer, err := op.serve(call{Config: d.Config, request: r})
		return op.Status, answer, err
	}
	by, err := d.Identity(r)
	switch {
	case err != nil:
		d.Log.Debug("request of nobody was refused", "path", r.URL.Path, "err", err)
		return 0, nil, errNobody
	case d.resource == nil:
		return 0, nil, demarc.Errorf(demarc.NotFound, "there is no path %s", r.URL.Path).Coded("E-PATH", "See /desk/v1/openapi.json")
	case !known:
		w.Header().Set("Allow", strings.Join(d.methods(), ", "))
		return 0, nil, &methodError{r.Method, d.methods()}
	}
	session := audit.SessionOf(r.Context())
	actor := demarc.Actor{Account: by.ID, Role: session.Role, Source: session.Source}
	if err := op.admit(actor); err != nil {
		return 0, nil, err
	}
	if err := op.checkQuery(r.URL.Query()); err != nil {
		return 0, nil, err
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxBody)
	answer, err := op.serve(call{Config: d.Config, request: r, by: by, actor: actor, now: d.Clock(), operation: op.ID})
	return op.Status, answer, err
}

// method is what the request wants to do: a HEAD is a GET of which only the
// head is sent.
func method(r *http.Request) string {
	if r.Method == http.MethodHead {
		return http.MethodGet
	}
	return r.Method
}

func (d door) methods() []string {
	var names []string
	for name := range d.resource {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// A call is one request of an account.
type call struct {
	Config
	request *http.Request
	by      demarc.Account
	actor   demarc.Actor // who acts for by
	now     time.Time
	// operation is the ID of the row in the table.
	operation string
}

// read returns a view that has every write acknowledged before the call.
func (c call) read() (*store.View, error) { return c.Store.Read(c.request.Context()) }

// write runs fn as one transaction, and records what it changed.
func (c call) write(fn func(tx *store.Tx) error) error {
	ctx, cancel := context.WithTimeout(c.request.Context(), writeTimeout)
	defer cancel()
	return c.Store.Write(ctx, func(tx *store.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return audit.Note(ctx, tx, c.by.ID, c.operation, c.now)
	})
}
