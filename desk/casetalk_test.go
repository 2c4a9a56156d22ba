package desk_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"demarc"
	"demarc/desk"
	"demarc/store"
	"demarc/vif"
)

// agent and approver are two people of the platform; root is whoever has its
// key.
var (
	root     = demarc.Actor{Account: platform}
	agent    = demarc.Actor{Account: platform, Role: demarc.RoleAgent, Source: "666666666666"}
	approver = demarc.Actor{Account: platform, Role: demarc.RoleApprover, Source: "777777777777"}
	asker    = demarc.Actor{Account: customer}
)

// does carries out an act on a case and returns what became of the case.
func (w *world) does(act func(tx *store.Tx) (demarc.Case, error)) (c demarc.Case, refusal *demarc.Error) {
	w.Helper()
	refusal = w.try(func(tx *store.Tx) (err error) {
		c, err = act(tx)
		return err
	})
	return c, refusal
}

func codeOf(refusal *demarc.Error) string {
	if refusal == nil {
		return ""
	}
	return refusal.Code
}

func TestFieldsOfEachKind(t *testing.T) {
	w := newWorld(t)
	link := w.link()
	v := offer(w)
	w.write(func(tx *store.Tx) error {
		_, err := vif.Confirm(tx, platform, v.ID, demarc.PrivateVIF, vif.Onto{Gateway: vgw}, start)
		if err == nil {
			up, _ := store.VirtualInterfaces.Get(tx, string(v.ID))
			up.State = demarc.VIFAvailable
			store.VirtualInterfaces.Put(tx, up)
		}
		return err
	})
	fields := func(f demarc.CaseFields) demarc.CaseFields { return f }
	for _, tt := range []struct {
		name   string
		kind   demarc.CaseKind
		fields demarc.CaseFields
		code   string // empty where it is opened
		field  string
		state  demarc.CaseState
	}{
		{"an account, the link found", demarc.CaseAccount, fields(demarc.CaseFields{}), "", "", demarc.CaseAnswered},
		{"another's link", demarc.CaseAccount, fields(demarc.CaseFields{Link: "lk-absent00"}), "", "link", ""},
		{"a Transit Gateway without prefixes", demarc.CaseTransit, fields(demarc.CaseFields{}), "E-CASE-FIELD", "prefixes", ""},
		{"a Transit Gateway over our range", demarc.CaseTransit, fields(demarc.CaseFields{Prefixes: []string{"10.8.2.0/25"}}), "E-CIDR-OVERLAP", "prefixes[0]", ""},
		{"a Transit Gateway", demarc.CaseTransit, fields(demarc.CaseFields{Prefixes: []string{"192.168.50.0/24"}}), "", "", demarc.CaseWaitingOpener},
		{"no change", demarc.CaseRoutes, fields(demarc.CaseFields{}), "E-CASE-FIELD", "add", ""},
		{"a change to nothing had", demarc.CaseRoutes, fields(demarc.CaseFields{Remove: []string{"192.168.99.0/24"}}), "E-CIDR-INVALID", "remove[0]", ""},
		{"a default added", demarc.CaseRoutes, fields(demarc.CaseFields{Add: []string{"0.0.0.0/0"}}), "W-DEFAULT-SHADOWED", "add[0]", ""},
		{"a prefix twice", demarc.CaseRoutes, fields(demarc.CaseFields{Add: []string{"192.168.50.0/24"}}), "E-CIDR-INVALID", "prefixes[1]", ""},
		{"a change", demarc.CaseRoutes, fields(demarc.CaseFields{Add: []string{"192.168.51.0/24"}}), "", "", demarc.CaseOpen},
		{"a drill of no length", demarc.CaseDrill, fields(demarc.CaseFields{VirtualInterface: v.ID}), "E-CASE-FIELD", "minutes", ""},
		{"a drill that wraps", demarc.CaseDrill, fields(demarc.CaseFields{VirtualInterface: v.ID, Minutes: 307445736}), "E-TEST", "minutes", ""},
		{"a drill too long", demarc.CaseDrill, fields(demarc.CaseFields{VirtualInterface: v.ID, Minutes: 4321}), "E-TEST", "minutes", ""},
		{"a drill yesterday", demarc.CaseDrill, fields(demarc.CaseFields{VirtualInterface: v.ID, Minutes: 10, Start: start.AddDate(0, 0, -1)}), "E-DATE", "start", ""},
		{"a drill", demarc.CaseDrill, fields(demarc.CaseFields{VirtualInterface: v.ID, Minutes: 10}), "", "", demarc.CaseOpen},
		{"an end without reason", demarc.CaseTermination, fields(demarc.CaseFields{Reason: "  "}), "E-CASE-FIELD", "reason", ""},
		{"an end yesterday", demarc.CaseTermination, fields(demarc.CaseFields{Reason: "moved", LastDay: "2026-05-03"}), "E-DATE", "lastDay", ""},
		{"an end", demarc.CaseTermination, fields(demarc.CaseFields{Reason: "moved", LastDay: "2026-06-01"}), "", "", demarc.CaseOpen},
		{"a field of another kind", demarc.CaseTermination, fields(demarc.CaseFields{Reason: "moved", Minutes: 5}), "E-CASE-FIELD", "minutes", ""},
	} {
		c, refusal := w.open(customer, desk.New{Kind: tt.kind, Environment: "acme-prod", Fields: tt.fields})
		switch {
		case tt.state != "" && refusal != nil:
			t.Errorf("%s: %v", tt.name, refusal)
		case tt.state != "" && c.State != tt.state:
			t.Errorf("%s: got %s, want %s", tt.name, c.State, tt.state)
		case tt.state == "" && (refusal == nil || refusal.Code != tt.code || refusal.Field != tt.field):
			t.Errorf("%s: got %+v, want %s in %s", tt.name, refusal, tt.code, tt.field)
		}
	}
	if len(link.Legs) != 1 {
		t.Fatal("the link has no leg")
	}
}

