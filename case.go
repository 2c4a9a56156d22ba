package demarc

import "time"

// CaseKind says what is asked, and so which fields must be filled in.
type CaseKind string

const (
	CaseAccount     CaseKind = "account-association" // which account do I allocate to?
	CaseAccept      CaseKind = "accept-interface"    // please accept this virtual interface
	CaseTransit     CaseKind = "own-transit-gateway" // I bring a Transit Gateway of my own
	CaseRoutes      CaseKind = "route-change"        // I mean to advertise other prefixes
	CaseDrill       CaseKind = "failover-drill"      // please test the failover of this interface
	CaseTermination CaseKind = "termination"         // I no longer need this
)

// CaseState says who moves next.
//
//	open ──assignee asks──► waiting-opener ◄──► waiting-assignee
//	  │ (any of these)              │
//	  ├──assignee accepts, four eyes are wanted──► waiting-approver ──another approves──► answered
//	  ├──assignee, the policy, or what happened to the interface──► answered
//	  ├──assignee or the policy agrees to an end──► granted ──nothing is left──► answered
//	  │                                                └──opener, nothing is deleted yet──► resolved
//	  ├──assignee or the policy──► rejected
//	  ├──opener──► resolved
//	  └──opener was asked, and says nothing for days──► expired
type CaseState string

const (
	CaseOpen            CaseState = "open"             // the assignee moves next
	CaseWaitingOpener   CaseState = "waiting-opener"   // the assignee has asked something back
	CaseWaitingAssignee CaseState = "waiting-assignee" // the opener has replied
	CaseWaitingApprover CaseState = "waiting-approver" // a second person of the assignee moves next
	CaseGranted         CaseState = "granted"          // an end that was agreed; the steps of its link say who moves next
	CaseAnswered        CaseState = "answered"         // the end
	CaseRejected        CaseState = "rejected"         // the end; the answer says why
	CaseResolved        CaseState = "resolved"         // the end; its opener asks no longer
	CaseExpired         CaseState = "expired"          // the end; its opener did not say what it was asked
)

// Ended reports whether nobody has to move any more.
func (s CaseState) Ended() bool {
	return s == CaseAnswered || s == CaseRejected || s == CaseResolved || s == CaseExpired
}

// CaseFields are what the kinds of case have to be filled in with; each kind
// has some of them.
type CaseFields struct {
	Link LinkID `json:"link,omitempty"`
	// VirtualInterface is what acceptance or a drill is asked for.
	VirtualInterface VirtualInterfaceID `json:"virtualInterface,omitempty"`
	TransitGateway   TransitGatewayID   `json:"transitGateway,omitempty"`
	ResourceShare    string             `json:"resourceShare,omitempty"`
	// Prefixes are all of the customer's, Add and Remove those that change.
	Prefixes []string `json:"prefixes,omitempty"`
	Add      []string `json:"add,omitempty"`
	Remove   []string `json:"remove,omitempty"`
	// Minutes is how long a drill takes, Start when it may begin; zero for any
	// time.
	Minutes int       `json:"minutes,omitempty"`
	Start   time.Time `json:"start,omitzero"`
	// Force lets a drill cut the link off, where no other leg is up.
	Force  bool   `json:"force,omitempty"`
	Reason string `json:"reason,omitempty"`
	// Leg is the one that is to end, and no other; the link where it and
	// VirtualInterface are empty.
	Leg string `json:"leg,omitempty"`
	// LastDay is a day such as 2026-05-04.
	LastDay string `json:"lastDay,omitempty"`
}

