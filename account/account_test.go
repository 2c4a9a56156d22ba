package account_test

import (
	"testing"

	"demarc"
	"demarc/account"
	"demarc/store"
	"demarc/store/storetest"

	"github.com/google/go-cmp/cmp"
)

func open(t *testing.T) *store.Store {
	t.Helper()
	st := storetest.Embedded(t, store.Tables()...)
	return st
}

func TestKeysIdentify(t *testing.T) {
	st := open(t)
	var acme demarc.Account
	var first, second demarc.AccessKey
	err := st.Write(t.Context(), func(tx *store.Tx) (err error) {
		if acme, err = account.Create(tx, demarc.Account{Name: "customer", Title: "Acme", Party: demarc.Customer}); err != nil {
			return err
		}
		if first, err = account.CreateKey(tx, acme.ID); err != nil {
			return err
		}
		second, err = account.CreateKey(tx, acme.ID)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []demarc.AccessKey{first, second} {
		who, found, ok := account.Identify(st.Local(), key.ID)
		if !ok || who != acme || found.Secret.Reveal() != key.Secret.Reveal() || found.Secret.IsZero() {
			t.Errorf("key %s: got account %v (%v), want %v and its secret", key.ID, who, ok, acme)
		}
	}
	if first.ID == second.ID || first.Secret == second.Secret {
		t.Error("two keys are the same")
	}
	if got := len(account.Keys(st.Local(), acme.ID)); got != 2 {
		t.Errorf("%d keys are listed, want 2", got)
	}
	if _, _, ok := account.Identify(st.Local(), "AKIANOBODY"); ok {
		t.Error("an unknown key was identified")
	}
	if got, ok := account.ByName(st.Local(), "customer"); !ok || got != acme {
		t.Errorf("by name: %v, %v", got, ok)
	}
	if _, ok := account.ByName(st.Local(), "nobody"); ok {
		t.Error("an unknown name was found")
	}
}

func TestCreateRefuses(t *testing.T) {
	st := open(t)
	good := demarc.Account{ID: "111122223333", Name: "customer", Title: "Acme", Party: demarc.Customer}
	create := func(a demarc.Account) error {
		return st.Write(t.Context(), func(tx *store.Tx) error {
			_, err := account.Create(tx, a)
			return err
		})
	}
	if err := create(good); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		edit func(*demarc.Account)
		kind demarc.Kind
		text string
	}{
		{"id", func(a *demarc.Account) { a.ID = "12" }, demarc.Invalid, `account id "12" is not twelve digits`},
		{"no name", func(a *demarc.Account) { a.ID, a.Name = "", "" }, demarc.Invalid, "an account needs a name"},
		{"no title", func(a *demarc.Account) { a.ID, a.Title = "", "" }, demarc.Invalid, "account customer needs a title, which letters of authority are issued to"},
		{"party", func(a *demarc.Account) { a.ID, a.Party = "", "guest" }, demarc.Invalid, `"guest" is no party; it is customer, partner, platform or facility`},
		{"id taken", func(a *demarc.Account) { a.Name = "other" }, demarc.Conflict, "account 111122223333 exists already"},
		{"name taken", func(a *demarc.Account) { a.ID = "" }, demarc.Conflict, "the name customer is taken by account 111122223333"},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := good
			test.edit(&a)
			err := create(a)
			if demarc.KindOf(err) != test.kind || err.Error() != test.text {
				t.Errorf("got %v, want %s", err, test.text)
			}
		})
	}
	var names []string
	for a := range store.Accounts.All(st.Local()) {
		names = append(names, a.Name)
	}
	if diff := cmp.Diff(names, []string{"customer"}); diff != "" {
		t.Errorf("refused accounts left something (-got +want):\n%s", diff)
	}
	err := st.Write(t.Context(), func(tx *store.Tx) error {
		_, err := account.CreateKey(tx, "999999999999")
		return err
	})
	if demarc.KindOf(err) != demarc.NotFound {
		t.Errorf("a key for nobody: %v", err)
	}
}
