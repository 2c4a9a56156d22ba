package desk

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"demarc"
	"demarc/store"
)

// departingLeg is a leg that is to end or has ended: what it ran on when that
// was agreed, and nothing else that may have come to the same place since. What
// is forgotten already is gone.
func departingLeg(r store.Reader, p *progress, wanted demarc.Leg, of demarc.EndingLeg) leg {
	l := leg{progress: p, Leg: wanted}
	var ok bool
	if l.conn, ok = store.Connections.Get(r, string(of.Connection)); !ok && of.Connection != "" {
		l.conn = demarc.Connection{ID: of.Connection, State: demarc.ConnectionDeleted}
	}
	if l.vif, ok = store.VirtualInterfaces.Get(r, string(of.Interface)); !ok && of.Interface != "" {
		l.vif = demarc.VirtualInterface{ID: of.Interface, VLAN: of.VLAN, Device: of.Device, State: demarc.VIFDeleted, Deleted: of.Gone}
	}
	l.wire = l.conn
	if l.conn.Kind == demarc.Hosted {
		l.wire = physical(r, l.conn.Parent)
	}
	l.cable, _ = store.CrossConnects.Get(r, string(l.wire.ID))
	l.port, _ = store.PortSightings.Get(r, string(l.wire.Port))
	l.seen, _ = store.VIFSightings.Get(r, string(of.Interface))
	return l
}

// staying are the legs that go on.
func (p *progress) staying() (legs []leg) {
	for _, l := range p.legs {
		if _, _, ending := p.link.EndingOf(l.ID); !ending {
			legs = append(legs, l)
		}
	}
	return legs
}

// EndSteps are those of what a case asked to end; none where it was not granted,
// or is taken back.
func EndSteps(r store.Reader, c demarc.Case, now time.Time) []demarc.Step {
	link, _ := store.Links.Get(r, string(c.Link))
	i := slices.IndexFunc(link.Endings, func(e demarc.Ending) bool { return e.Case == c.ID })
	if c.Kind != demarc.CaseTermination || i < 0 {
		return nil
	}
	return find(r, link, now).ending(r, link.Endings[i])
}

// endings are the steps of all that ends of a link.
func (p *progress) endings(r store.Reader) (steps []demarc.Step) {
	for _, e := range p.link.Endings {
		steps = append(steps, p.ending(r, e)...)
	}
	return steps
}

// ending are the steps of one end; the last is done when the desk has written
// down that nothing is left. What becomes later of a connection that its owner
// has kept is no step of it any more.
func (p *progress) ending(r store.Reader, e demarc.Ending) []demarc.Step {
	s := demarc.Step{ID: "ended", Title: "The link has ended", Party: demarc.Platform, Done: !e.Ended.IsZero(), Since: e.Ended, Evidence: "something is left"}
	if !e.Whole {
		s.Leg, s.Title = e.Legs[0].Leg, "The leg has ended"
	}
	steps := p.departing(r, e)
	if s.Done && !p.env.Away() { // there only the parties see what is left
		steps = slices.DeleteFunc(steps, func(s demarc.Step) bool { return !s.Done })
	}
	if s.Done {
		s.Evidence = "ended on " + stamp(e.Ended)
		if e.Whole {
			s.Evidence += fmt.Sprintf("; it counts no more among the %d links of the edition", p.edition.MaxLinks)
		}
	}
	return append(steps, s)
}

// departing are the steps that have to be done before something has ended.
func (p *progress) departing(r store.Reader, e demarc.Ending) []demarc.Step {
	steps := []demarc.Step{p.endAgreed(e)}
	if e.Warned() {
		steps = append(steps, p.endTold(r, e))
	}
	for _, of := range e.Legs {
		i := slices.IndexFunc(p.legs, func(l leg) bool { return l.ID == of.Leg })
		if i < 0 {
			continue
		}
		l := p.legs[i]
		if p.env.Away() {
			steps = append(steps, l.named(l.endInterfaceAway(), l.giveBackAway())...)
			continue
		}
		steps = append(steps, l.named(l.endInterface(r, e), l.endEdge(r, of), l.giveBack(r, of), l.unplug(r, of))...)
	}
	if p.link.Topology == demarc.PartnerCage {
		steps = append(steps, p.endTokens(r, e))
	}
	if e.Whole && p.link.Probe.IsValid() {
		steps = append(steps, p.endProbe(r))
	}
	if !e.Whole { // all of it is about that leg
		for i := range steps {
			steps[i].Leg = e.Legs[0].Leg
		}
	}
	return steps
}

func (p *progress) endAgreed(e demarc.Ending) demarc.Step {
	s := demarc.Step{ID: "end-agreed", Title: "Agree to the end", Party: demarc.Platform, Done: true, Since: e.Granted}
	s.Evidence = fmt.Sprintf("case %s was granted by %s on %s", e.Case, e.By, stamp(e.Granted))
	if e.Cause != "" {
		s.Evidence += fmt.Sprintf("; the platform ends it for %s: %s", e.Cause, e.Reason)
	}
	if !e.Warned() {
		s.Evidence += "; nothing was accepted, so that nobody loses anything"
	}
	return s
}

