package connection_test

import (
	"fmt"
	"sync"
	"testing"

	"demarc"
	"demarc/connection"
	"demarc/store"

	"github.com/google/go-cmp/cmp"
)

// group is good as it is.
func group(n int) connection.LAGOrder {
	return connection.LAGOrder{Name: "both", Location: "LIS1", Bandwidth: demarc.Gbps, Connections: n}
}

func orderLAG(t *testing.T, st *store.Store, by demarc.AccountID, o connection.LAGOrder) (lag demarc.LAG, err error) {
	t.Helper()
	err = st.Write(t.Context(), func(tx *store.Tx) (err error) {
		lag, err = connection.OrderLAG(tx, by, o, noon)
		return err
	})
	return lag, err
}

func mustOrderLAG(t *testing.T, st *store.Store, by demarc.AccountID, n int) demarc.LAG {
	t.Helper()
	lag, err := orderLAG(t, st, by, group(n))
	if err != nil {
		t.Fatal(err)
	}
	return lag
}

func join(t *testing.T, st *store.Store, by demarc.AccountID, id demarc.ConnectionID, into demarc.LAGID) error {
	t.Helper()
	return st.Write(t.Context(), func(tx *store.Tx) error {
		_, err := connection.Join(tx, by, id, into, noon)
		return err
	})
}

func leave(t *testing.T, st *store.Store, by demarc.AccountID, id demarc.ConnectionID, from demarc.LAGID) error {
	t.Helper()
	return st.Write(t.Context(), func(tx *store.Tx) error {
		_, err := connection.Leave(tx, by, id, from, noon)
		return err
	})
}

func need(t *testing.T, st *store.Store, id demarc.LAGID, links int) error {
	t.Helper()
	return st.Write(t.Context(), func(tx *store.Tx) error {
		_, err := connection.UpdateLAG(tx, acme, id, connection.LAGChange{MinimumLinks: &links}, noon)
		return err
	})
}

func deleteLAG(t *testing.T, st *store.Store, by demarc.AccountID, id demarc.LAGID) error {
	t.Helper()
	return st.Write(t.Context(), func(tx *store.Tx) error {
		_, err := connection.DeleteLAG(tx, by, id, noon)
		return err
	})
}

func lagState(st *store.Store, id demarc.LAGID) demarc.LAGState {
	lag, _ := store.LAGs.Get(st.Local(), string(id))
	return lag.State(connection.Members(st.Local(), id))
}

func TestOrderLAG(t *testing.T) {
	st := open(t)
	lag := mustOrderLAG(t, st, acme, 2)
	names := map[string]bool{}
	for _, c := range connection.Members(st.Local(), lag.ID) {
		names[c.Name] = true
		if c.Port.Device() != lag.Device || c.State != demarc.ConnectionRequested || c.Kind != demarc.Dedicated || c.Owner != acme {
			t.Errorf("a member is %+v", c)
		}
		if _, ok := store.CrossConnects.Get(st.Local(), string(c.ID)); !ok {
			t.Errorf("%s has no cross-connect", c.ID)
		}
	}
	want := map[string]bool{"Requested Connection 1 for Lag " + string(lag.ID): true, "Requested Connection 2 for Lag " + string(lag.ID): true}
	if diff := cmp.Diff(names, want); diff != "" {
		t.Errorf("names (-got +want):\n%s", diff)
	}
	if state := lagState(st, lag.ID); state != demarc.LAGPending || lag.Hosting {
		t.Errorf("it is %s, for hosted connections: %v", state, lag.Hosting)
	}
	// The other device has two ports; three are on none.
	before := claims(st)
	_, err := orderLAG(t, st, acme, group(3))
	refused(t, err, demarc.Limit, "E-PORT-NONE", "no device at LIS1 (Lisbon One) has 3 free ports of 1Gbps")
	if diff := cmp.Diff(claims(st), before); diff != "" {
		t.Errorf("the refusal left claims (-got +want):\n%s", diff)
	}
	if theirs := mustOrderLAG(t, st, carrier, 2); !theirs.Hosting || theirs.Device == lag.Device {
		t.Errorf("the partner's is %+v", theirs)
	}
}

