package vif_test

import (
	"errors"
	"fmt"
	"sync"
	"testing"

	"demarc"
	"demarc/connection"
	"demarc/intent"
	"demarc/store"
	"demarc/vif"

	"github.com/google/go-cmp/cmp"
)

const (
	carrier demarc.AccountID    = "222222222222" // a partner
	lag     demarc.LAGID        = "dxlag-f0000001"
	second  demarc.LAGID        = "dxlag-f0000002"
	ic      demarc.ConnectionID = "dxcon-f0000008" // the carrier's
	ic2     demarc.ConnectionID = "dxcon-f0000009" // on another device
)

// openGroups gives the world two empty LAGs of acme's, and two interconnects.
func openGroups(t *testing.T) *store.Store {
	t.Helper()
	st := open(t)
	write(t, st, func(tx *store.Tx) error {
		for _, id := range []demarc.LAGID{lag, second} {
			store.LAGs.Put(tx, demarc.LAG{ID: id, Owner: acme, Bandwidth: demarc.Gbps, Region: "eu-west-1", Location: "LIS1", Device: "lis1-d1"})
		}
		store.Accounts.Put(tx, demarc.Account{ID: carrier, Party: demarc.Partner})
		for id, port := range map[demarc.ConnectionID]demarc.PortID{ic: "lis1-d1/p8", ic2: "lis1-d2/p9"} {
			store.Connections.Put(tx, demarc.Connection{
				ID: id, Kind: demarc.Interconnect, Owner: carrier, Bandwidth: demarc.Gbps,
				Region: "eu-west-1", Location: "LIS1", Port: port, State: demarc.ConnectionAvailable,
			})
		}
		return nil
	})
	return st
}

func join(t *testing.T, st *store.Store, id demarc.ConnectionID, into demarc.LAGID) error {
	t.Helper()
	return st.Write(t.Context(), func(tx *store.Tx) error {
		_, err := vif.Join(tx, acme, id, into, noon)
		return err
	})
}

func leave(t *testing.T, st *store.Store, id demarc.ConnectionID, from demarc.LAGID) {
	t.Helper()
	write(t, st, func(tx *store.Tx) error {
		_, err := vif.Leave(tx, acme, id, from, noon)
		return err
	})
}

// up brings an accepted interface to available, as the edge does.
func up(t *testing.T, st *store.Store, v demarc.VirtualInterface) {
	t.Helper()
	write(t, st, func(tx *store.Tx) error {
		vif.Observe(tx, intent.VIFSeen{ID: v.ID, Built: true, Session: []intent.SessionSeen{{Peer: v.Peers[0].ID, State: "Established"}}})
		return nil
	})
	if got := get(t, st, v.ID).State; got != demarc.VIFAvailable {
		t.Fatalf("it is %s", got)
	}
}

// What is made on a LAG without members, or on a connection that is hosted on
// one, is down with the next sweep; with a member that is patched the edge has
// the word.
func TestNewWhereNothingCarries(t *testing.T) {
	st := openGroups(t)
	const hosted demarc.ConnectionID = "dxcon-f0000007"
	write(t, st, func(tx *store.Tx) error {
		store.Connections.Put(tx, demarc.Connection{
			ID: hosted, Kind: demarc.Hosted, Owner: acme, Partner: carrier, Parent: demarc.ConnectionID(second),
			VLAN: 102, Bandwidth: 50 * demarc.Mbps, State: demarc.ConnectionPending,
		})
		return nil
	})
	for vlan, on := range map[int]demarc.ConnectionID{101: demarc.ConnectionID(lag), 102: hosted} {
		v := mustAllocate(t, st, on, request(vlan))
		if err := confirm(t, st, platform, v.ID, gw); err != nil {
			t.Fatal(err)
		}
		expire(t, st, noon)
		if got := get(t, st, v.ID); got.State != demarc.VIFDown || got.Peers[0].State != demarc.PeerAvailable {
			t.Errorf("on %s it is %s, its session %s", on, got.State, got.Peers[0].State)
		}
	}
	if err := join(t, st, conn, lag); err != nil {
		t.Fatal(err)
	}
	n := request(103)
	n.ASN = 65003
	v := mustAllocate(t, st, demarc.ConnectionID(lag), n)
	if err := confirm(t, st, platform, v.ID, gw); err != nil {
		t.Fatal(err)
	}
	expire(t, st, noon)
	if got := get(t, st, v.ID).State; got != demarc.VIFPending {
		t.Errorf("with a member it is %s", got)
	}
}

