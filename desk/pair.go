package desk

import (
	"fmt"
	"slices"

	"demarc"
	"demarc/store"
	"demarc/vif"
)

// pairTaken refuses an interface that could never be accepted onto the gateway
// of the environment that it is for: another on its connection has the same ASNs
// at both ends. It is in words for the account by, and nil where nothing of that
// kind is in the way.
func pairTaken(r store.Reader, by demarc.AccountID, env demarc.Environment, v demarc.VirtualInterface) *demarc.Error {
	gateway, ok := store.VirtualGateways.Get(r, string(env.Gateway))
	if !ok || !alive(v) || endOf(v) != "" {
		return nil
	}
	refusal := vif.PairTaken(r, by, v, gateway.ASN)
	if refusal == nil {
		return nil
	}
	owner, _ := store.Accounts.Get(r, string(v.ConnectionOwner))
	refusal.Fix = fmt.Sprintf("Delete %s, and allocate one with another customer ASN, or on another connection", v.ID)
	return refusal.In("virtualInterface").By(owner.Party)
}

// pairNotes tell of each leg with an ASN which connections it cannot be on: of
// the customer's at that location, or of those that its partners have built on,
// the ones with the pair of ASNs that the leg would have. On another the leg is
// as good as ever.
func pairNotes(r store.Reader, env demarc.Environment, req Request) (notes []*demarc.Error) {
	gateway, ok := store.VirtualGateways.Get(r, string(env.Gateway))
	if !ok {
		return nil
	}
	fixer, fix := demarc.Customer, "Order another connection for the leg, or choose another ASN"
	if req.Topology == demarc.PartnerCage {
		fixer, fix = demarc.Partner, "Have your partner use another connection, or choose another ASN"
	}
	carried := customersInterfaces(r, env.Customer)
	for i, leg := range req.Legs {
		for _, v := range carried {
			own := v.ConnectionOwner == env.Customer
			if leg.ASN == 0 || v.Location != leg.Location || own != (req.Topology == demarc.OwnCage) || v.GatewayASN != gateway.ASN || !hasPeer(v, demarc.ASN(leg.ASN)) {
				continue
			}
			notes = append(notes, demarc.Errorf(demarc.Conflict, "%s on %s has our ASN %d and your ASN %d: leg %s could not be accepted there", v.ID, v.Connection, gateway.ASN, leg.ASN, legID(i)).
				Coded("E-ASN-PAIR", fix).In(fmt.Sprintf("legs[%d].customerAsn", i)).By(fixer))
		}
	}
	return notes
}

// tagNotes tell of each leg with a VLAN which of those connections have it on
// another interface.
func tagNotes(r store.Reader, env demarc.Environment, req Request) (notes []*demarc.Error) {
	carried := customersInterfaces(r, env.Customer)
	for i, leg := range req.Legs {
		for _, v := range carried {
			own := v.ConnectionOwner == env.Customer
			if leg.VLAN == 0 || v.VLAN != demarc.VLAN(leg.VLAN) || v.Location != leg.Location || own != (req.Topology == demarc.OwnCage) {
				continue
			}
			notes = append(notes, demarc.Errorf(demarc.Conflict, "VLAN %d on %s is %s: leg %s could not be allocated there", v.VLAN, v.Connection, v.ID, legID(i)).
				Coded("E-VLAN-TAKEN", "Have the leg on another connection, choose another VLAN, or leave it out").In(fmt.Sprintf("legs[%d].vlan", i)))
		}
	}
	return notes
}

// customersInterfaces are those on a customer's own connections, and those that
// were built for its links with tokens.
func customersInterfaces(r store.Reader, customer demarc.AccountID) (all []demarc.VirtualInterface) {
	for v := range store.VirtualInterfaces.By(r, "account", string(customer)) {
		if alive(v) {
			all = append(all, v)
		}
	}
	for _, link := range Links(r, customer) {
		for t := range store.LinkTokens.By(r, "link", string(link.ID)) {
			if v, ok := store.VirtualInterfaces.Get(r, string(t.Interface)); ok && alive(v) && !v.VisibleTo(customer) {
				all = append(all, v)
			}
		}
	}
	return all
}

func hasPeer(v demarc.VirtualInterface, asn demarc.ASN) bool {
	return slices.ContainsFunc(v.Peers, func(p demarc.BGPPeer) bool { return p.ASN == asn })
}
