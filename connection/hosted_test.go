package connection_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"demarc"
	"demarc/connection"
	"demarc/store"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// interconnect orders one of the carrier's.
func interconnect(t *testing.T, st *store.Store) demarc.Connection {
	t.Helper()
	var c demarc.Connection
	write(t, st, func(tx *store.Tx) (err error) {
		c, err = connection.Place(tx, carrier, connection.Order{Interconnect: true, Location: "LIS1", Bandwidth: demarc.Gbps, Name: "ic"}, noon)
		return err
	})
	return c
}

// offer is good as it is.
func offer(vlan int) connection.HostedOrder {
	return connection.HostedOrder{Name: "for acme", Owner: acme, Bandwidth: 50 * demarc.Mbps, VLAN: vlan}
}

func allocate(t *testing.T, st *store.Store, by demarc.AccountID, on demarc.ConnectionID, o connection.HostedOrder) (c demarc.Connection, err error) {
	t.Helper()
	err = st.Write(t.Context(), func(tx *store.Tx) (err error) {
		c, err = connection.Allocate(tx, by, on, o, noon)
		return err
	})
	return c, err
}

func mustAllocate(t *testing.T, st *store.Store, on demarc.ConnectionID, vlan int) demarc.Connection {
	t.Helper()
	c, err := allocate(t, st, carrier, on, offer(vlan))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func confirm(t *testing.T, st *store.Store, by demarc.AccountID, id demarc.ConnectionID) error {
	t.Helper()
	return st.Write(t.Context(), func(tx *store.Tx) error {
		_, err := connection.Confirm(tx, by, id, noon)
		return err
	})
}

// light has the facility patch a connection, and its port shine.
func light(t *testing.T, st *store.Store, c demarc.Connection) {
	t.Helper()
	write(t, st, func(tx *store.Tx) error {
		store.Connections.Put(tx, func() demarc.Connection { c.State = demarc.ConnectionPending; return c }())
		return nil
	})
	observe(t, st, c.Port, true)
}

func TestInterconnect(t *testing.T) {
	st := open(t)
	err := st.Write(t.Context(), func(tx *store.Tx) error {
		_, err := connection.Place(tx, acme, connection.Order{Interconnect: true, Location: "LIS1", Bandwidth: demarc.Gbps, Name: "ic"}, noon)
		return err
	})
	refused(t, err, demarc.Denied, "E-NOT-PARTNER", "account 111111111111 is not a partner, and only partners have interconnects")
	ic := interconnect(t, st)
	dedicated := place(t, st, carrier)
	ids := func(cs []demarc.Connection) (ids []demarc.ConnectionID) {
		for _, c := range cs {
			ids = append(ids, c.ID)
		}
		return ids
	}
	if diff := cmp.Diff(ids(connection.ListInterconnects(st.Local(), carrier, noon)), []demarc.ConnectionID{ic.ID}); diff != "" {
		t.Errorf("interconnects (-got +want):\n%s", diff)
	}
	if diff := cmp.Diff(ids(connection.List(st.Local(), carrier, noon)), []demarc.ConnectionID{dedicated.ID}); diff != "" {
		t.Errorf("connections (-got +want):\n%s", diff)
	}
	for _, test := range []struct {
		by demarc.AccountID
		id demarc.ConnectionID
	}{{acme, ic.ID}, {mallory, ic.ID}, {carrier, dedicated.ID}, {carrier, "dxcon-fzzzzzzz"}} {
		_, err := connection.GetInterconnect(st.Local(), test.by, test.id, noon)
		refused(t, err, demarc.NotFound, "", "Could not find Interconnect with ID "+string(test.id))
	}
}

// From the offer over acceptance and light to the end.
func TestHosted(t *testing.T) {
	st := open(t)
	ic := interconnect(t, st)
	got := mustAllocate(t, st, ic.ID, 101)
	want := demarc.Connection{
		Kind: demarc.Hosted, Name: "for acme", Owner: acme, Region: "eu-west-1", Location: "LIS1", Bandwidth: 50 * demarc.Mbps,
		State: demarc.ConnectionOrdering, Parent: ic.ID, VLAN: 101, Partner: carrier, Created: noon,
	}
	if diff := cmp.Diff(got, want, cmpopts.IgnoreFields(demarc.Connection{}, "ID")); diff != "" {
		t.Errorf("allocated (-got +want):\n%s", diff)
	}
	if device := connection.Device(st.Local(), got); device != ic.Port.Device() {
		t.Errorf("it ends on %q, its parent on %s", device, ic.Port.Device())
	}
	light(t, st, ic)
	if state := get(t, st, got.ID).State; state != demarc.ConnectionOrdering {
		t.Errorf("light made it %s before it was accepted", state)
	}
	if err := confirm(t, st, acme, got.ID); err != nil {
		t.Fatal(err)
	}
	refused(t, confirm(t, st, acme, got.ID), demarc.Conflict, "E-HOSTED-STATE", fmt.Sprintf("connection %s is pending and cannot be accepted", got.ID))
	for _, step := range []struct {
		carrier bool
		want    demarc.ConnectionState
	}{{true, demarc.ConnectionAvailable}, {false, demarc.ConnectionDown}, {true, demarc.ConnectionAvailable}} {
		if !observe(t, st, ic.Port, step.carrier) || get(t, st, got.ID).State != step.want {
			t.Errorf("carrier %v: it is %s, want %s", step.carrier, get(t, st, got.ID).State, step.want)
		}
		if observe(t, st, ic.Port, step.carrier) {
			t.Error("the same again changed something")
		}
	}
	err := st.Write(t.Context(), func(tx *store.Tx) error {
		_, err := connection.Delete(tx, carrier, ic.ID, noon)
		return err
	})
	refused(t, err, demarc.Conflict, "E-CONNECTION-IN-USE", fmt.Sprintf("connection %s still carries %s", ic.ID, got.ID))
	if err := del(t, st, got.ID, noon); err != nil {
		t.Fatal(err)
	}
	if c := get(t, st, got.ID); c.State != demarc.ConnectionDeleted {
		t.Errorf("deleted, it is %s", c.State)
	}
	mustAllocate(t, st, ic.ID, 101) // the tag is free again
}

func TestAllocateRefuses(t *testing.T) {
	st := open(t)
	ic, dedicated := interconnect(t, st), place(t, st, carrier)
	taken := mustAllocate(t, st, ic.ID, 200)
	before := claims(st)
	edit := func(change func(*connection.HostedOrder)) connection.HostedOrder {
		o := offer(101)
		change(&o)
		return o
	}
	for _, test := range []struct {
		name  string
		by    demarc.AccountID
		on    demarc.ConnectionID
		order connection.HostedOrder
		kind  demarc.Kind
		code  string
		text  string
	}{
		{"stranger", mallory, ic.ID, offer(101), demarc.NotFound, "", "Could not find Connection with ID " + string(ic.ID)},
		{"customer", acme, ic.ID, offer(101), demarc.NotFound, "", "Could not find Connection with ID " + string(ic.ID)},
		{"unknown", carrier, "dxcon-fzzzzzzz", offer(101), demarc.NotFound, "", "Could not find Connection with ID dxcon-fzzzzzzz"},
		{"unknown LAG", carrier, "dxlag-fzzzzzzz", offer(101), demarc.NotFound, "", "Could not find Lag with ID dxlag-fzzzzzzz"},
		{"dedicated", carrier, dedicated.ID, offer(101), demarc.Invalid, "E-NOT-HOSTING", string(dedicated.ID) + " is neither an interconnect nor a partner's LAG"},
		{"VLAN 0", carrier, ic.ID, offer(0), demarc.Invalid, "E-VLAN-RANGE", "VLAN 0 is not between 1 and 4094"},
		{"VLAN that wraps", carrier, ic.ID, offer(65536 + 101), demarc.Invalid, "E-VLAN-RANGE", "VLAN 65637 is not between 1 and 4094"},
		{"VLAN taken", carrier, ic.ID, offer(200), demarc.Conflict, "E-VLAN-TAKEN", fmt.Sprintf("VLAN 200 is taken on %s by %s", ic.ID, taken.ID)},
		{"no such rate", carrier, ic.ID, edit(func(o *connection.HostedOrder) { o.Bandwidth = 60 * demarc.Mbps }), demarc.Invalid, "",
			"hosted connections of 60Mbps are not sold; there are [50Mbps 100Mbps 200Mbps 300Mbps 400Mbps 500Mbps 1Gbps 2Gbps 5Gbps 10Gbps 25Gbps]"},
		{"rate over the port's", carrier, ic.ID, edit(func(o *connection.HostedOrder) { o.Bandwidth = 2 * demarc.Gbps }), demarc.Invalid, "",
			fmt.Sprintf("2Gbps does not fit on the 1Gbps of %s", ic.ID)},
		{"to nobody", carrier, ic.ID, edit(func(o *connection.HostedOrder) { o.Owner = "123456789012" }), demarc.Invalid, "E-ACCOUNT-UNKNOWN",
			`there is no account "123456789012" to allocate to`},
		{"no name", carrier, ic.ID, edit(func(o *connection.HostedOrder) { o.Name = "" }), demarc.Invalid, "", "a connection's name has 1 to 100 characters, not 0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := allocate(t, st, test.by, test.on, test.order)
			refused(t, err, test.kind, test.code, test.text)
		})
	}
	if diff := cmp.Diff(claims(st), before); diff != "" {
		t.Errorf("claims are left (-got +want):\n%s", diff)
	}
}

