package edgelink

import (
	"cmp"
	"maps"
	"slices"
	"sync"

	"demarc"
	"demarc/intent"
	"demarc/store"
)

// told is what one attached node was told, as far as it decides two things:
// whether there is news for it, and whether it has let go of an interface.
type told struct {
	store *store.Store
	node  demarc.NodeID

	// mu guards what follows. Taking a view of the store happens under it too:
	// so a view in which an interface is to go is never older than an intent,
	// not yet noted here, that still asks for it.
	mu     sync.Mutex
	memory intent.Memory
	last   intent.Node // as sent, the version aside
	first  int64       // version of the first intent; 0 before it
	at     int64       // version of the latest intent
	// without has, for an interface that an earlier intent asked for, the
	// version of the first that did not.
	without map[demarc.VirtualInterfaceID]int64
}

func newTold(st *store.Store, node demarc.NodeID) *told {
	return &told{store: st, node: node, without: map[demarc.VirtualInterfaceID]int64{}}
}

// news compiles the node's intent from the store as it is, and is false when
// the node has been told the same or the store does not know it.
func (t *told) news() (intent.Node, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	view := t.store.Local()
	n, _, ok := compile(view, t.node, &t.memory)
	if !ok || t.first != 0 && n.Same(t.last) {
		return n, false
	}
	t.note(n, view.Revision())
	n.Version = view.Revision()
	return n, true
}

func (t *told) note(n intent.Node, version int64) {
	for _, vif := range vifs(t.last) {
		if !asksFor(n, vif.ID) {
			t.without[vif.ID] = version
		}
	}
	maps.DeleteFunc(t.without, func(id demarc.VirtualInterfaceID, _ int64) bool { return asksFor(n, id) })
	if t.first == 0 {
		t.first = version
	}
	t.last, t.at = n, version
}

// released lists the device's interfaces that wait to be settled in the view,
// that the report no longer has, and that were absent from the intent which the
// report says is applied. A version that this control process never sent proves
// nothing. The caller holds mu.
func (t *told) released(view *store.View, report *intent.Report) []demarc.VirtualInterfaceID {
	if t.first == 0 || report.Applied < t.first || report.Applied > t.at {
		return nil
	}
	var ids []demarc.VirtualInterfaceID
	for row := range store.VirtualInterfaces.RowsBy(view, "device", string(t.node)) {
		id := row.Noun().ID
		if row.Noun().State == demarc.VIFDeleting && report.Applied >= t.without[id] && !report.Has(id) && !asksFor(t.last, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// asksFor reports whether an intent has the interface.
func asksFor(n intent.Node, id demarc.VirtualInterfaceID) bool {
	_, there := slices.BinarySearchFunc(vifs(n), id, func(vif *intent.VIF, id demarc.VirtualInterfaceID) int { return cmp.Compare(vif.ID, id) })
	return there
}

// forget ends the memory of an interface that is settled.
func (t *told) forget(id demarc.VirtualInterfaceID) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.without, id)
}

func vifs(n intent.Node) intent.Lines[intent.VIF] {
	if n.Device == nil {
		return nil
	}
	return n.Device.VIFs
}
