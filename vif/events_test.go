package vif_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"demarc"
	"demarc/gateway"
	"demarc/store"
	"demarc/vif"
)

// kinds are requests for the three kinds of interface, good as they are.
func kinds() map[demarc.VirtualInterfaceType]vif.New {
	transit := request(103)
	transit.Type = demarc.TransitVIF
	private := request(101)
	private.Type = demarc.PrivateVIF
	return map[demarc.VirtualInterfaceType]vif.New{demarc.PrivateVIF: private, demarc.PublicVIF: publicRequest(102), demarc.TransitVIF: transit}
}

// TestWhatIsRefusedInEveryState calls everything that can be asked of an
// interface in every state, for the three kinds: the codes of what is refused,
// and nothing for what passes. Each call is undone.
func TestWhatIsRefusedInEveryState(t *testing.T) {
	const (
		confirming = demarc.VIFConfirming
		verifying  = demarc.VIFVerifying
		pending    = demarc.VIFPending
		down       = demarc.VIFDown
		available  = demarc.VIFAvailable
	)
	st := open(t)
	hub := must(t, st, func(tx *store.Tx) (demarc.DirectConnectGateway, error) {
		return gateway.Create(tx, platform, gateway.New{Name: "hub"}, noon)
	}).ID
	undone := errors.New("undone")
	for kind, n := range kinds() {
		v := mustAllocate(t, st, conn, n)
		onto := map[demarc.VirtualInterfaceType]vif.Onto{demarc.PrivateVIF: {Gateway: gw}, demarc.TransitVIF: {DirectConnectGateway: hub}}[kind]
		renamed := "x"
		for name, event := range map[string]struct {
			do     func(*store.Tx) error
			passes []demarc.VirtualInterfaceState
			code   string // of the refusal in every other state
		}{
			"accept": {func(tx *store.Tx) error { _, err := vif.Confirm(tx, platform, v.ID, kind, onto, noon); return err }, []demarc.VirtualInterfaceState{confirming}, "E-ACCEPT-STATE"},
			"verify": {func(tx *store.Tx) error { _, err := vif.Verify(tx, v.ID, noon); return err }, []demarc.VirtualInterfaceState{verifying}, "E-VERIFY-STATE"},
			"test": {func(tx *store.Tx) error {
				_, err := vif.StartTest(tx, platform, v.ID, nil, vif.DefaultTest, noon)
				return err
			}, []demarc.VirtualInterfaceState{down, available}, "E-TEST-STATE"},
			"stop": {func(tx *store.Tx) error { _, err := vif.StopTest(tx, platform, v.ID, noon); return err }, nil, "E-TEST-STATE"},
			"move": {func(tx *store.Tx) error { _, err := vif.Move(tx, acme, v.ID, other, noon); return err }, []demarc.VirtualInterfaceState{pending, down, available}, "E-VIF-STATE"},
			"rename": {func(tx *store.Tx) error {
				_, err := vif.Update(tx, platform, v.ID, vif.Change{Name: &renamed}, noon)
				return err
			}, []demarc.VirtualInterfaceState{confirming, verifying, pending, down, available}, "E-VIF-STATE"},
			"add peer": {func(tx *store.Tx) error {
				_, err := vif.AddPeer(tx, acme, v.ID, vif.NewPeer{Family: demarc.IPv6}, noon)
				return err
			}, []demarc.VirtualInterfaceState{confirming, verifying, pending, down, available}, "E-VIF-STATE"},
			"remove a peer": {func(tx *store.Tx) error {
				guarded, _ := store.VirtualInterfaces.Get(tx, string(v.ID))
				second := guarded.Peers[0]
				second.ID, second.Family = "dxpeer-f0000002", demarc.IPv6
				guarded.Peers = append(slices.Clone(guarded.Peers), second)
				store.VirtualInterfaces.Put(tx, guarded)
				_, err := vif.RemovePeer(tx, acme, v.ID, vif.PeerRef{ID: second.ID}, noon)
				return err
			}, []demarc.VirtualInterfaceState{confirming, verifying, pending, down, available}, "E-VIF-STATE"},
		} {
			for _, from := range states {
				err := st.Write(t.Context(), func(tx *store.Tx) error {
					placed, _ := store.VirtualInterfaces.Get(tx, string(v.ID))
					placed.State, placed.Deleted = from, noon
					if from != confirming {
						placed.Gateway, placed.DirectConnectGateway, placed.GatewayASN = onto.Gateway, onto.DirectConnectGateway, 64512
					}
					if from.InPlace() { // the edge has built its session
						placed.Peers = slices.Clone(placed.Peers)
						placed.Peers[0].State = demarc.PeerAvailable
					}
					store.VirtualInterfaces.Put(tx, placed)
					return errors.Join(event.do(tx), undone)
				})
				code := event.code
				if other, ok := notWaiting[from]; ok && name == "accept" {
					code = other
				}
				refusal, got := errors.AsType[*demarc.Error](err)
				if want := !slices.Contains(event.passes, from); got != want || got && refusal.Code != code {
					t.Errorf("%s, %s when %s: got %v, want it refused: %v, with %s", kind, name, from, err, want, code)
				}
			}
		}
	}
}

// TestEndedTestsStayEnded: what stops, expires or deletes finds a test that
// ended, and leaves it as it is.
func TestEndedTestsStayEnded(t *testing.T) {
	st := open(t)
	v := carried(t, st, 101, nil)
	for _, status := range []demarc.FailoverTestStatus{demarc.TestCompleted, demarc.TestCancelled, demarc.TestFailed} {
		ended := demarc.FailoverTest{ID: demarc.NewFailoverTestID(), Interface: v.ID, Owner: acme, Status: status, Started: noon, Ended: noon.Add(time.Minute), Duration: time.Hour}
		write(t, st, func(tx *store.Tx) error { store.FailoverTests.Put(tx, ended); return nil })
		_, err := try(t, st, func(tx *store.Tx) (demarc.FailoverTest, error) { return vif.StopTest(tx, acme, v.ID, noon) })
		refused(t, err, demarc.Conflict, "E-TEST-STATE", "virtual interface "+string(v.ID)+" is available: no failover test of it is running")
		expire(t, st, noon.Add(2*time.Hour))
		if got, _ := store.FailoverTests.Get(st.Local(), string(ended.ID)); got.Status != status || !got.Ended.Equal(ended.Ended) {
			t.Errorf("a test that was %s is %s, ended at %v", status, got.Status, got.Ended)
		}
	}
	if err := del(t, st, acme, v.ID); err != nil {
		t.Fatal(err)
	}
	for got := range store.FailoverTests.All(st.Local()) {
		if !got.Ended.Equal(noon.Add(time.Minute)) {
			t.Errorf("the deletion of its interface changed %s", got.Status)
		}
	}
}
