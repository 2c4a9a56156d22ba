package linux_test

import (
	"slices"
	"strings"
	"testing"

	"demarc/agent/linux"
)

// Rules of both IP versions come, change and go with what is wanted, and nobody
// else's do.
func TestRules(t *testing.T) {
	n := fresh(t)
	run(t, n, "ip", "rule", "add", "priority", "100", "iif", "h0", "table", "7")
	for _, want := range [][]linux.Rule{
		{{Link: "h1", Table: 1<<31 + 5}, {Link: "h2", Table: 300}, {Link: linux.OwnPackets, Table: 300}},
		{{Link: "h1", Table: 300}, {Link: linux.OwnPackets, Table: 300}},
		nil,
	} {
		for range 2 { // doing it twice is the same as once
			if err := linux.ApplyRules(n, want); err != nil {
				t.Fatal(err)
			}
		}
		for _, version := range []string{"-4", "-6"} {
			var got []string
			for line := range strings.Lines(run(t, n, "ip", version, "-N", "rule", "show", "priority", "32800")) {
				got = append(got, strings.Join(strings.Fields(line), " "))
			}
			slices.Sort(got)
			if len(got) != len(want) {
				t.Fatalf("rules %s: got %q, want %+v", version, got, want)
			}
			for _, r := range want {
				if !slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, "iif "+r.Link) }) {
					t.Errorf("rules %s: got %q, want one of %s", version, got, r.Link)
				}
			}
		}
	}
	if out := run(t, n, "ip", "rule"); !strings.Contains(out, "iif h0") {
		t.Errorf("another's rule was taken away: %s", out)
	}
}
