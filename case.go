package demarc

import "time"

// CaseKind says what is asked, and so which fields must be filled in.
type CaseKind string

const (
	CaseAccount CaseKind = "account-association" // which account do I allocate to?
	CaseAccept  CaseKind = "accept-interface"    // please accept this virtual interface
)

// CaseState says who moves next.
//
//	open ──assignee answers──► answered
type CaseState string

const (
	CaseOpen     CaseState = "open"     // the assignee moves next
	CaseAnswered CaseState = "answered" // the end
)

// A Case is one question of one party to another about an environment.
type Case struct {
	ID          CaseID    `json:"id"`
	Kind        CaseKind  `json:"kind"`
	Environment string    `json:"environment"`
	Opener      AccountID `json:"opener"`
	Assignee    AccountID `json:"assignee"`
	// VirtualInterface is what acceptance is asked for.
	VirtualInterface VirtualInterfaceID `json:"virtualInterface,omitempty"`
	State            CaseState          `json:"state"`
	Answer           string             `json:"answer,omitempty"`
	// AnsweredBy is an account, or "desk" when policy answered.
	AnsweredBy string    `json:"answeredBy,omitempty"`
	Created    time.Time `json:"created"`
	Answered   time.Time `json:"answered,omitzero"`
}

// VisibleTo reports whether an account may know that the case exists.
func (c Case) VisibleTo(account AccountID) bool {
	return account == c.Opener || account == c.Assignee
}
