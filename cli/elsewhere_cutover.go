package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"demarc"
	"demarc/api/desk"
	"demarc/client"
)

func elsewhereCutover(g *global) *cobra.Command {
	var f hubFlags
	var rate int
	cmd := &cobra.Command{
		Use: "cutover CUTOVER", Short: "Be your party's hand in a cut-over there: turn what the desk wants, and measure (customer, platform)", Args: cobra.ExactArgs(1),
		Long: `Cutover asks the desk what is wanted of you in a cut-over, does just that there,
looks whether it is so, and says what it sees, until the cut-over is over. Both
parties leave it running: nothing is turned otherwise. It may be killed and begun
again at any time; what it has turned stays so meanwhile.

The platform's writes prefixes into the VPC's route tables, and takes them out. The
customer's adds allowed prefixes to the association of its Direct Connect gateway,
and takes them away; and it asks the address in the environment, of the same family,
for echoes from an address in each prefix, which this machine must have. Amazon's
end of a line, which answers on the way in, tells which line the requests take; the
TTL that answers have left tells by which way they come.`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if rate < 5 || rate > 1000 {
				return usageError{fmt.Errorf("--rate %d: expected 5 to 1000 echo requests a second from each address", rate)}
			}
			c, err := g.connect(cmd.Context())
			if err != nil {
				return err
			}
			return newConductor(c, f, args[0], rate, cmd.OutOrStdout()).run(cmd.Context())
		},
	}
	f.flags(cmd)
	cmd.Flags().IntVar(&rate, "rate", 100, "echo requests a second from each address, 5 to 1000; over 500 needs root with most pings (customer)")
	return cmd
}

// How often a conductor speaks with the desk, and looks at the other service,
// which counts requests, while something is turned and while nothing is.
const (
	speakHurry = 250 * time.Millisecond
	speakRest  = time.Second
	lookRest   = 10 * time.Second
	// troubled is how long something may fail before it is the desk's to know.
	troubled = 5 * time.Second
)

// A conductor is a party's hand in a cut-over there.
type conductor struct {
	desk   *client.Client
	place  hubFlags
	id     string
	rate   int
	out    io.Writer
	wanted chan struct{} // something new is wanted
	number uint64
	said   string // what was printed last

	mu      sync.Mutex // guards what follows
	orders  desk.CutoverOrders
	saw     *client.TransitSightings // not told yet
	did     int                      // what was carried out before that
	trouble string
	ends    map[netip.Addr]string
	askers  []*asker
}

func newConductor(c *client.Client, place hubFlags, id string, rate int, out io.Writer) *conductor {
	return &conductor{desk: c, place: place, id: id, rate: rate, out: out, wanted: make(chan struct{}, 1)}
}

// run lasts until the cut-over is over, another machine has taken over, or ctx
// ends.
func (c *conductor) run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	var all sync.WaitGroup
	defer all.Wait()
	defer stop()
	if err := c.begin(ctx); err != nil {
		return err
	}
	e, err := c.place.hub(ctx, c.desk, string(c.orders.Case))
	if err != nil {
		return err
	}
	for _, from := range c.orders.Probes {
		a := &asker{from: from, to: appFor(c.orders, from), interval: time.Second / time.Duration(c.rate), ends: c.amazons, hurry: c.hurry}
		c.askers = append(c.askers, a)
		all.Go(func() { a.run(ctx) })
	}
	all.Go(func() { c.work(ctx, e) })
	return c.speak(ctx)
}

// appFor is what is asked for echoes from an address: one of its family.
func appFor(orders desk.CutoverOrders, from netip.Addr) netip.Addr {
	if from.Is4() {
		return orders.App
	}
	return orders.App6
}

// begin asks the desk for a term, until it answers.
func (c *conductor) begin(ctx context.Context) error {
	for {
		err := c.tell(ctx, client.CutoverWord{})
		if err == nil || client.IsRefusal(err) || ctx.Err() != nil {
			return err
		}
		fmt.Fprintln(screen{os.Stderr}, "demarc:", err)
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(speakRest):
		}
	}
}