// Interfaces in whatever state follow their connection into a LAG, and stay
// there when it leaves.
func TestFollow(t *testing.T) {
	st := openGroups(t)
	offered, accepted := mustAllocate(t, st, conn, request(101)), mustAllocate(t, st, conn, request(102))
	if err := confirm(t, st, platform, accepted.ID, gw); err != nil {
		t.Fatal(err)
	}
	up(t, st, accepted)
	if err := join(t, st, conn, lag); err != nil {
		t.Fatal(err)
	}
	check := func(state demarc.VirtualInterfaceState) {
		t.Helper()
		for id, want := range map[demarc.VirtualInterfaceID]demarc.VirtualInterfaceState{offered.ID: demarc.VIFConfirming, accepted.ID: state} {
			if got := get(t, st, id); got.Connection != demarc.ConnectionID(lag) || got.State != want {
				t.Errorf("%s is on %s, %s, want %s", id, got.Connection, got.State, want)
			}
		}
	}
	check(demarc.VIFAvailable)
	want := map[string]string{
		"lag/" + string(lag) + "/" + string(conn):           string(conn),
		"gateway/" + string(gw) + "/" + string(accepted.ID): string(accepted.ID),
		"asn/" + string(lag) + "/64512/65001":               string(accepted.ID),
	}
	for _, v := range []demarc.VirtualInterface{offered, accepted} {
		want[fmt.Sprintf("vlan/%s/%d", lag, v.VLAN)] = string(v.ID)
		want[fmt.Sprintf("peer/%s/%s", lag, v.Peers[0].AmazonAddress.Masked())] = string(v.ID)
		want[fmt.Sprintf("pool/%s/%s/100/100", lag, v.ID)] = string(v.ID)
	}
	if diff := cmp.Diff(claims(st), want); diff != "" {
		t.Errorf("claims (-got +want):\n%s", diff)
	}
	_, err := allocate(t, st, conn, request(103))
	refused(t, err, demarc.Conflict, "E-CONNECTION-IN-LAG", fmt.Sprintf("connection %s is in %s, which carries what would be on it", conn, lag))
	third := mustAllocate(t, st, demarc.ConnectionID(lag), request(103))
	if third.Device != "lis1-d1" || third.ConnectionOwner != acme {
		t.Errorf("on the LAG: %+v", third)
	}
	// From one LAG to another only the connection goes; the empty one keeps
	// its interfaces, and they are down.
	if err := join(t, st, conn, second); err != nil {
		t.Fatal(err)
	}
	check(demarc.VIFDown)
	if err := join(t, st, conn, lag); err != nil {
		t.Fatal(err)
	}
	up(t, st, accepted)
	leave(t, st, conn, lag)
	check(demarc.VIFDown)
	for _, id := range []demarc.VirtualInterfaceID{offered.ID, accepted.ID, third.ID} {
		if err := del(t, st, acme, id); err != nil {
			t.Fatal(err)
		}
	}
	write(t, st, func(tx *store.Tx) error { vif.Settle(tx, accepted.ID, noon); return nil })
	if got := claims(st); len(got) != 0 {
		t.Errorf("claims are left: %v", got)
	}
}

// What the LAG has already forbids that it comes in a second time, and then
// nothing moves.
func TestFollowRefuses(t *testing.T) {
	with := func(vlan int, amazon, customer string) vif.New {
		n := request(vlan)
		n.AmazonAddress, n.CustomerAddress = amazon, customer
		return n
	}
	for _, test := range []struct {
		name   string
		there  vif.New
		most   int
		kind   demarc.Kind
		code   string
		moving vif.New
	}{
		{"VLAN", request(101), 51, demarc.Conflict, "E-VLAN-TAKEN", request(101)},
		{"addresses", with(102, "10.0.0.1/29", "10.0.0.2/29"), 51, demarc.Conflict, "E-PEER-IP", with(101, "10.0.0.5/30", "10.0.0.6/30")},
		{"too many", request(102), 1, demarc.Limit, "E-LIMIT-INTERFACES", request(101)},
	} {
		t.Run(test.name, func(t *testing.T) {
			st := openGroups(t)
			mustAllocate(t, st, demarc.ConnectionID(lag), test.there)
			v := mustAllocate(t, st, conn, test.moving)
			write(t, st, func(tx *store.Tx) error {
				quotas := demarc.DefaultQuotas()
				quotas.Interfaces = test.most
				store.Quotas.Put(tx, quotas)
				return nil
			})
			before := claims(st)
			err := join(t, st, conn, lag)
			if refusal, ok := errors.AsType[*demarc.Error](err); !ok || refusal.Kind != test.kind || refusal.Code != test.code {
				t.Errorf("got %v", err)
			}
			if diff := cmp.Diff(claims(st), before); diff != "" {
				t.Errorf("claims (-got +want):\n%s", diff)
			}
			c, _ := store.Connections.Get(st.Local(), string(conn))
			if got := get(t, st, v.ID); got.Connection != conn || c.LAG != "" {
				t.Errorf("the interface is on %s, the connection in %q", got.Connection, c.LAG)
			}
		})
	}
}

