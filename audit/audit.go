// Package audit keeps who did what: a record for each call that changed
// something, written in the same transaction, so that there is no change
// without its record and no record without its change.
//
// It is not a log of requests: what was refused, or changed nothing, leaves no
// record, and what the edge or the clock moved has no actor. A record has the
// fields that were changed, as they were and as they are, and no secret. The
// operator of the site sees them; an account sees which objects it changed.
package audit

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"demarc"
	"demarc/store"
)

// order is a time in an id: texts of it sort as the times do.
const order = "20060102T150405.000000000Z"

type sessionKey struct{}

// Through says that what is done under ctx is signed with an assumed role.
func Through(ctx context.Context, session demarc.RoleSession) context.Context {
	return context.WithValue(ctx, sessionKey{}, session)
}

// SessionOf is the session that what is done under ctx is signed with; the
// zero value for an account's own key.
func SessionOf(ctx context.Context) demarc.RoleSession {
	session, _ := ctx.Value(sessionKey{}).(demarc.RoleSession)
	return session
}

// Assumed records that a role of an account was assumed.
func Assumed(tx *store.Tx, session demarc.RoleSession, now time.Time) {
	now = now.UTC()
	store.AuditRecords.Put(tx, demarc.AuditRecord{
		ID: now.Format(order) + "-" + rand.Text()[:8], At: now, Account: session.Account, Operation: "AssumeRole",
		Session: session.ARN(), Source: session.Source,
	})
}

// Note records what the transaction has changed so far as the work of an
// account. It is called once, when everything is done; if nothing has changed
// there is nothing to record. The session that the call was signed with is the
// context's ([Through]).
func Note(ctx context.Context, tx *store.Tx, by demarc.AccountID, operation string, now time.Time) error {
	now = now.UTC()
	record := demarc.AuditRecord{ID: now.Format(order) + "-" + rand.Text()[:8], At: now, Account: by, Operation: operation}
	session := SessionOf(ctx)
	record.Session, record.Source = session.ARN(), session.Source
	for _, change := range tx.Changes() {
		if change.Table == store.AuditRecords.Name() {
			continue // of another account that the same was done for
		}
		before, after, err := differences(change.Before, change.After)
		if err != nil {
			return fmt.Errorf("record what happened to %s/%s: %w", change.Table, change.Key, err)
		}
		if before != nil || after != nil {
			record.Changes = append(record.Changes, demarc.AuditChange{Object: change.Table + "/" + change.Key, Before: before, After: after})
		}
	}
	if record.Changes != nil {
		store.AuditRecords.Put(tx, record)
	}
	return nil
}

// A Query says which records are wanted; what is empty does not matter.
type Query struct {
	Account   demarc.AccountID
	Operation string
	// Object is a kind and an id (connection/dxcon-ffabc123), or an id alone.
	Object       string
	Since, Until time.Time
}

func (q Query) wants(record demarc.AuditRecord) bool {
	return (q.Account == "" || record.Account == q.Account) &&
		(q.Operation == "" || record.Operation == q.Operation) &&
		!record.At.Before(q.Since) && (q.Until.IsZero() || record.At.Before(q.Until)) &&
		(q.Object == "" || slices.ContainsFunc(record.Changes, func(c demarc.AuditChange) bool {
			return c.Object == q.Object || strings.HasSuffix(c.Object, "/"+q.Object)
		}))
}

// List returns the latest records that an account may see and that are asked
// for, most of them at the most, the latest first. An account sees its own,
// without what was in the objects, some of which are others'. The operator of
// the site sees everything.
func List(r store.Reader, by demarc.Account, q Query, most int) []demarc.AuditRecord {
	all := store.AuditRecords.By(r, "account", string(by.ID))
	if by.Operator {
		all = store.AuditRecords.All(r)
	}
	var records []demarc.AuditRecord
	for record := range all {
		if q.wants(record) {
			records = append(records, record)
		}
	}
	slices.Reverse(records)
	records = records[:min(most, len(records))]
	if !by.Operator {
		for i := range records {
			records[i].Changes = named(records[i].Changes)
		}
	}
	return records
}

// named are changes without what was in the objects.
func named(changes []demarc.AuditChange) (names []demarc.AuditChange) {
	something := json.RawMessage("{}")
	for _, change := range changes {
		if change.Before != nil {
			change.Before = something
		}
		if change.After != nil {
			change.After = something
		}
		names = append(names, change)
	}
	return names
}

// forgottenAtOnce bounds what one call of Expire forgets.
const forgottenAtOnce = 50

// Expire forgets records that have been kept long enough at now.
func Expire(tx *store.Tx, now time.Time) error {
	left := forgottenAtOnce
	for record := range store.AuditRecords.All(tx) {
		if left == 0 || now.Sub(record.At) < demarc.AuditKept {
			return nil // the rest are younger
		}
		store.AuditRecords.Delete(tx, record.ID)
		left--
	}
	return nil
}
