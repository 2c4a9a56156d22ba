package desk

import (
	"fmt"
	"slices"
	"time"

	"demarc"
	"demarc/store"
)

// NoneEnding refuses what changes an environment's lines as a whole while one of
// its links is to end.
func NoneEnding(r store.Reader, environment string) error {
	for link := range store.Links.By(r, "environment", environment) {
		for _, e := range link.Endings {
			if err := link.GoesOn(e.Legs[0].Leg); err != nil && e.Ended.IsZero() {
				return err
			}
		}
	}
	return nil
}

// A departure is what a case asks to end.
type departure struct {
	link  demarc.Link
	legs  []leg // not those that end already
	whole bool
}

// departureOf looks what a case asks to end as it is at now: the link, or the
// leg that is named, or that the interface is of. Of what is at another Direct
// Connect the desk knows no interfaces.
func departureOf(r store.Reader, c demarc.Case, now time.Time) (departure, error) {
	link, _ := store.Links.Get(r, string(c.Link))
	d := departure{link: link, whole: c.VirtualInterface == "" && c.Leg == ""}
	if err := link.GoesOn(""); err != nil {
		return d, err
	}
	p := find(r, link, now)
	if p.env.Away() && c.VirtualInterface != "" {
		return d, demarc.Errorf(demarc.Invalid, "environment %s is at another Direct Connect, whose interfaces are not the desk's to know", c.Environment).
			Coded("E-ELSEWHERE", fmt.Sprintf("Name the leg: demarc link end %s --leg b", link.ID)).In("virtualInterface")
	}
	left := 0
	for _, l := range p.legs {
		named := (c.Leg == "" || l.ID == c.Leg) && (c.VirtualInterface == "" || l.vif.ID == c.VirtualInterface && alive(l.vif)) && !d.whole
		if _, _, ending := link.EndingOf(l.ID); ending {
			if named {
				return d, link.GoesOn(l.ID)
			}
			continue
		}
		if left++; d.whole || named {
			d.legs = append(d.legs, l)
		}
	}
	switch {
	case len(d.legs) == 0 && c.VirtualInterface == "":
		return d, demarc.Errorf(demarc.Invalid, "link %s has no leg %q", link.ID, c.Leg).Coded("E-LEGS", "Give the letter of one").In("leg")
	case len(d.legs) == 0:
		return d, demarc.Errorf(demarc.NotFound, "no virtual interface %q", c.VirtualInterface).In("virtualInterface")
	case !d.whole && left == 1:
		return d, demarc.Errorf(demarc.Conflict, "leg %s is the last of link %s", d.legs[0].ID, link.ID).
			Coded("E-ENDING-LAST-LEG", "Name neither leg nor interface, and the link ends").In(map[bool]string{true: "leg", false: "virtualInterface"}[c.Leg != ""]).By(demarc.Customer)
	}
	return d, nil
}

// accepted reports whether the platform has accepted something of it, which
// carries packets or may. At another Direct Connect it may have what it was asked
// for.
func (d departure) accepted() bool {
	for _, l := range d.legs {
		if l.progress.mayCarry(l.ID) {
			return true
		}
	}
	return slices.ContainsFunc(d.legs, func(l leg) bool { return alive(l.vif) && endOf(l.vif) != "" })
}

// due is when it ends at the earliest: after the last day that the case names,
// and not before both parties can have been told twice.
func (d departure) due(c demarc.Case, now time.Time) time.Time {
	due := now
	if last, err := time.Parse(day, c.LastDay); err == nil && !last.AddDate(0, 0, 1).Before(now) {
		due = last.AddDate(0, 0, 1)
	}
	if soonest := now.Add(demarc.EndingNotice); d.accepted() && due.Before(soonest) {
		due = soonest
	}
	if soonest := now.AddDate(0, 0, c.NoticeDays); due.Before(soonest) {
		due = soonest
	}
	return due
}

// askToEnd takes up a case about the end of a link or of a leg. Where nothing
// was accepted, and no day is named, nobody loses anything: it ends at once.
func askToEnd(tx *store.Tx, c demarc.Case, env demarc.Environment) (demarc.Case, error) {
	if err := first(checkDate(c.LastDay, c.Created)); err != nil {
		return c, inField(err, "goLive", "lastDay")
	}
	d, err := departureOf(tx, c, c.Created)
	if err != nil {
		return c, err
	}
	if !d.accepted() && c.LastDay == "" {
		return grant(tx, c, ByDesk, c.Created)
	}
	if err := tx.Claim(endClaim(c), string(c.ID)); err != nil {
		return c, alreadyAsked(err, c)
	}
	return decideEnd(tx, c, env, d)
}

// endClaim is held by the one case about the end of a link that is not decided.
func endClaim(c demarc.Case) string { return "case/" + string(c.Link) }

// releaseEnd lets go of the claim, if it is this case's.
func releaseEnd(tx *store.Tx, c demarc.Case) {
	for name, holder := range tx.Claims(endClaim(c)) {
		if name == endClaim(c) && holder == string(c.ID) {
			tx.Release(name)
		}
	}
}

