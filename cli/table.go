package cli

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// table writes rows under headings, columns as wide as needed.
func table(out io.Writer, headings string, rows func(row func(cells ...any))) {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, strings.ReplaceAll(headings, " | ", "\t"))
	rows(func(cells ...any) {
		for i, c := range cells {
			if i > 0 {
				fmt.Fprint(w, "\t")
			}
			if text := fmt.Sprint(c); text != "" {
				fmt.Fprint(w, text)
			} else {
				fmt.Fprint(w, "-")
			}
		}
		fmt.Fprintln(w)
	})
	w.Flush()
}
