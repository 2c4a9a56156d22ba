package vif

import (
	"demarc"
	"demarc/account"
	"demarc/store"
)

// spare refuses an interface for which its connection has no room left. The
// interface holds its tag already and is not counted itself. Interfaces come
// and go with the claim to a tag of the connection, so that is what guards the
// count.
func spare(tx *store.Tx, v demarc.VirtualInterface, kind demarc.ConnectionKind) error {
	tx.Claims(vlanClaims(v.Connection))
	transit, others := 0, 0
	for other := range store.VirtualInterfaces.By(tx, "connection", string(v.Connection)) {
		switch {
		case other.ID == v.ID || other.State.Gone():
		case other.Type == demarc.TransitVIF:
			transit++
		default:
			others++
		}
	}
	quotas := account.Quotas(tx)
	if kind == demarc.Hosted {
		quotas.Interfaces = quotas.HostedInterfaces
	}
	return within(quotas, v, transit, others)
}

// alone refuses an interface on a hosted connection that has one, whose tag is
// the only one there is. Who comes at the same time is refused by its claim, and
// comes here again.
func alone(tx *store.Tx, on line) error {
	if on.VLAN == 0 {
		return nil
	}
	for other := range store.VirtualInterfaces.By(tx, "connection", string(on.ID)) {
		if !other.State.Gone() {
			return demarc.Errorf(demarc.Limit, "connection %s is hosted on VLAN %d and carries one virtual interface, %s", on.ID, on.VLAN, other.ID).
				Coded("E-LIMIT-INTERFACES", "Delete that one, or ask the partner for another hosted connection").In("connectionId")
		}
	}
	return nil
}

// within compares what is on a connection with what may be.
func within(q demarc.Quotas, v demarc.VirtualInterface, transit, others int) error {
	switch {
	case transit+others >= q.Interfaces:
		return full(v.Connection, "virtual interfaces", q.Interfaces)
	case v.Type == demarc.TransitVIF && transit >= q.TransitInterfaces:
		return full(v.Connection, "transit virtual interfaces", q.TransitInterfaces)
	case v.Type != demarc.TransitVIF && others >= q.PrivatePublicInterfaces:
		return full(v.Connection, "private and public virtual interfaces", q.PrivatePublicInterfaces)
	}
	return nil
}

func full(id demarc.ConnectionID, what string, most int) error {
	return demarc.Errorf(demarc.Limit, "connection %s carries %d %s, the most that it may", id, most, what).
		Coded("E-LIMIT-INTERFACES", "Delete one, use another connection, or have the site's quota raised").By(demarc.Platform).In("connectionId")
}
