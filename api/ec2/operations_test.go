package ec2_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"demarc/api/ec2"
)

var tableRow = regexp.MustCompile("(?m)^\\| `([A-Za-z0-9]+)` \\| .+ \\| .+ \\|.*\\|$")

// TestCompatibilityTable: docs/ec2-compatibility.md has a row for each
// operation that is built, and for no other.
func TestCompatibilityTable(t *testing.T) {
	doc, err := os.ReadFile("../../docs/ec2-compatibility.md")
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, m := range tableRow.FindAllSubmatch(doc, -1) {
		if name := string(m[1]); name != "DryRun" {
			rows = append(rows, name)
		}
	}
	slices.Sort(rows)
	built := slices.DeleteFunc(ec2.Operations(), func(op string) bool { return !ec2.Built(op) })
	if diff := cmp.Diff(rows, built); diff != "" {
		t.Error(diff)
	}
}

// TestGeneratedIsFresh: what genec2 writes for the SDK in use is what is here.
func TestGeneratedIsFresh(t *testing.T) {
	dir := t.TempDir()
	names, list := filepath.Join(dir, "names_gen.go"), filepath.Join(dir, "operations.txt")
	if out, err := exec.Command("go", "run", "demarc/internal/genec2", "operations.go", names, list).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for made, kept := range map[string]string{names: "names_gen.go", list: "operations.txt"} {
		want, err := os.ReadFile(made)
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(kept)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what go generate writes", kept)
		}
	}
}
