package cutover

import (
	"fmt"
	"net/netip"
	"slices"

	"demarc"
	"demarc/gateway"
	"demarc/intent"
	"demarc/store"
	"demarc/vpc"
)

// here is a place whose edge is ours: the host of the VPC measures, and the desk
// does what turns something, as the party would.
type here struct{ *move }

func (here) pace() pace {
	return pace{blind: blind, apart: demarc.CutoverMostAsymmetry, flip: flipPatience, turn: turnPatience}
}

func (here) observe() {}

func (here) lately() bool { return true }

func (here) hindered() string { return "" }

// seen is what the host of the VPC reports of a prefix.
func (m here) seen(i int) intent.ProbeSeen {
	seen, _ := m.t.Seen.ProbeOf(m.c.Prefixes[i].Probe)
	return seen
}

// lead writes a prefix into the environment's route tables, to the Transit
// Gateway, as the platform.
func (m here) lead(p netip.Prefix) error {
	for _, table := range m.t.Tables {
		if err := vpc.CreateRoute(m.tx, m.c.Platform, table.ID, demarc.StaticRoute{Prefix: p, Target: string(m.c.TransitGateway)}); err != nil {
			return err
		}
	}
	m.did(m.c.Platform, "CreateRoute")
	return nil
}

// unlead takes prefixes out of every table of the VPC that leads them to the
// Transit Gateway.
func (m here) unlead(prefixes ...netip.Prefix) error {
	for table := range store.RouteTables.By(m.tx, "vpc", string(m.c.VPC)) {
		for _, p := range prefixes {
			if !slices.Contains(table.Static, demarc.StaticRoute{Prefix: p, Target: string(m.c.TransitGateway)}) {
				continue
			}
			if err := vpc.DeleteRoute(m.tx, m.c.Platform, table.ID, demarc.StaticRoute{Prefix: p}); err != nil {
				return err
			}
			m.did(m.c.Platform, "DeleteRoute")
		}
	}
	return nil
}

// steer has the customer's Direct Connect gateways advertise prefixes besides,
// as the customer, and keeps which of them were not there before.
func (m here) steer(prefixes []netip.Prefix) error {
	for _, id := range m.c.Associations {
		a, ok := store.GatewayAssociations.Get(m.tx, string(id))
		if !ok || !intent.Joined(a) {
			return demarc.Errorf(demarc.Conflict, "the association %s with the Transit Gateway is gone", id).Coded("E-ASSOCIATION-STATE", "")
		}
		added := slices.DeleteFunc(slices.Clone(prefixes), func(p netip.Prefix) bool { return slices.Contains(a.Allowed, p) })
		if len(added) == 0 {
			continue
		}
		if _, err := gateway.Reallow(m.tx, m.c.Customer, id, gateway.Edit{Add: texts(added)}, m.now); err != nil {
			return err
		}
		m.c.Steered = append(m.c.Steered, demarc.CutoverSteering{Association: id, Prefixes: added})
		m.did(m.c.Customer, "UpdateDirectConnectGatewayAssociation")
	}
	return nil
}

// unsteer takes back what steer added. An association that has ended advertises
// nothing.
func (m here) unsteer() error {
	for _, s := range m.c.Steered {
		if a, ok := store.GatewayAssociations.Get(m.tx, string(s.Association)); !ok || !intent.Joined(a) {
			continue
		}
		if _, err := gateway.Reallow(m.tx, m.c.Customer, s.Association, gateway.Edit{Remove: texts(s.Prefixes)}, m.now); err != nil {
			return err
		}
		m.did(m.c.Customer, "UpdateDirectConnectGatewayAssociation")
	}
	m.c.Steered = nil
	return nil
}

// watchRollback measures how long it takes until all probes take the old path
// again.
func (m here) watchRollback() error {
	took := m.now.Sub(m.c.Since)
	switch {
	case m.all(string(m.c.Gateway), true):
		m.c.RollbackTook = took
	case m.waited(m.c.Since) > backPatience:
		m.c.Why += fmt.Sprintf("; after %s not all probes take the old path", backPatience)
	default:
		return nil
	}
	m.enter(demarc.CutoverRolledBack)
	return nil
}

func texts(prefixes []netip.Prefix) (all []string) {
	for _, p := range prefixes {
		all = append(all, p.String())
	}
	return all
}

// halves are prefixes that together are the environment's ranges and each longer
// than one of them: routers prefer them to what is advertised of the ranges
// themselves. Of a family that none of the prefixes is in nothing is turned.
func halves(v demarc.VPC, prefixes []demarc.CutoverPrefix) (all []netip.Prefix) {
	for _, p := range v.Ranges() {
		moved := slices.ContainsFunc(prefixes, func(of demarc.CutoverPrefix) bool { return of.Prefix.Addr().Is4() == p.Addr().Is4() })
		if !moved || p.IsSingleIP() {
			continue
		}
		upper := p.Masked().Addr().AsSlice()
		upper[p.Bits()/8] |= 0x80 >> (p.Bits() % 8)
		second, _ := netip.AddrFromSlice(upper)
		all = append(all, netip.PrefixFrom(p.Addr(), p.Bits()+1), netip.PrefixFrom(second, p.Bits()+1))
	}
	return all
}

// only is the prefix of one address.
func only(a netip.Addr) netip.Prefix { return netip.PrefixFrom(a, a.BitLen()) }