func TestOrderLAGAround(t *testing.T) {
	st := open(t)
	c, taken := place(t, st, acme), place(t, st, mallory)
	light(t, st, c)
	o := group(2)
	o.Existing = c.ID
	lag, err := orderLAG(t, st, acme, o)
	if err != nil {
		t.Fatal(err)
	}
	members := connection.Members(st.Local(), lag.ID)
	if len(members) != 2 || lag.Device != c.Port.Device() {
		t.Errorf("%d members on %s, the first on %s", len(members), lag.Device, c.Port.Device())
	}
	if got := get(t, st, c.ID); got.LAG != lag.ID || got.State != demarc.ConnectionDown || got.Name != c.Name {
		t.Errorf("the first is %+v", got)
	}
	if observe(t, st, c.Port, true); lagState(st, lag.ID) != demarc.LAGAvailable {
		t.Errorf("with light it is %s", lagState(st, lag.ID))
	}
	before := claims(st)
	for _, test := range []struct {
		name string
		edit func(*connection.LAGOrder)
		kind demarc.Kind
		code string
		text string
	}{
		{"of another", func(o *connection.LAGOrder) { o.Existing = taken.ID }, demarc.NotFound, "", "Could not find Connection with ID " + string(taken.ID)},
		{"elsewhere", func(o *connection.LAGOrder) { o.Location = "OPO1" }, demarc.Invalid, "E-LAG-MEMBER", fmt.Sprintf("connection %s is at LIS1, not at OPO1", c.ID)},
		{"none", func(o *connection.LAGOrder) { o.Connections = 0 }, demarc.Invalid, "E-LAG-SIZE", "a LAG of 1Gbps begins with 1 to 4 connections, not 0"},
		{"five", func(o *connection.LAGOrder) { o.Connections = 5 }, demarc.Invalid, "E-LAG-SIZE", "a LAG of 1Gbps begins with 1 to 4 connections, not 5"},
		{"three of 100Gbps", func(o *connection.LAGOrder) { o.Connections, o.Bandwidth = 3, 100*demarc.Gbps }, demarc.Invalid, "E-LAG-SIZE", "a LAG of 100Gbps begins with 1 to 2 connections, not 3"},
	} {
		t.Run(test.name, func(t *testing.T) {
			wrong := o
			test.edit(&wrong)
			_, err := orderLAG(t, st, acme, wrong)
			refused(t, err, test.kind, test.code, test.text)
		})
	}
	if diff := cmp.Diff(claims(st), before); diff != "" {
		t.Errorf("refusals left claims (-got +want):\n%s", diff)
	}
}

func TestJoinAndLeave(t *testing.T) {
	st := open(t)
	lag := mustOrderLAG(t, st, acme, 1)
	first := connection.Members(st.Local(), lag.ID)[0]
	var second demarc.Connection
	write(t, st, func(tx *store.Tx) (err error) {
		second, err = connection.Place(tx, acme, connection.Order{Location: "LIS1", Bandwidth: demarc.Gbps, Name: "more", LAG: lag.ID}, noon)
		return err
	})
	if second.Port.Device() != lag.Device || second.LAG != lag.ID {
		t.Errorf("it was placed in %q on %s, the LAG is on %s", second.LAG, second.Port, lag.Device)
	}
	elsewhere := place(t, st, acme) // prefers the device that acme is not on
	fast := func() (c demarc.Connection) {
		write(t, st, func(tx *store.Tx) (err error) {
			c, err = connection.Place(tx, acme, connection.Order{Location: "LIS1", Bandwidth: 10 * demarc.Gbps, Name: "fast"}, noon)
			return err
		})
		return c
	}()
	theirs := place(t, st, mallory)
	for _, test := range []struct {
		name string
		err  error
		kind demarc.Kind
		code string
		text string
	}{
		{"of another", join(t, st, acme, theirs.ID, lag.ID), demarc.NotFound, "", "Could not find Connection with ID " + string(theirs.ID)},
		{"into another's", join(t, st, mallory, theirs.ID, lag.ID), demarc.NotFound, "", "Could not find Lag with ID " + string(lag.ID)},
		{"malformed", join(t, st, acme, first.ID, "lag"), demarc.Invalid, "", "Lag ID lag has an invalid format."},
		{"on another device", join(t, st, acme, elsewhere.ID, lag.ID), demarc.Invalid, "E-LAG-MEMBER",
			fmt.Sprintf("connection %s cannot be in the LAG: it ends on %s, the LAG on %s", elsewhere.ID, elsewhere.Port.Device(), lag.Device)},
		{"of another speed", join(t, st, acme, fast.ID, lag.ID), demarc.Invalid, "E-LAG-MEMBER",
			fmt.Sprintf("connection %s cannot be in the LAG: it has 10Gbps, the LAG 1Gbps", fast.ID)},
		{"needs three of two", need(t, st, lag.ID, 3), demarc.Invalid, "E-LAG-MINIMUM", fmt.Sprintf("LAG %s has 2 connections and cannot need 3", lag.ID)},
		{"needs less than none", need(t, st, lag.ID, -1), demarc.Invalid, "E-LAG-MINIMUM", fmt.Sprintf("LAG %s has 2 connections and cannot need -1", lag.ID)},
		{"leave as another", leave(t, st, mallory, first.ID, lag.ID), demarc.NotFound, "", "Connection does not exist"},
		{"leave what there is not", leave(t, st, acme, "dxcon-fzzzzzzz", lag.ID), demarc.NotFound, "", "Connection does not exist"},
		{"leave no LAG", leave(t, st, acme, first.ID, "dxlag-fzzzzzzz"), demarc.NotFound, "", "Lag does not exist"},
		{"leave without being in", leave(t, st, acme, elsewhere.ID, lag.ID), demarc.Conflict, "E-LAG-STRANGER", fmt.Sprintf("connection %s is not in LAG %s", elsewhere.ID, lag.ID)},
	} {
		t.Run(test.name, func(t *testing.T) { refused(t, test.err, test.kind, test.code, test.text) })
	}
	if err := need(t, st, lag.ID, 2); err != nil {
		t.Fatal(err)
	}
	needsTwo := fmt.Sprintf("LAG %s has 2 connections and needs 2", lag.ID)
	refused(t, leave(t, st, acme, first.ID, lag.ID), demarc.Conflict, "E-LAG-MINIMUM", needsTwo)
	refused(t, del(t, st, first.ID, noon), demarc.Conflict, "E-LAG-MINIMUM", needsTwo)
	if err := need(t, st, lag.ID, 1); err != nil {
		t.Fatal(err)
	}
	for _, id := range []demarc.ConnectionID{first.ID, second.ID} { // the last may leave, whatever is needed
		if err := leave(t, st, acme, id, lag.ID); err != nil {
			t.Fatal(err)
		}
	}
	if got := get(t, st, first.ID); got.LAG != "" || len(connection.Members(st.Local(), lag.ID)) != 0 {
		t.Errorf("it is in %q, and members are left", got.LAG)
	}
	for range 2 {
		if err := join(t, st, acme, first.ID, lag.ID); err != nil {
			t.Fatal(err)
		}
	}
}