// Two offers of one tag at one moment: one has it.
func TestOneTagTwice(t *testing.T) {
	st := open(t)
	ic := interconnect(t, st)
	errs := make([]error, 8)
	var all sync.WaitGroup
	for i := range errs {
		all.Go(func() { _, errs[i] = allocate(t, st, carrier, ic.ID, offer(101)) })
	}
	all.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else if demarc.KindOf(err) != demarc.Conflict {
			t.Errorf("a loser got %v", err)
		}
	}
	hosted, err := connection.ListHosted(st.Local(), carrier, ic.ID, noon)
	if err != nil || won != 1 || len(hosted) != 1 {
		t.Errorf("%d won, %d are there (%v)", won, len(hosted), err)
	}
}

// Who may do what with a hosted connection.
func TestHostedParties(t *testing.T) {
	st := open(t)
	ic, second := interconnect(t, st), interconnect(t, st)
	c := mustAllocate(t, st, ic.ID, 101)
	unknown := "Could not find Connection with ID " + string(c.ID)
	do := func(name string, by demarc.AccountID) error {
		return st.Write(t.Context(), func(tx *store.Tx) (err error) {
			switch name {
			case "get":
				_, err = connection.Get(tx, by, c.ID, noon)
			case "list":
				_, err = connection.ListHosted(tx, by, ic.ID, noon)
			case "confirm":
				_, err = connection.Confirm(tx, by, c.ID, noon)
			case "move":
				_, err = connection.MoveHosted(tx, by, c.ID, second.ID, noon)
			case "bear":
				_, err = connection.BearerOf(tx, by, c.ID, noon)
			case "letter":
				_, err = connection.IssueLetter(tx, by, c.ID, "", noon)
			case "delete":
				_, err = connection.Delete(tx, by, c.ID, noon)
			}
			return err
		})
	}
	const stranger, parent = demarc.NotFound, "Could not find Connection with ID "
	for _, test := range []struct {
		act  string
		by   demarc.AccountID
		kind demarc.Kind
		code string
		text string
	}{
		{"get", mallory, stranger, "", unknown},
		{"get", carrier, stranger, "", unknown},
		{"list", mallory, stranger, "", parent + string(ic.ID)},
		{"list", acme, stranger, "", parent + string(ic.ID)},
		{"confirm", mallory, stranger, "", unknown},
		{"confirm", carrier, demarc.Denied, "E-HOSTED-DENIED", fmt.Sprintf("connection %s was offered to account %s, which alone can accept it", c.ID, acme)},
		{"move", mallory, stranger, "", unknown},
		{"move", acme, demarc.Denied, "E-HOSTED-DENIED", fmt.Sprintf("connection %s is on a port of account %s, which alone can move it", c.ID, carrier)},
		{"bear", mallory, stranger, "", unknown},
		{"bear", carrier, stranger, "", unknown},
		{"bear", acme, demarc.Conflict, "E-HOSTED-ORDERING", fmt.Sprintf("connection %s was not accepted yet", c.ID)},
		{"letter", acme, demarc.Conflict, "E-HOSTED-PORT", fmt.Sprintf("connection %s is hosted and has no port of its own", c.ID)},
		{"letter", carrier, stranger, "", unknown},
		{"delete", mallory, stranger, "", unknown},
	} {
		t.Run(test.act+" by "+string(test.by), func(t *testing.T) {
			refused(t, do(test.act, test.by), test.kind, test.code, test.text)
		})
	}
	for _, step := range []struct {
		act string
		by  demarc.AccountID
	}{{"get", acme}, {"list", carrier}, {"confirm", acme}, {"bear", acme}, {"move", carrier}, {"delete", carrier}} {
		if err := do(step.act, step.by); err != nil {
			t.Errorf("%s by %s: %v", step.act, step.by, err)
		}
	}
}

