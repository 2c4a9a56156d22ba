package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"demarc/api/desk"
)

func facilityCommand(g *global) *cobra.Command {
	cmd := &cobra.Command{Use: "facility", Short: "Cross-connects: what is ordered, what is patched"}
	list := &cobra.Command{
		Use:   "list",
		Short: "List the cross-connects of your buildings",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var list desk.CrossConnects
			return g.show(cmd, "/desk/v1/facility/cross-connects", &list, func(out io.Writer) {
				table(out, "CONNECTION | LOCATION | RACK | PANEL | PORT | DEVICE PORT | FAR END | STATE", func(row func(...any)) {
					for _, x := range list.CrossConnects {
						row(x.Connection, x.Location, x.Rack, x.Panel, x.PanelPort, x.Port, farEnd(x), patched(x))
					}
				})
			})
		},
	}
	cmd.AddCommand(list, reportFibreCommand(g),
		moveFibreCommand(g, "patch", "Say that the fibre of a connection is plugged in"),
		moveFibreCommand(g, "unpatch", "Say that the fibre of a connection is pulled out"))
	return cmd
}

func moveFibreCommand(g *global, verb, short string) *cobra.Command {
	return &cobra.Command{
		Use:   verb + " CONNECTION",
		Short: short,
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := g.connect(cmd.Context())
			if err != nil {
				return err
			}
			var x desk.CrossConnect
			if err := c.Desk(cmd.Context(), "POST", "/desk/v1/facility/cross-connects/"+args[0]+"/"+verb, nil, &x); err != nil {
				return err
			}
			return g.print(cmd.OutOrStdout(), x, func(out io.Writer) {
				fmt.Fprintf(out, "%s is %s: panel %s port %s (%s) to %s\n", x.Connection, patched(x), x.Panel, x.PanelPort, x.Port, farEnd(x))
			})
		},
	}
}

func farEnd(x desk.CrossConnect) string {
	if x.Router == "" {
		return "no cage"
	}
	return x.Router + " " + x.Interface
}

func patched(x desk.CrossConnect) string {
	switch {
	case !x.Patched && !x.Unpatch.IsZero():
		return "unpatched, and its port is free"
	case !x.UnpatchBy.IsZero():
		return "to be unpatched by " + x.UnpatchBy.UTC().Format(time.DateTime)
	case !x.Unpatch.IsZero():
		return "to be unpatched"
	case x.Patched:
		return "patched"
	}
	return "ordered"
}

func reportFibreCommand(g *global) *cobra.Command {
	var in desk.FibreReport
	var to string
	cmd := &cobra.Command{
		Use:   "report CONNECTION",
		Short: "Say what is wrong with a fibre, where it really leads, or nothing when it is well",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			in.Router, in.Interface, _ = strings.Cut(to, "/")
			c, err := g.connect(cmd.Context())
			if err != nil {
				return err
			}
			var x desk.CrossConnect
			if err := c.Desk(cmd.Context(), "POST", "/desk/v1/facility/cross-connects/"+args[0]+"/report", in, &x); err != nil {
				return err
			}
			return g.print(cmd.OutOrStdout(), x, func(out io.Writer) {
				fmt.Fprintf(out, "%s is %s %s %s\n", x.Connection, patched(x), x.Problem, x.Note)
			})
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&in.Problem, "problem", "", "E-XC-POLARITY or E-XC-NO-LIGHT; none when it is well")
	flags.StringVar(&in.Note, "note", "", "what was found")
	flags.StringVar(&to, "to", "", "router/interface where the far end really is")
	cmd.MarkFlagsMutuallyExclusive("to", "problem")
	return cmd
}
