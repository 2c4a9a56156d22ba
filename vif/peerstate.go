package vif

import (
	"slices"

	"demarc"
	"demarc/intent"
)

// eachPeer changes a copy of the peers: the noun's own are shared with every
// other reader.
func eachPeer(v demarc.VirtualInterface, change func(*demarc.BGPPeer)) []demarc.BGPPeer {
	peers := slices.Clone(v.Peers)
	for i := range peers {
		change(&peers[i])
	}
	return peers
}

// without is the peers but those that go.
func without(peers []demarc.BGPPeer, goes func(demarc.BGPPeer) bool) []demarc.BGPPeer {
	return slices.DeleteFunc(slices.Clone(peers), goes)
}

func peerIndex(v demarc.VirtualInterface, id demarc.BGPPeerID) int {
	return slices.IndexFunc(v.Peers, func(p demarc.BGPPeer) bool { return p.ID == id })
}

func has(peers []demarc.BGPPeer, family demarc.AddressFamily) bool {
	return slices.ContainsFunc(peers, func(p demarc.BGPPeer) bool {
		return p.Family == family && p.State != demarc.PeerDeleting
	})
}

// peersSeen takes up which sessions the edge has: one that it has is available,
// one that is going and that it has no more is gone.
func peersSeen(peers []demarc.BGPPeer, seen intent.VIFSeen) []demarc.BGPPeer {
	listed := func(p demarc.BGPPeer) bool {
		return slices.ContainsFunc(seen.Session, func(s intent.SessionSeen) bool { return s.Peer == p.ID })
	}
	peers = without(peers, func(p demarc.BGPPeer) bool {
		return p.State == demarc.PeerDeleting && !listed(p)
	})
	for i, p := range peers {
		if p.State == demarc.PeerPending && listed(p) {
			peers[i].State = demarc.PeerAvailable
		}
	}
	return peers
}

// PeerDeleted takes up that a session is wanted no more. The last one stays:
// AWS's clients match on the text.
func PeerDeleted(v demarc.VirtualInterface, id demarc.BGPPeerID) (demarc.VirtualInterface, error) {
	i := peerIndex(v, id)
	if i < 0 {
		return v, noPeer(v, string(id))
	}
	if v.Peers[i].State == demarc.PeerDeleting {
		return v, nil
	}
	if !slices.ContainsFunc(v.Peers, func(p demarc.BGPPeer) bool { return p.ID != id && p.State != demarc.PeerDeleting }) {
		return v, demarc.Errorf(demarc.Conflict, "The last BGP Peer on a Virtual Interface cannot be deleted").Coded("E-PEER-LAST", "")
	}
	if !v.State.InPlace() && v.State != demarc.VIFPending {
		v.Peers = without(v.Peers, func(p demarc.BGPPeer) bool { return p.ID == id }) // nobody has it
		return v, nil
	}
	v.Peers = slices.Clone(v.Peers)
	v.Peers[i].State = demarc.PeerDeleting
	return v, nil
}

func noPeer(v demarc.VirtualInterface, named string) error {
	return demarc.Errorf(demarc.NotFound, "virtual interface %s has no BGP peer %s", v.ID, named).Coded("E-PEER-UNKNOWN", "").In("bgpPeerId")
}
