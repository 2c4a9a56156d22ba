package device

import (
	"errors"
	"io/fs"
	"maps"
	"slices"
	"time"

	"demarc"
	"demarc/agent/linux"
	"demarc/agent/naming"
	"demarc/intent"
)

const (
	// gatherEvery is how old what links and shapers count may be.
	gatherEvery = 2 * time.Second
	// visits is how many namespaces are entered at a time to read what is
	// counted in them: each takes a third of a millisecond.
	visits = 32
)

// gather reads what the links and shapers of the home namespace count, in two
// requests whatever their number, and some of the shapers elsewhere.
func (d *Device) gather(now time.Time) error {
	if now.Sub(d.gathered) < gatherEvery {
		return nil
	}
	d.gathered = now
	counted, err := linux.Counted(d.home)
	if err != nil {
		return err
	}
	queues, err := linux.Queues(d.home)
	if err != nil {
		return err
	}
	d.sawCounts(counted, queues)
	return d.visit()
}

// sawCounts notes what is counted in the home namespace, by the links' indices.
// What goes to a VIF's namespace comes from its customer.
func (d *Device) sawCounts(counted map[int]linux.Traffic, queues map[int]linux.Queue) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, p := range d.ports {
		p.line = nil
		if traffic, there := counted[p.index]; there && p.want != nil {
			p.line = lineSeen(traffic)
		}
	}
	for _, v := range d.vifs {
		traffic, there := counted[v.end]
		if there {
			v.path.sawDrops(d.gathered, traffic.TxDropped)
		}
		v.drops.RxLink, v.drops.TxLink = traffic.TxDropped, traffic.RxDropped
		v.drops.RxShaped = queues[v.end].Dropped
	}
}

func lineSeen(t linux.Traffic) *intent.LineSeen {
	return &intent.LineSeen{
		RxPackets: t.RxPackets, RxBytes: t.RxBytes, RxDropped: t.RxDropped, RxErrors: t.RxErrors,
		TxPackets: t.TxPackets, TxBytes: t.TxBytes, TxDropped: t.TxDropped, TxErrors: t.TxErrors,
	}
}

// visit reads what the namespaces of the VIFs whose turn it is have dropped.
func (d *Device) visit() error {
	errs := []error{d.endProbes(d.unknown)}
	for id, public := range d.turn() {
		counted, err := countedIn(d.config.Instance.VIF(d.config.Node, id), public)
		errs = append(errs, err)
		if err == nil {
			d.sawCounted(id, counted)
		}
		errs = append(errs, d.probe(d.gathered, id))
	}
	return errors.Join(errs...)
}

// turn are the next VIFs after those of the last time, in order of their ids,
// and which of them are public.
func (d *Device) turn() (public map[demarc.VirtualInterfaceID]bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	public = map[demarc.VirtualInterfaceID]bool{}
	for _, id := range nextOf(slices.Collect(maps.Keys(d.vifs)), d.visited) {
		if v := d.vifs[id]; v.want != nil && v.wired {
			public[id] = v.want.Public()
		}
		d.visited = id
	}
	return public
}

// nextOf are those of the VIFs whose turn comes after last, in order of their
// ids and round again.
func nextOf(ids []demarc.VirtualInterfaceID, last demarc.VirtualInterfaceID) (turn []demarc.VirtualInterfaceID) {
	slices.Sort(ids)
	from, _ := slices.BinarySearch(ids, last+"\x00")
	for i := range min(visits, len(ids)) {
		turn = append(turn, ids[(from+i)%len(ids)])
	}
	return turn
}

// A tally is what is counted in a VIF's namespace: what its shaper towards its
// customer has dropped, what came from the customer by a source that is not its
// own, and what went through it, from the customer or to it.
type tally struct{ shaped, spoofed, forwarded uint64 }

// countedIn counts nothing if the VIF is just going. Only public VIFs look at
// sources.
func countedIn(namespace string, public bool) (counted tally, err error) {
	n, err := linux.OpenNamespace(namespace)
	if errors.Is(err, fs.ErrNotExist) {
		return tally{}, nil
	}
	if err != nil {
		return tally{}, err
	}
	defer n.Close()
	queue, err := linux.QdiscStats(n, naming.VIFCustomer)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return tally{}, err
	}
	forwarded, err := linux.Forwarded(n)
	if err != nil {
		return tally{}, err
	}
	counted = tally{shaped: queue.Dropped, forwarded: forwarded}
	if !public {
		return counted, nil
	}
	spoofed, err := linux.Spoofed(n, announcedSources)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return tally{}, err
	}
	counted.spoofed = spoofed.Packets
	return counted, nil
}

func (d *Device) sawCounted(id demarc.VirtualInterfaceID, counted tally) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if v := d.vifs[id]; v != nil {
		v.drops.TxShaped, v.drops.RxSpoofed, v.forwarded = counted.shaped, counted.spoofed, counted.forwarded
	}
}
