package desk

import (
	"reflect"
	"slices"
	"time"

	"demarc"
	"demarc/store"
	"demarc/vif"
)

// An Act is something that was done in an account's name, in the API's words.
type Act struct {
	Account   demarc.AccountID
	Operation string
}

// ConductEndings makes the moves of links that are to end whose time has come:
// the parties are told again, interfaces are deleted, and what has nothing left
// has ended. It says what was done in whose name. What is next is derived each
// time, so it may be called at any time and by any number of processes; one call
// may do a part.
func ConductEndings(tx *store.Tx, now time.Time) ([]Act, error) {
	var acts []Act
	left := settledAtOnce
	for found := range store.Links.All(tx) {
		if left == 0 {
			break
		}
		if !slices.ContainsFunc(found.Endings, func(e demarc.Ending) bool { return e.Ended.IsZero() }) {
			continue
		}
		did, err := conductEnd(tx, found.ID, now)
		if err != nil {
			return acts, err
		}
		if now, _ := store.Links.Get(tx, string(found.ID)); !reflect.DeepEqual(now.Endings, found.Endings) {
			left--
		}
		acts = append(acts, did...)
	}
	return acts, nil
}

// conductEnd makes the moves of one link.
func conductEnd(tx *store.Tx, id demarc.LinkID, now time.Time) (acts []Act, err error) {
	link, _ := store.Links.Get(tx, string(id))
	before := link.Endings
	link.Endings = slices.Clone(link.Endings)
	for i := range link.Endings {
		e := &link.Endings[i]
		if !e.Ended.IsZero() {
			continue
		}
		e.Told, e.Legs = slices.Clone(e.Told), slices.Clone(e.Legs)
		remind(e, now)
		did, err := deleteDue(tx, link, e, now)
		if err != nil {
			return acts, err
		}
		acts = append(acts, did...)
		noteGone(tx, link, e, now)
		finish(tx, link, e, now)
	}
	if !reflect.DeepEqual(before, link.Endings) {
		store.Links.Put(tx, link)
	}
	return acts, nil
}

// remind has the parties told for the second time.
func remind(e *demarc.Ending, now time.Time) {
	if e.Warned() && len(e.Told) == 1 && !now.Before(e.Due.Add(-demarc.EndingLastNotice)) {
		e.Told = append(e.Told, now)
	}
}

// deleteDue deletes interfaces as their owner, the platform, would, once that is
// agreed for long enough; not while a cut-over moves what they carry.
func deleteDue(tx *store.Tx, link demarc.Link, e *demarc.Ending, now time.Time) (acts []Act, err error) {
	if opens := e.Opens(); opens.IsZero() || now.Before(opens) || locked(tx, link.Environment) != nil {
		return nil, nil
	}
	for i := range e.Legs {
		of := &e.Legs[i]
		v, ok := store.VirtualInterfaces.Get(tx, string(of.Interface))
		if !ok || !alive(v) {
			continue
		}
		if _, err := vif.Delete(tx, v.Owner, v.ID, now); err != nil {
			return acts, err
		}
		of.Deleted = now
		acts = append(acts, Act{v.Owner, "DeleteVirtualInterface"})
	}
	return acts, nil
}

// noteGone keeps when interfaces were gone, whoever deleted them: they are
// forgotten soon.
func noteGone(r store.Reader, link demarc.Link, e *demarc.Ending, now time.Time) {
	for i := range e.Legs {
		of := &e.Legs[i]
		if of.Interface == "" || !of.Gone.IsZero() || clings(r, link, *of) != "" {
			continue
		}
		of.Gone = now
		if v, ok := store.VirtualInterfaces.Get(r, string(of.Interface)); ok && !v.Deleted.IsZero() {
			of.Gone = v.Deleted
		}
	}
}

// finish ends what has nothing left, with its case. A whole link counts no more
// for its environment.
func finish(tx *store.Tx, link demarc.Link, e *demarc.Ending, now time.Time) {
	if _, waiting := WhoseMove(find(tx, link, now).departing(tx, *e)); waiting {
		return
	}
	e.Ended = now
	text := "Ended: nothing is left of leg " + e.Legs[0].Leg + " of link " + string(link.ID)
	if e.Whole {
		tx.Release(claimName(link.Environment) + string(link.ID))
		text = "Ended: nothing is left of link " + string(link.ID)
	}
	if c, ok := store.Cases.Get(tx, string(e.Case)); ok && !c.State.Ended() {
		end(tx, answered(c, text, ByDesk, now))
	}
}