// endTold is done when it is time, or when the interfaces are gone: a
// connection's owner may delete what is on it before.
func (p *progress) endTold(r store.Reader, e demarc.Ending) demarc.Step {
	s := demarc.Step{ID: "end-told", Title: "Tell both parties twice, and in time", Party: demarc.Platform, Since: e.Granted, Deadline: e.Due}
	opens := e.Opens()
	if p.env.Away() {
		return p.endToldAway(s, e)
	}
	if opens.After(e.Due) {
		s.Deadline = opens
	}
	s.Evidence = fmt.Sprintf("told %d times; interfaces are deleted on %s, and until then %s", len(e.Told), stamp(s.Deadline), mayKeep(e, p.link.ID))
	there, gone := false, false
	for _, of := range e.Legs {
		v, _ := store.VirtualInterfaces.Get(r, string(of.Interface))
		there = there || alive(v)
		gone = gone || of.Interface != "" && !alive(v)
	}
	if s.Done = gone && !there || !opens.IsZero() && !p.now.Before(opens); s.Done {
		s.Evidence, s.Deadline = fmt.Sprintf("told %d times, first on %s", len(e.Told), stamp(e.Told[0])), time.Time{}
		if len(e.Told) < 2 {
			s.Evidence += "; nothing is left that had to wait for more"
		}
	}
	return s
}

func (l leg) endInterface(r store.Reader, e demarc.Ending) demarc.Step {
	s := demarc.Step{ID: "end-interface", Title: "Delete the virtual interface", Party: demarc.Platform, Done: !alive(l.vif), Since: e.Granted}
	switch {
	case l.vif.ID == "":
		s.Evidence = "there is none"
	case s.Done:
		s.Since = l.vif.Deleted
		s.Evidence = fmt.Sprintf("%s (VLAN %d) is %s", l.vif.ID, l.vif.VLAN, l.vif.State)
	default:
		s.Evidence = fmt.Sprintf("%s (VLAN %d) is %s; the desk deletes it when it is time, and account %s may before", l.vif.ID, l.vif.VLAN, l.vif.State, l.vif.ConnectionOwner)
		if err := locked(r, l.progress.env.Name); err != nil {
			s.Evidence = fmt.Sprintf("%s is %s: %s", l.vif.ID, l.vif.State, err)
		}
	}
	return s
}

// endEdge is done when nothing of the interface is left at the edge: its session
// has ended (Cease 6/3), its tag is free, and the environment has no route by it.
func (l leg) endEdge(r store.Reader, of demarc.EndingLeg) demarc.Step {
	s := demarc.Step{ID: "end-edge", Title: "Session ended, VLAN free, routes withdrawn", Party: demarc.Platform, Since: of.Gone}
	clinging := clings(r, l.progress.link, of)
	switch {
	case of.Interface == "":
		s.Done, s.Evidence = true, "nothing was there"
	case clinging != "":
		s.Since, s.Evidence = of.Deleted, clinging
	default:
		s.Done = true
		s.Evidence = fmt.Sprintf("the edge has nothing of %s, VLAN %d is free, and no route leads by it", of.Interface, of.VLAN)
		if !of.Deleted.IsZero() && !of.Gone.IsZero() {
			s.Evidence += fmt.Sprintf("; it took %.1f s", of.Gone.Sub(of.Deleted).Seconds())
		}
	}
	return s
}

// clings says what of an interface is still there; empty for nothing.
func clings(r store.Reader, link demarc.Link, of demarc.EndingLeg) string {
	v, there := store.VirtualInterfaces.Get(r, string(of.Interface))
	if there && !v.State.Gone() {
		return fmt.Sprintf("%s is %s", v.ID, v.State)
	}
	if _, seen := store.VIFSightings.Get(r, string(of.Interface)); seen {
		return fmt.Sprintf("device %s still reports %s", of.Device, of.Interface)
	}
	if there {
		of.Device = v.Device // it may have moved
	}
	env, _ := store.Environments.Get(r, link.Environment)
	for other := range store.VirtualInterfaces.By(r, "gateway", string(env.Gateway)) {
		if other.Device == of.Device && alive(other) {
			return "" // routes by the device may be its
		}
	}
	host, _ := store.VPCSightings.Get(r, string(env.VPC))
	for _, route := range host.Propagated {
		if route.Gateway == env.Gateway && route.Device == of.Device {
			return fmt.Sprintf("the environment still has %s by %s", route.Prefix, of.Device)
		}
	}
	return ""
}

// giveBack is done when the connection is deleted, or when its owner has another
// use for it: it is billed for it, and may keep it.
func (l leg) giveBack(r store.Reader, of demarc.EndingLeg) demarc.Step {
	s := demarc.Step{ID: "give-back", Title: "Give the connection back, or keep it for something else", Party: demarc.Customer, Since: of.Gone}
	var kept string
	s.Done, kept = l.keeps(r, of)
	s.Evidence = kept
	if !s.Done {
		s.Evidence = fmt.Sprintf("%s is %s: delete it, or tag it %s=kept", l.conn.ID, l.conn.State, LinkTag)
		if l.conn.Kind == demarc.Hosted {
			s.Evidence += fmt.Sprintf("; account %s, which offered it, may delete it too", l.conn.Partner)
		}
	}
	return s
}

