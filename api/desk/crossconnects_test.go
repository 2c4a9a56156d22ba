package desk_test

import (
	"strings"
	"testing"

	"demarc"
	"demarc/api/desk"
	"demarc/store"
)

// TestAFibreThatIsWrong has the facility report a problem and a mistaken patch,
// which the customer and the platform see in the link's step until it is well.
func TestAFibreThatIsWrong(t *testing.T) {
	w := newWorld(t)
	w.write(func(tx *store.Tx) error {
		l, _ := store.Locations.Get(tx, "LIS1")
		l.Cages = append(l.Cages, demarc.Cage{Account: stranger, Router: "other-r1", Interface: "eth7"})
		store.Locations.Put(tx, l)
		return nil
	})
	var link desk.Link
	w.get(customer, "POST", "/desk/v1/links", goodLink, &link)
	path := "/desk/v1/facility/cross-connects/" + string(w.order().ID)
	report := func(body, evidence string, done bool) {
		t.Helper()
		var xc desk.CrossConnect
		w.get(building, "POST", path+"/report", body, &xc)
		for _, by := range []demarc.AccountID{customer, platform} {
			w.get(by, "GET", "/desk/v1/links/"+string(link.ID), "", &link)
			for _, s := range link.Steps {
				if s.ID == "cross-connect" && (s.Done != done || !strings.Contains(s.Evidence, evidence)) {
					t.Errorf("%s: %s sees %v %q, want %q", body, by, s.Done, s.Evidence, evidence)
				}
			}
		}
	}
	if _, refusal := w.refused(building, "POST", path+"/report", `{"problem":"E-XC-POLARITY"}`); refusal.Code != "E-XC-NOT-PATCHED" {
		t.Errorf("before the patch: got %+v", refusal)
	}
	w.get(building, "POST", path+"/patch", "", &desk.CrossConnect{})
	report(`{"problem":"E-XC-POLARITY","note":"roll Tx and Rx"}`, "E-XC-POLARITY: the facility reports of the fibre to lis1-d1/p1: roll Tx and Rx", false)
	report(`{}`, "acme-r1 eth0 is patched to lis1-d1/p1", true)
	report(`{"router":"other-r1","interface":"eth7"}`, "E-XC-MISPATCHED: lis1-d1/p1 leads to other-r1 eth7, and acme-r1 eth0 was ordered", false)
	report(`{"problem":"E-XC-POLARITY"}`, "E-XC-POLARITY: lis1-d1/p1 leads to other-r1 eth7", false)
	if _, refusal := w.refused(building, "POST", path+"/report", `{}`); refusal.Code != "E-XC-MISPATCHED" || refusal.Field != "to" {
		t.Errorf("well where it leads elsewhere: got %+v", refusal)
	}
	report(`{"router":"acme-r1","interface":"eth0"}`, "acme-r1 eth0 is patched to lis1-d1/p1", true)
	for body, code := range map[string]string{`{"problem":"E-XC-GOSSIP"}`: "E-XC-PROBLEM", `{"router":"acme-r1","interface":"eth9"}`: "E-XC-SOCKET"} {
		if _, refusal := w.refused(building, "POST", path+"/report", body); refusal.Code != code {
			t.Errorf("%s: got %+v", body, refusal)
		}
	}
}
