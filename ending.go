package demarc

import "time"

// An Ending is the end of a link, or of one of its legs, from the day that it is
// agreed. How far it has come is derived from what it ran on, as the steps of a
// link are; here is what no object can tell, since those objects are going.
//
//	granted ──told twice, and the last day is over──► interfaces are deleted ──nothing is left──► ended
//	   └──its customer, while nothing is deleted──► taken out of the link, which goes on
type Ending struct {
	// Case asked for it.
	Case CaseID `json:"case"`
	// Whole says that the link ends, and not a leg alone.
	Whole bool `json:"whole,omitempty"`
	// By has granted it: an account, or "desk".
	By string `json:"by"`
	// Cause is why the platform ends it, and Reason its words; both are empty where
	// its customer asked.
	Cause   EndCause  `json:"cause,omitempty"`
	Reason  string    `json:"reason,omitempty"`
	Granted time.Time `json:"granted"`
	// Due is the earliest that interfaces are deleted. It is Granted where the
	// platform had accepted none: then nobody loses anything.
	Due time.Time `json:"due"`
	// Told is when the parties were told, the first first.
	Told []time.Time `json:"told,omitempty"`
	Legs []EndingLeg `json:"legs"`
	// Ended is when nothing was left.
	Ended time.Time `json:"ended,omitzero"`
}

// EndCause is why a platform ends a link that its customer did not ask to end.
type EndCause string

const (
	CauseNonPayment  EndCause = "non-payment"
	CauseAbuse       EndCause = "abuse"
	CauseEntitlement EndCause = "entitlement-ended" // the edition, or the contract, is over
)

// EndCauses are all of them.
func EndCauses() []EndCause { return []EndCause{CauseNonPayment, CauseAbuse, CauseEntitlement} }

// CauseNoticeDays is how many days a customer is told before its link ends for
// cause, where no rule of the policy says how many: a month, as bills have.
const CauseNoticeDays = 30

// An EndingLeg is what a leg ran on when its end was granted. It never runs on
// anything else again.
type EndingLeg struct {
	Leg string `json:"leg"`
	// Connection and Interface are empty where there was none.
	Connection ConnectionID       `json:"connection,omitempty"`
	Interface  VirtualInterfaceID `json:"interface,omitempty"`
	VLAN       VLAN               `json:"vlan,omitempty"`
	Device     NodeID             `json:"device,omitempty"`
	// Deleted is when the desk asked for the interface's end; zero where
	// somebody else did. Gone is when the edge had nothing of it any more.
	Deleted time.Time `json:"deleted,omitzero"`
	Gone    time.Time `json:"gone,omitzero"`
}

// How long before interfaces are deleted it is told first, and again at least:
// as before the end of hosted interfaces after a cut-over.
const (
	EndingNotice     = CutoverNotice
	EndingLastNotice = CutoverLastNotice
)

// Warned reports whether something was accepted, so that the parties are told
// before it ends.
func (e Ending) Warned() bool { return e.Due.After(e.Granted) }

// Opens is when interfaces may be deleted: when it is due, and a day after the
// second notice. Zero is that the second was not sent yet.
func (e Ending) Opens() time.Time {
	switch {
	case !e.Warned():
		return e.Due
	case len(e.Told) < 2:
		return time.Time{}
	}
	if opens := e.Told[1].Add(EndingLastNotice); opens.After(e.Due) {
		return opens
	}
	return e.Due
}

// Ending is the end of the whole link; it is false as long as the link goes on.
func (l Link) Ending() (Ending, bool) {
	for _, e := range l.Endings {
		if e.Whole {
			return e, true
		}
	}
	return Ending{}, false
}

// EndingOf is the end of a leg, with the link or before it.
func (l Link) EndingOf(leg string) (Ending, EndingLeg, bool) {
	for _, e := range l.Endings {
		for _, of := range e.Legs {
			if of.Leg == leg {
				return e, of, true
			}
		}
	}
	return Ending{}, EndingLeg{}, false
}

// Over reports whether the link has ended: nothing leads into its environment,
// and it counts no more.
func (l Link) Over() bool {
	e, ending := l.Ending()
	return ending && !e.Ended.IsZero()
}

// Asked reports whether the link's address is probed: as long as there is one,
// and an interface that leads to it may be there.
func (l Link) Asked() bool {
	if _, ending := l.Ending(); !ending {
		return l.Probe.IsValid()
	}
	for _, e := range l.Endings {
		for _, of := range e.Legs {
			if of.Interface != "" && of.Gone.IsZero() {
				return l.Probe.IsValid()
			}
		}
	}
	return false
}

// GoesOn refuses what is asked of a link, or of a leg of it, that is to end or
// has ended. The leg may be empty.
func (l Link) GoesOn(leg string) error {
	what := "link " + string(l.ID)
	e, ending := l.Ending()
	if !ending && leg != "" {
		e, _, ending = l.EndingOf(leg)
		what = "leg " + leg + " of " + what
	}
	switch {
	case !ending:
		return nil
	case !e.Ended.IsZero():
		return Errorf(Conflict, "%s has ended on %s", what, e.Ended.UTC().Format("2006-01-02 15:04:05 MST")).
			Coded("E-LINK-ENDED", "Request another link").In("link").By(Customer)
	}
	if e.Cause != "" {
		return Errorf(Conflict, "%s is to end: its platform ends it for %s", what, e.Cause).
			Coded("E-LINK-ENDING", "Settle it with the platform, which may take the end back as long as nothing is deleted: demarc case show "+string(e.Case)).
			In("link").By(Platform)
	}
	return Errorf(Conflict, "%s is to end, as case %s asked", what, e.Case).
		Coded("E-LINK-ENDING", "Request another link, or take the end back as long as nothing is deleted: demarc link keep "+string(l.ID)).
		In("link").By(Customer)
}
