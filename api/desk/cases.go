package desk

import (
	"time"

	"demarc"
	room "demarc/desk"
	"demarc/store"
)

func (c call) openCase(in CaseRequest) (Case, error) {
	ask := room.New{Kind: in.Kind, Environment: in.Environment, Subject: in.Subject, Text: in.Text, Attachments: in.Attachments}
	if in.Fields != nil {
		ask.Fields = demarc.CaseFields(*in.Fields)
	}
	if in.VirtualInterface != "" {
		ask.Fields.VirtualInterface = in.VirtualInterface
	}
	return c.changeCase(func(tx *store.Tx) (demarc.Case, error) {
		return room.OpenCase(tx, c.by.ID, ask, c.now)
	})
}

// endLink is a platform ending a link for cause.
func (c call) endLink(in EndRequest) (Case, error) {
	return c.changeCase(func(tx *store.Tx) (demarc.Case, error) {
		return room.EndForCause(tx, c.actor, demarc.LinkID(c.request.PathValue("id")), room.ForCause(in), c.now)
	})
}

// changeCase runs fn as one transaction and shows the case that it gives.
func (c call) changeCase(fn func(tx *store.Tx) (demarc.Case, error)) (Case, error) {
	var changed demarc.Case
	err := c.write(func(tx *store.Tx) (err error) {
		changed, err = fn(tx)
		return err
	})
	if err != nil {
		return Case{}, err
	}
	return c.showCase(c.Store.Local(), changed), nil
}

func (c call) cases() (Cases, error) {
	view, err := c.read()
	if err != nil {
		return Cases{}, err
	}
	out := Cases{Cases: []Case{}}
	for _, found := range room.Cases(view, c.by.ID) {
		out.Cases = append(out.Cases, c.listedCase(found))
	}
	return out, nil
}

func (c call) caseForms() (CaseForms, error) {
	out := CaseForms{}
	for _, f := range room.Forms() {
		out.Forms = append(out.Forms, CaseForm{f.Kind, f.Title, append([]string{}, f.Required...), append([]string{}, f.Optional...)})
	}
	return out, nil
}

func (c call) getCase() (Case, error) {
	view, err := c.read()
	if err != nil {
		return Case{}, err
	}
	found, err := room.Case(view, c.by.ID, c.caseID())
	if err != nil {
		return Case{}, err
	}
	return c.showCase(view, found), nil
}

func (c call) reply(in ReplyRequest) (Case, error) {
	return c.changeCase(func(tx *store.Tx) (demarc.Case, error) {
		return room.Reply(tx, c.actor, c.caseID(), in.Text, in.Attachments, c.now)
	})
}

func (c call) answer(in AnswerRequest) (Case, error) {
	return c.changeCase(func(tx *store.Tx) (demarc.Case, error) {
		return room.Answer(tx, c.actor, c.caseID(), in.Text, c.now)
	})
}

func (c call) reject(in RejectRequest) (Case, error) {
	return c.changeCase(func(tx *store.Tx) (demarc.Case, error) {
		return room.Reject(tx, c.actor, c.caseID(), in.Reason, c.now)
	})
}

func (c call) acceptCase() (Case, error) { return c.moveCase(room.Accept) }

func (c call) approveCase() (Case, error) { return c.moveCase(room.Approve) }

func (c call) resolveCase() (Case, error) { return c.moveCase(room.Resolve) }

// moveCase does what needs no more than the case's id.
func (c call) moveCase(act func(*store.Tx, demarc.Actor, demarc.CaseID, time.Time) (demarc.Case, error)) (Case, error) {
	return c.changeCase(func(tx *store.Tx) (demarc.Case, error) { return act(tx, c.actor, c.caseID(), c.now) })
}

func (c call) caseID() demarc.CaseID { return demarc.CaseID(c.request.PathValue("id")) }

// listedCase is a case as it travels in a list.
func (c call) listedCase(of demarc.Case) Case {
	return Case{
		ID: of.ID, Kind: of.Kind, Environment: of.Environment, Opener: of.Opener, Assignee: of.Assignee,
		Subject: of.Subject, Fields: CaseFields(of.CaseFields), VirtualInterface: of.VirtualInterface,
		State: of.State, Answer: of.Answer, AnsweredBy: of.AnsweredBy, Created: of.Created, Answered: of.Answered, FourEyes: of.FourEyes, Cause: of.Cause, NoticeDays: of.NoticeDays, Affected: of.Affected, Offer: c.showOffer(of), Drill: showDrillElsewhere(of.Drill),
		AsOf: c.now,
	}
}

// showCase is a case with what was said, and with what its assignee decides
// by. Who of an account has spoken is that account's own matter.
func (c call) showCase(r store.Reader, of demarc.Case) Case {
	out := c.listedCase(of)
	differences, flags := room.Review(r, of)
	for _, d := range differences {
		out.Differences = append(out.Differences, Difference(d))
	}
	for _, f := range flags {
		out.Flags = append(out.Flags, Flag(f))
	}
	for _, said := range of.History {
		if said.By != string(c.by.ID) {
			said.Person = ""
		}
		out.History = append(out.History, Communication(said))
	}
	out.Transit = c.showTransitThere(r, of)
	c.showSteps(r, of, &out)
	return out
}

// showSteps adds how far a case about one's own Transit Gateway, or about an
// end, has come.
func (c call) showSteps(r store.Reader, of demarc.Case, out *Case) {
	steps := append(room.TransitSteps(r, of, c.now), room.EndSteps(r, of, c.now)...)
	if steps == nil {
		return
	}
	for _, s := range steps {
		out.Steps = append(out.Steps, Step(s))
	}
	if next, waiting := room.WhoseMove(steps); waiting {
		step := Step(next)
		out.Next = &step
	}
	out.Cutover = room.Transit(r, of).Cutover.ID
}

func (c call) attach(in AttachmentRequest) (Attachment, error) {
	var a demarc.Attachment
	err := c.write(func(tx *store.Tx) (err error) {
		a, err = room.Attach(tx, c.by.ID, in.Name, in.Data, in.Reference, c.now)
		return err
	})
	a.Data = nil
	return showAttachment(a), err
}

func (c call) attachment() (Attachment, error) {
	view, err := c.read()
	if err != nil {
		return Attachment{}, err
	}
	a, err := room.Attachment(view, c.by.ID, demarc.AttachmentID(c.request.PathValue("id")))
	return showAttachment(a), err
}

func showAttachment(a demarc.Attachment) Attachment {
	return Attachment{ID: a.ID, Name: a.Name, Case: a.Case, Data: a.Data, Reference: a.Reference, Command: room.Rendered(a), Created: a.Created}
}
