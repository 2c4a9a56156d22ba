package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"demarc"
	"demarc/api/desk"
	"demarc/client"
)

func linkEndCommand(g *global) *cobra.Command {
	var fields desk.CaseFields
	var leg string
	var cause desk.EndRequest
	cmd := &cobra.Command{
		Use:   "end LINK --reason TEXT [--leg LEG] [--last-day DAY] [--cause CAUSE]",
		Short: "Ask for the end of a link, or of a leg of it (customer), or end it for cause (platform)",
		Long: `End opens a case of kind termination. Where the platform has accepted nothing, and
no day is named, the link ends at once; otherwise the platform agrees, both parties
are told twice, 48 hours and 24 hours before, and then the desk deletes what was
accepted. Until then demarc link keep takes it back.

With --cause it is the platform that ends the link: for non-payment, abuse, or
because the entitlement has ended. Its customer is told as many days before as the
policy says (30 where it does not), a second person approves the case where the
policy asks for one (and where it says nothing), and demarc case resolve takes it
back.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := g.connect(cmd.Context())
			if err != nil {
				return err
			}
			var link desk.Link
			if err := c.Desk(cmd.Context(), "GET", "/desk/v1/links/"+args[0], nil, &link); err != nil {
				return err
			}
			if cause.Cause != "" {
				cause.Reason, cause.LastDay = fields.Reason, fields.LastDay
				return g.endForCause(cmd, c, link.ID, cause)
			}
			switch fields.Link = link.ID; {
			case leg == "":
			case link.Elsewhere != nil: // whose interfaces the desk does not know
				fields.Leg = leg
			default:
				if fields.VirtualInterface, err = interfaceOf(link, leg); err != nil {
					return err
				}
			}
			var opened desk.Case
			ask := desk.CaseRequest{Kind: demarc.CaseTermination, Environment: link.Environment, Fields: &fields}
			if err := c.Desk(cmd.Context(), "POST", "/desk/v1/cases", ask, &opened); err != nil {
				return err
			}
			return g.print(cmd.OutOrStdout(), opened, func(out io.Writer) {
				printCase(out, opened)
				if !opened.State.Ended() {
					fmt.Fprintf(out, "Next: demarc link status %s --wait, or demarc link keep %s\n", link.ID, link.ID)
				}
			})
		},
	}
	cmd.Flags().StringVar(&fields.Reason, "reason", "", "why it is no longer needed")
	cmd.Flags().StringVar(&fields.LastDay, "last-day", "", "its last day (UTC), such as 2026-05-04; as soon as both parties were told, where left out")
	cmd.Flags().StringVar(&leg, "leg", "", "letter of the leg; the whole link where left out")
	cmd.Flags().StringVar((*string)(&cause.Cause), "cause", "", "non-payment, abuse or entitlement-ended: the platform ends it")
	cmd.MarkFlagRequired("reason")
	cmd.MarkFlagsMutuallyExclusive("leg", "cause")
	return cmd
}

// endForCause is the platform ending a link.
func (g *global) endForCause(cmd *cobra.Command, c *client.Client, link demarc.LinkID, ask desk.EndRequest) error {
	var opened desk.Case
	if err := c.Desk(cmd.Context(), "POST", "/desk/v1/links/"+string(link)+"/end", ask, &opened); err != nil {
		return err
	}
	return g.print(cmd.OutOrStdout(), opened, func(out io.Writer) {
		printCase(out, opened)
		if opened.State == demarc.CaseWaitingApprover {
			fmt.Fprintf(out, "Next: another person agrees: demarc case approve %s\n", opened.ID)
			return
		}
		fmt.Fprintf(out, "Next: demarc link status %s, or demarc case resolve %s takes it back\n", link, opened.ID)
	})
}

// interfaceOf is the virtual interface of a leg, by which a case names the leg.
func interfaceOf(link desk.Link, leg string) (demarc.VirtualInterfaceID, error) {
	i := slices.IndexFunc(link.Legs, func(l desk.Leg) bool { return l.ID == leg })
	switch {
	case i < 0:
		return "", usageError{fmt.Errorf("--leg %q: expected a leg of %s: see demarc link status %s", leg, link.ID, link.ID)}
	case link.Legs[i].VirtualInterface == "":
		return "", usageError{fmt.Errorf("--leg %s: nothing was allocated for it, so that there is nothing to end", leg)}
	}
	return link.Legs[i].VirtualInterface, nil
}

func linkKeepCommand(g *global) *cobra.Command {
	return &cobra.Command{
		Use:   "keep LINK",
		Short: "Take back the end of a link, while nothing of it is deleted (customer)",
		Long: `Keep resolves the case that asks for the end of the link, or of a leg of it. Where
there are several, say which: demarc case resolve CASE.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := g.connect(cmd.Context())
			if err != nil {
				return err
			}
			var all desk.Cases
			if err := c.Desk(cmd.Context(), "GET", "/desk/v1/cases", nil, &all); err != nil {
				return err
			}
			var asking []string
			for _, of := range all.Cases {
				if of.Kind == demarc.CaseTermination && string(of.Fields.Link) == args[0] && !of.State.Ended() {
					asking = append(asking, string(of.ID))
				}
			}
			if len(asking) != 1 {
				return usageError{fmt.Errorf("%d cases ask for the end of %s %s; expected one: see demarc case list", len(asking), args[0], strings.Join(asking, " "))}
			}
			return g.send(cmd, "/desk/v1/cases/"+asking[0]+"/resolve", nil)
		},
	}
}
