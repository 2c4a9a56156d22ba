package connection_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"demarc"
	"demarc/connection"
	"demarc/store"

	"github.com/google/go-cmp/cmp"
)

const (
	associating    = demarc.KeyAssociating
	associated     = demarc.KeyAssociated
	disassociating = demarc.KeyDisassociating
)

// cak is the key of n.
func cak(n int) demarc.Secret { return demarc.NewSecret(strings.Repeat(fmt.Sprint(n), 64)) }

func ckn(n int) string { return strings.Repeat(string(rune('a'+n)), 64) }

// macsec has keys in some states, named "0", "1" and so on.
func macsec(mode demarc.EncryptionMode, states ...demarc.MACsecKeyState) demarc.MACsec {
	m := demarc.MACsec{Mode: mode}
	for i, s := range states {
		m.Keys = append(m.Keys, demarc.MACsecKey{SecretARN: fmt.Sprint(i), CKN: ckn(i), CAK: cak(i), Start: noon, State: s})
	}
	return m
}

func states(m demarc.MACsec) string {
	words := []string{string(m.Mode)}
	for _, k := range m.Keys {
		words = append(words, k.SecretARN+" "+string(k.State))
	}
	return strings.Join(words, ", ")
}

// What each event makes of keys in each state.
func TestMACsecStates(t *testing.T) {
	const should, must, off = demarc.ShouldEncrypt, demarc.MustEncrypt, demarc.NoEncrypt
	give := func(n int) func(demarc.MACsec) (demarc.MACsec, error) {
		return func(m demarc.MACsec) (demarc.MACsec, error) {
			return connection.KeyAssociated(m, demarc.MACsecKey{SecretARN: fmt.Sprint(n), CKN: ckn(n), CAK: cak(n), State: associating})
		}
	}
	clash := func(m demarc.MACsec) (demarc.MACsec, error) {
		return connection.KeyAssociated(m, demarc.MACsecKey{SecretARN: "9", CKN: strings.ToUpper(ckn(0)), CAK: cak(9), State: associating})
	}
	take := func(n int) func(demarc.MACsec) (demarc.MACsec, error) {
		return func(m demarc.MACsec) (demarc.MACsec, error) { return connection.KeyDisassociated(m, fmt.Sprint(n)) }
	}
	sweep := func(m demarc.MACsec) (demarc.MACsec, error) { return connection.KeysSettled(m), nil }
	mode := func(mode demarc.EncryptionMode) func(demarc.MACsec) (demarc.MACsec, error) {
		return func(m demarc.MACsec) (demarc.MACsec, error) { return connection.ModeChanged(m, mode) }
	}
	for _, test := range []struct {
		name   string
		before demarc.MACsec
		event  func(demarc.MACsec) (demarc.MACsec, error)
		want   string // or the code of the refusal
	}{
		{"the first key", macsec(should), give(0), "should_encrypt, 0 associating"},
		{"a key where there is no MACsec", demarc.MACsec{}, give(0), "E-MACSEC-INCAPABLE"},
		{"the same again", macsec(should, associated), give(0), "should_encrypt, 0 associated"},
		{"another of the same name", macsec(should, associated), clash, "E-MACSEC-CKN"},
		{"another of the name of one that goes", macsec(should, disassociating), clash, "should_encrypt, 0 disassociating, 9 associating"},
		{"one that was going", macsec(should, disassociating, associated), give(0), "should_encrypt, 1 associated, 0 associating"},
		{"the third", macsec(should, associated, associating), give(2), "should_encrypt, 0 associated, 1 associating, 2 associating"},
		{"the fourth", macsec(should, associated, associated, associating), give(3), "E-MACSEC-KEYS"},
		{"the fourth while one goes", macsec(should, associated, disassociating, associating), give(3), "should_encrypt, 0 associated, 1 disassociating, 2 associating, 3 associating"},
		{"sweep", macsec(should, associating, associated, disassociating), sweep, "should_encrypt, 0 associated, 1 associated"},
		{"take one that is there", macsec(should, associated), take(0), "should_encrypt, 0 disassociating"},
		{"take one that was just given", macsec(should, associating), take(0), "should_encrypt, 0 disassociating"},
		{"take one twice", macsec(should, disassociating), take(0), "should_encrypt, 0 disassociating"},
		{"take one that is not there", macsec(should, associated), take(1), "E-MACSEC-SECRET"},
		{"take one of two", macsec(must, associated, associated), take(0), "must_encrypt, 0 disassociating, 1 associated"},
		{"take the last", macsec(must, disassociating, associated), take(1), "should_encrypt, 0 disassociating, 1 disassociating"},
		{"take the last, when off", macsec(off, associated), take(0), "no_encrypt, 0 disassociating"},
		{"must with a key", macsec(should, associating), mode(must), "must_encrypt, 0 associating"},
		{"must without", macsec(should), mode(must), "E-MACSEC-KEYLESS"},
		{"must while the only key goes", macsec(off, disassociating), mode(must), "E-MACSEC-KEYLESS"},
		{"off", macsec(must, associated), mode(off), "no_encrypt, 0 associated"},
		{"on again", macsec(off), mode(should), "should_encrypt"},
		{"no such mode", macsec(off), mode("may_encrypt"), ""},
		{"a mode where there is no MACsec", demarc.MACsec{}, mode(off), "E-MACSEC-INCAPABLE"},
	} {
		before := states(test.before)
		after, err := test.event(test.before)
		got := states(after)
		if refusal, ok := err.(*demarc.Error); ok {
			got = refusal.Code
			if states(after) != before {
				t.Errorf("%s: refused, and yet %s", test.name, states(after))
			}
		}
		if got != test.want {
			t.Errorf("%s: got %s (%v), want %s", test.name, got, err, test.want)
		}
		if states(test.before) != before {
			t.Errorf("%s: it changed what it was given", test.name)
		}
	}
}

