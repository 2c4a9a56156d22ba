package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"demarc"
	"demarc/api/desk"
	"demarc/client"
)

// An acceptor is the platform's hand at another Direct Connect: it has the desk
// judge what it sees there, and does what the desk says.
type acceptor struct {
	desk    *client.Client
	there   *client.Elsewhere
	gateway string          // what the command line says, for a site that does not
	at      map[string]bool // the environments that are at this place
}

// acceptor reaches the place of the caller's environments, which must be one
// where the command line does not say.
func (g *global) acceptor(cmd *cobra.Command, p placeThere, gateway string) (a acceptor, err error) {
	if a.desk, err = g.connect(cmd.Context()); err != nil {
		return a, err
	}
	var list desk.Environments
	if err := a.desk.Desk(cmd.Context(), "GET", "/desk/v1/environments", nil, &list); err != nil {
		return a, err
	}
	var of *desk.Elsewhere
	a.gateway, a.at = gateway, map[string]bool{}
	for _, env := range list.Environments {
		e := env.Elsewhere
		if e == nil || p.at != "" && p.at != e.At || p.region != "" && p.region != string(e.Region) {
			continue
		}
		if of != nil && (of.At != e.At || of.Region != e.Region) {
			return a, usageError{errors.New("--at, --region: your environments are at several places; say at which")}
		}
		of = e
		a.at[env.Name] = true
	}
	a.there, err = p.reach(cmd.Context(), of)
	return a, err
}

// A hearingOf is desk.Hearing with what was seen as it was.
type hearingOf struct {
	Interfaces []client.Interface `json:"interfaces"`
}

func (a acceptor) hear(ctx context.Context, seen ...client.Interface) ([]desk.Ruling, error) {
	var out desk.Rulings
	for len(seen) > 0 {
		n := min(len(seen), desk.MostHeard)
		var part desk.Rulings
		if err := a.desk.Desk(ctx, "POST", "/desk/v1/platform/offers:judge", hearingOf{seen[:n]}, &part); err != nil {
			return nil, err
		}
		out.Rulings, seen = append(out.Rulings, part.Rulings...), seen[n:]
	}
	return out.Rulings, nil
}

// find is an interface as it is there now. One that the caller does not see need
// not be gone: the profile may be another account's.
func (a acceptor) find(ctx context.Context, id string) (client.Interface, error) {
	all, err := a.there.Interfaces(ctx)
	for _, v := range all {
		if v.ID == id {
			return v, nil
		}
	}
	if err == nil {
		err = fmt.Errorf("you see no interface %s there", id)
	}
	return client.Interface{}, err
}

// carryOut does what a ruling says, and tells the desk what came of it. An act
// that is refused because it was done before is none.
func (a acceptor) carryOut(ctx context.Context, r desk.Ruling) (done string, err error) {
	id := string(r.Interface)
	switch r.Verdict {
	case demarc.VerdictAccept:
		if a.gateway != "" {
			r.Gateway = a.gateway
		}
		if r.Gateway == "" {
			return "", usageError{fmt.Errorf("--gateway: the site does not say what to accept %s onto; give it", id)}
		}
		err = a.there.Accept(ctx, id, r.Gateway)
		done = fmt.Sprintf("%s is accepted onto %s", id, r.Gateway)
	case demarc.VerdictReject:
		err = a.there.DeleteInterface(ctx, id)
		done = fmt.Sprintf("%s is deleted: %s", id, r.Reason)
	default:
		return "", nil
	}
	now, lost := a.find(ctx, id)
	if lost != nil || now.State == "confirming" {
		return "", cmp.Or(err, lost)
	}
	if _, err := a.hear(ctx, now); err != nil {
		return "", err
	}
	return done, nil
}

func elsewhereAccept(g *global) *cobra.Command {
	var gateway string
	cmd := &cobra.Command{
		Use: "accept DXVIF", Short: "Have the policy judge an interface there, and accept it if it may be (platform)", Args: cobra.ExactArgs(1),
		Long: `Accept shows the desk what you see of the interface. What the policy accepts, or a
person has agreed to in the case, is accepted there; what it rejects is deleted
there. The exit code is 0 for accepted, 3 for rejected, 5 where the customer has
to ask first, and 8 where a person of yours decides.`,
	}
	place := placeFlags(cmd)
	cmd.Flags().StringVar(&gateway, "gateway", "", "virtual private gateway (vgw-…) or Direct Connect gateway there (default: the environment's)")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		a, err := g.acceptor(cmd, *place, gateway)
		if err != nil {
			return err
		}
		seen, err := a.find(cmd.Context(), args[0])
		if err != nil {
			return err
		}
		rulings, err := a.hear(cmd.Context(), seen)
		if err != nil || len(rulings) != 1 {
			return err
		}
		done, err := a.carryOut(cmd.Context(), rulings[0])
		if err != nil {
			return err
		}
		if err := g.print(cmd.OutOrStdout(), rulings[0], func(out io.Writer) { printRuling(out, rulings[0], done) }); err != nil {
			return err
		}
		return rulingExit(rulings[0], seen)
	}
	return cmd
}

func printRuling(out io.Writer, r desk.Ruling, done string) {
	switch r.Verdict {
	case demarc.VerdictQueue:
		fmt.Fprintf(out, "%s waits for a person%s: %s\n%sdemarc case show %s; demarc case accept %s; then accept it here\n", r.Interface, fourEyes(r.FourEyes), r.Reason, indent, r.Case, r.Case)
	case "":
		fmt.Fprintf(out, "%s is left as it is: %s\n", r.Interface, r.Reason)
	default:
		fmt.Fprintln(out, done)
	}
}

