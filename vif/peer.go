package vif

import (
	"net/netip"
	"slices"
	"time"

	"demarc"
	"demarc/store"
)

// AddPeer adds a session to an interface, for its owner or the owner of its
// connection: one of the address family that it does not have yet. Without an
// ASN it is that of the first session.
func AddPeer(tx *store.Tx, by demarc.AccountID, id demarc.VirtualInterfaceID, n NewPeer, now time.Time) (demarc.VirtualInterface, error) {
	v, err := changeable(tx, by, id, now)
	if err != nil {
		return v, err
	}
	if n.ASN == 0 {
		n.ASN = int64(v.Peers[0].ASN)
	}
	peer, err := n.draft()
	if err != nil {
		return v, err
	}
	if err := roomFor(v, peer); err != nil {
		return v, err
	}
	if peer, err = address(tx, by, v, peer, n); err != nil {
		return v, err
	}
	if v.Type == demarc.PublicVIF && v.State != demarc.VIFConfirming {
		peer.State = demarc.PeerVerifying
	}
	after := v
	after.Peers = append(slices.Clone(v.Peers), peer)
	if err := holdPairs(tx, after); err != nil {
		return v, err
	}
	keep(tx, v, after)
	return after, nil
}

// roomFor refuses a session for which an interface has no place.
func roomFor(v demarc.VirtualInterface, peer demarc.BGPPeer) error {
	switch {
	case has(v.Peers, peer.Family):
		return demarc.Errorf(demarc.Conflict, "virtual interface %s has a BGP peer of family %s, and a second one needs a connection whose hasLogicalRedundancy is yes", v.ID, peer.Family).
			Coded("E-PEER-FAMILY", "Delete the other one first").In("addressFamily")
	case v.Type != demarc.PublicVIF && v.Prefixes != (demarc.PrefixAllocation{}) && v.Prefixes.Of(peer.Family) == 0:
		return poolError(demarc.Conflict, "addressFamily", "virtual interface %s is allocated no %s prefixes", v.ID, peer.Family)
	case v.GatewayASN != 0 && peer.ASN == v.GatewayASN:
		return sameASN(peer.ASN, End{Onto: Onto{v.Gateway, v.DirectConnectGateway}, ASN: v.GatewayASN})
	}
	return nil
}

// A PeerRef names a session: by its id, or by the customer's ASN and address. All
// that is given is its.
type PeerRef struct {
	ID      demarc.BGPPeerID
	ASN     demarc.ASN
	Address string // with or without its mask
}

func (ref PeerRef) matches(p demarc.BGPPeer) bool {
	return (ref.ID == "" || p.ID == ref.ID) &&
		(ref.ASN == 0 || p.ASN == ref.ASN) &&
		(ref.Address == "" || addressed(p.CustomerAddress, ref.Address))
}

func (ref PeerRef) String() string {
	switch {
	case ref.ID != "" && ref.ASN == 0 && ref.Address == "":
		return string(ref.ID)
	case ref.ID != "":
		return string(ref.ID) + " with that ASN and customer address"
	}
	return "with that ASN and customer address"
}

func addressed(end netip.Prefix, text string) bool {
	return text == end.String() || text == end.Addr().String()
}

// RemovePeer ends a session: it is deleting until the edge has let go of it.
// Deleting it again is not an error.
func RemovePeer(tx *store.Tx, by demarc.AccountID, id demarc.VirtualInterfaceID, ref PeerRef, now time.Time) (demarc.VirtualInterface, error) {
	v, err := changeable(tx, by, id, now)
	if err != nil {
		return v, err
	}
	i := slices.IndexFunc(v.Peers, ref.matches)
	if i < 0 {
		return v, noPeer(v, ref.String())
	}
	after, err := PeerDeleted(v, v.Peers[i].ID)
	if err != nil {
		return v, err
	}
	keep(tx, v, after)
	return after, nil
}

// changeable finds an interface that the account by may see and that can be
// changed now.
func changeable(tx *store.Tx, by demarc.AccountID, id demarc.VirtualInterfaceID, now time.Time) (demarc.VirtualInterface, error) {
	v, err := Get(tx, by, id, now)
	if err != nil {
		return v, err
	}
	switch v.State {
	case demarc.VIFDeleting, demarc.VIFDeleted, demarc.VIFRejected, demarc.VIFTesting:
		return v, stateError(v)
	}
	return v, nil
}

func stateError(v demarc.VirtualInterface) error {
	return demarc.Errorf(demarc.Conflict, "virtual interface %s is %s and cannot be changed now", v.ID, v.State).Coded("E-VIF-STATE", "").In("virtualInterfaceId")
}

// Verify takes up that the platform has looked at what a public interface is to
// announce. It is for the platform alone, which the caller has to see to.
func Verify(tx *store.Tx, id demarc.VirtualInterfaceID, now time.Time) (demarc.VirtualInterface, error) {
	v, ok := store.VirtualInterfaces.Get(tx, string(id))
	if !ok || !listed(v, now) {
		return v, unknown(id)
	}
	after, err := Verified(v)
	if err != nil {
		return v, err
	}
	for _, p := range v.RouteFilters { // which another may have been verified for meanwhile
		if err := disjoint(tx, v, p); err != nil {
			return v, err
		}
	}
	keep(tx, v, after)
	return after, nil
}
