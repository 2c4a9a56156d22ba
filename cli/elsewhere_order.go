package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"demarc"
	"demarc/api/desk"
	"demarc/client"
)

// legFlag is the letter of the leg that is meant.
func legFlag(cmd *cobra.Command) *string {
	return cmd.Flags().String("leg", "", "the leg's letter; may be left out where there is one")
}

func elsewhereOrder(g *global) *cobra.Command {
	var location string
	cmd := &cobra.Command{
		Use: "order LINK", Short: "Order the connection of a leg there, tagged with it (customer)", Args: cobra.ExactArgs(1),
		Long: "Order prints the connection that has the leg's tag, and orders one where none has.",
	}
	place, letter := placeFlags(cmd), legFlag(cmd)
	cmd.Flags().StringVar(&location, "location", "", "what the location is called there (default: as in the link)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		e, leg, line, err := g.errandOf(cmd, *place, args[0], *letter)
		if err != nil {
			return err
		}
		id := line.ID
		if id == "" {
			if err := e.goesOn(leg); err != nil {
				return err
			}
			id, err = e.there.Order(cmd.Context(), cmp.Or(location, string(leg.Location)), leg.Bandwidth.String(), e.link.Environment+"-"+leg.ID, leg.Tag)
		}
		if err == nil {
			fmt.Fprintln(cmd.OutOrStdout(), id)
		}
		return err
	}
	return cmd
}

// errandOf is an errand for one leg, with the connection that it has there; the
// zero line for none.
func (g *global) errandOf(cmd *cobra.Command, p placeThere, id, letter string) (e errand, leg desk.Leg, line client.Line, err error) {
	if e, err = g.errand(cmd, p, id); err != nil {
		return e, leg, line, err
	}
	if leg, err = e.leg(letter); err != nil {
		return e, leg, line, err
	}
	seen, err := e.see(cmd.Context(), leg)
	line, _ = lineFor(seen, leg)
	return e, leg, line, err
}

// errandOnLine is one for a leg that has its connection.
func (g *global) errandOnLine(cmd *cobra.Command, p placeThere, id, letter string) (errand, desk.Leg, client.Line, error) {
	e, leg, line, err := g.errandOf(cmd, p, id, letter)
	if err == nil && line.ID == "" {
		err = fmt.Errorf("no connection there has the tag demarc:link=%s: demarc elsewhere order %s --leg %s", leg.Tag, e.link.ID, leg.ID)
	}
	return e, leg, line, err
}

func elsewhereLetter(g *global) *cobra.Command {
	var file string
	cmd := &cobra.Command{Use: "letter LINK", Short: "Download the letter of authority of a leg's connection (customer)", Args: cobra.ExactArgs(1)}
	place, letter := placeFlags(cmd), legFlag(cmd)
	cmd.Flags().StringVar(&file, "to", "loa.pdf", "file to write; - is standard output")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		e, _, line, err := g.errandOnLine(cmd, *place, args[0], *letter)
		if err != nil {
			return err
		}
		pdf, err := e.there.Letter(cmd.Context(), line.ID)
		if err != nil {
			return err
		}
		if file == "-" {
			_, err = cmd.OutOrStdout().Write(pdf)
			return err
		}
		return os.WriteFile(file, pdf, 0o600)
	}
	return cmd
}

func elsewhereAllocate(g *global) *cobra.Command {
	var account string
	var vlan int32
	var asn int64
	cmd := &cobra.Command{
		Use: "allocate LINK", Short: "Allocate the interface of a leg there, to the platform's account (customer)", Args: cobra.ExactArgs(1),
		Long: "Allocate prints the interface that the leg has, and allocates one where it has none:\nas the leg asks for it, to the platform's account there, with the leg in its name.",
	}
	place, letter := placeFlags(cmd), legFlag(cmd)
	flags := cmd.Flags()
	flags.StringVar(&account, "account", "", "the platform's account number there (default: the environment's)")
	flags.Int32Var(&vlan, "vlan", 0, "VLAN (default: the leg's, or 101)")
	flags.Int64Var(&asn, "asn", 0, "ASN of your router (default: the leg's, or 65010)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		e, leg, line, err := g.errandOnLine(cmd, *place, args[0], *letter)
		switch {
		case err != nil:
			return err
		case account == "" && e.link.Elsewhere == nil:
			return usageError{fmt.Errorf("--account: the site does not say the platform's account there; give it")}
		case account == "":
			account = string(e.link.Elsewhere.Account)
		}
		seen, err := e.see(cmd.Context(), leg)
		if err != nil {
			return err
		}
		v, ok := onLine(seen, line)
		id := v.ID
		if !ok {
			if err := e.goesOn(leg); err != nil {
				return err
			}
			id, err = e.there.Allocate(cmd.Context(), client.Allocation{
				Connection: line.ID, Owner: account, Name: client.NameFor(e.link.Environment+"-"+leg.ID, leg.Tag),
				VLAN: cmp.Or(vlan, line.VLAN, int32(leg.VLAN), 101), ASN: cmp.Or(asn, int64(leg.CustomerASN), 65010), MTU: int32(leg.MTU),
				AmazonAddress: leg.AmazonAddress, CustomerAddress: leg.CustomerAddress,
			})
		}
		if err == nil {
			fmt.Fprintln(cmd.OutOrStdout(), id)
		}
		return err
	}
	return cmd
}

