package cli_test

import (
	"context"
	"strings"
	"testing"

	"demarc"
	"demarc/api/apitest"
	"demarc/store"
)

// TestElsewhereVigil has both parties' watchers say what went down there, also
// what did while they were away.
func TestElsewhereVigil(t *testing.T) {
	s, ids := newTwoLegs(t)
	told := func(party, what string) (is string) {
		by := s.desk.Account(t, party).ID
		v, _ := store.Vigils.Get(s.desk.Store.Local(), string(demarc.LinkID(s.link))+"/"+string(by))
		for _, w := range v.Watched {
			if w.Leg == "a" && w.What == what {
				is = w.Told
			}
		}
		return is
	}
	for _, party := range []string{"customer", "platform"} {
		var out apitest.Journal
		watch := func() (end func()) {
			ctx, stop := context.WithCancel(t.Context())
			ended := make(chan int)
			go func() { ended <- s.execute(ctx, &out, party, "elsewhere", "watch", "--every", "50ms") }()
			return func() {
				stop()
				if code := <-ended; code != 0 {
					t.Errorf("the watcher of the %s ended with %d", party, code)
				}
			}
		}
		s.up(ids[0])
		end := watch()
		s.wait("the "+party+"'s vigil has begun", func() bool { return told(party, "session") == "up" })
		end()
		s.down(ids[0])
		end = watch()
		s.wait("the "+party+" says that it is down", func() bool { return told(party, "session") == "down" && told(party, "interface") == "down" })
		end()
		if text := out.String(); !strings.Contains(text, "the session of "+ids[0]+" is down") {
			t.Errorf("the watcher of the %s says: %s", party, text)
		}
	}
	if got := told("customer", "connection"); got != "available" {
		t.Errorf("the customer's connection: got %q", got)
	}
	if got := told("platform", "connection"); got != "" {
		t.Errorf("the platform's view of the connection: got %q", got)
	}
}
