package vif_test

import (
	"fmt"
	"testing"

	"demarc"
	"demarc/intent"
	"demarc/vif"
)

var states = []demarc.VirtualInterfaceState{
	demarc.VIFConfirming, demarc.VIFPending, demarc.VIFDown, demarc.VIFAvailable,
	demarc.VIFDeleting, demarc.VIFDeleted, demarc.VIFRejected,
}

func sighting(built, established bool) intent.VIFSeen {
	state := "Active"
	if established {
		state = "Established"
	}
	return intent.VIFSeen{ID: "dxvif-f0000001", Built: built, Session: []intent.SessionSeen{{Peer: "dxpeer-f0000001", State: state}}}
}

// Every event in every state: what it leads to, in the order of states above.
func TestStates(t *testing.T) {
	const (
		confirming = demarc.VIFConfirming
		pending    = demarc.VIFPending
		down       = demarc.VIFDown
		available  = demarc.VIFAvailable
		deleting   = demarc.VIFDeleting
		deleted    = demarc.VIFDeleted
		rejected   = demarc.VIFRejected
	)
	seen := func(built, established bool) func(demarc.VirtualInterface) demarc.VirtualInterface {
		return func(v demarc.VirtualInterface) demarc.VirtualInterface {
			return vif.Seen(v, sighting(built, established))
		}
	}
	deletedBy := func(by demarc.AccountID) func(demarc.VirtualInterface) demarc.VirtualInterface {
		return func(v demarc.VirtualInterface) demarc.VirtualInterface { return vif.Deleted(v, by, noon) }
	}
	for name, event := range map[string]struct {
		happen func(demarc.VirtualInterface) demarc.VirtualInterface
		want   []demarc.VirtualInterfaceState
	}{
		"not built":            {seen(false, false), []demarc.VirtualInterfaceState{confirming, pending, down, down, deleting, deleted, rejected}},
		"built":                {seen(true, false), []demarc.VirtualInterfaceState{confirming, down, down, down, deleting, deleted, rejected}},
		"established":          {seen(true, true), []demarc.VirtualInterfaceState{confirming, available, available, available, deleting, deleted, rejected}},
		"deleted by owner":     {deletedBy(platform), []demarc.VirtualInterfaceState{rejected, deleting, deleting, deleting, deleting, deleted, rejected}},
		"deleted by the other": {deletedBy(acme), []demarc.VirtualInterfaceState{deleted, deleting, deleting, deleting, deleting, deleted, rejected}},
		"settled": {
			func(v demarc.VirtualInterface) demarc.VirtualInterface { return vif.Settled(v, noon) },
			[]demarc.VirtualInterfaceState{confirming, pending, down, available, deleted, deleted, rejected},
		},
	} {
		for i, from := range states {
			v := event.happen(demarc.VirtualInterface{ID: "dxvif-f0000001", Owner: platform, ConnectionOwner: acme, State: from})
			if v.State != event.want[i] {
				t.Errorf("%s when %s: got %s, want %s", name, from, v.State, event.want[i])
			}
			if v.State != from && v.State.Gone() != v.Deleted.Equal(noon) {
				t.Errorf("%s when %s: is %s and was deleted at %v", name, from, v.State, v.Deleted)
			}
		}
	}
}

// One acceptance, by the owner, of what waits for it.
func TestAcceptedInEveryState(t *testing.T) {
	gateway := vif.End{Onto: vif.Onto{Gateway: gw}, ASN: 64512}
	for _, from := range states {
		v := demarc.VirtualInterface{ID: "dxvif-f0000001", Owner: platform, ConnectionOwner: acme, State: from, Peers: []demarc.BGPPeer{{ASN: 65001}}}
		got, err := vif.Accepted(v, platform, gateway)
		if from == demarc.VIFConfirming {
			if err != nil || got.State != demarc.VIFPending || got.Gateway != gw || got.GatewayASN != 64512 {
				t.Errorf("got %s on %s with ASN %d, %v", got.State, got.Gateway, got.GatewayASN, err)
			}
			continue
		}
		refused(t, err, demarc.Conflict, "E-ACCEPT-STATE", fmt.Sprintf("virtual interface dxvif-f0000001 is %s and can no longer be accepted", from))
		if got.State != from || got.Gateway != "" {
			t.Errorf("a refusal when %s changed it to %s on %q", from, got.State, got.Gateway)
		}
	}
}

func TestPeerUp(t *testing.T) {
	for _, test := range []struct {
		seen intent.VIFSeen
		peer demarc.BGPPeerID
		want bool
	}{
		{intent.VIFSeen{}, "dxpeer-f0000001", false},
		{sighting(true, false), "dxpeer-f0000001", false},
		{sighting(true, true), "dxpeer-f0000001", true},
		{sighting(true, true), "dxpeer-f0000002", false},
	} {
		if got := vif.PeerUp(test.seen, test.peer); got != test.want {
			t.Errorf("%v of %s: got %v", test.seen.Session, test.peer, got)
		}
	}
}
