package cli

import (
	"cmp"
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

func elsewhereTransit(g *global) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "transit",
		Short: "Bring your own Transit Gateway to an environment there",
		Long: `Transit takes the steps of a case of kind own-transit-gateway whose environment is
at another Direct Connect. Each party's machine makes its own calls there (RAM,
EC2, Direct Connect), and says in the case what it sees then. Each command looks
first, so that one that was broken off goes on where it was. demarc case status
CASE --as PROFILE says how far it is, and whose move comes next.`,
	}
	cmd.AddCommand(transitShare(g), transitAttach(g), transitAccept(g), transitRoutes(g))
	return cmd
}

// A hubErrand is what somebody has set out to do for a Transit Gateway there.
type hubErrand struct {
	desk  *client.Client
	there *client.Elsewhere
	of    desk.Case
	quest client.TransitQuest
}

// hubFlags are what a case about a Transit Gateway there is looked at with.
type hubFlags struct {
	placeThere
	vpc string
}

func (f *hubFlags) flags(cmd *cobra.Command) {
	f.placeThere.flags(cmd)
	cmd.Flags().StringVar(&f.vpc, "vpc", "", "the environment's VPC there (platform; default: the one that its virtual private gateway is attached to)")
}

// hub asks the desk for a case and reaches the place where its Transit Gateway
// is.
func (f hubFlags) hub(ctx context.Context, c *client.Client, id string) (e hubErrand, err error) {
	e.desk = c
	if err = c.Desk(ctx, "GET", "/desk/v1/cases/"+id, nil, &e.of); err != nil {
		return e, err
	}
	t := e.of.Transit
	if t == nil {
		return e, usageError{fmt.Errorf("%s is a case of kind %s for an environment that is here: see demarc case show %s", id, e.of.Kind, id)}
	}
	e.quest = client.TransitQuest{
		ShareName: t.ShareName, Share: e.of.Fields.ResourceShare, Gateway: cmp.Or(string(t.Gateway), string(e.of.Fields.TransitGateway)),
		Platform: string(t.Elsewhere.Account), Ranges: t.Ranges, VPC: cmp.Or(f.vpc, string(t.VPC)), Onto: t.Elsewhere.Gateway,
	}
	for _, text := range e.of.Fields.Prefixes {
		if p, err := netip.ParsePrefix(text); err == nil {
			e.quest.Prefixes = append(e.quest.Prefixes, p)
		}
	}
	if e.quest.Tags, err = tagsInto(ctx, c, e.of.Environment); err != nil {
		return e, err
	}
	e.there, err = f.reach(ctx, &t.Elsewhere)
	return e, err
}

// tagsInto are those of the legs into an environment that the caller knows of.
func tagsInto(ctx context.Context, c *client.Client, environment string) (tags []string, err error) {
	var list desk.Links
	err = c.Desk(ctx, "GET", "/desk/v1/links", nil, &list)
	for _, link := range list.Links {
		for _, l := range link.Legs {
			if link.Environment == environment {
				tags = append(tags, l.Tag, string(link.ID)+"/"+l.ID)
			}
		}
	}
	return tags, err
}

// look is what the caller sees there.
func (e hubErrand) look(ctx context.Context) (client.TransitSightings, error) {
	if e.of.Transit.Party == demarc.Platform {
		return e.there.GuestTransit(ctx, e.quest)
	}
	return e.there.OwnTransit(ctx, e.quest)
}

// follow has the desk say what that means; tell has it kept as the caller's word.
func (e *hubErrand) follow(ctx context.Context, seen client.TransitSightings) error {
	return e.hand(ctx, "/sightings", seen)
}

func (e *hubErrand) hand(ctx context.Context, path string, seen client.TransitSightings) error {
	var now desk.Case
	err := e.desk.Desk(ctx, "POST", "/desk/v1/cases/"+string(e.of.ID)+path, seen, &now)
	if err == nil {
		e.of = now
	}
	return err
}

func (e *hubErrand) tell(ctx context.Context) error {
	seen, err := e.look(ctx)
	if err == nil {
		err = e.hand(ctx, "/transit", seen)
	}
	return err
}