// capable gives the first device three more ports of 10 Gbps, two with MACsec.
func capable(t *testing.T, st *store.Store) {
	t.Helper()
	write(t, st, func(tx *store.Tx) error {
		for n, macsec := range []bool{true, true, false} {
			store.Ports.Put(tx, demarc.Port{ID: demarc.PortID(fmt.Sprintf("lis1-d1/m%d", n)), Speed: 10 * demarc.Gbps, MACsec: macsec})
		}
		return nil
	})
}

func placeFast(t *testing.T, st *store.Store, macsec bool) (c demarc.Connection, err error) {
	t.Helper()
	err = st.Write(t.Context(), func(tx *store.Tx) (err error) {
		c, err = connection.Place(tx, acme, connection.Order{Location: "LIS1", Bandwidth: 10 * demarc.Gbps, Name: "secret", MACsec: macsec}, noon)
		return err
	})
	return c, err
}

func associate(t *testing.T, st *store.Store, id demarc.ConnectionID, o connection.KeyOrder) (keys []demarc.MACsecKey, err error) {
	t.Helper()
	err = st.Write(t.Context(), func(tx *store.Tx) (err error) {
		keys, err = connection.AssociateKey(tx, acme, id, o, noon)
		return err
	})
	return keys, err
}

func mustAssociate(t *testing.T, st *store.Store, id demarc.ConnectionID, o connection.KeyOrder) demarc.MACsecKey {
	t.Helper()
	keys, err := associate(t, st, id, o)
	if err != nil {
		t.Fatal(err)
	}
	return keys[len(keys)-1]
}

func setMode(t *testing.T, st *store.Store, id demarc.ConnectionID, mode demarc.EncryptionMode) error {
	t.Helper()
	return st.Write(t.Context(), func(tx *store.Tx) error {
		_, err := connection.Update(tx, acme, id, connection.Change{Encryption: &mode}, noon)
		return err
	})
}

