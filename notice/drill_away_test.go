package notice_test

import (
	"strings"
	"testing"

	"demarc"
	"demarc/store"
)

// TestADrillElsewhereIsTold once for each turn, with whose word it is.
func TestADrillElsewhereIsTold(t *testing.T) {
	w := newWorld(t)
	w.write(func(tx *store.Tx) error {
		env, _ := store.Environments.Get(tx, "acme-prod")
		env.Elsewhere = demarc.Elsewhere{At: "aws", Region: "eu-west-1", Account: "999999999999"}
		store.Environments.Put(tx, env)
		return nil
	})
	c := demarc.Case{
		ID: "case-1", Kind: demarc.CaseDrill, Environment: "acme-prod", Opener: customer, Assignee: platform, State: demarc.CaseOpen,
		CaseFields: demarc.CaseFields{Link: "lk-1", VirtualInterface: "dxvif-1", Minutes: 10},
	}
	for _, step := range []struct {
		name string
		test demarc.TestSighted
		want []string
	}{
		{"asked for", demarc.TestSighted{}, []string{"case.opened"}},
		{"seen", demarc.TestSighted{ID: "t", Interface: "dxvif-1", Status: demarc.TestInProgress}, []string{"failover.started"}},
		{"seen again", demarc.TestSighted{ID: "t", Interface: "dxvif-1", Status: demarc.TestInProgress, Minutes: 10}, nil},
		{"over", demarc.TestSighted{ID: "t", Interface: "dxvif-1", Status: demarc.TestCompleted}, []string{"failover.completed"}},
		{"still over", demarc.TestSighted{ID: "t", Interface: "dxvif-1", Status: demarc.TestCompleted, Minutes: 10}, nil},
	} {
		before := len(w.told(customer))
		got := w.since(platform, func() {
			w.write(func(tx *store.Tx) error {
				c.Drill = &demarc.DrillElsewhere{Leg: "a", Test: step.test}
				store.Cases.Put(tx, c)
				return nil
			})
		})
		w.expects(step.name, got, step.want...)
		w.expects(step.name+", to the customer", w.told(customer)[before:], step.want...)
	}
	for n := range store.Notices.By(w.store.Local(), "account", string(customer)) {
		if strings.HasPrefix(n.Type, "failover.") && !strings.Contains(string(n.Detail), `"seenAt":"aws eu-west-1","seenBy":"`+string(platform)+`"`) {
			t.Errorf("%s does not say whose word it is: %s", n.Type, n.Detail)
		}
	}
}
