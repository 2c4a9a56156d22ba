package cli

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

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
and read there, by the calls of its API alone and by your own machine: --as and
--region are your AWS profile and Region there, --at is its URL, "aws" AWS
itself; the environment says which where you leave them out. The desk never
learns your keys there: it is told what you see, with each request, and says
what that means. docs/elsewhere.md has the commands of each party in order, and
what was tried and what was not.`,
	}
	cmd.AddCommand(elsewhereOrder(g), elsewhereLetter(g), elsewhereAllocate(g), elsewhereAsk(g), elsewhereDelete(g))
	cmd.AddCommand(elsewhereAccept(g), elsewhereWatch(g), elsewhereDrill(g), elsewhereConfirm(g), elsewhereRedeem(g), elsewhereStatus(g), elsewhereTransit(g), elsewhereCutover(g))
	return cmd
}

func elsewhereStatus(g *global) *cobra.Command {
	return g.statusOf(&cobra.Command{
		Use: "status LINK", Short: "demarc link status, of a link there", Args: cobra.ExactArgs(1),
		Long: "Status is demarc link status with the same flags, output and exit codes.",
	})
}

// A placeThere is which Direct Connect is meant, and as whom to call it.
type placeThere struct{ at, region, profile string }

func placeFlags(cmd *cobra.Command) *placeThere {
	p := &placeThere{}
	p.flags(cmd)
	return p
}

func (p *placeThere) flags(cmd *cobra.Command) {
	cmd.Flags().StringVar(&p.at, "at", "", "URL of the Direct Connect API, or aws for AWS itself (default: where the environment is)")
	cmd.Flags().StringVar(&p.region, "region", "", "Region there (default: the environment's)")
	cmd.Flags().StringVar(&p.profile, "as", "", "AWS profile there (default: the SDK's own choice)")
}

// given reports whether the command line says to go there.
func (p placeThere) given() bool { return p.at != "" || p.profile != "" }

// reach is the client for a place; of says where the environment is.
func (p placeThere) reach(ctx context.Context, of *desk.Elsewhere) (*client.Elsewhere, error) {
	if of != nil {
		p.at, p.region = cmp.Or(p.at, of.At), cmp.Or(p.region, string(of.Region))
	}
	switch p.at {
	case "":
		return nil, usageError{fmt.Errorf("--at: where? The environment is here, or at several places")}
	case "aws":
		p.at = ""
	}
	return client.At(ctx, client.Place{Endpoint: p.at, Region: p.region, Profile: p.profile})
}

// An errand is what somebody has set out to do for a link there.
type errand struct {
	desk  *client.Client
	there *client.Elsewhere
	link  desk.Link
}

// errand asks the desk for a link and reaches the place where it is.
func (g *global) errand(cmd *cobra.Command, p placeThere, id string) (e errand, err error) {
	if e.desk, err = g.connect(cmd.Context()); err != nil {
		return e, err
	}
	if err = e.desk.Desk(cmd.Context(), "GET", "/desk/v1/links/"+id, nil, &e.link); err != nil {
		return e, err
	}
	e.there, err = p.reach(cmd.Context(), e.link.Elsewhere)
	return e, err
}

// leg finds a leg by its letter, which may be left out where there is one.
func (e errand) leg(letter string) (desk.Leg, error) {
	for _, l := range e.link.Legs {
		if l.ID == letter || letter == "" && len(e.link.Legs) == 1 {
			return l, nil
		}
	}
	return desk.Leg{}, usageError{fmt.Errorf("--leg %q: link %s has %d legs; give the letter of one", letter, e.link.ID, len(e.link.Legs))}
}

// goesOn refuses to build anew what is to end, or has ended.
func (e errand) goesOn(leg desk.Leg) error {
	for _, of := range e.link.Endings {
		if slices.Contains(of.Legs, leg.ID) {
			return fmt.Errorf("leg %s of %s is to end, as case %s asked: demarc link keep %s, or request another link", leg.ID, e.link.ID, of.Case, e.link.ID)
		}
	}
	return nil
}

// see is what the caller sees of some legs there.
func (e errand) see(ctx context.Context, legs ...desk.Leg) (client.Sightings, error) {
	return e.there.See(ctx, tagsOf(e.link, legs...))
}

// lineOf is the connection that was ordered for a leg and is not gone.
func lineOf(seen client.Sightings, tag string) (client.Line, bool) {
	for _, l := range seen.Lines {
		if l.Tag == tag && !l.Gone() && l.VLAN == 0 {
			return l, true
		}
	}
	return client.Line{}, false
}

// onLine is the interface that was allocated for a leg and is not gone.
func onLine(seen client.Sightings, line client.Line) (client.Interface, bool) {
	for _, v := range seen.Interfaces {
		if v.Connection == line.ID && (v.Tag == "" || v.Tag == line.Tag) && !v.Gone() {
			return v, true
		}
	}
	return client.Interface{}, false
}

// gentle is how often another service is looked at, which counts requests.
const gentle = 2 * time.Second

// eyes are how a link is looked at there.
type eyes struct {
	placeThere
	ping string
}

func lookFlags(cmd *cobra.Command) *eyes {
	e := &eyes{}
	e.flags(cmd)
	cmd.Flags().StringVar(&e.ping, "ping", "", "address of the environment to send echo requests to, from here")
	return e
}

// open reports whether somebody is to look there.
func (e eyes) open() bool { return e.given() }

// look says how far a link has come by what is there now. The link's legs are
// asked for once: they do not change.
func (e eyes) look(id string) func(context.Context, *client.Client) (desk.Link, error) {
	var on errand
	return func(ctx context.Context, c *client.Client) (link desk.Link, err error) {
		if on.there == nil {
			if err := c.Desk(ctx, "GET", "/desk/v1/links/"+id, nil, &on.link); err != nil {
				return link, err
			}
			if on.there, err = e.reach(ctx, on.link.Elsewhere); err != nil {
				return link, err
			}
		}
		seen, err := on.see(ctx, on.link.Legs...)
		if err != nil {
			return link, err
		}
		if e.ping != "" {
			if seen.Echo, err = ping(ctx, e.ping); err != nil {
				return link, err
			}
		}
		err = c.Desk(ctx, "POST", "/desk/v1/links/"+id+"/sightings", seen, &link)
		return link, err
	}
}

var pinged = regexp.MustCompile(`(\d+) packets transmitted, (\d+)(?: packets)? received`)

// ping sends a few echo requests with the machine's own command, which needs no
// privilege of ours.
func ping(ctx context.Context, address string) (*client.Echo, error) {
	to, err := netip.ParseAddr(address)
	if err != nil {
		return nil, usageError{fmt.Errorf("--ping %q: expected an address", address)}
	}
	out, err := exec.CommandContext(ctx, "ping", "-n", "-q", "-c", "3", "-W", "1", to.String()).Output()
	found := pinged.FindSubmatch(out)
	if found == nil {
		return nil, fmt.Errorf("ping %s said nothing that is understood: %v", to, err)
	}
	echo := &client.Echo{Address: to}
	echo.Sent, _ = strconv.Atoi(string(found[1]))
	echo.Answered, _ = strconv.Atoi(string(found[2]))
	return echo, nil
}
