package cloudwatch

import (
	"context"
	"crypto/rand"
	_ "embed"
	"fmt"
	"slices"
	"strings"

	"demarc"
	"demarc/api/regional"
	"demarc/series"
	"demarc/store"
)

// Name is what requests for CloudWatch are signed for, Target the name of the
// service in the protocols that say it.
const (
	Name    = "monitoring"
	Target  = "GraniteServiceVersion20100801"
	Version = "2010-08-01"
)

//go:embed operations.txt
var allOperations string

// Operations lists every operation of CloudWatch that the SDK knows, sorted.
func Operations() []string { return strings.Fields(allOperations) }

// A Service answers from one store and the series of one process. It is safe
// for concurrent use.
type Service struct {
	store   *store.Store
	series  *series.Keeper
	pageKey []byte
}

// New makes a service. pageKey seals the tokens of paged lists: processes that
// share it can go on with each other's lists. Without one, a random key is
// made, and tokens live as long as the process.
func New(st *store.Store, keeper *series.Keeper, pageKey []byte) *Service {
	if len(pageKey) == 0 {
		pageKey = []byte(rand.Text())
	}
	return &Service{store: st, series: keeper, pageKey: pageKey}
}

// A call is one request: who asks for what.
type call struct {
	service   *Service
	view      *store.View
	operation string
	by        demarc.AccountID
	scope     regional.Scope
}

// operations are those that are built. Each reads its input and answers with an
// output of the SDK, given by pointer.
var operations = map[string]func(call, Question) (any, error){
	"GetMetricData":       run(call.getMetricData),
	"GetMetricStatistics": run(call.getMetricStatistics),
	"ListMetrics":         run(call.listMetrics),
}

func run[In, Out any](f func(call, *In) (*Out, error)) func(call, Question) (any, error) {
	return func(c call, q Question) (any, error) {
		in := new(In)
		if err := q.decode(in); err != nil {
			return nil, err
		}
		return f(c, in)
	}
}

// Built reports whether demarc carries out an operation.
func Built(operation string) bool { return operations[operation] != nil }

// Call carries out what a question asks for an account. Scope is what it sees. The answer is for
// [Question.Write]; what to answer to an error is said by [ExceptionOf].
func (s *Service) Call(ctx context.Context, scope regional.Scope, by demarc.AccountID, q Question) (any, error) {
	do, ok := operations[q.Operation]
	if !ok && slices.Contains(Operations(), q.Operation) {
		return nil, unbuilt("%s is an operation of CloudWatch that is not built here; GetMetricData, GetMetricStatistics and ListMetrics are.", q.Operation)
	}
	if !ok {
		return nil, &refusal{codeAction, fmt.Sprintf("Could not find operation %s for version %s", q.Operation, Version)}
	}
	view, err := s.store.Read(ctx)
	if err != nil {
		return nil, err
	}
	return do(call{service: s, view: view, operation: q.Operation, by: by, scope: scope}, q)
}