func TestMoveHosted(t *testing.T) {
	st := open(t)
	from, to := interconnect(t, st), interconnect(t, st)
	light(t, st, from)
	c := mustAllocate(t, st, from.ID, 101)
	if err := confirm(t, st, acme, c.ID); err != nil {
		t.Fatal(err)
	}
	observe(t, st, from.Port, true)
	move := func() error {
		return st.Write(t.Context(), func(tx *store.Tx) error {
			_, err := connection.MoveHosted(tx, carrier, c.ID, to.ID, noon)
			return err
		})
	}
	inTheWay := mustAllocate(t, st, to.ID, 101)
	before := claims(st)
	refused(t, move(), demarc.Conflict, "E-VLAN-TAKEN", fmt.Sprintf("VLAN 101 is taken on %s by %s", to.ID, inTheWay.ID))
	if diff := cmp.Diff(claims(st), before); diff != "" {
		t.Errorf("the refusal changed claims (-got +want):\n%s", diff)
	}
	if err := del(t, st, inTheWay.ID, noon); err != nil {
		t.Fatal(err)
	}
	for range 2 { // the answer of the first may have been lost
		if err := move(); err != nil {
			t.Fatal(err)
		}
	}
	if got := get(t, st, c.ID); got.Parent != to.ID || got.State != demarc.ConnectionDown {
		t.Errorf("it is on %s, %s", got.Parent, got.State)
	}
	light(t, st, to)
	if got := get(t, st, c.ID); got.State != demarc.ConnectionAvailable {
		t.Errorf("with light on its new parent it is %s", got.State)
	}
	mustAllocate(t, st, from.ID, 101) // the tag that it left is free
}

