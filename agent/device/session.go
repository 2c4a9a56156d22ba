package device

import (
	"cmp"
	"errors"
	"net/netip"
	"time"

	"demarc"
	"demarc/agent/backbone"
	"demarc/agent/naming"
	"demarc/agent/rib"
	"demarc/agent/router"
	"demarc/agent/speaker"
	"demarc/bgp"
	"demarc/intent"
	"demarc/internal/sparing"
)

// Direct Connect's hold time, and how long a session rests whose customer sent
// too many prefixes: long enough not to be a burden, short enough for an
// engineer who has just corrected a filter. An attempt that fails again moves no
// route, so it need not be rare.
const (
	holdTime      = 90 * time.Second
	overLimitRest = 20 * time.Second
)

// testRunning is what a session is held down for without another reason.
const testRunning = "a failover test is running"

// lastWords is how long a VIF's deletion waits for its customer's router to
// hear of it; the way there and back takes less.
const lastWords = 200 * time.Millisecond

// A session is one BGP session and what it has taught. Guarded by Device.mu.
type session struct {
	key     string // the speaker's
	vif     demarc.VirtualInterfaceID
	gateway demarc.GatewayID // of a backbone session; else empty
	peer    intent.Peer      // of a VIF's
	hop     router.Hop       // where its routes lead, in its namespace
	in      rib.In
	// restarting: the kernel had its namespace when the process started.
	restarting bool
	// told: it was told once what we have, so End-of-RIB may follow from then on.
	told bool
	// off is why the speaker does not have it; empty if it has.
	off      string
	offSince time.Time
	// release is when the session may come up that is held down, though nobody
	// has said so; zero for not before.
	release time.Time
	history history
	peerID  netip.Addr
	// elsewhere says that its neighbour is in another Region ([farEnd]).
	elsewhere bool
	// What was advertised last, and since when; what was refused, and why.
	advertised map[netip.Prefix]rib.Route
	refused    map[netip.Prefix]string
	voice      sparing.Voice // of refused prefixes
	// overrun is there while its customer sends too many prefixes; trial is when
	// an attempt that has come up has passed, zero while it rests.
	overrun *intent.OverrunSeen
	trial   time.Time
}

// customerSession makes the session of a peer. Called with mu held.
func (d *Device) customerSession(v *intent.VIF, want intent.Peer) *session {
	return d.newSession(&session{
		key: string(v.ID) + "/" + string(want.ID), vif: v.ID, peer: want,
		hop: router.Hop{Link: naming.VIFCustomer, Gateway: want.Remote.Addr()},
	}, d.config.Instance.VIF(d.config.Node, v.ID))
}

// backboneSession makes the session of a backbone link. Called with mu held.
func (d *Device) backboneSession(id demarc.GatewayID, want farEnd) *session {
	return d.newSession(&session{
		key: string(id) + "/" + want.near.Link, gateway: id,
		hop: router.Hop{Link: want.near.Link, Gateway: want.far.Address.Addr()},
	}, want.near.Namespace)
}

// newSession lets a session inherit what the kernel routes to its peer.
func (d *Device) newSession(s *session, namespace string) *session {
	s.off, s.offSince = "not started yet", time.Now()
	routes, restarting := d.found[namespace]
	s.restarting = restarting
	if prefixes := routes.Via(s.hop); len(prefixes) > 0 {
		s.in.Inherit(prefixes, d.started.Add(backbone.RestartTime))
	}
	d.sessions[s.key] = s
	return s
}

// speak gives the VIF's sessions to the speaker, or takes away those that are
// held down.
func (d *Device) speak(id demarc.VirtualInterfaceID) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	v := d.vifs[id]
	if v == nil || v.want == nil {
		return nil
	}
	var errs []error
	for _, s := range v.sessions {
		if why := d.held(v, s); why != "" {
			d.end(s, why)
			errs = append(errs, d.holdBFD(v, s))
			continue
		}
		errs = append(errs, d.begin(s, d.customerPeer(v, s)), d.beginBFD(v, s))
	}
	return errors.Join(errs...)
}

