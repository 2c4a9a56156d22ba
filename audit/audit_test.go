package audit_test

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"demarc"
	"demarc/audit"
	"demarc/store"
	"demarc/store/storetest"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func TestWhoDidWhat(t *testing.T) {
	const acme, other = demarc.AccountID("111111111111"), demarc.AccountID("222222222222")
	st := storetest.Embedded(t, store.Tables()...)
	write := func(fn func(*store.Tx)) {
		t.Helper()
		err := st.Write(t.Context(), func(tx *store.Tx) error {
			fn(tx)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	write(func(tx *store.Tx) {
		store.Editions.Put(tx, demarc.Edition{Name: "gold"})
		store.Editions.Put(tx, demarc.Edition{Name: "tin"})
		note(t, tx, acme, "Make", noon)
	})
	write(func(tx *store.Tx) {
		store.Editions.Put(tx, demarc.Edition{Name: "gold", MaxLinks: 1})
		store.Editions.Delete(tx, "tin")
		note(t, tx, other, "Melt", noon.Add(time.Second))
	})
	write(func(tx *store.Tx) {
		store.Editions.Put(tx, demarc.Edition{Name: "gold", MaxLinks: 1}) // as it is
		note(t, tx, acme, "Look", noon.Add(time.Minute))
	})

	gold, tin := "edition/gold", "edition/tin"
	made := demarc.AuditRecord{At: noon, Account: acme, Operation: "Make", Changes: []demarc.AuditChange{
		{Object: gold, After: fields(t, demarc.Edition{Name: "gold"})}, {Object: tin, After: fields(t, demarc.Edition{Name: "tin"})},
	}}
	melted := demarc.AuditRecord{At: noon.Add(time.Second), Account: other, Operation: "Melt", Changes: []demarc.AuditChange{
		{Object: gold, Before: json.RawMessage(`{"maxLinks":0}`), After: json.RawMessage(`{"maxLinks":1}`)},
		{Object: tin, Before: fields(t, demarc.Edition{Name: "tin"})},
	}}
	nothing := json.RawMessage("{}")
	own := made
	own.Changes = []demarc.AuditChange{{Object: gold, After: nothing}, {Object: tin, After: nothing}}
	operator := demarc.Account{ID: "333333333333", Operator: true}
	for _, tt := range []struct {
		name  string
		by    demarc.Account
		query audit.Query
		want  []demarc.AuditRecord
	}{
		{"its own, without the fields", demarc.Account{ID: acme}, audit.Query{}, []demarc.AuditRecord{own}},
		{"another's", demarc.Account{ID: acme}, audit.Query{Account: other}, nil},
		{"none", demarc.Account{ID: "333333333333"}, audit.Query{}, nil},
		{"everybody's", operator, audit.Query{}, []demarc.AuditRecord{melted, made}},
		{"an account's", operator, audit.Query{Account: other}, []demarc.AuditRecord{melted}},
		{"an operation's", operator, audit.Query{Operation: "Make"}, []demarc.AuditRecord{made}},
		{"an object's", operator, audit.Query{Object: "tin"}, []demarc.AuditRecord{melted, made}},
		{"an object's by its whole name", operator, audit.Query{Object: "edition/other"}, nil},
		{"since", operator, audit.Query{Since: noon.Add(time.Second)}, []demarc.AuditRecord{melted}},
		{"until", operator, audit.Query{Until: noon.Add(time.Second)}, []demarc.AuditRecord{made}},
	} {
		got := audit.List(st.Local(), tt.by, tt.query, 9)
		if diff := cmp.Diff(got, tt.want, cmpopts.IgnoreFields(demarc.AuditRecord{}, "ID"), cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s: %s", tt.name, diff)
		}
	}

	expire := func(now time.Time) int {
		write(func(tx *store.Tx) {
			if err := audit.Expire(tx, now); err != nil {
				t.Error(err)
			}
		})
		return len(audit.List(st.Local(), demarc.Account{Operator: true}, audit.Query{}, 9))
	}
	if got := expire(noon.Add(demarc.AuditKept - time.Second)); got != 2 {
		t.Errorf("before their time: %d records are left, want 2", got)
	}
	if got := expire(noon.Add(demarc.AuditKept)); got != 1 {
		t.Errorf("after ninety days of the first: %d records are left, want 1", got)
	}
}

func note(t *testing.T, tx *store.Tx, by demarc.AccountID, operation string, at time.Time) {
	t.Helper()
	if err := audit.Note(t.Context(), tx, by, operation, at); err != nil {
		t.Error(err)
	}
}

// fields are those of a whole noun.
func fields(t *testing.T, noun any) json.RawMessage {
	t.Helper()
	text, err := json.Marshal(noun)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestSecretsAreNotRecorded changes keys of every kind: the record says that
// they changed, and not what they are.
func TestSecretsAreNotRecorded(t *testing.T) {
	st := storetest.Embedded(t, store.Tables()...)
	put := func(secret, operation string) {
		err := st.Write(t.Context(), func(tx *store.Tx) error {
			key := demarc.NewSecret(secret)
			store.AccessKeys.Put(tx, demarc.AccessKey{ID: "AKIA", Secret: key})
			store.SiteKeys.Put(tx, demarc.SiteKeys{Pages: key, Sessions: key, LinkTokens: key})
			store.Webhooks.Put(tx, demarc.Webhook{ID: "wh-1", Secret: key, URL: "https://chat.example/" + secret})
			store.VirtualInterfaces.Put(tx, demarc.VirtualInterface{ID: "dxvif-1", Peers: []demarc.BGPPeer{{ID: "dxpeer-1", Key: key}}})
			store.LAGs.Put(tx, demarc.LAG{ID: "dxlag-1", MACsec: demarc.MACsec{Keys: []demarc.MACsecKey{{CKN: "name", CAK: key}}}})
			store.Invocations.Put(tx, demarc.Invocation{ID: "i", Answer: key})
			store.Attachments.Put(tx, demarc.Attachment{ID: "at-1", Name: operation, Data: []byte("neighbor 169.254.0.1 password " + secret)})
			store.Accounts.Put(tx, demarc.Account{ID: "111111111111", Title: strings.Repeat("x", 4096)})
			return audit.Note(t.Context(), tx, "111111111111", operation, noon)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	put("hunter2", "Make")
	put("hunter3", "Rotate")
	records := audit.List(st.Local(), demarc.Account{Operator: true}, audit.Query{}, 9)
	text, err := json.Marshal(records)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "hunter") || strings.Contains(string(text), base64.StdEncoding.EncodeToString([]byte("neighbor"))) || strings.Contains(string(text), "xxxx") || len(text) > 8<<10 {
		t.Errorf("it is in the records: %s", text)
	}
	rotated := audit.List(st.Local(), demarc.Account{Operator: true}, audit.Query{Operation: "Rotate"}, 1)
	if len(rotated) != 1 || len(rotated[0].Changes) != 7 {
		t.Fatalf("got %+v, want six objects whose key changed, and an attachment", rotated)
	}
	for _, change := range rotated[0].Changes {
		if change.Object == "attachment/at-1" {
			continue // whose name changed too
		}
		if !strings.Contains(string(change.Before), "(secret)") || !strings.Contains(string(change.After), "(secret)") {
			t.Errorf("%s: %s, then %s", change.Object, change.Before, change.After)
		}
	}
	if v, _ := store.VirtualInterfaces.Get(st.Local(), "dxvif-1"); v.Peers[0].Key.Reveal() != "hunter3" {
		t.Error("the interface lost its key")
	}
}