func elsewhereAsk(g *global) *cobra.Command {
	cmd := &cobra.Command{
		Use: "ask LINK", Short: "Ask the platform to accept the interface of a leg there (customer)", Args: cobra.ExactArgs(1),
		Long: "Ask opens a case, with what you see of the connection and the interface there.",
	}
	place, letter := placeFlags(cmd), legFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		e, err := g.errand(cmd, *place, args[0])
		if err != nil {
			return err
		}
		leg, err := e.leg(*letter)
		if err != nil {
			return err
		}
		seen, err := e.see(cmd.Context(), leg)
		if err != nil {
			return err
		}
		var c desk.Case
		if err := e.desk.Desk(cmd.Context(), "POST", "/desk/v1/links/"+args[0]+"/offers", offerOf{leg.ID, seen}, &c); err != nil {
			return err
		}
		return g.print(cmd.OutOrStdout(), c, func(out io.Writer) { printCase(out, c) })
	}
	return cmd
}

// An offerOf is desk.OfferRequest with what was seen as it was.
type offerOf struct {
	Leg  string           `json:"leg"`
	Seen client.Sightings `json:"seen"`
}

func elsewhereDelete(g *global) *cobra.Command {
	var line bool
	var timeout time.Duration
	cmd := &cobra.Command{
		Use: "delete LINK", Short: "Delete a leg's interface there, and with --connection its connection (customer, platform)", Args: cobra.ExactArgs(1),
		Long: "Delete ends what a leg has there: its interface, and with --connection the\nconnection too, once the interface is gone. It is its owner's to delete. Doing it\nagain does nothing.\n\nWhile a cut-over of the environment is not over it asks the gate, and deletes\nnothing before it is open.",
	}
	place, letter := placeFlags(cmd), legFlag(cmd)
	cmd.Flags().BoolVar(&line, "connection", false, "delete the connection as well")
	cmd.Flags().DurationVar(&timeout, "timeout", 5*time.Minute, "how long to wait for the interface to be gone, with --connection")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		e, leg, of, err := g.errandOf(cmd, *place, args[0], *letter)
		if err != nil {
			return err
		}
		if err := e.gated(cmd.Context()); err != nil {
			return err
		}
		if err := e.deleteInterfaces(cmd, leg, of); err != nil || !line || of.ID == "" {
			return err
		}
		ctx, cancel := context.WithTimeout(cmd.Context(), timeout)
		defer cancel()
		if err := e.bare(ctx, of); err != nil {
			return err
		}
		if err := e.there.DeleteConnection(ctx, of.ID); err != nil {
			return err
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%s is being deleted\n", of.ID)
		return nil
	}
	return cmd
}

// deleteInterfaces deletes what the caller sees of a leg's.
func (e errand) deleteInterfaces(cmd *cobra.Command, leg desk.Leg, on client.Line) error {
	seen, err := e.see(cmd.Context(), leg)
	if err != nil {
		return err
	}
	for _, v := range seen.Interfaces {
		if v.Gone() || v.Tag == "" && v.Connection != on.ID {
			continue
		}
		if err := e.there.DeleteInterface(cmd.Context(), v.ID); err != nil {
			return err
		}
		fmt.Fprintf(cmd.OutOrStdout(), "%s is being deleted\n", v.ID)
	}
	return nil
}

// bare waits until nothing is on a connection any more: before, no service
// deletes it.
func (e errand) bare(ctx context.Context, line client.Line) error {
	for {
		all, err := e.there.Interfaces(ctx)
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(all, func(v client.Interface) bool {
			return v.Connection == line.ID && (!v.Gone() || v.State == "deleting")
		}) {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("interfaces are still on %s: %w", line.ID, ctx.Err())
		case <-time.After(gentle):
		}
	}
}

