package desk_test

import (
	"encoding/json"
	"testing"

	"demarc"
	"demarc/api/desk"
	"demarc/store"
)

// tell writes a notice to an account, as the store's witness would.
func tell(tx *store.Tx, to demarc.AccountID) error {
	store.Notices.Put(tx, demarc.Notice{
		ID: demarc.NoticeID("1-" + to), At: start, Type: "vif.accepted", Subject: "dxvif-1", Accounts: []demarc.AccountID{to}, Resources: []string{"dxcon-1"}, Detail: json.RawMessage(`{"vlan":101}`),
	})
	return nil
}

// TestNoticesAreTheirReaders has everybody list them, and looks for the secret
// of a webhook in every answer but the first.
func TestNoticesAreTheirReaders(t *testing.T) {
	w := newWorld(t)
	w.write(func(tx *store.Tx) error { return tell(tx, customer) })
	var hook desk.Webhook
	w.get(customer, "POST", "/desk/v1/notices/webhooks", `{"url":"http://127.0.0.1:1/"}`, &hook)
	if hook.Secret == "" {
		t.Error("the secret was not shown when the webhook was added")
	}
	for by, party := range parties {
		var notices desk.Notices
		var hooks desk.Webhooks
		w.get(by, "GET", "/desk/v1/notices", "", &notices)
		w.get(by, "GET", "/desk/v1/notices/webhooks", "", &hooks)
		want := 0
		if by == customer {
			want = 1
		}
		if len(notices.Notices) != want || len(hooks.Webhooks) != want {
			t.Errorf("%s: got %d notices and %d webhooks, want %d", party, len(notices.Notices), len(hooks.Webhooks), want)
		}
		for _, h := range hooks.Webhooks {
			if h.Secret != "" {
				t.Errorf("%s was shown the secret again", party)
			}
		}
	}
	var sent desk.Deliveries
	w.get(customer, "GET", "/desk/v1/notices/webhooks/"+string(hook.ID)+"/deliveries", "", &sent)
	if len(sent.Deliveries) != 1 || sent.Deliveries[0].State != "new" {
		t.Errorf("deliveries: got %+v", sent.Deliveries)
	}
}
