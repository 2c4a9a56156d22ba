package cutover

import (
	"fmt"
	"net/netip"
	"reflect"
	"time"

	"demarc"
	"demarc/desk"
	"demarc/intent"
	"demarc/store"
)

// How long is waited for what was turned to be seen on the wire, before it is
// put back.
const (
	rehearsalPatience = 20 * time.Second
	rehearsalHolds    = time.Second
	flipPatience      = 10 * time.Second
	turnPatience      = 30 * time.Second
	verified          = 3 * time.Second
	// blind is how long nothing may be heard of the probes.
	blind = 5 * time.Second
	// backPatience is how long a rollback is watched (procedure, story S6).
	backPatience = 60 * time.Second
	// silence is how long no probe is answered before a path that carries is
	// given up for the old one.
	silence = 5 * time.Second
)

// An Act is something that was done in an account's name, in the API's words.
type Act struct {
	Account   demarc.AccountID
	Operation string
}

// A move is one transaction about a cut-over.
type move struct {
	tx  *store.Tx
	c   demarc.Cutover
	t   desk.TransitStanding
	now time.Time
	// awake is since when whoever moves has been looking: what it has not seen
	// for longer is no sign of anything.
	awake time.Time
	acts  []Act
	at    place
}

// A place is where an environment is: here, where our own edge measures and the
// desk turns what is turned, or at another Direct Connect ([there]), where each
// party's machine does.
type place interface {
	pace() pace
	// ready refuses to move what cannot be measured, or where the way is not
	// built any more, and takes up who is to be moved.
	ready() error
	// observe takes up what is so, before a move.
	observe()
	// seen is what is known of a prefix's packets.
	seen(i int) intent.ProbeSeen
	// lately reports whether enough was heard for something to be turned by it;
	// hindered says why there is no going on, empty for nothing.
	lately() bool
	hindered() string

	// lead has a prefix take the Transit Gateway from the environment, steer has
	// these take it on the way back; unlead and unsteer put back what they did.
	lead(netip.Prefix) error
	unlead(...netip.Prefix) error
	steer([]netip.Prefix) error
	unsteer() error

	rehearse() error
	carry() error
	watchRollback() error
	retire() error
}

// A pace is how long is waited in a place.
type pace struct {
	blind time.Duration // while nothing is heard of the probes
	apart time.Duration // while the two directions of a prefix take different paths
	flip  time.Duration // until a prefix is seen on its new way
	holds time.Duration // with it there, until the next one follows
	turn  time.Duration // until the way back is seen turned
}

// about is a transaction about a cut-over as it is.
func about(tx *store.Tx, c demarc.Cutover, now, awake time.Time) *move {
	m := reading(tx, c, now)
	m.tx, m.awake = tx, awake
	return m
}

// reading is a look at a cut-over, by which nothing is written.
func reading(r store.Reader, c demarc.Cutover, now time.Time) *move {
	m := &move{c: c.Clone(), t: standing(r, c), now: now}
	m.at = here{m}
	if c.There != nil {
		m.at = &there{m, hand(r, c.ID, demarc.Platform), hand(r, c.ID, demarc.Customer)}
	}
	return m
}

func (m *move) did(account demarc.AccountID, operation string) {
	m.acts = append(m.acts, Act{account, operation})
}

// enter comes to a state.
func (m *move) enter(state demarc.CutoverState) {
	m.c.State, m.c.Since = state, m.now
	if state.Ended() {
		m.c.Ended = m.now
	}
}

// Conduct makes the next move of a cut-over, if its time has come, and says
// what was done in whose name. Whoever calls has been looking since awake. It
// may be called at any time and by any number of processes.
func Conduct(tx *store.Tx, id demarc.CutoverID, now, awake time.Time) ([]Act, error) {
	c, ok := store.Cutovers.Get(tx, string(id))
	if !ok {
		return nil, nil
	}
	before := c.Clone()
	m := about(tx, c, now, awake)
	m.at.observe()
	moves := map[demarc.CutoverState]func() error{
		demarc.CutoverRehearsing: m.at.rehearse, demarc.CutoverFlipping: m.flip, demarc.CutoverVerifying: m.verify,
		demarc.CutoverCarrying: m.at.carry, demarc.CutoverRollingBack: m.at.watchRollback, demarc.CutoverRetiring: m.at.retire,
	}
	next := moves[c.State]
	if next == nil {
		return nil, nil
	}
	if err := next(); err != nil {
		return nil, fmt.Errorf("conduct cut-over %s, which is %s: %w", id, c.State, err)
	}
	if !reflect.DeepEqual(before, m.c) {
		store.Cutovers.Put(tx, m.c)
	}
	return m.acts, nil
}

// Conducted lists the cut-overs that Conduct has something to do for, and says
// whether any of them is in a hurry.
func Conducted(r store.Reader) (ids []demarc.CutoverID, hurry bool) {
	for c := range store.Cutovers.All(r) {
		if c.State != demarc.CutoverPlanned && !c.State.Ended() {
			ids = append(ids, c.ID)
			hurry = hurry || c.State.Moving()
		}
	}
	return ids, hurry
}

