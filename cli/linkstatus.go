package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"demarc"
	"demarc/api/desk"
	"demarc/client"
)

func linkStatusCommand(g *global) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "status LINK",
		Short: "Show a link's steps, each read from what is there now",
		Long: `Status shows whose move it is, what is missing and what was seen.

Of a link at another Direct Connect, --as names your AWS profile there: your own
machine looks, and the desk says what that means. Steps that nobody can see from
outside are marked n/a, and hold nothing up; --ping, from behind your router,
proves that packets come through.

With --watch it goes on until Ctrl-C, and with --wait until the link is live, or
one that is to end has ended. The exit code says how the link stands: 0 live or
ended, 5 another party moves next, 8 it is your move, 6 --timeout has passed
before, 4 it has ended while it was to become live, 3 the desk has refused to
say, 1 it could not be asked.`,
		Args: cobra.ExactArgs(1),
	}
	return g.statusOf(cmd)
}

// statusOf makes a command follow a link, here or at another Direct Connect.
func (g *global) statusOf(cmd *cobra.Command) *cobra.Command {
	var wish statusWish
	wish.flags(cmd, "it is live, or has ended")
	eyes := lookFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		var awaited hope
		f := following[desk.Link]{
			first: func(link desk.Link) { awaited = hope(wish.wait && !leaves(link)) },
			watch: wish.watch, timeout: wish.timeout,
			look: func(ctx context.Context, c *client.Client) (link desk.Link, err error) {
				err = c.Desk(ctx, "GET", "/desk/v1/links/"+args[0], nil, &link)
				return link, err
			},
			over:  func(link desk.Link) bool { return wish.over(link.Next) },
			draw:  func(out io.Writer, link desk.Link) { drawLink(out, link) },
			still: timeless,
			waits: func(link desk.Link) string { return string(link.ID) + ": " + standing(link) },
			exit: func(link desk.Link, me demarc.Party) error {
				if link.Elsewhere != nil && !eyes.open() { // whose move it is, nobody knows
					return usageError{fmt.Errorf("--as: %s is at %s, where nobody has looked; give your AWS profile there", link.ID, link.Elsewhere.At)}
				}
				return awaited.exit(link, me)
			},
		}
		if eyes.open() {
			f.look, f.every = eyes.look(args[0]), gentle
		}
		return follow(g, cmd, f)
	}
	return cmd
}

// A hope is that a link becomes live which, when it was seen first, was not to end.
type hope bool

// exit says how the link stands in the end.
func (h hope) exit(link desk.Link, me demarc.Party) error {
	if bool(h) && !link.Ended.IsZero() {
		return exitError(exitFailed)
	}
	return nextExit(link.Next, me)
}

// leaves reports whether a link has ended, or is to.
func leaves(link desk.Link) bool {
	return !link.Ended.IsZero() || slices.ContainsFunc(link.Endings, func(e desk.Ending) bool { return e.Whole })
}

// timeless is a link without the time at which it was read.
func timeless(link desk.Link) desk.Link {
	link.AsOf = time.Time{}
	return link
}

// drawLink is the page of a link: its legs, its steps, and the next one.
func drawLink(out io.Writer, link desk.Link) {
	fmt.Fprintf(out, "%s  %s  %s  %s\n\n", link.ID, link.Environment, tally(link.Steps), standing(link))
	table(out, "LEG | LOCATION | SPEED | CONNECTION | INTERFACE | VLAN | STATE | BGP | PREFIXES", func(row func(...any)) {
		for _, l := range link.Legs {
			row(l.ID, place(l), l.Bandwidth, dash(l.Connection), dash(l.VirtualInterface), dash(l.VLAN), dash(l.State), dash(l.Session), gauge(l))
		}
	})
	drawPrefixes(out, link.Legs)
	fmt.Fprintln(out)
	drawSteps(out, link.Steps)
}

// standing says how a link stands.
func standing(link desk.Link) string {
	switch {
	case !link.Ended.IsZero():
		return "ended on " + link.Ended.Format(time.DateTime)
	case link.Next == nil:
		return "live"
	}
	return waiting(*link.Next, link.AsOf)
}

// waiting says whose move a step is, since when, and until when.
func waiting(next desk.Step, now time.Time) string {
	text := "the " + string(next.Party) + " moves next: " + title(next)
	if !next.Since.IsZero() {
		text += ", waiting for " + span(now.Sub(next.Since))
	}
	if !next.Deadline.IsZero() {
		text += ", " + span(next.Deadline.Sub(now)) + " left"
	}
	return text
}

// span is a duration in the two units that matter.
func span(d time.Duration) string {
	switch {
	case d < 0:
		return "none"
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min", int(d.Minutes()))
	case d < 24*time.Hour:
		return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
	}
	return fmt.Sprintf("%d d %d h", int(d.Hours())/24, int(d.Hours())%24)
}

// place is where a leg ends: the device once it is known.
func place(l desk.Leg) string {
	if device, _, ok := strings.Cut(string(l.Port), "/"); ok {
		return string(l.Location) + " " + device
	}
	return string(l.Location)
}

// dash stands for what is not there yet.
func dash[T demarc.ConnectionID | demarc.VirtualInterfaceID | demarc.VirtualInterfaceState | int | string](v T) any {
	var none T
	if v == none {
		return "-"
	}
	return v
}

// markStep is a word of four letters.
func markStep(s desk.Step) string {
	if s.Unprovable && !s.Done {
		return "n/a "
	}
	return mark(s.Done)
}

func mark(done bool) string {
	if done {
		return "done"
	}
	return "open"
}
