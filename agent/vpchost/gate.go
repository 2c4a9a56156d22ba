package vpchost

import (
	"maps"
	"slices"

	"demarc/agent/linux"
	"demarc/agent/naming"
	"demarc/intent"
)

// gates is the name of the nftables table that filters by security groups.
const gates = "demarc-groups"

// gatesOf are the cables of app hosts that are in security groups.
func gatesOf(want *intent.VPC) (all []linux.Gate) {
	for _, host := range want.Hosts {
		if host.Gate == nil {
			continue
		}
		g := linux.Gate{Link: naming.AppHost(host.Jack.Namespace, host.Jack.Interface)}
		for _, p := range host.Gate.Passes {
			g.Passes = append(g.Passes, linux.Pass{Out: p.Egress, Far: p.Far, Protocol: p.Protocol, From: p.From, To: p.To})
		}
		all = append(all, g)
	}
	return all
}

// countRefused is by the app hosts' interfaces. Called with mu held.
func (v *vpc) countRefused(refused map[string]linux.Refusals) (seen []intent.GateSeen) {
	for _, name := range slices.Sorted(maps.Keys(v.cables)) {
		if host := v.cables[name]; host.Gate != nil {
			seen = append(seen, intent.GateSeen{
				Host: host.Jack.Namespace, Address: host.Address,
				InPackets: refused[name].In.Packets, OutPackets: refused[name].Out.Packets,
			})
		}
	}
	return seen
}
