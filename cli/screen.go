package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/term"
)

// A screen is where people read. What other parties have written goes there too,
// and moves no cursor, rings no bell and turns no text round: characters that
// would are written out, as in \x1b.
type screen struct{ io.Writer }

func (s screen) Write(p []byte) (int, error) {
	if _, err := io.WriteString(s.Writer, visible(string(p))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// visible writes out what a terminal would obey, but for the ends of lines.
func visible(text string) string {
	if !strings.ContainsFunc(text, obeyed) && utf8.ValidString(text) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		switch {
		case !obeyed(r):
			b.WriteRune(r)
		case r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// obeyed reports whether a terminal does something else with a character than
// show it: control characters, and those that change the direction of text
// (Unicode's Bidi_Control).
func obeyed(r rune) bool {
	return unicode.IsControl(r) && r != '\n' || unicode.Is(unicode.Bidi_Control, r)
}

// terminal is the terminal that something writes to, if it does.
func terminal(out io.Writer) (*os.File, bool) {
	if s, ok := out.(screen); ok {
		out = s.Writer
	}
	file, ok := out.(*os.File)
	return file, ok && term.IsTerminal(int(file.Fd()))
}

// terminalWidth is how many characters fit a line; 100 where nobody knows.
func terminalWidth(out io.Writer) int {
	if file, ok := terminal(out); ok {
		if width, _, err := term.GetSize(int(file.Fd())); err == nil && width >= 40 {
			return width
		}
	}
	return 100
}

// A sign is the one line, on a terminal, that says what a command waits for. It
// goes to standard error and is taken away again: no output has it.
type sign struct {
	out   io.Writer // nil for nowhere
	since time.Time
	up    bool
}

// patience is how long nobody asks what a command is doing.
const patience = time.Second

// newSign is put up nowhere where out is no terminal.
func newSign(out io.Writer) *sign {
	if _, ok := terminal(out); !ok || os.Getenv("TERM") == "dumb" {
		out = nil
	}
	return &sign{out: out, since: time.Now()}
}

func (s *sign) put(text string) {
	if s.out == nil || time.Since(s.since) < patience {
		return
	}
	fmt.Fprintf(s.out, "\r\x1b[K%s", clip(visible(text), terminalWidth(s.out)-1))
	s.up = true
}

func (s *sign) take() {
	if s.up {
		fmt.Fprint(s.out, "\r\x1b[K")
	}
	s.up = false
}
