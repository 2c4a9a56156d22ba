package vif_test

import (
	"sync"
	"testing"
	"time"

	"demarc"
	"demarc/connection"
	"demarc/intent"
	"demarc/store"
	"demarc/vif"

	"github.com/google/go-cmp/cmp"
)

func TestConfirmRefuses(t *testing.T) {
	st := open(t)
	n := request(102)
	n.ASN = 64512
	good, equal := mustAllocate(t, st, conn, request(101)).ID, mustAllocate(t, st, conn, n).ID
	before := claims(st)
	nowhere := func(id demarc.GatewayID) string { return "there is no virtual gateway " + string(id) }
	for _, test := range []struct {
		name string
		by   demarc.AccountID
		id   demarc.VirtualInterfaceID
		onto demarc.GatewayID
		kind demarc.Kind
		code string
		text string
	}{
		{"unknown", platform, "dxvif-fzzzzzzz", gw, demarc.NotFound, "", "Virtual interface with ID dxvif-fzzzzzzz does not exist"},
		{"a third account", mallory, good, foreign, demarc.NotFound, "", "Virtual interface with ID " + string(good) + " does not exist"},
		{"the connection's owner", acme, good, own, demarc.Denied, "E-ACCEPT-DENIED", "virtual interface " + string(good) + " was allocated to account 333333333333, which alone can accept it"},
		{"gateway unknown", platform, good, "vgw-nowhere", demarc.NotFound, "", nowhere("vgw-nowhere")},
		{"gateway of another", platform, good, foreign, demarc.NotFound, "", nowhere(foreign)},
		{"gateway missing", platform, good, "", demarc.NotFound, "", nowhere("")},
		{"gateway detached", platform, good, detached, demarc.Conflict, "E-GATEWAY-DETACHED", "virtual gateway " + string(detached) + " is attached to no VPC"},
		{"gateway in another Region", platform, good, abroad, demarc.Invalid, "E-GATEWAY-REGION", "virtual gateway " + string(abroad) + " is in Region ap-southeast-2, and the virtual interface in eu-west-1"},
		{"one ASN", platform, equal, gw, demarc.Conflict, "E-ASN-EQUAL", "the customer's ASN 64512 equals the ASN 64512 of gateway " + string(gw) + "; a BGP session needs two"},
	} {
		t.Run(test.name, func(t *testing.T) {
			refused(t, confirm(t, st, test.by, test.id, test.onto), test.kind, test.code, test.text)
		})
	}
	for _, id := range []demarc.VirtualInterfaceID{good, equal} {
		if v := get(t, st, id); v.State != demarc.VIFConfirming || v.Gateway != "" {
			t.Errorf("%s is %s on %q after refusals", id, v.State, v.Gateway)
		}
	}
	if diff := cmp.Diff(claims(st), before); diff != "" {
		t.Errorf("refusals left claims (-got +want):\n%s", diff)
	}
}

// Two acceptances at once, and one more later: the first counts.
func TestAcceptOnce(t *testing.T) {
	st := open(t)
	id := mustAllocate(t, st, conn, request(101)).ID
	errs := make([]error, 2)
	var both sync.WaitGroup
	for i := range errs {
		both.Go(func() { errs[i] = confirm(t, st, platform, id, gw) })
	}
	both.Wait()
	if errs[0] == nil {
		errs[0], errs[1] = errs[1], errs[0]
	}
	if errs[1] != nil {
		t.Errorf("neither was taken: %v", errs)
	}
	refused(t, errs[0], demarc.Conflict, "E-ACCEPT-STATE", "virtual interface "+string(id)+" is pending and can no longer be accepted")
	refused(t, confirm(t, st, platform, id, gw), demarc.Conflict, "E-ACCEPT-STATE", "virtual interface "+string(id)+" is pending and can no longer be accepted")
	if v := get(t, st, id); v.State != demarc.VIFPending || v.Gateway != gw || v.GatewayASN != 64512 {
		t.Errorf("it is %s on %s with ASN %d", v.State, v.Gateway, v.GatewayASN)
	}
	if got := claims(st)["gateway/"+string(gw)+"/"+string(id)]; got != string(id) {
		t.Errorf("its place on the gateway is held by %q", got)
	}
}

