package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"time"

	"github.com/spf13/cobra"

	"demarc"
	"demarc/api/desk"
	"demarc/client"
)

// again is how often something is looked at while somebody watches.
const again = 500 * time.Millisecond

// A statusWish is how long to look at something that has steps.
type statusWish struct {
	watch, wait bool
	timeout     time.Duration
}

// flags makes the wish's; whole is what --wait waits for.
func (w *statusWish) flags(cmd *cobra.Command, whole string) {
	flags := cmd.Flags()
	flags.BoolVar(&w.watch, "watch", false, "show it again whenever it changes")
	flags.BoolVar(&w.wait, "wait", false, "end when "+whole)
	flags.DurationVar(&w.timeout, "timeout", 0, "end in any case after this long")
}

// over reports whether the wish is met by something whose next step this is.
func (w statusWish) over(next *desk.Step) bool {
	return !w.watch && !w.wait || w.wait && next == nil
}

// A following is how something is looked at until it is over.
type following[T any] struct {
	// every is how often it is looked at; zero is twice a second.
	every   time.Duration
	watch   bool // whether it is shown whenever it changes, and not at the end alone
	timeout time.Duration
	look    func(context.Context, *client.Client) (T, error)
	over    func(T) bool
	draw    func(io.Writer, T)
	// first is told what was seen first; nil where nobody is.
	first func(T)
	// still is what was seen without the time of looking, which is no change;
	// waits is a line about what it waits for. Both may be nil.
	still func(T) T
	waits func(T) string
	// exit says how it stands for a party: nil, or an exitError.
	exit func(T, demarc.Party) error
}

// follow looks until it is over, the user has seen enough, or time is up. The
// error says how it stood then.
func follow[T any](g *global, cmd *cobra.Command, f following[T]) error {
	ctx := cmd.Context()
	if f.timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, f.timeout)
		defer cancel()
	}
	last, me, err := f.until(ctx, g, cmd.OutOrStdout(), newSign(cmd.ErrOrStderr()))
	late := errors.Is(ctx.Err(), context.DeadlineExceeded)
	if err == nil {
		if late {
			f.tellLate(os.Stderr, last)
		}
		err = f.exit(last, me)
	}
	if err != nil && late {
		return exitError(exitTimeout)
	}
	return err
}

// tellLate says what has not come in time.
func (f following[T]) tellLate(out io.Writer, last T) {
	if f.waits != nil && !f.over(last) {
		fmt.Fprintln(screen{out}, "demarc: not in time;", f.waits(last))
	}
}

// until is what was seen last, and who has looked.
func (f following[T]) until(ctx context.Context, g *global, out io.Writer, s *sign) (last T, me demarc.Party, err error) {
	c, err := g.connect(ctx)
	if err != nil {
		return last, me, err
	}
	var who desk.Account
	if err := c.Desk(ctx, "GET", "/desk/v1/whoami", nil, &who); err != nil {
		return last, me, err
	}
	last, err = f.repeat(ctx, c, g, out, s)
	return last, who.Party, err
}

// repeat looks and shows until it is over, and returns what was seen last.
func (f following[T]) repeat(ctx context.Context, c *client.Client, g *global, out io.Writer, s *sign) (last T, err error) {
	defer s.take()
	for seen := false; ; seen = true {
		now, err := f.look(ctx, c)
		switch {
		case ctx.Err() != nil && seen:
			return last, nil
		case err != nil:
			return last, err
		}
		if !seen && f.first != nil {
			f.first(now)
		}
		over := f.over(now)
		if over || f.watch && !(seen && f.same(now, last)) {
			s.take()
			if err := g.print(out, now, func(out io.Writer) { f.draw(out, now) }); err != nil {
				return now, err
			}
		}
		if last = now; over {
			return last, nil
		}
		if f.waits != nil {
			s.put(f.waits(now))
		}
		select {
		case <-ctx.Done():
		case <-time.After(cmp.Or(f.every, again)):
		}
	}
}

// same reports whether two looks have seen the same.
func (f following[T]) same(a, b T) bool {
	if f.still != nil {
		a, b = f.still(a), f.still(b)
	}
	return reflect.DeepEqual(a, b)
}

// nextExit says whose move the next step is.
func nextExit(next *desk.Step, me demarc.Party) error {
	switch {
	case next == nil:
		return nil
	case next.Party == me:
		return exitError(exitYours)
	}
	return exitError(exitTheirs)
}

// drawSteps lists steps with what was seen of each.
func drawSteps(out io.Writer, steps []desk.Step) {
	for _, s := range steps {
		fmt.Fprintf(out, "%s  %-8s  %s\n%s%s\n", markStep(s), s.Party, title(s), indent, wrap(s.Evidence, terminalWidth(out)-len(indent), "\n"+indent))
	}
}

// tally is how many of some steps are done, as [5/8].
func tally(steps []desk.Step) string {
	done := 0
	for _, s := range steps {
		if s.Done {
			done++
		}
	}
	return fmt.Sprintf("[%d/%d]", done, len(steps))
}
