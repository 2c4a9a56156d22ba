package desk

import (
	"time"

	"demarc"
)

// CaseFields are what the kinds of case have to be filled in with.
type CaseFields struct {
	Link             demarc.LinkID             `json:"link,omitempty" doc:"for account-association, route-change and termination; your only one where left out"`
	VirtualInterface demarc.VirtualInterfaceID `json:"virtualInterface,omitempty" doc:"for accept-interface and failover-drill; for termination of one leg"`
	TransitGateway   demarc.TransitGatewayID   `json:"transitGateway,omitempty" doc:"for own-transit-gateway, where known"`
	ResourceShare    string                    `json:"resourceShare,omitempty" doc:"for own-transit-gateway, where known"`
	Prefixes         []string                  `json:"prefixes,omitempty" doc:"for own-transit-gateway: the customer's own"`
	Add              []string                  `json:"add,omitempty" doc:"for route-change"`
	Remove           []string                  `json:"remove,omitempty" doc:"for route-change"`
	Minutes          int                       `json:"minutes,omitempty" doc:"for failover-drill: how long"`
	Start            time.Time                 `json:"start,omitzero" doc:"for failover-drill: when it may begin; any time where left out"`
	Force            bool                      `json:"force,omitempty" doc:"for failover-drill: also if no other leg is up, which cuts the link off"`
	Reason           string                    `json:"reason,omitempty" doc:"for termination"`
	Leg              string                    `json:"leg,omitempty" doc:"for termination of one leg: its letter"`
	LastDay          string                    `json:"lastDay,omitempty" doc:"for termination: a day such as 2026-05-04"`
}

// A CaseRequest opens a case.
type CaseRequest struct {
	Kind        demarc.CaseKind       `json:"kind" enum:"account-association,accept-interface,own-transit-gateway,route-change,failover-drill,termination"`
	Environment string                `json:"environment"`
	Subject     string                `json:"subject,omitempty" doc:"a line for people"`
	Fields      *CaseFields           `json:"fields,omitempty" doc:"those that the kind has"`
	Text        string                `json:"text,omitempty" doc:"what there is to say besides"`
	Attachments []demarc.AttachmentID `json:"attachments,omitempty"`
	// VirtualInterface is fields.virtualInterface for who has nothing else to
	// say.
	VirtualInterface demarc.VirtualInterfaceID `json:"virtualInterface,omitempty" doc:"short for fields.virtualInterface"`
}

// A Case is a question of one party to another.
type Case struct {
	ID               demarc.CaseID             `json:"id"`
	Kind             demarc.CaseKind           `json:"kind" enum:"account-association,accept-interface,own-transit-gateway,route-change,failover-drill,termination"`
	Environment      string                    `json:"environment"`
	Opener           demarc.AccountID          `json:"opener"`
	Assignee         demarc.AccountID          `json:"assignee"`
	Subject          string                    `json:"subject,omitempty"`
	Fields           CaseFields                `json:"fields"`
	VirtualInterface demarc.VirtualInterfaceID `json:"virtualInterface,omitempty" doc:"fields.virtualInterface"`
	State            demarc.CaseState          `json:"state" enum:"open,waiting-opener,waiting-assignee,waiting-approver,granted,answered,rejected,resolved,expired"`
	Answer           string                    `json:"answer,omitempty"`
	AnsweredBy       string                    `json:"answeredBy,omitempty" doc:"an account, or desk"`
	Created          time.Time                 `json:"created"`
	Answered         time.Time                 `json:"answered,omitzero" doc:"absent where the interface itself gave the answer"`
	FourEyes         bool                      `json:"fourEyes,omitempty" doc:"two persons of the assignee have to agree"`
	Cause            demarc.EndCause           `json:"cause,omitempty" doc:"of a termination by the platform: non-payment, abuse or entitlement-ended"`
	NoticeDays       int                       `json:"noticeDays,omitempty" doc:"of such: how many days before its customer is told"`
	Affected         demarc.AccountID          `json:"affected,omitempty" doc:"of such: the customer, who may read the case and reply"`
	Offer            *Offer                    `json:"offer,omitempty" doc:"of accept-interface at another Direct Connect"`
	Drill            *DrillElsewhere           `json:"drill,omitempty" doc:"of failover-drill at another Direct Connect"`
	Transit          *TransitThere             `json:"transit,omitempty" doc:"of own-transit-gateway at another Direct Connect; left out in lists"`
	Differences      []Difference              `json:"differences,omitempty" doc:"what was requested against what was allocated; left out in lists"`
	Flags            []Flag                    `json:"flags,omitempty" doc:"what a person should have thought about; left out in lists"`
	History          []Communication           `json:"history,omitempty" doc:"the oldest first; left out in lists"`
	Steps            []Step                    `json:"steps,omitempty" doc:"of own-transit-gateway, and of a termination that was granted, each read from the real objects; left out in lists"`
	AsOf             time.Time                 `json:"asOf" doc:"the site's time when it was read, which its since and deadline go by"`
	Next             *Step                     `json:"next,omitempty" doc:"the first step that is not done: its party moves next"`
	Cutover          demarc.CutoverID          `json:"cutover,omitempty" doc:"the newest of the case"`
}

