// Package docs has the pages that commands quote, so that who has the program
// alone has them too. It is the files of its folder and knows nothing else.
package docs

import (
	_ "embed"
	"strings"
)

//go:embed errors.md
var errorsPage string

// An Entry is a row of errors.md.
type Entry struct {
	Code     string `json:"code"`
	Saw      string `json:"saw"`
	Expected string `json:"expected"`
	Move     string `json:"move"`
	Fix      string `json:"fix"`
	Verify   string `json:"verify"`
}

// Explain finds the row of a code; the case of its letters does not matter.
func Explain(code string) (Entry, bool) {
	for line := range strings.Lines(errorsPage) {
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), "|")
		if len(cells) != 6 {
			continue
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		if name := strings.Trim(cells[0], "`"); name != cells[0] && strings.EqualFold(name, code) {
			return Entry{name, cells[1], cells[2], cells[3], cells[4], cells[5]}, true
		}
	}
	return Entry{}, false
}