func elsewhereRedeem(g *global) *cobra.Command {
	var connection, owner string
	var vlan int32
	var asn int64
	cmd := &cobra.Command{
		Use: "redeem TOKEN --connection DXCON", Short: "Allocate there what a token asks for, on a connection of yours (partner)", Args: cobra.ExactArgs(1),
		Long: `Redeem allocates a hosted virtual interface on a connection of yours there, by the
token's terms and with its leg in the name, and tells the desk, which asks the
platform to accept it. With --hosted-for it allocates a hosted connection to your
customer instead, on an interconnect of yours: the customer accepts it, and the
interface is the customer's to allocate. Broken off in between, it goes on where it
was.`,
	}
	place := placeFlags(cmd)
	flags := cmd.Flags()
	flags.StringVar(&connection, "connection", "", "connection of yours there (dxcon-…)")
	flags.Int32Var(&vlan, "vlan", 0, "VLAN, of those that the token allows (default: the first)")
	flags.Int64Var(&asn, "asn", 0, "ASN of the customer's router, where the token leaves it to you")
	flags.StringVar(&owner, "hosted-for", "", "your customer's account there, for a hosted connection in place of an interface")
	cmd.MarkFlagRequired("connection")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := g.connect(cmd.Context())
		if err != nil {
			return err
		}
		var t desk.Token
		if err := c.Desk(cmd.Context(), "POST", "/desk/v1/partner/tokens:inspect", desk.Inspection{Token: args[0]}, &t); err != nil {
			return err
		}
		if t.State != demarc.TokenIssued {
			return fmt.Errorf("token %s is %s; ask your customer for another", t.Terms.ID, t.State)
		}
		if place.region == "" {
			place.region = string(t.Terms.Region)
		}
		there, err := place.reach(cmd.Context(), nil)
		if err != nil {
			return err
		}
		in := redemptionOf{Token: args[0]}
		made := client.Interface{}
		if owner != "" {
			in.Line, err = hosted(cmd.Context(), there, connection, owner, t.Terms, vlan)
		} else if in.Line, made, err = allocated(cmd, there, connection, t.Terms, vlan, asn); err == nil {
			in.Interface = &made
		}
		if err != nil {
			return err
		}
		if err := c.Desk(cmd.Context(), "POST", "/desk/v1/partner/tokens:redeem-elsewhere", in, &t); err != nil {
			return err
		}
		return g.print(cmd.OutOrStdout(), t, func(out io.Writer) {
			printTerms(out, t)
			if in.Interface == nil {
				fmt.Fprintf(out, "  hosted connection %s, there; your customer accepts it: demarc elsewhere confirm %s --leg %s\n", in.Line.ID, t.Terms.Link, t.Terms.Leg)
				return
			}
			fmt.Fprintf(out, "  interface %s on %s, there\n", in.Interface.ID, in.Line.ID)
		})
	}
	return cmd
}

// A redemptionOf is desk.RedemptionElsewhere with what was seen as it was.
type redemptionOf struct {
	Token     string            `json:"token"`
	Line      client.Line       `json:"line"`
	Interface *client.Interface `json:"interface,omitempty"`
}

// limit holds an interface on a faster connection to the token's rate.
func limit(line client.Line, terms desk.TokenTerms) string {
	if rate, err := demarc.ParseBandwidth(line.Bandwidth); err == nil && rate == terms.Bandwidth {
		return ""
	}
	return terms.Bandwidth.String()
}

// allocated is the interface of a token on a partner's connection, which it
// makes where there is none yet.
func allocated(cmd *cobra.Command, there *client.Elsewhere, connection string, terms desk.TokenTerms, vlan int32, asn int64) (line client.Line, v client.Interface, err error) {
	ctx, tag := cmd.Context(), string(terms.Link)+"/"+terms.Leg
	if line, err = there.Line(ctx, connection); err != nil {
		return line, v, err
	}
	line.Tag = tag // the connection is for many: its interfaces' names tell
	for range 2 {
		all, err := there.Interfaces(ctx)
		if err != nil {
			return line, v, err
		}
		for _, v := range all {
			if v.Connection == connection && v.Tag == tag && !v.Gone() {
				return line, v, nil
			}
		}
		if _, err = there.Allocate(ctx, client.Allocation{
			Connection: connection, Owner: string(terms.Account), Name: client.NameFor(terms.Environment+"-"+terms.Leg, tag),
			VLAN: cmp.Or(vlan, int32(terms.FirstVLAN)), ASN: cmp.Or(int64(terms.ASN), asn), MTU: int32(terms.MTU), Rate: limit(line, terms),
			AmazonAddress: terms.AmazonAddress, CustomerAddress: terms.CustomerAddress,
		}); err != nil {
			return line, v, err
		}
	}
	return line, v, fmt.Errorf("%s does not show what was allocated on it", connection)
}
