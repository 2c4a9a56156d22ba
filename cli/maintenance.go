package cli

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"demarc/api/desk"
)

const maintenancePath = "/desk/v1/platform/maintenance"

func maintenanceCommand(g *global) *cobra.Command {
	cmd := &cobra.Command{Use: "maintenance", Short: "Plan work on devices (operator)"}
	cmd.AddCommand(maintenancePlanCommand(g), maintenanceListCommand(g), maintenanceCancelCommand(g))
	return cmd
}

func maintenancePlanCommand(g *global) *cobra.Command {
	var in desk.MaintenanceRequest
	var start string
	cmd := &cobra.Command{
		Use:   "plan --device DEVICE | --location LOCATION --start TIME --hours N",
		Short: "Plan work: the parties are told 14, 7 and 1 days before, and sessions are drained meanwhile",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) (err error) {
			if in.Start, err = time.Parse(time.RFC3339, start); err != nil {
				return usageError{fmt.Errorf("--start %q is no time such as 2026-05-04T22:00:00Z", start)}
			}
			return g.maintain(cmd, maintenancePath, in)
		},
	}
	flags := cmd.Flags()
	flags.StringVar((*string)(&in.Device), "device", "", "device to work on")
	flags.StringVar((*string)(&in.Location), "location", "", "location, for every device in it")
	flags.StringVar(&start, "start", "", "when: 2026-05-04T22:00:00Z")
	flags.IntVar(&in.Hours, "hours", 4, "how long")
	flags.StringVar(&in.Reason, "reason", "", "why, for the parties")
	flags.BoolVar(&in.Override, "override", false, "also if it takes the last path of a link")
	cmd.MarkFlagRequired("start")
	cmd.MarkFlagsOneRequired("device", "location")
	cmd.MarkFlagsMutuallyExclusive("device", "location")
	return cmd
}

func (g *global) maintain(cmd *cobra.Command, path string, in any) error {
	c, err := g.connect(cmd.Context())
	if err != nil {
		return err
	}
	var m desk.Maintenance
	if err := c.Desk(cmd.Context(), "POST", path, in, &m); err != nil {
		return err
	}
	return g.print(cmd.OutOrStdout(), m, func(out io.Writer) {
		fmt.Fprintf(out, "%s on %v is %s: %s to %s\n", m.ID, m.Devices, m.State, clock(m.Start), clock(m.End))
	})
}

func maintenanceListCommand(g *global) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List planned work and what became of it",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var list desk.Maintenances
			return g.show(cmd, maintenancePath, &list, func(out io.Writer) {
				table(out, "MAINTENANCE | DEVICES | START | END | STATE | WAITS FOR | REASON", func(row func(...any)) {
					for _, m := range list.Maintenances {
						row(m.ID, m.Devices, clock(m.Start), clock(m.End), m.State, waitsFor(m), m.Reason)
					}
				})
			})
		},
	}
}

func waitsFor(m desk.Maintenance) string {
	if len(m.Held) == 0 {
		return ""
	}
	return fmt.Sprint(m.Held)
}

func maintenanceCancelCommand(g *global) *cobra.Command {
	return &cobra.Command{
		Use:   "cancel MAINTENANCE",
		Short: "Take work out of the calendar, or end it early",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.maintain(cmd, maintenancePath+"/"+args[0]+"/cancel", nil)
		},
	}
}