// lookAfter looks, and refuses to go on where a step that comes before is not
// done.
func (e *hubErrand) lookAfter(ctx context.Context, steps ...string) (seen client.TransitSightings, err error) {
	if seen, err = e.look(ctx); err == nil {
		err = e.follow(ctx, seen)
	}
	if err != nil {
		return seen, err
	}
	return seen, e.needs(steps...)
}

// needs refuses with the first of some steps that is not done.
func (e *hubErrand) needs(steps ...string) error {
	for _, s := range e.of.Steps {
		if s.Done || s.Unprovable || !slices.Contains(steps, s.ID) {
			continue
		}
		code, text := "E-TRANSIT-ORDER", s.Evidence
		if named, rest, ok := strings.Cut(s.Evidence, ": "); ok && strings.HasPrefix(named, "E-") {
			code, text = named, rest
		}
		return &client.Refusal{Code: code, Message: fmt.Sprintf("%s is not done: %s", s.Title, text), Fix: "See demarc case status " + string(e.of.ID) + " --as PROFILE", Fixer: string(s.Party)}
	}
	return nil
}

// only refuses what is another party's to do.
func (e *hubErrand) only(party demarc.Party) error {
	if e.of.Transit.Party == party {
		return nil
	}
	return &client.Refusal{Code: "E-TRANSIT-ORDER", Message: "that is the " + string(party) + "'s to do", Fix: "See demarc case status " + string(e.of.ID) + " --as PROFILE", Fixer: string(party)}
}

// settle tells the desk what is there, again and again until a step is done: what
// is asked for there takes its time.
func (e *hubErrand) settle(ctx context.Context, timeout time.Duration, step string) error {
	for end := time.Now().Add(timeout); ; {
		if err := e.tell(ctx); err != nil {
			return err
		}
		missing := e.needs(step)
		if missing == nil || !time.Now().Before(end) {
			return missing
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(min(gentle, time.Until(end))):
		}
	}
}

// hubCommand is a move in a case about a Transit Gateway there.
func (g *global) hubCommand(cmd *cobra.Command, move func(ctx context.Context, e *hubErrand, timeout time.Duration) error) *cobra.Command {
	var f hubFlags
	var timeout time.Duration
	f.flags(cmd)
	cmd.Args = cobra.ExactArgs(1)
	cmd.Flags().DurationVar(&timeout, "timeout", 2*time.Minute, "how long to wait for what was asked for to be there")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		c, err := g.connect(cmd.Context())
		if err != nil {
			return err
		}
		e, err := f.hub(cmd.Context(), c, args[0])
		if err != nil {
			return err
		}
		if err := move(cmd.Context(), &e, timeout); err != nil {
			return err
		}
		return g.print(cmd.OutOrStdout(), e.of, func(out io.Writer) { drawCase(out, e.of) })
	}
	return cmd
}

func transitShare(g *global) *cobra.Command {
	var gateway string
	cmd := &cobra.Command{
		Use: "share CASE", Short: "Share your Transit Gateway with the platform's account there (customer)",
		Long: `Share puts the Transit Gateway into a resource share that is named after the case,
and invites the platform. The name is the proof that the share is yours: the
platform takes up no other.`,
	}
	cmd.Flags().StringVar(&gateway, "transit-gateway", "", "tgw-… (default: the case's, or the only one that you have there)")
	return g.hubCommand(cmd, func(ctx context.Context, e *hubErrand, timeout time.Duration) error {
		if err := e.only(demarc.Customer); err != nil {
			return err
		}
		if gateway != "" {
			e.quest.Gateway = gateway
		}
		seen, err := e.look(ctx)
		if err != nil {
			return err
		}
		if seen.Gateway == nil {
			if e.quest.Gateway, err = e.onlyGateway(ctx); err != nil {
				return err
			}
			if seen, err = e.look(ctx); err != nil {
				return err
			}
		}
		if seen.Gateway == nil {
			return fmt.Errorf("you see no Transit Gateway %s there", e.quest.Gateway)
		}
		if err := e.follow(ctx, seen); err != nil {
			return err
		}
		if wrong := e.needs("share"); refusalCode(wrong) == "E-REGION-TGW" {
			return wrong
		}
		if err := e.there.ShareTransit(ctx, e.quest, *seen.Gateway, seen.Share); err != nil {
			return err
		}
		e.quest.Share = "" // it has its name by now
		return e.settle(ctx, timeout, "share")
	})
}

