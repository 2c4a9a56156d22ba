package vif

import (
	"slices"
	"time"

	"demarc"
	"demarc/store"
)

// Move puts an interface onto another connection or LAG, whole or not at all.
// The account by owns the target, and the interface or the connection that it
// is on. The interface is pending, and its sessions are new ones: the old ones
// are deleting until the edge has let go of them.
func Move(tx *store.Tx, by demarc.AccountID, id demarc.VirtualInterfaceID, target demarc.ConnectionID, now time.Time) (demarc.VirtualInterface, error) {
	v, err := changeable(tx, by, id, now)
	if err != nil {
		return v, err
	}
	to, err := lineOf(tx, by, target, now)
	switch {
	case err != nil:
		return v, err
	case v.State == demarc.VIFConfirming || v.State == demarc.VIFVerifying:
		return v, stateError(v)
	case to.hosted() || onHosted(tx, v):
		return v, misplaced("virtual interface %s cannot be moved from or to a hosted connection", id)
	case v.Connection == target:
		return v, misplaced("virtual interface %s is on %s already", id, target)
	}
	releaseLine(tx, v)
	after := Moved(v)
	to.lay(&after)
	if err := holdLine(tx, after, to); err != nil {
		return v, err
	}
	store.VIFSightings.Delete(tx, string(id)) // of the old sessions, and perhaps of the old device
	keep(tx, v, after)
	return after, nil
}

func onHosted(r store.Reader, v demarc.VirtualInterface) bool {
	c, ok := store.Connections.Get(r, string(v.Connection))
	return ok && c.Kind == demarc.Hosted
}

// Moved takes up that an interface goes to another line: each session is
// deleting, and one like it pending in its place.
func Moved(v demarc.VirtualInterface) demarc.VirtualInterface {
	v = Uprooted(v)
	var old, fresh []demarc.BGPPeer
	for _, p := range v.Peers {
		next := p
		p.State = demarc.PeerDeleting
		old = append(old, p)
		if next.State == demarc.PeerDeleting {
			continue
		}
		next.ID = demarc.NewBGPPeerID()
		if next.State == demarc.PeerAvailable {
			next.State = demarc.PeerPending
		}
		fresh = append(fresh, next)
	}
	v.Peers = slices.Concat(fresh, old)
	return v
}
