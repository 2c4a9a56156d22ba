package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"demarc"
	"demarc/api/desk"
	"demarc/client"
)

// again is how often a link is looked at while somebody watches.
const again = 500 * time.Millisecond

// A statusWish is how long to look at a link.
type statusWish struct {
	watch, wait bool
	timeout     time.Duration
}

func linkStatusCommand(g *global) *cobra.Command {
	var wish statusWish
	cmd := &cobra.Command{
		Use:   "status LINK",
		Short: "Show a link's steps, each read from what is there now",
		Long: `Status shows whose move it is, what is missing and what was seen.

With --watch it goes on until Ctrl-C, and with --wait until the link is live.
The exit code says how the link stands: 0 live, 5 another party moves next,
8 it is your move, 6 --timeout has passed before it was live.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error { return g.linkStatus(cmd, args[0], wish) },
	}
	flags := cmd.Flags()
	flags.BoolVar(&wish.watch, "watch", false, "show it again whenever it changes")
	flags.BoolVar(&wish.wait, "wait", false, "end when it is live")
	flags.DurationVar(&wish.timeout, "timeout", 0, "end in any case after this long")
	return cmd
}

func (g *global) linkStatus(cmd *cobra.Command, id string, wish statusWish) error {
	ctx := cmd.Context()
	if wish.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, wish.timeout)
		defer cancel()
	}
	err := g.stand(ctx, cmd.OutOrStdout(), id, wish)
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return exitError(exitTimeout)
	}
	return err
}

// stand shows the link, and says by its error how it stands.
func (g *global) stand(ctx context.Context, out io.Writer, id string, wish statusWish) error {
	c, err := g.connect(ctx)
	if err != nil {
		return err
	}
	var me desk.Account
	if err := c.Desk(ctx, "GET", "/desk/v1/whoami", nil, &me); err != nil {
		return err
	}
	link, err := g.look(ctx, out, c, id, wish)
	switch {
	case err != nil:
		return err
	case link.Next == nil:
		return nil
	case link.Next.Party == me.Party:
		return exitError(exitYours)
	}
	return exitError(exitTheirs)
}

// look shows the link, once or for as long as is wished, and returns what was
// seen last.
func (g *global) look(ctx context.Context, out io.Writer, c *client.Client, id string, wish statusWish) (desk.Link, error) {
	var shown desk.Link
	for {
		var link desk.Link
		err := c.Desk(ctx, "GET", "/desk/v1/links/"+id, nil, &link)
		switch {
		case ctx.Err() != nil && shown.ID != "":
			return shown, nil
		case err != nil:
			return link, err
		}
		once := !wish.watch && !wish.wait
		if once || wish.watch && !reflect.DeepEqual(link, shown) || wish.wait && link.Next == nil {
			if err := g.print(out, link, func(out io.Writer) { drawLink(out, link, time.Now()) }); err != nil {
				return link, err
			}
		}
		shown = link
		if once || wish.wait && link.Next == nil {
			return link, nil
		}
		select {
		case <-ctx.Done():
		case <-time.After(again):
		}
	}
}

// drawLink is the page of a link: its legs, its steps, and the next one.
func drawLink(out io.Writer, link desk.Link, now time.Time) {
	done := 0
	for _, s := range link.Steps {
		if s.Done {
			done++
		}
	}
	fmt.Fprintf(out, "%s  %s  [%d/%d]  %s\n\n", link.ID, link.Environment, done, len(link.Steps), standing(link, now))
	table(out, "LEG | LOCATION | SPEED | CONNECTION | INTERFACE | VLAN | STATE | BGP | PREFIXES", func(row func(...any)) {
		for _, l := range link.Legs {
			row(l.ID, place(l), l.Bandwidth, dash(l.Connection), dash(l.VirtualInterface), dash(l.VLAN), dash(l.State), dash(l.Session), gauge(l))
		}
	})
	drawPrefixes(out, link.Legs)
	fmt.Fprintln(out)
	for _, s := range link.Steps {
		fmt.Fprintf(out, "%s  %-8s  %s\n%s%s\n", mark(s.Done), s.Party, title(s), indent, wrap(s.Evidence, terminalWidth(out)-len(indent), "\n"+indent))
	}
}

// standing says how a link stands.
func standing(link desk.Link, now time.Time) string {
	if link.Next == nil {
		return "live"
	}
	return waiting(*link.Next, now)
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

func mark(done bool) string {
	if done {
		return "done"
	}
	return "open"
}