// A LAG that was emptied is legal, and so is deleting its only member.
func TestEmptyLAG(t *testing.T) {
	st := open(t)
	lag := mustOrderLAG(t, st, acme, 1)
	if err := del(t, st, connection.Members(st.Local(), lag.ID)[0].ID, noon); err != nil {
		t.Fatal(err)
	}
	if got := connection.Members(st.Local(), lag.ID); len(got) != 0 || lagState(st, lag.ID) != demarc.LAGPending {
		t.Errorf("it has %v and is %s", got, lagState(st, lag.ID))
	}
	for range 2 {
		if err := deleteLAG(t, st, acme, lag.ID); err != nil {
			t.Fatal(err)
		}
	}
	if got := claims(st); len(got) != 0 {
		t.Errorf("claims are left: %v", got)
	}
	refused(t, need(t, st, lag.ID, 0), demarc.Conflict, "E-LAG-DELETED", fmt.Sprintf("LAG %s is deleted", lag.ID))
	if got := connection.ListLAGs(st.Local(), acme, noon.Add(connection.ListedAfterDeletion)); len(got) != 0 {
		t.Errorf("still listed: %v", got)
	}
}

// A LAG's members survive it, and what it carries keeps it.
func TestDeleteLAG(t *testing.T) {
	st := open(t)
	lag := mustOrderLAG(t, st, acme, 2)
	refused(t, deleteLAG(t, st, mallory, lag.ID), demarc.NotFound, "", "Could not find Lag with ID "+string(lag.ID))
	tag := "vlan/" + string(lag.ID) + "/101"
	write(t, st, func(tx *store.Tx) error { return tx.Claim(tag, "dxvif-f0000001") })
	refused(t, deleteLAG(t, st, acme, lag.ID), demarc.Conflict, "E-CONNECTION-IN-USE", fmt.Sprintf("LAG %s still carries dxvif-f0000001", lag.ID))
	members := connection.Members(st.Local(), lag.ID)
	if err := del(t, st, members[0].ID, noon); err != nil {
		t.Fatal(err)
	}
	refused(t, del(t, st, members[1].ID, noon), demarc.Conflict, "E-CONNECTION-IN-USE",
		fmt.Sprintf("it is the last connection of LAG %s, which still carries dxvif-f0000001", lag.ID))
	write(t, st, func(tx *store.Tx) error { tx.Release(tag); return nil })
	if err := deleteLAG(t, st, acme, lag.ID); err != nil {
		t.Fatal(err)
	}
	if got := get(t, st, members[1].ID); got.LAG != "" || got.State != demarc.ConnectionRequested {
		t.Errorf("its member is %+v", got)
	}
}

