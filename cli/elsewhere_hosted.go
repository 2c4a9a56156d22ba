package cli

import (
	"cmp"
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"demarc/api/desk"
	"demarc/client"
)

func elsewhereConfirm(g *global) *cobra.Command {
	cmd := &cobra.Command{
		Use: "confirm LINK", Short: "Accept the hosted connection there that your partner allocated with a token (customer)", Args: cobra.ExactArgs(1),
		Long: "Confirm accepts the hosted connection that the leg's token was redeemed for, and no\nother; it prints which. Doing it again does nothing.",
	}
	place, letter := placeFlags(cmd), legFlag(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		e, leg, line, err := g.errandOf(cmd, *place, args[0], *letter)
		switch {
		case err != nil:
			return err
		case leg.Hosted == "":
			return fmt.Errorf("no token of leg %s was redeemed for a hosted connection", leg.ID)
		case line.ID == "":
			return fmt.Errorf("you have no connection %s there", leg.Hosted)
		}
		if line.State == "ordering" {
			if err := e.goesOn(leg); err != nil {
				return err
			}
			err = e.there.Confirm(cmd.Context(), line.ID)
		}
		if err == nil {
			fmt.Fprintln(cmd.OutOrStdout(), line.ID)
		}
		return err
	}
	return cmd
}

// lineFor is the connection that a leg has: the hosted one of its token, or the
// one that has its tag.
func lineFor(seen client.Sightings, leg desk.Leg) (client.Line, bool) {
	for _, l := range seen.Lines {
		if leg.Hosted != "" && l.ID == string(leg.Hosted) && !l.Gone() {
			l.Tag = leg.Tag // as its interface is named
			return l, true
		}
	}
	if leg.Hosted != "" {
		return client.Line{}, false
	}
	return lineOf(seen, leg.Tag)
}

// hosted is the hosted connection of a token on a partner's interconnect, which
// it makes where there is none yet.
func hosted(ctx context.Context, there *client.Elsewhere, on, owner string, terms desk.TokenTerms, vlan int32) (client.Line, error) {
	tag := string(terms.Link) + "/" + terms.Leg
	for range 2 {
		all, err := there.Hosted(ctx, on)
		if err != nil {
			return client.Line{}, err
		}
		for _, l := range all {
			if l.Tag == tag && !l.Gone() {
				return l, nil
			}
		}
		if err := there.Host(ctx, client.Hosting{
			On: on, Owner: owner, Name: client.NameFor(terms.Environment+"-"+terms.Leg, tag), Bandwidth: terms.Bandwidth.String(), VLAN: cmp.Or(vlan, int32(terms.FirstVLAN)),
		}); err != nil {
			return client.Line{}, err
		}
	}
	return client.Line{}, fmt.Errorf("%s does not show what was allocated on it", on)
}
