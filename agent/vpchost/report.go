package vpchost

import (
	"cmp"
	"errors"
	"io/fs"
	"maps"
	"slices"

	"demarc"
	"demarc/agent/linux"
	"demarc/agent/naming"
	"demarc/agent/rib"
	"demarc/intent"
)

// Report says what the host sees now; counters are those of the last second.
func (h *Host) Report() intent.Report {
	h.mu.Lock()
	defer h.mu.Unlock()
	report := intent.Report{
		Node: h.config.Node, Applied: h.version,
		Problems: h.crew.Problems(h.exists),
	}
	for _, id := range slices.Sorted(maps.Keys(h.vpcs)) {
		if v := h.vpcs[id]; v.want != nil {
			report.VPCs = append(report.VPCs, &intent.VPCSeen{ID: id, Propagated: v.propagatedSeen(), Tables: v.tablesSeen(), Refused: v.refused, Paths: v.paths, Probes: append(v.probers[0].seen(), v.probers[1].seen()...)})
		}
	}
	return report
}

// propagatedSeen is what gateways teach, also where the table takes nothing
// from them.
func (v *vpc) propagatedSeen() []intent.PropagatedSeen {
	var seen []intent.PropagatedSeen
	for _, l := range v.links {
		for _, row := range l.propagated() {
			learned, _ := l.session.in.Route(row.Prefix)
			seen = append(seen, intent.PropagatedSeen{
				Prefix: row.Prefix, Gateway: l.gateway.Target, Device: l.device.Node,
				ASPath: rib.ASPath(learned.Attributes.Path), Path: row.Path,
			})
		}
	}
	slices.SortFunc(seen, func(a, b intent.PropagatedSeen) int {
		return cmp.Or(a.Prefix.Compare(b.Prefix), cmp.Compare(a.Gateway, b.Gateway), cmp.Compare(a.Device, b.Device))
	})
	return seen
}

// tablesSeen says how much of it each table takes.
func (v *vpc) tablesSeen() (seen []intent.TableSeen) {
	for _, t := range v.want.Tables {
		taken, out := v.table(t).Admitted()
		seen = append(seen, intent.TableSeen{ID: t.ID, Propagated: len(taken), LeftOut: len(out)})
	}
	return seen
}

// count reads what passed by each way out of each VPC.
func (h *Host) count() {
	for _, id := range h.ids() {
		links, refused, err := readCounters(h.namespace(string(id)))
		if err != nil {
			h.log.Warn("counters were not read", "vpc", string(id), "err", err)
			continue
		}
		h.mu.Lock()
		if v := h.vpcs[id]; v != nil && v.want != nil {
			v.paths, v.refused = v.countPaths(links), v.countRefused(refused)
		}
		h.mu.Unlock()
	}
}

func (h *Host) ids() []demarc.VPCID {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Collect(maps.Keys(h.vpcs))
}

func readCounters(namespace string) (links map[string]linux.Link, refused map[string]linux.Refusals, err error) {
	n, err := linux.OpenNamespace(namespace)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	defer n.Close()
	if links, err = linux.Links(n); err != nil {
		return nil, nil, err
	}
	refused, err = linux.Refused(n, gates)
	return links, refused, err
}

// countPaths adds up the links of each target. Called with mu held.
func (v *vpc) countPaths(links map[string]linux.Link) []intent.PathSeen {
	sums := map[string]intent.PathSeen{}
	add := func(target string, link linux.Link) {
		sum := sums[target]
		sum.Target = target
		sum.OutPackets += link.TxPackets
		sum.OutBytes += link.TxBytes
		sum.InPackets += link.RxPackets
		sum.InBytes += link.RxBytes
		sums[target] = sum
	}
	if igw := v.want.InternetGateway; igw != nil {
		add(igw.ID, links[naming.VPCInternet])
	}
	for name, t := range v.transits() {
		add(string(t.Gateway), links[name])
	}
	for name, l := range v.links {
		add(string(l.gateway.Target), links[name])
	}
	return slices.SortedFunc(maps.Values(sums), func(a, b intent.PathSeen) int { return cmp.Compare(a.Target, b.Target) })
}
