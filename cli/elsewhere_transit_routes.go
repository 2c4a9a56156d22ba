package cli

import (
	"context"
	"fmt"
	"net/netip"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"demarc"
	"demarc/client"
)

func transitRoutes(g *global) *cobra.Command {
	var direct string
	var back, atOnce bool
	cmd := &cobra.Command{
		Use: "routes CASE", Short: "Lead the way to the Transit Gateway, each party on its side",
		Long: `Routes is the last step of each side. The customer's looks whether the Transit
Gateway reaches the case's prefixes and they reach the environment, and has its
Direct Connect gateway advertise the environment where --direct-connect-gateway
names one. What else is missing is in the customer's own network.

The platform's writes the prefixes into the VPC's route tables, which moves what
goes to them at once. As long as hosted interfaces carry them, that is unmeasured,
and has to be said: --at-once. With --back it takes those routes out again.`,
	}
	flags := cmd.Flags()
	flags.StringVar(&direct, "direct-connect-gateway", "", "of yours, to associate with the Transit Gateway and to advertise the environment (customer)")
	flags.BoolVar(&atOnce, "at-once", false, "move what hosted interfaces carry, unmeasured (platform)")
	flags.BoolVar(&back, "back", false, "take the routes out again (platform)")
	return g.hubCommand(cmd, func(ctx context.Context, e *hubErrand, timeout time.Duration) error {
		seen, err := e.lookAfter(ctx, "share-accept", "attach", "attach-accept")
		switch {
		case err != nil && !back:
			return err
		case e.of.Transit.Party == demarc.Customer:
			return e.advertise(ctx, seen, direct, timeout)
		case back:
			if err := e.unmoved(ctx); err != nil {
				return err
			}
			return e.unlead(ctx, seen)
		}
		if err := e.unmoved(ctx); err != nil {
			return err
		}
		if err := e.needs("customer-routes"); err != nil {
			return err
		}
		if n := len(seen.Interfaces); n > 0 && !atOnce && e.needs("platform-routes") != nil {
			return &client.Refusal{
				Code: "E-TRANSIT-CARRIED", Message: fmt.Sprintf("%d hosted interfaces lead to environment %s, and writing the routes moves what they carry, unmeasured", n, e.of.Environment),
				Fix: "Say --at-once, in a window that the customer knows of; --back takes it back", Fixer: string(demarc.Platform),
			}
		}
		for _, table := range seen.Tables {
			for _, p := range e.quest.Prefixes {
				if slices.Contains(table.Routes, client.Route{Prefix: p, Target: seen.Gateway.ID}) {
					continue
				}
				if err := e.there.Lead(ctx, table.ID, p, seen.Gateway.ID); err != nil {
					return fmt.Errorf("lead %s in %s: %w", p, table.ID, err)
				}
			}
		}
		return e.settle(ctx, timeout, "platform-routes")
	})
}

// unmoved refuses to write routes beside a cut-over, whose they are.
func (e *hubErrand) unmoved(ctx context.Context) error {
	c, found, err := moving(ctx, e.desk, e.of.Environment)
	if err != nil || !found {
		return err
	}
	return &client.Refusal{
		Code: "E-LOCKED", Message: fmt.Sprintf("cut-over %s of environment %s is %s, and the routes are its own to write", c.ID, c.Environment, c.State),
		Fix: "Finish it, put it back or cancel it first: demarc cutover status " + string(c.ID), Fixer: string(demarc.Platform),
	}
}

// advertise has the customer's Direct Connect gateway advertise the environment,
// and waits until the way is there.
func (e *hubErrand) advertise(ctx context.Context, seen client.TransitSightings, direct string, timeout time.Duration) error {
	if direct != "" {
		var have *client.Association
		for i := range seen.Associations {
			if seen.Associations[i].DirectConnectGateway == direct {
				have = &seen.Associations[i]
			}
		}
		missing := slices.DeleteFunc(e.quest.AskedRanges(), func(p netip.Prefix) bool {
			return have != nil && slices.ContainsFunc(have.Allowed, func(a netip.Prefix) bool { return a.Bits() <= p.Bits() && a.Contains(p.Addr()) })
		})
		if len(missing) > 0 {
			if err := e.there.Associate(ctx, direct, seen.Gateway.ID, missing, have); err != nil {
				return err
			}
		}
	}
	return e.settle(ctx, timeout, "customer-routes")
}

// unlead takes out what leads to the Transit Gateway.
func (e *hubErrand) unlead(ctx context.Context, seen client.TransitSightings) error {
	for _, table := range seen.Tables {
		for _, r := range table.Routes {
			if r.Target != e.quest.Gateway || !slices.Contains(e.quest.Prefixes, r.Prefix) {
				continue
			}
			if err := e.there.Unlead(ctx, table.ID, r.Prefix); err != nil {
				return fmt.Errorf("take %s out of %s: %w", r.Prefix, table.ID, err)
			}
		}
	}
	return e.tell(ctx)
}
