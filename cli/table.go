package cli

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

const (
	between   = 2  // what keeps columns apart
	leastText = 20 // characters for a last column that is read over several lines
)

// table writes rows under headings, columns as wide as needed. On a terminal that
// is too narrow the last column goes on below itself, or else each cell has a
// line of its own: no terminal breaks up what belongs together.
func table(out io.Writer, headings string, rows func(row func(cells ...any))) {
	width := 0
	if _, ok := terminal(out); ok {
		width = terminalWidth(out)
	}
	tableWithin(out, width, headings, rows)
}

// tableWithin is a table of at most width characters a line; 0 is any number.
func tableWithin(out io.Writer, width int, headings string, rows func(row func(cells ...any))) {
	lines := [][]string{strings.Split(headings, " | ")}
	rows(func(cells ...any) {
		var line []string
		for _, c := range cells {
			line = append(line, cell(c))
		}
		lines = append(lines, line)
	})
	widths := columns(lines)
	last := len(widths) - 1
	before := 0 // the last column
	for _, w := range widths[:last] {
		before += w + between
	}
	switch {
	case width == 0 || before+widths[last] <= width:
	case before+leastText <= width:
		for _, line := range lines {
			line[last] = wrap(line[last], width-before, "\n"+strings.Repeat(" ", before))
		}
	case len(lines) > 1:
		writeCells(out, width, lines)
		return
	}
	for _, line := range lines {
		fmt.Fprintln(out, aligned(line, widths))
	}
}

// cell is what a table says of a value: a line, and a dash for nothing.
func cell(value any) string {
	if text := strings.Join(strings.Fields(fmt.Sprint(value)), " "); text != "" {
		return text
	}
	return "-"
}

// columns are the widths that lines need.
func columns(lines [][]string) []int {
	widths := make([]int, len(lines[0]))
	for _, line := range lines {
		for i, text := range line {
			widths[i] = max(widths[i], utf8.RuneCountInString(text))
		}
	}
	return widths
}

// aligned is one line; nothing follows its last cell.
func aligned(line []string, widths []int) string {
	var b strings.Builder
	for i, text := range line {
		b.WriteString(text)
		if i < len(line)-1 {
			b.WriteString(strings.Repeat(" ", widths[i]-utf8.RuneCountInString(text)+between))
		}
	}
	return b.String()
}

// writeCells writes each row as a heading and a text a line, and an empty line
// between rows.
func writeCells(out io.Writer, width int, lines [][]string) {
	margin := 0
	for _, heading := range lines[0] {
		margin = max(margin, utf8.RuneCountInString(heading)+between)
	}
	for n, line := range lines[1:] {
		if n > 0 {
			fmt.Fprintln(out)
		}
		for i, text := range line {
			gap := strings.Repeat(" ", margin-utf8.RuneCountInString(lines[0][i]))
			fmt.Fprintf(out, "%s%s%s\n", lines[0][i], gap, wrap(text, width-margin, "\n"+strings.Repeat(" ", margin)))
		}
	}
}