// An offer lapses after seven days, and may be rejected before.
func TestOffers(t *testing.T) {
	st := open(t)
	ic := interconnect(t, st)
	waiting, declined, accepted := mustAllocate(t, st, ic.ID, 1), mustAllocate(t, st, ic.ID, 2), mustAllocate(t, st, ic.ID, 3)
	if err := confirm(t, st, acme, accepted.ID); err != nil {
		t.Fatal(err)
	}
	if err := del(t, st, declined.ID, noon); err != nil {
		t.Fatal(err)
	}
	if got := get(t, st, declined.ID).State; got != demarc.ConnectionRejected {
		t.Errorf("declined, it is %s", got)
	}
	for _, step := range []struct {
		after time.Duration
		want  demarc.ConnectionState
	}{{offerKept - time.Second, demarc.ConnectionOrdering}, {offerKept, demarc.ConnectionDeleted}} {
		write(t, st, func(tx *store.Tx) error { return connection.Expire(tx, noon.Add(step.after)) })
		if got := get(t, st, waiting.ID).State; got != step.want {
			t.Errorf("after %v it is %s, want %s", step.after, got, step.want)
		}
	}
	if got := get(t, st, accepted.ID).State; got != demarc.ConnectionPending {
		t.Errorf("accepted, it is %s after seven days", got)
	}
	mustAllocate(t, st, ic.ID, 1)
	mustAllocate(t, st, ic.ID, 2)
}
