package ram_test

import (
	"context"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	sdk "github.com/aws/aws-sdk-go-v2/service/ram"

	"demarc/api/ram"
)

// TestEveryOperationHasARow: the table knows each operation of the SDK's
// client.
func TestEveryOperationHasARow(t *testing.T) {
	var want []string
	client := reflect.TypeFor[*sdk.Client]()
	for i := range client.NumMethod() {
		m := client.Method(i)
		if m.Type.NumIn() == 4 && m.Type.In(1) == reflect.TypeFor[context.Context]() && strings.HasSuffix(m.Type.In(2).String(), m.Name+"Input") {
			want = append(want, m.Name)
		}
	}
	var got []string
	for _, route := range ram.Routes() {
		got = append(got, route.Operation)
		if route.Method == "" || !strings.HasPrefix(route.Path, "/") {
			t.Errorf("%+v is no route", route)
		}
	}
	if !slices.Equal(got, want) || len(want) < 30 {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestCompatibilityTable: docs/ram-compatibility.md has a row for each
// operation that is carried out, and no other.
func TestCompatibilityTable(t *testing.T) {
	doc, err := os.ReadFile("../../docs/ram-compatibility.md")
	if err != nil {
		t.Fatal(err)
	}
	var rows, want []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([A-Z][A-Za-z]+)` \\|").FindAllSubmatch(doc, -1) {
		rows = append(rows, string(m[1]))
	}
	for _, route := range ram.Routes() {
		if ram.Built(route.Operation) {
			want = append(want, route.Operation)
		}
	}
	slices.Sort(rows)
	if !slices.Equal(rows, want) {
		t.Errorf("rows %v\nwant %v", rows, want)
	}
}