// held says why a session may not run now; empty if it may. A router does not
// wait for the hold timer when the light goes out. Called with mu held.
func (d *Device) held(v *vif, s *session) string {
	switch {
	case !d.lit(v):
		return "the port has no carrier"
	case s.shut(time.Now()):
		return cmp.Or(s.peer.Why, testRunning)
	case v.want.Public() && !d.hasUplink():
		return "the device has no uplink to the public network"
	}
	return ""
}

// releaseAfter is how much longer a session is held down when control does not
// say that it is over: so where control is there, it is the one that does.
const releaseAfter = 5 * time.Second

// become takes what is wanted of the session. Until when it is held down goes by
// this process's own count: clocks of machines differ, and jump.
func (s *session) become(now time.Time, want intent.Peer) {
	switch {
	case !want.Shut || want.ShutFor == 0:
		s.release = time.Time{}
	case !s.peer.Shut || s.peer.ShutFor != want.ShutFor || s.peer.Why != want.Why || s.release.IsZero():
		s.release = now.Add(want.ShutFor + releaseAfter)
	}
	s.peer = want
}

// recount counts anew how long sessions are held down, since control is there and
// says that they are: by now it may be for another test. Called with mu held.
func (d *Device) recount(now time.Time) {
	for _, s := range d.sessions {
		if s.shut(now) && !s.release.IsZero() {
			s.release = now.Add(s.peer.ShutFor + releaseAfter)
		}
	}
}

// shut reports whether the session is held down by its peer's intent.
func (s *session) shut(now time.Time) bool {
	return s.peer.Shut && (s.release.IsZero() || now.Before(s.release))
}

// releaseDue has sessions looked at whose time of being held down is over though
// control has not said so. Called with mu held.
func (d *Device) releaseDue(now time.Time, s *session) {
	if s.peer.Shut && !s.shut(now) && s.off != "" && s.off == cmp.Or(s.peer.Why, testRunning) {
		d.log.Warn("a session is held down no longer, though control has not said so", "vif", string(s.vif), "peer", s.peer.Remote.Addr(), "was", s.off)
		d.work.Mark(vifUnit(s.vif))
	}
}

// customerPeer is what the speaker is told of a customer's session.
func (d *Device) customerPeer(v *vif, s *session) speaker.Peer {
	config := bgp.Config{
		LocalASN: uint32(s.peer.LocalASN), PeerASN: uint32(s.peer.PeerASN),
		RouterID:  d.want.RouterID,
		LocalAddr: s.peer.Local.Addr(), PeerAddr: s.peer.Remote.Addr(),
		HoldTime: holdTime, IdleHold: overLimitRest, RestartTime: backbone.RestartTime,
	}
	family := bgp.FamilyConfig{Enabled: true, MaxPrefixes: s.peer.PrefixLimit}
	if s.family() == bgp.IPv6 {
		config.IPv6 = family
	} else {
		config.IPv4 = family
	}
	return speaker.Peer{
		Namespace: v.place, Session: config, Key: speaker.Key(s.peer.Key.Reveal()),
		TTL: 1, BindDevice: naming.VIFCustomer, VIF: string(s.vif), Restarting: s.restarting,
	}
}

// family is the only one a customer's session carries (Direct Connect has one
// session for each).
func (s *session) family() bgp.Family {
	if s.peer.Remote.Addr().Is6() {
		return bgp.IPv6
	}
	return bgp.IPv4
}

// speakBackbone gives a backbone link's session to the speaker.
func (d *Device) speakBackbone(id demarc.GatewayID, plan backbonePlan, place router.Place) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	gw := d.gateways[id]
	near, far := plan.far.near, plan.far.far
	if gw == nil || gw.links[near.Link] == nil || gw.links[near.Link].want == nil {
		return nil
	}
	s := gw.links[near.Link].session
	return d.begin(s, backbone.Session{
		Gateway: id, Place: place, Link: near.Link, Local: near.Address, Remote: far.Address,
		ASN: plan.asn, RouterID: plan.routerID, Passive: plan.far.second, Restarting: s.restarting,
		// Nobody looks at the carrier of a link between devices.
		Far: plan.far.tunnel.VNI != 0 || plan.far.site,
	}.Peer())
}

// begin has the speaker run a session. A session that is running as it should
// be is left alone. Called with mu held.
func (d *Device) begin(s *session, peer speaker.Peer) error {
	if err := d.speaker.Set(s.key, peer); err != nil {
		return err
	}
	if s.off != "" {
		s.off = ""
		d.markSession(s)
	}
	return nil
}