// TestATalk passes a case to and fro and ends it.
func TestATalk(t *testing.T) {
	w := newWorld(t)
	w.link()
	c, refusal := w.open(customer, desk.New{Kind: demarc.CaseRoutes, Environment: "acme-prod", Fields: demarc.CaseFields{Add: []string{"192.168.51.0/24"}}, Text: "please"})
	if refusal != nil {
		t.Fatal(refusal)
	}
	say := func(by demarc.Actor, text string) (demarc.Case, *demarc.Error) {
		return w.does(func(tx *store.Tx) (demarc.Case, error) { return desk.Reply(tx, by, c.ID, text, nil, w.now) })
	}
	for _, tt := range []struct {
		by   demarc.Actor
		text string
		want demarc.CaseState
	}{
		{asker, "is anybody there?", demarc.CaseOpen},
		{agent, "what is behind it?", demarc.CaseWaitingOpener},
		{asker, "printers", demarc.CaseWaitingAssignee},
		{agent, "how many?", demarc.CaseWaitingOpener},
	} {
		if got, refusal := say(tt.by, tt.text); refusal != nil || got.State != tt.want {
			t.Errorf("%q: got %s, %v, want %s", tt.text, got.State, refusal, tt.want)
		}
	}
	if _, refusal := say(demarc.Actor{Account: partner}, "hello"); refusal == nil || refusal.Kind != demarc.NotFound {
		t.Errorf("a partner speaks: got %v", refusal)
	}
	if _, refusal := w.does(func(tx *store.Tx) (demarc.Case, error) { return desk.Accept(tx, asker, c.ID, w.now) }); codeOf(refusal) != "E-CASE-ASSIGNEE" {
		t.Errorf("the customer accepts: got %v", refusal)
	}
	if _, refusal := w.does(func(tx *store.Tx) (demarc.Case, error) { return desk.Resolve(tx, root, c.ID, w.now) }); codeOf(refusal) != "E-CASE-OPENER" {
		t.Errorf("the platform resolves: got %v", refusal)
	}
	done, refusal := w.does(func(tx *store.Tx) (demarc.Case, error) { return desk.Accept(tx, agent, c.ID, w.now) })
	if refusal != nil || done.State != demarc.CaseAnswered || done.Answer != "The link now has 192.168.50.0/24, 192.168.51.0/24" {
		t.Errorf("accepted: got %s %q, %v", done.State, done.Answer, refusal)
	}
	link, err := desk.Link(w.store.Local(), customer, c.Link)
	if diff := cmp.Diff(link.Prefixes, []string{"192.168.50.0/24", "192.168.51.0/24"}); err != nil || diff != "" {
		t.Errorf("the link's prefixes: %v %s", err, diff)
	}
	if _, refusal := say(asker, "thanks"); codeOf(refusal) != "E-CASE-SETTLED" {
		t.Errorf("after the end: got %v", refusal)
	}
}

