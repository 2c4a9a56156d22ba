package vif_test

import (
	"slices"
	"testing"
	"time"

	"demarc"
	"demarc/store"
	"demarc/vif"
)

func expire(t *testing.T, st *store.Store, now time.Time) {
	t.Helper()
	write(t, st, func(tx *store.Tx) error { return vif.Expire(tx, now) })
}

func TestNobodyAccepts(t *testing.T) {
	const week = 7 * 24 * time.Hour
	for _, tt := range []struct {
		name  string
		days  int
		after time.Duration
		want  demarc.VirtualInterfaceState
	}{
		{"a moment too early", 7, week - time.Second, demarc.VIFConfirming},
		{"a week", 7, week, demarc.VIFRejected},
		{"a shorter deadline", 1, 24 * time.Hour, demarc.VIFRejected},
		{"never", 0, 100 * week, demarc.VIFConfirming},
	} {
		t.Run(tt.name, func(t *testing.T) {
			st := open(t)
			write(t, st, func(tx *store.Tx) error {
				store.Deadlines.Put(tx, demarc.Deadlines{AcceptanceDays: tt.days})
				return nil
			})
			v := mustAllocate(t, st, conn, request(101))
			expire(t, st, noon.Add(tt.after))
			if got := get(t, st, v.ID).State; got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
			if left := len(claims(st)); (left == 0) != (tt.want == demarc.VIFRejected) {
				t.Errorf("%d claims are left", left)
			}
		})
	}
}

// TestAcceptedInTime is never rejected, however old it grows.
func TestAcceptedInTime(t *testing.T) {
	st := open(t)
	v := mustAllocate(t, st, conn, request(101))
	if err := confirm(t, st, platform, v.ID, gw); err != nil {
		t.Fatal(err)
	}
	expire(t, st, noon.AddDate(1, 0, 0))
	if got := get(t, st, v.ID).State; got != demarc.VIFPending {
		t.Errorf("got %s, want pending", got)
	}
}

// standing is a check of the states of an interface and its sessions.
func standing(t *testing.T, st *store.Store, id demarc.VirtualInterfaceID) func(when string, state demarc.VirtualInterfaceState, peers ...demarc.BGPPeerState) {
	return func(when string, state demarc.VirtualInterfaceState, peers ...demarc.BGPPeerState) {
		t.Helper()
		v := get(t, st, id)
		var got []demarc.BGPPeerState
		for _, p := range v.Peers {
			got = append(got, p.State)
		}
		if v.State != state || !slices.Equal(got, peers) {
			t.Errorf("%s it is %s with %v, want %s with %v", when, v.State, got, state, peers)
		}
	}
}

// Where no fibre is plugged in, nobody at the edge can say anything: an
// interface is down with the next sweep, as AWS's clients wait for, and its
// sessions come and go.
func TestNothingIsPluggedIn(t *testing.T) {
	st := open(t)
	unpatch := func(patched bool) {
		t.Helper()
		write(t, st, func(tx *store.Tx) error {
			store.CrossConnects.Put(tx, demarc.CrossConnect{Connection: conn, Patched: patched})
			return nil
		})
	}
	unpatch(false)
	v := mustAllocate(t, st, conn, request(101))
	expire(t, st, noon)
	if got := get(t, st, v.ID).State; got != demarc.VIFConfirming {
		t.Errorf("not accepted, it is %s", got)
	}
	if err := confirm(t, st, platform, v.ID, gw); err != nil {
		t.Fatal(err)
	}
	is := standing(t, st, v.ID)
	change := func(fn func(*store.Tx) error) { t.Helper(); write(t, st, fn) }
	is("accepted", demarc.VIFPending, demarc.PeerPending)
	expire(t, st, noon)
	is("swept", demarc.VIFDown, demarc.PeerAvailable)
	change(func(tx *store.Tx) error {
		_, err := vif.AddPeer(tx, platform, v.ID, vif.NewPeer{Family: demarc.IPv6}, noon)
		return err
	})
	is("with another session", demarc.VIFDown, demarc.PeerAvailable, demarc.PeerPending)
	expire(t, st, noon)
	is("swept again", demarc.VIFDown, demarc.PeerAvailable, demarc.PeerAvailable)
	change(func(tx *store.Tx) error {
		_, err := vif.RemovePeer(tx, platform, v.ID, vif.PeerRef{ID: get(t, st, v.ID).Peers[1].ID}, noon)
		return err
	})
	expire(t, st, noon)
	is("without it", demarc.VIFDown, demarc.PeerAvailable)

	// With a fibre the edge has the word.
	unpatch(true)
	mtu := 9001
	change(func(tx *store.Tx) error {
		_, err := vif.Update(tx, platform, v.ID, vif.Change{MTU: &mtu}, noon)
		return err
	})
	expire(t, st, noon)
	is("to be built again", demarc.VIFPending, demarc.PeerAvailable)
	sees(t, st, v.ID, v.Peers[0].ID)
	is("built", demarc.VIFAvailable, demarc.PeerAvailable)
}

