package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"demarc/lab/procedure"
)

// A tracker shows a walk as it goes.
type tracker interface {
	started(procedure.Step)
	done(procedure.Step)
	close(procedure.Result)
}

// silent shows nothing: the result is printed as a whole.
type silent struct{}

func (silent) started(procedure.Step) {}
func (silent) done(procedure.Step)    {}
func (silent) close(procedure.Result) {}

// newTracker is live on a terminal and plain lines elsewhere.
func newTracker(out io.Writer) tracker {
	if _, ok := terminal(out); ok && os.Getenv("TERM") != "dumb" {
		return &live{plain: plain{out: out}, width: terminalWidth(out)}
	}
	return &plain{out: out}
}

// indent is before a line that explains the one above.
const indent = "      "

// plain prints a line for each step when it has ended.
type plain struct {
	out io.Writer
	n   int
}

func (p *plain) started(procedure.Step) {}

func (p *plain) done(s procedure.Step) {
	p.n++
	verdict := "proven"
	if !s.Proven {
		verdict = "FAILED"
	}
	fmt.Fprintf(p.out, "%2d  %s  %-8s  %6.2f s  %s\n%s%s\n", p.n, verdict, s.Party, s.Seconds, s.Title, indent, s.Evidence)
}

func (p *plain) close(r procedure.Result) {
	if r.Proven {
		fmt.Fprintf(p.out, "\nAll %d steps proven in %.1f s.\n", len(r.Steps), r.Seconds)
		return
	}
	fmt.Fprintf(p.out, "\nNot proven: step %d. The logs are in the data directory under log/.\n", len(r.Steps))
}

// live rewrites the last line while a step is under way: whose move it is and
// for how long.
type live struct {
	plain
	width int

	mu      sync.Mutex // guards what follows and the terminal
	current procedure.Step
	begin   time.Time
	stop    chan struct{}
	stopped chan struct{}
}

func (l *live) started(s procedure.Step) {
	l.mu.Lock()
	l.current, l.begin = s, time.Now()
	l.stop, l.stopped = make(chan struct{}), make(chan struct{})
	l.mu.Unlock()
	go l.tick(l.stop, l.stopped)
}

func (l *live) tick(stop, stopped chan struct{}) {
	defer close(stopped)
	for {
		l.draw()
		select {
		case <-stop:
			return
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func (l *live) draw() {
	l.mu.Lock()
	defer l.mu.Unlock()
	line := fmt.Sprintf("%2d  %s  %-8s  %6.1f s  %s", l.n+1, "moving", l.current.Party, time.Since(l.begin).Seconds(), l.current.Title)
	fmt.Fprintf(l.out, "\r\x1b[K%s", clip(line, l.width-1))
}

func (l *live) done(s procedure.Step) {
	close(l.stop)
	<-l.stopped
	l.mu.Lock()
	defer l.mu.Unlock()
	fmt.Fprint(l.out, "\r\x1b[K")
	s.Evidence = wrap(s.Evidence, l.width-len(indent)-1, "\n"+indent)
	l.plain.done(s)
}

func clip(s string, width int) string {
	if r := []rune(s); len(r) > width {
		return string(r[:width-1]) + "…"
	}
	return s
}

// wrap breaks a text at spaces into lines of at most width characters.
func wrap(text string, width int, separator string) string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && utf8.RuneCountInString(line+word) >= width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return strings.Join(append(lines, line), separator)
}

// paragraphs wraps each line of a text that somebody has laid out.
func paragraphs(text string, width int, separator string) string {
	var out []string
	for line := range strings.Lines(strings.TrimRight(text, "\r\n")) {
		line = strings.TrimRight(line, "\r\n")
		if utf8.RuneCountInString(line) > width { // a short one keeps its spaces
			line = wrap(line, width, separator)
		}
		out = append(out, line)
	}
	return strings.Join(out, separator)
}
