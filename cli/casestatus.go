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
	var eyes hubEyes
	cmd := &cobra.Command{
		Use:   "status CASE",
		Short: "Show the steps of a case about your own Transit Gateway or about an end, each read from what is there now",
		Long: `Status shows whose move it is, what is missing and what was seen.

Of a Transit Gateway at another Direct Connect, --as names your AWS profile
there: your own machine looks, and the desk says what that means. A step that only
the other party sees is marked n/a once that party has said that it is done.

With --watch it goes on until Ctrl-C, and with --wait until nothing is left. The
exit code says how the case stands: 0 nothing is left, 5 another party moves
next, 8 it is your move, 6 --timeout has passed, 3 the desk has refused to say,
1 it could not be asked.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			f := following[desk.Case]{
				watch: wish.watch, timeout: wish.timeout,
				look: func(ctx context.Context, c *client.Client) (desk.Case, error) { return caseWithSteps(ctx, c, args[0]) },
				over: func(shown desk.Case) bool { return wish.over(shown.Next) },
				draw: func(out io.Writer, shown desk.Case) { drawCase(out, shown) },
				still: func(shown desk.Case) desk.Case {
					shown.AsOf = time.Time{}
					return shown
				},
				waits: func(shown desk.Case) string { return string(shown.ID) + ": " + caseStanding(shown) },
				exit: func(shown desk.Case, me demarc.Party) error {
					if shown.Transit != nil && !eyes.given() { // whose move it is, nobody knows
						return usageError{fmt.Errorf("--as: the Transit Gateway is at %s, where nobody has looked; give your AWS profile there", shown.Transit.Elsewhere.At)}
					}
					return nextExit(shown.Next, me)
				},
			}
			if eyes.given() {
				f.look, f.every = eyes.look(args[0]), gentle
			}
			return follow(g, cmd, f)
		},
	}
	eyes.flags(cmd)
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
func drawCase(out io.Writer, c desk.Case) {
	fmt.Fprintf(out, "%s  %s for %s is %s  %s  %s\n\n", c.ID, c.Kind, c.Environment, c.State, tally(c.Steps), caseStanding(c))
	drawSteps(out, c.Steps)
}

// caseStanding says how a case with steps stands.
func caseStanding(c desk.Case) string {
	if c.Next == nil {
		return "nothing is left"
	}
	return waiting(*c.Next, c.AsOf)
}

// hubEyes are how a case about a Transit Gateway there is looked at.
type hubEyes struct {
	hubFlags
	ping string
}

func (e *hubEyes) flags(cmd *cobra.Command) {
	e.hubFlags.flags(cmd)
	cmd.Flags().StringVar(&e.ping, "ping", "", "address of the environment to send echo requests to, from here")
}

// look says how far a case has come by what is there now.
func (e *hubEyes) look(id string) func(context.Context, *client.Client) (desk.Case, error) {
	return func(ctx context.Context, c *client.Client) (desk.Case, error) {
		on, err := e.hub(ctx, c, id)
		if err != nil {
			return on.of, err
		}
		seen, err := on.look(ctx)
		if err != nil {
			return on.of, err
		}
		if e.ping != "" {
			if seen.Echo, err = ping(ctx, e.ping); err != nil {
				return on.of, err
			}
		}
		err = on.follow(ctx, seen)
		return on.of, err
	}
}
