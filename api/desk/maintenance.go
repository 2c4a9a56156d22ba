package desk

import (
	"time"

	"demarc"
	room "demarc/maintenance"
	"demarc/store"
)

// A MaintenanceRequest plans work on a device, or on every one of a location.
type MaintenanceRequest struct {
	Device   demarc.NodeID       `json:"device,omitempty"`
	Location demarc.LocationCode `json:"location,omitempty"`
	Start    time.Time           `json:"start"`
	Hours    int                 `json:"hours" doc:"1 to 24"`
	Reason   string              `json:"reason,omitempty" doc:"for the parties"`
	Override bool                `json:"override,omitempty" doc:"also if it takes the last path of a link"`
}

// A Maintenance is planned work.
type Maintenance struct {
	ID       demarc.MaintenanceID    `json:"id"`
	Devices  []demarc.NodeID         `json:"devices"`
	Reason   string                  `json:"reason,omitempty"`
	State    demarc.MaintenanceState `json:"state" enum:"planned,running,done,cancelled,missed"`
	Start    time.Time               `json:"start"`
	End      time.Time               `json:"end"`
	Override bool                    `json:"override,omitempty"`
	Held     []demarc.LinkID         `json:"held,omitempty" doc:"the links of which it would take the last path, and for which it waits"`
}

// Maintenances is the calendar, by start.
type Maintenances struct {
	Maintenances []Maintenance `json:"maintenances"`
}

func showMaintenance(m demarc.Maintenance) Maintenance {
	return Maintenance{ID: m.ID, Devices: m.Devices, Reason: m.Reason, State: m.State, Start: m.Start, End: m.End, Override: m.Override, Held: m.Held}
}

func (c call) planMaintenance(in MaintenanceRequest) (Maintenance, error) {
	return c.onMaintenance(func(tx *store.Tx) (demarc.Maintenance, error) {
		return room.Plan(tx, c.by, room.Wish(in), c.now)
	})
}

func (c call) cancelMaintenance() (Maintenance, error) {
	return c.onMaintenance(func(tx *store.Tx) (demarc.Maintenance, error) {
		return room.Cancel(tx, c.by, demarc.MaintenanceID(c.request.PathValue("id")), c.now)
	})
}

func (c call) onMaintenance(act func(*store.Tx) (demarc.Maintenance, error)) (Maintenance, error) {
	var m demarc.Maintenance
	err := c.write(func(tx *store.Tx) (err error) {
		m, err = act(tx)
		return err
	})
	return showMaintenance(m), err
}

func (c call) maintenances() (Maintenances, error) {
	view, err := c.read()
	if err != nil {
		return Maintenances{}, err
	}
	all, err := room.List(view, c.by)
	out := Maintenances{Maintenances: []Maintenance{}}
	for _, m := range all {
		out.Maintenances = append(out.Maintenances, showMaintenance(m))
	}
	return out, err
}
