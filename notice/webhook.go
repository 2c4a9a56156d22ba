package notice

import (
	"crypto/rand"
	"encoding/base64"
	"net/url"
	"slices"
	"strings"
	"time"

	"demarc"
	"demarc/store"
)

const (
	// mostWebhooks is how many an account may have: each is served by itself.
	mostWebhooks = 10
	longestURL   = 2048
	// secretPrefix and the length of a key are those of Standard Webhooks.
	secretPrefix = "whsec_"
	secretBytes  = 32
)

// AddWebhook has the account's notices from now on sent to a URL: all of them,
// or those of some types (vif.accepted, vif.*). Its secret is in the answer,
// and nowhere else.
func AddWebhook(tx *store.Tx, by demarc.AccountID, to string, types []string, now time.Time) (demarc.Webhook, error) {
	if err := checkURL(to); err != nil {
		return demarc.Webhook{}, err
	}
	if err := checkTypes(types); err != nil {
		return demarc.Webhook{}, err
	}
	hooks := 0
	for range tx.Claims(webhookClaim(by, "")) {
		hooks++
	}
	if hooks >= mostWebhooks {
		return demarc.Webhook{}, demarc.Errorf(demarc.Limit, "the account has %d webhooks, the most that it may", hooks).Coded("E-WEBHOOK-LIMIT", "Remove one")
	}
	key := make([]byte, secretBytes)
	rand.Read(key)
	hook := demarc.Webhook{
		ID: demarc.NewWebhookID(), Account: by, URL: to, Types: types, From: now,
		Secret: demarc.NewSecret(secretPrefix + base64.StdEncoding.EncodeToString(key)),
	}
	store.Webhooks.Put(tx, hook)
	return hook, tx.Claim(webhookClaim(by, hook.ID), string(hook.ID))
}

// webhookClaim counts an account's webhooks.
func webhookClaim(account demarc.AccountID, id demarc.WebhookID) string {
	return "webhook/" + string(account) + "/" + string(id)
}

// checkURL takes what a webhook may be sent to. Which hosts may be reached is
// seen when they are dialled, since a name may lead elsewhere by then.
func checkURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || len(text) > longestURL:
		return demarc.Errorf(demarc.Invalid, "%q is no http or https URL", text).Coded("E-WEBHOOK-URL", "Write it as in https://host.example/path").In("url")
	case u.User != nil:
		return demarc.Errorf(demarc.Invalid, "the URL has a user name in it").Coded("E-WEBHOOK-URL", "Check the signature instead of a password").In("url")
	case u.Fragment != "":
		return demarc.Errorf(demarc.Invalid, "the URL has a fragment, which is never sent").Coded("E-WEBHOOK-URL", "Leave out what begins with #").In("url")
	}
	return nil
}

func checkTypes(types []string) error {
	for _, wanted := range types {
		if !slices.ContainsFunc(Types(), func(t Type) bool { return matches(wanted, t.Name) }) {
			return demarc.Errorf(demarc.Invalid, "no notice is of type %q", wanted).
				Coded("E-NOTICE-TYPE", "Say a type as in docs/operations.md, or a kind as in vif.*").In("types")
		}
	}
	return nil
}

func matches(wanted, name string) bool {
	kind, all := strings.CutSuffix(wanted, "*")
	return wanted == name || all && strings.HasSuffix(kind, ".") && strings.HasPrefix(name, kind)
}

func wants(hook demarc.Webhook, n demarc.Notice) bool {
	return len(hook.Types) == 0 || n.Subject == string(hook.ID) ||
		slices.ContainsFunc(hook.Types, func(wanted string) bool { return matches(wanted, n.Type) })
}

// Webhooks lists those of the account, by id.
func Webhooks(r store.Reader, by demarc.AccountID) []demarc.Webhook {
	return slices.Collect(store.Webhooks.By(r, "account", string(by)))
}

// Webhook finds one of the account's.
func Webhook(r store.Reader, by demarc.AccountID, id demarc.WebhookID) (demarc.Webhook, error) {
	hook, ok := store.Webhooks.Get(r, string(id))
	if !ok || hook.Account != by {
		return demarc.Webhook{}, demarc.Errorf(demarc.NotFound, "no webhook %q", id)
	}
	return hook, nil
}

// RemoveWebhook ends it. What was not delivered is not any more; what is known
// of deliveries is forgotten by the clock.
func RemoveWebhook(tx *store.Tx, by demarc.AccountID, id demarc.WebhookID) (demarc.Webhook, error) {
	hook, err := Webhook(tx, by, id)
	if err == nil {
		store.Webhooks.Delete(tx, string(id))
		tx.Release(webhookClaim(by, id))
	}
	return hook, err
}

// Test sends a notice of type notice.test to one webhook, whatever types it
// wants, the way of every other. To a receiver that was gone everything is sent
// again.
func Test(tx *store.Tx, by demarc.AccountID, id demarc.WebhookID, now time.Time) (demarc.Webhook, error) {
	hook, err := Webhook(tx, by, id)
	if err != nil {
		return hook, err
	}
	if !hook.Gone.IsZero() {
		hook.Gone = time.Time{}
		store.Webhooks.Put(tx, hook)
	}
	return hook, newPen(tx, now).write(news{kind: testType, subject: string(id), accounts: []demarc.AccountID{by}, detail: map[string]any{"webhook": id}})
}

// Replay sends once more what has happened since a time and is still kept, also
// what was delivered or parked. It takes the place of a replay before it.
func Replay(tx *store.Tx, by demarc.AccountID, id demarc.WebhookID, since, now time.Time) (demarc.Webhook, error) {
	hook, err := Webhook(tx, by, id)
	if err != nil {
		return hook, err
	}
	if since.After(now) {
		return hook, demarc.Errorf(demarc.Invalid, "%s is still to come", since.Format(time.RFC3339)).Coded("E-REPLAY-SINCE", "Say a time that is over").In("since")
	}
	hook.ReplayFrom, hook.ReplayAt, hook.Gone = since, now, time.Time{}
	if since.Before(hook.From) {
		hook.From = since
	}
	store.Webhooks.Put(tx, hook)
	return hook, nil
}

// A Sent is a notice with what became of it at one webhook; the delivery is
// zero before the first attempt.
type Sent struct {
	Notice   demarc.Notice
	Delivery demarc.Delivery
}

// Log lists the latest notices for a webhook, most of them at the most, the
// latest first.
func Log(r store.Reader, by demarc.AccountID, id demarc.WebhookID, most int) ([]Sent, error) {
	hook, err := Webhook(r, by, id)
	if err != nil {
		return nil, err
	}
	var out []Sent
	for n := range store.Notices.By(r, "account", string(by)) {
		if concerns(hook, n) {
			d, _ := store.Deliveries.Get(r, store.DeliveryKey(id, n.ID))
			out = append(out, Sent{n, d})
		}
	}
	slices.Reverse(out)
	return out[:min(most, len(out))], nil
}

// concerns reports whether a notice of the webhook's account is for it.
func concerns(hook demarc.Webhook, n demarc.Notice) bool {
	if n.Type == testType && n.Subject != string(hook.ID) {
		return false
	}
	return !n.At.Before(hook.From) && wants(hook, n)
}

// List returns the latest notices of an account, most of them at the most, the
// latest first; the operator of a site sees everybody's.
func List(r store.Reader, by demarc.Account, most int) []demarc.Notice {
	all := store.Notices.By(r, "account", string(by.ID))
	if by.Operator {
		all = store.Notices.All(r)
	}
	notices := slices.Collect(all)
	slices.Reverse(notices)
	return notices[:min(most, len(notices))]
}
