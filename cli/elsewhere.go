package cli

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"demarc"
	"demarc/api/desk"
	"demarc/client"
)

func elsewhereCommand(g *global) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "elsewhere",
		Short: "Take a link's steps at another Direct Connect, such as AWS's own",
		Long: `Elsewhere is for links whose connections and interfaces are at another Direct
Connect than the desk's: another demarc, or AWS. The desk keeps the link and is
asked with --endpoint and --profile, as ever. What AWS has objects for is done
and read there, by the calls of its API alone: --at is its URL, "aws" AWS itself,
--region and --as are your Region and AWS profile there. The desk never learns
your keys there, and its own tracker does not see what is there:
demarc elsewhere status does. docs/elsewhere.md says what was tried and what was
not.`,
	}
	cmd.AddCommand(elsewhereOrder(g), elsewhereAllocate(g), elsewhereAccept(g), elsewhereStatus(g))
	return cmd
}

// placeFlags say which Direct Connect is meant, and as whom to call it.
func placeFlags(cmd *cobra.Command) *client.Place {
	p := &client.Place{}
	cmd.Flags().StringVar(&p.Endpoint, "at", "", "URL of the Direct Connect API, or aws for AWS itself")
	cmd.Flags().StringVar(&p.Region, "region", "", "Region there (default: your profile's)")
	cmd.Flags().StringVar(&p.Profile, "as", "", "AWS profile there (default: the SDK's own choice)")
	cmd.MarkFlagRequired("at")
	return p
}

// reach is the client for a place.
func reach(cmd *cobra.Command, p client.Place) (*client.Elsewhere, error) {
	if p.Endpoint == "aws" {
		p.Endpoint = ""
	}
	return client.At(cmd.Context(), p)
}

// wantedLeg asks the desk for a link and finds one of its legs.
func (g *global) wantedLeg(cmd *cobra.Command, id, letter string) (link desk.Link, leg desk.Leg, err error) {
	c, err := g.connect(cmd.Context())
	if err != nil {
		return link, leg, err
	}
	if err := c.Desk(cmd.Context(), "GET", "/desk/v1/links/"+id, nil, &link); err != nil {
		return link, leg, err
	}
	for _, l := range link.Legs {
		if l.ID == letter || letter == "" && len(link.Legs) == 1 {
			return link, l, nil
		}
	}
	return link, leg, usageError{fmt.Errorf("--leg %q: link %s has %d legs; give the letter of one", letter, id, len(link.Legs))}
}

func elsewhereOrder(g *global) *cobra.Command {
	var letter, location string
	cmd := &cobra.Command{Use: "order LINK", Short: "Order the connection of a leg there, tagged with it (customer)", Args: cobra.ExactArgs(1)}
	place := placeFlags(cmd)
	cmd.Flags().StringVar(&letter, "leg", "", "the leg's letter; may be left out where there is one")
	cmd.Flags().StringVar(&location, "location", "", "what the location is called there (default: as in the link)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		link, leg, err := g.wantedLeg(cmd, args[0], letter)
		if err != nil {
			return err
		}
		there, err := reach(cmd, *place)
		if err != nil {
			return err
		}
		if location == "" {
			location = string(leg.Location)
		}
		id, err := there.Order(cmd.Context(), location, leg.Bandwidth.String(), link.Environment+"-"+leg.ID, leg.Tag)
		if err == nil {
			fmt.Fprintln(cmd.OutOrStdout(), id)
		}
		return err
	}
	return cmd
}

func elsewhereAllocate(g *global) *cobra.Command {
	var letter, account string
	var vlan, asn int32
	cmd := &cobra.Command{Use: "allocate LINK", Short: "Allocate the interface of a leg there, to the platform's account (customer)", Args: cobra.ExactArgs(1)}
	place := placeFlags(cmd)
	flags := cmd.Flags()
	flags.StringVar(&letter, "leg", "", "the leg's letter; may be left out where there is one")
	flags.StringVar(&account, "account", "", "the platform's account number there")
	flags.Int32Var(&vlan, "vlan", 101, "VLAN")
	flags.Int32Var(&asn, "asn", 65010, "ASN of your router")
	cmd.MarkFlagRequired("account")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		link, leg, err := g.wantedLeg(cmd, args[0], letter)
		if err != nil {
			return err
		}
		there, err := reach(cmd, *place)
		if err != nil {
			return err
		}
		lines, err := there.Lines(cmd.Context(), []string{leg.Tag})
		if err != nil {
			return err
		}
		if len(lines) == 0 {
			return fmt.Errorf("no connection there has the tag demarc:link=%s: demarc elsewhere order %s --leg %s", leg.Tag, link.ID, leg.ID)
		}
		id, err := there.Allocate(cmd.Context(), lines[0].Connection, account, link.Environment+"-"+leg.ID, vlan, asn)
		if err == nil {
			fmt.Fprintln(cmd.OutOrStdout(), id)
		}
		return err
	}
	return cmd
}

