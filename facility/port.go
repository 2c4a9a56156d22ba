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

// A Need is the kind of port that an order needs.
type Need struct {
	Speed demarc.Bandwidth
	// MACsec asks for a port that is capable of it. Without, such a port is
	// given only where the device has no other.
	MACsec bool
}

// NeedOf is what a connection needs.
func NeedOf(c demarc.Connection) Need { return Need{c.Bandwidth, c.MACsec.Capable()} }

func (n Need) met(p demarc.Port) bool { return p.Speed == n.Speed && (p.MACsec || !n.MACsec) }

// String completes "no port" and "ports".
func (n Need) String() string {
	if n.MACsec {
		return "of " + n.Speed.String() + " that supports MACsec"
	}
	return "of " + n.Speed.String()
}

// Assign gives a free port to a connection at its location. It prefers the
// device on which the connection's owner has the fewest connections, then the
// one with the fewest ports taken, so that two connections of one customer do
// not fall together.
func Assign(tx *store.Tx, c demarc.Connection) (demarc.Port, error) {
	location, err := Find(tx, c.Location)
	if err != nil {
		return demarc.Port{}, err
	}
	if err := Spare(tx, c.Location, c.Owner); err != nil {
		return demarc.Port{}, err
	}
	need := NeedOf(c)
	candidates := candidates(tx, c.Location, need, c.Owner)
	if len(candidates) == 0 {
		return demarc.Port{}, unsupported(tx, location, need)
	}
	port, ok, err := claimFirst(tx, candidates, c.ID)
	if err != nil || ok {
		return port, err
	}
	return demarc.Port{}, demarc.Errorf(demarc.Limit, "no port %s is free at %s (%s)", need, location.Code, location.Name).
		Coded("E-PORT-NONE", "Choose another location or speed, or wait for a port to be freed").In("location")
}

// AssignOn gives a free port on one device to a connection, as the members of a
// LAG need it.
func AssignOn(tx *store.Tx, device demarc.NodeID, c demarc.Connection) (demarc.Port, error) {
	home, _ := store.Devices.Get(tx, string(device))
	if err := Spare(tx, home.Location, c.Owner); err != nil {
		return demarc.Port{}, err
	}
	need := NeedOf(c)
	port, ok, err := claimFirst(tx, portsOn(tx, device, need), c.ID)
	if err != nil || ok {
		return port, err
	}
	return demarc.Port{}, demarc.Errorf(demarc.Limit, "no port %s is free on device %s", need, device).
		Coded("E-PORT-NONE", "Ask for fewer, or wait for a port to be freed")
}

// DeviceFor finds the device at a location that has n free ports for an
// account, with the preference of [Assign]. Nothing is taken yet: the
// transaction holds it to what it read.
func DeviceFor(tx *store.Tx, code demarc.LocationCode, need Need, owner demarc.AccountID, n int) (demarc.NodeID, error) {
	location, err := Find(tx, code)
	if err != nil {
		return "", err
	}
	candidates := candidates(tx, code, need, owner)
	if len(candidates) == 0 {
		return "", unsupported(tx, location, need)
	}
	for _, p := range candidates {
		if free(tx, p.ID.Device(), need) >= n {
			return p.ID.Device(), nil
		}
	}
	return "", demarc.Errorf(demarc.Limit, "no device at %s (%s) has %d free ports %s", location.Code, location.Name, n, need).
		Coded("E-PORT-NONE", "Ask for fewer, choose another location or speed, or wait for ports to be freed").In("location")
}

// free counts the ports on a device that meet a need and that nobody holds.
func free(tx *store.Tx, device demarc.NodeID, need Need) int {
	taken := map[string]bool{}
	for name := range tx.Claims(portClaim(demarc.PortID(device) + "/")) {
		taken[name] = true
	}
	return len(slices.DeleteFunc(portsOn(tx, device, need), func(p demarc.Port) bool { return taken[portClaim(p.ID)] }))
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

// portsOn lists the ports of a device that meet a need, those that could not do
// more before those that could.
func portsOn(r store.Reader, device demarc.NodeID, need Need) []demarc.Port {
	all := slices.Collect(store.Ports.By(r, "device", string(device)))
	all = slices.DeleteFunc(all, func(p demarc.Port) bool { return !need.met(p) })
	slices.SortStableFunc(all, func(a, b demarc.Port) int { return frugal(a, b) })
	return all
}

// frugal orders a port without MACsec before one with it.
func frugal(a, b demarc.Port) int {
	switch {
	case a.MACsec == b.MACsec:
		return 0
	case b.MACsec:
		return -1
	}
	return 1
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

// candidates lists the ports that meet a need, taken or not, the best first.
// Whether one is taken is left to its claim.
func candidates(r store.Reader, code demarc.LocationCode, need Need, owner demarc.AccountID) []demarc.Port {
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
	ports := slices.DeleteFunc(portsAt(r, code), func(p demarc.Port) bool { return !need.met(p) })
	slices.SortStableFunc(ports, func(a, b demarc.Port) int {
		da, db := a.ID.Device(), b.ID.Device()
		return cmp.Or(cmp.Compare(own[da], own[db]), cmp.Compare(used[da], used[db]), frugal(a, b))
	})
	return ports
}

func unsupported(r store.Reader, location demarc.Location, need Need) error {
	if macsec := MACsecSpeeds(r, location.Code); need.MACsec {
		return demarc.Errorf(demarc.Invalid, "MACsec is not supported at %s on ports of %s; there it is on ports of %s", location.Code, need.Speed, spelled(macsec)).
			Coded("E-MACSEC-PORT", "Choose such a speed, or another location").In("requestMACSec")
	}
	return demarc.Errorf(demarc.Invalid, "%s has no ports of %s; it has %s", location.Code, need.Speed, spelled(Speeds(r, location.Code))).
		Coded("E-LOCATION-SPEED", "").In("bandwidth")
}

func spelled(speeds []demarc.Bandwidth) string {
	var words []string
	for _, s := range speeds {
		words = append(words, s.String())
	}
	return cmp.Or(strings.Join(words, ", "), "no speed")
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
