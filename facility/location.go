package facility

import (
	"cmp"
	"slices"
	"strings"

	"demarc"
	"demarc/store"
)

// Find returns a location by its code. The refusal names the codes there are.
func Find(r store.Reader, code demarc.LocationCode) (demarc.Location, error) {
	if l, ok := store.Locations.Get(r, string(code)); ok {
		return l, nil
	}
	return demarc.Location{}, NoLocation(code, Locations(r))
}

// NoLocation is the refusal of a code that is not among those of some locations.
func NoLocation(code demarc.LocationCode, among []demarc.Location) error {
	var codes []string
	for _, l := range among {
		codes = append(codes, string(l.Code))
	}
	return demarc.Errorf(demarc.Invalid, "there is no Direct Connect location %q; there are %s", code, strings.Join(codes, ", ")).
		Coded("E-LOCATION-UNKNOWN", "").In("location")
}

// Locations lists the locations in the order of their codes.
func Locations(r store.Reader) []demarc.Location {
	return slices.Collect(store.Locations.All(r))
}

// Speeds lists the speeds of the ports of a location, slowest first, whether
// or not a port of that speed is free.
func Speeds(r store.Reader, code demarc.LocationCode) []demarc.Bandwidth {
	return speeds(r, code, func(demarc.Port) bool { return true })
}

// MACsecSpeeds lists those of them that there are ports of with MACsec.
func MACsecSpeeds(r store.Reader, code demarc.LocationCode) []demarc.Bandwidth {
	return speeds(r, code, func(p demarc.Port) bool { return p.MACsec })
}

func speeds(r store.Reader, code demarc.LocationCode, counts func(demarc.Port) bool) []demarc.Bandwidth {
	var speeds []demarc.Bandwidth
	for _, p := range portsAt(r, code) {
		if counts(p) {
			speeds = append(speeds, p.Speed)
		}
	}
	slices.Sort(speeds)
	return slices.Compact(speeds)
}

// A Socket is a port and who has it.
type Socket struct {
	Port demarc.Port
	// Connection holds the port; empty where the port is free.
	Connection demarc.ConnectionID
}

// Stock lists the ports of a location in the order of their ids.
func Stock(r store.Reader, code demarc.LocationCode) []Socket {
	var stock []Socket
	for _, p := range portsAt(r, code) {
		stock = append(stock, Socket{Port: p, Connection: holder(r, p.ID)})
	}
	return stock
}

// holder is the connection that a port belongs to.
func holder(r store.Reader, port demarc.PortID) demarc.ConnectionID {
	for c := range store.Connections.By(r, "port", string(port)) {
		if c.State != demarc.ConnectionDeleted {
			return c.ID
		}
	}
	return ""
}

func portsAt(r store.Reader, code demarc.LocationCode) []demarc.Port {
	var ports []demarc.Port
	for d := range store.Devices.By(r, "location", string(code)) {
		ports = slices.AppendSeq(ports, store.Ports.By(r, "device", string(d.ID)))
	}
	slices.SortFunc(ports, func(a, b demarc.Port) int { return cmp.Compare(a.ID, b.ID) })
	return ports
}
