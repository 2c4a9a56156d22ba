package desk

import (
	"time"

	"demarc"
	"demarc/audit"
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
			Before: record.Found(), After: record.Left(),
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
