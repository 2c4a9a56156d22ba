package cli

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"demarc/api/desk"
)

func clockCommand(g *global) *cobra.Command {
	var advance time.Duration
	cmd := &cobra.Command{
		Use:   "clock",
		Short: "Show the site's clock, or move a rehearsal forward",
		Long: `Clock shows what time it is for the site. With --advance its operator moves a
site that rehearses (demarc up, or control --rehearsal): deadlines that lie in
between are kept within seconds. Time does not go back.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := g.connect(cmd.Context())
			if err != nil {
				return err
			}
			var clock desk.Clock
			if advance == 0 {
				err = c.Desk(cmd.Context(), "GET", "/desk/v1/clock", nil, &clock)
			} else {
				err = c.Desk(cmd.Context(), "POST", "/desk/v1/operator/clock", desk.ClockMove{Advance: advance.String()}, &clock)
			}
			if err != nil {
				return err
			}
			return g.print(cmd.OutOrStdout(), clock, func(out io.Writer) {
				fmt.Fprintf(out, "%s, %s ahead of the world\n", clock.Now.UTC().Format(time.DateTime), clock.Ahead)
			})
		},
	}
	cmd.Flags().DurationVar(&advance, "advance", 0, "how far, such as 168h")
	return cmd
}
