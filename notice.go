package demarc

import (
	"encoding/json"
	"slices"
	"time"
)

// A Notice is something that happened, as it is told to the accounts that it
// concerns. It is written in the transaction that made it happen, and never
// changed.
type Notice struct {
	// ID begins with the time, so that ids are in its order.
	ID NoticeID  `json:"id"`
	At time.Time `json:"at"`
	// Type is a kind of object and what became of it: vif.accepted.
	Type string `json:"type"`
	// Subject is the object's id. What is told of one is told in order.
	Subject string `json:"subject"`
	// Accounts are told, and nobody else.
	Accounts []AccountID `json:"accounts"`
	// Resources are the ids of what is concerned besides.
	Resources []string `json:"resources,omitempty"`
	// Region is the one that the subject is in; empty where it is in none.
	Region Region `json:"region,omitempty"`
	// Detail is a JSON object that every one of the accounts may read.
	Detail json.RawMessage `json:"detail"`
}

// A Webhook is where an account wants its notices.
type Webhook struct {
	ID      WebhookID `json:"id"`
	Account AccountID `json:"account"`
	// URL may have a key in it.
	URL string `json:"url" audit:"hidden"`
	// Secret signs what is sent; its text is whsec_ and base64.
	Secret Secret `json:"secret"`
	// Types are the kinds of notice wanted, as vif.accepted or vif.*; none is
	// all.
	Types []string `json:"types,omitempty"`
	// From is the time of the first notice that is sent.
	From time.Time `json:"from"`
	// What is not older than ReplayFrom and was finished before ReplayAt is sent
	// once more.
	ReplayFrom time.Time `json:"replayFrom,omitzero"`
	ReplayAt   time.Time `json:"replayAt,omitzero"`
	// Gone is when the receiver has said 410 Gone: nothing is sent from then on,
	// until its account asks for a test or a replay.
	Gone time.Time `json:"gone,omitzero"`
}

// DeliveryState says how far a notice has come on its way to a webhook.
//
//	waiting ──2xx──► delivered
//	   │ └──anything else──► waiting, for longer each time
//	   └──a day is over──► parked ──replayed──► waiting
type DeliveryState string

const (
	DeliveryWaiting   DeliveryState = "waiting"   // tried in vain; the clock moves next
	DeliveryDelivered DeliveryState = "delivered" // the end
	DeliveryParked    DeliveryState = "parked"    // given up; the webhook's owner moves next: a replay
)

// A Delivery is a notice on its way to a webhook, from the first attempt on.
type Delivery struct {
	Webhook  WebhookID     `json:"webhook"`
	Notice   NoticeID      `json:"notice"`
	State    DeliveryState `json:"state"`
	Attempts int           `json:"attempts"`
	// First and Last are when it was tried, Next when it will be again.
	First time.Time `json:"first"`
	Last  time.Time `json:"last"`
	Next  time.Time `json:"next,omitzero"`
	// Answer is the last one: an HTTP status, or why there was none.
	Answer string `json:"answer"`
}

// A Courier is the control process that sends notices, of those that share a
// store.
type Courier struct {
	Holder string    `json:"holder"`
	Until  time.Time `json:"until"`
}

// A Standing is what was told last of something that is derived and not kept,
// such as the steps of a link, so that a change can be told once.
type Standing struct {
	// Of is a kind and an id: link/lk-1.
	Of string `json:"of"`
	// Facts are true where they are listed, in order.
	Facts []string `json:"facts"`
}

// Has reports whether a fact was told.
func (s Standing) Has(fact string) bool { return slices.Contains(s.Facts, fact) }
