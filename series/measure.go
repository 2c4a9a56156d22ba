package series

import (
	"math"

	"demarc"
	"demarc/intent"
	"demarc/store"
)

// A Measure is one thing that is measured of a connection or an interface. In
// is from the customer, out is to it.
type Measure int

const (
	Up         Measure = iota // 1 with light, or with an established session; else 0
	BitsIn                    // a second
	BitsOut                   // a second
	PacketsIn                 // a second
	PacketsOut                // a second
	DropsIn                   // packets a second: of an interface by its shaper
	DropsOut                  // packets a second: of an interface by its shaper, of a connection by its port
	Errors                    // broken packets in the minute, of a connection
	Accepted                  // prefixes, of an interface
	Advertised                // prefixes, of an interface
	measures
)

// A reading is what was seen of one thing at one moment.
type reading struct {
	up bool
	// counted: the counters have a source.
	counted              bool
	bytes, packets       [2]uint64 // in, out
	drops                [2]uint64
	errors               uint64
	hasErrors            bool
	prefixes             bool
	accepted, advertised int
}

// readings are of all that is seen by nodes that are heard, by the id of the
// connection or interface.
func readings(r store.Reader, heard func(demarc.NodeID) bool) map[string]reading {
	all := map[string]reading{}
	for seen := range store.PortSightings.All(r) {
		if heard(seen.ID.Device()) {
			readPort(r, seen, all)
		}
	}
	for seen := range store.VIFSightings.All(r) {
		vif, ok := store.VirtualInterfaces.Get(r, string(seen.ID))
		if ok && heard(vif.Device) {
			readVIF(vif, seen, all)
		}
	}
	return all
}

// readPort reads a port for its connection. Connections hosted on it share its
// light, and nothing else.
func readPort(r store.Reader, seen intent.PortSeen, all map[string]reading) {
	for conn := range store.Connections.By(r, "port", string(seen.ID)) {
		if conn.State.Gone() {
			continue
		}
		all[string(conn.ID)] = ofPort(seen)
		for _, parent := range []demarc.ConnectionID{conn.ID, demarc.ConnectionID(conn.LAG)} {
			if parent == "" {
				continue
			}
			for hosted := range store.Connections.By(r, "parent", string(parent)) {
				if !hosted.State.Gone() {
					h := all[string(hosted.ID)]
					h.up, h.counted = h.up || seen.Carrier, true
					all[string(hosted.ID)] = h
				}
			}
		}
	}
}

func ofPort(seen intent.PortSeen) reading {
	r := reading{up: seen.Carrier}
	if l := seen.Line; l != nil {
		r.counted, r.hasErrors = true, true
		r.bytes, r.packets = [2]uint64{l.RxBytes, l.TxBytes}, [2]uint64{l.RxPackets, l.TxPackets}
		r.drops, r.errors = [2]uint64{l.RxDropped, l.TxDropped}, l.RxErrors
	}
	return r
}

// readVIF reads an interface. What it carries is what the hosted connection
// under it carries, which is one tag and nothing else.
func readVIF(vif demarc.VirtualInterface, seen intent.VIFSeen, all map[string]reading) {
	r := reading{
		counted: true, bytes: [2]uint64{seen.RxBytes, seen.TxBytes}, packets: [2]uint64{seen.RxPackets, seen.TxPackets},
		drops:    [2]uint64{seen.Drops.RxShaped, seen.Drops.TxShaped},
		prefixes: true, accepted: seen.Accepted.Len(), advertised: seen.Advertised.Len(),
	}
	for _, session := range seen.Session {
		r.up = r.up || session.Established()
	}
	all[string(vif.ID)] = r
	conn, ok := all[string(vif.Connection)]
	if !ok || conn.hasErrors { // a port of its own has its own counters
		return
	}
	for way := range 2 {
		conn.bytes[way] += r.bytes[way]
		conn.packets[way] += r.packets[way]
		conn.drops[way] += r.drops[way]
	}
	all[string(vif.Connection)] = conn
}

// absent stands for a value that there is none of.
var absent = float32(math.NaN())

// now are the values that one reading has.
func (r reading) now() (values [measures]float32) {
	for m := range values {
		values[m] = absent
	}
	values[Up] = 0
	if r.up {
		values[Up] = 1
	}
	if r.prefixes {
		values[Accepted], values[Advertised] = float32(r.accepted), float32(r.advertised)
	}
	return values
}

// since are the values of a reading that came some seconds after another.
func (r reading) since(before reading, seconds float64) [measures]float32 {
	values := r.now()
	if !r.counted || !before.counted || seconds <= 0 {
		return values
	}
	rate := func(now, then uint64) float32 { return float32(float64(grown(now, then)) / seconds) }
	for way := range 2 {
		values[BitsIn+Measure(way)] = 8 * rate(r.bytes[way], before.bytes[way])
		values[PacketsIn+Measure(way)] = rate(r.packets[way], before.packets[way])
		values[DropsIn+Measure(way)] = rate(r.drops[way], before.drops[way])
	}
	if r.hasErrors {
		values[Errors] = float32(grown(r.errors, before.errors))
	}
	return values
}

// grown is by how much a counter grew. One that became less began anew.
func grown(now, then uint64) uint64 {
	if now < then {
		return now
	}
	return now - then
}