// An interface that is made while its connection joins is on the LAG or is
// refused, but is never left behind.
func TestMadeWhileJoining(t *testing.T) {
	for range 5 {
		st := openGroups(t)
		var made demarc.VirtualInterface
		var refusal, failure error
		var both sync.WaitGroup
		both.Go(func() { made, refusal = allocate(t, st, conn, request(101)) })
		both.Go(func() { failure = join(t, st, conn, lag) })
		both.Wait()
		if failure != nil {
			t.Fatal(failure)
		}
		if refusal == nil {
			if got := get(t, st, made.ID).Connection; got != demarc.ConnectionID(lag) {
				t.Errorf("it was left on %s", got)
			}
		} else if demarc.KindOf(refusal) != demarc.Conflict {
			t.Error(refusal)
		}
	}
}

// host offers acme a connection of the carrier's, which acme accepts.
func host(t *testing.T, st *store.Store) demarc.Connection {
	t.Helper()
	var c demarc.Connection
	write(t, st, func(tx *store.Tx) (err error) {
		if c, err = connection.Allocate(tx, carrier, ic, connection.HostedOrder{Name: "h", Owner: acme, Bandwidth: 50 * demarc.Mbps, VLAN: 300}, noon); err != nil {
			return err
		}
		c, err = connection.Confirm(tx, acme, c.ID, noon)
		return err
	})
	return c
}

// A hosted connection takes one interface, on the partner's VLAN.
func TestOnHosted(t *testing.T) {
	st := openGroups(t)
	c := host(t, st)
	_, err := allocate(t, st, c.ID, request(101))
	refused(t, err, demarc.Invalid, "E-VLAN-HOSTED", fmt.Sprintf("connection %s is hosted on VLAN 300, and so is an interface on it, not on 101", c.ID))
	_, err = allocate(t, st, ic, request(101))
	refused(t, err, demarc.NotFound, "", "Could not find Connection with ID "+string(ic))
	err = st.Write(t.Context(), func(tx *store.Tx) error {
		_, err := vif.Allocate(tx, carrier, ic, platform, request(101), noon)
		return err
	})
	refused(t, err, demarc.Invalid, "E-HOSTING", string(ic)+" carries hosted connections, and no virtual interfaces itself")
	v := mustAllocate(t, st, c.ID, request(0)) // no VLAN is the partner's
	if v.VLAN != 300 || v.Device != "lis1-d1" || v.ConnectionOwner != acme {
		t.Errorf("it is %+v", v)
	}
	for _, vlan := range []int{0, 300, 101} { // no other tag would help
		_, err = allocate(t, st, c.ID, request(vlan))
		refused(t, err, demarc.Limit, "E-LIMIT-INTERFACES", fmt.Sprintf("connection %s is hosted on VLAN 300 and carries one virtual interface, %s", c.ID, v.ID))
	}
}

// The partner of a hosted connection sees nothing of what is on it, and is told no
// more where it would delete it.
func TestAPartnerIsNotToldOfInterfaces(t *testing.T) {
	st := openGroups(t)
	c := host(t, st)
	v := mustAllocate(t, st, c.ID, request(300))
	for by, want := range map[demarc.AccountID]string{
		carrier: "connection " + string(c.ID) + " still carries a virtual interface",
		acme:    "connection " + string(c.ID) + " still carries " + string(v.ID),
	} {
		err := st.Write(t.Context(), func(tx *store.Tx) error {
			_, err := vif.DeleteConnection(tx, by, c.ID, noon)
			return err
		})
		refused(t, err, demarc.Conflict, "E-CONNECTION-IN-USE", want)
	}
}

// An interface follows its hosted connection to another device, which has to
// build it.
func TestMoveHosted(t *testing.T) {
	st := openGroups(t)
	c := host(t, st)
	v := mustAllocate(t, st, c.ID, request(300))
	if err := confirm(t, st, platform, v.ID, gw); err != nil {
		t.Fatal(err)
	}
	up(t, st, v)
	write(t, st, func(tx *store.Tx) error {
		_, err := vif.MoveHosted(tx, carrier, c.ID, ic2, noon)
		return err
	})
	if got := get(t, st, v.ID); got.Device != "lis1-d2" || got.State != demarc.VIFPending || got.Connection != c.ID {
		t.Errorf("it is on %s at %s, %s", got.Connection, got.Device, got.State)
	}
}

