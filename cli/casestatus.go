package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"time"

	"github.com/spf13/cobra"

	"demarc/api/desk"
	"demarc/client"
)

func caseStatusCommand(g *global) *cobra.Command {
	var wish statusWish
	cmd := &cobra.Command{
		Use:   "status CASE",
		Short: "Show the steps of a case about your own Transit Gateway, each read from what is there now",
		Long: `Status shows whose move it is, what is missing and what was seen.

With --watch it goes on until Ctrl-C, and with --wait until nothing is left. The
exit code says how the case stands: 0 nothing is left, 5 another party moves
next, 8 it is your move, 6 --timeout has passed.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return g.caseStatus(cmd, args[0], wish) },
	}
	flags := cmd.Flags()
	flags.BoolVar(&wish.watch, "watch", false, "show it again whenever it changes")
	flags.BoolVar(&wish.wait, "wait", false, "end when nothing is left")
	flags.DurationVar(&wish.timeout, "timeout", 0, "end in any case after this long")
	return cmd
}

func (g *global) caseStatus(cmd *cobra.Command, id string, wish statusWish) error {
	ctx := cmd.Context()
	if wish.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, wish.timeout)
		defer cancel()
	}
	c, err := g.connect(ctx)
	if err != nil {
		return err
	}
	var me desk.Account
	if err = c.Desk(ctx, "GET", "/desk/v1/whoami", nil, &me); err == nil {
		var shown desk.Case
		if shown, err = g.lookAtCase(ctx, cmd.OutOrStdout(), c, id, wish); err == nil {
			switch {
			case shown.Next == nil:
				return nil
			case shown.Next.Party == me.Party:
				return exitError(exitYours)
			}
			return exitError(exitTheirs)
		}
	}
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return exitError(exitTimeout)
	}
	return err
}

// lookAtCase shows the case, once or for as long as is wished.
func (g *global) lookAtCase(ctx context.Context, out io.Writer, from *client.Client, id string, wish statusWish) (desk.Case, error) {
	var shown desk.Case
	for {
		var c desk.Case
		if err := from.Desk(ctx, "GET", "/desk/v1/cases/"+id, nil, &c); err != nil {
			return c, err
		}
		if len(c.Steps) == 0 {
			return c, usageError{fmt.Errorf("%s is a case of kind %s, which has no steps: see demarc case show %s", c.ID, c.Kind, c.ID)}
		}
		over := !wish.watch && !wish.wait || wish.wait && c.Next == nil
		if over || wish.watch && !reflect.DeepEqual(c, shown) {
			if err := g.print(out, c, func(out io.Writer) { drawCase(out, c, time.Now()) }); err != nil {
				return c, err
			}
		}
		if shown = c; over {
			return c, nil
		}
		select {
		case <-ctx.Done():
			return shown, ctx.Err()
		case <-time.After(again):
		}
	}
}

// drawCase is the page of a case with steps.
func drawCase(out io.Writer, c desk.Case, now time.Time) {
	done := 0
	for _, s := range c.Steps {
		if s.Done {
			done++
		}
	}
	stands := "nothing is left"
	if c.Next != nil {
		stands = waiting(*c.Next, now)
	}
	fmt.Fprintf(out, "%s  %s for %s is %s  [%d/%d]  %s\n\n", c.ID, c.Kind, c.Environment, c.State, done, len(c.Steps), stands)
	for _, s := range c.Steps {
		fmt.Fprintf(out, "%s  %-8s  %s\n%s%s\n", mark(s.Done), s.Party, title(s), indent, wrap(s.Evidence, terminalWidth(out)-len(indent), "\n"+indent))
	}
}
