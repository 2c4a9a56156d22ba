package support

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"demarc"
	shapes "demarc/api/desk"
	"demarc/desk"
	"demarc/store"
)

// serviceCode is the one service, and linkRequest the category whose body is a
// link request; the other categories are the kinds of case.
const (
	serviceCode = "direct-connect"
	linkRequest = "link-request"
)

// severities are AWS Support's, the lowest first.
var severities = []codeName{{"low", "Low"}, {"normal", "Normal"}, {"high", "High"}, {"urgent", "Urgent"}, {"critical", "Critical"}}

func invalid(field, format string, args ...any) error {
	return demarc.Errorf(demarc.Invalid, format, args...).In(field)
}

func (c call) createCase(in createCase) (caseID, error) {
	if err := in.check(); err != nil {
		return caseID{}, err
	}
	var opened demarc.Case
	err := c.write(func(tx *store.Tx) error {
		ask, err := c.askedIn(tx, in)
		if err != nil {
			return err
		}
		ask.Subject, ask.Severity = in.Subject, in.SeverityCode
		if in.AttachmentSetID != "" {
			if ask.Attachments, err = desk.InSet(tx, c.by.Account, in.AttachmentSetID, c.now); err != nil {
				return err
			}
		}
		opened, err = desk.OpenCase(tx, c.by.Account, ask, c.now)
		return err
	})
	return caseID{string(opened.ID)}, err
}

func (in createCase) check() error {
	switch {
	case in.Subject == "" || len(in.Subject) > 250:
		return invalid("subject", "a subject has 1 to 250 characters")
	case in.ServiceCode != "" && in.ServiceCode != serviceCode:
		return invalid("serviceCode", "there is no service %q, only %s", in.ServiceCode, serviceCode)
	case in.SeverityCode != "" && !slices.ContainsFunc(severities, func(s codeName) bool { return s.Code == in.SeverityCode }):
		return invalid("severityCode", "there is no severity %q", in.SeverityCode)
	case in.Language != "" && in.Language != "en":
		return invalid("language", "only en is spoken here")
	case in.IssueType != "" && in.IssueType != "technical" && in.IssueType != "customer-service":
		return invalid("issueType", "there is no issue type %q", in.IssueType)
	case len(in.CcEmailAddresses) > 0:
		return invalid("ccEmailAddresses", "nobody is mailed")
	}
	return nil
}

// askedIn reads the body by the category: a link request is carried out, and
// its case asks for the account; other cases have their fields in it.
func (c call) askedIn(tx *store.Tx, in createCase) (desk.New, error) {
	if in.CategoryCode == linkRequest {
		var body shapes.LinkRequest
		if err := readBody(in.CommunicationBody, &body); err != nil {
			return desk.New{}, err
		}
		link, err := desk.RequestLink(tx, c.by.Account, body.Order(), c.now)
		return desk.New{Kind: demarc.CaseAccount, Environment: body.Environment, Fields: demarc.CaseFields{Link: link.ID}, Text: in.CommunicationBody}, err
	}
	var body shapes.CaseRequest
	if err := readBody(in.CommunicationBody, &body); err != nil {
		return desk.New{}, err
	}
	kind := cmp.Or(demarc.CaseKind(in.CategoryCode), body.Kind)
	if body.Kind != "" && body.Kind != kind {
		return desk.New{}, invalid("categoryCode", "the category is %s, and the body asks for %s", kind, body.Kind)
	}
	ask := desk.New{Kind: kind, Environment: body.Environment, Text: in.CommunicationBody}
	if body.Fields != nil {
		ask.Fields = demarc.CaseFields(*body.Fields)
	}
	if body.VirtualInterface != "" {
		ask.Fields.VirtualInterface = body.VirtualInterface
	}
	return ask, nil
}

// readBody reads YAML in which an unknown field is an error with its line.
func readBody(text string, into any) error {
	if err := yaml.UnmarshalWithOptions([]byte(text), into, yaml.Strict()); err != nil {
		return demarc.Errorf(demarc.Invalid, "the body is not the request file that the category takes: %s", strings.TrimSpace(yaml.FormatError(err, false, false))).
			Coded("E-BODY", "Write it as demarc case open -f takes it").In("communicationBody")
	}
	return nil
}

// status is a case's state in AWS Support's words.
func status(s demarc.CaseState) string {
	switch s {
	case demarc.CaseOpen:
		return "opened"
	case demarc.CaseWaitingOpener:
		return "pending-customer-action"
	case demarc.CaseWaitingAssignee:
		return "customer-action-completed"
	case demarc.CaseWaitingApprover, demarc.CaseGranted:
		return "work-in-progress"
	}
	return "resolved"
}

