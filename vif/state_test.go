package vif_test

import (
	"cmp"
	"fmt"
	"testing"
	"time"

	"demarc"
	"demarc/intent"
	"demarc/vif"
)

var states = []demarc.VirtualInterfaceState{
	demarc.VIFConfirming, demarc.VIFPending, demarc.VIFDown, demarc.VIFAvailable,
	demarc.VIFDeleting, demarc.VIFDeleted, demarc.VIFRejected,
	demarc.VIFVerifying, demarc.VIFTesting,
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
		verifying  = demarc.VIFVerifying
		testing    = demarc.VIFTesting
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
		"not built":   {seen(false, false), []demarc.VirtualInterfaceState{confirming, pending, down, down, deleting, deleted, rejected, verifying, testing}},
		"built":       {seen(true, false), []demarc.VirtualInterfaceState{confirming, down, down, down, deleting, deleted, rejected, verifying, testing}},
		"established": {seen(true, true), []demarc.VirtualInterfaceState{confirming, available, available, available, deleting, deleted, rejected, verifying, testing}},
		"built with the old MTU": {
			func(v demarc.VirtualInterface) demarc.VirtualInterface {
				v.MTU = 8500
				before := sighting(true, false)
				before.MTU = 1500
				return vif.Seen(v, before)
			},
			[]demarc.VirtualInterfaceState{confirming, pending, down, down, deleting, deleted, rejected, verifying, testing},
		},
		"deleted by owner":     {deletedBy(platform), []demarc.VirtualInterfaceState{rejected, deleting, deleting, deleting, deleting, deleted, rejected, deleting, deleting}},
		"deleted by the other": {deletedBy(acme), []demarc.VirtualInterfaceState{deleted, deleting, deleting, deleting, deleting, deleted, rejected, deleting, deleting}},
		"settled": {
			func(v demarc.VirtualInterface) demarc.VirtualInterface { return vif.Settled(v, noon) },
			[]demarc.VirtualInterfaceState{confirming, pending, down, available, deleted, deleted, rejected, verifying, testing},
		},
		"unplugged":         {vif.Unplugged, []demarc.VirtualInterfaceState{confirming, down, down, down, deleting, deleted, rejected, verifying, testing}},
		"to be built again": {vif.Uprooted, []demarc.VirtualInterfaceState{confirming, pending, pending, pending, deleting, deleted, rejected, verifying, testing}},
		"test ended": {
			func(v demarc.VirtualInterface) demarc.VirtualInterface {
				return vif.TestEnded(v, sighting(true, false))
			},
			[]demarc.VirtualInterfaceState{confirming, pending, down, available, deleting, deleted, rejected, verifying, down},
		},
		"test ended, another session up": {
			func(v demarc.VirtualInterface) demarc.VirtualInterface { return vif.TestEnded(v, sighting(true, true)) },
			[]demarc.VirtualInterfaceState{confirming, pending, down, available, deleting, deleted, rejected, verifying, available},
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
		refused(t, err, demarc.Conflict, cmp.Or(notWaiting[from], "E-ACCEPT-STATE"), fmt.Sprintf("virtual interface dxvif-f0000001 is %s and can no longer be accepted", from))
		if got.State != from || got.Gateway != "" {
			t.Errorf("a refusal when %s changed it to %s on %q", from, got.State, got.Gateway)
		}
	}
}

// A verification of what waits for one, a test of what is in use, and nothing
// else of either.
func TestVerifiedAndTestedInEveryState(t *testing.T) {
	for _, from := range states {
		v := demarc.VirtualInterface{ID: "dxvif-f0000001", State: from, Peers: []demarc.BGPPeer{{ID: "dxpeer-f0000001", State: demarc.PeerAvailable}}}
		got, err := vif.Verified(v)
		if from == demarc.VIFVerifying {
			if err != nil || got.State != demarc.VIFPending {
				t.Errorf("verified: %s, %v", got.State, err)
			}
		} else {
			refused(t, err, demarc.Conflict, "E-VERIFY-STATE", fmt.Sprintf("virtual interface dxvif-f0000001 is %s and does not wait to be verified", from))
		}
		got, err = vif.Tested(v, []demarc.BGPPeerID{"dxpeer-f0000001"}, time.Hour)
		if from == demarc.VIFAvailable || from == demarc.VIFDown {
			if err != nil || got.State != demarc.VIFTesting || !got.Peers[0].Testing || got.Peers[0].TestingFor != time.Hour || v.Peers[0].Testing {
				t.Errorf("tested: %s, %v, before %v, %v", got.State, got.Peers, v.Peers, err)
			}
		} else {
			refused(t, err, demarc.Conflict, "E-TEST-STATE", fmt.Sprintf("virtual interface dxvif-f0000001 is %s, and only what is available or down can be tested", from))
		}
	}
}

// Every event of a session in every state of its own: what it leads to, none
// where it is gone.
func TestPeerStates(t *testing.T) {
	const id = demarc.BGPPeerID("dxpeer-f0000001")
	peers := []demarc.BGPPeerState{demarc.PeerVerifying, demarc.PeerPending, demarc.PeerAvailable, demarc.PeerDeleting}
	stays := demarc.BGPPeer{ID: "dxpeer-f0000002", Family: demarc.IPv6, State: demarc.PeerAvailable}
	for name, event := range map[string]struct {
		happen func(demarc.VirtualInterface) demarc.VirtualInterface
		want   []demarc.BGPPeerState
	}{
		"the edge has it": {func(v demarc.VirtualInterface) demarc.VirtualInterface { return vif.Seen(v, sighting(true, false)) }, []demarc.BGPPeerState{"verifying", "available", "available", "deleting"}},
		"the edge has it not": {func(v demarc.VirtualInterface) demarc.VirtualInterface {
			return vif.Seen(v, intent.VIFSeen{Built: true})
		}, []demarc.BGPPeerState{"verifying", "pending", "available", ""}},
		"deleted":                   {func(v demarc.VirtualInterface) demarc.VirtualInterface { v, _ = vif.PeerDeleted(v, id); return v }, []demarc.BGPPeerState{"deleting", "deleting", "deleting", "deleting"}},
		"its interface moves":       {vif.Moved, []demarc.BGPPeerState{"deleting", "deleting", "deleting", "deleting"}},
		"its interface is verified": {func(v demarc.VirtualInterface) demarc.VirtualInterface { v, _ = vif.Verified(v); return v }, []demarc.BGPPeerState{"pending", "pending", "available", "deleting"}},
	} {
		for i, from := range peers {
			v := event.happen(demarc.VirtualInterface{State: demarc.VIFDown, Peers: []demarc.BGPPeer{{ID: id, Family: demarc.IPv4, State: from}, stays}})
			got := demarc.BGPPeerState("")
			for _, p := range v.Peers {
				if p.ID == id {
					got = p.State
				}
			}
			if got != event.want[i] {
				t.Errorf("%s when %s: got %q, want %q", name, from, got, event.want[i])
			}
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
