package device

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"

	"demarc"
	"demarc/agent/backbone"
	"demarc/agent/linux"
	"demarc/agent/naming"
	"demarc/agent/router"
	"demarc/agent/vlan"
	"demarc/intent"
)

// A vif is one virtual interface.
type vif struct {
	want *intent.VIF // nil: to be removed
	last *intent.VIF // what it was, once want is nil; nil for one of an earlier run
	// wired: its namespace and links are there. built: its tag leads into them
	// as well.
	wired, built bool
	mtu          int          // that it was built with
	place        router.Place // of its sessions with the customer
	end          int          // index of its link to the port; 0 for none
	uplinks      [2]int       // those of its links to the gateway and to SiteLink
	md5Failures  uint64
	heard        *intent.HeardSeen // of its customer, while a session is down
	path         path
	echo         *intent.EchoSeen // what the line loses; nil while nobody asks
	drops        intent.DropsSeen
	forwarded    uint64
	sessions     map[demarc.BGPPeerID]*session
	listing      *listing // of its routes; nil: to be made anew
	// line is its own in the latest report. Looked: nothing has happened since
	// that would be news in the next.
	line   *intent.VIFSeen
	looked bool
	// leaving are sessions that were taken out, whose peers have yet to be told;
	// each is closed when its peer has been.
	leaving []<-chan struct{}
}

// A vifPlan is what is needed to make one VIF right.
type vifPlan struct {
	vif    intent.VIF
	port   intent.Port
	socket socket
	lit    bool // its port has light on it
}

// exists reports whether its port is there.
func (p vifPlan) exists() bool { return p.socket.index != 0 }

// limit is the rate that its shapers have to keep; 0 for none.
func (p vifPlan) limit() uint64 { return p.socket.limit(cmp.Or(p.vif.Rate, p.port.Rate)) }

// doVIF makes one virtual interface right.
func (d *Device) doVIF(id demarc.VirtualInterfaceID) error {
	if last, gone := d.isGone(id); gone {
		return d.removeVIF(id, last)
	}
	plan, ready, err := d.planVIF(id)
	if err != nil || !ready {
		return err
	}
	await(d.leaving(id)) // wiring takes their addresses
	if err := d.wire(plan); err != nil {
		d.sawVIF(plan, false)
		if errors.Is(err, errNoGateway) {
			return nil
		}
		return err
	}
	// Without its port there is nothing for the tag to be on; that the port is
	// missing is said there.
	if plan.exists() {
		err = d.demux.EnsureVIF(vlan.VIF{
			Port: plan.port.Interface, VLAN: uint16(plan.vif.VLAN), Link: naming.VIFPort(id), Straight: plan.limit() == 0,
		})
	}
	d.sawVIF(plan, err == nil && plan.exists())
	return errors.Join(err, d.speak(id))
}

func (d *Device) isGone(id demarc.VirtualInterfaceID) (last *intent.VIF, gone bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	v := d.vifs[id]
	if v == nil || v.want != nil {
		return nil, false
	}
	return v.last, true
}

// planVIF is not ready before its port was looked at: until then its carrier
// is unknown, and a running interface would be taken down. The port marks its
// VIFs.
func (d *Device) planVIF(id demarc.VirtualInterfaceID) (plan vifPlan, ready bool, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	v := d.vifs[id]
	if v == nil || v.want == nil {
		return plan, false, nil
	}
	p := d.ports[v.want.Port]
	if p == nil || p.want == nil {
		return plan, false, fmt.Errorf("its port %s is not in the intent", v.want.Port)
	}
	for _, id := range []demarc.GatewayID{v.want.Gateway, v.want.SiteLink} {
		if gw := d.gateways[id]; id != "" && (gw == nil || gw.want == nil) {
			return plan, false, fmt.Errorf("its gateway %s is not in the intent", id)
		}
	}
	return vifPlan{vif: *v.want, port: *p.want, socket: p.socket, lit: d.lit(v)}, p.seen, nil
}

// wire makes the namespace with its links to the port and to the gateway.
func (d *Device) wire(plan vifPlan) error {
	name := d.config.Instance.VIF(d.config.Node, plan.vif.ID)
	inner, fresh, err := router.Ensure(name)
	if err != nil {
		return err
	}
	defer inner.Close()
	outer, err := d.openGateway(plan.vif.Gateway)
	if err != nil {
		return err
	}
	defer outer.Close()
	if err := d.wireLinks(plan, inner, outer); err != nil {
		return err
	}
	if err := d.wireSiteLink(plan.vif, inner); err != nil {
		return err
	}
	end, _, err := linux.LinkState(d.home, naming.VIFPort(plan.vif.ID))
	if err != nil {
		return err
	}
	customer, _, err := linux.LinkState(inner, naming.VIFCustomer)
	if err != nil {
		return err
	}
	uplink, _, err := linux.LinkState(inner, naming.VIFGateway)
	if err != nil {
		return err
	}
	sitelink, _, err := linux.LinkState(inner, naming.VIFSiteLink)
	if err != nil {
		return err
	}
	d.sawLinks(plan.vif.ID, fresh, router.Place{Name: name, Link: customer.Index}, end.Index, [2]int{uplink.Index, sitelink.Index})
	return nil
}

