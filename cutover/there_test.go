package cutover_test

import (
	"testing"

	"demarc"
	"demarc/cutover"
	"demarc/store"
)

// TestNoCutoverThere: what cannot be measured is refused by name.
func TestNoCutoverThere(t *testing.T) {
	w := newWorld(t)
	w.write(func(tx *store.Tx) error {
		env, _ := store.Environments.Get(tx, "acme-prod")
		env.Elsewhere = demarc.Elsewhere{At: "aws", Region: "us-east-1", Account: "999999999999"}
		store.Environments.Put(tx, env)
		return nil
	})
	if code := w.code(func(tx *store.Tx) error {
		_, err := cutover.Plan(tx, customer, cutover.Wish{Case: w.of.ID, Probes: probes}, w.now)
		return err
	}); code != "E-ELSEWHERE" {
		t.Errorf("got %q, want E-ELSEWHERE", code)
	}
}
