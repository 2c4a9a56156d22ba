package vpchost

import (
	"cmp"
	"errors"
	"hash/crc32"
	"io/fs"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"demarc"
	"demarc/agent/backbone"
	"demarc/agent/fastpath"
	"demarc/agent/linux"
	"demarc/agent/naming"
	"demarc/agent/rib"
	"demarc/agent/router"
	"demarc/bgp"
	"demarc/intent"
	"demarc/route"
)

// doRoutes makes the routes of a network's namespace those of its route tables
// that are in use, and has what each app host sends judged by its own. Tables
// come first, so that nobody is sent to an empty one.
func (h *Host) doRoutes(id string) error {
	n, err := linux.OpenNamespace(h.namespace(id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // its own unit makes it
	}
	if err != nil {
		return err
	}
	defer n.Close()
	links, err := linux.Links(n)
	if err != nil {
		return err
	}
	plan, ok := h.planRoutes(id, links)
	if !ok {
		return nil
	}
	err = errors.Join(router.ApplyTables(n, plan.tables, plan.bounds), linux.ApplyRules(n, plan.rules))
	if plan.ways != nil {
		err = errors.Join(err, h.forward(demarc.VPCID(id), n, plan.ways))
	}
	return err
}

// A plan is what the kernel is to know of a network's routes.
type plan struct {
	tables router.Tables
	bounds map[uint32]router.Bounds
	rules  []linux.Rule
	ways   map[string]fastpath.Way // nil where there is no fast path
}

// planRoutes finds the routes of a VPC or of a transit route table.
func (h *Host) planRoutes(id string, links map[string]linux.Link) (plan, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := h.network(id)
	if n == nil || !n.wanted || n.unwatch == nil {
		return plan{}, false // the first event of the watch asks again
	}
	if t := h.tables[demarc.TransitRouteTableID(id)]; t != nil {
		routes, bounds := t.planTransitRoutes(links)
		return plan{tables: router.Tables{router.Main: routes}, bounds: map[uint32]router.Bounds{router.Main: bounds}}, true
	}
	return h.vpcs[demarc.VPCID(id)].planRoutes(links), true
}

// planRoutes has the local routes in the main table: they come before all
// others, and are all that there is for what comes in by a gateway. Called with
// Host.mu held.
func (v *vpc) planRoutes(links map[string]linux.Link) plan {
	local := router.Routes{}
	for _, p := range v.want.Ranges() {
		local[p] = router.Hop{}
	}
	maps.Copy(local, v.localRoutes(links))
	p := plan{tables: router.Tables{router.Main: local}, bounds: map[uint32]router.Bounds{router.Main: {}}}
	numbers := numbered(v.want.Tables)
	for _, table := range v.want.Tables {
		n := numbers[table.ID]
		p.tables[n], p.bounds[n] = v.routes(table, links)
	}
	p.rules = v.rules(numbers)
	p.ways = v.fastWays(links, p.rules)
	return p
}

// numbered gives each table the number that the kernel knows it by, the same
// after a restart and whatever other tables come and go: another number would
// for a moment be another table's.
func numbered(tables []intent.RouteTable) map[demarc.RouteTableID]uint32 {
	numbers, taken := map[demarc.RouteTableID]uint32{}, map[uint32]bool{}
	for _, t := range slices.SortedFunc(slices.Values(tables), func(a, b intent.RouteTable) int { return cmp.Compare(a.ID, b.ID) }) {
		n := crc32.ChecksumIEEE([]byte(t.ID)) | 1<<31 // far from the kernel's own, which are below 256
		for taken[n] {
			n = (n + 1) | 1<<31
		}
		numbers[t.ID], taken[n] = n, true
	}
	return numbers
}

// rules have what an app host sends judged by its table, and by the main one
// what the namespace itself has to say, to anywhere: it answers for all of them.
func (v *vpc) rules(numbers map[demarc.RouteTableID]uint32) []linux.Rule {
	if len(v.want.Tables) == 0 {
		return nil
	}
	main := numbers[v.want.Tables[0].ID]
	rules := []linux.Rule{{Link: linux.OwnPackets, Table: main}}
	for name, host := range v.cables {
		rules = append(rules, linux.Rule{Link: name, Table: cmp.Or(numbers[host.Table], main)})
	}
	return rules
}

// routes leads every route of a table that is in use, but for the local ones,
// to its hop, or to all that are as good. What has no hop now is dropped, as in
// AWS ("blackhole"): it must not fall to a shorter route. What was written by
// hand to a virtual private gateway carries no jumbo frames, as in AWS, nor does
// what several lines of different MTUs lead to. Called with Host.mu held.
func (v *vpc) routes(t intent.RouteTable, links map[string]linux.Link) (router.Routes, router.Bounds) {
	routes, bounds := router.Routes{}, router.Bounds{}
	var byHand []route.Verdict
	var inUse []netip.Prefix
	for _, verdict := range route.Evaluate(v.table(t)) {
		if !verdict.Active || verdict.Kind == route.KindLocal {
			continue
		}
		inUse = append(inUse, verdict.Prefix)
		if verdict.Kind.Written() && strings.HasPrefix(verdict.Target, "vgw-") {
			byHand = append(byHand, verdict)
			continue
		}
		routes[verdict.Prefix] = router.Spread(routes[verdict.Prefix], lit(v.hop(verdict.Route), links))
		if verdict.Kind == route.KindPropagated && mixed(v.links, verdict.Prefix) {
			bounds[verdict.Prefix] = plainMTU
		}
	}
	known := map[string][]route.TransitRoute{}
	for _, verdict := range byHand {
		if _, asked := known[verdict.Target]; !asked {
			known[verdict.Target] = knownBy(v.links, verdict.Target)
		}
		for _, r := range route.Behind(verdict.Prefix, known[verdict.Target], inUse) {
			routes[r.Prefix], bounds[r.Prefix] = waysOf(v.links, r, links), plainMTU
		}
	}
	return routes, bounds
}

// lit is a hop whose link has carrier; the zero Hop for one that has not.
func lit(hop router.Hop, links map[string]linux.Link) router.Hop {
	if !links[hop.Link].Carrier {
		return router.Hop{}
	}
	return hop
}

// mixed reports whether lines to a prefix have different MTUs, used or not. Called
// with Host.mu held.
func mixed(links map[string]*link, prefix netip.Prefix) bool {
	first := 0
	for _, l := range links {
		learned, _ := l.session.in.Route(prefix)
		mtu, told := backbone.ToldMTU(learned.Attributes.Communities)
		if told && (mtu == backbone.Mixed || first != 0 && mtu != first) {
			return true
		}
		first = max(first, mtu)
	}
	return false
}

// plainMTU is Ethernet's without jumbo frames.
const plainMTU = 1500

// table is what a route table has been given by now. Called with mu held.
func (v *vpc) table(t intent.RouteTable) route.Table {
	table := route.Table{Local: v.want.Ranges()}
	for _, static := range t.Static {
		table.Static = append(table.Static, route.Static{Prefix: static.Prefix, List: string(static.List), Target: static.Target})
	}
	for _, name := range slices.Sorted(maps.Keys(v.links)) {
		if l := v.links[name]; slices.Contains(t.Propagating, l.gateway.Target) {
			table.Propagated = append(table.Propagated, l.propagated()...)
		}
	}
	return table
}

// propagated are the routes that a gateway learned on one device, which they
// lead to by their link: two gateways on one device may have the same target.
// What only the kernel knows of, after a restart, is worse than what any
// session says.
func (l *link) propagated() []route.Propagated {
	var rows []route.Propagated
	add := func(prefix netip.Prefix, path route.Path) {
		path.Internal, path.RouterID, path.Peer = true, l.device.RouterID, backbone.CustomerSide.Addr()
		rows = append(rows, route.Propagated{Prefix: prefix, Target: string(l.gateway.Target), Via: l.session.hop.Link, Path: path})
	}
	for prefix := range l.session.in.Inherited() {
		add(prefix, route.Path{})
	}
	for prefix, learned := range l.session.in.Routes() {
		add(prefix, path(learned))
	}
	return rows
}

func path(learned rib.Route) route.Path {
	a := learned.Attributes
	p := route.Path{
		LocalPreference: bgp.DefaultLocalPref,
		ASPathLength:    a.Path.Len(), Origin: uint8(a.Origin), MED: a.MED,
	}
	if a.HasLocalPref {
		p.LocalPreference = a.LocalPref
	}
	return p
}

// hop is where a route in use leads; the zero Hop if nowhere. Called with mu
// held.
func (v *vpc) hop(r route.Route) router.Hop {
	if igw := v.want.InternetGateway; igw != nil && r.Target == igw.ID {
		return router.Hop{Link: naming.VPCInternet, Gateway: backbone.CustomerSide.Addr()}
	}
	for name, t := range v.transits() {
		if string(t.Gateway) == r.Target {
			return towardsTable(name)
		}
	}
	if l := v.links[r.Via]; l != nil {
		return l.session.hop
	}
	return router.Hop{}
}