func expire(t *testing.T, st *store.Store, now time.Time) {
	t.Helper()
	write(t, st, func(tx *store.Tx) error { return connection.Expire(tx, now) })
}

func pair(n int) connection.KeyOrder { return connection.KeyOrder{CKN: ckn(n), CAK: cak(n)} }

// Ports with MACsec go to who asks for it, and to others last.
func TestPortsWithMACsec(t *testing.T) {
	st := open(t)
	_, err := placeFast(t, st, true)
	refused(t, err, demarc.Invalid, "E-MACSEC-PORT", "MACsec is not supported at LIS1 on ports of 10Gbps; there it is on ports of no speed")
	capable(t, st)
	var got []demarc.PortID
	for _, macsec := range []bool{true, false, false, false} {
		c, err := placeFast(t, st, macsec)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, c.Port)
		if c.MACsec.Capable() != macsec {
			t.Errorf("%s: MACsec is %v", c.Port, c.MACsec)
		}
	}
	if diff := cmp.Diff(got, []demarc.PortID{"lis1-d1/m0", "lis1-d1/m2", "lis1-d1/p9", "lis1-d1/m1"}); diff != "" {
		t.Errorf("ports (-got +want):\n%s", diff)
	}
	_, err = placeFast(t, st, true)
	refused(t, err, demarc.Limit, "E-PORT-NONE", "no port of 10Gbps that supports MACsec is free at LIS1 (Lisbon One)")
}

func TestMACsecKeys(t *testing.T) {
	st := open(t)
	capable(t, st)
	c, err := placeFast(t, st, true)
	if err != nil {
		t.Fatal(err)
	}
	key := mustAssociate(t, st, c.ID, pair(0))
	prefix := "arn:aws:secretsmanager:eu-west-1:" + string(acme) + ":secret:directconnect!prod/eu-west-1/directconnect/" + ckn(0) + "-"
	if !strings.HasPrefix(key.SecretARN, prefix) || key.State != associating || !key.Start.Equal(noon) {
		t.Errorf("got %v", key)
	}
	expire(t, st, noon)
	if got := get(t, st, c.ID).MACsec.Keys[0].State; got != associated {
		t.Errorf("after a sweep it is %s", got)
	}
	// The same key on another port, by its name.
	twin, err := placeFast(t, st, true)
	if err != nil {
		t.Fatal(err)
	}
	if same := mustAssociate(t, st, twin.ID, connection.KeyOrder{SecretARN: key.SecretARN}); same.CKN != key.CKN || same.CAK != key.CAK {
		t.Errorf("another key: %v", same)
	}
	plain, err := placeFast(t, st, false)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		id   demarc.ConnectionID
		o    connection.KeyOrder
		kind demarc.Kind
		code string
		text string
	}{
		{"nothing", c.ID, connection.KeyOrder{}, demarc.Invalid, "E-MACSEC-KEY", "a MACsec key is given either as ckn and cak or as secretARN"},
		{"both", c.ID, connection.KeyOrder{SecretARN: "x", CKN: ckn(1)}, demarc.Invalid, "E-MACSEC-KEY", "a MACsec key is given either as ckn and cak or as secretARN"},
		{"no cak", c.ID, connection.KeyOrder{CKN: ckn(1)}, demarc.Invalid, "E-MACSEC-KEY", "cak has to have 64 hexadecimal characters"},
		{"no ckn", c.ID, connection.KeyOrder{CAK: cak(1)}, demarc.Invalid, "E-MACSEC-KEY", "ckn has to have 64 hexadecimal characters"},
		{"no hexadecimal", c.ID, connection.KeyOrder{CKN: ckn(9), CAK: cak(1)}, demarc.Invalid, "E-MACSEC-KEY", "ckn has to have 64 hexadecimal characters"},
		{"unknown", c.ID, connection.KeyOrder{SecretARN: "arn:x"}, demarc.NotFound, "E-MACSEC-SECRET", "the account has no MACsec key arn:x on a connection or LAG"},
		{"no MACsec", plain.ID, pair(1), demarc.Conflict, "E-MACSEC-INCAPABLE", "it does not support MACsec, which has to be asked for in the order"},
		{"none", "dxcon-fzzzzzzz", pair(1), demarc.NotFound, "", "Could not find Connection with ID dxcon-fzzzzzzz"},
		{"no LAG", "dxlag-fzzzzzzz", pair(1), demarc.NotFound, "", "Could not find Lag with ID dxlag-fzzzzzzz"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := associate(t, st, test.id, test.o)
			refused(t, err, test.kind, test.code, test.text)
		})
	}
	write(t, st, func(tx *store.Tx) error { // a port in another Region
		away, _ := store.Connections.Get(tx, string(c.ID))
		away.Region = "eu-central-1"
		store.Connections.Put(tx, away)
		_, err := connection.DisassociateKey(tx, acme, twin.ID, key.SecretARN, noon)
		return err
	})
	expire(t, st, noon)
	_, err = associate(t, st, twin.ID, connection.KeyOrder{SecretARN: key.SecretARN})
	refused(t, err, demarc.NotFound, "E-MACSEC-SECRET", "the account has no MACsec key "+key.SecretARN+" on a connection or LAG")
	mustAssociate(t, st, twin.ID, pair(1))
	if _, err := endConnection(t, st, twin.ID); err != nil {
		t.Fatal(err)
	}
	if keys := get(t, st, twin.ID).MACsec.Keys; len(keys) != 0 {
		t.Errorf("a deleted connection keeps %v", keys)
	}
}

