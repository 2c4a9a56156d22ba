package lab

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"demarc"
	"demarc/agent/linux"
	"demarc/agent/vlan"
	"demarc/site"
)

// A Router is a customer's router in its own namespace: eth0 is where the
// cross-connect ends, lan0 the network behind it. One that a partner carries
// has only the tagged interfaces: the cross-connect ends at the carrier's.
type Router struct {
	name      string
	lan       netip.Prefix
	dir       string // where its daemon keeps its files
	namespace *linux.Namespace
	cage      *linux.Namespace // where cross-connects end: namespace, or the carrier's
	log       *slog.Logger
	daemon    daemon
	host      *Host

	demux *vlan.Demux
}

// A daemon is what speaks BGP on a router.
type daemon interface {
	// Start runs the daemon with a configuration as it is.
	Start(ctx context.Context, config string) error
	// Learned lists the prefixes learned by BGP, with their next hops.
	Learned(ctx context.Context) (map[netip.Prefix]netip.Addr, error)
	// Established reports whether the session with a neighbour is up.
	Established(ctx context.Context, neighbour netip.Addr) (bool, error)
	// AdvertiseDefault starts to announce 0.0.0.0/0 to a neighbour.
	AdvertiseDefault(ctx context.Context, neighbour netip.Addr) error
	// Type types lines into the daemon's own shell, and returns what it printed.
	Type(ctx context.Context, lines []string) ([]byte, error)
	// RouterType is the identifier to ask DescribeRouterConfiguration for.
	RouterType() string
	// Stop ends the daemon and waits for it; stopping twice is nothing.
	Stop() error
}

func (w *World) addRouter(r site.Router) error {
	ns, err := linux.CreateNamespace(Namespace(w.instance, r.Name))
	if err != nil {
		return err
	}
	dir := filepath.Join(w.runDir, r.Name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return errors.Join(err, ns.Close())
	}
	router := &Router{name: r.Name, lan: r.LAN, dir: dir, namespace: ns, cage: ns, log: w.log, daemon: newDaemon(r.Daemon, ns, dir)}
	if r.Via != "" {
		router.cage = w.carriers[r.Via]
	}
	w.routers[r.Name] = router
	for _, forwarding := range []string{"net/ipv6/conf/all/forwarding", "net/ipv4/ip_forward"} {
		if err := ns.Sysctl(forwarding, "1"); err != nil {
			return err
		}
	}
	if err := w.addHost(r.Host); err != nil {
		return err
	}
	router.host = w.hosts[r.Host.Name]
	return router.plugHost(r)
}

// plugHost joins the router's network to the host in it.
func (r *Router) plugHost(s site.Router) error {
	ours, theirs := []netip.Prefix{s.LAN}, []netip.Prefix{netip.PrefixFrom(s.Host.Address, s.LAN.Bits())}
	hops := map[netip.Prefix]linux.Nexthop{demarc.DefaultRoute: {ID: 1, Link: "eth0", Gateway: s.LAN.Addr()}}
	if s.LAN6.IsValid() {
		ours, theirs = append(ours, s.LAN6), append(theirs, netip.PrefixFrom(s.Host.IPv6, s.LAN6.Bits()))
		hops[demarc.DefaultRoute6] = linux.Nexthop{ID: 2, Link: "eth0", Gateway: s.LAN6.Addr()}
	}
	err := linux.EnsureVeth(
		linux.End{Namespace: r.namespace, Name: "lan0", MTU: 9001, Addresses: ours, LinkLocal: s.LAN6.IsValid()},
		linux.End{Namespace: r.host.namespace, Name: "eth0", MTU: 9001, Addresses: theirs, LinkLocal: s.LAN6.IsValid()},
	)
	if err != nil {
		return err
	}
	var routes []linux.Route
	for prefix, hop := range hops {
		if err := linux.EnsureNexthop(r.host.namespace, hop); err != nil {
			return err
		}
		routes = append(routes, linux.Route{Prefix: prefix, Nexthop: hop.ID})
	}
	return linux.ApplyRoutes(r.host.namespace, routes, nil)
}

// Name is the router's name in the site file.
func (r *Router) Name() string { return r.name }

// Namespace is where the router lives.
func (r *Router) Namespace() *linux.Namespace { return r.namespace }

// Host is the machine behind the router.
func (r *Router) Host() *Host { return r.host }

// LAN is the network behind the router.
func (r *Router) LAN() netip.Prefix { return r.lan.Masked() }

// RouterType is what DescribeRouterConfiguration is asked for.
func (r *Router) RouterType() string { return r.daemon.RouterType() }

