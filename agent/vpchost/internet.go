package vpchost

import (
	"errors"
	"fmt"
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
	return linux.EnsureVeth(
		linux.End{Namespace: n, Name: naming.IGWUplink, Addresses: []netip.Prefix{i.want.Address}},
		linux.End{Namespace: far, Name: jack.Interface, Addresses: []netip.Prefix{jack.Address}},
	)
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
	}
	return router.Apply(n, routes)
}
