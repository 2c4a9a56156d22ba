package vpchost

import (
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"time"

	"demarc/agent/backbone"
	"demarc/agent/linux"
	"demarc/agent/rib"
	"demarc/agent/router"
	"demarc/agent/speaker"
	"demarc/bgp"
	"demarc/intent"
)

// A link leads to a gateway's presence on one device.
type link struct {
	line
	session *session
}

// A session is the iBGP session on a backbone link. Guarded by Host.mu.
type session struct {
	key     string     // the speaker's
	network string     // its id
	hop     router.Hop // where its routes lead
	in      rib.In
	// restarting: the kernel had the namespace when the process started.
	restarting bool
	running    bool // the speaker has it
}

// newSession makes the session of a backbone link, which inherits what the
// kernel routes to it. Called with mu held.
func (h *Host) newSession(id, name string) *session {
	s := &session{
		key: id + "/" + name, network: id,
		hop: router.Hop{Link: name, Gateway: backbone.CustomerSide.Addr()},
	}
	routes, restarting := h.found[h.namespace(id)]
	s.restarting = restarting
	if prefixes := routes.Via(s.hop); len(prefixes) > 0 {
		s.in.Inherit(prefixes, h.started.Add(backbone.RestartTime))
	}
	h.sessions[s.key] = s
	return s
}

// doBackbone makes the host's end of a link where that is its own, and has the
// session run as long as the link is there.
func (h *Host) doBackbone(id, name string) error {
	tunnel, wanted := h.planBackbone(id, name)
	if !wanted {
		return nil
	}
	index, err := h.span(id, name, tunnel)
	if err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	n := h.network(id)
	if n == nil || !n.wanted || n.links[name] == nil {
		return nil
	}
	l := n.links[name]
	if index == 0 {
		h.end(l.session, "the device has not made the link")
		return nil
	}
	place := router.Place{Name: h.namespace(id), Link: index, Made: n.made}
	return h.begin(l, backbone.Session{
		Gateway: l.gateway.ID, Place: place, Link: name, Local: backbone.NetworkSide, Remote: backbone.CustomerSide,
		ASN: l.gateway.ASN, RouterID: h.want.RouterID, Passive: true, Far: tunnel.VNI != 0, Restarting: l.session.restarting,
	}.Peer())
}

func (h *Host) planBackbone(id, name string) (tunnel intent.Tunnel, wanted bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := h.network(id)
	if n == nil || !n.wanted || n.links[name] == nil {
		return tunnel, false
	}
	return n.links[name].device.Tunnel, true
}

// span returns the index of the link; 0 while it is not there.
func (h *Host) span(id, name string, tunnel intent.Tunnel) (int, error) {
	n, err := linux.OpenNamespace(h.namespace(id))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer n.Close()
	return backbone.Span(n, backbone.Link{
		Near:   backbone.Side{Namespace: h.namespace(id), Link: name, Address: backbone.NetworkSide},
		Tunnel: tunnel, Waits: true,
	})
}

// begin has the speaker run a session and tell the gateway what it is to hear.
// A session that is running as it should be is left alone. Called with mu held.
func (h *Host) begin(l *link, peer speaker.Peer) error {
	s := l.session
	if err := h.speaker.Set(s.key, peer); err != nil {
		return err
	}
	if !s.running {
		s.running = true
		h.work.Mark(routesUnit(s.network))
	}
	for _, f := range bgp.Families() {
		routes := map[netip.Prefix]bgp.Attributes{}
		for _, p := range l.told {
			if f.Has(p) {
				routes[p] = bgp.Attributes{}
			}
		}
		if err := h.speaker.Advertise(s.key, f, routes); err != nil {
			return fmt.Errorf("advertise %v routes: %w", f, err)
		}
	}
	return nil
}

// end takes a session from the speaker, and its routes. Called with mu held.
func (h *Host) end(s *session, why string) {
	s.running = false
	h.speaker.Remove(s.key, bgp.Cease{Subcode: bgp.CeaseAdminShutdown, Text: why})
	if !s.in.Empty() {
		h.work.Mark(routesUnit(s.network))
	}
	s.in = rib.In{}
}

// learn takes what a session has to say. It is called by the speaker.
func (h *Host) learn(e speaker.Event) {
	h.mu.Lock()
	s := h.sessions[e.Key]
	if s == nil || !s.running {
		h.mu.Unlock()
		return // the last words of a session that was ended
	}
	if s.in.Take(time.Now(), e.What) {
		h.work.Mark(routesUnit(s.network))
	}
	h.mu.Unlock()
	h.config.Changed()
}

// forget drops what was inherited and not confirmed in time.
func (h *Host) forget(now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range h.sessions {
		if s.in.Tick(now) {
			h.work.Mark(routesUnit(s.network))
		}
	}
}
