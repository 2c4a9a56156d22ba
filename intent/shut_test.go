package intent_test

import (
	"testing"
	"time"

	"demarc"
	"demarc/intent"
)

// A node is told for how long a session is held down, since nobody may be there
// to tell it that it is over.
func TestHowLongASessionIsShut(t *testing.T) {
	vif := demarc.VirtualInterface{
		ID: "dxvif-1", Connection: "dxcon-1", State: demarc.VIFTesting, Type: demarc.PrivateVIF, Gateway: "vgw-1",
		Peers: []demarc.BGPPeer{{ID: "dxpeer-1", State: demarc.PeerAvailable, Testing: true, TestingFor: time.Hour}, {ID: "dxpeer-2", State: demarc.PeerAvailable}},
	}
	worked := vif
	worked.ID, worked.State, worked.Drained, worked.DrainedFor = "dxvif-2", demarc.VIFAvailable, "mnt-1", 4*time.Hour
	worked.Peers = vif.Peers[1:]
	compiled := intent.CompileDevice(intent.DeviceInputs{
		Ports:       []demarc.Port{{ID: "d1/p1", Interface: "p1"}},
		Connections: []demarc.Connection{{ID: "dxcon-1", Port: "d1/p1", State: demarc.ConnectionAvailable}},
		Interfaces:  []*demarc.VirtualInterface{&vif, &worked},
	}).Device.VIFs
	for i, want := range []struct {
		shut bool
		why  string
		time time.Duration
	}{{true, "", time.Hour}, {false, "", 0}, {true, "planned maintenance mnt-1", 4 * time.Hour}} {
		p := compiled[i/2].Peers[i%2]
		if p.Shut != want.shut || p.Why != want.why || p.ShutFor != want.time {
			t.Errorf("%s %s: shut %v for %v, %q, want %+v", compiled[i/2].ID, p.ID, p.Shut, p.ShutFor, p.Why, want)
		}
	}
}
