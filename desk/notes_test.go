package desk_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"demarc"
	"demarc/desk"
	"demarc/store"
)

// neighbour is another environment of the platform's, for a customer.
func (w *world) neighbour(name string, of demarc.AccountID, cidr string) {
	w.Helper()
	w.write(func(tx *store.Tx) error {
		id := demarc.VPCID("vpc-" + name)
		store.VPCs.Put(tx, demarc.VPC{ID: id, Owner: platform, Region: "eu-west-1", CIDR: netip.MustParsePrefix(cidr)})
		store.Environments.Put(tx, demarc.Environment{Name: name, Edition: "Enterprise", Region: "eu-west-1", Platform: platform, Customer: of, VPC: id})
		return nil
	})
}

// TestNotesOfWhatIsThere tells before anything is ordered what another
// environment, another link or another interface has. It refuses nothing, and
// tells of nobody else's.
func TestNotesOfWhatIsThere(t *testing.T) {
	w := newWorld(t)
	w.link() // with 192.168.50.0/24
	w.neighbour("acme-dev", customer, "10.8.5.0/24")
	w.neighbour("others-prod", stranger, "10.9.5.0/24")
	v := w.allocate(w.order().ID)
	req := wanted()
	req.Legs[0].VLAN = int(v.VLAN)
	req.Prefixes = []string{"192.168.0.0/16", "192.168.50.0/24", "10.8.5.128/25", "10.9.5.0/24", "172.16.0.0/16"}
	findings, err := desk.Preflight(w.store.Local(), customer, req, w.now)
	if err != nil || len(findings) > 0 {
		t.Errorf("findings: %v, %v", findings, err)
	}
	notes, err := desk.Notes(w.store.Local(), customer, req)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, n := range notes {
		got = append(got, n.Code+" "+n.Field)
		if n.Fix == "" || strings.Contains(n.Text, "10.9.5") {
			t.Errorf("%s: %s, and what to do is %q", n.Code, n.Text, n.Fix)
		}
	}
	if want := []string{"E-VLAN-TAKEN legs[0].vlan", "W-OVERLAP prefixes[0]", "W-OVERLAP prefixes[2]"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestPrefixesThatAreNone are of addresses that no router may be told of, however
// they are written.
func TestPrefixesThatAreNone(t *testing.T) {
	w := newWorld(t)
	for _, text := range []string{
		"::ffff:10.1.0.0/112", "::10.1.0.0/112", "0.1.0.0/16", "0.0.0.0/8", "224.0.0.0/4", "240.0.0.0/4", "255.255.255.255/32", "127.0.0.0/8",
		"169.254.7.0/24", "fe80::/64", "ff02::/16", "::1/128", "192.168.1.1/24", "192.168.001.0/24", "192.168.1.0", "10.0.0.0/33", "10.0.0.0/-1",
		" 10.1.0.0/16", "fd00::%eth0/64", "١٠.0.0.0/8", "",
	} {
		req := wanted()
		req.Prefixes = []string{text}
		findings, err := desk.Preflight(w.store.Local(), customer, req, w.now)
		if err != nil || len(findings) == 0 || findings[0].Code != "E-CIDR-INVALID" || findings[0].Field != "prefixes[0]" || findings[0].Fix == "" {
			t.Errorf("%q: got %v, %v, want E-CIDR-INVALID and what to do", text, findings, err)
		}
	}
}

// TestTooMuchIsRefused bounds what is looked at and kept of a request.
func TestTooMuchIsRefused(t *testing.T) {
	w := newWorld(t)
	long := strings.Repeat("ä", 101)
	for _, tt := range []struct {
		change func(*desk.Request)
		want   string
	}{
		{func(r *desk.Request) { r.Prefixes = make([]string, 50_000) }, "E-PREFIX-LIMIT prefixes"},
		{func(r *desk.Request) { r.Legs = make([]desk.LegRequest, 5_000); r.Resiliency = demarc.TwoDevices }, "E-LEGS legs"},
		{func(r *desk.Request) { r.Contacts = make([]demarc.Contact, 21) }, "E-CONTACT contacts"},
		{func(r *desk.Request) { r.Contacts = []demarc.Contact{{Name: long, Email: "a@b.example"}} }, "E-CONTACT contacts[0].name"},
		{func(r *desk.Request) { r.Contacts = []demarc.Contact{{Role: "a\x1b[2J", Email: "a@b.example"}} }, "E-CONTACT contacts[0].role"},
		{func(r *desk.Request) { r.Contacts = []demarc.Contact{{Email: long + long + long + "@b.example"}} }, "E-CONTACT contacts[0].email"},
	} {
		if _, refusal := w.request(customer, tt.change); refusal == nil || refusal.Code+" "+refusal.Field != tt.want || len(refusal.Text) > 400 {
			t.Errorf("got %v, want %s", refusal, tt.want)
		}
	}
	link := w.link()
	for field, change := range map[string]func(*desk.New){
		"subject":        func(n *desk.New) { n.Subject = strings.Repeat("x", 251) },
		"reason":         func(n *desk.New) { n.Fields.Reason = strings.Repeat("x", 4001) },
		"resourceShare":  func(n *desk.New) { n.Fields.ResourceShare = strings.Repeat("x", 513) },
		"transitGateway": func(n *desk.New) { n.Fields.TransitGateway = demarc.TransitGatewayID(strings.Repeat("x", 513)) },
	} {
		ask := desk.New{Kind: demarc.CaseTermination, Environment: "acme-prod", Fields: demarc.CaseFields{Link: link.ID, Reason: "so"}}
		change(&ask)
		if _, refusal := w.open(customer, ask); refusal == nil || refusal.Code != "E-CASE-FIELD" || refusal.Field != field {
			t.Errorf("%s: got %v", field, refusal)
		}
	}
	ask := desk.New{Kind: demarc.CaseAccount, Environment: "acme-prod", Subject: "two\nlines"}
	if _, refusal := w.open(customer, ask); refusal == nil || refusal.Code != "E-CASE-FIELD" || refusal.Field != "subject" {
		t.Errorf("a subject of two lines: got %v", refusal)
	}
}
