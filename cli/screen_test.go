package cli

import (
	"bytes"
	"strings"
	"testing"
)

// TestAScreenObeysNobody writes what a customer could put into a case: the
// terminal of who reads it gets letters.
func TestAScreenObeysNobody(t *testing.T) {
	for text, want := range map[string]string{
		"two\nlines, Zürich, 東京": "two\nlines, Zürich, 東京",
		"\x1b[2Jgone\x07":        `\x1b[2Jgone\x07`,
		"over\rwritten\ttab":     `over\x0dwritten\x09tab`,
		"\u009b31mred":           `\u009b31mred`,
		"dxvif-\u202exfdp":       `dxvif-\u202exfdp`,
		"cut \xff":               "cut \uFFFD",
	} {
		var out bytes.Buffer
		n, err := screen{&out}.Write([]byte(text))
		if got := out.String(); got != want || n != len(text) || err != nil {
			t.Errorf("%q is shown as %q (%d bytes, %v), want %q", text, got, n, err, want)
		}
	}
}

// TestTablesFit looks at a table that is wider than the terminal: nothing of it
// is lost, and no line is longer than there is room for.
func TestTablesFit(t *testing.T) {
	rows := func(row func(...any)) {
		row("case-fc9kvvyr", "accept-interface", "open", "Allocate the virtual interface to\naccount 877324043336")
		row("case-zj4nqlhn", "route-change", "", "no")
	}
	for _, tt := range []struct {
		width int
		want  string
	}{
		{0, "" +
			"CASE           KIND              STATE  ANSWER\n" +
			"case-fc9kvvyr  accept-interface  open   Allocate the virtual interface to account 877324043336\n" +
			"case-zj4nqlhn  route-change      -      no\n"},
		{70, "" +
			"CASE           KIND              STATE  ANSWER\n" +
			"case-fc9kvvyr  accept-interface  open   Allocate the virtual interface\n" +
			"                                        to account 877324043336\n" +
			"case-zj4nqlhn  route-change      -      no\n"},
		{50, "" +
			"CASE    case-fc9kvvyr\n" +
			"KIND    accept-interface\n" +
			"STATE   open\n" +
			"ANSWER  Allocate the virtual interface to account\n" +
			"        877324043336\n" +
			"\n" +
			"CASE    case-zj4nqlhn\n" +
			"KIND    route-change\n" +
			"STATE   -\n" +
			"ANSWER  no\n"},
	} {
		var out strings.Builder
		tableWithin(&out, tt.width, "CASE | KIND | STATE | ANSWER", rows)
		if out.String() != tt.want {
			t.Errorf("within %d:\n%s\nwant\n%s", tt.width, out.String(), tt.want)
		}
	}
	var empty strings.Builder
	tableWithin(&empty, 40, "CASE | KIND | ENVIRONMENT | INTERFACE | STATE | ANSWER", func(func(...any)) {})
	if empty.String() != "CASE  KIND  ENVIRONMENT  INTERFACE  STATE  ANSWER\n" {
		t.Errorf("an empty one: %q", empty.String())
	}
}
