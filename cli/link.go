package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"demarc"
	"demarc/api/desk"
)

func linkCommand(g *global) *cobra.Command {
	cmd := &cobra.Command{Use: "link", Short: "Ask for a link, and see whose move it is"}
	cmd.AddCommand(linkRequestCommand(g), linkListCommand(g), linkShowCommand(g))
	return cmd
}

func linkRequestCommand(g *global) *cobra.Command {
	in := desk.LinkRequest{Topology: demarc.OwnCage}
	preflight := false
	cmd := &cobra.Command{
		Use:   "request",
		Short: "Ask for a link into an environment (customer)",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := g.connect(cmd.Context())
			if err != nil {
				return err
			}
			if preflight {
				return g.preflight(cmd, in)
			}
			var link desk.Link
			if err := c.Desk(cmd.Context(), "POST", "/desk/v1/links", in, &link); err != nil {
				return err
			}
			return g.print(cmd.OutOrStdout(), link, func(out io.Writer) {
				fmt.Fprintf(out, "%s into %s is granted.\nNext, tag the connection with it:\n  aws directconnect create-connection --location %s --bandwidth %s --connection-name %s --tags key=demarc:link,value=%s\n",
					link.ID, link.Environment, link.Location, link.Bandwidth, link.Environment, link.ID)
			})
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&in.Environment, "environment", "", "environment to link to")
	flags.StringVar((*string)(&in.Location), "location", "", "Direct Connect location")
	flags.StringVar(&in.Bandwidth, "bandwidth", "1Gbps", "speed of the connection")
	flags.StringArrayVar(&in.Prefixes, "prefix", nil, "prefix that you mean to advertise; repeatable")
	flags.BoolVar(&preflight, "preflight", false, "only say what would refuse it")
	cmd.MarkFlagRequired("environment")
	cmd.MarkFlagRequired("location")
	return cmd
}

func (g *global) preflight(cmd *cobra.Command, in desk.LinkRequest) error {
	c, err := g.connect(cmd.Context())
	if err != nil {
		return err
	}
	var answer desk.Preflight
	if err := c.Desk(cmd.Context(), "POST", "/desk/v1/links:preflight", in, &answer); err != nil {
		return err
	}
	err = g.print(cmd.OutOrStdout(), answer, func(out io.Writer) {
		if answer.Ready {
			fmt.Fprintln(out, "Nothing stands against it.")
			return
		}
		table(out, "CODE | FIELD | WHAT | WHAT TO DO", func(row func(...any)) {
			for _, f := range answer.Findings {
				row(f.Code, f.Field, f.Message, f.Fix)
			}
		})
	})
	if err == nil && !answer.Ready {
		return errReported
	}
	return err
}

func linkListCommand(g *global) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List links and the next step of each",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var list desk.Links
			return g.show(cmd, "/desk/v1/links", &list, func(out io.Writer) {
				table(out, "LINK | ENVIRONMENT | LOCATION | BANDWIDTH | WHOSE MOVE | NEXT", func(row func(...any)) {
					for _, l := range list.Links {
						if l.Next == nil {
							row(l.ID, l.Environment, l.Location, l.Bandwidth, "nobody's", "live")
							continue
						}
						row(l.ID, l.Environment, l.Location, l.Bandwidth, l.Next.Party, l.Next.Title)
					}
				})
			})
		},
	}
}

func linkShowCommand(g *global) *cobra.Command {
	return &cobra.Command{
		Use:   "show LINK",
		Short: "Show a link's steps, each read from what is there now",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var link desk.Link
			return g.show(cmd, "/desk/v1/links/"+args[0], &link, func(out io.Writer) {
				fmt.Fprintf(out, "%s into %s, %s at %s\n\n", link.ID, link.Environment, link.Bandwidth, link.Location)
				for _, s := range link.Steps {
					fmt.Fprintf(out, "%s  %-8s  %s\n%s%s\n", mark(s.Done), s.Party, s.Title, indent, wrap(s.Evidence, terminalWidth(out)-len(indent), "\n"+indent))
				}
				if link.Next != nil {
					fmt.Fprintf(out, "\nNext: the %s. %s\n", link.Next.Party, link.Next.Title)
				}
			})
		},
	}
}

func mark(done bool) string {
	if done {
		return "done"
	}
	return "open"
}

// show fetches one document of the desk and prints it.
func (g *global) show(cmd *cobra.Command, path string, into any, asTable func(io.Writer)) error {
	c, err := g.connect(cmd.Context())
	if err != nil {
		return err
	}
	if err := c.Desk(cmd.Context(), "GET", path, nil, into); err != nil {
		return err
	}
	return g.print(cmd.OutOrStdout(), into, asTable)
}
