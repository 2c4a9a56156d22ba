package device

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"maps"
	"net/netip"
	"slices"
	"time"

	"demarc"
	"demarc/agent/backbone"
	"demarc/agent/naming"
	"demarc/agent/rib"
	"demarc/agent/router"
	"demarc/bgp"
	"demarc/intent"
	"demarc/route"
)

// An announcement is what one session is to be told of each family.
type announcement struct {
	session *session
	routes  map[bgp.Family]map[netip.Prefix]bgp.Attributes
}

// doVIFRoutes makes the routes of a VIF's namespace right: to the customer
// what it announces, to the gateway what that leads to, which is also what the
// customer is told.
func (d *Device) doVIFRoutes(id demarc.VirtualInterfaceID) error {
	routes, tell, ok := d.planVIFRoutes(id)
	if !ok {
		return nil
	}
	err := router.ApplyTo(d.config.Instance.VIF(d.config.Node, id), routes)
	return errors.Join(err, d.announce(tell))
}

func (d *Device) planVIFRoutes(id demarc.VirtualInterfaceID) (routes router.Routes, tell []announcement, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	v := d.vifs[id]
	if v == nil || v.want == nil || !v.wired {
		return nil, nil, false
	}
	gw := d.gateways[v.want.Gateway]
	if gw == nil || gw.want == nil {
		return nil, nil, false
	}
	routes = make(router.Routes, v.taught())
	for _, s := range v.sessions {
		d.judge(s)
		for prefix := range s.accepted() {
			routes[prefix] = s.hop
		}
	}
	networks, complete := gw.networks()
	sites, all := d.sites(v, routes)
	for prefix := range sites {
		routes[prefix] = router.Hop{Link: naming.VIFSiteLink, Gateway: backbone.CustomerSide.Addr()}
	}
	for prefix := range networks {
		routes[prefix] = router.Hop{Link: naming.VIFGateway, Gateway: backbone.CustomerSide.Addr()}
	}
	for _, s := range v.sessions {
		switch {
		case s.off != "" || !s.told && !(complete && all):
		case s.overrun != nil: // whose traffic would come in and find no way back
			tell = append(tell, announcement{s, gw.originate(s.family(), nil, nil)})
		default:
			told := gw.originate(s.family(), networks, sites)
			if d.drained(v) {
				leave(told, s.peer.LocalASN)
			}
			tell = append(tell, announcement{s, told})
		}
	}
	return routes, tell, true
}

// taught is how many prefixes the customer announces.
func (v *vif) taught() (n int) {
	for _, s := range v.sessions {
		n += s.in.Len()
	}
	return n
}

// judge decides which of the session's prefixes are refused, and logs what is
// new. Called with mu held.
func (d *Device) judge(s *session) {
	refused := map[netip.Prefix]string{}
	gw := d.gateways[d.vifs[s.vif].want.Gateway]
	if gw == nil || gw.want == nil {
		return // there is no route either
	}
	for _, piece := range d.splitOf(s) {
		refused[piece] = intent.SplitRefused + ": it is a piece of a default route, which the platform's policy does not take"
	}
	for prefix := range s.in.Routes() {
		why := refuse(prefix, s.peer.Remote, gw.want.Networks, gw.want.Allowed)
		if gw.want.Public != nil {
			why = cmp.Or(d.unlisted(s, prefix), why)
		}
		if why != "" {
			refused[prefix] = why
		}
	}
	if maps.Equal(refused, s.refused) {
		return
	}
	d.logRefused(time.Now(), s, refused)
	s.refused = refused
	d.relist(s)
}

// logRefused logs what is newly refused, the first of it by name: a router can say
// it and take it back as fast as it likes. Reports have all of it. Called with mu
// held.
func (d *Device) logRefused(now time.Time, s *session, refused map[netip.Prefix]string) {
	var fresh []netip.Prefix
	for prefix, why := range refused {
		if s.refused[prefix] != why {
			fresh = append(fresh, prefix)
		}
	}
	if len(fresh) == 0 {
		return
	}
	if unsaid, speaks := s.voice.Speaks(now); speaks {
		first := slices.MinFunc(fresh, netip.Prefix.Compare)
		d.log.Info("prefixes were refused", append([]any{"vif", string(s.vif), "peer", s.peer.Remote.Addr(),
			"prefix", first, "reason", refused[first], "others", len(fresh) - 1}, unsaid...)...)
	}
}

