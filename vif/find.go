package vif

import (
	"slices"
	"time"

	"demarc"
	"demarc/intent"
	"demarc/store"
)

// ListedAfterDeletion is how long a deleted or rejected interface is still
// shown (AWS: a quarter of an hour).
const ListedAfterDeletion = demarc.ListedAfterEnd

// Get returns an interface that the account by may see at now. AWS's clients
// match on "does not exist".
func Get(r store.Reader, by demarc.AccountID, id demarc.VirtualInterfaceID, now time.Time) (demarc.VirtualInterface, error) {
	v, ok := store.VirtualInterfaces.Get(r, string(id))
	if !ok || !v.VisibleTo(by) || !listed(v, now) {
		return demarc.VirtualInterface{}, unknown(id)
	}
	return v, nil
}

func unknown(id demarc.VirtualInterfaceID) error {
	return demarc.Errorf(demarc.NotFound, "Virtual interface with ID %s does not exist", id).In("virtualInterfaceId")
}

// A Filter narrows a list; the zero value narrows nothing.
type Filter struct {
	ID         demarc.VirtualInterfaceID
	Connection demarc.ConnectionID
}

func (f Filter) passes(v demarc.VirtualInterface) bool {
	return (f.ID == "" || f.ID == v.ID) && (f.Connection == "" || f.Connection == v.Connection)
}

// List returns the interfaces that the account by may see at now, in the order
// of their ids. A filter that nothing passes gives an empty list, not an
// error.
func List(r store.Reader, by demarc.AccountID, f Filter, now time.Time) []demarc.VirtualInterface {
	var all []demarc.VirtualInterface
	if f.ID != "" {
		if v, err := Get(r, by, f.ID, now); err == nil {
			all = append(all, v)
		}
	} else {
		all = slices.Collect(store.VirtualInterfaces.By(r, "account", string(by)))
	}
	return slices.DeleteFunc(all, func(v demarc.VirtualInterface) bool { return !listed(v, now) || !f.passes(v) })
}

func listed(v demarc.VirtualInterface, now time.Time) bool {
	return !v.State.Gone() || now.Sub(v.Deleted) < ListedAfterDeletion
}

// MayConfigure reports whether an account configures the router at the far
// end, and so may have its configuration: the connection's owner. The keys of
// the sessions alone are shown to the interface's owner as well, as AWS does.
func MayConfigure(v demarc.VirtualInterface, by demarc.AccountID) bool {
	return v.ConnectionOwner == by
}

// ForRouter returns an interface whose router configuration the account by may
// have: on its own connection, and accepted, since our side's ASN is known
// only then. Package routerconfig writes it.
func ForRouter(r store.Reader, by demarc.AccountID, id demarc.VirtualInterfaceID, now time.Time) (demarc.VirtualInterface, error) {
	v, err := Get(r, by, id, now)
	if err != nil {
		return demarc.VirtualInterface{}, err
	}
	if !MayConfigure(v, by) {
		return demarc.VirtualInterface{}, demarc.Errorf(demarc.Denied, "the router configuration of %s is for the owner of its connection", id).
			Coded("E-ROUTER-DENIED", "").By(demarc.Customer).In("virtualInterfaceId")
	}
	if v.GatewayASN == 0 {
		return demarc.VirtualInterface{}, demarc.Errorf(demarc.Conflict, "virtual interface %s is %s: its router configuration is known once account %s has accepted it", id, v.State, v.Owner).
			Coded("E-VIF-NOT-ACCEPTED", "").By(demarc.Platform).In("virtualInterfaceId")
	}
	return v, nil
}

// PeerUp reports whether a session is established, from the latest sighting of
// its interface. The zero sighting, of one never seen, says it is not.
func PeerUp(seen intent.VIFSeen, peer demarc.BGPPeerID) bool {
	return slices.ContainsFunc(seen.Session, func(s intent.SessionSeen) bool { return s.Peer == peer && s.Established() })
}