// AddTag gives the router the sub-interface parent.vlan, as
// `ip link add link eth0 name eth0.101 type vlan id 101` would; this works on
// kernels without the 8021q module too. An address, where the daemon sets
// none, is given with it. The parent must be there: the cable is plugged in.
//
// Where a partner carries the router, the parent is the partner's, and what it
// takes the tag off comes to the router as eth0.vlan, whatever the parent.
func (r *Router) AddTag(parent string, tag demarc.VLAN, mtu int, address netip.Prefix) error {
	if _, plugged, err := linux.LinkState(r.cage, parent); err != nil || !plugged {
		return errors.Join(err, fmt.Errorf("router %s has no %s: nothing is plugged in", r.name, parent))
	}
	name, inner := Subinterface(parent, tag), fmt.Sprintf("t%d", tag)
	if r.carried() {
		name, inner = Subinterface("eth0", tag), parent+inner
	}
	if err := r.addSubinterface(name, inner, mtu, address); err != nil {
		return err
	}
	if r.demux == nil {
		var err error
		if r.demux, err = vlan.Open(r.cage); err != nil {
			return err
		}
	}
	if err := r.demux.EnsurePort(parent); err != nil {
		return err
	}
	return r.demux.EnsureVIF(vlan.VIF{Port: parent, VLAN: uint16(tag), Link: inner})
}

// carried reports whether a partner's router stands in the cage.
func (r *Router) carried() bool { return r.cage != r.namespace }

// addSubinterface makes the two ends of a tag: name with its address at the
// router, inner where the tag is added. One that is there is left alone, unless
// it leads elsewhere.
func (r *Router) addSubinterface(name, inner string, mtu int, address netip.Prefix) error {
	_, outside, err := linux.LinkState(r.namespace, name)
	if err != nil {
		return err
	}
	_, inside, err := linux.LinkState(r.cage, inner)
	if err != nil || outside && inside {
		return err
	}
	if err := linux.DeleteLink(r.namespace, name); err != nil {
		return err
	}
	end := linux.End{Namespace: r.namespace, Name: name, MTU: mtu, LinkLocal: true}
	if _, selfConfigured := r.daemon.(*frr); !selfConfigured {
		end.Addresses = []netip.Prefix{address}
	}
	return linux.EnsureVeth(end, linux.End{Namespace: r.cage, Name: inner, MTU: mtu})
}

// Configure pastes a configuration, unedited, and starts the daemon with it.
func (r *Router) Configure(ctx context.Context, config string) error {
	if err := r.daemon.Stop(); err != nil {
		return err
	}
	if err := r.daemon.Start(ctx, config); err != nil {
		return fmt.Errorf("start the daemon of %s: %w", r.name, err)
	}
	return nil
}

// Paste types a configuration into the daemon that runs, besides the one it has.
// BIRD has one configuration, which is to be given whole.
func (r *Router) Paste(ctx context.Context, config string) error {
	if _, ok := r.daemon.(*frr); !ok {
		return fmt.Errorf("router %s does not run FRR: join the configurations, and configure it with them", r.name)
	}
	lines := []string{"configure terminal"}
	for line := range strings.Lines(config) {
		if line = strings.TrimRight(line, "\n"); line != "" && !strings.HasPrefix(strings.TrimSpace(line), "!") {
			lines = append(lines, line)
		}
	}
	_, err := r.Type(ctx, lines)
	return err
}

// Learned lists the prefixes that the router learned by BGP.
func (r *Router) Learned(ctx context.Context) ([]netip.Prefix, error) {
	routes, err := r.daemon.Learned(ctx)
	if err != nil {
		return nil, err
	}
	var prefixes []netip.Prefix
	for p := range routes {
		prefixes = append(prefixes, p)
	}
	slices.SortFunc(prefixes, func(a, b netip.Prefix) int { return a.Addr().Compare(b.Addr()) })
	return prefixes, nil
}

// Established reports whether the router's session with neighbour is up.
func (r *Router) Established(ctx context.Context, neighbour netip.Addr) (bool, error) {
	return r.daemon.Established(ctx, neighbour)
}

// AdvertiseDefault makes the router announce 0.0.0.0/0 as well.
func (r *Router) AdvertiseDefault(ctx context.Context, neighbour netip.Addr) error {
	return r.daemon.AdvertiseDefault(ctx, neighbour)
}

// Type types lines into the shell of the router's daemon (vtysh, or birdc), and
// returns what it printed.
func (r *Router) Type(ctx context.Context, lines []string) ([]byte, error) {
	return r.daemon.Type(ctx, lines)
}

// Stop ends the router's daemon.
func (r *Router) Stop() error {
	var errs []error
	if r.demux != nil {
		errs = append(errs, r.demux.Close())
		r.demux = nil
	}
	return errors.Join(append(errs, r.daemon.Stop())...)
}
