package vpchost

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"strings"

	"demarc"
	"demarc/agent/backbone"
	"demarc/agent/linux"
	"demarc/agent/naming"
	"demarc/agent/router"
	"demarc/intent"
	"demarc/route"
)

// A vpc is one VPC on this host.
type vpc struct {
	want *intent.VPC // nil: to be removed
	made int         // how often this process made its namespace
	// By name in the VPC's namespace: cables to app hosts, links to devices.
	cables  map[string]intent.Host
	links   map[string]*link
	unwatch func() // ends the watch of its links; nil if there is none
	paths   []intent.PathSeen
}

func newVPC() *vpc { return &vpc{links: map[string]*link{}} }

func (h *Host) namespace(id demarc.VPCID) string {
	return h.config.Instance.Network(h.config.Node, string(id))
}

// doVPC makes a VPC's namespace and removes from it what is not wanted, or
// removes it whole.
func (h *Host) doVPC(ctx context.Context, id demarc.VPCID) error {
	want, gone := h.planVPC(id)
	if gone {
		return h.removeVPC(id)
	}
	if want == nil {
		return nil
	}
	n, fresh, err := router.Ensure(h.namespace(id))
	if err != nil {
		return err
	}
	defer n.Close()
	if err := h.watch(ctx, id, n, fresh); err != nil {
		return err
	}
	return prune(n, want)
}

func (h *Host) planVPC(id demarc.VPCID) (want *intent.VPC, gone bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	v := h.vpcs[id]
	if v == nil {
		return nil, false
	}
	return v.want, v.want == nil
}

// watch follows the links of the VPC's namespace, above all those that
// devices' agents plug into it. A namespace that was made anew is another one.
func (h *Host) watch(ctx context.Context, id demarc.VPCID, n *linux.Namespace, fresh bool) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	v := h.vpcs[id]
	if v == nil || v.unwatch != nil && !fresh {
		return nil
	}
	if v.unwatch != nil {
		v.unwatch()
	}
	watching, unwatch := context.WithCancel(ctx)
	events, err := linux.WatchLinks(watching, n)
	if err != nil {
		unwatch()
		return err
	}
	if fresh {
		v.made++
		h.work.Mark(h.parts(id)...)
		if v.want != nil && v.want.InternetGateway != nil {
			h.work.Mark(internetUnit(v.want.InternetGateway.ID))
		}
	}
	v.unwatch = unwatch
	h.watches.Go(func() {
		for range events {
			h.linksChanged(id)
		}
	})
	return nil
}

// linksChanged looks at the backbone links again, and at the routes, which the
// kernel drops when their link goes down.
func (h *Host) linksChanged(id demarc.VPCID) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.vpcs[id] == nil {
		return
	}
	for name := range h.vpcs[id].links {
		h.work.Mark(backboneUnit(id, name))
	}
	h.work.Mark(routesUnit(id))
}

// prune removes cables of app hosts that are gone, the way to an internet
// gateway that is, and tunnels to devices that the gateway left. Veths to
// devices are those devices' affair.
func prune(n *linux.Namespace, want *intent.VPC) error {
	keep := map[string]bool{naming.VPCInternet: want.InternetGateway != nil}
	for _, host := range want.Hosts {
		keep[naming.AppHost(host.Jack.Namespace, host.Jack.Interface)] = true
	}
	for _, gw := range want.Gateways {
		for _, device := range gw.Devices {
			keep[naming.BackboneHost(gw.ID, device.Node)] = device.Tunnel.VNI != 0
		}
	}
	links, err := linux.Links(n)
	for name, link := range links {
		ours := name == naming.VPCInternet || strings.HasPrefix(name, naming.AppHostPrefix) || link.Type == "vxlan"
		if ours && !keep[name] {
			err = errors.Join(err, linux.DeleteLink(n, name))
		}
	}
	return err
}

func (h *Host) removeVPC(id demarc.VPCID) error {
	h.mu.Lock()
	v := h.vpcs[id]
	for _, l := range v.links {
		h.end(l.session, "the VPC was deleted")
		delete(h.sessions, l.session.key)
	}
	if v.unwatch != nil {
		v.unwatch()
		v.unwatch = nil
	}
	h.mu.Unlock()
	if err := router.Remove(h.namespace(id)); err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if v.want == nil {
		delete(h.vpcs, id)
	}
	return nil
}

// doCable plugs an app host in and gives it its address and its default route,
// as DHCP would.
func (h *Host) doCable(id demarc.VPCID, name string) error {
	host, ok := h.planCable(id, name)
	if !ok {
		return nil
	}
	n, err := linux.OpenNamespace(h.namespace(id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // its own unit makes it, and marks this one
	}
	if err != nil {
		return err
	}
	defer n.Close()
	far, err := linux.OpenNamespace(h.config.Instance.Namespace(host.Jack.Namespace))
	if err != nil {
		return fmt.Errorf("plug in app host %s: %w", host.Jack.Namespace, err)
	}
	defer far.Close()
	return plugIn(n, far, name, host)
}

func (h *Host) planCable(id demarc.VPCID, name string) (intent.Host, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	v := h.vpcs[id]
	if v == nil || v.want == nil {
		return intent.Host{}, false
	}
	host, ok := v.cables[name]
	return host, ok
}

func plugIn(n, far *linux.Namespace, name string, host intent.Host) error {
	jack := host.Jack
	var ours []netip.Prefix
	if jack.Router.IsValid() {
		ours = append(ours, only(jack.Router))
	}
	theirs, routes := []netip.Prefix{jack.Address}, router.Routes{}
	if jack.Router.IsValid() {
		routes[demarc.DefaultRoute] = router.Hop{Link: jack.Interface, Gateway: jack.Router}
	}
	if host.IPv6.IsValid() {
		ours = append(ours, backbone.CustomerSide)
		theirs = append(theirs, backbone.NetworkSide, only(host.IPv6))
		routes[demarc.DefaultRoute6] = router.Hop{Link: jack.Interface, Gateway: backbone.CustomerSide.Addr()}
	}
	err := linux.EnsureVeth(
		linux.End{Namespace: n, Name: name, MTU: backbone.MTU, Addresses: ours},
		linux.End{Namespace: far, Name: jack.Interface, MTU: backbone.MTU, Addresses: theirs},
	)
	if err != nil {
		return err
	}
	return errors.Join(answerForNeighbours(n, name), router.Apply(far, routes))
}

// answerForNeighbours lets hosts of the VPC, each on a cable of its own,
// believe that they share one. Without the second line the kernel would think
// for up to 0.8 s before each answer.
func answerForNeighbours(n *linux.Namespace, name string) error {
	return errors.Join(
		n.Sysctl("net/ipv4/conf/"+name+"/proxy_arp", "1"),
		n.Sysctl("net/ipv4/neigh/"+name+"/proxy_delay", "0"),
	)
}

// localRoutes lead to app hosts that are plugged in.
func (v *vpc) localRoutes(links map[string]linux.Link) router.Routes {
	routes := router.Routes{}
	for name, host := range v.cables {
		for _, address := range []netip.Addr{host.Address, host.IPv6} {
			if links[name].Carrier && address.IsValid() && route.Allowed(only(address), v.want.Ranges()) {
				routes[only(address)] = router.Hop{Link: name}
			}
		}
	}
	return routes
}

// only is the prefix of one address.
func only(a netip.Addr) netip.Prefix { return netip.PrefixFrom(a, a.BitLen()) }
