package desk_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"demarc"
	"demarc/desk"
	"demarc/store"
)

func TestRequestLink(t *testing.T) {
	w := newWorld(t)
	link := w.link()
	got, err := desk.Link(w.store.Local(), customer, link.ID)
	if diff := cmp.Diff(got, link); err != nil || diff != "" {
		t.Errorf("link as stored: %v (-got +want):\n%s", err, diff)
	}
	want := demarc.Link{ID: link.ID, Environment: "acme-prod", Customer: customer, Topology: demarc.OwnCage, Location: "LIS1", Bandwidth: demarc.Gbps, Prefixes: []string{"192.168.50.0/24"}, Created: start}
	if diff := cmp.Diff(link, want); diff != "" {
		t.Errorf("link (-got +want):\n%s", diff)
	}
}

func TestRefusals(t *testing.T) {
	w := newWorld(t)
	prefixes := func(p ...string) func(*desk.Request) { return func(r *desk.Request) { r.Prefixes = p } }
	var many []string
	for i := range 101 {
		many = append(many, fmt.Sprintf("172.16.%d.0/24", i))
	}
	tests := []struct {
		name   string
		change func(*desk.Request)
		code   string
		field  string
		says   string
		kind   demarc.Kind
	}{
		{"no Direct Connect in the edition", func(r *desk.Request) { r.Environment = "acme-trial" }, "E-EDITION-NODX", "environment", "edition Standard, which does not include Direct Connect. Move the environment to an edition that includes it: Enterprise", demarc.Denied},
		{"unknown environment", func(r *desk.Request) { r.Environment = "nosuch" }, "", "environment", `no environment "nosuch"`, demarc.NotFound},
		{"unknown topology", func(r *desk.Request) { r.Topology = "ring" }, "E-TOPOLOGY", "topology", "own-cage", demarc.Invalid},
		{"unknown location", func(r *desk.Request) { r.Location = "XXX9" }, "E-LOCATION-UNKNOWN", "location", "Choose LIS1 or LIS2", demarc.Invalid},
		{"a location of another region", func(r *desk.Request) { r.Location = "FRA1" }, "E-LOCATION-UNKNOWN", "location", "Choose LIS1 or LIS2", demarc.Invalid},
		{"unsupported speed", func(r *desk.Request) { r.Bandwidth = 100 * demarc.Gbps }, "E-LOCATION-SPEED", "bandwidth", "no ports of 100Gbps. Choose 1Gbps or 10Gbps", demarc.Invalid},
		{"no cage there", func(r *desk.Request) { r.Location = "LIS2" }, "E-LOCATION-CAGE", "topology", "no cage in location LIS2", demarc.Invalid},
		{"no prefix", prefixes("10.1.0.0/16", "nonsense"), "E-CIDR-INVALID", "prefixes[1]", `"nonsense" is no prefix`, demarc.Invalid},
		{"host bits", prefixes("192.168.50.1/24"), "E-CIDR-INVALID", "prefixes[0]", "Write 192.168.50.0/24", demarc.Invalid},
		{"twice", prefixes("10.1.0.0/16", "10.1.0.0/16"), "E-CIDR-INVALID", "prefixes[1]", "listed twice", demarc.Invalid},
		{"multicast", prefixes("239.1.0.0/16"), "E-CIDR-INVALID", "prefixes[0]", "cannot be routed", demarc.Invalid},
		{"the environment's range", prefixes("10.8.2.128/25"), "E-CIDR-OVERLAP", "prefixes[0]", "overlaps 10.8.2.0/24", demarc.Conflict},
		{"around the environment's range", prefixes("10.0.0.0/8"), "E-CIDR-OVERLAP", "prefixes[0]", "overlaps 10.8.2.0/24", demarc.Conflict},
		{"a default route", prefixes("0.0.0.0/0"), "W-DEFAULT-SHADOWED", "prefixes[0]", "static beats propagated at equal length. List the specific subnets", demarc.Invalid},
		{"a default route of IPv6", prefixes("::/0"), "W-DEFAULT-SHADOWED", "prefixes[0]", "::/0", demarc.Invalid},
		{"a split default", prefixes("0.0.0.0/1", "128.0.0.0/1"), "W-DEFAULT-SPLIT", "prefixes", "0.0.0.0/1, 128.0.0.0/1", demarc.Invalid},
		{"half a default", prefixes("192.168.0.0/16", "128.0.0.0/2"), "W-DEFAULT-SPLIT", "prefixes", "128.0.0.0/2: pieces", demarc.Invalid},
		{"a split default of IPv6", prefixes("2000::/3"), "W-DEFAULT-SPLIT", "prefixes", "2000::/3", demarc.Invalid},
		{"too many prefixes", prefixes(many...), "E-PREFIX-LIMIT", "prefixes", "101 prefixes", demarc.Limit},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			req := wanted()
			test.change(&req)
			_, refusal := w.request(customer, test.change)
			if refusal == nil {
				t.Fatal("the request was granted")
			}
			if refusal.Code != test.code || refusal.Field != test.field || refusal.Kind != test.kind || !strings.Contains(refusal.Error(), test.says) {
				t.Errorf("refusal: got %+v, want %+v", refusal, test)
			}
			findings, err := desk.Preflight(w.store.Local(), customer, req)
			if err == nil && (len(findings) == 0 || *findings[0] != *refusal) {
				t.Errorf("preflight: got %v, want %v first", findings, refusal)
			}
		})
	}
	if got := desk.Links(w.store.Local(), customer); len(got) != 0 {
		t.Errorf("refused requests left %v", got)
	}
}