func (c *conductor) tell(ctx context.Context, word client.CutoverWord) error {
	ctx, cancel := context.WithTimeout(ctx, troubled)
	defer cancel()
	var orders desk.CutoverOrders
	if err := c.desk.Desk(ctx, "POST", cutoverPath+"/"+c.id+"/hand", word, &orders); err != nil {
		return err
	}
	c.mu.Lock()
	news := orders.Revision != c.orders.Revision || len(orders.Delete) != len(c.orders.Delete) || len(orders.Routes) != len(c.orders.Routes)
	c.orders = orders
	c.mu.Unlock()
	if news {
		select {
		case c.wanted <- struct{}{}:
		default:
		}
	}
	if is := string(orders.State); is != c.said {
		c.said = is
		fmt.Fprintf(c.out, "%s is %s\n", c.id, is)
	}
	return nil
}

// speak tells the desk what is seen and counted, again and again. A desk that
// cannot be reached changes nothing: what is turned stays so.
func (c *conductor) speak(ctx context.Context) error {
	trouble := ""
	for {
		word, saw := c.word()
		err := c.tell(ctx, word)
		switch {
		case ctx.Err() != nil:
			return nil
		case client.IsRefusal(err):
			return err
		case err == nil:
			trouble = ""
			c.told(saw)
		case err.Error() != trouble: // one that stays is told once
			trouble = err.Error()
			fmt.Fprintln(screen{os.Stderr}, "demarc:", trouble)
		}
		if orders := c.now(); err == nil && orders.Over {
			return overExit(orders.State)
		}
		pause := speakRest
		if c.hurry() {
			pause = speakHurry
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
	}
}

func overExit(state demarc.CutoverState) error {
	if state == demarc.CutoverDone {
		return nil
	}
	return exitError(1)
}

// word is the next one.
func (c *conductor) word() (client.CutoverWord, *client.TransitSightings) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.number++
	w := client.CutoverWord{Hand: c.orders.Hand, Number: c.number, Seen: c.saw, Trouble: c.trouble}
	if c.saw != nil {
		w.Revision = c.did
	}
	for _, a := range c.askers {
		counted, fault := a.counted()
		w.Echoes, w.Trouble = append(w.Echoes, counted), cmp.Or(w.Trouble, fault)
	}
	w.Trouble = w.Trouble[:min(len(w.Trouble), 500)]
	return w, c.saw
}

// told forgets what the desk has taken in, unless something was seen since.
func (c *conductor) told(saw *client.TransitSightings) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.saw == saw {
		c.saw = nil
	}
}

func (c *conductor) now() desk.CutoverOrders {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.orders
}

func (c *conductor) hurry() bool { return c.now().Hurry }

func (c *conductor) amazons() map[netip.Addr]string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.ends
}

// work looks at the other service and does what is wanted there, whenever that
// changes, and now and then to see whether it stays so.
func (c *conductor) work(ctx context.Context, e hubErrand) {
	well := time.Now()
	for ctx.Err() == nil {
		orders := c.now()
		err := c.round(ctx, e, orders)
		switch {
		case ctx.Err() != nil:
		case err == nil:
			well = time.Now()
			c.troubles(nil)
		case time.Since(well) > troubled || client.IsRefusalThere(err) && time.Since(well) > gentle:
			c.troubles(err)
		}
		pause := lookRest
		if orders.Hurry || err != nil {
			pause = gentle / 2
		}
		select {
		case <-ctx.Done():
		case <-c.wanted:
		case <-time.After(pause):
		}
	}
}

