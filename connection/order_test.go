package connection_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"demarc"
	"demarc/connection"
	"demarc/store"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func TestPlace(t *testing.T) {
	st := open(t)
	var got demarc.Connection
	write(t, st, func(tx *store.Tx) (err error) {
		got, err = connection.Place(tx, acme, connection.Order{
			Location: "LIS1", Bandwidth: 10 * demarc.Gbps, Name: "main", ProviderName: "Faser AG", Tags: []demarc.Tag{{Key: "site", Value: "hq"}},
		}, noon)
		return err
	})
	want := demarc.Connection{
		Name: "main", Owner: acme, Region: "eu-west-1", Location: "LIS1", Bandwidth: 10 * demarc.Gbps, Port: "lis1-d1/p9",
		State: demarc.ConnectionRequested, ProviderName: "Faser AG", Created: noon, Tags: []demarc.Tag{{Key: "site", Value: "hq"}},
	}
	if diff := cmp.Diff(got, want, cmpopts.IgnoreFields(want, "ID")); diff != "" {
		t.Errorf("placed (-got +want):\n%s", diff)
	}
	if diff := cmp.Diff(get(t, st, got.ID), got); diff != "" {
		t.Errorf("stored (-got +want):\n%s", diff)
	}
	xc, ok := store.CrossConnects.Get(st.Local(), string(got.ID))
	if !ok || xc.Port != got.Port || xc.Cage.Router != "acme-r1" || xc.Patched {
		t.Errorf("cross-connect %v, want one from acme-r1 to %s, not patched", xc, got.Port)
	}
	id := string(got.ID)
	if diff := cmp.Diff(claims(st), map[string]string{"port/lis1-d1/p9": id, "jack/acme-r1/eth0": id}); diff != "" {
		t.Errorf("claims (-got +want):\n%s", diff)
	}
}

func tags(n int) []demarc.Tag {
	var tags []demarc.Tag
	for i := range n {
		tags = append(tags, demarc.Tag{Key: fmt.Sprint("key", i)})
	}
	return tags
}

func TestPlaceRefuses(t *testing.T) {
	st := open(t)
	for _, test := range []struct {
		name  string
		edit  func(*connection.Order)
		kind  demarc.Kind
		code  string
		field string
		text  string
	}{
		{"unknown location", func(o *connection.Order) { o.Location = "LIS9" }, demarc.Invalid, "E-LOCATION-UNKNOWN", "location", `there is no Direct Connect location "LIS9"; there are LIS1, OPO1`},
		{"unsupported speed", func(o *connection.Order) { o.Bandwidth = 2 * demarc.Gbps }, demarc.Invalid, "E-LOCATION-SPEED", "bandwidth", "LIS1 has no ports of 2Gbps; it has 1Gbps, 10Gbps"},
		{"no name", func(o *connection.Order) { o.Name = "" }, demarc.Invalid, "", "connectionName", "a connection's name has 1 to 100 characters, not 0"},
		{"long name", func(o *connection.Order) { o.Name = strings.Repeat("ü", 101) }, demarc.Invalid, "", "connectionName", "a connection's name has 1 to 100 characters, not 101"},
		{"name of two lines", func(o *connection.Order) { o.Name = "a\nb" }, demarc.Invalid, "", "connectionName", "a connection's name has no control characters"},
		{"long provider", func(o *connection.Order) { o.ProviderName = strings.Repeat("p", 101) }, demarc.Invalid, "", "providerName", "a provider's name has at most 100 characters"},
		{"51 tags", func(o *connection.Order) { o.Tags = tags(51) }, demarc.Limit, demarc.CodeTagLimit, "tags", "51 tags are more than the 50 that a resource may have"},
		{"a key twice", func(o *connection.Order) { o.Tags = append(tags(3), demarc.Tag{Key: "key1", Value: "other"}) }, demarc.Invalid, demarc.CodeTagDuplicate, "tags", `tag key "key1" is given twice`},
		{"a tag without key", func(o *connection.Order) { o.Tags = []demarc.Tag{{Value: "v"}} }, demarc.Invalid, demarc.CodeTagInvalid, "tags", "a tag key has 1 to 128 characters, not 0"},
		{"a long value", func(o *connection.Order) { o.Tags = []demarc.Tag{{Key: "k", Value: strings.Repeat("v", 257)}} }, demarc.Invalid, demarc.CodeTagInvalid, "tags", `the value of tag "k" has more than 256 characters`},
		{"a reserved key", func(o *connection.Order) { o.Tags = []demarc.Tag{{Key: "AWS:x"}} }, demarc.Invalid, demarc.CodeTagInvalid, "tags", `tag key "AWS:x" begins with aws:, which is reserved`},
		{"a strange character", func(o *connection.Order) { o.Tags = []demarc.Tag{{Key: "k", Value: "<b>"}} }, demarc.Invalid, demarc.CodeTagInvalid, "tags", `tag "k" has a character other than letters, digits, spaces and _.:/=+-@`},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := connection.Order{Location: "LIS1", Bandwidth: demarc.Gbps, Name: "n", Tags: tags(50)}
			test.edit(&o)
			err := st.Write(t.Context(), func(tx *store.Tx) error {
				_, err := connection.Place(tx, acme, o, noon)
				return err
			})
			refused(t, err, test.kind, test.code, test.text)
			if got := err.(*demarc.Error).Field; got != test.field {
				t.Errorf("the field at fault is %q, want %q", got, test.field)
			}
		})
	}
	empty(t, st)
}