func TestPreflightNamesEverything(t *testing.T) {
	w := newWorld(t)
	req := desk.Request{Environment: "acme-prod", Topology: "ring", Location: "LIS1", Bandwidth: 5 * demarc.Gbps, Prefixes: []string{"10.8.2.0/24", "x"}}
	findings, err := desk.Preflight(w.store.Local(), customer, req)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range findings {
		got = append(got, f.Code+" "+f.Field)
	}
	want := []string{"E-TOPOLOGY topology", "E-LOCATION-SPEED bandwidth", "E-CIDR-OVERLAP prefixes[0]", "E-CIDR-INVALID prefixes[1]"}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("findings (-got +want):\n%s", diff)
	}
	if findings, err := desk.Preflight(w.store.Local(), customer, wanted()); err != nil || len(findings) > 0 {
		t.Errorf("a good request: got %v, %v", findings, err)
	}
}

// TestTheLastLinkIsGivenOnce has more customers' hands than links, all at once.
func TestTheLastLinkIsGivenOnce(t *testing.T) {
	w := newWorld(t)
	var (
		group    sync.WaitGroup
		mu       sync.Mutex
		refusals []string // guarded by mu
	)
	for range 6 {
		group.Go(func() {
			err := w.store.Write(t.Context(), func(tx *store.Tx) error {
				_, err := desk.RequestLink(tx, customer, wanted(), start)
				return err
			})
			if err != nil {
				mu.Lock()
				defer mu.Unlock()
				refusals = append(refusals, err.Error())
			}
		})
	}
	group.Wait()
	if got := len(desk.Links(w.store.Local(), customer)); got != 2 || len(refusals) != 4 {
		t.Errorf("got %d links and %d refusals, want 2 and 4: %v", got, len(refusals), refusals)
	}
	_, refusal := w.request(customer, func(*desk.Request) {})
	if refusal == nil || refusal.Code != "E-LIMIT-LINKS" || refusal.Kind != demarc.Limit || refusal.Fixer != demarc.Platform {
		t.Errorf("one more: got %+v, want E-LIMIT-LINKS", refusal)
	}
	findings, err := desk.Preflight(w.store.Local(), customer, wanted())
	if err != nil || len(findings) != 1 || findings[0].Code != "E-LIMIT-LINKS" {
		t.Errorf("preflight: got %v, %v", findings, err)
	}
}

// TestWhoSeesALink compares what others are told with what they are told of a
// link that does not exist.
func TestWhoSeesALink(t *testing.T) {
	w := newWorld(t)
	link := w.link()
	for by, sees := range map[demarc.AccountID]bool{customer: true, platform: true, partner: false, building: false, stranger: false} {
		_, err := desk.Link(w.store.Local(), by, link.ID)
		_, absent := desk.Link(w.store.Local(), by, "lk-absent00")
		if got := err == nil; got != sees {
			t.Errorf("account %s sees the link: got %v, want %v", by, got, sees)
		}
		if !sees && strings.ReplaceAll(err.Error(), string(link.ID), "lk-absent00") != absent.Error() {
			t.Errorf("account %s: got %q, and of an absent link %q", by, err, absent)
		}
		if got := len(desk.Links(w.store.Local(), by)) > 0; got != sees {
			t.Errorf("account %s lists the link: got %v, want %v", by, got, sees)
		}
		_, refusal := w.request(by, func(*desk.Request) {})
		_, nosuch := w.request(by, func(r *desk.Request) { r.Environment = "nosuch" })
		switch {
		case by == customer && refusal != nil:
			t.Errorf("the customer is refused: %v", refusal)
		case by == platform && (refusal == nil || refusal.Code != "E-NOT-CUSTOMER"):
			t.Errorf("the platform asks: got %v, want E-NOT-CUSTOMER", refusal)
		case !sees && strings.ReplaceAll(refusal.Error(), "acme-prod", "nosuch") != nosuch.Error():
			t.Errorf("account %s asks: got %q, and for an absent environment %q", by, refusal, nosuch)
		}
	}
}

func TestEnvironments(t *testing.T) {
	w := newWorld(t)
	w.link()
	for by, want := range map[demarc.AccountID][]string{customer: {"acme-prod 1/2", "acme-trial no"}, platform: {"acme-prod 1/2", "acme-trial no"}, stranger: nil} {
		var got []string
		for _, s := range desk.Environments(w.store.Local(), by) {
			text := s.Name + " no"
			if s.Entitled {
				text = s.Name + " " + string(rune('0'+s.Links)) + "/" + string(rune('0'+s.MaxLinks))
			}
			got = append(got, text)
		}
		if diff := cmp.Diff(got, want); diff != "" {
			t.Errorf("environments of %s (-got +want):\n%s", by, diff)
		}
	}
}
