package notice_test

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"demarc/notice"
)

// TestTypesAreDocumented compares docs/notices.md with the types, in both
// directions.
func TestTypesAreDocumented(t *testing.T) {
	text, err := os.ReadFile("../docs/notices.md")
	if err != nil {
		t.Fatal(err)
	}
	var documented, types []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z-]+\\.[a-z_-]+)` \\|").FindAllStringSubmatch(string(text), -1) {
		documented = append(documented, row[1])
	}
	for _, known := range notice.Types() {
		types = append(types, known.Name)
	}
	if !slices.Equal(documented, types) {
		t.Errorf("docs/notices.md has %v, and there are %v", documented, types)
	}
}
