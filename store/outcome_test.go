package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	clientv3 "go.etcd.io/etcd/client/v3"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"demarc/store"
	"demarc/store/storetest"
)

// lossy loses the next commit, on its way there or on its way back.
type lossy struct {
	clientv3.KV
	arrives bool                        // the commit is done and only its answer lost
	fails   func(context.Context) error // what the caller gets instead of the answer
	giveUp  context.CancelFunc          // the caller's, once there is an answer to wait for
	spent   bool
}

func (l *lossy) Txn(ctx context.Context) clientv3.Txn {
	if l.spent {
		return l.KV.Txn(ctx)
	}
	l.spent = true
	return &lossyTxn{ctx: ctx, lossy: l, inner: l.KV.Txn(ctx)}
}

type lossyTxn struct {
	ctx   context.Context
	lossy *lossy
	inner clientv3.Txn
}

func (t *lossyTxn) If(cs ...clientv3.Cmp) clientv3.Txn   { t.inner = t.inner.If(cs...); return t }
func (t *lossyTxn) Then(ops ...clientv3.Op) clientv3.Txn { t.inner = t.inner.Then(ops...); return t }
func (t *lossyTxn) Else(ops ...clientv3.Op) clientv3.Txn { t.inner = t.inner.Else(ops...); return t }

func (t *lossyTxn) Commit() (*clientv3.TxnResponse, error) {
	if t.lossy.arrives {
		if _, err := t.inner.Commit(); err != nil {
			return nil, err
		}
	}
	t.lossy.giveUp()
	return nil, t.lossy.fails(t.ctx)
}

// silence says nothing until the caller gives up.
func silence(ctx context.Context) error {
	<-ctx.Done()
	return ctx.Err()
}

func unavailable(context.Context) error {
	return status.Error(codes.Unavailable, "connection reset")
}

func TestLostCommit(t *testing.T) {
	for _, c := range []struct {
		name    string
		arrives bool
		fails   func(context.Context) error
		reason  error
	}{
		{"lost on the way", false, silence, context.Canceled},
		{"done but the answer lost", true, silence, context.Canceled},
		{"connection lost on the way", false, unavailable, nil},
		{"done but the connection lost", true, unavailable, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := storetest.Embedded(t, storetest.Ports)
			ctx, giveUp := context.WithCancel(storetest.Context(t))
			s.WrapKV(func(kv clientv3.KV) clientv3.KV {
				return &lossy{KV: kv, arrives: c.arrives, fails: c.fails, giveUp: giveUp}
			})
			err := s.Write(ctx, order)
			var unknown *store.OutcomeUnknownError
			if !errors.As(err, &unknown) || (c.reason != nil && !errors.Is(err, c.reason)) {
				t.Errorf("got error %v, want an unknown outcome for %v", err, c.reason)
			}
			checkOrder(t, s, c.arrives)
			if err := s.Write(storetest.Context(t), order); err != nil {
				t.Errorf("write again: %v", err)
			}
			checkOrder(t, s, true)
		})
	}
}

// order writes a noun and its claim; repeating it changes nothing.
func order(tx *store.Tx) error {
	storetest.Ports.Put(tx, storetest.Port{ID: "p1"})
	return tx.Claim("vlan/p1/101", "vif-1")
}

func checkOrder(t *testing.T, s *store.Store, want bool) {
	t.Helper()
	v, err := s.Read(storetest.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	_, port := storetest.Ports.Get(v, "p1")
	claims := 0
	for range v.Claims("") {
		claims++
	}
	if port != want || (claims == 1) != want {
		t.Errorf("port is there: %t, claims: %d; want both: %t", port, claims, want)
	}
}

func TestRefusedCommitIsKnown(t *testing.T) {
	s := storetest.Embedded(t, storetest.Ports)
	for name, fn := range map[string]func(*store.Tx) error{
		"too many keys": func(tx *store.Tx) error {
			for i := range 5000 {
				storetest.Ports.Put(tx, storetest.Port{ID: fmt.Sprint(i)})
			}
			return nil
		},
		"too large": func(tx *store.Tx) error {
			storetest.Ports.Put(tx, storetest.Port{ID: "p1", Device: strings.Repeat("x", 9<<20)})
			return nil
		},
	} {
		err := s.Write(storetest.Context(t), fn)
		var unknown *store.OutcomeUnknownError
		if err == nil || errors.As(err, &unknown) {
			t.Errorf("%s: got %v, want a refusal", name, err)
		}
	}
	if all := slices.Collect(storetest.Ports.All(s.Local())); len(all) != 0 {
		t.Errorf("%d ports were written", len(all))
	}
}

func TestGivenUpBeforeCommit(t *testing.T) {
	s := storetest.Embedded(t, storetest.Ports)
	ctx, cancel := context.WithCancel(t.Context())
	err := s.Write(ctx, func(tx *store.Tx) error {
		cancel()
		return order(tx)
	})
	var unknown *store.OutcomeUnknownError
	if !errors.Is(err, context.Canceled) || errors.As(err, &unknown) {
		t.Errorf("got %v, want a plain cancellation", err)
	}
	checkOrder(t, s, false)
}
