package cli_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"demarc"
	"demarc/api/apitest"
	"demarc/intent"
	"demarc/store"
	"demarc/vif"
)

// newTwoLegs is a link of two legs there, both accepted and up; ids are those of
// their interfaces.
func newTwoLegs(t *testing.T) (s *twoSites, ids []string) {
	t.Helper()
	form := filepath.Join(t.TempDir(), "link.yaml")
	text := "environment: acme-prod\ntopology: own-cage\nresiliency: high\nprefixes: [192.168.50.0/24]\nlegs:\n  - {location: LIS1, bandwidth: 1Gbps}\n  - {location: LIS2, bandwidth: 1Gbps}\n"
	if err := os.WriteFile(form, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s = newTwoSites(t, "-f", form)
	s.policy()
	s.as("customer", 0, "case", "open", "--kind", "account-association", "--environment", "acme-prod")
	for _, leg := range []string{"a", "b"} {
		conn := s.as("customer", 0, "elsewhere", "order", s.link, "--leg", leg)
		s.as("customer", 0, "elsewhere", "letter", s.link, "--leg", leg, "--to", "-")
		s.light(conn)
		id := s.as("customer", 0, "elsewhere", "allocate", s.link, "--leg", leg, "--vlan", "103")
		s.as("customer", 0, "elsewhere", "ask", s.link, "--leg", leg)
		s.as("platform", 0, "elsewhere", "accept", id)
		s.up(id)
		ids = append(ids, id)
	}
	s.next("platform", 0, "live")
	return s, ids
}

// down is the edge at the other site losing an interface's session.
func (s *twoSites) down(id string) {
	s.Helper()
	s.write(s.there, func(tx *store.Tx) error {
		v, _ := store.VirtualInterfaces.Get(tx, id)
		seen := intent.VIFSeen{ID: v.ID, Built: true, Session: []intent.SessionSeen{{Peer: v.Peers[0].ID, State: "Idle"}}}
		store.VIFSightings.Put(tx, seen)
		vif.Observe(tx, seen)
		return nil
	})
}

// testOf is the newest failover test of an interface at the other site.
func (s *twoSites) testOf(id string) (newest demarc.FailoverTest) {
	for t := range store.FailoverTests.All(s.there.Store.Local()) {
		if string(t.Interface) == id && !t.Started.Before(newest.Started) {
			newest = t
		}
	}
	return newest
}

// TestElsewhereDrill has a platform's machine make the test that its customer
// asks for, once, and stop it.
func TestElsewhereDrill(t *testing.T) {
	s, ids := newTwoLegs(t)
	s.as("platform", 2, "elsewhere", "drill", s.link) // nobody asks
	s.as("customer", 3, "link", "drill", s.link, "--leg", "a")
	ask := []string{"case", "open", "--kind", "failover-drill", "--environment", "acme-prod", "--interface", ids[0], "--minutes", "10"}
	if got := s.as("customer", 0, ask...); !strings.Contains(got, "granted by desk") {
		t.Errorf("delegated: got %s", got)
	}
	s.down(ids[1])
	if got := s.as("platform", 5, "elsewhere", "drill", s.link); !strings.Contains(got, "E-DRILL-LAST-PATH") {
		t.Errorf("the last path: got %s", got)
	}
	s.up(ids[1])
	if got := s.as("platform", 0, "elsewhere", "drill", s.link); !strings.Contains(got, "holds "+ids[0]+" down") {
		t.Errorf("the test: got %s", got)
	}
	first := s.testOf(ids[0])
	s.down(ids[0])
	s.as("platform", 0, "elsewhere", "drill", s.link)
	if got := s.testOf(ids[0]); got.ID != first.ID || got.Status != demarc.TestInProgress || got.Duration != 10*time.Minute {
		t.Errorf("asked again: got %+v, was %+v", got, first)
	}
	if got := s.as("customer", 5, "link", "status", s.link); !strings.Contains(got, "holds it down, as case") {
		t.Errorf("the tracker: got %s", got)
	}
	if got := s.as("platform", 0, "elsewhere", "drill", s.link, "--stop"); !strings.Contains(got, "leg b stayed up") {
		t.Errorf("stopped: got %s", got)
	}
	if got := s.testOf(ids[0]); got.Status != demarc.TestCancelled {
		t.Errorf("the test there: got %+v", got)
	}
	if got := s.as("customer", 0, "link", "drills", s.link); !strings.Contains(got, string(first.ID)) || !strings.Contains(got, "stayed") {
		t.Errorf("the drills: got %s", got)
	}
}

// TestElsewhereWatchDrills has a watcher make a test, follow it, and stop it when
// its customer asks no longer.
func TestElsewhereWatchDrills(t *testing.T) {
	s, ids := newTwoLegs(t)
	s.write(s.desk, func(tx *store.Tx) error {
		env, _ := store.Environments.Get(tx, "acme-prod")
		env.Drills = false
		store.Environments.Put(tx, env)
		return nil
	})
	ctx, stop := context.WithCancel(t.Context())
	var told apitest.Journal
	ended := make(chan int)
	go func() { ended <- s.execute(ctx, &told, "platform", "elsewhere", "watch", "--every", "50ms") }()
	s.as("customer", 0, "case", "open", "--kind", "failover-drill", "--environment", "acme-prod", "--interface", ids[0], "--minutes", "10")
	asked := s.drillCase()
	if got := s.testOf(ids[0]); got.ID != "" {
		t.Errorf("before anybody has agreed: got %+v", got)
	}
	s.as("platform", 0, "case", "accept", asked)
	s.wait("the test is made", func() bool { return s.testOf(ids[0]).Status == demarc.TestInProgress })
	s.down(ids[0])
	s.wait("it is followed", func() bool { return strings.Contains(s.as("customer", 0, "link", "drills", s.link), "stayed") })
	s.as("customer", 0, "case", "resolve", asked)
	s.wait("it is stopped", func() bool { return s.testOf(ids[0]).Status == demarc.TestCancelled })
	s.wait("the case has what came of it", func() bool {
		return strings.Contains(s.as("customer", 0, "case", "show", asked), "cancelled at the wish of account")
	})
	stop()
	if code := <-ended; code != 0 {
		t.Errorf("the watcher ended with %d", code)
	}
}

// drillCase is the case that asks for a drill.
func (s *twoSites) drillCase() (id string) {
	s.Helper()
	for c := range store.Cases.All(s.desk.Store.Local()) {
		if c.Drill != nil {
			id = string(c.ID)
		}
	}
	if id == "" {
		s.Fatal("no case asks for a drill")
	}
	return id
}