// wireLinks makes the pair to the port, which is dark when the port is, shaped
// both ways where the line could be faster, and which has the port's address at
// its far end, as frames need that go straight there; and the pair to the gateway.
func (d *Device) wireLinks(plan vifPlan, inner, outer *linux.Namespace) error {
	var ours []netip.Prefix
	var customers []netip.Addr
	ipv6 := false
	for _, peer := range plan.vif.Peers {
		ours, customers = append(ours, peer.Local), append(customers, peer.Remote.Addr())
		ipv6 = ipv6 || peer.Local.Addr().Is6()
	}
	id, rate := plan.vif.ID, plan.limit()
	if plan.vif.Public() { // before anything can arrive
		if err := linux.EnsureSources(inner, announcedSources, naming.VIFCustomer); err != nil {
			return err
		}
	}
	if err := linux.EnsureNoCrowd(inner, "no-crowd", naming.VIFCustomer, ours, customers...); err != nil {
		return err
	}
	err := linux.EnsureVeth(
		linux.End{Namespace: d.home, Name: naming.VIFPort(id), MTU: plan.vif.MTU, Down: !plan.lit},
		linux.End{Namespace: inner, Name: naming.VIFCustomer, MTU: plan.vif.MTU, FirstMAC: plan.socket.address(), Addresses: ours, LinkLocal: ipv6},
	)
	if err != nil {
		return err
	}
	return errors.Join(
		linux.EnsureTBF(d.home, naming.VIFPort(id), rate),
		linux.EnsureTBF(inner, naming.VIFCustomer, rate),
		linux.EnsureVeth(
			linux.End{Namespace: inner, Name: naming.VIFGateway, MTU: backbone.MTU, Addresses: []netip.Prefix{backbone.NetworkSide}},
			linux.End{Namespace: outer, Name: naming.GatewayVIF(id), MTU: backbone.MTU, Addresses: []netip.Prefix{backbone.CustomerSide}},
		),
		d.pass(plan.vif.Gateway, outer, naming.GatewayVIF(id)),
	)
}

// wireSiteLink makes the pair to the gateway's SiteLink, or removes it.
func (d *Device) wireSiteLink(vif intent.VIF, inner *linux.Namespace) error {
	if vif.SiteLink == "" {
		return linux.DeleteLink(inner, naming.VIFSiteLink)
	}
	outer, err := d.openGateway(vif.SiteLink)
	if err != nil {
		return err
	}
	defer outer.Close()
	err = linux.EnsureVeth(
		linux.End{Namespace: inner, Name: naming.VIFSiteLink, MTU: backbone.MTU, Addresses: []netip.Prefix{backbone.NetworkSide}},
		linux.End{Namespace: outer, Name: naming.GatewayVIF(vif.ID), MTU: backbone.MTU, Addresses: []netip.Prefix{backbone.CustomerSide}},
	)
	return errors.Join(err, d.pass(vif.SiteLink, outer, naming.GatewayVIF(vif.ID)))
}

// sawLinks remembers which links the VIF has. Routes are looked at when a link
// is another one than before, since a new one has none.
func (d *Device) sawLinks(id demarc.VirtualInterfaceID, fresh bool, place router.Place, end int, uplinks [2]int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	v := d.vifs[id]
	if v == nil || v.want == nil {
		return
	}
	v.end = end
	place.Made = v.place.Made
	if fresh {
		place.Made++
	}
	if v.wired && v.place == place && v.uplinks == uplinks {
		return
	}
	v.wired, v.place, v.uplinks = true, place, uplinks
	d.work.Mark(vifRoutes(id))
	d.work.Mark(gatewaysRoutes(v.want)...)
}

// sawVIF remembers whether the VIF is in place, as planned.
func (d *Device) sawVIF(plan vifPlan, built bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	v := d.vifs[plan.vif.ID]
	if v == nil || v.want == nil {
		return
	}
	if built != v.built {
		d.log.Info("virtual interface changed", "vif", string(plan.vif.ID), "built", built)
	}
	v.touch()
	v.built = built
	if built {
		v.mtu = plan.vif.MTU
	}
}

// removeVIF takes everything of a VIF away: its sessions, its tag, its links
// and its namespace.
func (d *Device) removeVIF(id demarc.VirtualInterfaceID, last *intent.VIF) error {
	d.endVIF(id)
	name := d.config.Instance.VIF(d.config.Node, id)
	err := errors.Join(
		d.removeTag(last),
		linux.DeleteLink(d.home, naming.VIFPort(id)),
		router.Remove(name),
	)
	if err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if v := d.vifs[id]; v != nil && v.want == nil {
		delete(d.vifs, id)
		d.inOrder = nil
	}
	if last != nil {
		d.work.Mark(gatewaysRoutes(last)...)
		d.work.Mark(d.heirs(last)...)
	}
	return nil
}

// removeTag stops the tag. One of an earlier run, of which only the links are
// known, goes with them.
func (d *Device) removeTag(last *intent.VIF) error {
	if last == nil {
		return nil
	}
	link, ok := d.portLink(last.Port)
	if !ok {
		return nil
	}
	return d.demux.RemoveVIF(link, uint16(last.VLAN))
}

func (d *Device) portLink(id demarc.PortID) (string, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	p := d.ports[id]
	if p == nil || p.want == nil {
		return "", false
	}
	return p.want.Interface, true
}

// heirs are the VIFs that have the tag of a removed one by now. Called with mu
// held.
func (d *Device) heirs(last *intent.VIF) (units []unit) {
	for id, v := range d.vifs {
		if v.want != nil && v.want.Port == last.Port && v.want.VLAN == last.VLAN {
			units = append(units, vifUnit(id))
		}
	}
	return units
}
