package rehearsal_test

import (
	"testing"
	"time"

	"demarc"
	"demarc/rehearsal"
	"demarc/store"
	"demarc/store/storetest"
)

func TestTimeGoesForwardAndStays(t *testing.T) {
	st := storetest.Embedded(t, store.Tables()...)
	advance := func(by demarc.Account, step time.Duration) error {
		return st.Write(t.Context(), func(tx *store.Tx) error { return rehearsal.Advance(tx, by, step) })
	}
	operator := demarc.Account{ID: "333333333333", Operator: true}
	clock := rehearsal.Clock(st, demarc.SystemClock)
	if off := clock().Sub(time.Now()); off.Abs() > time.Minute {
		t.Errorf("a site that was never moved is %v off", off)
	}
	for range 2 {
		if err := advance(operator, 7*24*time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	if off := clock().Sub(time.Now()); (off - 14*24*time.Hour).Abs() > time.Minute {
		t.Errorf("after twice seven days the clock is %v ahead", off)
	}
	for _, tt := range []struct {
		by   demarc.Account
		step time.Duration
		kind demarc.Kind
	}{
		{demarc.Account{ID: "111111111111"}, time.Hour, demarc.Denied},
		{operator, 0, demarc.Invalid},
		{operator, -time.Hour, demarc.Invalid},
		{operator, 10 * 365 * 24 * time.Hour, demarc.Invalid},
	} {
		if err := advance(tt.by, tt.step); demarc.KindOf(err) != tt.kind {
			t.Errorf("%v by %s: %v", tt.step, tt.by.ID, err)
		}
	}
	if got := rehearsal.Ahead(st.Local()); got != 14*24*time.Hour {
		t.Errorf("refused steps moved the clock to %v", got)
	}
}