// keeps reports whether nobody has to do anything about a leg's connection any
// more, and why.
func (l leg) keeps(r store.Reader, of demarc.EndingLeg) (bool, string) {
	tag, tagged := linkTag(l.conn)
	switch {
	case l.conn.ID == "":
		return true, "none was ordered"
	case l.conn.State.Gone():
		return true, fmt.Sprintf("%s is %s", l.conn.ID, l.conn.State)
	case l.conn.Owner != l.progress.link.Customer:
		return true, fmt.Sprintf("%s is of account %s, and stays", l.conn.ID, l.conn.Owner)
	case l.conn.LAG != "":
		return true, fmt.Sprintf("%s stays in %s", l.conn.ID, l.conn.LAG)
	case tagged && tag != string(l.progress.link.ID) && !strings.HasPrefix(tag, string(l.progress.link.ID)+"/"):
		return true, fmt.Sprintf("%s is kept: its tag %s says %s", l.conn.ID, LinkTag, tag)
	}
	for other := range store.VirtualInterfaces.By(r, "connection", string(l.conn.ID)) {
		if other.ID != of.Interface && !other.State.Gone() {
			return true, fmt.Sprintf("%s is kept: it carries %s", l.conn.ID, other.ID)
		}
	}
	for hosted := range store.Connections.By(r, "parent", string(l.conn.ID)) {
		if !hosted.State.Gone() {
			return true, fmt.Sprintf("%s is kept: it carries %s", l.conn.ID, hosted.ID)
		}
	}
	return false, ""
}

// unplug is the facility's: a fibre that leads nowhere is pulled. Where the
// connection was deleted before, it has an order to do so, and the port is
// nobody's until it has.
func (l leg) unplug(r store.Reader, of demarc.EndingLeg) demarc.Step {
	s := demarc.Step{ID: "unplug", Title: "Pull the cross-connect", Party: demarc.Facility, Since: l.cable.Changed}
	stays, why := l.keeps(r, of)
	switch {
	case !l.cable.Unpatch.IsZero() && l.cable.Owner == l.progress.link.Customer:
		s.Since, s.Deadline = l.cable.Unpatch, l.cable.UnpatchBy
		s.Evidence = fmt.Sprintf("%s is deleted, and %s %s is still patched to %s: demarc facility unpatch %s", l.conn.ID, l.cable.Cage.Router, l.cable.Cage.Interface, l.cable.Port, l.conn.ID)
		if l.cable.Overdue {
			s.Evidence = "overdue: " + s.Evidence
		}
	case l.cable.Connection == "" && l.conn.ID != "":
		s.Done, s.Evidence = true, "no cross-connect is ordered any more"
	case stays, !l.cable.Patched:
		s.Done, s.Evidence = true, why
		if !stays {
			s.Evidence = fmt.Sprintf("%s is not patched", l.cable.Port)
		}
	case l.conn.Kind == demarc.Hosted:
		s.Done, s.Evidence = true, "the fibre is its partner's"
	default:
		s.Evidence = fmt.Sprintf("%s %s is still patched to %s", l.cable.Cage.Router, l.cable.Cage.Interface, l.cable.Port)
	}
	return s
}

func (p *progress) endTokens(r store.Reader, e demarc.Ending) demarc.Step {
	s := demarc.Step{ID: "end-tokens", Title: "Withdraw the tokens that nobody has redeemed", Party: demarc.Platform, Done: true, Since: e.Granted, Evidence: "none can be redeemed"}
	for t := range store.LinkTokens.By(r, "link", string(p.link.ID)) {
		ends := slices.ContainsFunc(e.Legs, func(of demarc.EndingLeg) bool { return of.Leg == t.Leg })
		if ends && t.StateAt(p.now) == demarc.TokenIssued {
			s.Done, s.Evidence = false, fmt.Sprintf("token %s is good until %s", t.ID, stamp(t.Expires))
		}
	}
	return s
}

// endProbe is done when the VPC's host does not ask the link's address any more,
// or asks it for another link.
func (p *progress) endProbe(r store.Reader) demarc.Step {
	s := demarc.Step{ID: "end-probe", Title: "Stop the probe", Party: demarc.Platform}
	_, asked := Probed(r, p.env, p.link.Probe)
	for other := range store.Links.By(r, "environment", p.env.Name) {
		if other.ID != p.link.ID && other.Asked() && other.Probe == p.link.Probe {
			asked = false
		}
	}
	s.Done, s.Evidence = !asked, fmt.Sprintf("%s is asked no more for this link", p.link.Probe)
	if asked {
		s.Evidence = fmt.Sprintf("the VPC's host still asks %s", p.link.Probe)
	}
	return s
}
