package desk

import "demarc/audit"

// auditShown is how many records an answer has at most.
const auditShown = 1000

func (c call) audit() (AuditList, error) {
	view, err := c.read()
	if err != nil {
		return AuditList{}, err
	}
	out := AuditList{Records: []AuditRecord{}}
	for _, record := range audit.List(view, c.by, auditShown) {
		out.Records = append(out.Records, AuditRecord{
			At: record.At, Account: record.Account, Operation: record.Operation, Session: record.Session, Source: record.Source, Before: record.Before, After: record.After,
		})
	}
	return out, nil
}
