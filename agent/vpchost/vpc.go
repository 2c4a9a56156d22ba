package vpchost

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"strings"
	"sync"

	"demarc"
	"demarc/agent/backbone"
	"demarc/agent/fastpath"
	"demarc/agent/linux"
	"demarc/agent/naming"
	"demarc/agent/router"
	"demarc/intent"
	"demarc/route"
)

// A vpc is one VPC on this host.
type vpc struct {
	network
	want    *intent.VPC            // nil: to be removed
	cables  map[string]intent.Host // to app hosts, by name in the VPC's namespace
	paths   []intent.PathSeen
	refused []intent.GateSeen
	// slow is why packets take the stack; nil before it was tried otherwise.
	slow *fastpath.Off
	// probers probe one family each, IPv4 first; nil while nothing is probed.
	probers [2]*prober
	// passing is held, without mu, while it is changed who looks at packets on
	// their way: nftables or the fast path.
	passing sync.Mutex
}

func newVPC(id demarc.VPCID) *vpc { return &vpc{network: newNetwork(string(id))} }

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
	n, fresh, err := router.Ensure(h.namespace(string(id)))
	if err != nil {
		return err
	}
	defer n.Close()
	if err := h.watch(ctx, string(id), n, fresh); err != nil {
		return err
	}
	h.mu.Lock()
	if v := h.vpcs[id]; v != nil {
		h.adoptProbes(ctx, v, fresh)
	}
	h.mu.Unlock()
	// Before the first cable: a host must not be reached before it is filtered.
	return errors.Join(h.filter(id, n, want), prune(n, want))
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

// prune removes cables of app hosts that are gone, the way to an internet
// gateway that is, and tunnels to devices that the gateway left or to transit
// route tables. Veths are the affair of those at the other end.
func prune(n *linux.Namespace, want *intent.VPC) error {
	keep := map[string]bool{naming.VPCInternet: want.InternetGateway != nil}
	for _, host := range want.Hosts {
		keep[naming.AppHost(host.Jack.Namespace, host.Jack.Interface)] = true
	}
	for _, t := range want.Transits {
		keep[naming.Transit(t.Table)] = t.Tunnel.VNI != 0
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
			err = errors.Join(err, linux.DeleteLink(n, name), linux.RemoveNoCrowd(n, noCrowd(name)))
		}
	}
	return err
}

// noCrowd is the name of the nftables tables that bound the neighbours on a cable:
// an app host is its tenant's, who is no more to be trusted than a customer.
func noCrowd(cable string) string { return "no-crowd-" + cable }

func (h *Host) removeVPC(id demarc.VPCID) error {
	h.mu.Lock()
	v := h.vpcs[id]
	h.endNetwork(&v.network, "the VPC was deleted")
	h.adoptProbes(context.Background(), v, false) // none is wanted any more
	h.mu.Unlock()
	if err := router.Remove(h.namespace(string(id))); err != nil {
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
	n, err := linux.OpenNamespace(h.namespace(string(id)))
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
		if host.Router6.IsValid() {
			ours = append(ours, only(host.Router6))
		}
		theirs = append(theirs, backbone.NetworkSide, only(host.IPv6))
		routes[demarc.DefaultRoute6] = router.Hop{Link: jack.Interface, Gateway: backbone.CustomerSide.Addr()}
	}
	own := []netip.Addr{host.Address}
	if host.IPv6.IsValid() {
		own = append(own, host.IPv6)
	}
	if err := linux.EnsureNoCrowd(n, noCrowd(name), name, nil, own...); err != nil {
		return err
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
