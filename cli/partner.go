package cli

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"demarc"
	"demarc/api/desk"
)

func linkTokenCommand(g *global) *cobra.Command {
	var in desk.TokenRequest
	var life time.Duration
	cmd := &cobra.Command{
		Use:   "token LINK",
		Short: "Issue a token for a leg, to hand to your partner (customer)",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if life <= 0 || life%time.Hour != 0 {
				return usageError{fmt.Errorf("--valid %s: expected whole hours, such as 168h", life)}
			}
			if cmd.Flags().Changed("prefixes") && in.Prefixes == 0 { // which the desk takes for nothing said
				return usageError{errors.New("--prefixes 0: expected at least 1")}
			}
			if cmd.Flags().Changed("last-vlan") && in.FirstVLAN == 0 && in.LastVLAN == 0 {
				return usageError{errors.New("--first-vlan 0, --last-vlan 0: expected a range within 1 to 4094")}
			}
			in.Hours = int(life / time.Hour)
			var t desk.Token
			if err := g.post(cmd, "/desk/v1/links/"+args[0]+"/tokens", in, &t); err != nil {
				return err
			}
			return g.print(cmd.OutOrStdout(), t, func(out io.Writer) {
				fmt.Fprintf(out, "%s\n\n", t.Text)
				printTerms(out, t)
				fmt.Fprintln(out, "\nIt is shown once. Your partner redeems it with: demarc partner redeem TOKEN --connection dxcon-…")
			})
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&in.Leg, "leg", "", "the leg's letter; may be left out where there is one")
	flags.DurationVar(&life, "valid", 168*time.Hour, "how long it is good for")
	flags.IntVar(&in.FirstVLAN, "first-vlan", 0, "first VLAN that the partner may choose")
	flags.IntVar(&in.LastVLAN, "last-vlan", 0, "last VLAN that the partner may choose")
	flags.IntVar(&in.Prefixes, "prefixes", 0, "how many you may send")
	cmd.MarkFlagsRequiredTogether("first-vlan", "last-vlan")
	return cmd
}

func linkTokensCommand(g *global) *cobra.Command {
	return &cobra.Command{
		Use:   "tokens LINK",
		Short: "List the tokens of a link",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.showTokens(cmd, "/desk/v1/links/"+args[0]+"/tokens")
		},
	}
}

func linkWithdrawCommand(g *global) *cobra.Command {
	return &cobra.Command{
		Use:   "withdraw TOKEN-ID",
		Short: "Take a token back that was not redeemed (customer)",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.sendToken(cmd, "/desk/v1/tokens/"+args[0]+"/withdraw", nil)
		},
	}
}

func partnerCommand(g *global) *cobra.Command {
	cmd := &cobra.Command{Use: "partner", Short: "Redeem the link tokens of your customers"}
	list := &cobra.Command{
		Use:   "tokens",
		Short: "List the tokens that you have redeemed",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return g.showTokens(cmd, "/desk/v1/partner/tokens") },
	}
	inspect := &cobra.Command{
		Use:   "inspect TOKEN",
		Short: "Show what a token says",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.sendToken(cmd, "/desk/v1/partner/tokens:inspect", desk.Inspection{Token: args[0]})
		},
	}
	cmd.AddCommand(redeemCommand(g), inspect, list)
	return cmd
}

func redeemCommand(g *global) *cobra.Command {
	var in desk.Redemption
	cmd := &cobra.Command{
		Use:   "redeem TOKEN --connection DXCON",
		Short: "Allocate what a token asks for on a connection of yours",
		Long: `Redeem allocates a hosted virtual interface on a connection or LAG of yours.

With --hosted-connection it makes a hosted connection of the token's rate on an
interconnect of yours, which is your customer's from then on, and the interface
on that. The two are different things: of a hosted virtual interface you own the
connection and download the router configuration.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			in.Token = args[0]
			return g.sendToken(cmd, "/desk/v1/partner/tokens:redeem", in)
		},
	}
	flags := cmd.Flags()
	flags.StringVar((*string)(&in.Connection), "connection", "", "connection, interconnect or LAG (dxcon-…, dxlag-…)")
	flags.BoolVar(&in.HostedConnection, "hosted-connection", false, "make a hosted connection of your customer's, and the interface on it")
	flags.IntVar(&in.VLAN, "vlan", 0, "VLAN, of those that the token allows; the first that is free where left out")
	flags.Int64Var(&in.ASN, "asn", 0, "ASN of the customer's router, where the token leaves it to you")
	cmd.MarkFlagRequired("connection")
	return cmd
}

func (g *global) sendToken(cmd *cobra.Command, path string, in any) error {
	var t desk.Token
	if err := g.post(cmd, path, in, &t); err != nil {
		return err
	}
	return g.print(cmd.OutOrStdout(), t, func(out io.Writer) { printTerms(out, t) })
}

func (g *global) showTokens(cmd *cobra.Command, path string) error {
	var list desk.Tokens
	return g.show(cmd, path, &list, func(out io.Writer) {
		table(out, "TOKEN | LINK | LEG | LOCATION | SPEED | STATE | EXPIRES | CONNECTION | INTERFACE", func(row func(...any)) {
			for _, t := range list.Tokens {
				row(t.Terms.ID, t.Terms.Link, t.Terms.Leg, t.Terms.Location, t.Terms.Bandwidth, t.State, t.Terms.Expires.Format("2006-01-02 15:04"), t.Connection, t.Interface)
			}
		})
	})
}

func printTerms(out io.Writer, t desk.Token) {
	terms := t.Terms
	fmt.Fprintf(out, "token %s is %s, and good until %s\n", terms.ID, t.State, terms.Expires.Format("2006-01-02 15:04:05 MST"))
	fmt.Fprintf(out, "  %s, leg %s, into %s: %s at %s in %s, for account %s\n", terms.Link, terms.Leg, terms.Environment, terms.Bandwidth, terms.Location, terms.Region, terms.Account)
	fmt.Fprintf(out, "  VLAN %d to %d, ASN %s, MTU %d, at most %d prefixes\n", terms.FirstVLAN, terms.LastVLAN, asnOr(terms.ASN), terms.MTU, terms.Prefixes)
	if t.Interface != "" {
		fmt.Fprintf(out, "  interface %s on %s\n", t.Interface, t.Connection)
	}
	if t.State == demarc.TokenIssued && t.Text == "" {
		fmt.Fprintln(out, "\nNext: demarc partner redeem TOKEN --connection dxcon-…")
	}
}

func asnOr(asn demarc.ASN) string {
	if asn == 0 {
		return "of your choice"
	}
	return fmt.Sprint(asn)
}