func refusalCode(err error) string {
	if refusal, ok := errors.AsType[*client.Refusal](err); ok {
		return refusal.Code
	}
	return ""
}

// onlyGateway is the one that the caller has there.
func (e *hubErrand) onlyGateway(ctx context.Context) (string, error) {
	all, err := e.there.Gateways(ctx)
	if err == nil && (len(all) != 1 || e.quest.Gateway != "") {
		err = usageError{fmt.Errorf("--transit-gateway %q: you see %d Transit Gateways there; give the id of one", e.quest.Gateway, len(all))}
	}
	if err != nil {
		return "", err
	}
	return all[0].ID, nil
}

func transitAttach(g *global) *cobra.Command {
	return g.hubCommand(&cobra.Command{
		Use: "attach CASE", Short: "Accept the share, and attach the environment's VPC (platform)",
		Long: "Attach takes up the share that is named after the case, and no other, and attaches\nthe VPC by one subnet of each zone.",
	}, func(ctx context.Context, e *hubErrand, timeout time.Duration) error {
		if err := e.only(demarc.Platform); err != nil {
			return err
		}
		seen, err := e.lookAfter(ctx, "share")
		if err != nil {
			return err
		}
		for _, p := range e.quest.AskedRanges() {
			if !slices.Contains(seen.VPC.Ranges, p) {
				return usageError{fmt.Errorf("--vpc: %s there has %v, and environment %s is %s", seen.VPC.ID, seen.VPC.Ranges, e.of.Environment, p)}
			}
		}
		if s := seen.Share; s != nil && s.Invitation != "" && s.State == "associating" {
			if err := e.there.AcceptShare(ctx, s.Invitation); err != nil {
				return err
			}
		}
		return e.attach(ctx, timeout)
	})
}

// attach attaches the VPC where it is not, for what is asked for. A Transit
// Gateway is seen some time after its share was accepted.
func (e *hubErrand) attach(ctx context.Context, timeout time.Duration) error {
	for end := time.Now().Add(timeout); ; {
		seen, err := e.lookAfter(ctx)
		if err != nil || e.needs("attach") == nil {
			return cmp.Or(err, e.tell(ctx))
		}
		made := false
		if seen.Gateway != nil && e.needs("share", "share-accept") == nil {
			made, err = e.attachOnce(ctx, seen)
		}
		switch {
		case made:
			continue
		case !time.Now().Before(end):
			return cmp.Or(err, e.needs("share", "share-accept", "attach"))
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(min(gentle, time.Until(end))):
		}
	}
}

// attachOnce makes the attachment, or has the one that there is take IPv6, and
// says whether it did. One that is being changed is left alone until it was.
func (e *hubErrand) attachOnce(ctx context.Context, seen client.TransitSightings) (made bool, err error) {
	six := e.quest.Asks(netip.Addr.Is6)
	for _, a := range seen.Attachments {
		switch {
		case a.Gateway != seen.Gateway.ID:
		case six && !a.IPv6 && a.State == "available":
			err = e.there.CarryIPv6(ctx, a.ID)
			return err == nil, err
		case slices.Contains([]string{"initiatingRequest", "initiating", "pending", "pendingAcceptance", "modifying"}, a.State):
			return false, nil
		}
	}
	_, err = e.there.AttachVPC(ctx, seen.Gateway.ID, seen.VPC.ID, six)
	return err == nil, err
}

func transitAccept(g *global) *cobra.Command {
	return g.hubCommand(&cobra.Command{
		Use: "accept CASE", Short: "Accept the attachment that the platform has named in the case (customer)",
		Long: "Accept accepts the attachment of the environment to your Transit Gateway, and no\nother. From then on there are no new private lines to the environment.",
	}, func(ctx context.Context, e *hubErrand, timeout time.Duration) error {
		if err := e.only(demarc.Customer); err != nil {
			return err
		}
		seen, err := e.lookAfter(ctx, "share", "attach")
		if err != nil {
			return err
		}
		for _, a := range seen.Attachments {
			if a.ID == string(e.of.Transit.Attachment) && a.State == "pendingAcceptance" {
				if err := e.there.AcceptAttachment(ctx, a.ID); err != nil {
					return err
				}
			}
		}
		return e.settle(ctx, timeout, "attach-accept")
	})
}