// accepted are the customer's prefixes in use, each once; those that only the
// kernel knows of were accepted before and have the zero Route. Of a customer
// that sends too many there are none.
func (s *session) accepted() iter.Seq2[netip.Prefix, rib.Route] {
	return func(yield func(netip.Prefix, rib.Route) bool) {
		if s.overrun != nil {
			return // not before it has said all it has to say
		}
		for prefix := range s.in.Inherited() { // which no announced one is
			if !yield(prefix, rib.Route{}) {
				return
			}
		}
		for prefix, learned := range s.in.Routes() {
			if s.refused[prefix] == "" && !yield(prefix, learned) {
				return
			}
		}
	}
}

// networks are the prefixes that VPC hosts announce and the gateway allows,
// with where they lead. Complete says that no host has yet to repeat what it
// announced before a restart.
func (gw *gateway) networks() (networks router.Routes, complete bool) {
	networks, complete = router.Routes{}, true
	for _, s := range slices.Backward(gw.neighbours()) { // the first wins
		complete = complete && s.in.Complete()
		for prefix := range s.accepted() {
			if route.Allowed(prefix, gw.want.Allowed) {
				networks[prefix] = s.hop
			}
		}
	}
	return networks, complete
}

// neighbours are the sessions with what is behind the gateway, in order of
// their links.
func (gw *gateway) neighbours() (all []*session) {
	for _, name := range slices.Sorted(maps.Keys(gw.links)) {
		all = append(all, gw.links[name].session)
	}
	return append(all, gw.uplink.neighbours()...)
}

// originate tells of networks as our own: the customer sees the gateway's AS
// and nothing of what is behind it. Of sites it sees the path before the
// gateway as well.
func (gw *gateway) originate(f bgp.Family, networks router.Routes, sites map[netip.Prefix]bgp.Attributes) map[bgp.Family]map[netip.Prefix]bgp.Attributes {
	routes := map[netip.Prefix]bgp.Attributes{}
	for prefix, attributes := range sites {
		if f.Has(prefix) {
			routes[prefix] = attributes
		}
	}
	for prefix := range networks {
		switch {
		case !f.Has(prefix):
		case gw.want.Public != nil:
			routes[prefix] = publicAttributes(prefix, gw.want.Public.Prefixes)
		default:
			routes[prefix] = bgp.Attributes{}
		}
	}
	return map[bgp.Family]map[netip.Prefix]bgp.Attributes{f: routes}
}

// doGatewayRoutes makes the routes of a gateway's namespace right, and tells
// the VPC hosts the best of what customers announce.
func (d *Device) doGatewayRoutes(id demarc.GatewayID) error {
	routes, tell, ok := d.planGatewayRoutes(id)
	if !ok {
		return nil
	}
	err := router.ApplyTo(d.config.Instance.Gateway(d.config.Node, id), routes)
	return errors.Join(err, d.announce(tell))
}

func (d *Device) planGatewayRoutes(id demarc.GatewayID) (routes router.Routes, tell []announcement, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	gw := d.gateways[id]
	if gw == nil || gw.want == nil {
		return nil, nil, false
	}
	candidates, complete := d.candidates(gw)
	neighbours := gw.neighbours()
	sides := gw.sides()
	choices := map[bool]choice{}
	for _, elsewhere := range sides {
		choices[elsewhere] = choiceOf(candidates, elsewhere, len(neighbours) > 0)
	}
	routes = choices[sides[0]].routes
	if intent.IsSegment(id) {
		routes = d.join(gw, candidates, complete)
	}
	d.sawCrossings(gw, candidates)
	networks, _ := gw.networks()
	maps.Copy(routes, networks)
	for _, s := range neighbours {
		if s.off == "" && (s.told || complete) {
			tell = append(tell, announcement{s, s.spoken(choices[s.elsewhere].out)})
		}
	}
	return routes, tell, true
}

// spoken is what of it the session's neighbour understands: on the backbone
// everything, on an uplink the session's own family.
func (s *session) spoken(out map[bgp.Family]map[netip.Prefix]bgp.Attributes) map[bgp.Family]map[netip.Prefix]bgp.Attributes {
	if !s.peer.Remote.IsValid() {
		return out
	}
	return map[bgp.Family]map[netip.Prefix]bgp.Attributes{s.family(): out[s.family()]}
}

