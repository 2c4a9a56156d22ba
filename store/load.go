package store

import (
	"context"
	"fmt"

	"github.com/hashicorp/go-memdb"
	"go.etcd.io/etcd/api/v3/mvccpb"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// load makes the copy what etcd holds now, in one step: whoever reads meanwhile
// sees the old state, then the new. Only rows that differ are touched, so only
// tables that differ wake their watchers. What unreadable returns for a row
// that cannot be read, if it is an error, ends the loading.
func (r *replica) load(ctx context.Context, unreadable func(error) error) error {
	txn := r.db.Txn(true)
	defer txn.Abort()
	there := map[string]bool{}
	revision, err := r.pages(ctx, func(kv *mvccpb.KeyValue) error {
		there[string(kv.Key)] = true
		if err := r.refresh(txn, kv); err != nil {
			return unreadable(err)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("load the copy from etcd: %w", err)
	}
	if err := r.prune(txn, there); err != nil {
		return fmt.Errorf("load the copy from etcd: %w", err)
	}
	txn.Commit()
	r.publish(revision)
	return nil
}

// pages hands over every key under the prefix as of one revision, which it
// returns. The first page is a linearizable read and sets the revision.
func (r *replica) pages(ctx context.Context, each func(*mvccpb.KeyValue) error) (int64, error) {
	revision, from := int64(0), string(r.layout)
	for {
		resp, err := r.client.Get(ctx, from, clientv3.WithRange(clientv3.GetPrefixRangeEnd(string(r.layout))),
			clientv3.WithRev(revision), clientv3.WithLimit(loadPage))
		if err != nil {
			return 0, err
		}
		if revision == 0 {
			revision = resp.Header.Revision
		}
		for _, kv := range resp.Kvs {
			if err := each(kv); err != nil {
				return 0, err
			}
			from = string(kv.Key) + "\x00"
		}
		if !resp.More {
			return revision, nil
		}
	}
}

// refresh inserts a row unless the copy has it at this revision.
func (r *replica) refresh(txn *memdb.Txn, kv *mvccpb.KeyValue) error {
	table, key, ok := r.locate(string(kv.Key))
	if !ok {
		return nil
	}
	if rec := first(txn, table, key); rec != nil && rec.revision == kv.ModRevision {
		return nil
	}
	return r.insert(txn, kv)
}

// prune removes the rows that etcd no longer has.
func (r *replica) prune(txn *memdb.Txn, there map[string]bool) error {
	for rec := range scan(txn, claimsTable, idIndex) {
		if !there[r.layout.claim(rec.key)] {
			if err := txn.Delete(claimsTable, rec); err != nil {
				return err
			}
		}
	}
	for table := range r.tables {
		for rec := range scan(txn, table, idIndex) {
			if !there[r.layout.table(table, rec.key)] {
				if err := txn.Delete(table, rec); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
