package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"demarc"
	"demarc/api/desk"
	"demarc/client"
)

const cutoverPath = "/desk/v1/cutovers"

func cutoverCommand(g *global) *cobra.Command {
	cmd := &cobra.Command{Use: "cutover", Short: "Move an environment to your own Transit Gateway, measured, and back"}
	cmd.AddCommand(cutoverPlanCommand(g), cutoverListCommand(g), cutoverStatusCommand(g),
		cutoverMoveCommand(g, "agree", "agree", "Agree to what the other party has planned"),
		cutoverMoveCommand(g, "cancel", "cancel", "Call a plan off"),
		cutoverRehearseCommand(g),
		cutoverMoveCommand(g, "start", "start", "Move prefix by prefix; what exceeds the measure is put back"),
		cutoverMoveCommand(g, "rollback", "rollback", "Put everything back, as long as the hosted interfaces are there"),
		cutoverMoveCommand(g, "sign", "sign-off", "Agree to the end of your hosted interfaces (customer)"),
		cutoverObjectCommand(g))
	return cmd
}

func cutoverPlanCommand(g *global) *cobra.Command {
	var in desk.CutoverRequest
	var probes, apps []string
	var terms desk.CutoverTerms
	var apart time.Duration
	cmd := &cobra.Command{
		Use:   "plan CASE --probe PREFIX=ADDRESS…",
		Short: "Plan a cut-over for a case about one's own Transit Gateway",
		Long: `Plan writes down what is to be moved, and what is probed in each prefix of the
case: an address that answers echo requests. Both parties agree before anything
is done: whoever plans has.

The way from the environment is turned by routes in its route tables, prefix by
prefix; the way back by allowed prefixes of the customer's Direct Connect
gateway that are longer than the environment's range. With --manual the
customer turns its own routers once the prefixes have moved.

The times of the gate, before which no hosted interface ends, are part of the
plan.

For an environment at another Direct Connect an address in each prefix is where
echoes are asked for from, and --app the address in the environment that answers
them, given once for each family that the prefixes are of; both parties leave demarc elsewhere cutover running.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			in.Case = demarc.CaseID(args[0])
			for _, text := range probes {
				prefix, address, ok := strings.Cut(text, "=")
				p, err := netip.ParsePrefix(prefix)
				if !ok || err != nil {
					return usageError{fmt.Errorf("--probe %q: expected a prefix and an address in it, such as 192.168.50.0/24=192.168.50.10", text)}
				}
				in.Probes = append(in.Probes, desk.CutoverProbe{Prefix: p, Address: address})
			}
			if err := takeApps(&in, apps); err != nil {
				return err
			}
			in.ApartSeconds = int(apart / time.Second)
			if terms != (desk.CutoverTerms{}) {
				in.Terms = &terms
			}
			return g.cutover(cmd, cutoverPath, in)
		},
	}
	cmd.Flags().StringArrayVar(&probes, "probe", nil, "prefix=address; one for each prefix of the case")
	cmd.Flags().BoolVar(&in.Manual, "manual", false, "the customer turns its routers itself")
	cmd.Flags().StringArrayVar(&apps, "app", nil, "an address in an environment at another Direct Connect, which answers echo requests; one for each family of the prefixes")
	cmd.Flags().DurationVar(&apart, "apart", 0, "how long the two directions may take different paths there, up to 15m (45s)")
	for flag, of := range map[string]struct {
		to   *int
		what string
	}{
		"stable-minutes": {&terms.StableMinutes, "packets have to pass both ways on the new path for so long (10)"},
		"idle-minutes":   {&terms.IdleMinutes, "the hosted interfaces have to carry nothing for so long (10)"},
		"notice-hours":   {&terms.NoticeHours, "both parties are told so long before they end (48)"},
		"silence-days":   {&terms.SilenceDays, "so long a silence of the customer's counts as its signature (14)"},
	} {
		cmd.Flags().IntVar(of.to, flag, 0, of.what)
	}
	cmd.MarkFlagRequired("probe")
	return cmd
}

// takeApps puts each address where those of its family belong.
func takeApps(in *desk.CutoverRequest, apps []string) error {
	for _, text := range apps {
		app, err := netip.ParseAddr(text)
		to := &in.App6
		if app.Is4() {
			to = &in.App
		}
		if err != nil || *to != "" {
			return usageError{fmt.Errorf("--app %q: expected an address such as 10.8.2.10 or fd20:8:2::10, one of a family", text)}
		}
		*to = text
	}
	return nil
}

func cutoverMoveCommand(g *global, verb, path, short string) *cobra.Command {
	return &cobra.Command{
		Use:   verb + " CUTOVER",
		Short: short,
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.cutover(cmd, cutoverPath+"/"+args[0]+"/"+path, nil)
		},
	}
}

// firstWord is how long a rehearsal waits until something is heard of the probes,
// which are sent from the plan on, or of the parties' machines.
const firstWord = 10 * time.Second

func cutoverRehearseCommand(g *global) *cobra.Command {
	cmd := cutoverMoveCommand(g, "rehearse", "rehearse", "Move the probes alone, both ways, and back")
	rehearse := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		sign, begun := newSign(cmd.ErrOrStderr()), time.Now()
		defer sign.take()
		for {
			err := rehearse(cmd, args)
			blind, ok := errors.AsType[*client.Refusal](err)
			if !ok || blind.Code != "E-CUTOVER-BLIND" || time.Since(begun) > firstWord {
				return err
			}
			sign.put("waits: " + blind.Message)
			select {
			case <-cmd.Context().Done():
				return err
			case <-time.After(again):
			}
		}
	}
	return cmd
}

func cutoverObjectCommand(g *global) *cobra.Command {
	var in desk.ObjectionRequest
	cmd := &cobra.Command{
		Use:   "object CUTOVER --reason TEXT",
		Short: "Object to the end of your hosted interfaces (customer)",
		Args:  cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return g.cutover(cmd, cutoverPath+"/"+args[0]+"/object", in)
		},
	}
	cmd.Flags().StringVar(&in.Reason, "reason", "", "why")
	cmd.MarkFlagRequired("reason")
	return cmd
}

// cutover posts something about a cut-over and prints it.
func (g *global) cutover(cmd *cobra.Command, path string, in any) error {
	var c desk.Cutover
	if err := g.post(cmd, path, in, &c); err != nil {
		return err
	}
	return g.print(cmd.OutOrStdout(), c, func(out io.Writer) { drawCutover(out, c) })
}

func cutoverListCommand(g *global) *cobra.Command {
	return &cobra.Command{
		Use:   "list",
		Short: "List cut-overs, the latest first",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var list desk.Cutovers
			return g.show(cmd, cutoverPath, &list, func(out io.Writer) {
				table(out, "CUTOVER | ENVIRONMENT | CASE | STATE | PREFIXES | SINCE", func(row func(...any)) {
					for _, c := range list.Cutovers {
						row(c.ID, c.Environment, c.Case, c.State, len(c.Prefixes), clock(c.Since))
					}
				})
			})
		},
	}
}

func cutoverStatusCommand(g *global) *cobra.Command {
	var until string
	var watch bool
	var timeout time.Duration
	cmd := &cobra.Command{
		Use:   "status CUTOVER",
		Short: "Show a cut-over: each prefix with what was measured, and the gate",
		Long: `Status shows which way each prefix takes now, what was lost, and for how long
its two directions took different paths.

With --wait STATE it goes on until the cut-over is in that state, or can no
longer come to it. The exit code is 0 for that state, and without --wait for
done; 1 when it ended otherwise; 5 another party or the desk moves next; 8 it is
your move; 6 --timeout has passed.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return follow(g, cmd, following[desk.Cutover]{
				watch: watch, timeout: timeout,
				look: func(ctx context.Context, from *client.Client) (c desk.Cutover, err error) {
					err = from.Desk(ctx, "GET", cutoverPath+"/"+args[0], nil, &c)
					return c, err
				},
				over: func(c desk.Cutover) bool {
					return c.State.Ended() || string(c.State) == until || until == "" && !watch
				},
				draw: drawCutover,
				exit: func(c desk.Cutover, me demarc.Party) error { return cutoverExit(c, until, me) },
			})
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&watch, "watch", false, "show it again whenever it changes")
	flags.StringVar(&until, "wait", "", "end when it is in this state")
	flags.DurationVar(&timeout, "timeout", 0, "end in any case after this long")
	return cmd
}

