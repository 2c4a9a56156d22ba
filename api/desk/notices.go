package desk

import (
	"encoding/json"
	"time"

	"demarc"
	"demarc/notice"
	"demarc/store"
)

// noticesShown is how many an answer has at most.
const noticesShown = 1000

// A Notice is something that happened.
type Notice struct {
	ID        demarc.NoticeID `json:"id"`
	At        time.Time       `json:"at"`
	Type      string          `json:"type" doc:"a kind of object and what became of it: vif.accepted"`
	Subject   string          `json:"subject" doc:"the object's id"`
	Resources []string        `json:"resources,omitempty" doc:"what is concerned besides"`
	Detail    json.RawMessage `json:"detail"`
}

// Notices is a list of them, the latest first.
type Notices struct {
	Notices []Notice `json:"notices"`
}

// A WebhookRequest asks for notices to be sent.
type WebhookRequest struct {
	URL   string   `json:"url" doc:"http or https"`
	Types []string `json:"types,omitempty" doc:"such as vif.accepted or vif.*; all where left out"`
}

// A Webhook is where notices are sent.
type Webhook struct {
	ID     demarc.WebhookID `json:"id"`
	URL    string           `json:"url"`
	Types  []string         `json:"types,omitempty"`
	From   time.Time        `json:"from" doc:"notices before it are not sent"`
	Gone   time.Time        `json:"gone,omitzero" doc:"when the receiver said 410 Gone; nothing is sent from then on, until a test or a replay"`
	Secret string           `json:"secret,omitempty" doc:"what signs the notices (Standard Webhooks); shown once, when the webhook is added"`
}

// Webhooks is a list of them, by id.
type Webhooks struct {
	Webhooks []Webhook `json:"webhooks"`
}

// A ReplayRequest asks for notices once more.
type ReplayRequest struct {
	Since time.Time `json:"since"`
}

// A Delivery is what became of a notice at a webhook.
type Delivery struct {
	Notice   Notice               `json:"notice"`
	State    demarc.DeliveryState `json:"state" enum:"new,waiting,delivered,parked"`
	Attempts int                  `json:"attempts"`
	Last     time.Time            `json:"last,omitzero" doc:"the last attempt"`
	Next     time.Time            `json:"next,omitzero" doc:"the next attempt"`
	Answer   string               `json:"answer,omitempty" doc:"to the last attempt: a status, or why there was none"`
}

// Deliveries is a list of them, the latest notice first.
type Deliveries struct {
	Deliveries []Delivery `json:"deliveries"`
}

func told(n demarc.Notice) Notice {
	return Notice{ID: n.ID, At: n.At, Type: n.Type, Subject: n.Subject, Resources: n.Resources, Detail: n.Detail}
}

func showWebhook(h demarc.Webhook) Webhook {
	return Webhook{ID: h.ID, URL: h.URL, Types: h.Types, From: h.From, Gone: h.Gone}
}

func (c call) notices() (Notices, error) {
	view, err := c.read()
	if err != nil {
		return Notices{}, err
	}
	out := Notices{Notices: []Notice{}}
	for _, n := range notice.List(view, c.by, noticesShown) {
		out.Notices = append(out.Notices, told(n))
	}
	return out, nil
}

func (c call) addWebhook(in WebhookRequest) (Webhook, error) {
	var hook demarc.Webhook
	err := c.write(func(tx *store.Tx) (err error) {
		hook, err = notice.AddWebhook(tx, c.by.ID, in.URL, in.Types, c.now)
		return err
	})
	out := showWebhook(hook)
	out.Secret = hook.Secret.Reveal()
	return out, err
}

func (c call) webhooks() (Webhooks, error) {
	view, err := c.read()
	if err != nil {
		return Webhooks{}, err
	}
	out := Webhooks{Webhooks: []Webhook{}}
	for _, h := range notice.Webhooks(view, c.by.ID) {
		out.Webhooks = append(out.Webhooks, showWebhook(h))
	}
	return out, nil
}

func (c call) removeWebhook() (Webhook, error) {
	return c.onWebhook(func(tx *store.Tx, id demarc.WebhookID) (demarc.Webhook, error) {
		return notice.RemoveWebhook(tx, c.by.ID, id)
	})
}

func (c call) testWebhook() (Webhook, error) {
	return c.onWebhook(func(tx *store.Tx, id demarc.WebhookID) (demarc.Webhook, error) {
		return notice.Test(tx, c.by.ID, id, c.now)
	})
}

func (c call) replayWebhook(in ReplayRequest) (Webhook, error) {
	return c.onWebhook(func(tx *store.Tx, id demarc.WebhookID) (demarc.Webhook, error) {
		return notice.Replay(tx, c.by.ID, id, in.Since, c.now)
	})
}

func (c call) onWebhook(act func(*store.Tx, demarc.WebhookID) (demarc.Webhook, error)) (Webhook, error) {
	var hook demarc.Webhook
	err := c.write(func(tx *store.Tx) (err error) {
		hook, err = act(tx, c.webhookID())
		return err
	})
	return showWebhook(hook), err
}

func (c call) deliveries() (Deliveries, error) {
	view, err := c.read()
	if err != nil {
		return Deliveries{}, err
	}
	sent, err := notice.Log(view, c.by.ID, c.webhookID(), noticesShown)
	out := Deliveries{Deliveries: []Delivery{}}
	for _, s := range sent {
		d := Delivery{Notice: told(s.Notice), State: s.Delivery.State, Attempts: s.Delivery.Attempts, Last: s.Delivery.Last, Next: s.Delivery.Next, Answer: s.Delivery.Answer}
		if d.State == "" {
			d.State = "new"
		}
		out.Deliveries = append(out.Deliveries, d)
	}
	return out, err
}

func (c call) webhookID() demarc.WebhookID { return demarc.WebhookID(c.request.PathValue("id")) }
