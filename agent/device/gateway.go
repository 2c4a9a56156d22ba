package device

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"

	"demarc"
	"demarc/agent/backbone"
	"demarc/agent/fastpath"
	"demarc/agent/linux"
	"demarc/agent/naming"
	"demarc/agent/router"
	"demarc/intent"
)

// A gateway is a gateway's presence on this device, that of its SiteLink
// segment, or the public network's.
type gateway struct {
	want  *intent.Gateway  // nil: to be removed
	made  int              // how often this process made its namespace
	links map[string]*link // by name here
	// unwatch ends the watch of its links; nil if there is none.
	unwatch func()
	site    site // what a segment offers to its interfaces
	// crossings are the customers' prefixes within which its VPCs may send to each
	// other, as they were last put in force.
	crossings []netip.Prefix
	uplink    *uplink // of the public network; nil for none
	// slow is why packets take the stack; nil before it was tried otherwise.
	slow *fastpath.Off
}

func newGateway() *gateway { return &gateway{links: map[string]*link{}} }

// A link leads to one network behind the gateway, on its host; or, of a
// segment, to another device.
type link struct {
	want    *farEnd // nil: to be removed
	session *session
	index   int // of the interface here, as it was seen last; 0 for none
}

// A farEnd is what a link leads to, and from where.
type farEnd struct {
	node      demarc.NodeID
	routerID  netip.Addr
	near, far backbone.Side
	tunnel    intent.Tunnel
	// second says that the other device makes the link and connects.
	second bool
	// site says that this is a device.
	site bool
	// elsewhere says that it is in another Region than this device's location.
	elsewhere bool
}

// farEnds are those of a gateway's links.
func (d *Device) farEnds(gw *intent.Gateway) (all []farEnd) {
	instance, here := d.config.Instance, d.config.Node
	namespace := instance.Gateway(here, gw.ID)
	for _, p := range gw.Hosts {
		all = append(all, farEnd{
			node: p.Node, routerID: p.RouterID, tunnel: p.Tunnel, elsewhere: p.Elsewhere,
			near: backbone.Side{Namespace: namespace, Link: naming.BackboneDevice(p.Node, p.Network), Address: backbone.CustomerSide},
			far:  backbone.Side{Namespace: instance.Network(p.Node, p.Network), Link: naming.BackboneHost(gw.ID, here), Address: backbone.NetworkSide},
		})
	}
	for _, p := range gw.Sites {
		end := farEnd{
			node: p.Node, routerID: p.RouterID, tunnel: p.Tunnel, second: p.Node < here, site: true,
			near: backbone.Side{Namespace: namespace, Link: naming.BackboneSite(p.Node), Address: backbone.CustomerSide},
			far:  backbone.Side{Namespace: instance.Gateway(p.Node, gw.ID), Link: naming.BackboneSite(here), Address: backbone.NetworkSide},
		}
		if end.second {
			end.near.Address, end.far.Address = end.far.Address, end.near.Address
		}
		all = append(all, end)
	}
	return all
}

// doGateway makes a gateway's namespace, or removes it with its links.
func (d *Device) doGateway(ctx context.Context, id demarc.GatewayID) error {
	plan, gone := d.planGateway(id)
	name := d.config.Instance.Gateway(d.config.Node, id)
	switch {
	case plan.want != nil:
		n, fresh, err := router.Ensure(name)
		if err != nil {
			return err
		}
		defer n.Close()
		if err := d.keepApart(n, plan); err != nil {
			return err
		}
		if fresh {
			d.madeGateway(id)
		}
		return d.watchGateway(ctx, id, n, fresh)
	case gone:
		return d.removeGateway(id, name)
	}
	return nil
}

// A gatewayPlan is what is needed to make one gateway's namespace right.
type gatewayPlan struct {
	want      *intent.Gateway // nil: nothing is to be made
	apart     bool
	crossings []netip.Prefix
}

func (d *Device) planGateway(id demarc.GatewayID) (plan gatewayPlan, gone bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	gw := d.gateways[id]
	if gw == nil || gw.want == nil {
		return plan, gw != nil
	}
	return gatewayPlan{gw.want, gw.apart(), d.crossingsOf(gw)}, false
}

func (d *Device) madeGateway(id demarc.GatewayID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if gw := d.gateways[id]; gw != nil {
		gw.made++
		d.markGateway(id)
		d.work.Mark(d.vifsOf(id)...)
		for name := range gw.links {
			d.work.Mark(backboneUnit(id, name))
		}
		d.work.Mark(uplinkUnit(id))
	}
}

