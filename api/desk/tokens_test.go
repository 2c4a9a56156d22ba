package desk_test

import (
	"strings"
	"testing"

	"demarc"
	"demarc/api/desk"
)

// So many hours are a few minutes if nanoseconds wrap.
func TestATokensLifeDoesNotWrap(t *testing.T) {
	w := newWorld(t)
	var link desk.Link
	w.get(customer, "POST", "/desk/v1/links", partnerLink, &link)
	path := "/desk/v1/links/" + string(link.ID) + "/tokens"
	for _, hours := range []string{"5124096", "-5124095", "2161"} {
		if _, refusal := w.refused(customer, "POST", path, `{"hours":`+hours+`}`); refusal.Code != "E-TOKEN-TERMS" {
			t.Errorf("%s hours: %+v", hours, refusal)
		}
	}
}

// TestAPartnersAuditIsOfItsOwn has a partner redeem a token, upon which the
// platform's policy decides a case: of both its audit says nothing, and that of
// the platform's operator does.
func TestAPartnersAuditIsOfItsOwn(t *testing.T) {
	w := newWorld(t)
	w.operated()
	w.get(platform, "POST", "/desk/v1/platform/policies", `{"rules":[{"name":"all","verdict":"accept"}]}`, new(desk.Policy))
	var link desk.Link
	w.get(customer, "POST", "/desk/v1/links", partnerLink, &link)
	var token desk.Token
	w.get(customer, "POST", "/desk/v1/links/"+string(link.ID)+"/tokens", `{}`, &token)
	body := `{"token":"` + token.Text + `","connection":"` + string(w.carry().ID) + `","asn":65010}`
	w.get(partner, "POST", "/desk/v1/partner/tokens:redeem", body, &token)
	seen := func(by demarc.AccountID) string {
		_, answer := w.call(by, "GET", "/desk/v1/audit?operation=redeemToken", "")
		return answer
	}
	for _, object := range []string{"virtual-interface/" + string(token.Interface), "link-token/" + string(token.Terms.ID), "case/", "decision/"} {
		own := !strings.HasSuffix(object, "/")
		if got := seen(partner); strings.Contains(got, object) != own {
			t.Errorf("the partner sees %s %v, want %v: %s", object, !own, own, got)
		}
		if got := seen(platform); !strings.Contains(got, object) {
			t.Errorf("the operator does not see %s: %s", object, got)
		}
	}
}