// decideEnd lets the platform's policy take it up, by those of its rules that
// are about ends.
func decideEnd(tx *store.Tx, c demarc.Case, env demarc.Environment, d departure) (demarc.Case, error) {
	judged, ok := judgedBy(tx, c, env, d.facts(tx, env, c))
	switch {
	case !ok:
	case judged.Verdict == demarc.VerdictAccept:
		return grant(tx, c, ByDesk, c.Created)
	case judged.Verdict == demarc.VerdictReject:
		return rejected(tx, c, judged.Reason, ByDesk, c.Created)
	}
	c.FourEyes = judged.FourEyes
	return c, nil
}

// facts are what a policy judges of an end that a case asks for.
func (d departure) facts(r store.Reader, env demarc.Environment, c demarc.Case) demarc.PolicyFacts {
	facts := factsOfLink(r, env, d.link)
	facts.Termination, facts.Interface, facts.Proof = true, c.VirtualInterface, demarc.ProofOwner // its customer asks
	if facts.Cause = c.Cause; c.Cause != "" {
		facts.Proof = ""
	}
	for _, l := range d.legs {
		facts.Rate = max(facts.Rate, l.Bandwidth)
		if !d.whole {
			facts.Leg = l.ID
		}
	}
	return facts
}

// grantEnd writes down that a link, or a leg, is to end: when, and what it runs
// on. Tokens that nobody has redeemed are withdrawn.
func grantEnd(tx *store.Tx, c demarc.Case, by string, now time.Time) (demarc.Case, error) {
	d, err := departureOf(tx, c, now)
	if err != nil {
		return c, err
	}
	e := demarc.Ending{Case: c.ID, Whole: d.whole, By: by, Granted: now, Due: d.due(c, now), Cause: c.Cause}
	if c.Cause != "" {
		e.Reason = c.Reason
	}
	if e.Warned() {
		e.Told = []time.Time{now}
	}
	for _, l := range d.legs {
		of := demarc.EndingLeg{Leg: l.ID, Connection: l.conn.ID}
		if alive(l.vif) {
			of.Interface, of.VLAN, of.Device = l.vif.ID, l.vif.VLAN, l.vif.Device
		}
		e.Legs = append(e.Legs, of)
		withdrawTokens(tx, d.link, l.ID, now)
	}
	d.link.Endings = append(slices.Clone(d.link.Endings), e)
	store.Links.Put(tx, d.link)
	releaseEnd(tx, c)
	c.State = demarc.CaseGranted
	if e.Warned() {
		c.History = append(slices.Clone(c.History), demarc.Communication{By: ByDesk, At: now, Text: fmt.Sprintf("Granted: %s ends on %s. Until then %s", d.name(), stamp(e.Due), mayKeep(e, d.link.ID))})
	}
	store.Cases.Put(tx, c)
	if _, err := conductEnd(tx, d.link.ID, now); err != nil {
		return c, err
	}
	c, _ = store.Cases.Get(tx, string(c.ID))
	return c, nil
}

// name is what ends, in words.
func (d departure) name() string {
	if d.whole {
		return "link " + string(d.link.ID)
	}
	return "leg " + d.legs[0].ID + " of link " + string(d.link.ID)
}

// withdrawTokens takes back those of a leg that nobody has redeemed.
func withdrawTokens(tx *store.Tx, link demarc.Link, leg string, now time.Time) {
	for t := range store.LinkTokens.By(tx, "link", string(link.ID)) {
		if t.Leg == leg && t.StateAt(now) == demarc.TokenIssued {
			t.Withdrawn = now
			store.LinkTokens.Put(tx, t)
		}
	}
}

// takeBack has a link go on that was to end as a case asked, as long as nothing
// of it is deleted. A case that is not granted has nothing to be taken back.
func takeBack(tx *store.Tx, c demarc.Case) error {
	if c.Kind != demarc.CaseTermination || c.State != demarc.CaseGranted {
		return nil
	}
	link, _ := store.Links.Get(tx, string(c.Link))
	i := slices.IndexFunc(link.Endings, func(e demarc.Ending) bool { return e.Case == c.ID })
	if i < 0 {
		return nil
	}
	if gone := begun(tx, link.Endings[i]); gone != "" {
		return demarc.Errorf(demarc.Conflict, "the end of link %s has begun: %s", link.ID, gone).
			Coded("E-ENDING-BEGUN", "Request another link").By(demarc.Customer)
	}
	link.Endings = slices.Delete(slices.Clone(link.Endings), i, i+1)
	store.Links.Put(tx, link)
	return nil
}

// begun says what of that which is to end is not there any more; empty for
// nothing.
func begun(r store.Reader, e demarc.Ending) string {
	if !e.Ended.IsZero() {
		return "it has ended on " + stamp(e.Ended)
	}
	for _, of := range e.Legs {
		if v, _ := store.VirtualInterfaces.Get(r, string(of.Interface)); of.Interface != "" && !alive(v) {
			return fmt.Sprintf("interface %s is deleted", of.Interface)
		}
		if c, ok := store.Connections.Get(r, string(of.Connection)); of.Connection != "" && (!ok || c.State.Gone()) {
			return fmt.Sprintf("connection %s is deleted", of.Connection)
		}
	}
	return ""
}
