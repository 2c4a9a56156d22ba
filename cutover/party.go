package cutover

import (
	"fmt"
	"strings"
	"time"

	"demarc"
	"demarc/store"
)

// rehearsalLasts is how long a rehearsal says something about the real thing.
const rehearsalLasts = 24 * time.Hour

// Agree is the other party's word to a plan. Agreeing twice is not an error.
func Agree(tx *store.Tx, by demarc.AccountID, id demarc.CutoverID, now time.Time) (demarc.Cutover, error) {
	return planned(tx, by, id, func(c *demarc.Cutover) error {
		*c = agreed(*c, by, now)
		return nil
	})
}

// Cancel ends a plan for either party. At another Direct Connect it also ends one
// whose machine there has not put its part back in time: what is left there the
// row says, and that machine takes it away when it comes back.
func Cancel(tx *store.Tx, by demarc.AccountID, id demarc.CutoverID, now time.Time) (demarc.Cutover, error) {
	if c, err := Get(tx, by, id); err == nil && c.There != nil && c.There.Late && !c.State.Ended() {
		c.State, c.Since, c.Ended = demarc.CutoverCancelled, now, now
		store.Cutovers.Put(tx, c)
		return c, nil
	}
	return planned(tx, by, id, func(c *demarc.Cutover) error {
		c.State, c.Since, c.Ended = demarc.CutoverCancelled, now, now
		return nil
	})
}

// Rehearse has the probes' own addresses take the new path both ways for a few
// seconds, and nothing else.
func Rehearse(tx *store.Tx, by demarc.AccountID, id demarc.CutoverID, now time.Time) (demarc.Cutover, error) {
	return planned(tx, by, id, func(c *demarc.Cutover) error {
		if err := wanted(*c); err != nil {
			return err
		}
		if err := readied(tx, c, now); err != nil {
			return err
		}
		c.State, c.Since, c.Heard, c.Why, c.Rehearsed = demarc.CutoverRehearsing, now, now, "", time.Time{}
		for i := range c.Prefixes {
			c.Prefixes[i].Rehearsal = ""
		}
		return nil
	})
}

// Start begins the real thing, which [Conduct] carries on with.
func Start(tx *store.Tx, by demarc.AccountID, id demarc.CutoverID, now time.Time) (demarc.Cutover, error) {
	return planned(tx, by, id, func(c *demarc.Cutover) error {
		if err := wanted(*c); err != nil {
			return err
		}
		if c.Rehearsed.IsZero() || now.Sub(c.Rehearsed) > rehearsalLasts {
			text := fmt.Sprintf("cut-over %s was not rehearsed well in the last %s", c.ID, rehearsalLasts)
			if c.Why != "" {
				text += ": " + c.Why
			}
			return demarc.Errorf(demarc.Conflict, "%s", text).Coded("E-CUTOVER-REHEARSAL", "demarc cutover rehearse "+string(c.ID))
		}
		if err := readied(tx, c, now); err != nil {
			return err
		}
		c.State, c.Since, c.Heard, c.Why = demarc.CutoverFlipping, now, now, ""
		m := about(tx, *c, now, now)
		for i := range c.Prefixes {
			c.Prefixes[i].Base, c.Prefixes[i].Measured = m.at.seen(i).Count, demarc.CutoverCount{}
		}
		return nil
	})
}

// Rollback puts everything back for either party, as long as the hosted
// interfaces are there, and says what was done in whose name.
func Rollback(tx *store.Tx, by demarc.AccountID, id demarc.CutoverID, now time.Time) (demarc.Cutover, []Act, error) {
	c, err := Get(tx, by, id)
	if err != nil {
		return c, nil, err
	}
	if !c.State.MayRollBack() {
		return c, nil, inState(c, "nothing can be put back")
	}
	m := about(tx, c, now, now)
	m.rollBack("asked for by account " + string(by))
	store.Cutovers.Put(tx, m.c)
	return m.c, m.acts, nil
}

// SignOff is the customer's agreement to the end of its hosted interfaces.
func SignOff(tx *store.Tx, by demarc.AccountID, id demarc.CutoverID, now time.Time) (demarc.Cutover, error) {
	return asCustomer(tx, by, id, func(c *demarc.Cutover) error {
		c.Gate.SignedOff, c.Gate.Objection = now, ""
		return nil
	})
}

