package facility

import (
	"cmp"
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
	devices := devices(tx, c.Location, need, c.Owner)
	if len(devices) == 0 {
		return demarc.Port{}, unsupported(tx, location, need)
	}
	if best := slices.MinFunc(devices, device.better); len(best.free) > 0 {
		return *best.free[0], tx.Claim(portClaim(best.free[0].ID), string(c.ID))
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
	if free, _ := free(tx, device, need); len(free) > 0 {
		return *free[0], tx.Claim(portClaim(free[0].ID), string(c.ID))
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
	devices := devices(tx, code, need, owner)
	if len(devices) == 0 {
		return "", unsupported(tx, location, need)
	}
	devices = slices.DeleteFunc(devices, func(d device) bool { return len(d.free) < n })
	if len(devices) > 0 {
		return slices.MinFunc(devices, device.better).id, nil
	}
	return "", demarc.Errorf(demarc.Limit, "no device at %s (%s) has %d free ports %s", location.Code, location.Name, n, need).
		Coded("E-PORT-NONE", "Ask for fewer, choose another location or speed, or wait for ports to be freed").In("location")
}

// free lists the ports on a device that meet a need and that nobody holds,
// those that could not do more before those that could, and tells whether there
// are any at all. The claims on the device are guarded together: a claim looked
// up for each port would be a condition for each that is taken, and a
// transaction has room for a few thousand.
func free(tx *store.Tx, device demarc.NodeID, need Need) (free []*demarc.Port, any bool) {
	held := heldOn(tx, device)
	for row := range store.Ports.RowsBy(tx, "device", string(device)) {
		p := row.Noun()
		if !need.met(*p) {
			continue
		}
		any = true
		if _, taken := slices.BinarySearch(held, p.ID); !taken {
			free = append(free, p)
		}
	}
	slices.SortStableFunc(free, frugal)
	return free, any
}

// heldOn lists the ports of a device that somebody holds, sorted.
func heldOn(tx *store.Tx, device demarc.NodeID) (ports []demarc.PortID) {
	for name := range tx.Claims(portClaim(demarc.PortID(device) + "/")) {
		ports = append(ports, demarc.PortID(strings.TrimPrefix(name, portClaim(""))))
	}
	return ports
}

// frugal orders a port without MACsec before one with it.
func frugal(a, b *demarc.Port) int {
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
	for row := range store.Connections.RowsBy(tx, "owner", string(owner)) {
		if c := row.Noun(); c.Location == code && c.Port != "" && !c.State.Gone() {
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

// A device is one that could have a connection, and what speaks for it.
type device struct {
	id demarc.NodeID
	// own is how many connections the owner of the new one has there, used how
	// many there are.
	own, used int
	free      []*demarc.Port
}

// better orders the better device first: one without a free port is the worst.
func (d device) better(other device) int {
	if len(d.free) == 0 || len(other.free) == 0 {
		return cmp.Compare(len(other.free), len(d.free))
	}
	return cmp.Or(cmp.Compare(d.own, other.own), cmp.Compare(d.used, other.used), frugal(d.free[0], other.free[0]))
}

// devices lists those of a location that have ports which meet a need, taken or
// not, in the order of their names.
func devices(tx *store.Tx, code demarc.LocationCode, need Need, owner demarc.AccountID) (all []device) {
	own, used := map[demarc.NodeID]int{}, map[demarc.NodeID]int{}
	for row := range store.Connections.RowsBy(tx, "location", string(code)) {
		c := row.Noun()
		if c.State.Gone() || c.Kind == demarc.Hosted {
			continue
		}
		used[c.Port.Device()]++
		if c.Owner == owner {
			own[c.Port.Device()]++
		}
	}
	for d := range store.Devices.By(tx, "location", string(code)) {
		if free, any := free(tx, d.ID, need); any {
			all = append(all, device{d.ID, own[d.ID], used[d.ID], free})
		}
	}
	return all
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
