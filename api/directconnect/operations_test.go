package directconnect_test

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"demarc/api/apitest"
	"demarc/api/directconnect"
)

// modelled are the exceptions that the API's model has for what a client asked
// wrongly.
var modelled = []string{"DirectConnectClientException", "DuplicateTagKeysException", "TooManyTagsException", "LimitExceededException"}

// TestEveryOperationAnswers sends the SDK's golden request of each operation:
// nonsense in every member, but well-formed.
func TestEveryOperationAnswers(t *testing.T) {
	dir := moduleDir(t)
	d := apitest.Open(t)
	for _, op := range directconnect.Operations() {
		status, answer := d.Call(t, "customer", op, golden(t, filepath.Join(dir, "request_snapshot", op+".request.snap")))
		if status == 200 {
			continue
		}
		var told struct {
			Type string `json:"__type"`
		}
		if err := json.Unmarshal([]byte(answer), &told); err != nil {
			t.Errorf("%s: %v: %s", op, err, answer)
		}
		if status != 400 || !slices.Contains(modelled, told.Type) {
			t.Errorf("%s: %d %s", op, status, answer)
		}
	}
}

func TestUnknownOperation(t *testing.T) {
	d := apitest.Open(t)
	status, answer := d.Call(t, "customer", "OrderPizza", `{}`)
	if want := `{"__type":"UnknownOperationException","message":"Direct Connect has no operation OrderPizza."}`; status != 404 || answer != want {
		t.Errorf("%d %s", status, answer)
	}
}

var tableRow = regexp.MustCompile("(?m)^\\| `([A-Za-z]+)` \\| (.*) \\| (.*) \\| (.*) \\|$")

// TestCompatibilityTable: docs/aws-compatibility.md has a row for each
// operation, with something in every cell.
func TestCompatibilityTable(t *testing.T) {
	doc, err := os.ReadFile("../../docs/aws-compatibility.md")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string][]string{}
	for _, m := range tableRow.FindAllStringSubmatch(string(doc), -1) {
		if _, twice := rows[m[1]]; twice {
			t.Errorf("%s has two rows", m[1])
		}
		rows[m[1]] = m[2:]
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(rows)), directconnect.Operations()); diff != "" {
		t.Error(diff)
	}
	for op, cells := range rows {
		if slices.Contains(cells, "") {
			t.Errorf("%s has an empty cell", op)
		}
	}
}
