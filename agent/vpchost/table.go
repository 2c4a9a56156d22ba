package vpchost

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"

	"demarc"
	"demarc/agent/linux"
	"demarc/agent/naming"
	"demarc/agent/router"
	"demarc/intent"
)

// A table is one route table of a Transit Gateway. Packets of the attachments
// that are associated with it come in by their links, and its namespace has its
// routes and no others.
type table struct {
	network
	want *intent.TransitTable // nil: to be removed
}

func newTable(id demarc.TransitRouteTableID) *table {
	return &table{network: newNetwork(string(id))}
}

// vpcs are the attached VPCs by their links' names in the table's namespace.
func (t *table) vpcs() map[string]intent.AttachedVPC {
	all := map[string]intent.AttachedVPC{}
	if t.want != nil {
		for _, a := range t.want.VPCs {
			all[naming.AttachedVPC(a.VPC)] = a
		}
	}
	return all
}

// lines are the table's backbone links: one for each device of each Direct
// Connect gateway, which hears what it is to originate.
func (t *table) lines() map[string]line {
	all := map[string]line{}
	for _, a := range t.want.Gateways {
		gw := intent.VPCGateway{ID: a.Gateway, ASN: a.ASN, Target: demarc.GatewayID(a.ID)}
		for _, device := range a.Devices {
			all[naming.BackboneHost(a.Gateway, device.Node)] = line{gw, device, a.Originated}
		}
	}
	return all
}

// takes reports whether what an attachment's customers announce enters the
// table.
func (t *table) takes(attachment demarc.GatewayID) bool {
	return slices.ContainsFunc(t.want.Gateways, func(a intent.AttachedGateway) bool {
		return demarc.GatewayID(a.ID) == attachment && a.Propagating
	})
}

// adoptTables follows the route tables of the Transit Gateways here.
func (h *Host) adoptTables() {
	wanted := map[demarc.TransitRouteTableID]bool{}
	for _, want := range h.want.TransitTables {
		wanted[want.ID] = true
		t := h.tables[want.ID]
		if t == nil {
			t = newTable(want.ID)
			h.tables[want.ID] = t
		}
		if t.want != nil && reflect.DeepEqual(*t.want, want) {
			continue
		}
		t.want = &want
		h.adoptLinks(&t.network, t.lines())
		h.work.Mark(tableUnit(want.ID))
		h.work.Mark(h.parts(t.id)...)
		h.work.Mark(routesUnit(t.id))
	}
	for id, t := range h.tables {
		if !wanted[id] && t.want != nil {
			t.want, t.wanted = nil, false
			h.work.Mark(tableUnit(id))
		}
	}
}

// doTable makes a table's namespace and removes from it what is not wanted, or
// removes it whole.
func (h *Host) doTable(ctx context.Context, id demarc.TransitRouteTableID) error {
	keep, there, gone := h.planTable(id)
	if gone {
		return h.removeTable(id)
	}
	if !there {
		return nil
	}
	n, fresh, err := router.Ensure(h.namespace(string(id)))
	if err != nil {
		return err
	}
	defer n.Close()
	// No customer sends to another by way of a Transit Gateway: that is what
	// SiteLink is for.
	if err := linux.EnsureApart(n, "lines-apart", naming.BackboneHostPrefix); err != nil {
		return err
	}
	if err := h.watch(ctx, string(id), n, fresh); err != nil {
		return err
	}
	return keepLinks(n, keep)
}

// planTable says which links are this host's to keep: those to VPCs, and its
// ends of tunnels to devices.
func (h *Host) planTable(id demarc.TransitRouteTableID) (keep map[string]bool, there, gone bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	t := h.tables[id]
	if t == nil || t.want == nil {
		return nil, false, t != nil
	}
	keep = map[string]bool{}
	for name := range t.vpcs() {
		keep[name] = true
	}
	for name, l := range t.links {
		keep[name] = l.device.Tunnel.VNI != 0
	}
	return keep, true, false
}

func keepLinks(n *linux.Namespace, keep map[string]bool) error {
	links, err := linux.Links(n)
	for name, link := range links {
		ours := strings.HasPrefix(name, naming.AttachedVPCPrefix) || link.Type == "vxlan"
		if ours && !keep[name] {
			err = errors.Join(err, linux.DeleteLink(n, name))
		}
	}
	return err
}

func (h *Host) removeTable(id demarc.TransitRouteTableID) error {
	h.mu.Lock()
	t := h.tables[id]
	h.endNetwork(&t.network, "the route table was deleted")
	h.mu.Unlock()
	if err := router.Remove(h.namespace(string(id))); err != nil {
		return err
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if t.want == nil {
		delete(h.tables, id)
	}
	return nil
}

// towards is the way to an attached VPC; the zero Hop for what is none. Called
// with mu held.
func (t *table) towards(attachment string) router.Hop {
	for name, a := range t.vpcs() {
		if string(a.ID) == attachment {
			return towardsVPC(name)
		}
	}
	return router.Hop{}
}
