package vpchost

import (
	"context"
	"net/netip"

	"demarc"
	"demarc/agent/linux"
	"demarc/intent"
)

// A network is a namespace of this host that gateways on devices teach: a
// VPC's, or that of a transit route table. Its id is also its kind.
type network struct {
	id      string
	wanted  bool             // false: to be removed
	made    int              // how often this process made its namespace
	links   map[string]*link // to devices, by name in its namespace
	unwatch func()           // ends the watch of its links; nil if there is none
}

func newNetwork(id string) network { return network{id: id, links: map[string]*link{}} }

// A line is what a backbone link should be: to a gateway on a device.
type line struct {
	gateway intent.VPCGateway
	device  intent.DevicePeer
	told    []netip.Prefix // what the gateway hears of the network
}

// network finds a VPC or a transit route table; nil if there is none. Called
// with mu held.
func (h *Host) network(id string) *network {
	if v := h.vpcs[demarc.VPCID(id)]; v != nil {
		return &v.network
	}
	if t := h.tables[demarc.TransitRouteTableID(id)]; t != nil {
		return &t.network
	}
	return nil
}

func (h *Host) namespace(id string) string { return h.config.Instance.Network(h.config.Node, id) }

// adoptLinks gives the network a backbone link for each line, by name. Called
// with mu held.
func (h *Host) adoptLinks(n *network, wanted map[string]line) {
	n.wanted = true
	kept := map[string]*link{}
	for name, want := range wanted {
		l := n.links[name]
		if l == nil {
			l = &link{session: h.newSession(n.id, name)}
		}
		l.line = want
		kept[name] = l
	}
	for name, l := range n.links {
		if kept[name] == nil {
			h.end(l.session, "the gateway left the device")
			delete(h.sessions, l.session.key)
		}
	}
	n.links = kept
}

// watch follows the links of a network's namespace, above all those that others
// plug into it. A namespace that was made anew is another one.
func (h *Host) watch(ctx context.Context, id string, n *linux.Namespace, fresh bool) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	net := h.network(id)
	if net == nil || net.unwatch != nil && !fresh {
		return nil
	}
	if net.unwatch != nil {
		net.unwatch()
	}
	watching, unwatch := context.WithCancel(ctx)
	events, err := linux.WatchLinks(watching, n)
	if err != nil {
		unwatch()
		return err
	}
	if fresh {
		net.made++
		h.work.Mark(h.parts(id)...)
		if v := h.vpcs[demarc.VPCID(id)]; v != nil && v.want != nil && v.want.InternetGateway != nil {
			h.work.Mark(internetUnit(v.want.InternetGateway.ID))
		}
	}
	net.unwatch = unwatch
	h.watches.Go(func() {
		for range events {
			h.linksChanged(id)
		}
	})
	return nil
}

// linksChanged looks at the links to others again, and at the routes, which the
// kernel drops when their link goes down.
func (h *Host) linksChanged(id string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, u := range h.parts(id) {
		if u.kind != cableKind {
			h.work.Mark(u)
		}
	}
	if h.network(id) != nil {
		h.work.Mark(routesUnit(id))
	}
}

// endNetwork ends all that runs in a network that is removed. Called with mu
// held.
func (h *Host) endNetwork(n *network, why string) {
	for _, l := range n.links {
		h.end(l.session, why)
		delete(h.sessions, l.session.key)
	}
	if n.unwatch != nil {
		n.unwatch()
		n.unwatch = nil
	}
}
