package desk

import (
	"cmp"
	"time"

	"demarc"
	room "demarc/desk"
	"demarc/intent"
	"demarc/store"
)

// Order reads a request.
func (in LinkRequest) Order() room.Request {
	req := room.Request{
		Environment: in.Environment, Topology: in.Topology, Resiliency: in.Resiliency,
		Prefixes: in.Prefixes, DefaultRoute: in.DefaultRoute, Probe: in.Probe, DrainLossy: in.DrainLossy, GoLive: in.GoLive,
	}
	for _, l := range in.Legs {
		req.Legs = append(req.Legs, room.LegRequest{
			Location: l.Location, Bandwidth: l.Bandwidth, Device: l.Device, VLAN: l.VLAN, ASN: l.CustomerASN,
			AmazonAddress: l.AmazonAddress, CustomerAddress: l.CustomerAddress, MTU: l.MTU, BFD: l.BFD,
		})
	}
	if in.Router != nil {
		req.Router = demarc.RouterChoice(*in.Router)
	}
	for _, contact := range in.Contacts {
		req.Contacts = append(req.Contacts, demarc.Contact(contact))
	}
	return req
}

func (c call) preflight(in LinkRequest) (Preflight, error) {
	view, err := c.read()
	if err != nil {
		return Preflight{}, err
	}
	found, err := room.Preflight(view, c.by.ID, in.Order(), c.now)
	if err != nil {
		return Preflight{}, err
	}
	notes, err := room.Notes(view, c.by.ID, in.Order())
	if err != nil {
		return Preflight{}, err
	}
	return Preflight{Ready: len(found) == 0, Findings: describeAll(found), Notes: describeAll(notes)}, nil
}

func (c call) requestLink(in LinkRequest) (Link, error) {
	var link demarc.Link
	err := c.write(func(tx *store.Tx) (err error) {
		link, err = room.RequestLink(tx, c.by.ID, in.Order(), c.now)
		return err
	})
	if err != nil {
		return Link{}, err
	}
	return c.show(c.Store.Local(), link), nil
}

func (c call) links() (Links, error) {
	view, err := c.read()
	if err != nil {
		return Links{}, err
	}
	out := Links{Links: []Link{}}
	for _, link := range room.Links(view, c.by.ID) {
		shown := c.show(view, link)
		shown.Steps = nil
		out.Links = append(out.Links, shown)
	}
	return out, nil
}

func (c call) link() (Link, error) {
	view, err := c.read()
	if err != nil {
		return Link{}, err
	}
	link, err := room.Link(view, c.by.ID, demarc.LinkID(c.request.PathValue("id")))
	if err != nil {
		return Link{}, err
	}
	return c.show(view, link), nil
}

func showLeg(l room.LegStanding) Leg {
	return Leg{
		ID: l.Wanted.ID, Location: l.Wanted.Location, Bandwidth: l.Wanted.Bandwidth, Connection: l.Connection.ID, Port: l.Connection.Port,
		VirtualInterface: l.Interface.ID, State: l.Interface.State, VLAN: int(cmp.Or(l.Interface.VLAN, l.Wanted.VLAN)),
		CustomerASN: l.Wanted.ASN, AmazonAddress: l.Wanted.AmazonAddress, CustomerAddress: l.Wanted.CustomerAddress, MTU: l.Wanted.MTU,
		Session: l.Session, Accepted: l.Accepted, Prefixes: showPrefixes(l.Prefixes), Line: showLine(l.Echo), Tag: l.Tag, Hosted: l.Hosted,
	}
}

func showLine(e *intent.EchoSeen) *Line {
	if e == nil {
		return nil
	}
	out := &Line{Verdict: e.Verdict, Percent: e.Percent}
	if e.Ways != nil {
		out.In, out.Out = &e.Ways.In, &e.Ways.Out
	}
	if e.IsDrained() {
		out.Drained = &e.Drained
	}
	return out
}

func showPrefixes(uses []room.PrefixUse) []PrefixUse {
	out := []PrefixUse{}
	for _, u := range uses {
		shown := PrefixUse{Family: u.Family, Received: u.Received, Limit: u.Limit, Code: u.Code}
		if u.Code != "" {
			shown.Aggregate, shown.AggregateIsWider = u.Aggregate, u.AggregateIsWider
			for _, p := range u.Newest {
				shown.Newest = append(shown.Newest, NewPrefix(p))
			}
		}
		out = append(out, shown)
	}
	return out
}

// show is a link as it travels, with its steps at the call's time.
func (c call) show(r store.Reader, link demarc.Link) Link {
	return c.showLink(r, link, room.Legs(r, link, c.now), room.Steps(r, link, c.now))
}

func (c call) showLink(r store.Reader, link demarc.Link, legs []room.LegStanding, steps []demarc.Step) Link {
	env, _ := store.Environments.Get(r, link.Environment)
	out := Link{
		ID: link.ID, Environment: link.Environment, Customer: link.Customer, Topology: link.Topology,
		Resiliency: link.Resiliency, Prefixes: append([]string{}, link.Prefixes...), DefaultRoute: link.DefaultRoute, Probe: link.Probe, DrainLossy: link.DrainLossy, Created: link.Created,
		Elsewhere: showElsewhere(env.Elsewhere), AsOf: c.now,
	}
	if link.Router != (demarc.RouterChoice{}) {
		router := Router(link.Router)
		out.Router = &router
	}
	for _, contact := range link.Contacts {
		out.Contacts = append(out.Contacts, Contact(contact))
	}
	if !link.GoLive.IsZero() {
		out.GoLive = link.GoLive.Format(time.DateOnly)
	}
	for _, e := range link.Endings {
		shown := Ending{Case: e.Case, Whole: e.Whole, By: e.By, Granted: e.Granted, Due: e.Due, Told: e.Told, Ended: e.Ended, Cause: e.Cause, Reason: e.Reason}
		for _, of := range e.Legs {
			shown.Legs = append(shown.Legs, of.Leg)
		}
		if out.Endings = append(out.Endings, shown); link.Over() && e.Whole {
			out.Ended = e.Ended
		}
	}
	for _, leg := range legs {
		out.Legs = append(out.Legs, showLeg(leg))
	}
	for _, s := range steps {
		out.Steps = append(out.Steps, Step(s))
	}
	if next, waiting := room.WhoseMove(steps); waiting {
		step := Step(next)
		out.Next = &step
	}
	return out
}
