package vif

import (
	"errors"
	"slices"
	"strings"
	"time"

	"demarc"
	"demarc/intent"
	"demarc/store"
)

// What AWS says of failover tests, in minutes. It names no shortest one.
const (
	DefaultTest = 180
	LongestTest = 4320
)

// TestHistory is how long a test is listed.
const TestHistory = 365 * 24 * time.Hour

// StartTest forces sessions of an interface down for some minutes, for its
// owner alone: those named by id or by customer address, or all.
func StartTest(tx *store.Tx, by demarc.AccountID, id demarc.VirtualInterfaceID, named []string, minutes int, now time.Time) (demarc.FailoverTest, error) {
	v, err := testable(tx, by, id, now)
	if err != nil {
		return demarc.FailoverTest{}, err
	}
	if minutes < 1 || minutes > LongestTest {
		return demarc.FailoverTest{}, testError(demarc.Invalid, "testDurationInMinutes", "a test takes 1 to %d minutes, not %d", LongestTest, minutes)
	}
	duration := time.Duration(minutes) * time.Minute
	peers, err := chosen(v, named)
	if err != nil {
		return demarc.FailoverTest{}, err
	}
	after, err := Tested(v, peers, duration)
	if err != nil {
		return demarc.FailoverTest{}, err
	}
	if err := forcible(v, peers); err != nil {
		return demarc.FailoverTest{}, err
	}
	t := demarc.FailoverTest{
		ID: demarc.NewFailoverTestID(), Interface: id, Region: v.Region, Owner: v.Owner, Peers: peers,
		Status: demarc.TestInProgress, Duration: duration, Started: now,
	}
	if err := tx.Claim(testClaim(id), string(t.ID)); err != nil {
		return t, err
	}
	store.FailoverTests.Put(tx, t)
	keep(tx, v, after)
	return t, nil
}

// testable finds an interface for a test by its owner.
func testable(tx *store.Tx, by demarc.AccountID, id demarc.VirtualInterfaceID, now time.Time) (demarc.VirtualInterface, error) {
	v, err := Get(tx, by, id, now)
	if err == nil && v.Owner != by {
		err = demarc.Errorf(demarc.Denied, "only account %s, which owns %s, may test its failover", v.Owner, id).Coded("E-TEST-DENIED", "").In("virtualInterfaceId")
	}
	return v, err
}

func testError(kind demarc.Kind, member, format string, args ...any) error {
	return demarc.Errorf(kind, format, args...).Coded("E-TEST", "").In(member)
}

// chosen are the sessions that are named: none is all.
func chosen(v demarc.VirtualInterface, named []string) (ids []demarc.BGPPeerID, err error) {
	for _, p := range v.Peers {
		if len(named) == 0 && p.State == demarc.PeerAvailable {
			ids = append(ids, p.ID)
		}
	}
	for _, name := range named {
		i := slices.IndexFunc(v.Peers, func(p demarc.BGPPeer) bool { return string(p.ID) == name || addressed(p.CustomerAddress, name) })
		if i < 0 {
			return nil, testError(demarc.Invalid, "bgpPeers", "%q is neither the id nor the customer address of a BGP peer of %s", name, v.ID)
		}
		if !slices.Contains(ids, v.Peers[i].ID) {
			ids = append(ids, v.Peers[i].ID)
		}
	}
	return ids, nil
}

// forcible refuses a test of a session that is not there yet or is going, and of
// none at all: the interface would be testing, and nothing forced down.
func forcible(v demarc.VirtualInterface, peers []demarc.BGPPeerID) error {
	for _, id := range peers {
		if p := v.Peers[peerIndex(v, id)]; p.State != demarc.PeerAvailable {
			return testError(demarc.Conflict, "bgpPeers", "BGP peer %s is %s, and only what is available can be forced down", id, p.State)
		}
	}
	if len(peers) == 0 {
		return testError(demarc.Conflict, "virtualInterfaceId", "virtual interface %s has no BGP peer that is available and could be forced down", v.ID)
	}
	return nil
}

// Tested takes up that sessions are forced down for a time.
func Tested(v demarc.VirtualInterface, peers []demarc.BGPPeerID, duration time.Duration) (demarc.VirtualInterface, error) {
	if v.State != demarc.VIFAvailable && v.State != demarc.VIFDown {
		return v, demarc.Errorf(demarc.Conflict, "virtual interface %s is %s, and only what is available or down can be tested", v.ID, v.State).
			Coded("E-TEST-STATE", "").In("virtualInterfaceId")
	}
	v.State = demarc.VIFTesting
	v.Peers = eachPeer(v, func(p *demarc.BGPPeer) {
		if slices.Contains(peers, p.ID) {
			p.Testing, p.TestingFor = true, duration
		}
	})
	return v, nil
}

