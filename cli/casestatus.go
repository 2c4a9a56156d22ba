package cli

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"demarc"
	"demarc/api/desk"
	"demarc/client"
)

func caseStatusCommand(g *global) *cobra.Command {
	var wish statusWish
	cmd := &cobra.Command{
		Use:   "status CASE",
		Short: "Show the steps of a case about your own Transit Gateway or about an end, each read from what is there now",
		Long: `Status shows whose move it is, what is missing and what was seen.

With --watch it goes on until Ctrl-C, and with --wait until nothing is left. The
exit code says how the case stands: 0 nothing is left, 5 another party moves
next, 8 it is your move, 6 --timeout has passed.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return follow(g, cmd, following[desk.Case]{
				watch: wish.watch, timeout: wish.timeout,
				look: func(ctx context.Context, c *client.Client) (desk.Case, error) { return caseWithSteps(ctx, c, args[0]) },
				over: func(shown desk.Case) bool { return wish.over(shown.Next) },
				draw: func(out io.Writer, shown desk.Case) { drawCase(out, shown, time.Now()) },
				exit: func(shown desk.Case, me demarc.Party) error { return nextExit(shown.Next, me) },
			})
		},
	}
	wish.flags(cmd, "nothing is left")
	return cmd
}

// caseWithSteps refuses a case of a kind that has none.
func caseWithSteps(ctx context.Context, from *client.Client, id string) (c desk.Case, err error) {
	if err = from.Desk(ctx, "GET", "/desk/v1/cases/"+id, nil, &c); err == nil && len(c.Steps) == 0 {
		err = usageError{fmt.Errorf("%s is a case of kind %s, which has no steps: see demarc case show %s", c.ID, c.Kind, c.ID)}
	}
	return c, err
}

// drawCase is the page of a case with steps.
func drawCase(out io.Writer, c desk.Case, now time.Time) {
	stands := "nothing is left"
	if c.Next != nil {
		stands = waiting(*c.Next, now)
	}
	fmt.Fprintf(out, "%s  %s for %s is %s  %s  %s\n\n", c.ID, c.Kind, c.Environment, c.State, tally(c.Steps), stands)
	drawSteps(out, c.Steps)
}
