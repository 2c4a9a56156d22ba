// Package maintenance plans work on devices: it is told of days before, takes
// the sessions of a device down at its start, and lets them come up at its end,
// by the clock, whatever became of the process that planned it.
//
// It does not take the last path of a link, unless told to, neither when it is
// planned nor when it starts; and never are the devices of all of a link's legs
// worked on at one time. A line that belongs to no link has no other path that
// could be known of, and is drained with its device.
package maintenance

import (
	"slices"
	"time"

	"demarc"
	"demarc/desk"
	"demarc/store"
)

// What a window may be.
const (
	longest  = 24 // hours
	farthest = 366 * 24 * time.Hour
	// keptFor is how long one that is over is listed.
	keptFor = 90 * 24 * time.Hour
)

// A Wish is what the operator plans: a device, or every one of a location.
type Wish struct {
	Device   demarc.NodeID
	Location demarc.LocationCode
	Start    time.Time
	Hours    int
	Reason   string
	Override bool
}

// operated refuses everybody but the operator: to others there is no such
// thing.
func operated(by demarc.Account) error {
	if by.Operator {
		return nil
	}
	return demarc.Errorf(demarc.NotFound, "there is no maintenance for you to plan")
}

// Plan puts work into the calendar.
func Plan(tx *store.Tx, by demarc.Account, wish Wish, now time.Time) (demarc.Maintenance, error) {
	if err := operated(by); err != nil {
		return demarc.Maintenance{}, err
	}
	devices, err := devices(tx, wish)
	if err != nil {
		return demarc.Maintenance{}, err
	}
	m := demarc.Maintenance{
		ID: demarc.NewMaintenanceID(), Devices: devices, Reason: wish.Reason, By: by.ID, Override: wish.Override, State: demarc.MaintenancePlanned,
		Start: wish.Start, End: wish.Start.Add(time.Duration(wish.Hours) * time.Hour), Created: now,
	}
	if wish.Hours < 1 || wish.Hours > longest || m.Start.Before(now) || m.Start.Sub(now) > farthest {
		return m, demarc.Errorf(demarc.Invalid, "work of %d hours at %s is not in the year to come, for 1 to 24 hours", wish.Hours, wish.Start.Format(time.RFC3339)).
			Coded("E-MAINTENANCE-WINDOW", "Say another start or length").In("start")
	}
	for range tx.Claims("maintenance/") { // no two are planned against each other unseen
	}
	if links := together(tx, m); len(links) > 0 {
		return m, demarc.Errorf(demarc.Conflict, "with what is planned at that time it would take every leg of %v", links).
			Coded("E-MAINTENANCE-OVERLAP", "Choose another time").In("start")
	}
	if links := cutOff(tx, m, now); len(links) > 0 && !wish.Override {
		return m, demarc.Errorf(demarc.Conflict, "it would take the last path of %v", links).
			Coded("E-MAINTENANCE-LAST-PATH", "Have another leg of each brought up, or override").In("override")
	}
	store.Maintenances.Put(tx, m)
	return m, tx.Claim("maintenance/"+string(m.ID), string(m.ID))
}

func devices(r store.Reader, wish Wish) (ids []demarc.NodeID, err error) {
	for d := range store.Devices.All(r) {
		if d.ID == wish.Device && wish.Location == "" || wish.Device == "" && d.Location == wish.Location {
			ids = append(ids, d.ID)
		}
	}
	if ids == nil {
		return nil, demarc.Errorf(demarc.Invalid, "there is no device %q or location %q to work on", wish.Device, wish.Location).
			Coded("E-MAINTENANCE-PLACE", "Name a device, or a location of the site").In("device")
	}
	return ids, nil
}

// legsOn are the legs of a link that have an interface: those on the devices
// worked on, and the others.
func legsOn(r store.Reader, link demarc.Link, on func(demarc.NodeID) bool, now time.Time) (gone, left []desk.LegStanding) {
	for _, l := range desk.Legs(r, link, now) {
		switch {
		case l.Interface.ID == "" || l.Interface.State.Gone():
		case on(l.Interface.Device):
			gone = append(gone, l)
		default:
			left = append(left, l)
		}
	}
	return gone, left
}

func up(l desk.LegStanding) bool { return l.Interface.State == demarc.VIFAvailable && l.Accepted > 0 }

// stays reports whether a leg is known to be up: of a device that nothing is heard
// of it is not known.
func stays(l desk.LegStanding) bool { return up(l) && l.Silent.IsZero() }

// cutOff are the links that have a leg up on the devices, and none elsewhere.
func cutOff(r store.Reader, m demarc.Maintenance, now time.Time) (ids []demarc.LinkID) {
	for link := range store.Links.All(r) {
		gone, left := legsOn(r, link, m.On, now)
		if slices.ContainsFunc(gone, up) && !slices.ContainsFunc(left, stays) {
			ids = append(ids, link.ID)
		}
	}
	return ids
}