// waited is how long it has been since a time, as far as this process can tell:
// what is still to come was dated by a clock that was set back since.
func (m *move) waited(since time.Time) time.Duration {
	if since.Before(m.awake) || since.After(m.now) {
		since = m.awake
	}
	return m.now.Sub(since)
}

// on reports whether requests to a prefix, and answers, take a path now.
func (m *move) on(i int, path string) (out, in bool) {
	seen := m.at.seen(i)
	return !seen.Silent && seen.Out == path, !seen.Silent && seen.In == path
}

// all reports whether every probe takes a path: its requests, and its answers
// where both is said. What took the new path before the cut-over is not asked
// about the old one.
func (m *move) all(path string, both bool) bool {
	for i, p := range m.c.Prefixes {
		if p.Before && path == string(m.c.Gateway) {
			continue
		}
		if out, in := m.on(i, path); !out || both && !in {
			return false
		}
	}
	return true
}

// measure takes up what the probes have counted since the start, and says what
// of it is too much; empty for nothing.
func (m *move) measure() (why string) {
	for i := range m.c.Prefixes {
		p := &m.c.Prefixes[i]
		count := m.at.seen(i).Count.Since(p.Base)
		if count.Sent > p.Measured.Sent {
			m.c.Heard = m.now
		}
		p.Measured = count
		switch {
		case count.Silent > demarc.CutoverMostLoss:
			return fmt.Sprintf("%s was silent for %.2f s", p.Prefix, count.Silent.Seconds())
		case count.Asymmetric > m.at.pace().apart:
			return fmt.Sprintf("the two directions of %s took different paths for %.0f s", p.Prefix, count.Asymmetric.Seconds())
		}
	}
	if why := m.at.hindered(); why != "" {
		return why
	}
	if most := m.at.pace().blind; m.waited(m.c.Heard) > most {
		return "nothing was heard of the probes for " + most.String()
	}
	return ""
}

// flip turns the first prefix that is not turned, one at a time, and then the
// way back.
func (m *move) flip() error {
	if why := m.measure(); why != "" {
		m.rollBack(why)
		return nil
	}
	for i := range m.c.Prefixes {
		switch p := &m.c.Prefixes[i]; p.State {
		case demarc.PrefixOld:
			if !m.at.lately() {
				return nil
			}
			if err := m.at.lead(p.Prefix); err != nil {
				m.rollBack(err.Error())
				return nil
			}
			p.State, p.Flipped = demarc.PrefixFlipping, m.now
			return nil
		case demarc.PrefixFlipping:
			pace := m.at.pace()
			if out, _ := m.on(i, string(m.c.TransitGateway)); out && m.waited(p.Flipped) >= pace.holds {
				p.State = demarc.PrefixNew
			} else if m.waited(p.Flipped) > pace.flip {
				m.rollBack(fmt.Sprintf("%s was not seen to take %s after %s", p.Prefix, m.c.TransitGateway, pace.flip))
			}
			return nil
		}
	}
	return m.turn()
}

// turn turns the way back, and waits for answers to come by it.
func (m *move) turn() error {
	if m.c.Turned.IsZero() {
		if err := m.at.steer(halves(m.t.VPC, m.c.Prefixes)); err != nil {
			m.rollBack(err.Error())
			return nil
		}
		m.c.Turned = m.now
	}
	switch {
	case m.all(string(m.c.TransitGateway), true):
		m.enter(demarc.CutoverVerifying)
	case len(m.c.Associations) > 0 && m.waited(m.c.Turned) > m.at.pace().turn:
		m.rollBack(fmt.Sprintf("answers do not come by %s after %s: the customer's routers take no %s", m.c.TransitGateway, m.at.pace().turn, texts(halves(m.t.VPC, m.c.Prefixes))))
	}
	return nil
}

// verify waits a little for what was lost to be counted.
func (m *move) verify() error {
	if why := m.measure(); why != "" {
		m.rollBack(why)
		return nil
	}
	if m.c.Heard.Sub(m.c.Since) < verified || !m.all(string(m.c.TransitGateway), true) {
		return nil
	}
	m.enter(demarc.CutoverCarrying)
	m.c.Gate = demarc.CutoverGate{Told: []time.Time{m.now}, Due: m.now.Add(m.c.Terms.Notice())}
	return desk.TransitReady(m.tx, m.c, m.now)
}

// rollBack puts the old path back in place, all of it at once: first the way
// back, whose old routers still know the way, then the routes. What cannot be
// taken away because it is gone is no obstacle.
func (m *move) rollBack(why string) {
	unsteered := m.at.unsteer()
	var turned []netip.Prefix
	for i := range m.c.Prefixes {
		p := &m.c.Prefixes[i]
		if p.Before {
			continue
		}
		turned = append(turned, p.Prefix)
		p.State, p.Silent = demarc.PrefixOld, time.Time{}
	}
	unled := m.at.unlead(turned...)
	for _, err := range []error{unsteered, unled} {
		if err != nil {
			why += "; " + err.Error()
		}
	}
	m.enter(demarc.CutoverRollingBack)
	m.c.Why, m.c.Turned, m.c.Gate = why, time.Time{}, demarc.CutoverGate{}
	desk.TransitUnready(m.tx, m.c, m.now)
}
