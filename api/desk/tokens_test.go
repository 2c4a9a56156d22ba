package desk_test

import (
	"testing"

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
