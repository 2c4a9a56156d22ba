package intent

import "demarc"

// A carriage is how what is on a connection or LAG travels.
type carriage struct {
	port demarc.PortID
	rate demarc.Bandwidth // zero is the port's
	dark bool
}

// carriages says it for everything that interfaces may be on: a connection has
// its port, a LAG that of one of its members, a hosted connection its parent's
// and a rate of its own. What has no port, as an empty LAG, is not in it.
func carriages(in DeviceInputs) map[demarc.ConnectionID]carriage {
	all := map[demarc.ConnectionID]carriage{}
	for _, conn := range in.Connections {
		if conn.Kind != demarc.Hosted && !conn.State.Gone() && conn.LAG == "" {
			all[conn.ID] = carriage{port: conn.Port, dark: conn.MACsec.Dark()}
		}
	}
	for _, lag := range in.LAGs {
		if member, ok := lag.Carrier(in.Connections); ok {
			all[demarc.ConnectionID(lag.ID)] = carriage{port: member.Port, dark: lag.MACsec.Dark() || short(lag, in.Connections)}
		}
	}
	for _, conn := range in.Connections {
		on, ok := all[conn.Parent]
		if ok && conn.Kind == demarc.Hosted && !conn.State.Gone() {
			on.rate = conn.Bandwidth
			all[conn.ID] = on
		}
	}
	return all
}

// short reports whether a LAG has fewer members with light than it needs.
func short(lag demarc.LAG, all []demarc.Connection) bool {
	up := 0
	for _, conn := range all {
		if conn.LAG == lag.ID && conn.State == demarc.ConnectionAvailable {
			up++
		}
	}
	return up < lag.MinimumLinks
}