// An agent that is dead, or cannot, is not waited for beyond its turn; what it
// says later counts.
func TestAnAgentDoesNotAnswer(t *testing.T) {
	st := open(t)
	v := mustAllocate(t, st, conn, request(101))
	if err := confirm(t, st, platform, v.ID, gw); err != nil {
		t.Fatal(err)
	}
	is := standing(t, st, v.ID)
	const turn = 3 * time.Minute
	at := noon.Add(time.Hour) // when somebody looks first: control may have been away
	expire(t, st, at)
	is("at first", demarc.VIFPending, demarc.PeerPending)
	expire(t, st, at.Add(turn-time.Second))
	is("within its turn", demarc.VIFPending, demarc.PeerPending)
	expire(t, st, at.Add(turn))
	is("after it", demarc.VIFDown, demarc.PeerAvailable)
	if got := get(t, st, v.ID); !got.Awaited.IsZero() {
		t.Errorf("it is waited for since %s still", got.Awaited)
	}
	sees(t, st, v.ID, v.Peers[0].ID)
	is("when the agent is there", demarc.VIFAvailable, demarc.PeerAvailable)

	// An agent that has died meanwhile: what is available stays so, and what is to
	// go waits for it.
	write(t, st, func(tx *store.Tx) error {
		_, err := vif.AddPeer(tx, platform, v.ID, vif.NewPeer{Family: demarc.IPv6}, noon)
		return err
	})
	expire(t, st, at)
	expire(t, st, at.Add(turn))
	is("with another session", demarc.VIFAvailable, demarc.PeerAvailable, demarc.PeerAvailable)
	write(t, st, func(tx *store.Tx) error {
		_, err := vif.RemovePeer(tx, platform, v.ID, vif.PeerRef{ID: get(t, st, v.ID).Peers[1].ID}, noon)
		return err
	})
	expire(t, st, at)
	expire(t, st, at.Add(turn))
	is("without it", demarc.VIFAvailable, demarc.PeerAvailable, demarc.PeerDeleting)

	// To be built again, it has a turn of its own, whatever the clock does.
	mtu := 9001
	write(t, st, func(tx *store.Tx) error {
		_, err := vif.Update(tx, platform, v.ID, vif.Change{MTU: &mtu}, noon)
		return err
	})
	expire(t, st, at.Add(time.Hour))
	expire(t, st, at) // set back
	expire(t, st, at.Add(turn-time.Second))
	is("to be built again", demarc.VIFPending, demarc.PeerAvailable, demarc.PeerDeleting)
	expire(t, st, at.Add(turn))
	is("and not built", demarc.VIFDown, demarc.PeerAvailable, demarc.PeerDeleting)
}

func TestWhatIsGoneIsForgotten(t *testing.T) {
	st := open(t)
	v := mustAllocate(t, st, conn, request(101))
	if err := del(t, st, platform, v.ID); err != nil {
		t.Fatal(err)
	}
	expire(t, st, noon.Add(demarc.ListedAfterEnd-time.Second))
	get(t, st, v.ID)
	expire(t, st, noon.Add(demarc.ListedAfterEnd))
	empty(t, st)
}