// A Case is one question of one party to another about an environment.
type Case struct {
	ID          CaseID    `json:"id"`
	Kind        CaseKind  `json:"kind"`
	Environment string    `json:"environment"`
	Opener      AccountID `json:"opener"`
	Assignee    AccountID `json:"assignee"`
	CaseFields
	// Cause is of the end of a link that its platform opens and decides; NoticeDays
	// is how long its customer is told before, and Affected that customer, who may
	// read the case and reply.
	Cause      EndCause  `json:"cause,omitempty"`
	NoticeDays int       `json:"noticeDays,omitempty"`
	Affected   AccountID `json:"affected,omitempty"`
	// Offer is of a case to accept an interface at another Direct Connect; nil
	// for one that is here.
	Offer *Offer `json:"offer,omitempty"`
	// Drill is of a case that asks for one at another Direct Connect; nil for one
	// that is here.
	Drill *DrillElsewhere `json:"drill,omitempty"`
	// Transit is of a case about a Transit Gateway at another Direct Connect; nil
	// for one that is here.
	Transit *TransitWord `json:"transit,omitempty"`
	// Subject is a line for people; empty where the kind says enough.
	Subject string `json:"subject,omitempty"`
	// Severity is a word of AWS Support's; empty where none was said.
	Severity string    `json:"severity,omitempty"`
	State    CaseState `json:"state"`
	Answer   string    `json:"answer,omitempty"`
	// AnsweredBy is an account, or "desk" when policy answered.
	AnsweredBy string `json:"answeredBy,omitempty"`
	// FourEyes says that two persons of the assignee have to agree; Proposer is
	// the first of them.
	FourEyes bool      `json:"fourEyes,omitempty"`
	Proposer AccountID `json:"proposer,omitempty"`
	Created  time.Time `json:"created"`
	Answered time.Time `json:"answered,omitzero"`
	// History is what was said, the oldest first.
	History []Communication `json:"history,omitempty"`
}

// VisibleTo reports whether an account may know that the case exists.
func (c Case) VisibleTo(account AccountID) bool {
	return account == c.Opener || account == c.Assignee || account == c.Affected && account != ""
}

// Asked is when the assignee last asked the opener something that is not
// answered; zero for never. What the desk said by itself is no such question.
func (c Case) Asked() time.Time {
	if n := len(c.History); n > 0 && c.State == CaseWaitingOpener && c.History[n-1].By == string(c.Assignee) {
		return c.History[n-1].At
	}
	return time.Time{}
}

// A Communication is one thing said in a case.
type Communication struct {
	// By is an account, or "desk".
	By string `json:"by"`
	// Person is who acted for the account: itself, or who assumed its role.
	Person      AccountID      `json:"person,omitempty"`
	At          time.Time      `json:"at"`
	Text        string         `json:"text"`
	Attachments []AttachmentID `json:"attachments,omitempty"`
}

// An Attachment is a file that somebody shows in a case: the bytes themselves,
// or a reference to what the API renders for whoever may have it.
type Attachment struct {
	ID    AttachmentID `json:"id"`
	Owner AccountID    `json:"owner"`
	// Case is empty until a communication has it.
	Case CaseID `json:"case,omitempty"`
	// Set groups what an AWS Support client has not used yet.
	Set  string `json:"set,omitempty"`
	Name string `json:"name"`
	Data []byte `json:"data,omitempty" audit:"hidden"`
	// Reference is such as letter/dxcon-… or configuration/dxvif-….
	Reference string    `json:"reference,omitempty"`
	Created   time.Time `json:"created"`
}

// An Actor is who acts for an account: whoever has its key, or somebody who has
// assumed a role of it.
type Actor struct {
	Account AccountID
	Role    string    // empty for the account's own key
	Source  AccountID // who has assumed the role
}

// Person is who is behind it, as far as a site can tell people apart: a
// session's name is whatever its maker calls it, so it is the account that
// assumed the role.
func (a Actor) Person() AccountID {
	if a.Role != "" {
		return a.Source
	}
	return a.Account
}

// Roles with these names may do less than their account.
const (
	RoleAgent    = "platform-agent"    // works on cases, and approves none
	RoleApprover = "platform-approver" // approves what an agent has proposed
	RoleAuditor  = "auditor"           // reads
)

// Narrow reports whether a role of this name may change nothing but cases.
func Narrow(role string) bool {
	return role == RoleAgent || role == RoleApprover || role == RoleAuditor
}
