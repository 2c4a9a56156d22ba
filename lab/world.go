// Package lab is the world around demarc on a machine that plays all parties:
// customers' routers running FRR or BIRD, hosts behind them, partners' routers
// that carry customers' tags, app hosts in the VPCs, and an internet with a web
// server, each in a network namespace.
//
// It is not part of demarc's own network: agents plug cables into it, as a
// facility would, and everything it proves it proves from outside. Nothing in
// it survives the process but namespaces, which the next start cleans.
package lab

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"demarc"
	"demarc/agent/linux"
	"demarc/site"
)

// A World is the surroundings of one installation.
type World struct {
	instance string
	runDir   string // where router daemons keep their sockets; every directory above it is open to all
	log      *slog.Logger

	carriers map[string]*linux.Namespace
	routers  map[string]*Router
	hosts    map[string]*Host
	apps     map[string]*Host // by environment, the first of each
	internet *Host
	public   *bird // the public network's router, in the internet; nil for none
}

// Build makes the world of a site. The caller calls Close, also after an
// error.
func Build(instance string, s *site.Site, log *slog.Logger) (*World, error) {
	w := &World{
		instance: instance,
		runDir:   RunDir(instance),
		log:      log,
		carriers: map[string]*linux.Namespace{},
		routers:  map[string]*Router{},
		hosts:    map[string]*Host{},
		apps:     map[string]*Host{},
	}
	if err := os.MkdirAll(w.runDir, 0o755); err != nil {
		return w, fmt.Errorf("make the lab's run directory: %w", err)
	}
	for _, name := range s.Lab.Carriers {
		ns, err := linux.CreateNamespace(Namespace(instance, name))
		if err != nil {
			return w, fmt.Errorf("build carrier %s: %w", name, err)
		}
		w.carriers[name] = ns
	}
	for _, r := range s.Lab.Routers {
		if err := w.addRouter(r); err != nil {
			return w, fmt.Errorf("build router %s: %w", r.Name, err)
		}
	}
	for _, env := range s.Environments {
		for _, app := range env.Apps {
			if err := w.addHost(app); err != nil {
				return w, fmt.Errorf("build app host %s: %w", app.Name, err)
			}
			if w.apps[env.Name] == nil {
				w.apps[env.Name] = w.hosts[app.Name]
			}
		}
	}
	if in := s.Lab.Internet; in != nil {
		if err := w.addInternet(*in); err != nil {
			return w, fmt.Errorf("build the internet: %w", err)
		}
		if err := w.addPublicNetwork(s); err != nil {
			return w, fmt.Errorf("build the public network: %w", err)
		}
	}
	return w, nil
}

// RunDir is where the routers of an instance keep their files. It is outside
// the data directory because the daemons drop root and must reach it.
func RunDir(instance string) string { return filepath.Join("/run", instance) }

// Namespace is the full name of a place in the world.
func Namespace(instance, name string) string { return instance + "-" + name }

// Router returns a customer's router by its name in the site file.
func (w *World) Router(name string) (*Router, error) {
	if r, ok := w.routers[name]; ok {
		return r, nil
	}
	return nil, fmt.Errorf("the site's lab has no router %q", name)
}

// App returns the first app host of an environment and its address.
func (w *World) App(environment string) (*Host, netip.Addr, error) {
	if h, ok := w.apps[environment]; ok {
		return h, h.address, nil
	}
	return nil, netip.Addr{}, fmt.Errorf("environment %q has no app host", environment)
}

// Internet returns the place outside, nil if the site has none.
func (w *World) Internet() *Host { return w.internet }

// Close stops what runs in the world and removes it.
func (w *World) Close() error {
	var errs []error
	for _, r := range w.routers {
		errs = append(errs, r.Stop())
	}
	if w.public != nil {
		errs = append(errs, w.public.Stop())
	}
	errs = append(errs, w.endStrangers())
	for _, h := range w.everyHost() {
		errs = append(errs, h.close())
	}
	for _, r := range w.routers {
		errs = append(errs, r.namespace.Close(), linux.DeleteNamespace(r.namespace.Name()))
	}
	for _, ns := range w.carriers {
		errs = append(errs, ns.Close(), linux.DeleteNamespace(ns.Name()))
	}
	errs = append(errs, os.RemoveAll(w.runDir))
	return errors.Join(errs...)
}

// endStrangers ends what others have started in the world: daemons that demarc
// lab configure left on a router, a ping that somebody forgot.
func (w *World) endStrangers() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	var names []string
	for _, r := range w.routers {
		names = append(names, r.namespace.Name())
	}
	for _, ns := range w.carriers {
		names = append(names, ns.Name())
	}
	for _, h := range w.everyHost() {
		names = append(names, h.namespace.Name())
	}
	return killInside(ctx, names)
}

func (w *World) everyHost() []*Host {
	var all []*Host
	for _, h := range w.hosts {
		all = append(all, h)
	}
	if w.internet != nil {
		all = append(all, w.internet)
	}
	return all
}

// addHost makes a host without a cable; whoever connects it gives it an
// address, as DHCP would.
func (w *World) addHost(s site.App) error {
	ns, err := linux.CreateNamespace(Namespace(w.instance, s.Name))
	if err != nil {
		return err
	}
	h := &Host{name: s.Name, address: s.Address, namespace: ns, log: w.log}
	w.hosts[s.Name] = h
	return h.serveHTTP()
}

func (w *World) addInternet(in site.Internet) error {
	ns, err := linux.CreateNamespace(Namespace(w.instance, in.Name))
	if err != nil {
		return err
	}
	w.internet = &Host{name: in.Name, address: in.Web, namespace: ns, log: w.log}
	web := linux.End{Namespace: ns, Name: "web0", Addresses: []netip.Prefix{netip.PrefixFrom(in.Web, in.Web.BitLen())}}
	if in.Web6.IsValid() {
		web.Addresses = append(web.Addresses, netip.PrefixFrom(in.Web6, in.Web6.BitLen()))
	}
	if err := linux.EnsureVeth(web, linux.End{Namespace: ns, Name: "web1"}); err != nil {
		return err
	}
	return w.internet.serveHTTP()
}

// Clean removes what a killed lab of the instance left behind: processes in
// its namespaces, the namespaces, and the routers' files.
func Clean(ctx context.Context, instance string) error {
	names, err := linux.ListNamespaces(instance + "-")
	if err != nil {
		return err
	}
	if err := killInside(ctx, names); err != nil {
		return err
	}
	var errs []error
	for _, name := range names {
		errs = append(errs, linux.DeleteNamespace(name))
	}
	errs = append(errs, os.RemoveAll(RunDir(instance)))
	return errors.Join(errs...)
}

// Subinterface is the name a router gives to a tag on an interface.
func Subinterface(parent string, vlan demarc.VLAN) string {
	return fmt.Sprintf("%s.%d", parent, vlan)
}

// InstanceOf derives the instance's name from where its data lives, so that
// two installations on one machine never meet.
func InstanceOf(dataDir string) (string, error) {
	abs, err := filepath.Abs(dataDir)
	if err != nil {
		return "", err
	}
	return "demarc-" + shortHash(strings.TrimRight(abs, "/")), nil
}
