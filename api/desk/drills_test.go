package desk_test

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"demarc"
	"demarc/api/desk"
	room "demarc/desk"
	"demarc/intent"
	"demarc/store"
	"demarc/vif"
)

// twoLegs is a link of two legs that are up, into an environment in which its
// customer may drill or not.
func (w *world) twoLegs(drills bool) (demarc.LinkID, [2]demarc.VirtualInterfaceID) {
	w.Helper()
	id := demarc.LinkID("lk-drilled0")
	vifs := [2]demarc.VirtualInterfaceID{"dxvif-fdrill00", "dxvif-fdrill01"}
	w.write(func(tx *store.Tx) error {
		store.Environments.Put(tx, demarc.Environment{Name: "acme-drill", Edition: "Enterprise", Region: "eu-west-1", Platform: platform, Customer: customer, VPC: vpc, Gateway: vgw, Drills: drills})
		link := demarc.Link{ID: id, Environment: "acme-drill", Customer: customer, Topology: demarc.OwnCage, Resiliency: demarc.TwoDevices, DefaultRoute: demarc.DefaultNever, Created: start}
		for i, leg := range []string{"a", "b"} {
			conn := demarc.Connection{
				ID: demarc.ConnectionID("dxcon-fdrill0" + leg), Owner: customer, Location: "LIS1", Bandwidth: demarc.Gbps, State: demarc.ConnectionAvailable,
				Port: demarc.PortID("lis1-d" + string(rune('1'+i)) + "/p1"), Tags: []demarc.Tag{{Key: room.LinkTag, Value: string(id) + "/" + leg}},
			}
			store.Connections.Put(tx, conn)
			link.Legs = append(link.Legs, demarc.Leg{ID: leg, Location: "LIS1", Bandwidth: demarc.Gbps})
			peer := demarc.BGPPeer{ID: demarc.BGPPeerID("dxpeer-fdrill" + leg), Family: demarc.IPv4, State: demarc.PeerAvailable}
			store.VirtualInterfaces.Put(tx, demarc.VirtualInterface{
				ID: vifs[i], Type: demarc.PrivateVIF, Owner: platform, ConnectionOwner: customer, Connection: conn.ID, Location: "LIS1", Device: conn.Port.Device(),
				VLAN: 101, State: demarc.VIFAvailable, Gateway: vgw, Peers: []demarc.BGPPeer{peer}, Created: start,
			})
			carriesOn(tx, vifs[i], peer.ID, "Established", 10)
		}
		store.Links.Put(tx, link)
		return nil
	})
	return id, vifs
}

// carriesOn is the edge seeing a session, and packets both ways.
func carriesOn(tx *store.Tx, id demarc.VirtualInterfaceID, peer demarc.BGPPeerID, state string, packets uint64) {
	route := intent.RoutesOf(intent.RouteSeen{Prefix: netip.MustParsePrefix("192.168.50.0/24")})
	seen := intent.VIFSeen{ID: id, Built: true, Session: []intent.SessionSeen{{Peer: peer, State: state, Since: start}}, Accepted: route, Advertised: route, RxPackets: packets, TxPackets: packets}
	store.VIFSightings.Put(tx, seen)
	vif.Observe(tx, seen)
}

func TestDrill(t *testing.T) {
	w := newWorld(t)
	id, vifs := w.twoLegs(true)
	path := "/desk/v1/links/" + string(id) + "/drills"
	var d desk.Drill
	w.get(customer, "POST", path, `{"leg":"a","minutes":10}`, &d)
	if d.Status != demarc.TestInProgress || d.VirtualInterface != vifs[0] || d.By != customer || d.Verdict != "unproven" || len(d.Others) != 1 {
		t.Errorf("a drill: got %+v", d)
	}
	if v, _ := store.VirtualInterfaces.Get(w.store.Local(), string(vifs[0])); v.State != demarc.VIFTesting || !v.Peers[0].Testing {
		t.Errorf("its interface is %s", v.State)
	}
	w.write(func(tx *store.Tx) error {
		carriesOn(tx, vifs[0], "dxpeer-fdrilla", "Idle", 10)
		carriesOn(tx, vifs[1], "dxpeer-fdrillb", "Established", 25)
		return room.Expire(tx, start)
	})
	w.get(platform, "POST", path+"/"+string(d.ID)+"/stop", "", &d)
	if d.Status != demarc.TestCancelled || d.Verdict != "carried" || d.Others[0].Received != 15 || d.Others[0].Sent != 15 || d.Ended.IsZero() {
		t.Errorf("stopped: got %+v", d)
	}
	var list desk.Drills
	w.get(customer, "GET", path, "", &list)
	if len(list.Drills) != 1 || list.Drills[0].Verdict != "carried" {
		t.Errorf("history: got %+v", list.Drills)
	}
	var audit desk.AuditList
	for by, operation := range map[demarc.AccountID]string{customer: "startDrill", platform: "StartBgpFailoverTest"} {
		w.get(by, "GET", "/desk/v1/audit", "", &audit)
		if !slices.ContainsFunc(audit.Records, func(r desk.AuditRecord) bool {
			return r.Operation == operation && strings.Contains(strings.Join(r.After, " "), "failover-test/"+string(d.ID))
		}) {
			t.Errorf("audit of %s: got %+v", by, audit.Records)
		}
	}
}

func TestDrillsThatAreRefused(t *testing.T) {
	w := newWorld(t)
	id, vifs := w.twoLegs(false)
	path := "/desk/v1/links/" + string(id) + "/drills"
	refused := func(by demarc.AccountID, body, code string) {
		t.Helper()
		if _, refusal := w.refused(by, "POST", path, body); refusal.Code != code {
			t.Errorf("%s: got %+v, want %s", body, refusal, code)
		}
	}
	refused(customer, `{"leg":"a","minutes":10}`, "E-DRILL-DELEGATED")
	refused(platform, `{"leg":"c","minutes":10}`, "E-DRILL-LEG")
	refused(platform, `{"leg":"a","minutes":4321}`, "E-TEST")
	refused(platform, `{"leg":"a","minutes":0}`, "E-TEST")
	refused(platform, `{"leg":"a","minutes":307445736}`, "E-TEST") // which would be 86 seconds, in 64 bits of nanoseconds
	w.write(func(tx *store.Tx) error {
		carriesOn(tx, vifs[1], "dxpeer-fdrillb", "Idle", 10)
		return nil
	})
	refused(platform, `{"leg":"a","minutes":10}`, "E-DRILL-LAST-PATH")
	w.write(func(tx *store.Tx) error { // it was up when its device was heard of last
		carriesOn(tx, vifs[1], "dxpeer-fdrillb", "Established", 10)
		v, _ := store.VirtualInterfaces.Get(tx, string(vifs[1]))
		store.NodeSightings.Put(tx, intent.NodeSeen{ID: v.Device, At: start.Add(-time.Hour)})
		return nil
	})
	refused(platform, `{"leg":"a","minutes":10}`, "E-DRILL-LAST-PATH")
	var d desk.Drill
	w.get(platform, "POST", path, `{"leg":"a","minutes":10,"force":true}`, &d)
	if !d.Forced {
		t.Errorf("forced: got %+v", d)
	}
}