// From acceptance to the end, as the edge sees it.
func TestLife(t *testing.T) {
	st := open(t)
	id := mustAllocate(t, st, conn, request(101)).ID
	if err := confirm(t, st, platform, id, gw); err != nil {
		t.Fatal(err)
	}
	for _, step := range []struct {
		built, established, changed bool
		want                        demarc.VirtualInterfaceState
	}{
		{false, false, false, demarc.VIFPending},
		{true, false, true, demarc.VIFDown},
		{true, false, false, demarc.VIFDown},
		{true, true, true, demarc.VIFAvailable},
		{true, false, true, demarc.VIFDown},
	} {
		seen := sighting(step.built, step.established)
		seen.ID = id
		if changed := observe(t, st, seen); changed != step.changed || get(t, st, id).State != step.want {
			t.Errorf("%+v: changed %v to %s", step, changed, get(t, st, id).State)
		}
	}
	if settle(t, st, id) {
		t.Error("it was settled without being deleted")
	}
	held := claims(st)
	for range 2 { // the answer of the first may have been lost
		if err := del(t, st, acme, id); err != nil {
			t.Fatal(err)
		}
	}
	if got := get(t, st, id).State; got != demarc.VIFDeleting {
		t.Errorf("deleted, it is %s", got)
	}
	if diff := cmp.Diff(claims(st), held); diff != "" {
		t.Errorf("it let go while the edge has it (-got +want):\n%s", diff)
	}
	if diff := cmp.Diff(vif.Deleting(st.Local(), "lis1-d1"), []demarc.VirtualInterfaceID{id}); diff != "" {
		t.Errorf("to be settled (-got +want):\n%s", diff)
	}
	if !settle(t, st, id) || settle(t, st, id) || get(t, st, id).State != demarc.VIFDeleted {
		t.Errorf("settled, it is %s", get(t, st, id).State)
	}
	if got := claims(st); len(got) != 0 {
		t.Errorf("claims are left: %v", got)
	}
	if observe(t, st, intent.VIFSeen{ID: id, Built: true}) || observe(t, st, intent.VIFSeen{ID: "dxvif-fzzzzzzz", Built: true}) || settle(t, st, "dxvif-fzzzzzzz") {
		t.Error("what is gone was changed")
	}
	if v := mustAllocate(t, st, conn, request(101)); v.ID == id {
		t.Error("the tag was not freed")
	}
}

func observe(t *testing.T, st *store.Store, seen intent.VIFSeen) (changed bool) {
	t.Helper()
	write(t, st, func(tx *store.Tx) error { changed = vif.Observe(tx, seen); return nil })
	return changed
}

func settle(t *testing.T, st *store.Store, id demarc.VirtualInterfaceID) (changed bool) {
	t.Helper()
	write(t, st, func(tx *store.Tx) error { changed = vif.Settle(tx, id, noon); return nil })
	return changed
}

// notWaiting are the codes of an acceptance that comes too late, where that is
// not since another was first.
var notWaiting = map[demarc.VirtualInterfaceState]string{
	demarc.VIFRejected: "E-ACCEPT-REJECTED", demarc.VIFDeleting: "E-ACCEPT-DELETED", demarc.VIFDeleted: "E-ACCEPT-DELETED",
}

func TestDeleteBeforeAcceptance(t *testing.T) {
	for by, want := range map[demarc.AccountID]demarc.VirtualInterfaceState{platform: demarc.VIFRejected, acme: demarc.VIFDeleted} {
		st := open(t)
		id := mustAllocate(t, st, conn, request(101)).ID
		refused(t, del(t, st, mallory, id), demarc.NotFound, "", "Virtual interface with ID "+string(id)+" does not exist")
		if err := del(t, st, by, id); err != nil {
			t.Fatal(err)
		}
		if got := get(t, st, id).State; got != want {
			t.Errorf("deleted by %s: got %s, want %s", by, got, want)
		}
		if got := claims(st); len(got) != 0 {
			t.Errorf("claims are left: %v", got)
		}
		refused(t, confirm(t, st, platform, id, gw), demarc.Conflict, notWaiting[want], "virtual interface "+string(id)+" is "+string(want)+" and can no longer be accepted")
	}
}

