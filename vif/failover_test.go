package vif_test

import (
	"testing"
	"time"

	"demarc"
	"demarc/store"
	"demarc/vif"
)

const usual = vif.DefaultTest * time.Minute

func start(t *testing.T, st *store.Store, by demarc.AccountID, id demarc.VirtualInterfaceID, d time.Duration, peers ...string) (demarc.FailoverTest, error) {
	t.Helper()
	return try(t, st, func(tx *store.Tx) (demarc.FailoverTest, error) {
		return vif.StartTest(tx, by, id, peers, int(d/time.Minute), noon)
	})
}

// A test takes the session down, and the clock brings it back.
func TestFailover(t *testing.T) {
	st := open(t)
	v := carried(t, st, 101, nil)
	test, err := start(t, st, acme, v.ID, usual)
	if err != nil {
		t.Fatal(err)
	}
	under := get(t, st, v.ID)
	if under.State != demarc.VIFTesting || !under.Peers[0].Testing || under.Peers[0].TestingFor != test.Duration || test.Duration != 180*time.Minute || test.Status != demarc.TestInProgress {
		t.Errorf("it is %s, its session under test: %v, for %s, %s", under.State, under.Peers[0].Testing, test.Duration, test.Status)
	}
	sees(t, st, v.ID)
	_, err = start(t, st, acme, v.ID, usual)
	refused(t, err, demarc.Conflict, "E-TEST-STATE", "virtual interface "+string(v.ID)+" is testing, and only what is available or down can be tested")
	expire(t, st, noon.Add(179*time.Minute))
	if got := get(t, st, v.ID).State; got != demarc.VIFTesting {
		t.Errorf("before its time it is %s", got)
	}
	expire(t, st, noon.Add(180*time.Minute))
	if got := get(t, st, v.ID); got.State != demarc.VIFDown || got.Peers[0].Testing || got.Peers[0].TestingFor != 0 {
		t.Errorf("after its time it is %s, under test: %v", got.State, got.Peers[0].Testing)
	}
	sees(t, st, v.ID, v.Peers[0].ID)
	if got := get(t, st, v.ID).State; got != demarc.VIFAvailable {
		t.Errorf("with its session it is %s", got)
	}
	history := func(now time.Time) []demarc.FailoverTest {
		return vif.Tests(st.Local(), acme, vif.TestFilter{Interface: v.ID}, now)
	}
	if got := history(noon); len(got) != 1 || got[0].Status != demarc.TestCompleted {
		t.Errorf("history: %v", got)
	}
	year := noon.Add(vif.TestHistory)
	if got := history(year); len(got) != 0 {
		t.Errorf("after a year: %v", got)
	}
	expire(t, st, year)
	for left := range store.FailoverTests.All(st.Local()) {
		t.Errorf("%s is kept", left.ID)
	}
}

// Stopped, it is cancelled; with its interface gone, it has failed.
func TestFailoverEndsEarly(t *testing.T) {
	st := open(t)
	v := carried(t, st, 101, nil)
	stop := func(by demarc.AccountID) (demarc.FailoverTest, error) {
		return try(t, st, func(tx *store.Tx) (demarc.FailoverTest, error) { return vif.StopTest(tx, by, v.ID, noon) })
	}
	_, err := stop(acme)
	refused(t, err, demarc.Conflict, "E-TEST-STATE", "virtual interface "+string(v.ID)+" is available: no failover test of it is running")
	if _, err := start(t, st, acme, v.ID, time.Minute, v.Peers[0].CustomerAddress.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if got, err := stop(acme); err != nil || got.Status != demarc.TestCancelled || !got.Ended.Equal(noon) {
		t.Errorf("stopped: %v, %v", got, err)
	}
	for name, want := range map[string]int{string(v.Peers[0].ID): 1, v.Peers[0].CustomerAddress.String(): 1, v.Peers[0].CustomerAddress.Addr().String(): 1, "192.0.2.1": 0, "dxpeer-fzzzzzzz": 0} {
		if got := vif.Tests(st.Local(), acme, vif.TestFilter{Peers: []string{name}}, noon); len(got) != want {
			t.Errorf("%d tests of %s, want %d", len(got), name, want)
		}
	}
	again, err := start(t, st, acme, v.ID, time.Minute, string(v.Peers[0].ID))
	if err != nil {
		t.Fatal(err)
	}
	if err := del(t, st, acme, v.ID); err != nil {
		t.Fatal(err)
	}
	if got := vif.Tests(st.Local(), acme, vif.TestFilter{Test: again.ID}, noon); len(got) != 1 || got[0].Status != demarc.TestFailed {
		t.Errorf("with its interface gone: %v", got)
	}
	settle(t, st, v.ID)
	if left := claims(st); len(left) != 0 {
		t.Errorf("claims are left: %v", left)
	}
}

func TestFailoverRefuses(t *testing.T) {
	st := open(t)
	v := mustAllocate(t, st, conn, request(101))
	_, err := start(t, st, platform, v.ID, usual)
	refused(t, err, demarc.Conflict, "E-TEST-STATE", "virtual interface "+string(v.ID)+" is confirming, and only what is available or down can be tested")
	if err := confirm(t, st, platform, v.ID, gw); err != nil {
		t.Fatal(err)
	}
	sees(t, st, v.ID, v.Peers[0].ID)
	_, err = start(t, st, acme, v.ID, usual)
	refused(t, err, demarc.Denied, "E-TEST-DENIED", "only account 333333333333, which owns "+string(v.ID)+", may test its failover")
	_, err = start(t, st, mallory, v.ID, usual)
	refused(t, err, demarc.NotFound, "", "Virtual interface with ID "+string(v.ID)+" does not exist")
	_, err = start(t, st, platform, v.ID, 4321*time.Minute)
	refused(t, err, demarc.Invalid, "E-TEST", "a test takes 1 to 4320 minutes, not 4321")
	_, err = start(t, st, platform, v.ID, usual, "192.0.2.1")
	refused(t, err, demarc.Invalid, "E-TEST", `"192.0.2.1" is neither the id nor the customer address of a BGP peer of `+string(v.ID))

	// One session is going, and the one in its place is not built yet.
	write(t, st, func(tx *store.Tx) error {
		_, err := vif.AddPeer(tx, acme, v.ID, vif.NewPeer{Family: demarc.IPv6}, noon)
		return err
	})
	write(t, st, func(tx *store.Tx) error {
		_, err := vif.RemovePeer(tx, acme, v.ID, vif.PeerRef{ID: v.Peers[0].ID}, noon)
		return err
	})
	_, err = start(t, st, platform, v.ID, usual)
	refused(t, err, demarc.Conflict, "E-TEST", "virtual interface "+string(v.ID)+" has no BGP peer that is available and could be forced down")
	_, err = start(t, st, platform, v.ID, usual, string(v.Peers[0].ID))
	refused(t, err, demarc.Conflict, "E-TEST", "BGP peer "+string(v.Peers[0].ID)+" is deleting, and only what is available can be forced down")
}
