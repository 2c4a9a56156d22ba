// Package audit keeps who did what: a record for each call that changed
// something, written in the same transaction, so that there is no change
// without its record and no record without its change.
//
// It is not a log of requests: what was refused, or changed nothing, leaves no
// record, and what the edge or the clock moved has no actor. Records name
// objects and never have what is in them.
package audit

import (
	"context"
	"crypto/rand"
	"slices"
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
func Note(ctx context.Context, tx *store.Tx, by demarc.AccountID, operation string, now time.Time) {
	now = now.UTC()
	record := demarc.AuditRecord{ID: now.Format(order) + "-" + rand.Text()[:8], At: now, Account: by, Operation: operation}
	session := SessionOf(ctx)
	record.Session, record.Source = session.ARN(), session.Source
	for _, change := range tx.Changes() {
		if change.Table == store.AuditRecords.Name() {
			continue // of another account that the same was done for
		}
		name := change.Table + "/" + change.Key
		if change.Before {
			record.Before = append(record.Before, name)
		}
		if change.After {
			record.After = append(record.After, name)
		}
	}
	if record.Before != nil || record.After != nil {
		store.AuditRecords.Put(tx, record)
	}
}

// List returns the latest records that an account may see, most of them at the
// most, the latest first: its own, and everybody's for the operator of the
// site.
func List(r store.Reader, by demarc.Account, most int) []demarc.AuditRecord {
	all := store.AuditRecords.By(r, "account", string(by.ID))
	if by.Operator {
		all = store.AuditRecords.All(r)
	}
	records := slices.Collect(all)
	slices.Reverse(records)
	return records[:min(most, len(records))]
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
