package vif

import (
	"demarc"
	"demarc/intent"
	"demarc/store"
)

// Observe takes up what the edge saw of an interface, and reports whether that
// changed it. Nothing is written where nothing changed, so a report every few
// seconds costs no write. Keeping the sighting is the caller's.
func Observe(tx *store.Tx, seen intent.VIFSeen) (changed bool) {
	v, ok := store.VirtualInterfaces.Get(tx, string(seen.ID))
	if !ok {
		return false
	}
	return keep(tx, v, Seen(v, seen))
}

// Deleting lists the interfaces of a device that wait to be settled: those of
// them that the device's report no longer has are for Settle.
func Deleting(r store.Reader, device demarc.NodeID) []demarc.VirtualInterfaceID {
	var ids []demarc.VirtualInterfaceID
	for v := range store.VirtualInterfaces.By(r, "device", string(device)) {
		if v.State == demarc.VIFDeleting {
			ids = append(ids, v.ID)
		}
	}
	return ids
}