// A member whose prefixes the interfaces of its LAG need neither leaves, nor
// goes to another LAG, nor is deleted.
func TestMemberIsNeededForItsPrefixes(t *testing.T) {
	st := openGroups(t)
	for _, id := range []demarc.ConnectionID{conn, other} {
		if err := join(t, st, id, lag); err != nil {
			t.Fatal(err)
		}
	}
	var v demarc.VirtualInterface
	write(t, st, func(tx *store.Tx) (err error) {
		v, err = vif.Allocate(tx, acme, demarc.ConnectionID(lag), platform, request(101), noon)
		return err
	})
	needed := fmt.Sprintf("pool/%s/%s/5001/1", lag, v.ID)
	write(t, st, func(tx *store.Tx) error { return tx.Claim(needed, string(v.ID)) })
	before := claims(st)
	for name, act := range map[string]func(*store.Tx) error{
		"leave": func(tx *store.Tx) error {
			_, err := vif.Leave(tx, acme, conn, lag, noon)
			return err
		},
		"join another": func(tx *store.Tx) error {
			_, err := vif.Join(tx, acme, conn, second, noon)
			return err
		},
		"delete": func(tx *store.Tx) error {
			_, err := vif.DeleteConnection(tx, acme, conn, noon)
			return err
		},
	} {
		if err := st.Write(t.Context(), act); demarc.KindOf(err) != demarc.Conflict {
			t.Errorf("%s: %v", name, err)
		}
	}
	if diff := cmp.Diff(claims(st), before); diff != "" {
		t.Errorf("the refusals changed claims (-got +want):\n%s", diff)
	}
	write(t, st, func(tx *store.Tx) error { tx.Release(needed); return nil })
	write(t, st, func(tx *store.Tx) error {
		_, err := vif.DeleteConnection(tx, acme, conn, noon)
		return err
	})
}

// A member whose link never came up adds nothing to its LAG's pool, but one
// that is down again still does.
func TestPoolOfLinksThatWereUp(t *testing.T) {
	st := openGroups(t)
	for _, id := range []demarc.ConnectionID{conn, other} {
		if err := join(t, st, id, lag); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		first, second demarc.ConnectionState
		want          int
	}{
		{demarc.ConnectionRequested, demarc.ConnectionPending, 5000},
		{demarc.ConnectionAvailable, demarc.ConnectionPending, 5000},
		{demarc.ConnectionAvailable, demarc.ConnectionDown, 10000},
	} {
		write(t, st, func(tx *store.Tx) error {
			for id, state := range map[demarc.ConnectionID]demarc.ConnectionState{conn: test.first, other: test.second} {
				c, _ := store.Connections.Get(tx, string(id))
				c.State = state
				store.Connections.Put(tx, c)
			}
			return nil
		})
		if got := vif.ShareOf(st.Local(), demarc.ConnectionID(lag), demarc.Gbps).Pool.Size.IPv4; got != test.want {
			t.Errorf("%s and %s: a pool of %d, want %d", test.first, test.second, got, test.want)
		}
	}
}

// A pool that is smaller than what was drawn from it, when both links were up and
// one is another now that never was, has nothing left, and never less.
func TestAPoolThatIsOverdrawn(t *testing.T) {
	st := openGroups(t)
	for _, id := range []demarc.ConnectionID{conn, other} {
		if err := join(t, st, id, lag); err != nil {
			t.Fatal(err)
		}
	}
	lit := func(state demarc.ConnectionState) {
		t.Helper()
		write(t, st, func(tx *store.Tx) error {
			for _, id := range []demarc.ConnectionID{conn, other} {
				c, _ := store.Connections.Get(tx, string(id))
				c.State = state
				store.Connections.Put(tx, c)
			}
			return nil
		})
	}
	lit(demarc.ConnectionAvailable)
	many := 1000
	for vlan := 101; vlan < 107; vlan++ {
		r := request(vlan)
		r.PrefixesIPv4 = &many
		mustAllocate(t, st, demarc.ConnectionID(lag), r)
	}
	check := func(when string, want demarc.PrefixAllocation, overdrawn bool) {
		t.Helper()
		pool := vif.ShareOf(st.Local(), demarc.ConnectionID(lag), demarc.Gbps).Pool
		if got := pool.Unallocated(); got != want || pool.Overdrawn() != overdrawn {
			t.Errorf("%s: %+v are left, want %+v; overdrawn: %t", when, got, want, pool.Overdrawn())
		}
	}
	check("lit", demarc.PrefixAllocation{IPv4: 4000, IPv6: 9400}, false)
	lit(demarc.ConnectionPending)
	check("unlit", demarc.PrefixAllocation{IPv4: 0, IPv6: 4400}, true)
	_, err := allocate(t, st, demarc.ConnectionID(lag), request(107))
	refused(t, err, demarc.Limit, "E-PREFIX-POOL", "100 IPv4 prefixes are more than the 0 left in the pool of "+string(lag))
}