func (c call) describeCases(in describeCases) (caseList, error) {
	view, err := c.store.Read(c.ctx)
	if err != nil {
		return caseList{}, err
	}
	after, before, err := between(in.AfterTime, in.BeforeTime)
	if err != nil {
		return caseList{}, err
	}
	if in.DisplayID != "" {
		in.CaseIDList = append(in.CaseIDList, in.DisplayID)
	}
	var found []demarc.Case
	for _, id := range in.CaseIDList {
		one, err := desk.Case(view, c.by.Account, demarc.CaseID(id))
		if err != nil {
			return caseList{}, err
		}
		found = append(found, one)
	}
	if len(in.CaseIDList) == 0 {
		for _, one := range desk.Cases(view, c.by.Account) {
			if (in.IncludeResolvedCases || !one.State.Ended()) && one.Created.After(after) && one.Created.Before(before) {
				found = append(found, one)
			}
		}
		slices.SortStableFunc(found, func(a, b demarc.Case) int { return b.Created.Compare(a.Created) })
	}
	page, next, err := cut(found, in.NextToken, in.MaxResults, func(c demarc.Case) string { return string(c.ID) })
	out := caseList{Cases: []caseDetails{}, NextToken: next}
	for _, one := range page {
		out.Cases = append(out.Cases, detailed(view, one, in.IncludeCommunications == nil || *in.IncludeCommunications))
	}
	return out, err
}

func detailed(r store.Reader, of demarc.Case, talk bool) caseDetails {
	d := caseDetails{
		CaseID: string(of.ID), DisplayID: string(of.ID), Subject: cmp.Or(of.Subject, string(of.Kind)), Status: status(of.State),
		ServiceCode: serviceCode, CategoryCode: string(of.Kind), SeverityCode: cmp.Or(of.Severity, "normal"),
		SubmittedBy: string(of.Opener), TimeCreated: stamp(of.Created), CcEmailAddresses: []string{}, Language: "en",
	}
	if talk {
		all := talkOf(r, of)
		d.RecentCommunications = &communicationList{Communications: all[:min(len(all), 5)]}
	}
	return d
}

// talkOf is what was said in a case, the answer too, the latest first.
func talkOf(r store.Reader, of demarc.Case) []communication {
	out := []communication{}
	if of.Answer != "" {
		if of.Answered.IsZero() { // nobody wrote down when
			of.Answered = of.Created
		}
		out = append(out, communication{CaseID: string(of.ID), Body: of.Answer, SubmittedBy: of.AnsweredBy, TimeCreated: stamp(of.Answered), AttachmentSet: []attachmentDetails{}})
	}
	for _, said := range slices.Backward(of.History) {
		if said.Text == of.Answer {
			continue // it is there already
		}
		line := communication{CaseID: string(of.ID), Body: said.Text, SubmittedBy: said.By, TimeCreated: stamp(said.At), AttachmentSet: []attachmentDetails{}}
		for _, id := range said.Attachments {
			a, _ := store.Attachments.Get(r, string(id))
			line.AttachmentSet = append(line.AttachmentSet, attachmentDetails{string(id), a.Name})
		}
		out = append(out, line)
	}
	return out
}

func (c call) describeCommunications(in describeCommunications) (communicationList, error) {
	view, err := c.store.Read(c.ctx)
	if err != nil {
		return communicationList{}, err
	}
	after, before, err := between(in.AfterTime, in.BeforeTime)
	if err != nil {
		return communicationList{}, err
	}
	of, err := desk.Case(view, c.by.Account, demarc.CaseID(in.CaseID))
	if err != nil {
		return communicationList{}, err
	}
	all := talkOf(view, of)
	position := map[string]string{}
	all = slices.DeleteFunc(all, func(l communication) bool { return l.TimeCreated <= stamp(after) || l.TimeCreated >= stamp(before) })
	for i, line := range all {
		position[line.TimeCreated+line.Body] = fmt.Sprint(len(all) - i)
	}
	page, next, err := cut(all, in.NextToken, in.MaxResults, func(l communication) string { return position[l.TimeCreated+l.Body] })
	return communicationList{append([]communication{}, page...), next}, err
}

// between reads two times; the whole of time where they are empty.
func between(after, before string) (from, to time.Time, err error) {
	to = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	if after != "" {
		from, err = time.Parse(time.RFC3339, after)
	}
	if before != "" {
		var wrong error
		to, wrong = time.Parse(time.RFC3339, before)
		err = errors.Join(err, wrong)
	}
	if err != nil {
		return from, to, invalid("afterTime", "a time is written as in 2026-05-04T12:00:00Z")
	}
	return from, to, nil
}

// cut takes a page of a list: what comes behind the one that token names. AWS
// has 10 to 100 on a page.
func cut[T any](all []T, token string, most int, name func(T) string) (page []T, next string, err error) {
	if most != 0 && (most < 10 || most > 100) {
		return nil, "", invalid("maxResults", "maxResults is 10 to 100, not %d", most)
	}
	if token != "" {
		i := slices.IndexFunc(all, func(one T) bool { return name(one) == token })
		if i < 0 {
			return nil, "", invalid("nextToken", "there is no page %q", token)
		}
		all = all[i+1:]
	}
	if most = cmp.Or(most, 100); len(all) > most {
		return all[:most], name(all[most-1]), nil
	}
	return all, "", nil
}

// stamp writes a time as AWS Support does.
func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
