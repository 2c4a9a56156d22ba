package notice

import (
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"demarc"
	"demarc/store"
)

// order is a time in an id: texts of it sort as the times do.
const order = "20060102T150405.000000000Z"

// A news is what happened, before it is written down.
type news struct {
	kind     string // vif.accepted
	subject  string
	accounts []demarc.AccountID
	about    []string // ids of what is concerned besides
	detail   map[string]any
}

// latest is the time in the latest id of this process, in nanoseconds since
// 1970. It never goes back, so that ids stay in order when a clock does.
var latest atomic.Int64

// next is a time for ids that is later than that of any id before.
func next(now time.Time) time.Time {
	for {
		last := latest.Load()
		t := max(now.UnixNano(), last+1)
		if latest.CompareAndSwap(last, t) {
			return time.Unix(0, t).UTC()
		}
	}
}

// A pen writes notices into one transaction, in order.
type pen struct {
	tx      *store.Tx
	now     time.Time
	at      time.Time // in ids
	written int
}

func newPen(tx *store.Tx, now time.Time) *pen { return &pen{tx: tx, now: now.UTC()} }

// write puts the news down for whoever of its accounts there is.
func (p *pen) write(n news) error {
	if p.written == 0 {
		p.at = next(p.now)
	}
	id := fmt.Sprintf("%s-%03d-%s", p.at.Format(order), p.written, rand.Text()[:8])
	p.written++
	return p.put(demarc.NoticeID(id), p.now, n)
}

// once puts news down that are due since a time and have not been: their id
// follows from both.
func (p *pen) once(due time.Time, n news) error {
	id := demarc.NoticeID(due.UTC().Format(order) + "-" + n.kind + "-" + n.subject)
	if len(n.accounts) == 1 { // each is told something else
		id += demarc.NoticeID("-" + n.accounts[0])
	}
	if _, told := store.Notices.Get(p.tx, string(id)); told {
		return nil
	}
	return p.put(id, p.now, n)
}

func (p *pen) put(id demarc.NoticeID, at time.Time, n news) error {
	accounts := known(n.accounts)
	if len(accounts) == 0 {
		return nil
	}
	if n.detail == nil {
		n.detail = map[string]any{}
	}
	detail, err := json.Marshal(n.detail)
	if err != nil {
		return fmt.Errorf("write notice %s of %s: %w", n.kind, n.subject, err)
	}
	store.Notices.Put(p.tx, demarc.Notice{
		ID: id, At: at, Type: n.kind, Subject: n.subject, Accounts: accounts, Resources: n.about, Region: regionOf(p.tx, n), Detail: detail,
	})
	return nil
}

// known are the accounts that there are, each once.
func known(accounts []demarc.AccountID) (out []demarc.AccountID) {
	for _, a := range accounts {
		if a != "" && !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	return out
}