func rulingExit(r desk.Ruling, seen client.Interface) error {
	switch {
	case r.Verdict == demarc.VerdictReject:
		return exitError(exitRefused)
	case r.Verdict == demarc.VerdictQueue:
		return exitError(exitYours)
	case r.Verdict == "" && seen.State == "confirming":
		return exitError(exitTheirs)
	}
	return nil
}

func elsewhereWatch(g *global) *cobra.Command {
	var every time.Duration
	cmd := &cobra.Command{
		Use: "watch", Short: "Say to the desk what changes there; accept and test what may be (customer, platform), until Ctrl-C", Args: cobra.NoArgs,
		Long: `Watch hands in what you see of your links there whenever that changes: that a
session, an interface or a connection went down, or came up, is told by notices as
your word. One thing is told of at once, and not again for a minute.

For a platform watch does demarc elsewhere accept for each interface there that
waits for you and that a case asks for, and demarc elsewhere drill for each drill
that is granted, again and again. What a person is to decide it leaves to demarc
case accept and approve, and carries out after that.`,
	}
	place := placeFlags(cmd)
	cmd.Flags().DurationVar(&every, "every", gentle, "how often to look")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		a, err := g.acceptor(cmd, *place, "")
		if err != nil {
			return err
		}
		var who desk.Account
		if err := a.desk.Desk(cmd.Context(), "GET", "/desk/v1/whoami", nil, &who); err != nil {
			return err
		}
		w := watcher{acceptor: a, every: every, out: screen{cmd.OutOrStdout()}, heard: map[string]string{}, told: map[string]string{}, platform: who.Party == demarc.Platform}
		w.lookout = lookout{desk: a.desk, at: a.at, out: w.out, said: map[string]string{}, told: map[string]string{}}
		return w.run(cmd.Context())
	}
	return cmd
}

// A watcher takes up what comes in.
type watcher struct {
	acceptor
	every    time.Duration
	out      io.Writer
	lookout  lookout
	platform bool // or else a customer, for whom there is nothing to accept
	// heard is what was judged of each interface, and by what: as long as that
	// has not changed there is nothing to judge.
	heard   map[string]string
	cleared time.Time         // when everything was judged last, heard or not
	told    map[string]string // what was printed last of each interface
}

// rehear is how often everything is judged again: a new policy may say
// otherwise.
const rehear = 30 * time.Second

func (w *watcher) run(ctx context.Context) error {
	trouble := ""
	for {
		if err := w.round(ctx); err == nil || ctx.Err() != nil {
			trouble = ""
		} else if text := err.Error(); text != trouble { // one that stays is told once
			fmt.Fprintln(screen{os.Stderr}, "demarc:", text)
			trouble = text
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(w.every):
		}
	}
}

// round looks once, tells the desk of it, and makes the platform's moves.
func (w *watcher) round(ctx context.Context) error {
	if !w.platform {
		seen, err := w.there.SeeAll(ctx)
		if err != nil {
			return err
		}
		return w.lookout.keep(ctx, seen)
	}
	all, err := w.there.Interfaces(ctx)
	if err != nil {
		return err
	}
	return errors.Join(w.lookout.keep(ctx, client.Sightings{Interfaces: all}), w.moves(ctx, all))
}

// moves judges what waits there, and what a case asks for that waits no longer.
func (w *watcher) moves(ctx context.Context, all []client.Interface) error {
	var cases desk.Cases
	if err := w.desk.Desk(ctx, "GET", "/desk/v1/cases", nil, &cases); err != nil {
		return err
	}
	asked, rejected := map[string]string{}, map[string]bool{} // by interface: how cases about it stand
	for _, c := range cases.Cases {
		if c.Offer == nil || !w.at[c.Environment] {
			continue
		}
		id := string(c.Offer.Interface)
		if rejected[id] = rejected[id] || c.State == demarc.CaseRejected; !c.State.Ended() {
			asked[id] += fmt.Sprint(" ", c.ID, c.State, c.Offer.Granted)
		}
	}
	if time.Since(w.cleared) > rehear {
		clear(w.heard)
		w.cleared = time.Now()
	}
	var seen []client.Interface
	for _, v := range all {
		left := rejected[v.ID] && v.State == "confirming" // not deleted yet
		if why := fmt.Sprint(v, asked[v.ID]); (asked[v.ID] != "" || left) && w.heard[v.ID] != why {
			seen = append(seen, v)
			w.heard[v.ID] = why
		}
	}
	rulings, err := w.hear(ctx, seen...)
	if err != nil {
		clear(w.heard)
		return err
	}
	failed := []error{w.drills(ctx, cases.Cases, all)} // one that fails keeps none from its turn
	for _, r := range rulings {
		if err := w.tell(ctx, r); err != nil {
			failed = append(failed, err)
			if !client.IsRefusalThere(err) {
				delete(w.heard, string(r.Interface))
			}
		}
	}
	return errors.Join(failed...)
}

// tell carries a ruling out and says so, once.
func (w *watcher) tell(ctx context.Context, r desk.Ruling) error {
	done, err := w.carryOut(ctx, r)
	if err != nil {
		return err
	}
	var text strings.Builder
	if printRuling(&text, r, done); w.told[string(r.Interface)] != text.String() {
		w.told[string(r.Interface)] = text.String()
		_, err = io.WriteString(w.out, text.String())
	}
	return err
}
