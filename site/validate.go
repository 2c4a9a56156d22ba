package site

import (
	"fmt"
	"maps"
	"net/netip"
	"net/url"
	"regexp"
	"slices"

	"demarc"
)

// A place is a path into the file: locations[1].devices[0].name.
type checker struct {
	site  *Site
	names map[string]string // name of a place in the network, or an uplink → where it was first used
}

func (s *Site) validate() error {
	c := checker{site: s, names: map[string]string{}}
	for _, check := range []func() error{c.regions, c.quotas, c.accounts, c.public, c.locations, c.hosts, c.addresses, c.environments, c.uplinks, c.lab} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func (c checker) accounts() error {
	parties := []demarc.Party{demarc.Customer, demarc.Partner, demarc.Platform, demarc.Facility}
	for i, a := range c.site.Accounts {
		at := fmt.Sprintf("accounts[%d]", i)
		if a.Name == "" {
			return fmt.Errorf("%s.name: is missing", at)
		}
		if !slices.Contains(parties, a.Party) {
			return fmt.Errorf("%s.party: %q is none of customer, partner, platform, facility", at, a.Party)
		}
		if slices.IndexFunc(c.site.Accounts, func(b Account) bool { return a.Name == b.Name }) != i {
			return fmt.Errorf("%s.name: %q is there twice", at, a.Name)
		}
		if err := c.roles(at, a); err != nil {
			return err
		}
	}
	return nil
}

// roleName is what IAM takes.
var roleName = regexp.MustCompile(`^[A-Za-z0-9_+=,.@-]{1,64}$`)

func (c checker) roles(at string, a Account) error {
	for i, r := range a.Roles {
		where := fmt.Sprintf("%s.roles[%d]", at, i)
		if !roleName.MatchString(r.Name) {
			return fmt.Errorf("%s.name: %q; expected 1 to 64 letters, digits and _+=,.@-", where, r.Name)
		}
		if slices.IndexFunc(a.Roles, func(b Role) bool { return r.Name == b.Name }) != i {
			return fmt.Errorf("%s.name: %q is there twice", where, r.Name)
		}
		for j, by := range r.AssumedBy {
			if err := c.account(fmt.Sprintf("%s.assumedBy[%d]", where, j), by, ""); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c checker) account(at, name string, party demarc.Party) error {
	for _, a := range c.site.Accounts {
		if a.Name == name {
			if party != "" && a.Party != party {
				return fmt.Errorf("%s: account %q is a %s; expected a %s", at, name, a.Party, party)
			}
			return nil
		}
	}
	return fmt.Errorf("%s: there is no account %q under accounts", at, name)
}

func (c checker) locations() error {
	for i, loc := range c.site.Locations {
		at := fmt.Sprintf("locations[%d]", i)
		if loc.Code == "" {
			return fmt.Errorf("%s.code: is missing; expected a code such as LIS1", at)
		}
		if err := c.account(at+".facility", loc.Facility, demarc.Facility); err != nil {
			return err
		}
		for j, cage := range loc.Cages {
			if err := c.account(fmt.Sprintf("%s.cages[%d].account", at, j), cage.Account, ""); err != nil {
				return err
			}
			if cage.Router == "" || cage.Interface == "" {
				return fmt.Errorf("%s.cages[%d]: router and interface are both needed", at, j)
			}
		}
		for j, dev := range loc.Devices {
			if err := c.device(fmt.Sprintf("%s.devices[%d]", at, j), dev); err != nil {
				return err
			}
		}
	}
	return nil
}

func (c checker) device(at string, dev Device) error {
	if err := c.node(at, string(dev.Name), dev.RouterID); err != nil {
		return err
	}
	if dev.Public != nil {
		if err := c.publicUplink(at+".public", dev); err != nil {
			return err
		}
	}
	seen := map[string]bool{}
	for i, p := range dev.Ports {
		where := fmt.Sprintf("%s.ports[%d]", at, i)
		switch {
		case p.Name == "":
			return fmt.Errorf("%s.name: is missing", where)
		case len(p.Interface) > 15:
			return fmt.Errorf("%s.interface: %q is longer than the 15 characters Linux allows", where, p.Interface)
		case seen[p.Name]:
			return fmt.Errorf("%s.name: %q is there twice on this device", where, p.Name)
		case p.Speed == 0:
			return fmt.Errorf("%s.speed: is missing; expected for example 1Gbps", where)
		case p.MACsec && p.Speed < 10*demarc.Gbps:
			return fmt.Errorf("%s.macsec: is there from 10Gbps on, not at %s", where, p.Speed)
		}
		seen[p.Name] = true
	}
	return nil
}

func (c checker) node(at, name string, routerID netip.Addr) error {
	if !routerID.Is4() {
		return fmt.Errorf("%s.routerID: is missing or no IPv4 address", at)
	}
	return c.place(at+".name", name)
}

// place notes a name that becomes part of a namespace's; each is used once.
func (c checker) place(at, name string) error {
	if name == "" || len(name) > 24 {
		return fmt.Errorf("%s: %q; expected a name of 1 to 24 characters", at, name)
	}
	if first, used := c.names[name]; used {
		return fmt.Errorf("%s: %q is used already by %s", at, name, first)
	}
	c.names[name] = at
	return nil
}

func (c checker) hosts() error {
	for i, h := range c.site.VPCHosts {
		if err := c.node(fmt.Sprintf("vpcHosts[%d]", i), string(h.Name), h.RouterID); err != nil {
			return err
		}
	}
	return nil
}

// addresses checks that all nodes have one or none: between a machine of its
// own and one that may be any there is no way.
func (c checker) addresses() error {
	at, nodes := map[string]netip.Addr{}, 0
	for i, loc := range c.site.Locations {
		for j, dev := range loc.Devices {
			at[fmt.Sprintf("locations[%d].devices[%d].address", i, j)] = dev.Address
		}
	}
	for i, h := range c.site.VPCHosts {
		at[fmt.Sprintf("vpcHosts[%d].address", i)] = h.Address
	}
	for _, a := range at {
		if a.IsValid() {
			nodes++
		}
	}
	for _, where := range slices.Sorted(maps.Keys(at)) {
		switch a := at[where]; {
		case a.IsValid() && (a.Zone() != "" || a.Is4In6() || !a.IsGlobalUnicast()):
			return fmt.Errorf("%s: %s is no address that a machine has on a network", where, a)
		case !a.IsValid() && nodes > 0:
			return fmt.Errorf("%s: is missing; either every device and VPC host has one, or none has", where)
		}
	}
	return c.oneFamily(at)
}

// oneFamily checks that each machine can reach each other.
func (c checker) oneFamily(at map[string]netip.Addr) error {
	var first netip.Addr
	for _, where := range slices.Sorted(maps.Keys(at)) {
		if !first.IsValid() {
			first = at[where]
		}
		if at[where].Is4() != first.Is4() {
			return fmt.Errorf("%s: %s is of another IP version than %s", where, at[where], first)
		}
	}
	return nil
}

func (c checker) environments() error {
	for i, env := range c.site.Environments {
		if err := c.environment(fmt.Sprintf("environments[%d]", i), env); err != nil {
			return err
		}
	}
	return nil
}

var accountNumber = regexp.MustCompile(`^\d{12}$`)

func checkElsewhere(at string, e Elsewhere) error {
	u, err := url.Parse(e.At)
	switch {
	case e.At != "aws" && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https"):
		return fmt.Errorf("%s.at: %q is neither aws nor a URL such as https://directconnect.example", at, e.At)
	case e.Region == "":
		return fmt.Errorf("%s.region: is missing", at)
	case !accountNumber.MatchString(e.Account):
		return fmt.Errorf("%s.account: %q is no account number of twelve digits, in quotes", at, e.Account)
	}
	return nil
}

func (c checker) environment(at string, env Environment) error {
	if env.Name == "" {
		return fmt.Errorf("%s.name: is missing", at)
	}
	if !slices.ContainsFunc(c.site.Editions, func(e Edition) bool { return e.Name == env.Edition }) {
		return fmt.Errorf("%s.edition: there is no edition %q under editions", at, env.Edition)
	}
	if err := c.account(at+".platform", env.Platform, demarc.Platform); err != nil {
		return err
	}
	if err := c.account(at+".customer", env.Customer, demarc.Customer); err != nil {
		return err
	}
	if !slices.ContainsFunc(c.site.VPCHosts, func(h VPCHost) bool { return h.Name == env.Host }) {
		return fmt.Errorf("%s.host: there is no host %q under vpcHosts", at, env.Host)
	}
	if !env.CIDR.IsValid() || !env.CIDR.Addr().Is4() || env.CIDR != env.CIDR.Masked() {
		return fmt.Errorf("%s.cidr: %s is no IPv4 network such as 10.8.2.0/24", at, env.CIDR)
	}
	if p := env.IPv6; p.IsValid() && (!p.Addr().Is6() || p != p.Masked() || p.Bits() > 64) {
		return fmt.Errorf("%s.ipv6: %s is no IPv6 network such as fd20:8:2::/56", at, p)
	}
	for j, app := range env.Apps {
		where := fmt.Sprintf("%s.apps[%d]", at, j)
		if app.IPv6.IsValid() && !subnet6(env).Contains(app.IPv6) {
			return fmt.Errorf("%s.ipv6: %s is not in %s, the subnet's part of the environment's IPv6 range", where, app.IPv6, subnet6(env))
		}
		if !env.CIDR.Contains(app.Address) {
			return fmt.Errorf("%s.address: %s is not in %s", where, app.Address, env.CIDR)
		}
		if err := c.place(where+".name", app.Name); err != nil {
			return err
		}
	}
	for j, source := range env.Allowed {
		if !source.IsValid() || source != source.Masked() {
			return fmt.Errorf("%s.allowed[%d]: %s is no network such as 192.168.0.0/16", at, j, source)
		}
	}
	if env.Elsewhere != nil {
		if err := checkElsewhere(at+".elsewhere", *env.Elsewhere); err != nil {
			return err
		}
	}
	if env.InternetGateway != nil {
		return c.uplink(at+".internetGateway", *env.InternetGateway)
	}
	return nil
}

func (c checker) uplinks() error {
	for i, u := range c.site.Uplinks {
		if err := c.uplink(fmt.Sprintf("uplinks[%d]", i), u); err != nil {
			return err
		}
	}
	return nil
}

// uplink takes one whose two ends are on one network, once in the site.
func (c checker) uplink(at string, u InternetGateway) error {
	if u.IPv6.IsValid() || u.Next6.IsValid() {
		if !u.IPv6.Addr().Is6() || !u.IPv6.Masked().Contains(u.Next6) || u.IPv6.Addr() == u.Next6 {
			return fmt.Errorf("%s.next6: %s is not the other end of %s", at, u.Next6, u.IPv6)
		}
	}
	return c.ends(at, u.Address, u.Next)
}

func (c checker) lab() error {
	for i, name := range c.site.Lab.Carriers {
		if err := c.place(fmt.Sprintf("lab.carriers[%d]", i), name); err != nil {
			return err
		}
	}
	for i, r := range c.site.Lab.Routers {
		at := fmt.Sprintf("lab.routers[%d]", i)
		if r.Via != "" && !slices.Contains(c.site.Lab.Carriers, r.Via) {
			return fmt.Errorf("%s.via: there is no carrier %q under lab.carriers", at, r.Via)
		}
		if err := c.place(at+".name", r.Name); err != nil {
			return err
		}
		if r.Daemon != "frr" && r.Daemon != "bird" {
			return fmt.Errorf("%s.daemon: %q is neither frr nor bird", at, r.Daemon)
		}
		if r.LAN6.IsValid() != r.Host.IPv6.IsValid() || r.LAN6.IsValid() && !r.LAN6.Contains(r.Host.IPv6) {
			return fmt.Errorf("%s.host.ipv6: %s is not in %s", at, r.Host.IPv6, r.LAN6.Masked())
		}
		if !r.LAN.Contains(r.Host.Address) {
			return fmt.Errorf("%s.host.address: %s is not in %s", at, r.Host.Address, r.LAN.Masked())
		}
		if err := c.place(at+".host.name", r.Host.Name); err != nil {
			return err
		}
	}
	if in := c.site.Lab.Internet; in != nil {
		return c.place("lab.internet.name", in.Name)
	}
	return nil
}
