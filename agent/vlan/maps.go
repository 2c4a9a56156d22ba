package vlan

import "github.com/cilium/ebpf"

// Names of the maps in the kernel, by which a restart tells them apart. A
// change of a map's meaning needs a new name.
const (
	mapVIFs      = "dm_vifs"      // vlanKey → way
	mapEnds      = "dm_ends"      // link index of the vi end → vlanKey
	mapTraffic   = "dm_traffic"   // vlanKey → traffic, per CPU
	mapRefused   = "dm_refused"   // refusalKey → frames
	mapStrangers = "dm_strangers" // strangerKey → strangerValue
)

// Capacities. A port carries 4094 tags at most; a device has a handful of ports.
const (
	maxVIFs      = 16384
	maxRefused   = 1024
	maxStrangers = 4096 // the longest unseen makes room, so a scan of all tags does no harm
)

type vlanKey struct {
	Port uint32 // link index
	Tag  uint32
}

// traffic is seen from the provider: received from the customer, sent to it.
type traffic struct {
	RxPackets, RxBytes uint64
	TxPackets, TxBytes uint64
}

const (
	offRx = 0
	offTx = 16
)

type refusalKey struct {
	Port   uint32
	Reason Reason
}

type strangerKey struct {
	Port      uint32
	Tag       uint16
	ReasonLow uint16
}

type strangerValue struct {
	Packets, ARP   uint64
	Last           uint64 // nanoseconds of the monotonic clock
	Sender, Target [4]byte
}

const (
	offPackets  = 0
	offARP      = 8
	offLast     = 16
	offSender   = 24
	offTarget   = 28
	strangerLen = 32
)

// noPrealloc keeps an almost empty table small.
const noPrealloc = 1 // BPF_F_NO_PREALLOC

func maps() map[string]*ebpf.MapSpec {
	specs := map[string]*ebpf.MapSpec{
		mapVIFs:      {Type: ebpf.Hash, KeySize: 8, ValueSize: 4, MaxEntries: maxVIFs, Flags: noPrealloc},
		mapEnds:      {Type: ebpf.Hash, KeySize: 4, ValueSize: 8, MaxEntries: maxVIFs, Flags: noPrealloc},
		mapTraffic:   {Type: ebpf.PerCPUHash, KeySize: 8, ValueSize: 32, MaxEntries: maxVIFs, Flags: noPrealloc},
		mapRefused:   {Type: ebpf.Hash, KeySize: 8, ValueSize: 8, MaxEntries: maxRefused, Flags: noPrealloc},
		mapStrangers: {Type: ebpf.LRUHash, KeySize: 8, ValueSize: strangerLen, MaxEntries: maxStrangers},
	}
	for name, spec := range specs {
		spec.Name = name
	}
	return specs
}