// A Difference holds what a leg of a link asked for against what its interface
// has.
type Difference struct {
	Field     string `json:"field"`
	Requested string `json:"requested" doc:"any where the customer left the choice"`
	Allocated string `json:"allocated"`
	Differs   bool   `json:"differs"`
}

// A Flag is a risk that the request has.
type Flag struct {
	Code string `json:"code" doc:"docs/errors.md explains each"`
	Text string `json:"text"`
}

// A Communication is one thing said in a case.
type Communication struct {
	By          string                `json:"by" doc:"an account, or desk"`
	Person      demarc.AccountID      `json:"person,omitempty" doc:"who acted for the account; shown to that account alone"`
	At          time.Time             `json:"at"`
	Text        string                `json:"text"`
	Attachments []demarc.AttachmentID `json:"attachments,omitempty"`
}

// Cases is a list of them, by id.
type Cases struct {
	Cases []Case `json:"cases"`
}

// A CaseForm says which fields a kind of case has.
type CaseForm struct {
	Kind     demarc.CaseKind `json:"kind"`
	Title    string          `json:"title"`
	Required []string        `json:"required"`
	Optional []string        `json:"optional"`
}

// CaseForms are those of every kind.
type CaseForms struct {
	Forms []CaseForm `json:"forms"`
}

// An EndRequest ends a link for cause.
type EndRequest struct {
	Cause   demarc.EndCause `json:"cause" enum:"non-payment,abuse,entitlement-ended"`
	Reason  string          `json:"reason" doc:"what happened, for its customer"`
	LastDay string          `json:"lastDay,omitempty" doc:"a day such as 2026-05-04; the first that the policy's notice leaves where left out"`
}

// An AnswerRequest closes a case.
type AnswerRequest struct {
	Text string `json:"text"`
}

// A ReplyRequest says something in a case.
type ReplyRequest struct {
	Text        string                `json:"text,omitempty"`
	Attachments []demarc.AttachmentID `json:"attachments,omitempty"`
}

// A RejectRequest closes a case with a reason.
type RejectRequest struct {
	Reason string `json:"reason"`
}

// An AttachmentRequest keeps a file for a case, or a reference to what the API
// renders.
type AttachmentRequest struct {
	Name      string `json:"name"`
	Data      []byte `json:"data,omitempty" doc:"up to 512 KiB, in base64"`
	Reference string `json:"reference,omitempty" doc:"letter/dxcon-… or configuration/dxvif-…, in place of data"`
}

// An Attachment is a file that somebody shows in a case.
type Attachment struct {
	ID        demarc.AttachmentID `json:"id"`
	Name      string              `json:"name"`
	Case      demarc.CaseID       `json:"case,omitempty" doc:"absent until a communication has it"`
	Data      []byte              `json:"data,omitempty" doc:"in base64"`
	Reference string              `json:"reference,omitempty"`
	Command   string              `json:"command,omitempty" doc:"what gives the thing that is referred to"`
	Created   time.Time           `json:"created"`
}