// empty checks that nothing is left behind: no object, no claim.
func empty(t *testing.T, st *store.Store) {
	t.Helper()
	if got := claims(st); len(got) != 0 {
		t.Errorf("claims are left: %v", got)
	}
	for c := range store.Connections.All(st.Local()) {
		t.Errorf("connection %s is left", c.ID)
	}
	for xc := range store.CrossConnects.All(st.Local()) {
		t.Errorf("the cross-connect of %s is left", xc.Connection)
	}
}

// Two orders for the one port of 10 Gbps: one has it, the other has nothing.
func TestTwoOrdersForTheLastPort(t *testing.T) {
	st := open(t)
	errs := make([]error, 4)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() {
			errs[i] = st.Write(t.Context(), func(tx *store.Tx) error {
				_, err := connection.Place(tx, acme, connection.Order{Location: "LIS1", Bandwidth: 10 * demarc.Gbps, Name: "n"}, noon)
				return err
			})
		})
	}
	all.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
			continue
		}
		refused(t, err, demarc.Limit, "E-PORT-NONE", "no port of 10Gbps is free at LIS1 (Lisbon One)")
	}
	if placed := connection.List(st.Local(), acme, noon); won != 1 || len(placed) != 1 {
		t.Errorf("%d orders won and %d connections are there, want one", won, len(placed))
	}
}

func TestLetterAndName(t *testing.T) {
	st := open(t)
	c := place(t, st, acme)
	later := noon.Add(demarc.LOAValidity)
	err := st.Write(t.Context(), func(tx *store.Tx) error {
		letter, err := connection.IssueLetter(tx, acme, c.ID, "Faser AG", later)
		if err == nil && (letter.Provider != "Faser AG" || letter.Connection != c.ID || !letter.ValidUntil.Equal(later.Add(demarc.LOAValidity))) {
			t.Errorf("letter %+v", letter)
		}
		if err == nil {
			_, err = connection.Update(tx, acme, c.ID, connection.Change{Name: new("backup")}, later)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := get(t, st, c.ID); !got.LOAIssued.Equal(later) || got.Name != "backup" {
		t.Errorf("issued %v, name %s", got.LOAIssued, got.Name)
	}
	err = st.Write(t.Context(), func(tx *store.Tx) error {
		_, err := connection.Update(tx, acme, c.ID, connection.Change{Name: new("")}, later)
		return err
	})
	refused(t, err, demarc.Invalid, "", "a connection's name has 1 to 100 characters, not 0")
}

// TestConnectionsOfOneLocationAreBounded races for the last of them.
func TestConnectionsOfOneLocationAreBounded(t *testing.T) {
	st := open(t)
	quotas := demarc.DefaultQuotas()
	quotas.Connections = 2
	write(t, st, func(tx *store.Tx) error {
		store.Quotas.Put(tx, quotas)
		return nil
	})
	order := func(by demarc.AccountID) error {
		return st.Write(t.Context(), func(tx *store.Tx) error {
			_, err := connection.Place(tx, by, connection.Order{Location: "LIS1", Bandwidth: demarc.Gbps, Name: "one"}, noon)
			return err
		})
	}
	var racers sync.WaitGroup
	for range 8 {
		racers.Go(func() { _ = order(acme) })
	}
	racers.Wait()
	if got := connection.List(st.Local(), acme, noon); len(got) != 2 {
		t.Errorf("got %d connections, want 2", len(got))
	}
	refused(t, order(acme), demarc.Limit, "E-LIMIT-CONNECTIONS", "the account has 2 connections at LIS1, and 2 are the most that it may have there")
	if err := order(mallory); err != nil {
		t.Errorf("another account's quota is its own: %v", err)
	}
}