// together are the links of which every leg would be worked on at one time, by
// this work and others that overlap it. One alone is for cutOff to judge.
func together(r store.Reader, m demarc.Maintenance) (ids []demarc.LinkID) {
	var others []demarc.Maintenance
	for other := range store.Maintenances.All(r) {
		if other.ID != m.ID && !other.State.Over() && m.Overlaps(other) {
			others = append(others, other)
		}
	}
	any := func(device demarc.NodeID) bool {
		return m.On(device) || slices.ContainsFunc(others, func(o demarc.Maintenance) bool { return o.On(device) })
	}
	for link := range store.Links.All(r) {
		mine, _ := legsOn(r, link, m.On, m.Start)
		all, left := legsOn(r, link, any, m.Start)
		if len(others) > 0 && len(mine) > 0 && len(all) > len(mine) && len(left) == 0 {
			ids = append(ids, link.ID)
		}
	}
	return ids
}

// Cancel takes work out of the calendar, or ends it early.
func Cancel(tx *store.Tx, by demarc.Account, id demarc.MaintenanceID, now time.Time) (demarc.Maintenance, error) {
	if err := operated(by); err != nil {
		return demarc.Maintenance{}, err
	}
	m, ok := store.Maintenances.Get(tx, string(id))
	switch {
	case !ok:
		return m, demarc.Errorf(demarc.NotFound, "no maintenance %q", id)
	case m.State.Over():
		return m, demarc.Errorf(demarc.Conflict, "maintenance %s is %s", id, m.State).Coded("E-MAINTENANCE-OVER", "Plan another")
	case m.State == demarc.MaintenancePlanned:
		return finish(tx, m, demarc.MaintenanceCancelled, now), nil
	}
	return finish(tx, m, demarc.MaintenanceDone, now), nil
}

// List is the calendar, by start, for the operator; the others are told of what
// concerns them.
func List(r store.Reader, by demarc.Account) ([]demarc.Maintenance, error) {
	all := slices.SortedFunc(store.Maintenances.All(r), func(a, b demarc.Maintenance) int { return a.Start.Compare(b.Start) })
	return all, operated(by)
}

// finish ends it, and lets the sessions come up.
func finish(tx *store.Tx, m demarc.Maintenance, how demarc.MaintenanceState, now time.Time) demarc.Maintenance {
	m.State, m.Ended, m.Held = how, now, nil
	store.Maintenances.Put(tx, m)
	tx.Release("maintenance/" + string(m.ID))
	hold(tx, m, false, 0)
	return m
}

// hold takes the sessions on the devices down for a time, or lets go of them.
func hold(tx *store.Tx, m demarc.Maintenance, down bool, forTime time.Duration) {
	for _, device := range m.Devices {
		for found := range store.VirtualInterfaces.By(tx, "device", string(device)) {
			held := found.Drained == m.ID
			if down == held || down && (found.Drained != "" || !found.State.InPlace()) {
				continue
			}
			v, _ := store.VirtualInterfaces.Get(tx, string(found.ID))
			v.Drained, v.DrainedFor = "", 0
			if down {
				v.Drained, v.DrainedFor = m.ID, forTime
			}
			store.VirtualInterfaces.Put(tx, v)
		}
	}
}

// Expire begins and ends what is due, holds what has come onto a device
// meanwhile, and forgets what is long over.
func Expire(tx *store.Tx, now time.Time) error {
	for m := range store.Maintenances.All(tx) {
		switch {
		case m.State.Over():
			if now.Sub(m.Ended) >= keptFor {
				store.Maintenances.Delete(tx, string(m.ID))
			}
		case !now.Before(m.End) && m.State == demarc.MaintenanceRunning:
			finish(tx, m, demarc.MaintenanceDone, now)
		case !now.Before(m.End):
			finish(tx, m, demarc.MaintenanceMissed, now)
		case m.State == demarc.MaintenanceRunning:
			hold(tx, m, true, m.End.Sub(now))
		case !now.Before(m.Start):
			begin(tx, m, now)
		}
	}
	return nil
}

// begin starts it, unless that would cut a link off by now.
func begin(tx *store.Tx, m demarc.Maintenance, now time.Time) {
	links := cutOff(tx, m, now)
	if len(links) > 0 && !m.Override {
		if !slices.Equal(links, m.Held) {
			m.Held = links
			store.Maintenances.Put(tx, m)
		}
		return
	}
	m.State, m.Held = demarc.MaintenanceRunning, nil
	store.Maintenances.Put(tx, m)
	hold(tx, m, true, m.End.Sub(now))
}