func endConnection(t *testing.T, st *store.Store, id demarc.ConnectionID) (c demarc.Connection, err error) {
	t.Helper()
	err = st.Write(t.Context(), func(tx *store.Tx) (err error) {
		c, err = connection.Delete(tx, acme, id, noon)
		return err
	})
	return c, err
}

// Where everything has to be encrypted there is no light, since nothing is.
func TestMustEncrypt(t *testing.T) {
	st := open(t)
	capable(t, st)
	c, err := placeFast(t, st, true)
	if err != nil {
		t.Fatal(err)
	}
	light(t, st, c)
	key := mustAssociate(t, st, c.ID, pair(0))
	expect := func(when string, want demarc.ConnectionState) {
		t.Helper()
		observe(t, st, c.Port, true)
		if got := get(t, st, c.ID).State; got != want {
			t.Errorf("%s it is %s, want %s", when, got, want)
		}
	}
	expect("with a key", demarc.ConnectionAvailable)
	if err := setMode(t, st, c.ID, demarc.MustEncrypt); err != nil {
		t.Fatal(err)
	}
	if got := get(t, st, c.ID).State; got != demarc.ConnectionDown {
		t.Errorf("when everything must be encrypted it is %s", got)
	}
	expect("when there is light again", demarc.ConnectionDown)
	write(t, st, func(tx *store.Tx) error {
		_, err := connection.DisassociateKey(tx, acme, c.ID, key.SecretARN, noon)
		return err
	})
	expect("without the last key", demarc.ConnectionAvailable)
	expire(t, st, noon)
	if m := get(t, st, c.ID).MACsec; m.Mode != demarc.ShouldEncrypt || len(m.Keys) != 0 {
		t.Errorf("after a sweep: %s", states(m))
	}
}