// An interface and the end of its connection at the same moment: never both.
func TestAllocateAgainstDelete(t *testing.T) {
	st := open(t)
	for range 10 {
		id := demarc.NewConnectionID()
		write(t, st, func(tx *store.Tx) error {
			store.Connections.Put(tx, demarc.Connection{ID: id, Owner: acme, Bandwidth: demarc.Gbps, State: demarc.ConnectionAvailable, Port: "lis1-d1/p1"})
			return nil
		})
		var allocated, deleted error
		var both sync.WaitGroup
		both.Go(func() { _, allocated = allocate(t, st, id, request(101)) })
		both.Go(func() {
			deleted = st.Write(t.Context(), func(tx *store.Tx) error {
				_, err := connection.Delete(tx, acme, id, noon)
				return err
			})
		})
		both.Wait()
		if (allocated == nil) == (deleted == nil) {
			t.Errorf("allocated: %v, deleted: %v", allocated, deleted)
		}
	}
}

func TestWhoSeesWhat(t *testing.T) {
	st := open(t)
	first, second := mustAllocate(t, st, conn, request(101)), mustAllocate(t, st, other, request(101))
	for _, test := range []struct {
		name   string
		by     demarc.AccountID
		filter vif.Filter
		want   int
	}{
		{"connections' owner", acme, vif.Filter{}, 2},
		{"interfaces' owner", platform, vif.Filter{}, 2},
		{"a third account", mallory, vif.Filter{}, 0},
		{"by connection", platform, vif.Filter{Connection: other}, 1},
		{"by id", acme, vif.Filter{ID: first.ID}, 1},
		{"by id, a third account", mallory, vif.Filter{ID: first.ID}, 0},
		{"by id and another connection", acme, vif.Filter{ID: second.ID, Connection: conn}, 0},
		{"by an unknown id", acme, vif.Filter{ID: "foobar"}, 0},
	} {
		if got := vif.List(st.Local(), test.by, test.filter, noon); len(got) != test.want {
			t.Errorf("%s: %d interfaces, want %d", test.name, len(got), test.want)
		}
	}
	if err := del(t, st, acme, first.ID); err != nil {
		t.Fatal(err)
	}
	soon, later := noon.Add(vif.ListedAfterDeletion-time.Second), noon.Add(vif.ListedAfterDeletion)
	if a, b := len(vif.List(st.Local(), acme, vif.Filter{}, soon)), len(vif.List(st.Local(), acme, vif.Filter{}, later)); a != 2 || b != 1 {
		t.Errorf("%d soon after the deletion and %d later, want 2 and 1", a, b)
	}
}

func TestForRouter(t *testing.T) {
	st := open(t)
	id := mustAllocate(t, st, conn, request(101)).ID
	ask := func(by demarc.AccountID) error {
		_, err := vif.ForRouter(st.Local(), by, id, noon)
		return err
	}
	refused(t, ask(acme), demarc.Conflict, "E-VIF-NOT-ACCEPTED", "virtual interface "+string(id)+" is confirming: its router configuration is known once account 333333333333 has accepted it")
	if err := confirm(t, st, platform, id, gw); err != nil {
		t.Fatal(err)
	}
	if err := ask(acme); err != nil {
		t.Error(err)
	}
	refused(t, ask(platform), demarc.Denied, "E-ROUTER-DENIED", "the router configuration of "+string(id)+" is for the owner of its connection")
	refused(t, ask(mallory), demarc.NotFound, "", "Virtual interface with ID "+string(id)+" does not exist")
}
