package vpc_test

import (
	"slices"
	"testing"
	"time"

	"demarc/store"
	"demarc/vpc"
)

// TestTokensAreForgottenAfterADay, and nothing of the desk's is, whose link tokens
// have claims that look alike.
func TestTokensAreForgottenAfterADay(t *testing.T) {
	w := open(t)
	made := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	w.must(func(tx *store.Tx) error {
		if err := tx.Claim("token/lt-j901hwn5f4u6", "lt-j901hwn5f4u6"); err != nil {
			return err
		}
		_, err := vpc.Once(tx, customer, "CreateRouteTable", "again", "a table", made, func() (string, error) { return "rtb-1", nil })
		return err
	})
	mine := "client-token/" + string(customer) + "/CreateRouteTable/again"
	for _, step := range []struct {
		after time.Duration
		want  []string
	}{
		{24 * time.Hour, []string{mine, "token/lt-j901hwn5f4u6"}},
		{24*time.Hour + time.Second, []string{"token/lt-j901hwn5f4u6"}},
	} {
		w.must(func(tx *store.Tx) error { return vpc.Expire(tx, made.Add(step.after)) })
		var got []string
		for _, prefix := range []string{"client-token/", "token/"} {
			for name := range w.Local().Claims(prefix) {
				got = append(got, name)
			}
		}
		if !slices.Equal(got, step.want) {
			t.Errorf("after %v: %v, want %v", step.after, got, step.want)
		}
	}
}