func cutoverExit(c desk.Cutover, until string, me demarc.Party) error {
	switch {
	case string(c.State) == until, c.State == demarc.CutoverDone && until == "":
		return nil
	case c.State.Ended():
		return exitError(1)
	case cutoverMove(c) == me:
		return exitError(exitYours)
	}
	return exitError(exitTheirs)
}

// cutoverMove is whose move it is; empty for the desk's.
func cutoverMove(c desk.Cutover) demarc.Party {
	switch {
	case c.State == demarc.CutoverPlanned && c.CustomerAgreed.IsZero():
		return demarc.Customer
	case c.State == demarc.CutoverPlanned:
		return demarc.Platform
	}
	if i := slices.IndexFunc(c.Gate, func(s desk.Step) bool { return !s.Done }); i >= 0 {
		return c.Gate[i].Party
	}
	return ""
}

// drawCutover is the page of a cut-over.
func drawCutover(out io.Writer, c desk.Cutover) {
	fmt.Fprintf(out, "%s  %s  %s -> %s  %s since %s\n", c.ID, c.Environment, c.Gateway, c.TransitGateway, c.State, clock(c.Since))
	if c.Why != "" {
		fmt.Fprintf(out, "%s%s\n", indent, wrap(c.Why, terminalWidth(out)-len(indent), "\n"+indent))
	}
	if c.RollbackMilliseconds > 0 {
		fmt.Fprintf(out, "%sthe rollback took %.1f s\n", indent, seconds(c.RollbackMilliseconds))
	}
	fmt.Fprintln(out)
	table(out, "PREFIX | PROBE | PATH | OUT BY | IN BY | ANSWERS | SENT | LOST | SILENT s | TWO PATHS s | REHEARSAL", func(row func(...any)) {
		for _, p := range c.Prefixes {
			row(p.Prefix, p.Probe, p.State, dash(p.Out), dash(p.In), map[bool]string{true: "yes", false: "no"}[p.Answers], p.Sent, p.Lost,
				fmt.Sprintf("%.2f", seconds(p.SilentMilliseconds)), fmt.Sprintf("%.2f", seconds(p.AsymmetricMilliseconds)), dash(p.Rehearsal))
		}
	})
	fmt.Fprintf(out, "\nTerms: %d min of packets both ways, %d min of hosted interfaces without any, told %d h before; %d d of silence count as a signature\n",
		c.Terms.StableMinutes, c.Terms.IdleMinutes, c.Terms.NoticeHours, c.Terms.SilenceDays)
	if c.There != nil {
		drawHands(out, *c.There)
	}
	if len(c.Interfaces) > 0 {
		fmt.Fprintln(out)
		table(out, "HOSTED | VLAN | DELETED | GONE", func(row func(...any)) {
			for _, v := range c.Interfaces {
				row(v.ID, v.VLAN, clock(v.Deleted), clock(v.Gone))
			}
		})
	}
	if len(c.Gate) > 0 {
		fmt.Fprintf(out, "\nThe hosted interfaces end when all of this is done:\n")
		drawSteps(out, c.Gate)
	}
	if next := cutoverNext(c); next != "" {
		fmt.Fprintf(out, "\nNext: %s\n", next)
	}
}