// A LAG's keys and mode are its members', who drop their own.
func TestMACsecInLAG(t *testing.T) {
	st := open(t)
	capable(t, st)
	c, err := placeFast(t, st, true)
	if err != nil {
		t.Fatal(err)
	}
	mustAssociate(t, st, c.ID, pair(0))
	o := connection.LAGOrder{Name: "both", Location: "LIS1", Bandwidth: 10 * demarc.Gbps, Connections: 2, Existing: c.ID, MACsec: true}
	lag, err := orderLAG(t, st, acme, o)
	if err != nil {
		t.Fatal(err)
	}
	id := demarc.ConnectionID(lag.ID)
	key := mustAssociate(t, st, id, pair(1))
	must := demarc.MustEncrypt
	write(t, st, func(tx *store.Tx) error {
		_, err := connection.UpdateLAG(tx, acme, lag.ID, connection.LAGChange{Encryption: &must}, noon)
		return err
	})
	members := connection.Members(st.Local(), lag.ID)
	for _, m := range members {
		got := connection.MACsecOf(st.Local(), m)
		if len(m.MACsec.Keys) != 0 || got.Mode != must || len(got.Keys) != 1 || got.Keys[0].SecretARN != key.SecretARN {
			t.Errorf("member %s has %s and shows %s", m.ID, states(m.MACsec), states(got))
		}
	}
	if len(members) != 2 {
		t.Errorf("%d members", len(members))
	}
	_, err = associate(t, st, c.ID, pair(2))
	refused(t, err, demarc.Conflict, "E-CONNECTION-IN-LAG", fmt.Sprintf("connection %s is in %s, whose MACsec keys and mode it has", c.ID, lag.ID))
	refused(t, setMode(t, st, c.ID, demarc.NoEncrypt), demarc.Conflict, "E-CONNECTION-IN-LAG", fmt.Sprintf("connection %s is in %s, whose MACsec keys and mode it has", c.ID, lag.ID))
	plain, err := placeFast(t, st, false)
	if err != nil {
		t.Fatal(err)
	}
	refused(t, join(t, st, acme, plain.ID, lag.ID), demarc.Invalid, "E-LAG-MEMBER",
		fmt.Sprintf("connection %s cannot be in the LAG: it does not support MACsec, which the LAG has", plain.ID))

	expire(t, st, noon)
	if got, _ := store.LAGs.Get(st.Local(), string(lag.ID)); states(got.MACsec) != "must_encrypt, "+key.SecretARN+" associated" {
		t.Errorf("after a sweep: %s", states(got.MACsec))
	}
	if err := leave(t, st, acme, c.ID, lag.ID); err != nil {
		t.Fatal(err)
	}
	if got := states(get(t, st, c.ID).MACsec); got != "should_encrypt" {
		t.Errorf("alone again it has %s", got)
	}
	if err := deleteLAG(t, st, acme, lag.ID); err != nil {
		t.Fatal(err)
	}
	if got, _ := store.LAGs.Get(st.Local(), string(lag.ID)); states(got.MACsec) != "should_encrypt" {
		t.Errorf("deleted it has %s", states(got.MACsec))
	}
}

// A LAG is billed as its owner's connections at the location are.
func TestBilledLAG(t *testing.T) {
	st := open(t)
	c := place(t, st, acme)
	o := group(2)
	o.Billing, o.Existing = "FlatRateTier1", c.ID
	lag, err := orderLAG(t, st, acme, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range connection.Members(st.Local(), lag.ID) {
		if m.Billing != "FlatRateTier1" {
			t.Errorf("%s is billed by %q", m.ID, m.Billing)
		}
	}
	if got := connection.BillingOf(st.Local(), lag); got != "FlatRateTier1" {
		t.Errorf("the LAG is billed by %q", got)
	}
	if changes := get(t, st, c.ID).BillingChanges; len(changes) != 1 {
		t.Errorf("the first was changed %d times", len(changes))
	}
	o = group(1)
	o.Billing = "FlatRateTier2"
	_, err = orderLAG(t, st, acme, o)
	if demarc.KindOf(err) != demarc.Conflict {
		t.Errorf("another mode: %v", err)
	}
	_, err = orderLAG(t, st, carrier, o)
	refused(t, err, demarc.Invalid, "", "a partner's LAG is of interconnects, whose billing cannot be chosen")
	o.Billing = ""
	if theirs, err := orderLAG(t, st, carrier, o); err != nil || connection.BillingOf(st.Local(), theirs) != "" {
		t.Errorf("the partner's: %v", err)
	}
}