func TestRejectAndResolve(t *testing.T) {
	w := newWorld(t)
	v := offer(w)
	c, _ := w.open(customer, asking(v.ID))
	done, refusal := w.does(func(tx *store.Tx) (demarc.Case, error) { return desk.Reject(tx, agent, c.ID, "wrong VLAN", w.now) })
	if refusal != nil || done.State != demarc.CaseRejected || done.Answer != "Rejected: wrong VLAN" {
		t.Errorf("got %s %q, %v", done.State, done.Answer, refusal)
	}
	if got, _ := store.VirtualInterfaces.Get(w.store.Local(), string(v.ID)); got.State != demarc.VIFRejected {
		t.Errorf("the interface is %s, want rejected", got.State)
	}
	second := w.allocate(v.Connection)
	c, _ = w.open(customer, asking(second.ID))
	for range 2 {
		done, refusal = w.does(func(tx *store.Tx) (demarc.Case, error) { return desk.Resolve(tx, asker, c.ID, w.now) })
		if refusal != nil || done.State != demarc.CaseResolved {
			t.Errorf("resolved: got %s, %v", done.State, refusal)
		}
	}
	if _, refusal = w.open(customer, asking(second.ID)); refusal != nil {
		t.Errorf("asked again: %v", refusal)
	}
}

// TestReview holds what a link asked for against what was allocated.
func TestReview(t *testing.T) {
	w := newWorld(t)
	link, refusal := w.request(customer, func(r *desk.Request) {
		r.Legs[0].VLAN, r.Legs[0].ASN, r.DefaultRoute = 102, 65010, demarc.DefaultShadowed
	})
	if refusal != nil {
		t.Fatal(refusal)
	}
	v := w.allocate(w.order(demarc.Tag{Key: desk.LinkTag, Value: string(link.ID)}).ID)
	c, _ := w.open(customer, asking(v.ID))
	w.neighbour("acme-dev", customer, "192.168.50.128/25")
	differences, flags := desk.Review(w.store.Local(), c)
	for _, d := range differences {
		if want := d.Field == "vlan"; d.Differs != want {
			t.Errorf("%+v: differs %v, want %v", d, d.Differs, want)
		}
	}
	var codes []string
	for _, f := range flags {
		codes = append(codes, f.Code)
	}
	if diff := cmp.Diff(codes, []string{"W-DEFAULT-SHADOWED", "W-SPOF", "W-OVERLAP"}); diff != "" || len(differences) != 9 {
		t.Errorf("%d differences, flags: %s", len(differences), diff)
	}
}

