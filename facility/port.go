package facility

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"demarc"
	"demarc/account"
	"demarc/store"
)

// Assign gives a free port of a speed at a location to a connection of an
// account. It prefers the device on which the account has the fewest
// connections, then the one with the fewest ports taken, so that two
// connections of one customer do not fall together.
func Assign(tx *store.Tx, code demarc.LocationCode, speed demarc.Bandwidth, owner demarc.AccountID, conn demarc.ConnectionID) (demarc.Port, error) {
	location, err := Find(tx, code)
	if err != nil {
		return demarc.Port{}, err
	}
	if err := Spare(tx, code, owner); err != nil {
		return demarc.Port{}, err
	}
	candidates := candidates(tx, code, speed, owner)
	if len(candidates) == 0 {
		return demarc.Port{}, unsupported(tx, location, speed)
	}
	port, ok, err := claimFirst(tx, candidates, conn)
	if err != nil || ok {
		return port, err
	}
	return demarc.Port{}, demarc.Errorf(demarc.Limit, "no port of %s is free at %s (%s)", speed, location.Code, location.Name).
		Coded("E-PORT-NONE", "Choose another location or speed, or wait for a port to be freed").In("location")
}

// AssignOn gives a free port of a speed on one device to a connection of an
// account, as the members of a LAG need it.
func AssignOn(tx *store.Tx, device demarc.NodeID, speed demarc.Bandwidth, owner demarc.AccountID, conn demarc.ConnectionID) (demarc.Port, error) {
	home, _ := store.Devices.Get(tx, string(device))
	if err := Spare(tx, home.Location, owner); err != nil {
		return demarc.Port{}, err
	}
	port, ok, err := claimFirst(tx, portsOn(tx, device, speed), conn)
	if err != nil || ok {
		return port, err
	}
	return demarc.Port{}, demarc.Errorf(demarc.Limit, "no port of %s is free on device %s", speed, device).
		Coded("E-PORT-NONE", "Ask for fewer, or wait for a port to be freed")
}

// DeviceFor finds the device at a location that has n free ports of a speed,
// with the preference of [Assign]. Nothing is taken yet: the transaction holds
// it to what it read.
func DeviceFor(tx *store.Tx, code demarc.LocationCode, speed demarc.Bandwidth, owner demarc.AccountID, n int) (demarc.NodeID, error) {
	location, err := Find(tx, code)
	if err != nil {
		return "", err
	}
	candidates := candidates(tx, code, speed, owner)
	if len(candidates) == 0 {
		return "", unsupported(tx, location, speed)
	}
	for _, p := range candidates {
		if free(tx, p.ID.Device(), speed) >= n {
			return p.ID.Device(), nil
		}
	}
	return "", demarc.Errorf(demarc.Limit, "no device at %s (%s) has %d free ports of %s", location.Code, location.Name, n, speed).
		Coded("E-PORT-NONE", "Ask for fewer, choose another location or speed, or wait for ports to be freed").In("location")
}

// free counts the ports of a speed on a device that nobody holds.
func free(tx *store.Tx, device demarc.NodeID, speed demarc.Bandwidth) int {
	taken := map[string]bool{}
	for name := range tx.Claims(portClaim(demarc.PortID(device) + "/")) {
		taken[name] = true
	}
	return len(slices.DeleteFunc(portsOn(tx, device, speed), func(p demarc.Port) bool { return taken[portClaim(p.ID)] }))
}

// claimFirst takes the first of the ports that is free.
func claimFirst(tx *store.Tx, ports []demarc.Port, conn demarc.ConnectionID) (port demarc.Port, ok bool, err error) {
	for _, p := range ports {
		err := tx.Claim(portClaim(p.ID), string(conn))
		if err == nil {
			return p, true, nil
		}
		if _, taken := errors.AsType[*store.ClaimedError](err); !taken {
			return demarc.Port{}, false, err
		}
	}
	return demarc.Port{}, false, nil
}

func portsOn(r store.Reader, device demarc.NodeID, speed demarc.Bandwidth) []demarc.Port {
	all := slices.Collect(store.Ports.By(r, "device", string(device)))
	return slices.DeleteFunc(all, func(p demarc.Port) bool { return p.Speed != speed })
}

// Spare refuses a port to an account that has as many connections at the
// location as it may. A connection there comes and goes with the claim to a
// port of the location, so that is what guards the count. What the transaction
// itself has put into the store counts.
func Spare(tx *store.Tx, code demarc.LocationCode, owner demarc.AccountID) error {
	for d := range store.Devices.By(tx, "location", string(code)) {
		tx.Claims(portClaim(demarc.PortID(d.ID) + "/"))
	}
	count := 0
	for c := range store.Connections.By(tx, "owner", string(owner)) {
		if c.Location == code && c.Port != "" && !c.State.Gone() {
			count++
		}
	}
	if most := account.Quotas(tx).Connections; count >= most {
		return demarc.Errorf(demarc.Limit, "the account has %d connections at %s, and %d are the most that it may have there", count, code, most).
			Coded("E-LIMIT-CONNECTIONS", "Delete one, or have the site's quota raised").By(demarc.Platform).In("location")
	}
	return nil
}

// Release frees a port. Freeing a free port is not an error.
func Release(tx *store.Tx, port demarc.PortID) { tx.Release(portClaim(port)) }

func portClaim(port demarc.PortID) string { return "port/" + string(port) }

// candidates lists the ports of a speed, taken or not, the best first. Whether
// one is taken is left to its claim.
func candidates(r store.Reader, code demarc.LocationCode, speed demarc.Bandwidth, owner demarc.AccountID) []demarc.Port {
	own, used := map[demarc.NodeID]int{}, map[demarc.NodeID]int{}
	for c := range store.Connections.By(r, "location", string(code)) {
		if c.State.Gone() || c.Kind == demarc.Hosted {
			continue
		}
		used[c.Port.Device()]++
		if c.Owner == owner {
			own[c.Port.Device()]++
		}
	}
	ports := slices.DeleteFunc(portsAt(r, code), func(p demarc.Port) bool { return p.Speed != speed })
	slices.SortStableFunc(ports, func(a, b demarc.Port) int {
		da, db := a.ID.Device(), b.ID.Device()
		return cmp.Or(cmp.Compare(own[da], own[db]), cmp.Compare(used[da], used[db]))
	})
	return ports
}

func unsupported(r store.Reader, location demarc.Location, speed demarc.Bandwidth) error {
	var speeds []string
	for _, s := range Speeds(r, location.Code) {
		speeds = append(speeds, s.String())
	}
	return demarc.Errorf(demarc.Invalid, "%s has no ports of %s; it has %s", location.Code, speed, strings.Join(speeds, ", ")).
		Coded("E-LOCATION-SPEED", "").In("bandwidth")
}

// Optic is the transceiver of a port of a speed, always single mode, so that
// the far end can be bought to match. It is false for a speed that no port
// has.
func Optic(speed demarc.Bandwidth) (string, bool) {
	switch speed {
	case demarc.Gbps:
		return "1000BASE-LX", true
	case 10 * demarc.Gbps:
		return "10GBASE-LR", true
	case 100 * demarc.Gbps:
		return "100GBASE-LR4", true
	case 400 * demarc.Gbps:
		return "400GBASE-LR4", true
	}
	return "", false
}