// end takes a session that may be back from the speaker, and its routes; gone is
// closed when the peer has been told. Called with mu held.
func (d *Device) end(s *session, why string) (gone <-chan struct{}) {
	return d.endWith(s, why, bgp.Cease{Subcode: bgp.CeaseAdminShutdown, Text: why})
}

func (d *Device) endWith(s *session, why string, last bgp.Cease) (gone <-chan struct{}) {
	if s.off != why {
		s.off, s.offSince = why, time.Now()
	}
	gone = d.speaker.Remove(s.key, last)
	if !s.in.Empty() {
		s.in = rib.In{}
		d.markSession(s)
	}
	s.in, s.advertised, s.refused, s.trial = rib.In{}, nil, nil, time.Time{}
	s.history.ended(time.Now(), why)
	d.relist(s)
	return gone
}

// endVIF ends all sessions of a VIF that goes. It waits a little until the
// customer has been told, since the line goes next: a router that was not told
// holds on to the dead session, and refuses the one that follows it.
func (d *Device) endVIF(id demarc.VirtualInterfaceID) { await(d.endSessions(id)) }

// await waits until all peers have been told, but not long.
func await(gone []<-chan struct{}) {
	patience := time.After(lastWords)
	for _, told := range gone {
		select {
		case <-told:
		case <-patience:
			return
		}
	}
}

// leaving are the sessions of a VIF that were taken out since it was asked.
func (d *Device) leaving(id demarc.VirtualInterfaceID) (gone []<-chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if v := d.vifs[id]; v != nil {
		gone, v.leaving = v.leaving, nil
	}
	return gone
}

func (d *Device) endSessions(id demarc.VirtualInterfaceID) (gone []<-chan struct{}) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, s := range d.vifs[id].sessions {
		gone = append(gone, d.endBoth(s, "the virtual interface was deleted"))
		delete(d.sessions, s.key)
	}
	return gone
}

// learn takes what a session has to say. It is called by the speaker.
func (d *Device) learn(e speaker.Event) {
	d.mu.Lock()
	s := d.sessions[e.Key]
	if s == nil || s.off != "" {
		d.mu.Unlock()
		return // the last words of a session that was ended
	}
	d.touchOf(s)
	if up, ok := e.What.(bgp.Up); ok {
		s.peerID = up.Negotiated.PeerID
	}
	changed := s.follow(time.Now(), e.What)
	if s.in.Take(time.Now(), e.What) || changed {
		d.markSession(s)
		if _, lost := e.What.(bgp.Down); lost {
			d.rushSession(s)
		}
	}
	news := e.What != nil
	if e.Status != nil && (s.overrun == nil || e.Status.State != bgp.Established) {
		news = s.history.follow(time.Now(), *e.Status) || news
		d.relist(s) // what was advertised counts while the session is up
	}
	if changed && s.overrun == nil {
		d.passed(s)
	}
	d.mu.Unlock()
	if news {
		d.config.Changed()
	}
}

// forget drops what was inherited and not confirmed in time.
func (d *Device) forget(now time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, s := range d.sessions {
		d.releaseDue(now, s)
		if s.in.Tick(now) {
			d.markSession(s)
		}
		if s.overrun != nil && !s.trial.IsZero() && !now.Before(s.trial) {
			s.overrun, s.trial = nil, time.Time{}
			d.passed(s)
			d.markSession(s)
			d.config.Changed()
		}
	}
}

// rushSession puts the routes of the gateway of a customer's session that was
// lost before all other work: when a port fails, a thousand interfaces have
// routes to remove, but it is the gateway's that traffic still follows. Called
// with mu held.
func (d *Device) rushSession(s *session) {
	if v := d.vifs[s.vif]; v != nil && v.want != nil {
		d.work.Rush(gatewaysRoutes(v.want)...)
	}
}

// markSession marks the routes that depend on what the session taught. Called
// with mu held.
func (d *Device) markSession(s *session) {
	d.relist(s)
	if s.gateway != "" {
		d.markGateway(s.gateway)
		return
	}
	if v := d.vifs[s.vif]; v != nil && v.want != nil {
		d.work.Mark(vifRoutes(s.vif))
		d.work.Mark(gatewaysRoutes(v.want)...)
	}
}