func (d *Device) removeGateway(id demarc.GatewayID, name string) error {
	d.mu.Lock()
	gw := d.gateways[id]
	for _, l := range gw.links {
		d.end(l.session, "the gateway left this device")
	}
	if gw.unwatch != nil {
		gw.unwatch()
		gw.unwatch = nil
	}
	d.endUplink(gw, "the last public virtual interface left this device")
	d.mu.Unlock()
	if err := router.Remove(name); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if gw.want == nil {
		delete(d.gateways, id)
	}
	return nil
}

// errNoGateway says that a gateway's namespace is not there. Nobody need hear
// of it: the gateway's unit makes it, and then marks whoever needs it.
var errNoGateway = errors.New("the gateway's namespace is not there yet")

// openGateway opens a gateway's namespace. It does not make it, so that there
// is one place that knows when it is a new one.
func (d *Device) openGateway(id demarc.GatewayID) (*linux.Namespace, error) {
	n, err := linux.OpenNamespace(d.config.Instance.Gateway(d.config.Node, id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, errNoGateway
	}
	return n, err
}

// A backbonePlan is what is needed to make one backbone link right.
type backbonePlan struct {
	far      farEnd
	asn      demarc.ASN
	made     int
	routerID netip.Addr
	need     int // the largest packet that an interface of the gateway was promised
}

// doBackbone makes one backbone link and its session right.
func (d *Device) doBackbone(id demarc.GatewayID, name string) error {
	plan, wanted, gone := d.planBackbone(id, name)
	switch {
	case wanted:
		place, err := d.span(id, plan)
		d.sawBackbone(id, name, place.Link)
		switch {
		case errors.Is(err, errNoGateway):
			return nil
		case place.Link == 0:
			d.endBackbone(id, name)
			return err
		}
		return errors.Join(err, d.speakBackbone(id, plan, place))
	case gone:
		return d.removeBackbone(id, name)
	}
	return nil
}

func (d *Device) planBackbone(id demarc.GatewayID, name string) (plan backbonePlan, wanted, gone bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	gw := d.gateways[id]
	if gw == nil || gw.want == nil || gw.links[name] == nil {
		return plan, false, false
	}
	l := gw.links[name]
	if l.want == nil {
		return plan, false, true
	}
	return backbonePlan{far: *l.want, asn: gw.want.ASN, made: gw.made, routerID: d.want.RouterID, need: d.need(id)}, true, false
}

// need is the largest MTU of the gateway's interfaces. Called with mu held.
func (d *Device) need(id demarc.GatewayID) (mtu int) {
	for _, v := range d.vifs {
		if v.want != nil && isOn(v.want, id) {
			mtu = max(mtu, v.want.MTU)
		}
	}
	return mtu
}

// span makes the link. On one machine it makes both ends; the other namespace
// is made by its own agent, and until it is there this is tried again.
func (d *Device) span(id demarc.GatewayID, plan backbonePlan) (router.Place, error) {
	near, err := d.openGateway(id)
	if err != nil {
		return router.Place{}, err
	}
	defer near.Close()
	far := plan.far
	index, err := backbone.Span(near, backbone.Link{Near: far.near, Far: far.far, Tunnel: far.tunnel, Waits: far.second, Need: plan.need})
	err = errors.Join(err, d.pass(id, near, far.near.Link))
	if err == nil && index == 0 {
		err = fmt.Errorf("the link to %s is not there yet, which has to make it", far.node)
	}
	return router.Place{Name: far.near.Namespace, Link: index, Made: plan.made}, err
}

// endBackbone ends the session of a link that went away.
func (d *Device) endBackbone(id demarc.GatewayID, name string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if gw := d.gateways[id]; gw != nil && gw.links[name] != nil {
		d.end(gw.links[name].session, "the link went away")
	}
}

// sawBackbone remembers which interface a link has.
func (d *Device) sawBackbone(id demarc.GatewayID, name string, index int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if gw := d.gateways[id]; gw != nil && gw.links[name] != nil {
		gw.links[name].index = index
	}
}

func (d *Device) removeBackbone(id demarc.GatewayID, name string) error {
	d.mu.Lock()
	gw := d.gateways[id]
	l := gw.links[name]
	d.end(l.session, "the link was removed")
	d.mu.Unlock()
	if err := d.cut(id, name); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if l.want == nil {
		delete(gw.links, name)
		d.markGateway(id)
	}
	return nil
}

func (d *Device) cut(id demarc.GatewayID, link string) error {
	n, err := d.openGateway(id)
	if errors.Is(err, errNoGateway) {
		return nil
	}
	if err != nil {
		return err
	}
	defer n.Close()
	return linux.DeleteLink(n, link)
}
