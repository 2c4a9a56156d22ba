package store

import (
	"context"
	"fmt"
	"maps"

	"go.etcd.io/etcd/api/v3/mvccpb"
	clientv3 "go.etcd.io/etcd/client/v3"
)

// load makes the copy what etcd holds now, in one step: whoever reads meanwhile
// sees the old state, then the new. Only rows that differ are touched, so only
// tables that differ wake their watchers. What unreadable returns for a row
// that cannot be read, if it is an error, ends the loading.
func (r *replica) load(ctx context.Context, unreadable func(error) error) error {
	d := r.draft()
	there := map[string]bool{}
	revision, err := r.pages(ctx, func(kv *mvccpb.KeyValue) error {
		there[string(kv.Key)] = true
		if err := r.refresh(d, kv); err != nil {
			return unreadable(err)
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("load the copy from etcd: %w", err)
	}
	r.prune(d, there)
	r.publish(d, revision)
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
func (r *replica) refresh(d *draft, kv *mvccpb.KeyValue) error {
	table, key, ok := r.locate(string(kv.Key))
	if !ok {
		return nil
	}
	if rec := d.shelves.of(table).get(key); rec != nil && rec.revision == kv.ModRevision {
		return nil
	}
	return r.insert(d, kv)
}

// prune removes the rows that etcd no longer has.
func (r *replica) prune(d *draft, there map[string]bool) {
	for table, shelf := range maps.Clone(d.shelves) {
		var gone []string
		shelf.rows.from("", "", func(e entry) bool {
			if !there[r.layout.row(table, e.rec.key)] {
				gone = append(gone, e.rec.key)
			}
			return true
		})
		for _, key := range gone {
			d.delete(table, key)
		}
	}
}