// A candidate is one VIF's path to a prefix, or another device's.
type candidate struct {
	vif        demarc.VirtualInterfaceID // empty for another device's
	hop        router.Hop
	path       route.Path
	attributes bgp.Attributes
	// regional says that its preference is that of lines at locations of the
	// Region that sends, since nothing else says how much it is preferred.
	regional bool
	// mtu is the VIF's, for hosts of VPCs to know; 0 where it is told to nobody.
	mtu int
}

// candidates are the paths of all VIFs of a gateway, by prefix. Complete says
// that no customer has yet to repeat what it announced before a restart.
// Called with mu held.
func (d *Device) candidates(gw *gateway) (found map[netip.Prefix][]*candidate, complete bool) {
	found, complete = map[netip.Prefix][]*candidate{}, true
	for _, id := range d.vifsInOrder() {
		v := d.vifs[id]
		if v.want == nil || !isOn(v.want, gw.want.ID) {
			continue
		}
		for _, s := range v.sessions {
			complete = complete && s.in.Complete()
			d.judge(s)
			var last rib.Route // and its path, which most have in common
			var c *candidate
			for prefix, learned := range s.accepted() {
				if c == nil || learned != last {
					last, c = learned, d.candidate(gw, v, s, learned)
				}
				found[prefix] = append(found[prefix], c)
			}
		}
	}
	return found, complete
}

// candidate is a session's path as the gateway compares it. Called with mu held.
func (d *Device) candidate(gw *gateway, v *vif, s *session, learned rib.Route) *candidate {
	c := s.candidate(learned)
	c.regional = c.regional && gw.want.Public == nil && v.want.SiteLink == ""
	if gw.want.Public == nil && !intent.IsSegment(gw.want.ID) {
		c.mtu = v.want.MTU
	}
	if gw.want.Public != nil {
		c = c.inPublic()
	}
	if d.drained(v) {
		c = c.last()
	}
	return &c
}

// candidate is the session's path in the terms of BGP's decision. What only
// the kernel knows of has no local preference: whatever a session says today
// is better.
func (s *session) candidate(learned rib.Route) candidate {
	a := learned.Attributes
	c := candidate{
		vif:        s.vif,
		hop:        router.Hop{Link: naming.GatewayVIF(s.vif), Gateway: backbone.NetworkSide.Addr()},
		attributes: a,
		path: route.Path{
			ASPathLength: a.Path.Len(), Origin: uint8(a.Origin), MED: a.MED,
			RouterID: s.peerID, Peer: s.peer.Remote.Addr(),
		},
	}
	if !learned.Since.IsZero() {
		asked := route.PreferenceAsked(a.Communities.List())
		c.path.LocalPreference, c.regional = route.Preference(asked, false), asked == 0
	}
	return c
}

// choose returns the best of several VIFs' paths as it is from one side, and
// where packets go: to it, and to all that are as good.
func choose(candidates []*candidate, elsewhere bool) (best *candidate, hop router.Hop) {
	if len(candidates) == 1 {
		return candidates[0], candidates[0].hop
	}
	paths := make([]route.Path, len(candidates))
	for i, c := range candidates {
		paths[i] = c.from(elsewhere)
	}
	ranking := route.Best(paths)
	var hops []router.Hop
	for _, i := range ranking.Used() {
		hops = append(hops, candidates[i].hop)
	}
	return candidates[ranking.Order[0]], router.Spread(hops...)
}

// pass is what a VPC host is told of the path: all of it, with the preference
// that it has there and this gateway as the next hop.
func (c candidate) pass(elsewhere bool) bgp.Attributes {
	a := c.attributes
	a.NextHop = netip.Addr{}
	a.LocalPref, a.HasLocalPref = c.from(elsewhere).LocalPreference, true
	return a
}

// announce tells sessions what they should know, and remembers since when.
func (d *Device) announce(tell []announcement) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	var errs []error
	now := time.Now()
	for _, a := range tell {
		if a.session.off != "" {
			continue
		}
		told := map[netip.Prefix]rib.Route{}
		for family, routes := range a.routes {
			if err := d.speaker.Advertise(a.session.key, family, routes); err != nil {
				errs = append(errs, fmt.Errorf("advertise %v routes: %w", family, err))
			}
			for prefix, attributes := range routes {
				told[prefix] = rib.Route{Attributes: attributes, Since: now}
				if last, before := a.session.advertised[prefix]; before {
					told[prefix] = rib.Route{Attributes: attributes, Since: last.Since}
				}
			}
		}
		if !maps.Equal(told, a.session.advertised) {
			a.session.advertised = told
			d.relist(a.session)
		}
		a.session.told = true
	}
	return errors.Join(errs...)
}
