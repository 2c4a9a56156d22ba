package stories_test

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// A block is what a party types in one go: a fenced block of its page, with its
// number among those of all pages.
type block struct {
	// branch is empty for what everybody does, or names what some do instead.
	branch string
	number int
	page   string
	text   string
}

var fence = regexp.MustCompile("(?ms)^```sh(.*?)\n(.*?)^```$")

// TestPages types what stands in the fenced blocks of the parties' pages, each
// page in a shell of its own that keeps its variables, in the order of the
// numbers. A branch is typed after those blocks of everybody's that come before
// its first.
func TestPages(t *testing.T) {
	branches := map[string][]block{}
	for _, b := range blocksOf(t) {
		branches[b.branch] = append(branches[b.branch], b)
	}
	for name, blocks := range branches {
		blocks = append(slices.Clone(branches[""][:min(blocks[0].number-1, len(branches[""]))]), blocks...)
		for i, b := range blocks {
			if b.number != i+1 {
				t.Fatalf("the page of the %s has block %s %d where %d comes next", b.page, name, b.number, i+1)
			}
		}
		t.Run(cmp.Or(name, "everybody"), func(t *testing.T) { run(t, script(t, blocks)) })
	}
}

// blocksOf reads all pages; the blocks are in the order of their numbers.
func blocksOf(t *testing.T) (blocks []block) {
	t.Helper()
	pages, err := filepath.Glob("../docs/parties/*.md")
	if err != nil || len(pages) != 4 {
		t.Fatalf("the pages are %v, %v; want one for each of four parties", pages, err)
	}
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		found := fence.FindAllStringSubmatch(string(text), -1)
		if len(found) == 0 {
			t.Errorf("%s has nothing to type", page)
		}
		for _, match := range found {
			branch, digits, named := strings.Cut(strings.TrimSpace(match[1]), " ")
			if !named {
				branch, digits = "", branch
			}
			number, err := strconv.Atoi(digits)
			if err != nil || number < 1 {
				t.Fatalf("%s: a block begins with ```sh%s; expected its number, as in ```sh 3 or ```sh own-transit 8", page, match[1])
			}
			blocks = append(blocks, block{branch, number, strings.TrimSuffix(filepath.Base(page), ".md"), match[2]})
		}
	}
	slices.SortFunc(blocks, func(a, b block) int { return cmp.Compare(a.number, b.number) })
	return blocks
}

// script is a story in which all the blocks are typed.
func script(t *testing.T, blocks []block) testscript.Params {
	t.Helper()
	var story, files strings.Builder
	story.WriteString("site\n")
	for _, b := range blocks {
		fmt.Fprintf(&story, "exec bash -eu %02d-%s.sh\n", b.number, b.page)
		fmt.Fprintf(&files, "-- %02d-%s.sh --\nset -o pipefail\ntest ! -e %[2]s.shell || . ./%[2]s.shell\n%[3]sexport -p >%[2]s.shell\ndeclare -p | grep -E '^declare -- [A-Z]+=' >>%[2]s.shell || true\n", b.number, b.page, b.text)
	}
	for _, name := range []string{"policy.yaml", "link.yaml"} { // which the pages name as in this tree
		text, err := os.ReadFile("../docs/" + name)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&files, "-- docs/%s --\n%s", name, text)
	}
	path := filepath.Join(t.TempDir(), "pages.txtar")
	if err := os.WriteFile(path, []byte(story.String()+files.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return testscript.Params{Files: []string{path}}
}