// Object is the customer's word against it. It holds until the customer signs
// off, whatever time passes.
func Object(tx *store.Tx, by demarc.AccountID, id demarc.CutoverID, reason string) (demarc.Cutover, error) {
	return asCustomer(tx, by, id, func(c *demarc.Cutover) error {
		if reason = strings.TrimSpace(reason); reason == "" || len(reason) > 1000 {
			return demarc.Errorf(demarc.Invalid, "a reason has 1 to 1000 characters").Coded("E-CUTOVER-REASON", "Say why").In("reason")
		}
		c.Gate.SignedOff, c.Gate.Objection = time.Time{}, reason
		return nil
	})
}

// planned changes a cut-over that has not begun.
func planned(tx *store.Tx, by demarc.AccountID, id demarc.CutoverID, change func(*demarc.Cutover) error) (demarc.Cutover, error) {
	c, err := Get(tx, by, id)
	if err != nil {
		return c, err
	}
	if c.State != demarc.CutoverPlanned {
		return c, inState(c, "it is planned no longer")
	}
	if err := change(&c); err != nil {
		return c, err
	}
	store.Cutovers.Put(tx, c)
	return c, nil
}

// asCustomer changes the customer's say in a cut-over whose new path carries.
func asCustomer(tx *store.Tx, by demarc.AccountID, id demarc.CutoverID, change func(*demarc.Cutover) error) (demarc.Cutover, error) {
	c, err := Get(tx, by, id)
	switch {
	case err != nil:
		return c, err
	case c.Customer != by:
		return c, demarc.Errorf(demarc.Denied, "cut-over %s is of account %s, and this is its customer's word", c.ID, c.Customer).
			Coded("E-NOT-CUSTOMER", "Let the customer say it").By(demarc.Customer)
	case c.State != demarc.CutoverCarrying:
		return c, inState(c, "there is nothing to agree to")
	}
	if err := change(&c); err != nil {
		return c, err
	}
	store.Cutovers.Put(tx, c)
	return c, nil
}

func inState(c demarc.Cutover, so string) error {
	return demarc.Errorf(demarc.Conflict, "cut-over %s is %s, and %s", c.ID, c.State, so).
		Coded("E-CUTOVER-STATE", "See demarc cutover status "+string(c.ID))
}

// wanted refuses what one party alone has agreed to.
func wanted(c demarc.Cutover) error {
	missing := demarc.Customer
	switch {
	case c.CustomerAgreed.IsZero():
	case c.PlatformAgreed.IsZero():
		missing = demarc.Platform
	default:
		return nil
	}
	return demarc.Errorf(demarc.Conflict, "the %s has not agreed to cut-over %s", missing, c.ID).
		Coded("E-CUTOVER-AGREED", "demarc cutover agree "+string(c.ID)).By(missing)
}

// readied refuses to move what is not ready.
func readied(tx *store.Tx, c *demarc.Cutover, now time.Time) error {
	m := about(tx, *c, now, now)
	if err := m.at.ready(); err != nil {
		return err
	}
	*c = m.c
	return nil
}

func (m here) ready() error {
	of, _ := store.Cases.Get(m.tx, string(m.c.Case))
	if err := built(m.tx, of, m.now); err != nil {
		return err
	}
	for _, p := range m.c.Prefixes {
		seen, ok := m.t.Seen.ProbeOf(p.Probe)
		switch {
		case !ok || seen.Trouble != "" || seen.Count.Answered == 0 && seen.Count.Lost == 0:
			return demarc.Errorf(demarc.Conflict, "%s is not probed yet %s", p.Probe, seen.Trouble).Coded("E-CUTOVER-BLIND", "Wait a few seconds; if it stays, look at the VPC's host").By(demarc.Platform)
		case seen.Silent || seen.Out == "":
			return demarc.Errorf(demarc.Conflict, "%s does not answer echo requests from the environment", p.Probe).
				Coded("E-CUTOVER-PROBE", "Let it answer, or plan with another address in "+p.Prefix.String()).In("probes").By(demarc.Customer)
		}
	}
	return nil
}
