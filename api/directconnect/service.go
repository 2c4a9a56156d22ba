package directconnect

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"strings"
	"time"

	"github.com/aws/smithy-go"

	"demarc"
	"demarc/api/again"
	"demarc/api/awsjson"
	"demarc/api/regional"
	"demarc/store"
)

// Name is what requests for Direct Connect are signed for, and Target the name
// before the dot of their X-Amz-Target.
const (
	Name   = "directconnect"
	Target = "OvertureService"
)

// patience bounds one call with all its conflicts; AWS's clients wait a minute.
const patience = 15 * time.Second

// A Service carries out the operations on one store. It is safe for concurrent
// use.
type Service struct {
	store   *store.Store
	clock   demarc.Clock
	pageKey []byte
}

// New makes a service. pageKey seals the tokens of paged lists: processes that
// share it can go on with each other's lists. Without one, a random key is
// made, and tokens live as long as the process.
func New(st *store.Store, clock demarc.Clock, pageKey []byte) *Service {
	if len(pageKey) == 0 {
		pageKey = []byte(rand.Text())
	}
	return &Service{store: st, clock: clock, pageKey: pageKey}
}

// A call is one request: who asks for what, and when.
type call struct {
	service   *Service
	operation string
	by        demarc.AccountID
	scope     regional.Scope
	now       time.Time
	body      []byte
	again     again.Attempt
}

// sent reports whether a member is in the request, whatever its value: the
// SDK's inputs do not tell an absent number from a zero.
func (c call) sent(member string) bool {
	var members map[string]json.RawMessage
	if json.Unmarshal(c.body, &members) != nil { // it was decoded before
		return false
	}
	for name, value := range members {
		if strings.EqualFold(name, member) && string(value) != "null" {
			return true
		}
	}
	return false
}

// A Request is one call of an operation.
type Request struct {
	By demarc.AccountID
	// Scope is what the call sees; the zero value is everything.
	Scope     regional.Scope
	Operation string
	// Body is the JSON of the operation's input.
	Body []byte
	// Invocation is the client's name for the call with all its attempts, from
	// the header amz-sdk-invocation-id; empty where it gives none.
	Invocation string
}

// Call carries out an operation. The answer is for awsjson.WriteResult; what to
// answer to an error is said by [ExceptionOf].
func (s *Service) Call(ctx context.Context, r Request) (smithy.Serializable, error) {
	row, ok := operations[r.Operation]
	if !ok {
		return nil, unknown(r.Operation)
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if global(r.Operation) || r.Scope.All() {
		return s.run(ctx, row, r)
	}
	view, err := s.store.Read(ctx)
	if err != nil {
		return nil, err
	}
	var mask regional.Mask
	r.Body, mask = r.Scope.JSON(view, r.Body)
	out, err := s.run(ctx, row, r)
	if err != nil {
		return nil, mask.Refusal(err)
	}
	if mask.Empty() {
		return out, nil
	}
	text, err := awsjson.Encode(out)
	return awsjson.Kept(mask.Lift(string(text))), err
}

// global reports whether an operation is about Direct Connect gateways, which are
// in no Region and lead to all.
func global(operation string) bool { return strings.Contains(operation, "DirectConnectGateway") }

func (s *Service) run(ctx context.Context, row row, r Request) (smithy.Serializable, error) {
	shape, _ := ShapeOf(r.Operation)
	in := shape.Input()
	if err := awsjson.Decode(r.Body, in); err != nil {
		return nil, err
	}
	again, err := attemptOf(r, in)
	if err != nil {
		return nil, err
	}
	return row.run(ctx, call{service: s, operation: r.Operation, by: r.By, scope: r.Scope, now: s.clock(), body: r.Body, again: again}, in)
}

// Changes reports whether an operation changes something.
func Changes(operation string) bool { return operations[operation].changes }