// drawHands shows the parties' machines.
func drawHands(out io.Writer, t desk.CutoverThere) {
	var apps []string
	for _, app := range []netip.Addr{t.App, t.App6} {
		if app.IsValid() {
			apps = append(apps, app.String())
		}
	}
	fmt.Fprintf(out, "Echoes are asked for of %s; two paths for at most %d s\n\n", strings.Join(apps, " and "), t.ApartSeconds)
	table(out, "MACHINE | HEARD | DONE | TROUBLE", func(row func(...any)) {
		for i, h := range []desk.CutoverHand{t.Customer, t.Platform} {
			row([]demarc.Party{demarc.Customer, demarc.Platform}[i], clock(h.Heard), map[bool]string{true: "yes", false: "no"}[h.Done], dash(h.Trouble))
		}
	})
}

// cutoverNext is the command that brings it on.
func cutoverNext(c desk.Cutover) string {
	switch {
	case c.State == demarc.CutoverPlanned && c.CustomerAgreed.IsZero():
		return "the customer: demarc cutover agree " + string(c.ID)
	case c.State == demarc.CutoverPlanned && c.PlatformAgreed.IsZero():
		return "the platform: demarc cutover agree " + string(c.ID)
	case c.State == demarc.CutoverPlanned && c.Rehearsed.IsZero():
		return "demarc cutover rehearse " + string(c.ID)
	case c.State == demarc.CutoverPlanned:
		return "demarc cutover start " + string(c.ID)
	case c.State == demarc.CutoverCarrying:
		return "the customer: demarc cutover sign " + string(c.ID) + "; either party may still: demarc cutover rollback " + string(c.ID)
	}
	return ""
}

func seconds(milliseconds int64) float64 { return float64(milliseconds) / 1000 }
