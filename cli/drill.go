package cli

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"demarc/api/desk"
)

func linkDrillCommand(g *global) *cobra.Command {
	var in desk.DrillRequest
	var stop string
	cmd := &cobra.Command{
		Use:   "drill LINK --leg LEG --minutes N | --stop DRILL",
		Short: "Take a leg's sessions really down for a time, and see whether another carries",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := g.connect(cmd.Context())
			if err != nil {
				return err
			}
			path, body := "/desk/v1/links/"+args[0]+"/drills", any(in)
			if stop != "" {
				path, body = path+"/"+stop+"/stop", nil
			}
			var d desk.Drill
			if err := c.Desk(cmd.Context(), "POST", path, body, &d); err != nil {
				return err
			}
			return g.print(cmd.OutOrStdout(), d, func(out io.Writer) { printDrill(out, d) })
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&in.Leg, "leg", "", "letter of the leg")
	flags.IntVar(&in.Minutes, "minutes", 10, "how long")
	flags.BoolVar(&in.Force, "force", false, "also if no other leg is up")
	flags.StringVar(&stop, "stop", "", "end this drill before its time")
	cmd.MarkFlagsOneRequired("leg", "stop")
	cmd.MarkFlagsMutuallyExclusive("leg", "stop")
	return cmd
}

func printDrill(out io.Writer, d desk.Drill) {
	if d.Ended.IsZero() {
		fmt.Fprintf(out, "%s: the sessions of leg %s (%s) are held down until %s\n  Next: demarc link drills %s, or demarc link drill %s --stop %s\n",
			d.ID, d.Leg, d.VirtualInterface, d.Due.Format(time.DateTime), d.Link, d.Link, d.ID)
		return
	}
	fmt.Fprintf(out, "%s is %s: %s; lost: %s\n", d.ID, d.Status, d.Verdict, lost(d))
}

func linkDrillsCommand(g *global) *cobra.Command {
	return &cobra.Command{
		Use:   "drills LINK",
		Short: "List the drills of a link with their verdicts, the latest first",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var list desk.Drills
			return g.show(cmd, "/desk/v1/links/"+args[0]+"/drills", &list, func(out io.Writer) {
				table(out, "DRILL | LEG | STATUS | STARTED | ENDED | OTHER LEGS | LOST | VERDICT", func(row func(...any)) {
					for _, d := range list.Drills {
						row(d.ID, d.Leg, d.Status, clock(d.Started), clock(d.Ended), carriers(d), lost(d), d.Verdict)
					}
				})
			})
		},
	}
}

// lost says what was measured.
func lost(d desk.Drill) string {
	if d.Measured == nil {
		return "not measured"
	}
	return fmt.Sprintf("%d of %d, %d ms", d.Measured.Lost, d.Measured.Sent, d.Measured.SilentMilliseconds)
}

// carriers says what the other legs carried.
func carriers(d desk.Drill) (text string) {
	for _, l := range d.Others {
		if text != "" {
			text += ", "
		}
		text += fmt.Sprintf("%s: %d in, %d out", l.Leg, l.Received, l.Sent)
		if l.Lost {
			text += ", went down too"
		}
	}
	return text
}
