package gateway_test

import (
	"fmt"
	"net/netip"
	"sync"
	"testing"
	"time"

	"demarc"
	"demarc/gateway"
	"demarc/store"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// samePrefixes compares lists, of which nil is the empty one.
var samePrefixes = cmp.Options{cmpopts.EquateComparable(netip.Prefix{}), cmpopts.EquateEmpty()}

func prefixes(all ...string) []netip.Prefix {
	var list []netip.Prefix
	for _, p := range all {
		list = append(list, netip.MustParsePrefix(p))
	}
	return list
}

func TestAssociateRefuses(t *testing.T) {
	r := enter(t)
	virtual, transit := r.create(gateway.New{Name: "virtual"}).ID, r.create(gateway.New{Name: "transit"}).ID
	r.mustAssociate(virtual, "vgw-a2")
	r.mustAssociate(transit, "tgw-a1", "10.0.0.0/8", "10.1.0.0/16")
	for _, test := range []struct {
		name    string
		id      demarc.DirectConnectGatewayID
		far     string
		allowed []string
		kind    demarc.Kind
		want    string
	}{
		{"unknown gateway", "nowhere", "vgw-a1", nil, demarc.NotFound, "Direct Connect gateway with ID nowhere does not exist"},
		{"unknown virtual gateway", virtual, "vgw-nowhere", nil, demarc.NotFound, "there is no virtual gateway vgw-nowhere"},
		{"another's virtual gateway", virtual, "vgw-m1", nil, demarc.NotFound, "there is no virtual gateway vgw-m1"},
		{"detached", virtual, "vgw-loose", nil, demarc.Conflict, "E-GATEWAY-DETACHED"},
		{"another's Transit Gateway", transit, "tgw-m1", []string{"11.0.0.0/8"}, demarc.NotFound, "there is no Transit Gateway tgw-m1"},
		{"unknown Transit Gateway", transit, "tgw-nowhere", []string{"11.0.0.0/8"}, demarc.NotFound, "there is no Transit Gateway tgw-nowhere"},
		{"shared only", transit, "tgw-p1", []string{"11.0.0.0/8"}, demarc.Denied, "E-TGW-OWNER"},
		{"pending", transit, "tgw-new", []string{"11.0.0.0/8"}, demarc.Conflict, "E-TGW-STATE"},
		{"twice", virtual, "vgw-a2", nil, demarc.Conflict, "E-ASSOCIATION-EXISTS"},
		{"twice", transit, "tgw-a1", []string{"11.0.0.0/8"}, demarc.Conflict, "E-ASSOCIATION-EXISTS"},
		{"on another", transit, "vgw-a2", nil, demarc.Conflict, "E-ASSOCIATION-EXISTS"},
		{"mixed", transit, "vgw-a1", nil, demarc.Conflict, "E-GATEWAY-MIXED"},
		{"mixed", virtual, "tgw-a2", []string{"11.0.0.0/8"}, demarc.Conflict, "E-GATEWAY-MIXED"},
		{"overlapping VPC", virtual, "vgw-a3", nil, demarc.Conflict, "E-VPC-OVERLAP"},
		{"no prefixes", transit, "tgw-a2", nil, demarc.Invalid, "E-ALLOWED-PREFIXES-EMPTY"},
		{"overlapping prefixes", transit, "tgw-a2", []string{"11.0.0.0/8", "10.255.0.0/16"}, demarc.Conflict, "E-ALLOWED-OVERLAP"},
		{"a default route beside another", transit, "tgw-a2", []string{"0.0.0.0/0"}, demarc.Conflict, "E-ALLOWED-OVERLAP"},
		{"the gateway's ASN", transit, "tgw-default", []string{"11.0.0.0/8"}, demarc.Conflict, "E-ASN-EQUAL"},
		{"another's ASN", transit, "tgw-twin", []string{"11.0.0.0/8"}, demarc.Conflict, "E-ASN-EQUAL"},
		{"no prefix", virtual, "vgw-a1", []string{"10.0.0.0"}, demarc.Invalid, "E-ALLOWED-PREFIX"},
		{"host bits", virtual, "vgw-a1", []string{"10.0.0.1/16"}, demarc.Invalid, "E-ALLOWED-PREFIX"},
		{"listed twice", virtual, "vgw-a1", []string{"10.0.0.0/16", "10.0.0.0/16"}, demarc.Invalid, "E-ALLOWED-PREFIX"},
		{"too many", virtual, "vgw-a1", many(201), demarc.Limit, "E-ALLOWED-LIMIT"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := r.associate(test.id, test.far, test.allowed...)
			refused(t, err, test.kind, test.want)
		})
	}
	if got := len(gateway.Associations(r.store.Local(), acme, gateway.Selector{})); got != 2 {
		t.Errorf("refusals left %d associations, want 2", got)
	}
	r.mustAssociate(virtual, "vgw-a1", many(200)...)
	r.mustAssociate(transit, "tgw-a2", "11.0.0.0/8")
}