// troubles keeps for the desk why nothing is done; nil that it is. Both parties
// read that: the other service's own words stay here.
func (c *conductor) troubles(err error) {
	text := ""
	if err != nil {
		text = "the other service cannot be reached"
		if code, ok := client.WhatRefusedThere(err); ok {
			text = "the other service says " + code
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if text != "" && text != c.trouble {
		fmt.Fprintln(screen{os.Stderr}, "demarc:", err)
	}
	c.trouble = text
}

// round looks, does what is wanted, and looks again where something was done:
// what the desk is told is what is there, and not what was asked for.
func (c *conductor) round(ctx context.Context, e hubErrand, orders desk.CutoverOrders) error {
	seen, err := e.look(ctx)
	if err != nil {
		return err
	}
	did, err := c.act(ctx, e, orders, seen)
	if err != nil {
		return err
	}
	if did {
		if seen, err = e.look(ctx); err != nil {
			return err
		}
	}
	if orders.Party == demarc.Customer {
		if err := c.findEnds(ctx, e, seen); err != nil {
			return err
		}
	}
	c.mu.Lock()
	c.saw, c.did = &seen, orders.Revision
	c.mu.Unlock()
	return nil
}

// findEnds keeps Amazon's ends, with the path that each is on.
func (c *conductor) findEnds(ctx context.Context, e hubErrand, seen client.TransitSightings) error {
	ends, err := e.there.Ends(ctx)
	if err != nil {
		return err
	}
	var hosted, gateways []string
	for _, v := range seen.Interfaces {
		hosted = append(hosted, v.ID)
	}
	for _, a := range seen.Associations {
		gateways = append(gateways, a.DirectConnectGateway)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ends = pathsOf(ends, hosted, gateways)
	return nil
}

// act does what of the orders is not so, and says whether there was anything.
func (c *conductor) act(ctx context.Context, e hubErrand, orders desk.CutoverOrders, seen client.TransitSightings) (did bool, err error) {
	var failed []error
	do := func(what string, err error) {
		did, failed = true, append(failed, err)
		if err == nil {
			fmt.Fprintf(c.out, "%s %s\n", time.Now().Format("15:04:05.0"), what)
		}
	}
	if orders.Party == demarc.Customer {
		c.reallow(ctx, e, orders, seen, do)
		return did, errors.Join(failed...)
	}
	gateway := string(orders.TransitGateway)
	for _, table := range seen.Tables {
		for _, r := range orders.Routes {
			switch there := slices.Contains(table.Routes, client.Route{Prefix: r.Prefix, Target: gateway}); {
			case r.There && !there:
				do(fmt.Sprintf("%s leads %s to %s", table.ID, r.Prefix, gateway), e.there.Lead(ctx, table.ID, r.Prefix, gateway))
			case there && !r.There:
				do(fmt.Sprintf("%s no longer leads %s to %s", table.ID, r.Prefix, gateway), e.there.Unlead(ctx, table.ID, r.Prefix))
			}
		}
	}
	for _, id := range orders.Delete {
		if slices.ContainsFunc(seen.Interfaces, func(v client.Interface) bool { return v.ID == string(id) }) {
			do(fmt.Sprintf("%s is deleted", id), e.there.DeleteInterface(ctx, string(id)))
		}
	}
	return did, errors.Join(failed...)
}

// reallow changes allowed prefixes, of each association at once. One that is being
// updated is left alone until it was.
func (c *conductor) reallow(ctx context.Context, e hubErrand, orders desk.CutoverOrders, seen client.TransitSightings, do func(string, error)) {
	for _, a := range seen.Associations {
		if !slices.Contains(orders.Associations, demarc.GatewayAssociationID(a.ID)) || a.State != "associated" {
			continue
		}
		var add, remove []netip.Prefix
		for _, r := range orders.Routes {
			switch there := slices.Contains(a.Allowed, r.Prefix); {
			case r.There && !there:
				add = append(add, r.Prefix)
			case there && !r.There:
				remove = append(remove, r.Prefix)
			}
		}
		if len(add)+len(remove) > 0 {
			do(fmt.Sprintf("%s advertises %v besides, and %v no longer", a.DirectConnectGateway, add, remove), e.there.Reallow(ctx, a.ID, add, remove))
		}
	}
}

// moving is the cut-over of an environment there that is not over; false for none.
func moving(ctx context.Context, c *client.Client, environment string) (of desk.Cutover, found bool, err error) {
	var list desk.Cutovers
	err = c.Desk(ctx, "GET", cutoverPath, nil, &list)
	i := slices.IndexFunc(list.Cutovers, func(c desk.Cutover) bool { return c.Environment == environment && c.There != nil && !c.State.Ended() })
	if err != nil || i < 0 {
		return of, false, err
	}
	return list.Cutovers[i], true, nil
}

// gated refuses to end what a cut-over may still have to go back to, until its
// gate is open. A plan alone is no cut-over.
func (e errand) gated(ctx context.Context) error {
	c, found, err := moving(ctx, e.desk, e.link.Environment)
	if err != nil || !found || c.State == demarc.CutoverPlanned || c.State == demarc.CutoverRetiring {
		return err
	}
	refusal := &client.Refusal{
		Code: "E-CUTOVER-GATE", Message: fmt.Sprintf("cut-over %s of environment %s is %s, and the hosted interfaces are its way back", c.ID, c.Environment, c.State),
		Fix: "See demarc cutover status " + string(c.ID) + ": the platform's demarc elsewhere cutover deletes them when the gate is open", Fixer: string(demarc.Platform),
	}
	for _, s := range c.Gate {
		if !s.Done {
			refusal.Message += "; " + s.Evidence
			refusal.Fixer = string(s.Party)
		}
	}
	return refusal
}