// TestEnded takes up that the sessions may come up again. What was not under
// test may be up already.
func TestEnded(v demarc.VirtualInterface, seen intent.VIFSeen) demarc.VirtualInterface {
	if v.State != demarc.VIFTesting {
		return v
	}
	v.State = demarc.VIFDown
	v.Peers = eachPeer(v, func(p *demarc.BGPPeer) { p.Testing, p.TestingFor = false, 0 })
	return Seen(v, seen)
}

// StopTest ends the test of an interface before its time, for its owner.
func StopTest(tx *store.Tx, by demarc.AccountID, id demarc.VirtualInterfaceID, now time.Time) (demarc.FailoverTest, error) {
	v, err := testable(tx, by, id, now)
	if err != nil {
		return demarc.FailoverTest{}, err
	}
	t, running := RunningTest(tx, id)
	if !running {
		return t, demarc.Errorf(demarc.Conflict, "virtual interface %s is %s: no failover test of it is running", id, v.State).
			Coded("E-TEST-STATE", "").In("virtualInterfaceId")
	}
	return finish(tx, t, demarc.TestCancelled, now)
}

// RunningTest is the one that an interface is under.
func RunningTest(r store.Reader, id demarc.VirtualInterfaceID) (demarc.FailoverTest, bool) {
	for t := range store.FailoverTests.By(r, "interface", string(id)) {
		if t.Status == demarc.TestInProgress {
			return t, true
		}
	}
	return demarc.FailoverTest{}, false
}

// finish ends a test, and lets the sessions come up again.
func finish(tx *store.Tx, t demarc.FailoverTest, how demarc.FailoverTestStatus, now time.Time) (demarc.FailoverTest, error) {
	v, ok := store.VirtualInterfaces.Get(tx, string(t.Interface))
	if !ok {
		return t, errors.New("a test without its interface " + string(t.Interface))
	}
	seen, _ := store.VIFSightings.Get(tx, string(v.ID))
	keep(tx, v, TestEnded(v, seen))
	t.Status, t.Ended = how, now
	store.FailoverTests.Put(tx, t)
	tx.Release(testClaim(v.ID))
	return t, nil
}

// endTest ends the test of an interface that goes, without touching that.
func endTest(tx *store.Tx, id demarc.VirtualInterfaceID, how demarc.FailoverTestStatus, now time.Time) error {
	t, running := RunningTest(tx, id)
	if !running {
		return errors.New(string(id) + " is testing without a test")
	}
	t.Status, t.Ended = how, now
	store.FailoverTests.Put(tx, t)
	tx.Release(testClaim(id))
	return nil
}

// A TestFilter narrows a history; the zero value narrows nothing.
type TestFilter struct {
	Test      demarc.FailoverTestID
	Interface demarc.VirtualInterfaceID
	// Peers are ids, or customer addresses of sessions that are still there, as
	// [StartTest] takes them; a test that had one of them passes.
	Peers  []string
	Status string
}

func (f TestFilter) passes(r store.Reader, t demarc.FailoverTest) bool {
	return (f.Test == "" || f.Test == t.ID) &&
		(f.Interface == "" || f.Interface == t.Interface) &&
		(f.Status == "" || strings.EqualFold(f.Status, string(t.Status))) &&
		(len(f.Peers) == 0 || slices.ContainsFunc(f.Peers, func(name string) bool { return tested(r, t, name) }))
}

// tested reports whether a session was under a test.
func tested(r store.Reader, t demarc.FailoverTest, name string) bool {
	v, _ := store.VirtualInterfaces.Get(r, string(t.Interface))
	return slices.ContainsFunc(t.Peers, func(id demarc.BGPPeerID) bool {
		i := peerIndex(v, id)
		return string(id) == name || i >= 0 && addressed(v.Peers[i].CustomerAddress, name)
	})
}

// Tests lists the tests of the account by in the last [TestHistory], in the
// order of their ids.
func Tests(r store.Reader, by demarc.AccountID, f TestFilter, now time.Time) []demarc.FailoverTest {
	all := slices.Collect(store.FailoverTests.By(r, "owner", string(by)))
	return slices.DeleteFunc(all, func(t demarc.FailoverTest) bool { return !f.passes(r, t) || old(t, now) })
}

func old(t demarc.FailoverTest, now time.Time) bool { return now.Sub(t.Started) >= TestHistory }

func testClaim(id demarc.VirtualInterfaceID) string { return "test/" + string(id) }
