package notice

import (
	"maps"
	"slices"

	"demarc"
	"demarc/store"
)

// maintenanceWarnings are how many days before work it is told of (AWS: 14, 7
// and 1).
var maintenanceWarnings = []int{14, 7, 1}

// maintenances tells whoever has a line on a device what is done to it.
func maintenances(p *pen) error {
	return each(p, store.Maintenances, func(p *pen, before, after *demarc.Maintenance) (out []news) {
		if after == nil {
			return nil
		}
		kind := ""
		switch {
		case before == nil || before.State != after.State:
			kind = "maintenance." + string(after.State)
		case len(after.Held) > 0 && !slices.Equal(before.Held, after.Held):
			kind = "maintenance.held"
		default:
			return nil
		}
		return maintenanceNews(p.tx, kind, *after)
	})
}

// maintenanceNews is a notice for each account, with what is its own on the
// devices and nothing of another's.
func maintenanceNews(r store.Reader, kind string, m demarc.Maintenance) (out []news) {
	concerned := map[demarc.AccountID][]string{m.By: nil}
	for _, device := range m.Devices {
		for c := range store.Connections.By(r, "device", string(device)) {
			if !c.State.Gone() {
				concerned[c.Owner] = append(concerned[c.Owner], string(c.ID))
			}
		}
		for v := range store.VirtualInterfaces.By(r, "device", string(device)) {
			for _, account := range known(vifParties(v)) {
				if !v.State.Gone() {
					concerned[account] = append(concerned[account], string(v.ID))
				}
			}
		}
	}
	for _, account := range slices.Sorted(maps.Keys(concerned)) {
		out = append(out, news{kind, string(m.ID), []demarc.AccountID{account}, concerned[account], map[string]any{
			"devices": m.Devices, "start": m.Start, "end": m.End, "state": m.State, "reason": m.Reason,
		}})
	}
	return out
}

// warnMaintenance tells of planned work, days before.
func warnMaintenance(p *pen) error {
	for m := range store.Maintenances.All(p.tx) {
		if m.State != demarc.MaintenancePlanned {
			continue
		}
		at, left, ok := due(maintenanceWarnings, m.Created, m.Start, p.now)
		if !ok {
			continue
		}
		for _, n := range maintenanceNews(p.tx, "maintenance.upcoming", m) {
			n.detail["days"] = left
			if err := p.once(at, n); err != nil {
				return err
			}
		}
	}
	return nil
}
