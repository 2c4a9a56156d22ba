package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"demarc"
	"demarc/api/desk"
	"demarc/client"
)

func elsewhereDrill(g *global) *cobra.Command {
	var stop bool
	cmd := &cobra.Command{
		Use: "drill LINK", Short: "Make the failover test there that a case asks for, or stop it (platform)", Args: cobra.ExactArgs(1),
		Long: `Drill makes the test that the link's customer has asked for in a case of kind
failover-drill, once that is granted and another leg is seen up, and says how one
stands that was begun: the case has what came of it. Broken off, it goes on where
it was, and demarc elsewhere watch does all of it as it comes. The exit code is 0
for a test that runs or is over, 5 where something else comes first, and 8 where a
person of yours decides.`,
	}
	place := placeFlags(cmd)
	cmd.Flags().BoolVar(&stop, "stop", false, "end it before its time")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		a, err := g.acceptor(cmd, *place, "")
		if err != nil {
			return err
		}
		var cases desk.Cases
		if err := a.desk.Desk(cmd.Context(), "GET", "/desk/v1/cases", nil, &cases); err != nil {
			return err
		}
		var asked []desk.Case
		for _, c := range cases.Cases {
			if string(c.Fields.Link) == args[0] && drillOpen(c) {
				asked = append(asked, c)
			}
		}
		if len(asked) == 0 {
			return usageError{fmt.Errorf("no open case asks for a drill of %s: demarc case open --kind failover-drill", args[0])}
		}
		all, err := a.there.Interfaces(cmd.Context())
		if err != nil {
			return err
		}
		var code exitError
		for _, c := range asked {
			r, err := a.drill(cmd.Context(), c, all, stop)
			if err != nil {
				return err
			}
			if err := g.print(cmd.OutOrStdout(), r, func(out io.Writer) { printDrillRuling(out, r) }); err != nil {
				return err
			}
			code = max(code, drillExit(r))
		}
		if code != 0 {
			return code
		}
		return nil
	}
	return cmd
}

// drillOpen reports whether a case asks for a drill there that is not over.
func drillOpen(c desk.Case) bool {
	return c.Kind == demarc.CaseDrill && c.Drill != nil && !c.State.Ended()
}

// A drillReport is desk.DrillReport with what was seen as it was.
type drillReport struct {
	Case       demarc.CaseID      `json:"case"`
	Interfaces []client.Interface `json:"interfaces,omitempty"`
	Tests      []client.Test      `json:"tests,omitempty"`
	Stop       bool               `json:"stop,omitempty"`
}

// drill hands in what is seen of a drill, does what the desk says, and hands in
// what came of that.
func (a acceptor) drill(ctx context.Context, c desk.Case, all []client.Interface, stop bool) (desk.DrillRuling, error) {
	r, err := a.hearDrill(ctx, c, all, stop)
	if err != nil {
		return r, err
	}
	id := string(r.Interface)
	switch r.Act {
	case demarc.DrillStart:
		err = a.there.StartTest(ctx, id, int32(r.Minutes))
	case demarc.DrillStop:
		err = a.there.StopTest(ctx, id)
	default:
		return r, nil
	}
	started := r.Act == demarc.DrillStart && err == nil
	if all, lost := a.there.Interfaces(ctx); lost == nil {
		r, lost = a.hearDrill(ctx, c, all, false)
		switch {
		case lost != nil:
			err = errors.Join(err, lost)
		case r.Test != "": // an act that is refused because it was done before is none
			err = nil
		case started && r.Act == demarc.DrillOver: // nobody wants it any more
			err = a.there.StopTest(ctx, id)
		}
	}
	return r, err
}

func (a acceptor) hearDrill(ctx context.Context, c desk.Case, all []client.Interface, stop bool) (r desk.DrillRuling, err error) {
	report := drillReport{Case: c.ID, Stop: stop}
	for _, v := range all {
		if of := string(c.Fields.Link); v.Tag == of || strings.HasPrefix(v.Tag, of+"/") || v.ID == string(c.VirtualInterface) && v.Tag == "" {
			report.Interfaces = append(report.Interfaces, v)
		}
	}
	if report.Tests, err = a.there.Tests(ctx, string(c.VirtualInterface)); err != nil {
		return r, err
	}
	err = a.desk.Desk(ctx, "POST", "/desk/v1/platform/drills:judge", report, &r)
	return r, err
}

func printDrillRuling(out io.Writer, r desk.DrillRuling) {
	switch r.Act {
	case demarc.DrillQueue:
		fmt.Fprintf(out, "%s waits for a person: %s\n%sdemarc case accept %s; then drill here\n", r.Interface, r.Reason, indent, r.Case)
	case demarc.DrillOver:
		fmt.Fprintln(out, r.Reason)
	default:
		fmt.Fprintf(out, "%s, leg %s of %s: %s\n", r.Interface, r.Leg, r.Link, r.Reason)
	}
}

func drillExit(r desk.DrillRuling) exitError {
	switch {
	case r.Act == demarc.DrillQueue:
		return exitError(exitYours)
	case r.Act == demarc.DrillWait && r.Test == "":
		return exitError(exitTheirs)
	}
	return 0
}

// printDrillCase is how a drill there stands, in its case.
func printDrillCase(out io.Writer, c desk.Case) {
	d := c.Drill
	switch {
	case d.Test != "" && !c.State.Ended():
		fmt.Fprintf(out, "  test %s there is %s until %s; demarc case resolve %s ends it\n", d.Test, d.Status, d.Ends.Format(time.DateTime), c.ID)
	case d.Test != "":
		fmt.Fprintf(out, "  test %s there was %s on %s\n", d.Test, d.Status, d.Ends.Format(time.DateTime))
	case c.State.Ended():
	case d.Granted.IsZero():
		fmt.Fprintf(out, "  leg %s: the platform decides\n", d.Leg)
	default:
		fmt.Fprintf(out, "  leg %s: granted by %s: demarc elsewhere drill %s makes the test there, or the watcher does\n", d.Leg, d.GrantedBy, c.Fields.Link)
		if d.Held != "" {
			fmt.Fprintf(out, "  not begun: %s\n", d.Held)
		}
	}
}

// drills does what is to be done about the drills that cases ask for.
func (w *watcher) drills(ctx context.Context, cases []desk.Case, all []client.Interface) error {
	var failed []error // one that fails keeps none from its turn
	for _, c := range cases {
		if !drillOpen(c) || c.Drill.Granted.IsZero() || !w.at[c.Environment] {
			continue
		}
		r, err := w.drill(ctx, c, all, false)
		if err != nil {
			failed = append(failed, err)
			continue
		}
		var text strings.Builder
		if printDrillRuling(&text, r); w.told[string(c.ID)] != text.String() {
			w.told[string(c.ID)] = text.String()
			fmt.Fprint(w.out, text.String())
		}
	}
	return errors.Join(failed...)
}