// Hosted connections follow their interconnect into a LAG, and have its light.
func TestHostedOnLAG(t *testing.T) {
	st := open(t)
	ic := interconnect(t, st)
	lag := mustOrderLAG(t, st, carrier, 1)
	for ic.Port.Device() != lag.Device { // the LAG went where the partner is not
		ic = interconnect(t, st)
	}
	hosted := mustAllocate(t, st, ic.ID, 101)
	if err := confirm(t, st, acme, hosted.ID); err != nil {
		t.Fatal(err)
	}
	inTheWay := mustAllocate(t, st, demarc.ConnectionID(lag.ID), 101)
	before := claims(st)
	if err := join(t, st, carrier, ic.ID, lag.ID); demarc.KindOf(err) != demarc.Conflict {
		t.Errorf("with its tag taken it joined: %v", err)
	}
	if diff := cmp.Diff(claims(st), before); diff != "" || get(t, st, ic.ID).LAG != "" {
		t.Errorf("the refusal changed something (-got +want):\n%s", diff)
	}
	if err := del(t, st, inTheWay.ID, noon); err != nil {
		t.Fatal(err)
	}
	if err := join(t, st, carrier, ic.ID, lag.ID); err != nil {
		t.Fatal(err)
	}
	if got := get(t, st, hosted.ID).Parent; got != demarc.ConnectionID(lag.ID) {
		t.Errorf("it is on %s", got)
	}
	_, err := allocate(t, st, carrier, ic.ID, offer(102))
	refused(t, err, demarc.Conflict, "E-CONNECTION-IN-LAG", fmt.Sprintf("connection %s is in %s, which carries what would be on it", ic.ID, lag.ID))
	refused(t, deleteLAG(t, st, carrier, lag.ID), demarc.Conflict, "E-CONNECTION-IN-USE", fmt.Sprintf("LAG %s still carries %s", lag.ID, hosted.ID))
	light(t, st, get(t, st, ic.ID))
	if got := get(t, st, hosted.ID).State; got != demarc.ConnectionAvailable {
		t.Errorf("with light on one member it is %s", got)
	}
	if err := leave(t, st, carrier, ic.ID, lag.ID); err != nil {
		t.Fatal(err)
	}
	if got := get(t, st, hosted.ID).State; got != demarc.ConnectionDown {
		t.Errorf("without light on any member it is %s", got)
	}
}

// Many join at one moment: as many as there is room for are in.
func TestRaceIntoLAG(t *testing.T) {
	st := open(t)
	write(t, st, func(tx *store.Tx) error {
		quotas := demarc.DefaultQuotas()
		quotas.LagMembers = 2
		store.Quotas.Put(tx, quotas)
		for n := range 4 {
			store.Ports.Put(tx, demarc.Port{ID: demarc.PortID(fmt.Sprintf("lis1-d1/q%d", n)), Speed: demarc.Gbps})
			store.Ports.Put(tx, demarc.Port{ID: demarc.PortID(fmt.Sprintf("lis1-d2/q%d", n)), Speed: demarc.Gbps})
		}
		return nil
	})
	lag := mustOrderLAG(t, st, acme, 1)
	var ids []demarc.ConnectionID
	for len(ids) < 4 {
		if c := place(t, st, acme); c.Port.Device() == lag.Device {
			ids = append(ids, c.ID)
		}
	}
	errs := make([]error, len(ids))
	var all sync.WaitGroup
	for i, id := range ids {
		all.Go(func() { errs[i] = join(t, st, acme, id, lag.ID) })
	}
	all.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else {
			refused(t, err, demarc.Limit, "E-LIMIT-LAG-MEMBERS", fmt.Sprintf("LAG %s has 2 connections, and 2 are the most that it may have", lag.ID))
		}
	}
	if members := connection.Members(st.Local(), lag.ID); won != 1 || len(members) != 2 {
		t.Errorf("%d joined, %d are in", won, len(members))
	}
}

func TestLAGQuota(t *testing.T) {
	st := open(t)
	write(t, st, func(tx *store.Tx) error {
		quotas := demarc.DefaultQuotas()
		quotas.Lags = 1
		store.Quotas.Put(tx, quotas)
		return nil
	})
	lag := mustOrderLAG(t, st, acme, 1)
	_, err := orderLAG(t, st, acme, group(1))
	refused(t, err, demarc.Limit, "E-LIMIT-LAGS", "the account has 1 LAGs, and 1 are the most that it may have")
	if err := deleteLAG(t, st, acme, lag.ID); err != nil {
		t.Fatal(err)
	}
	mustOrderLAG(t, st, acme, 1)
}