// many lists prefixes that do not overlap.
func many(n int) []string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf("172.16.%d.0/24", i))
	}
	return all
}

func TestQuotas(t *testing.T) {
	r := enter(t)
	r.write(func(tx *store.Tx) error {
		q := demarc.DefaultQuotas()
		q.GatewayVirtualGateways, q.GatewayTransitGateways, q.TransitGatewayGateways = 1, 1, 1
		store.Quotas.Put(tx, q)
		return nil
	})
	virtual, transit, other := r.create(gateway.New{Name: "v"}).ID, r.create(gateway.New{Name: "t"}).ID, r.create(gateway.New{Name: "o"}).ID
	r.mustAssociate(virtual, "vgw-a1")
	r.mustAssociate(transit, "tgw-a1", "10.0.0.0/8")
	for _, test := range []struct {
		id  demarc.DirectConnectGatewayID
		far string
	}{{virtual, "vgw-a2"}, {transit, "tgw-a2"}, {other, "tgw-a1"}} {
		_, err := r.associate(test.id, test.far, "11.0.0.0/8")
		refused(t, err, demarc.Limit, "E-DXGW-LIMIT")
	}
}

// From the making to the end, as the clock and its owner move it.
func TestAssociationLife(t *testing.T) {
	r := enter(t)
	id := r.create(gateway.New{Name: "hub"}).ID
	a := r.mustAssociate(id, "vgw-a1")
	if a.State != demarc.GatewayAssociating {
		t.Errorf("made, it is %s", a.State)
	}
	if diff := cmp.Diff(a.Allowed, prefixes("10.0.0.0/16"), samePrefixes); diff != "" {
		t.Errorf("without prefixes its VPC is allowed (-got +want):\n%s", diff)
	}
	edit := func(e gateway.Edit) (demarc.GatewayAssociation, error) {
		return try(r, func(tx *store.Tx) (demarc.GatewayAssociation, error) { return gateway.Reallow(tx, acme, a.ID, e, noon) })
	}
	if got, err := edit(gateway.Edit{Add: []string{"10.0.0.0/15"}}); err != nil || got.State != demarc.GatewayAssociating {
		t.Errorf("changed before anybody was told, it is %s, %v", got.State, err)
	}
	r.expire(soon)
	if got := r.state(a.ID); got != demarc.GatewayAssociated {
		t.Errorf("settled, it is %s", got)
	}
	if _, err := edit(gateway.Edit{Add: []string{"11.0.0.0/8"}, Remove: []string{"11.0.0.0/8"}}); err == nil {
		t.Error("a prefix was both added and removed")
	}
	for range 2 { // the answer of the first may have been lost
		got, err := edit(gateway.Edit{Add: []string{"2001:db8::/32"}, Remove: []string{"10.0.0.0/16"}})
		if err != nil || got.State != demarc.GatewayUpdating {
			t.Fatalf("changed, it is %s, %v", got.State, err)
		}
		if diff := cmp.Diff(got.Allowed, prefixes("10.0.0.0/15", "2001:db8::/32"), samePrefixes); diff != "" {
			t.Errorf("allowed (-got +want):\n%s", diff)
		}
	}
	r.expire(soon)
	if got := r.state(a.ID); got != demarc.GatewayAssociated {
		t.Errorf("settled again, it is %s", got)
	}
	for range 2 {
		if got, err := r.disassociate(acme, a.ID); err != nil || got.State != demarc.GatewayDisassociating {
			t.Fatalf("ended, it is %s, %v", got.State, err)
		}
	}
	_, err := edit(gateway.Edit{})
	refused(t, err, demarc.Conflict, "E-ASSOCIATION-STATE")
	r.expire(soon)
	if got := r.state(a.ID); got != "" {
		t.Errorf("at the end it is %s", got)
	}
	_, err = r.disassociate(acme, a.ID)
	refused(t, err, demarc.NotFound, "Association with ID "+string(a.ID)+" does not exist")
	r.empty()
}

