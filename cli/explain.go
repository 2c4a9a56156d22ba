package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"demarc/docs"
)

func errorCommand(g *global) *cobra.Command {
	return &cobra.Command{
		Use:   "error CODE",
		Short: "Explain a code, such as E-TOKEN-USED: what was seen, whose move it is, how to mend it",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			entry, ok := docs.Explain(args[0])
			if !ok {
				return usageError{fmt.Errorf("there is no code %q; codes begin with E- or W-, and docs/errors.md lists them", args[0])}
			}
			return g.print(cmd.OutOrStdout(), entry, func(out io.Writer) {
				fmt.Fprintln(out, entry.Code)
				for _, row := range [][2]string{
					{"what was seen", entry.Saw}, {"what is expected", entry.Expected}, {"whose move", entry.Move}, {"how to mend it", entry.Fix}, {"how to verify", entry.Verify},
				} {
					fmt.Fprintf(out, "  %s:\n%s%s\n", row[0], indent, wrap(row[1], terminalWidth(out)-len(indent), "\n"+indent))
				}
			})
		},
	}
}
