package desk

import (
	"demarc"
	room "demarc/desk"
	"demarc/store"
)

// order reads a request; the bandwidth is text so that a wrong one is refused
// by the name of its field.
func (in LinkRequest) order() (room.Request, error) {
	bandwidth, err := demarc.ParseBandwidth(in.Bandwidth)
	if err != nil {
		return room.Request{}, demarc.Errorf(demarc.Invalid, "%v", err).Coded("E-BANDWIDTH", "Write a number and a unit, such as 1Gbps").In("bandwidth")
	}
	return room.Request{
		Environment: in.Environment,
		Topology:    in.Topology,
		Location:    in.Location,
		Bandwidth:   bandwidth,
		Prefixes:    in.Prefixes,
	}, nil
}

func (c call) preflight(in LinkRequest) (Preflight, error) {
	req, err := in.order()
	if err != nil {
		return Preflight{}, err
	}
	view, err := c.read()
	if err != nil {
		return Preflight{}, err
	}
	found, err := room.Preflight(view, c.by.ID, req)
	if err != nil {
		return Preflight{}, err
	}
	out := Preflight{Ready: len(found) == 0, Findings: []Refusal{}}
	for _, f := range found {
		out.Findings = append(out.Findings, describe(f))
	}
	return out, nil
}

func (c call) requestLink(in LinkRequest) (Link, error) {
	req, err := in.order()
	if err != nil {
		return Link{}, err
	}
	var link demarc.Link
	err = c.write(func(tx *store.Tx) (err error) {
		link, err = room.RequestLink(tx, c.by.ID, req, c.now)
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

// show is a link as it travels, with its steps at the call's time.
func (c call) show(r store.Reader, link demarc.Link) Link {
	out := Link{
		ID: link.ID, Environment: link.Environment, Customer: link.Customer, Topology: link.Topology,
		Location: link.Location, Bandwidth: link.Bandwidth, Prefixes: append([]string{}, link.Prefixes...), Created: link.Created,
	}
	steps := room.Steps(r, link, c.now)
	for _, s := range steps {
		out.Steps = append(out.Steps, Step(s))
	}
	if next, waiting := room.WhoseMove(steps); waiting {
		step := Step(next)
		out.Next = &step
	}
	return out
}
