package notice

import (
	"demarc"
	"demarc/store"
)

// interfaces tells how far a virtual interface has come.
func interfaces(p *pen) error {
	return each(p, store.VirtualInterfaces, func(_ *pen, before, after *demarc.VirtualInterface) []news {
		if after == nil || before != nil && before.State == after.State {
			return nil
		}
		detail := map[string]any{"state": after.State, "vlan": after.VLAN, "location": after.Location, "owner": after.Owner}
		kind := "vif." + string(after.State)
		if before != nil {
			detail["before"] = before.State
			if before.State == demarc.VIFConfirming && !after.State.Gone() {
				kind = "vif.accepted"
			}
		}
		return []news{{kind, string(after.ID), vifParties(*after), []string{string(after.Connection)}, detail}}
	})
}

// vifParties are the owner of an interface and of the line that it is on.
func vifParties(v demarc.VirtualInterface) []demarc.AccountID {
	return []demarc.AccountID{v.Owner, v.ConnectionOwner}
}
