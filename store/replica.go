package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"go.etcd.io/etcd/api/v3/mvccpb"
	"go.etcd.io/etcd/api/v3/v3rpc/rpctypes"
	clientv3 "go.etcd.io/etcd/client/v3"
)

const (
	// loadPage bounds one answer while loading: small enough to stay far below
	// gRPC's limits with large nouns, large enough that a million rows are few calls.
	loadPage = 5000

	// rewatchAfter is how long a lost watch rests before it is tried again.
	rewatchAfter = 200 * time.Millisecond

	// nudgeEvery is how long a reader waits for the watch before it asks etcd
	// for its progress: longer than an event takes, short enough for a reader
	// on a cluster where others write under other prefixes.
	nudgeEvery = 5 * time.Millisecond
)

// A replica is the copy in memory: loaded at one revision, then kept up to date
// by a watch from the next. One goroutine writes it; views are read by all.
type replica struct {
	client  *clientv3.Client
	layout  layout
	tables  map[string]Registered
	log     *slog.Logger
	shelves shelves // those of current, which only the writing goroutine touches
	current atomic.Pointer[View]
	behind  chan struct{} // asks for a progress report; one pending request is enough
	closed  <-chan struct{}
}

func newReplica(ctx context.Context, client *clientv3.Client, cfg Config, tables []Registered) (*replica, error) {
	r := &replica{
		client: client, layout: layout(cfg.Prefix), log: cfg.Log,
		tables: map[string]Registered{},
		behind: make(chan struct{}, 1),
		closed: ctx.Done(),
	}
	r.shelves = shelves{claimsTable: newShelf(nil)}
	for _, table := range tables {
		if r.tables[table.Name()] != nil {
			return nil, fmt.Errorf("store: table %s is registered twice", table.Name())
		}
		r.tables[table.Name()] = table
		r.shelves[table.Name()] = newShelf(table.indexing())
	}
	return r, nil
}

// follow keeps the copy up to date until ctx ends.
func (r *replica) follow(ctx context.Context) {
	for ctx.Err() == nil {
		err := r.watch(ctx)
		if errors.Is(err, rpctypes.ErrCompacted) {
			r.log.Warn("copy fell behind etcd's compaction and is loaded again", "revision", r.current.Load().revision)
			err = r.load(ctx, r.logUnreadable)
		}
		if err != nil && ctx.Err() == nil {
			r.log.Warn("lost the watch on etcd", "err", err)
			rest(ctx, rewatchAfter)
		}
	}
}

// watch applies what happens after the current view. etcd hands over the keys
// of one revision together, never split over two responses.
func (r *replica) watch(ctx context.Context) error {
	ctx, cancel := context.WithCancel(clientv3.WithRequireLeader(ctx))
	defer cancel()
	from := r.current.Load().revision + 1
	for resp := range r.client.Watch(ctx, string(r.layout), clientv3.WithPrefix(), clientv3.WithRev(from), clientv3.WithProgressNotify()) {
		if err := resp.Err(); err != nil {
			return err
		}
		r.take(resp)
	}
	return errors.New("etcd ended the watch")
}

// take applies one response. Its header may be ahead of its events, with others
// still to come, so only a progress report is believed for its header.
func (r *replica) take(resp clientv3.WatchResponse) {
	if resp.IsProgressNotify() {
		if resp.Header.Revision > r.current.Load().revision {
			r.publish(r.draft(), resp.Header.Revision)
		}
		return
	}
	if len(resp.Events) == 0 {
		return
	}
	d := r.draft()
	for _, event := range resp.Events {
		if err := r.apply(d, event); err != nil {
			r.logUnreadable(err)
		}
	}
	r.publish(d, resp.Events[len(resp.Events)-1].Kv.ModRevision)
}

func (r *replica) apply(d *draft, event *clientv3.Event) error {
	if event.Type != mvccpb.Event_DELETE {
		return r.insert(d, event.Kv)
	}
	if table, key, ok := r.locate(string(event.Kv.Key)); ok {
		d.delete(table, key)
	}
	return nil
}

func (r *replica) insert(d *draft, kv *mvccpb.KeyValue) error {
	table, key, ok := r.locate(string(kv.Key))
	if !ok {
		return nil
	}
	rec := &record{key: key, revision: kv.ModRevision, value: string(kv.Value)}
	if table != claimsTable {
		noun, err := r.tables[table].decode(kv.Value)
		if err != nil {
			return fmt.Errorf("read %s: %w", kv.Key, err)
		}
		rec.value = noun
	}
	d.put(table, rec)
	return nil
}

// locate is false for keys that belong to no table of this version.
func (r *replica) locate(etcdKey string) (table, key string, ok bool) {
	table, key, ok = r.layout.locate(etcdKey)
	if ok && table != claimsTable && r.tables[table] == nil {
		return "", "", false
	}
	return table, key, ok
}

// logUnreadable is for a row that a running process cannot read, say because a
// newer version wrote it. The last readable state stays; since its revision is
// old, no transaction that reads the row can overwrite it.
func (r *replica) logUnreadable(err error) error {
	r.log.Error("kept the old state of a row that cannot be read", "err", err)
	return nil
}

// wait returns the first view at or after the revision. Every tick asks etcd
// for its progress, which is needed when the revision was made by a write that
// this copy does not watch; a nil channel never asks.
func (r *replica) wait(ctx context.Context, revision int64, tick <-chan time.Time) (*View, error) {
	for {
		v := r.current.Load()
		if v.revision >= revision {
			return v, nil
		}
		select {
		case <-v.superseded:
		case <-tick:
			select {
			case r.behind <- struct{}{}:
			default:
			}
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-r.closed:
			return nil, ErrClosed
		}
	}
}

// reach is wait in a hurry: for a revision that etcd has already.
func (r *replica) reach(ctx context.Context, revision int64) (*View, error) {
	if v := r.current.Load(); v.revision >= revision {
		return v, nil
	}
	tick := time.NewTicker(nudgeEvery)
	defer tick.Stop()
	return r.wait(ctx, revision, tick.C)
}

// nudge asks etcd for progress reports on behalf of all who wait, at most once
// per nudgeEvery, until ctx ends. It uses the same outgoing metadata as the
// watch, by which the client finds the stream.
func (r *replica) nudge(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-r.behind:
		}
		asking, cancel := context.WithTimeout(clientv3.WithRequireLeader(ctx), time.Second)
		if err := r.client.RequestProgress(asking); err != nil && ctx.Err() == nil {
			r.log.Warn("could not ask etcd for the progress of the watch", "err", err)
		}
		cancel()
		rest(ctx, nudgeEvery)
	}
}

// rest waits for d, or less if ctx ends.
func rest(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
