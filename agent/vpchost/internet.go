package vpchost

import (
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"net/netip"

	"demarc"
	"demarc/agent/backbone"
	"demarc/agent/linux"
	"demarc/agent/naming"
	"demarc/agent/router"
	"demarc/intent"
)

// translation is the name of the nftables table that translates addresses.
const translation = "demarc"

// An internet is one internet gateway.
type internet struct {
	want   *intent.InternetGateway // nil: to be removed
	vpc    demarc.VPCID
	ranges []netip.Prefix // the VPC's
}

// doInternet makes an internet gateway, or removes it.
func (h *Host) doInternet(id string) error {
	i, ok := h.planInternet(id)
	if !ok {
		return nil
	}
	name := h.config.Instance.InternetGateway(h.config.Node, id)
	if i.want == nil {
		return h.removeInternet(id, name)
	}
	n, _, err := router.Ensure(name)
	if err != nil {
		return err
	}
	defer n.Close()
	// A missing internet does not keep the gateway from being there.
	err = errors.Join(h.joinVPC(n, i), h.plugUplink(n, i), linux.EnsureMasquerade(n, translation, naming.IGWUplink))
	return errors.Join(err, routeInternet(n, i))
}

func (h *Host) planInternet(id string) (internet, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	i := h.internets[id]
	if i == nil {
		return internet{}, false
	}
	return *i, true
}

func (h *Host) removeInternet(id, name string) error {
	if err := router.Remove(name); err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if i := h.internets[id]; i != nil && i.want == nil {
		delete(h.internets, id)
	}
	return nil
}

func (h *Host) joinVPC(n *linux.Namespace, i internet) error {
	vpc, err := linux.OpenNamespace(h.namespace(string(i.vpc)))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // its own unit makes it, and marks this one
	}
	if err != nil {
		return err
	}
	defer vpc.Close()
	return linux.EnsureVeth(
		linux.End{Namespace: vpc, Name: naming.VPCInternet, MTU: backbone.MTU, Addresses: []netip.Prefix{backbone.NetworkSide}},
		linux.End{Namespace: n, Name: naming.IGWNetwork, MTU: backbone.MTU, Addresses: []netip.Prefix{backbone.CustomerSide}},
	)
}

func (h *Host) plugUplink(n *linux.Namespace, i internet) error {
	jack := i.want.Uplink
	far, err := linux.OpenNamespace(h.config.Instance.Namespace(jack.Namespace))
	if err != nil {
		return fmt.Errorf("plug the uplink into %s: %w", jack.Namespace, err)
	}
	defer far.Close()
	ours, theirs := []netip.Prefix{i.want.Address}, []netip.Prefix{jack.Address}
	if i.want.IPv6.IsValid() {
		ours = append(ours, i.want.IPv6)
		theirs = append(theirs, netip.PrefixFrom(i.want.Next6, i.want.IPv6.Bits()))
	}
	// What is forwarded has no address of the link to ask for neighbours by.
	six := i.want.IPv6.IsValid()
	err = linux.EnsureVeth(
		linux.End{Namespace: n, Name: naming.IGWUplink, Addresses: ours, LinkLocal: six},
		linux.End{Namespace: far, Name: jack.Interface, Addresses: theirs, LinkLocal: six},
	)
	if err != nil {
		return err
	}
	return delegate(far, i)
}

// delegate has the far end of the uplink lead the VPC's IPv6 ranges to the
// gateway, as a provider does that has delegated them (RFC 8415, section 6.3).
// Other gateways' routes there are left alone; ours go with the cable.
func delegate(far *linux.Namespace, i internet) error {
	id := crc32.ChecksumIEEE([]byte(i.want.ID)) | 1 // 0 is no nexthop
	there, err := linux.Routes(far)
	if err != nil {
		return err
	}
	var put, stale []linux.Route
	for _, r := range there {
		if r.Nexthop == id {
			stale = append(stale, r)
		}
	}
	if i.want.IPv6.IsValid() {
		err = linux.EnsureNexthop(far, linux.Nexthop{ID: id, Link: i.want.Uplink.Interface, Gateway: i.want.IPv6.Addr()})
		for _, p := range i.ranges {
			if p.Addr().Is6() {
				put = append(put, linux.Route{Prefix: p.Masked(), Nexthop: id})
			}
		}
	}
	if err != nil {
		return err
	}
	return linux.ApplyRoutes(far, put, stale)
}

// routeInternet leads out by the uplink, if there is one, and back to the VPC.
func routeInternet(n *linux.Namespace, i internet) error {
	links, err := linux.Links(n)
	if err != nil {
		return err
	}
	routes := router.Routes{}
	if links[naming.IGWNetwork].Carrier {
		for _, p := range i.ranges {
			routes[p] = router.Hop{Link: naming.IGWNetwork, Gateway: backbone.NetworkSide.Addr()}
		}
	}
	if links[naming.IGWUplink].Carrier {
		routes[demarc.DefaultRoute] = router.Hop{Link: naming.IGWUplink, Gateway: i.want.Next}
		if i.want.Next6.IsValid() {
			routes[demarc.DefaultRoute6] = router.Hop{Link: naming.IGWUplink, Gateway: i.want.Next6}
		}
	}
	return router.Apply(n, routes)
}