func TestAttachments(t *testing.T) {
	w := newWorld(t)
	w.link()
	keep := func(name string, data []byte, reference string) (a demarc.Attachment, refusal *demarc.Error) {
		refusal = w.try(func(tx *store.Tx) (err error) {
			a, err = desk.Attach(tx, customer, name, data, reference, w.now)
			return err
		})
		return a, refusal
	}
	for name, refused := range map[string]func() (demarc.Attachment, *demarc.Error){
		"no name": func() (demarc.Attachment, *demarc.Error) { return keep("", []byte("x"), "") },
		"nothing": func() (demarc.Attachment, *demarc.Error) { return keep("a", nil, "") },
		"both":    func() (demarc.Attachment, *demarc.Error) { return keep("a", []byte("x"), "letter/dxcon-1") },
		"too large": func() (demarc.Attachment, *demarc.Error) {
			return keep("a", make([]byte, desk.LargestAttachment+1), "")
		},
		"no such": func() (demarc.Attachment, *demarc.Error) { return keep("a", nil, "secret/dxcon-1") },
	} {
		if _, refusal := refused(); codeOf(refusal) != "E-ATTACHMENT" {
			t.Errorf("%s: got %v", name, refusal)
		}
	}
	a, _ := keep("r1.conf", []byte("router bgp 65010"), "")
	letter, _ := keep("letter", nil, "letter/dxcon-f0000001")
	loose, _ := keep("unused", []byte("x"), "")
	if _, err := desk.Attachment(w.store.Local(), platform, a.ID); demarc.KindOf(err) != demarc.NotFound {
		t.Errorf("the platform reads one that is in no case: %v", err)
	}
	ask := desk.New{Kind: demarc.CaseRoutes, Environment: "acme-prod", Fields: demarc.CaseFields{Add: []string{"192.168.60.0/24"}}, Attachments: []demarc.AttachmentID{a.ID, letter.ID}}
	if _, refusal := w.open(customer, ask); refusal != nil {
		t.Fatal(refusal)
	}
	if _, refusal := w.open(customer, ask); refusal == nil || refusal.Kind != demarc.NotFound {
		t.Errorf("used twice: got %v", refusal)
	}
	got, err := desk.Attachment(w.store.Local(), platform, a.ID)
	if err != nil || string(got.Data) != "router bgp 65010" {
		t.Errorf("the platform reads %q, %v", got.Data, err)
	}
	if got := desk.Rendered(letter); !strings.Contains(got, "describe-loa --connection-id dxcon-f0000001") {
		t.Errorf("the letter is had with %q", got)
	}
	w.write(func(tx *store.Tx) error { return desk.Expire(tx, start.Add(time.Hour)) })
	if _, err := desk.Attachment(w.store.Local(), customer, loose.ID); demarc.KindOf(err) != demarc.NotFound {
		t.Errorf("one that nobody used, an hour later: %v", err)
	}
	if _, err := desk.Attachment(w.store.Local(), customer, letter.ID); err != nil {
		t.Errorf("one that is in a case, an hour later: %v", err)
	}
}

// TestWhatIsAskedHasToBeSaid asks the customer something, and moves the clock to
// the seventh day after it: once it has answered, and once it has not. What the
// desk says by itself is no question.
func TestWhatIsAskedHasToBeSaid(t *testing.T) {
	for _, answers := range []bool{true, false} {
		w := newWorld(t)
		link := w.link()
		c, refusal := w.open(customer, desk.New{Kind: demarc.CaseRoutes, Environment: "acme-prod", Fields: demarc.CaseFields{Link: link.ID, Add: []string{"192.168.90.0/24"}}})
		if refusal != nil {
			t.Fatal(refusal)
		}
		say := func(by demarc.Actor, at time.Time) *demarc.Error {
			_, refusal := w.does(func(tx *store.Tx) (demarc.Case, error) { return desk.Reply(tx, by, c.ID, "so", nil, at) })
			return refusal
		}
		if refusal := say(agent, start.Add(time.Hour)); refusal != nil {
			t.Fatal(refusal)
		}
		if answers && say(asker, start.Add(2*time.Hour)) != nil {
			t.Fatal("the answer was refused")
		}
		state := demarc.CaseWaitingOpener
		if answers {
			state = demarc.CaseWaitingAssignee
		}
		end := start.Add(time.Hour).AddDate(0, 0, 7)
		for _, now := range []time.Time{end.Add(-time.Second), end} {
			w.write(func(tx *store.Tx) error { return desk.Expire(tx, now) })
			if now.Equal(end) && !answers {
				state = demarc.CaseExpired
			}
			if got, err := desk.Case(w.store.Local(), customer, c.ID); err != nil || got.State != state {
				t.Errorf("answered: %v, at %v: got %s, want %s (%v)", answers, now, got.State, state, err)
			}
		}
		if code := codeOf(say(asker, end)); code != map[bool]string{true: "", false: "E-CASE-EXPIRED"}[answers] {
			t.Errorf("answered: %v, and then more words are refused with %q", answers, code)
		}
	}
}