func elsewhereAccept(*global) *cobra.Command {
	var gateway string
	cmd := &cobra.Command{Use: "accept DXVIF", Short: "Accept an interface there onto a gateway of yours (platform)", Args: cobra.ExactArgs(1)}
	place := placeFlags(cmd)
	cmd.Flags().StringVar(&gateway, "gateway", "", "virtual private gateway (vgw-…)")
	cmd.MarkFlagRequired("gateway")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		there, err := reach(cmd, *place)
		if err != nil {
			return err
		}
		state, err := there.Accept(cmd.Context(), args[0], gateway)
		if err == nil {
			fmt.Fprintf(cmd.OutOrStdout(), "%s is %s\n", args[0], state)
		}
		return err
	}
	return cmd
}

func elsewhereStatus(g *global) *cobra.Command {
	cmd := &cobra.Command{
		Use: "status LINK", Short: "Show how far each leg has come there, and whose move it is", Args: cobra.ExactArgs(1),
		Long: "Status reads what you have at the other Direct Connect. The exit code is 0 where\nevery leg is up, 5 where another party moves next, and 8 where you do.",
	}
	place := placeFlags(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error { return g.standElsewhere(cmd, args[0], *place) }
	return cmd
}

// A legElsewhere is a leg of a link with what there is of it.
type legElsewhere struct {
	Leg string `json:"leg"`
	client.Line
	Party demarc.Party `json:"party,omitempty"` // who moves next; nobody where it is up
	Next  string       `json:"next"`
}

func (g *global) standElsewhere(cmd *cobra.Command, id string, place client.Place) error {
	c, err := g.connect(cmd.Context())
	if err != nil {
		return err
	}
	var me desk.Account
	var link desk.Link
	if err := c.Desk(cmd.Context(), "GET", "/desk/v1/whoami", nil, &me); err != nil {
		return err
	}
	if err := c.Desk(cmd.Context(), "GET", "/desk/v1/links/"+id, nil, &link); err != nil {
		return err
	}
	there, err := reach(cmd, place)
	if err != nil {
		return err
	}
	legs := []legElsewhere{}
	var exit error
	for _, leg := range link.Legs {
		lines, err := there.Lines(cmd.Context(), []string{leg.Tag})
		if err != nil {
			return err
		}
		l := legElsewhere{Leg: leg.ID, Line: client.Line{Tag: leg.Tag}}
		if len(lines) > 0 {
			l.Line = lines[len(lines)-1]
		}
		l.Party, l.Next = moveElsewhere(l.Line)
		legs = append(legs, l)
		if l.Party == me.Party {
			exit = exitError(exitYours)
		} else if l.Party != "" && exit == nil {
			exit = exitError(exitTheirs)
		}
	}
	err = g.print(cmd.OutOrStdout(), legs, func(out io.Writer) {
		table(out, "LEG | CONNECTION | STATE | INTERFACE | STATE | BGP | WHOSE MOVE | NEXT", func(row func(...any)) {
			for _, l := range legs {
				row(l.Leg, dash(l.Connection), dash(l.ConnectionState), dash(l.Interface), dash(l.InterfaceState), dash(l.Session), dash(string(l.Party)), l.Next)
			}
		})
	})
	if err != nil {
		return err
	}
	return exit
}

// moveElsewhere is who moves next on a leg, by the states of Direct Connect.
func moveElsewhere(l client.Line) (demarc.Party, string) {
	switch {
	case l.Connection == "":
		return demarc.Customer, "order a connection"
	case l.Interface == "" && l.ConnectionState != "available":
		return demarc.Facility, "patch it; light on the port"
	case l.Interface == "":
		return demarc.Customer, "allocate an interface"
	case l.InterfaceState == "confirming":
		return demarc.Platform, "accept the interface"
	case l.ConnectionState != "available":
		return demarc.Facility, "patch it; light on the port"
	case l.InterfaceState != "available":
		return demarc.Customer, "configure the router"
	}
	return "", "up"
}
