package desk

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"demarc"
	"demarc/store"
)

// LinkTag is the key of the tag by which a connection says which link it was
// ordered for; its value is the link's id.
const LinkTag = demarc.LinkTag

// RequestLink records that an account wants a link. It refuses with the first
// thing that [Preflight] finds, and then nothing is written.
func RequestLink(tx *store.Tx, by demarc.AccountID, req Request, now time.Time) (demarc.Link, error) {
	findings, err := check(tx, by, req, now)
	if err != nil {
		return demarc.Link{}, err
	}
	findings = append(findings, withinLimit(tx, req.Environment, claimed(tx, req.Environment))...)
	if len(findings) > 0 {
		return demarc.Link{}, findings[0]
	}
	link := req.link(by, now)
	if err := tx.Claim(claimName(link.Environment)+string(link.ID), string(link.ID)); err != nil {
		return demarc.Link{}, fmt.Errorf("count link %s: %w", link.ID, err)
	}
	store.Links.Put(tx, link)
	return link, nil
}

// Preflight lists everything that would refuse the request, and changes
// nothing. The error is a refusal to look at all: no such environment, or
// another party's.
func Preflight(r store.Reader, by demarc.AccountID, req Request, now time.Time) ([]*demarc.Error, error) {
	findings, err := check(r, by, req, now)
	if err != nil {
		return nil, err
	}
	return append(findings, withinLimit(r, req.Environment, countLinks(r, req.Environment))...), nil
}

// Notes list what refuses nothing, and is better known before anything is built.
// The error is as [Preflight]'s.
func Notes(r store.Reader, by demarc.AccountID, req Request) ([]*demarc.Error, error) {
	env, err := asCustomer(r, by, req.Environment)
	if err != nil {
		return nil, err
	}
	return slices.Concat(pairNotes(r, env, req), tagNotes(r, env, req), overlapNotes(r, env, req)), nil
}

// countLinks counts those into an environment that have not ended.
func countLinks(r store.Reader, environment string) (count int) {
	for link := range store.Links.By(r, "environment", environment) {
		if !link.Over() {
			count++
		}
	}
	return count
}

// claimName begins the claims that count an environment's links: two requests
// at once must not both be the last.
func claimName(environment string) string { return "link/" + environment + "/" }

func claimed(tx *store.Tx, environment string) int {
	count := 0
	for range tx.Claims(claimName(environment)) {
		count++
	}
	return count
}

// Link returns a link that the account may see: its customer, and the platform
// that runs the environment.
func Link(r store.Reader, by demarc.AccountID, id demarc.LinkID) (demarc.Link, error) {
	link, ok := store.Links.Get(r, string(id))
	if !ok || !visible(r, link, by) {
		return demarc.Link{}, demarc.Errorf(demarc.NotFound, "no link %q", id).Coded("", "See yours: demarc link list")
	}
	return link, nil
}

// Links lists the links that the account may see, by environment and id.
func Links(r store.Reader, by demarc.AccountID) []demarc.Link {
	var out []demarc.Link
	for env := range store.Environments.By(r, "account", string(by)) {
		for link := range store.Links.By(r, "environment", env.Name) {
			if visible(r, link, by) {
				out = append(out, link)
			}
		}
	}
	return out
}

// visible reports whether the account may know of the link.
func visible(r store.Reader, link demarc.Link, by demarc.AccountID) bool {
	env, ok := store.Environments.Get(r, link.Environment)
	return ok && (link.Customer == by || env.Platform == by)
}

// list writes names as a person does: a, b or c.
func list(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	last := len(names) - 1
	return strings.Join(names[:last], ", ") + " or " + names[last]
}
