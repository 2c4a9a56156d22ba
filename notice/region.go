package notice

import (
	"demarc"
	"demarc/store"
)

// regionOf is the Region that news are of: that of their subject, or else of the
// first of what they are about that is in one. It is written down with them: what
// they tell of may be forgotten before they are sent.
func regionOf(r store.Reader, n news) demarc.Region {
	for _, id := range append([]string{n.subject}, n.about...) {
		for _, find := range []func(store.Reader, string) (demarc.Region, bool){ofInterface, ofConnection, ofLink, ofEnvironment, ofMaintenance, ofPort} {
			if region, found := find(r, id); found {
				return region
			}
		}
	}
	return ""
}

func ofInterface(r store.Reader, id string) (demarc.Region, bool) {
	v, ok := store.VirtualInterfaces.Get(r, id)
	return v.Region, ok
}

func ofConnection(r store.Reader, id string) (demarc.Region, bool) {
	c, ok := store.Connections.Get(r, id)
	return c.Region, ok
}

// ofLink is where its environment is: the legs may be at locations of several
// Regions.
func ofLink(r store.Reader, id string) (demarc.Region, bool) {
	l, ok := store.Links.Get(r, id)
	if !ok {
		return "", false
	}
	return ofEnvironment(r, l.Environment)
}

func ofEnvironment(r store.Reader, name string) (demarc.Region, bool) {
	env, ok := store.Environments.Get(r, name)
	return env.There().Region, ok
}

func ofMaintenance(r store.Reader, id string) (demarc.Region, bool) {
	m, ok := store.Maintenances.Get(r, id)
	if !ok || len(m.Devices) == 0 {
		return "", false
	}
	return ofDevice(r, m.Devices[0])
}

// ofPort is for a fibre that outlives its connection.
func ofPort(r store.Reader, id string) (demarc.Region, bool) {
	p := demarc.PortID(id)
	return ofDevice(r, p.Device())
}

func ofDevice(r store.Reader, id demarc.NodeID) (demarc.Region, bool) {
	d, _ := store.Devices.Get(r, string(id))
	location, ok := store.Locations.Get(r, string(d.Location))
	return location.Region, ok
}
