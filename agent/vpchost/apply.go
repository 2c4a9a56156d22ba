package vpchost

import (
	"reflect"
	"slices"
	"strings"

	"demarc"
	"demarc/agent/naming"
	"demarc/intent"
)

// Apply says what the host must be from now on, whole. It does not wait for
// anything to become true. An intent that is not for a VPC host changes
// nothing.
func (h *Host) Apply(node intent.Node) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if node.VPCHost == nil {
		return
	}
	h.want, h.version = *node.VPCHost, node.Version
	wanted := map[demarc.VPCID]bool{}
	for _, want := range h.want.VPCs {
		wanted[want.ID] = true
		h.adoptVPC(want)
	}
	for id, v := range h.vpcs {
		if !wanted[id] && v.want != nil {
			v.want, v.wanted = nil, false
			h.work.Mark(vpcUnit(id))
		}
	}
	h.adoptTables()
	h.adoptInternets()
	h.adoptLeftovers()
	h.found = nil // sessions have inherited what is theirs; later there are no leftovers
	h.config.Changed()
}

func (h *Host) adoptVPC(want intent.VPC) {
	v := h.vpcs[want.ID]
	if v == nil {
		v = newVPC(want.ID)
		h.vpcs[want.ID] = v
	}
	if v.want != nil && reflect.DeepEqual(*v.want, want) {
		return
	}
	v.want = &want
	h.adoptCables(v)
	h.adoptLinks(&v.network, lines(want))
	h.work.Mark(vpcUnit(want.ID))
	h.work.Mark(h.parts(string(want.ID))...)
	h.work.Mark(routesUnit(string(want.ID)))
	if igw := want.InternetGateway; igw != nil {
		h.work.Mark(internetUnit(igw.ID)) // it routes back to the VPC's range
	}
}

// adoptCables forgets cables of hosts that are gone; the VPC's unit removes
// what is not in the list.
func (h *Host) adoptCables(v *vpc) {
	v.cables = map[string]intent.Host{}
	for _, host := range v.want.Hosts {
		v.cables[naming.AppHost(host.Jack.Namespace, host.Jack.Interface)] = host
	}
}

// lines are the VPC's backbone links: one for each device of each gateway, which
// hears the VPC's ranges.
func lines(want intent.VPC) map[string]line {
	all := map[string]line{}
	for _, gw := range want.Gateways {
		for _, device := range gw.Devices {
			all[naming.BackboneHost(gw.ID, device.Node)] = line{gw, device, want.Ranges()}
		}
	}
	return all
}

// adoptInternets follows the VPCs' internet gateways.
func (h *Host) adoptInternets() {
	wanted := map[string]bool{}
	for _, v := range h.want.VPCs {
		want := v.InternetGateway
		if want == nil {
			continue
		}
		wanted[want.ID] = true
		i := h.internets[want.ID]
		if i == nil {
			i = &internet{}
			h.internets[want.ID] = i
		}
		if i.want == nil || i.vpc != v.ID || *i.want != *want || !slices.Equal(i.ranges, v.Ranges()) {
			i.want, i.vpc, i.ranges = want, v.ID, v.Ranges()
			h.work.Mark(internetUnit(want.ID))
		}
	}
	for id, i := range h.internets {
		if !wanted[id] && i.want != nil {
			i.want = nil
			h.work.Mark(internetUnit(id))
		}
	}
}

// adoptLeftovers has what an earlier run made and nobody wants any more
// removed like anything else.
func (h *Host) adoptLeftovers() {
	for name := range h.found {
		id, _ := h.config.Instance.Owned(h.config.Node, name)
		vpcID := demarc.VPCID(id)
		switch {
		case strings.HasPrefix(id, "vpc-") && h.vpcs[vpcID] == nil:
			h.vpcs[vpcID] = newVPC(vpcID)
			h.work.Mark(vpcUnit(vpcID))
		case strings.HasPrefix(id, "tgw-rtb-") && h.tables[demarc.TransitRouteTableID(id)] == nil:
			table := demarc.TransitRouteTableID(id)
			h.tables[table] = newTable(table)
			h.work.Mark(tableUnit(table))
		case strings.HasPrefix(id, "igw-") && h.internets[id] == nil:
			h.internets[id] = &internet{}
			h.work.Mark(internetUnit(id))
		}
	}
}