// A gateway that loses its VPC leaves its Direct Connect gateway, and says why.
func TestDetachedGatewayLeaves(t *testing.T) {
	r := enter(t)
	virtual, transit := r.create(gateway.New{Name: "v"}).ID, r.create(gateway.New{Name: "t"}).ID
	a, b := r.mustAssociate(virtual, "vgw-a1"), r.mustAssociate(transit, "tgw-a1", "10.0.0.0/8")
	r.expire(soon)
	r.write(func(tx *store.Tx) error {
		vgw, _ := store.VirtualGateways.Get(tx, "vgw-a1")
		vgw.VPC = ""
		store.VirtualGateways.Put(tx, vgw)
		tgw, _ := store.TransitGateways.Get(tx, "tgw-a1")
		tgw.State = demarc.TransitGatewayDeleted
		store.TransitGateways.Put(tx, tgw)
		return nil
	})
	r.expire(soon)
	for id, want := range map[demarc.GatewayAssociationID]string{
		a.ID: "Virtual gateway vgw-a1 is attached to no VPC any more",
		b.ID: "Transit gateway tgw-a1 was deleted",
	} {
		got, _ := store.GatewayAssociations.Get(r.store.Local(), string(id))
		if got.State != demarc.GatewayDisassociating || got.StateChangeError != want {
			t.Errorf("it is %s: %q, want %q", got.State, got.StateChangeError, want)
		}
	}
	r.expire(soon) // the same sweep again leaves it to be seen
	if r.state(a.ID) != demarc.GatewayDisassociating {
		t.Errorf("it is %q before anybody could see why", r.state(a.ID))
	}
	r.expire(soon.Add(time.Second))
	if r.state(a.ID)+r.state(b.ID) != "" {
		t.Error("an association without its gateway is left")
	}
	r.empty()
}

// Two at once for one virtual gateway, and two kinds at once on one gateway:
// one of them.
func TestAssociateAtOnce(t *testing.T) {
	r := enter(t)
	for name, far := range map[string][2]string{"one gateway": {"vgw-a1", "vgw-a1"}, "two kinds": {"vgw-a2", "tgw-a1"}} {
		first := r.create(gateway.New{Name: "first"}).ID
		second := first
		if far[0] == far[1] {
			second = r.create(gateway.New{Name: "second"}).ID
		}
		errs := make([]error, 2)
		var both sync.WaitGroup
		for i, id := range []demarc.DirectConnectGatewayID{first, second} {
			both.Go(func() { _, errs[i] = r.associate(id, far[i], "10.0.0.0/8") })
		}
		both.Wait()
		if (errs[0] == nil) == (errs[1] == nil) {
			t.Errorf("%s: %v and %v", name, errs[0], errs[1])
		}
	}
}
