package desk

import (
	"demarc"
	room "demarc/desk"
	"demarc/store"
)

func (c call) openCase(in CaseRequest) (Case, error) {
	var opened demarc.Case
	err := c.write(func(tx *store.Tx) (err error) {
		opened, err = room.OpenCase(tx, c.by.ID, room.New(in), c.now)
		return err
	})
	return Case(opened), err
}

func (c call) cases() (Cases, error) {
	view, err := c.read()
	if err != nil {
		return Cases{}, err
	}
	out := Cases{Cases: []Case{}}
	for _, found := range room.Cases(view, c.by.ID) {
		out.Cases = append(out.Cases, Case(found))
	}
	return out, nil
}

func (c call) getCase() (Case, error) {
	view, err := c.read()
	if err != nil {
		return Case{}, err
	}
	found, err := room.Case(view, c.by.ID, c.caseID())
	return Case(found), err
}

func (c call) answer(in AnswerRequest) (Case, error) {
	var answered demarc.Case
	err := c.write(func(tx *store.Tx) (err error) {
		answered, err = room.Answer(tx, c.by.ID, c.caseID(), in.Text, c.now)
		return err
	})
	return Case(answered), err
}

func (c call) caseID() demarc.CaseID { return demarc.CaseID(c.request.PathValue("id")) }
