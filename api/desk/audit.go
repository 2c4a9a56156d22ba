package desk

import (
	"slices"
	"strings"
	"time"

	"demarc"
	"demarc/audit"
	room "demarc/desk"
	"demarc/store"
)

// auditShown is how many records an answer has at most.
const auditShown = 1000

// auditQuery are the parameters of listAudit.
var auditQuery = []Parameter{
	{"account", "of this account alone"},
	{"operation", "of this operation alone, such as CreateConnection"},
	{"object", "that changed this object: connection/dxcon-ffabc123, or the id alone"},
	{"since", "not before this time (RFC 3339)"},
	{"until", "before this time (RFC 3339)"},
}

func (c call) audit() (AuditList, error) {
	query, err := c.auditQuery()
	if err != nil {
		return AuditList{}, err
	}
	view, err := c.read()
	if err != nil {
		return AuditList{}, err
	}
	out := AuditList{Records: []AuditRecord{}}
	for _, record := range audit.List(view, c.by, query, auditShown) {
		shown := AuditRecord{
			At: record.At, Account: record.Account, Operation: record.Operation, Session: record.Session, Source: record.Source,
			Before: c.known(view, record.Found()), After: c.known(view, record.Left()),
		}
		if c.by.Operator {
			for _, change := range record.Changes {
				shown.Changes = append(shown.Changes, AuditChange(change))
			}
		}
		out.Records = append(out.Records, shown)
	}
	return out, nil
}

// known are those of some objects that the caller may know of. What it has done
// may have changed others besides: a partner that redeems a token has a case
// opened, which is between its customer and the platform.
func (c call) known(view store.Reader, names []string) []string {
	return slices.DeleteFunc(names, func(name string) bool {
		kind, id, _ := strings.Cut(name, "/")
		switch {
		case c.by.Operator:
			return false
		case kind == "case":
			of, there := store.Cases.Get(view, id)
			return !there || !of.VisibleTo(c.by.ID)
		case kind == "decision":
			of, there := store.Decisions.Get(view, id)
			return !there || of.Platform != c.by.ID && of.Customer != c.by.ID
		case kind == "link":
			_, err := room.Link(view, c.by.ID, demarc.LinkID(id))
			return err != nil
		}
		return false
	})
}

func (c call) auditQuery() (q audit.Query, err error) {
	values := c.request.URL.Query()
	q = audit.Query{Account: demarc.AccountID(values.Get("account")), Operation: values.Get("operation"), Object: values.Get("object")}
	for name, at := range map[string]*time.Time{"since": &q.Since, "until": &q.Until} {
		text := values.Get(name)
		if text == "" {
			continue
		}
		if *at, err = time.Parse(time.RFC3339, text); err != nil {
			return q, demarc.Errorf(demarc.Invalid, "%q is not a time such as 2026-03-01T12:00:00Z", text).Coded("E-FIELD-TYPE", "Give a time of RFC 3339").In(name)
		}
	}
	return q, nil
}
