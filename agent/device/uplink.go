package device

import (
	"errors"
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"time"

	"demarc"
	"demarc/agent/backbone"
	"demarc/agent/linux"
	"demarc/agent/naming"
	"demarc/agent/router"
	"demarc/agent/speaker"
	"demarc/bgp"
	"demarc/intent"
)

// uplinkHold is offered to the routers of an uplink: customers hear of one that
// fell silent within ten seconds, and a busy one is given two keepalives more.
const uplinkHold = 9 * time.Second

// An uplink is the public network's cable to the routers of its operator, which
// are strangers: BGP there is external, and they have one session for each
// family.
type uplink struct {
	want     *intent.Uplink          // nil: to be removed
	sessions map[netip.Addr]*session // by the router's address
}

// neighbours are the sessions in order of the routers; none without an uplink.
func (u *uplink) neighbours() []*session {
	if u == nil {
		return nil
	}
	return slices.SortedFunc(func(yield func(*session) bool) {
		for _, s := range u.sessions {
			if !yield(s) {
				return
			}
		}
	}, func(a, b *session) int { return a.peer.Remote.Addr().Compare(b.peer.Remote.Addr()) })
}

// hasUplink reports whether there is a way to the public network. Called with
// mu held.
func (d *Device) hasUplink() bool {
	gw := d.gateways[intent.PublicNetwork]
	return gw != nil && gw.uplink != nil && gw.uplink.want != nil
}

// adoptUplink gives the public network the uplink that it should have. Called
// with mu held.
func (d *Device) adoptUplink(gw *gateway) {
	var want *intent.Uplink
	if gw.want.Public != nil {
		want = gw.want.Public.Uplink
	}
	if want == nil && gw.uplink == nil || gw.uplink != nil && reflect.DeepEqual(gw.uplink.want, want) {
		return
	}
	if gw.uplink == nil {
		gw.uplink = &uplink{sessions: map[netip.Addr]*session{}}
	}
	gw.uplink.want = want
	d.adoptRouters(gw)
	d.work.Mark(uplinkUnit(gw.want.ID))
	d.work.Mark(d.vifsOf(gw.want.ID)...) // whether they may speak hangs on it
}

// adoptRouters gives the uplink a session for each router that it should have.
func (d *Device) adoptRouters(gw *gateway) {
	kept := map[netip.Addr]*session{}
	if gw.uplink.want != nil {
		for _, r := range gw.uplink.want.Routers {
			s := gw.uplink.sessions[r.Remote.Addr()]
			if s == nil || s.peer.Local != r.Local || s.peer.Remote != r.Remote {
				s = d.uplinkSession(gw.want.ID, r)
			}
			s.peer.PeerASN = gw.uplink.want.ASN
			kept[r.Remote.Addr()] = s
		}
	}
	for addr, s := range gw.uplink.sessions {
		if kept[addr] != s {
			d.end(s, "the router was removed")
			if d.sessions[s.key] == s {
				delete(d.sessions, s.key)
			}
		}
	}
	gw.uplink.sessions = kept
}

// uplinkSession makes the session with a router. Called with mu held.
func (d *Device) uplinkSession(id demarc.GatewayID, r intent.UplinkRouter) *session {
	return d.newSession(&session{
		key: string(id) + "/" + r.Remote.Addr().String(), gateway: id,
		peer: intent.Peer{LocalASN: demarc.PublicASN, Local: r.Local, Remote: r.Remote},
		hop:  router.Hop{Link: naming.PublicUplink, Gateway: r.Remote.Addr()},
	}, d.config.Instance.Gateway(d.config.Node, id))
}

// endUplink ends what is spoken over an uplink, if there is one. Called with mu
// held.
func (d *Device) endUplink(gw *gateway, why string) {
	for _, s := range gw.uplink.neighbours() {
		d.end(s, why)
		delete(d.sessions, s.key)
	}
}

// An uplinkPlan is what is needed to make the uplink right.
type uplinkPlan struct {
	uplink    intent.Uplink
	made      int
	namespace string
}

