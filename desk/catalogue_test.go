package desk_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// code is what a code looks like: E for a refusal, W for what a route does.
var code = regexp.MustCompile(`^[EW]-[A-Z0-9]+(-[A-Z0-9]+)*$`)

// TestTheCatalogueIsComplete compares docs/errors.md with the codes in the
// source of the whole module, in both directions.
func TestTheCatalogueIsComplete(t *testing.T) {
	documented := catalogue(t)
	for name, where := range codesInSource(t) {
		if !slices.Contains(documented, name) {
			t.Errorf("%s (%s) is not in docs/errors.md", name, where)
		}
	}
	used := slices.Collect(maps.Keys(codesInSource(t)))
	for _, name := range documented {
		if !slices.Contains(used, name) {
			t.Errorf("%s is in docs/errors.md and nowhere in the source", name)
		}
	}
}

// catalogue lists the codes that have a whole row, each once.
func catalogue(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../docs/errors.md")
	if err != nil {
		t.Fatal(err)
	}
	var codes []string
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		name := strings.Trim(strings.TrimSpace(cells[0]), "`")
		if !code.MatchString(name) {
			continue
		}
		empty := slices.ContainsFunc(cells, func(cell string) bool { return strings.TrimSpace(cell) == "" })
		if len(cells) != 6 || empty {
			t.Errorf("the row of %s has not six filled cells", name)
		}
		if slices.Contains(codes, name) {
			t.Errorf("%s has two rows", name)
		}
		codes = append(codes, name)
	}
	return codes
}

// codesInSource finds every string in the module's source that is a code, and
// where.
func codesInSource(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir("..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && strings.HasPrefix(entry.Name(), ".") && entry.Name() != ".." {
			return fs.SkipDir
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
				if text, err := strconv.Unquote(literal.Value); err == nil && code.MatchString(text) {
					found[text] = path
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}
