package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"demarc/api/desk"
)

func environmentCommand(g *global) *cobra.Command {
	cmd := &cobra.Command{Use: "environment", Short: "Environments, and which route wins in each"}
	list := &cobra.Command{
		Use:   "list",
		Short: "List the environments that you run or are the customer of",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var list desk.Environments
			return g.show(cmd, "/desk/v1/environments", &list, func(out io.Writer) {
				table(out, "ENVIRONMENT | EDITION | DIRECT CONNECT | LINKS | VPC | GATEWAY", func(row func(...any)) {
					for _, e := range list.Environments {
						links := "not included"
						if e.Entitled {
							links = "included"
						}
						row(e.Name, e.Edition, links, fmt.Sprintf("%d of %d", e.Links, e.MaxLinks), e.VPC, e.Gateway)
					}
				})
			})
		},
	}
	routes := &cobra.Command{
		Use:   "routes ENVIRONMENT",
		Short: "Show an environment's route table: what is used, what is shadowed and why",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var t desk.RouteTable
			return g.show(cmd, "/desk/v1/environments/"+args[0]+"/routes", &t, func(out io.Writer) { printRoutes(out, t) })
		},
	}
	cmd.AddCommand(list, routes)
	return cmd
}

func printRoutes(out io.Writer, t desk.RouteTable) {
	printTable(out, t.Routes)
	for _, other := range t.Others {
		fmt.Fprintf(out, "\nRoute table %s, of other subnets than %s:\n", other.Table, t.Table)
		printTable(out, other.Routes)
	}
	if !t.Seen {
		fmt.Fprintln(out, "\nThe VPC's host has not reported: no propagated routes and no counters.")
		return
	}
	fmt.Fprintln(out)
	table(out, "WAY OUT | PACKETS OUT | BYTES OUT | PACKETS IN | BYTES IN", func(row func(...any)) {
		for _, p := range t.Paths {
			row(p.Target, p.OutPackets, p.OutBytes, p.InPackets, p.InBytes)
		}
	})
}

func printTable(out io.Writer, routes []desk.Route) {
	table(out, "PREFIX | TARGET | KIND | LEARNED ON | VERDICT", func(row func(...any)) {
		for _, r := range routes {
			verdict := "used"
			if !r.Active {
				verdict = "shadowed: " + r.Rule
			}
			row(r.Prefix, r.Target, r.Kind, r.Via, verdict)
		}
	})
}