// doUplink makes the uplink and its sessions right.
func (d *Device) doUplink(id demarc.GatewayID) error {
	plan, wanted, gone := d.planUplink(id)
	switch {
	case wanted:
		place, err := d.plugUplink(id, plan)
		if errors.Is(err, errNoGateway) {
			return nil
		}
		if err != nil {
			return err
		}
		return d.speakUplink(id, place)
	case gone:
		return d.removeUplink(id)
	}
	return nil
}

func (d *Device) planUplink(id demarc.GatewayID) (plan uplinkPlan, wanted, gone bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	gw := d.gateways[id]
	if gw == nil || gw.want == nil || gw.uplink == nil {
		return plan, false, false
	}
	if gw.uplink.want == nil {
		return plan, false, true
	}
	return uplinkPlan{*gw.uplink.want, gw.made, d.config.Instance.Gateway(d.config.Node, id)}, true, false
}

// plugUplink makes the link, both ends of it. What comes in by it has to come
// from the public network: others' packets, and so the rest of the internet, go
// no further.
func (d *Device) plugUplink(id demarc.GatewayID, plan uplinkPlan) (router.Place, error) {
	near, err := d.openGateway(id)
	if err != nil {
		return router.Place{}, err
	}
	defer near.Close()
	jack := plan.uplink.Jack
	far, err := linux.OpenNamespace(d.config.Instance.Namespace(jack.Namespace))
	if err != nil {
		return router.Place{}, fmt.Errorf("plug the uplink to the public network into %s: %w", jack.Namespace, err)
	}
	defer far.Close()
	if err := linux.EnsureSources(near, publicSources, naming.PublicUplink); err != nil {
		return router.Place{}, err
	}
	ours := linux.End{Namespace: near, Name: naming.PublicUplink}
	theirs := linux.End{Namespace: far, Name: jack.Interface}
	for _, r := range plan.uplink.Routers {
		six := r.Local.Addr().Is6()
		ours.Addresses, ours.LinkLocal = append(ours.Addresses, r.Local), ours.LinkLocal || six
		theirs.Addresses, theirs.LinkLocal = append(theirs.Addresses, r.Remote), theirs.LinkLocal || six
	}
	if err := linux.EnsureVeth(ours, theirs); err != nil {
		return router.Place{}, err
	}
	state, _, err := linux.LinkState(near, naming.PublicUplink)
	return router.Place{Name: plan.namespace, Link: state.Index, Made: plan.made}, err
}

// speakUplink gives the uplink's sessions to the speaker.
func (d *Device) speakUplink(id demarc.GatewayID, place router.Place) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	gw := d.gateways[id]
	if gw == nil || gw.want == nil || gw.uplink == nil || gw.uplink.want == nil {
		return nil
	}
	var errs []error
	for _, s := range gw.uplink.neighbours() {
		errs = append(errs, d.begin(s, d.routerPeer(id, s, place)))
	}
	return errors.Join(errs...)
}

// routerPeer is what the speaker is told of a router on the uplink. Called with
// mu held.
func (d *Device) routerPeer(id demarc.GatewayID, s *session, place router.Place) speaker.Peer {
	config := bgp.Config{
		LocalASN: uint32(s.peer.LocalASN), PeerASN: uint32(s.peer.PeerASN), RouterID: d.want.RouterID,
		LocalAddr: s.peer.Local.Addr(), PeerAddr: s.peer.Remote.Addr(),
		HoldTime: uplinkHold, RestartTime: backbone.RestartTime,
	}
	if s.family() == bgp.IPv6 {
		config.IPv6.Enabled = true
	} else {
		config.IPv4.Enabled = true
	}
	return speaker.Peer{
		Namespace: place, Session: config, TTL: 1, BindDevice: naming.PublicUplink,
		Gateway: string(id), Restarting: s.restarting,
	}
}

func (d *Device) removeUplink(id demarc.GatewayID) error {
	if err := d.cut(id, naming.PublicUplink); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if gw := d.gateways[id]; gw != nil && gw.uplink != nil && gw.uplink.want == nil {
		gw.uplink = nil
		d.markGateway(id)
	}
	return nil
}
