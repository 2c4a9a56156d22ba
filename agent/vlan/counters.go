package vlan

import (
	"cmp"
	"errors"
	"io/fs"
	"net/netip"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"demarc/agent/linux"
)

// A Reason is why a frame was dropped.
type Reason uint32

const (
	Untagged     Reason = 1 // came without a tag
	UnknownVLAN  Reason = 2 // came with a tag that has no VIF, 0 included
	DoubleTagged Reason = 3 // came with a second tag inside, or with an 802.1ad tag
	TaggedByVIF  Reason = 4 // a VIF sent a frame with a tag of its own
)

func (r Reason) String() string {
	switch r {
	case Untagged:
		return "untagged"
	case UnknownVLAN:
		return "unknown VLAN"
	case DoubleTagged:
		return "double tagged"
	case TaggedByVIF:
		return "tagged by VIF"
	}
	return "unknown reason"
}

// VIFCounters counts frames and their bytes on the line since the VIF was put.
type VIFCounters struct {
	RxPackets, RxBytes uint64 // from the cable
	TxPackets, TxBytes uint64 // to the cable
}

// PortCounters is what no VIF wanted since the port was taken. A super-frame
// of segmentation offload counts as one.
type PortCounters struct {
	Refused   map[Reason]uint64
	Strangers []Stranger // the most frequent first
}

// A Stranger is one kind of refused frames that came from the cable. There are
// at most 4096 in all; the longest unseen make room.
type Stranger struct {
	Reason  Reason
	VLAN    uint16 // the outer tag; 0 if untagged
	Packets uint64
	Last    time.Time

	ARP uint64 // how many of them were ARP
	// Sender and Target are who asked for whom in the last ARP; zero if none.
	Sender, Target netip.Addr
}

// Counters is one reading.
type Counters struct {
	VIFs  map[Key]VIFCounters
	Ports map[string]PortCounters
}

// Counters reads everything. What belongs to links that are gone is left out.
func (d *Demux) Counters() (Counters, error) {
	names := portNames{namespace: d.namespace, known: map[uint32]string{}}
	vifs, err := d.vifCounters(names)
	if err != nil {
		return Counters{}, err
	}
	ports, err := d.portCounters(names)
	return Counters{VIFs: vifs, Ports: ports}, err
}

// portNames gives names to indices of links, asking for each once: there are
// a few ports among thousands of links.
type portNames struct {
	namespace *linux.Namespace
	known     map[uint32]string
}

// of is empty for a link that is gone.
func (p portNames) of(index uint32) (string, error) {
	if name, ok := p.known[index]; ok {
		return name, nil
	}
	name, err := linux.LinkName(p.namespace, int(index))
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if err == nil {
		p.known[index] = name
	}
	return name, err
}

func (d *Demux) vifCounters(names portNames) (map[Key]VIFCounters, error) {
	all, err := entries[vlanKey, []traffic](d.maps[mapTraffic])
	if err != nil {
		return nil, err
	}
	found := make(map[Key]VIFCounters, len(all))
	for key, perCPU := range all {
		var sum VIFCounters
		for _, t := range perCPU {
			sum.RxPackets += t.RxPackets
			sum.RxBytes += t.RxBytes
			sum.TxPackets += t.TxPackets
			sum.TxBytes += t.TxBytes
		}
		port, err := names.of(key.Port)
		if err != nil {
			return nil, err
		}
		if port != "" {
			found[Key{port, uint16(key.Tag)}] = sum
		}
	}
	return found, nil
}

func (d *Demux) portCounters(names portNames) (map[string]PortCounters, error) {
	refused, err := entries[refusalKey, uint64](d.maps[mapRefused])
	if err != nil {
		return nil, err
	}
	ports := map[string]PortCounters{}
	for key, frames := range refused {
		name, err := names.of(key.Port)
		if err != nil {
			return nil, err
		}
		port, ok := ports[name]
		if !ok {
			port.Refused = map[Reason]uint64{}
		}
		port.Refused[key.Reason] = frames
		ports[name] = port
	}
	strangers, err := entries[strangerKey, strangerValue](d.maps[mapStrangers])
	if err != nil {
		return nil, err
	}
	for key, value := range strangers {
		name, err := names.of(key.Port)
		if err != nil {
			return nil, err
		}
		if port, ok := ports[name]; ok {
			port.Strangers = append(port.Strangers, stranger(key, value))
			ports[name] = port
		}
	}
	delete(ports, "")
	for _, port := range ports {
		slices.SortFunc(port.Strangers, func(a, b Stranger) int { return cmp.Compare(b.Packets, a.Packets) })
	}
	return ports, nil
}

func stranger(key strangerKey, value strangerValue) Stranger {
	s := Stranger{
		Reason:  Reason(key.ReasonLow),
		VLAN:    key.Tag,
		Packets: value.Packets,
		Last:    wallClock(value.Last),
		ARP:     value.ARP,
	}
	if value.ARP > 0 {
		s.Sender, s.Target = netip.AddrFrom4(value.Sender), netip.AddrFrom4(value.Target)
	}
	return s
}

// wallClock turns the kernel's monotonic nanoseconds into a time of day, which
// knows how long ago it was also when the clock is set.
func wallClock(monotonic uint64) time.Time {
	var now unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &now); err != nil {
		return time.Time{}
	}
	return time.Now().Add(time.Duration(int64(monotonic) - now.Nano()))
}
