package ram

import (
	"context"
	"crypto/rand"
	"net/url"
	"time"

	"github.com/aws/smithy-go"

	"demarc"
	"demarc/api/again"
	"demarc/api/regional"
	"demarc/store"
)

// Name is what requests for RAM are signed for.
const Name = "ram"

// patience bounds one call with all its conflicts; AWS's clients wait a minute.
const patience = 15 * time.Second

// A Service carries out the operations on one store. It is safe for concurrent
// use.
type Service struct {
	store   *store.Store
	clock   demarc.Clock
	pageKey []byte
}

// New makes a service. pageKey seals the tokens of paged lists:
// processes that share it can go on with each other's lists. Without one, a
// random key is made, and tokens live as long as the process.
func New(st *store.Store, clock demarc.Clock, pageKey []byte) *Service {
	if len(pageKey) == 0 {
		pageKey = []byte(rand.Text())
	}
	return &Service{store: st, clock: clock, pageKey: pageKey}
}

// A Request is one call of an operation.
type Request struct {
	By demarc.AccountID
	// Scope is what the call sees.
	Scope     regional.Scope
	Operation string
	// Body is the JSON of the operation's input, Query what its path had
	// behind it.
	Body  []byte
	Query url.Values
	// Invocation is the client's name for the call with all its attempts, from
	// the header amz-sdk-invocation-id; empty where it gives none.
	Invocation string
}

// A call is one request: who asks for what, and when.
type call struct {
	service   *Service
	operation string
	by        demarc.AccountID
	scope     regional.Scope
	now       time.Time
	again     again.Attempt
}

// Call carries out an operation. The answer is for [WriteResult]; what to
// answer to an error is said by [ExceptionOf].
func (s *Service) Call(ctx context.Context, r Request) (smithy.Serializable, error) {
	row, ok := operations[r.Operation]
	if !ok {
		return nil, UnknownOperation()
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return row.run(ctx, call{service: s, operation: r.Operation, by: r.By, scope: r.Scope, now: s.clock()}, r)
}
