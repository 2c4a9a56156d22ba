package connection_test

import (
	"testing"
	"time"

	"demarc"
	"demarc/connection"
	"demarc/store"
)

func TestOrdersLapse(t *testing.T) {
	const lapse = 100 * 24 * time.Hour
	for _, tt := range []struct {
		name    string
		prepare func(*store.Tx, demarc.ConnectionID) error
		after   time.Duration
		want    demarc.ConnectionState
	}{
		{"a moment too early", nil, lapse - time.Second, demarc.ConnectionRequested},
		{"nobody asked for the letter", nil, lapse, demarc.ConnectionDeleted},
		{"the letter was issued", func(tx *store.Tx, id demarc.ConnectionID) error {
			_, err := connection.IssueLetter(tx, acme, id, "", noon)
			return err
		}, 2 * lapse, demarc.ConnectionRequested},
		{"an interface is on it", func(tx *store.Tx, id demarc.ConnectionID) error {
			return tx.Claim("vlan/"+string(id)+"/101", "dxvif-f0000001")
		}, 2 * lapse, demarc.ConnectionRequested},
	} {
		t.Run(tt.name, func(t *testing.T) {
			st := open(t)
			c := place(t, st, acme)
			if tt.prepare != nil {
				write(t, st, func(tx *store.Tx) error { return tt.prepare(tx, c.ID) })
			}
			write(t, st, func(tx *store.Tx) error { return connection.Expire(tx, noon.Add(tt.after)) })
			if got := get(t, st, c.ID).State; got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if left := len(claims(st)); (left == 0) != (tt.want == demarc.ConnectionDeleted) {
				t.Errorf("%d claims are left", left)
			}
		})
	}
}

func TestDeletedConnectionsAreForgotten(t *testing.T) {
	st := open(t)
	c, kept := place(t, st, acme), place(t, st, acme)
	write(t, st, func(tx *store.Tx) error {
		_, err := connection.Delete(tx, acme, c.ID, noon)
		return err
	})
	write(t, st, func(tx *store.Tx) error {
		return connection.Expire(tx, noon.Add(demarc.ListedAfterEnd-time.Second))
	})
	get(t, st, c.ID)
	write(t, st, func(tx *store.Tx) error { return connection.Expire(tx, noon.Add(demarc.ListedAfterEnd)) })
	if _, ok := store.Connections.Get(st.Local(), string(c.ID)); ok {
		t.Error("it is still there")
	}
	get(t, st, kept.ID)
}
