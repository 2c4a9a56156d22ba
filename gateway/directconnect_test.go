package gateway_test

import (
	"strings"
	"sync"
	"testing"

	"demarc"
	"demarc/gateway"
	"demarc/store"
)

func TestCreate(t *testing.T) {
	r := enter(t)
	for _, test := range []struct {
		name string
		new  gateway.New
		asn  demarc.ASN
		code string
	}{
		{"default ASN", gateway.New{Name: "hub"}, 64512, ""},
		{"two octets", gateway.New{Name: "hub", ASN: new(int64(65534))}, 65534, ""},
		{"four octets", gateway.New{Name: "hub", ASN: new(int64(4200000000))}, 4200000000, ""},
		{"the highest", gateway.New{Name: "hub", ASN: new(int64(4294967294))}, 4294967294, ""},
		{"reserved", gateway.New{Name: "hub", ASN: new(int64(65535))}, 0, "E-DXGW-ASN"},
		{"reserved", gateway.New{Name: "hub", ASN: new(int64(4294967295))}, 0, "E-DXGW-ASN"},
		{"public", gateway.New{Name: "hub", ASN: new(int64(7224))}, 0, "E-DXGW-ASN"},
		{"none", gateway.New{Name: "hub", ASN: new(int64(0))}, 0, "E-DXGW-ASN"},
		{"negative", gateway.New{Name: "hub", ASN: new(int64(-1))}, 0, "E-DXGW-ASN"},
		{"does not fit", gateway.New{Name: "hub", ASN: new(int64(1<<32 + 64512))}, 0, "E-DXGW-ASN"},
		{"no name", gateway.New{}, 0, ""},
		{"long name", gateway.New{Name: strings.Repeat("x", 101)}, 0, ""},
		{"line break", gateway.New{Name: "a\nb"}, 0, ""},
		{"tag twice", gateway.New{Name: "hub", Tags: []demarc.Tag{{Key: "a"}, {Key: "a"}}}, 0, demarc.CodeTagDuplicate},
	} {
		gw, err := try(r, func(tx *store.Tx) (demarc.DirectConnectGateway, error) {
			return gateway.Create(tx, acme, test.new, noon)
		})
		if test.asn == 0 {
			refused(t, err, demarc.Invalid, test.code)
			continue
		}
		if err != nil || gw.ASN != test.asn || gw.State != demarc.DirectConnectGatewayAvailable || gw.Owner != acme {
			t.Errorf("%s: %+v, %v", test.name, gw, err)
		}
	}
	if got := len(gateway.ListDirectConnect(r.store.Local(), acme)); got != 4 {
		t.Errorf("%d gateways, want 4", got)
	}
	if got := len(gateway.ListDirectConnect(r.store.Local(), mallory)); got != 0 {
		t.Errorf("another account sees %d", got)
	}
}

// allow sets the site's quota of gateways.
func (r room) allow(gateways int) {
	r.Helper()
	r.write(func(tx *store.Tx) error {
		q := demarc.DefaultQuotas()
		q.Gateways = gateways
		store.Quotas.Put(tx, q)
		return nil
	})
}

func TestCreateWithinTheQuota(t *testing.T) {
	r := enter(t)
	r.allow(1)
	r.create(gateway.New{Name: "first"})
	_, err := try(r, func(tx *store.Tx) (demarc.DirectConnectGateway, error) {
		return gateway.Create(tx, acme, gateway.New{Name: "second"}, noon)
	})
	refused(t, err, demarc.Limit, "E-DXGW-LIMIT")
}

// TestTheLastGatewayIsCreatedOnce races for it.
func TestTheLastGatewayIsCreatedOnce(t *testing.T) {
	r := enter(t)
	r.allow(2)
	r.create(gateway.New{Name: "first"})
	var racers sync.WaitGroup
	for range 12 {
		racers.Go(func() {
			_, _ = try(r, func(tx *store.Tx) (demarc.DirectConnectGateway, error) {
				return gateway.Create(tx, acme, gateway.New{Name: "last"}, noon)
			})
		})
	}
	racers.Wait()
	if got := gateway.ListDirectConnect(r.store.Local(), acme); len(got) != 2 {
		t.Errorf("got %d gateways, want 2", len(got))
	}
}

func TestDelete(t *testing.T) {
	r := enter(t)
	id := r.create(gateway.New{Name: "hub"}).ID
	missing := "Direct Connect gateway with ID " + string(id) + " does not exist"
	drop := func(by demarc.AccountID) error {
		_, err := try(r, func(tx *store.Tx) (demarc.DirectConnectGateway, error) { return gateway.Delete(tx, by, id) })
		return err
	}
	rename := func(by demarc.AccountID) error {
		_, err := try(r, func(tx *store.Tx) (demarc.DirectConnectGateway, error) { return gateway.Rename(tx, by, id, "spoke") })
		return err
	}
	refused(t, drop(mallory), demarc.NotFound, missing)
	refused(t, rename(mallory), demarc.NotFound, missing)
	if err := rename(acme); err != nil {
		t.Fatal(err)
	}
	if gw, err := gateway.GetDirectConnect(r.store.Local(), acme, id); err != nil || gw.Name != "spoke" {
		t.Errorf("renamed, it is %+v, %v", gw, err)
	}
	a := r.mustAssociate(id, "vgw-a1")
	refused(t, drop(acme), demarc.Conflict, "E-DXGW-IN-USE")
	if _, err := r.disassociate(acme, a.ID); err != nil {
		t.Fatal(err)
	}
	refused(t, drop(acme), demarc.Conflict, "E-DXGW-IN-USE") // the edge may have it
	r.expire(soon)
	for range 2 { // the answer of the first may have been lost
		if err := drop(acme); err != nil {
			t.Fatal(err)
		}
	}
	refused(t, rename(acme), demarc.Conflict, "E-DXGW-STATE")
	_, err := r.associate(id, "vgw-a1")
	refused(t, err, demarc.Conflict, "E-DXGW-STATE")
	r.expire(soon)
	refused(t, drop(acme), demarc.NotFound, missing)
	r.empty()
}

// An interface and the end of its gateway at the same moment: never both.
func TestJoinAgainstDelete(t *testing.T) {
	r := enter(t)
	for range 10 {
		id := r.create(gateway.New{Name: "hub"}).ID
		v := demarc.VirtualInterface{ID: demarc.NewVirtualInterfaceID(), Owner: acme, Type: demarc.PrivateVIF}
		var joined, deleted error
		var both sync.WaitGroup
		both.Go(func() {
			_, joined = try(r, func(tx *store.Tx) (demarc.DirectConnectGateway, error) { return gateway.Join(tx, v, id) })
		})
		both.Go(func() {
			_, deleted = try(r, func(tx *store.Tx) (demarc.DirectConnectGateway, error) { return gateway.Delete(tx, acme, id) })
		})
		both.Wait()
		if (joined == nil) == (deleted == nil) {
			t.Errorf("joined: %v, deleted: %v", joined, deleted)
		}
	}
}

func TestJoin(t *testing.T) {
	r := enter(t)
	id := r.create(gateway.New{Name: "hub"}).ID
	join := func(v demarc.VirtualInterface) error {
		_, err := try(r, func(tx *store.Tx) (gw demarc.DirectConnectGateway, err error) {
			if gw, err = gateway.Join(tx, v, id); err == nil {
				v.DirectConnectGateway = id
				store.VirtualInterfaces.Put(tx, v)
			}
			return gw, err
		})
		return err
	}
	vif := func(owner demarc.AccountID, kind demarc.VirtualInterfaceType, asn demarc.ASN) demarc.VirtualInterface {
		return demarc.VirtualInterface{ID: demarc.NewVirtualInterfaceID(), Owner: owner, Type: kind, State: demarc.VIFPending, Peers: []demarc.BGPPeer{{ASN: asn}}}
	}
	refused(t, join(vif(mallory, demarc.PrivateVIF, 65001)), demarc.NotFound, "Direct Connect gateway with ID "+string(id)+" does not exist")
	refused(t, join(vif(acme, demarc.PrivateVIF, 64512)), demarc.Conflict, "E-ASN-EQUAL")
	r.empty()
	private := vif(acme, demarc.PrivateVIF, 65001)
	for range 2 { // taken again, it is the same interface
		if err := join(private); err != nil {
			t.Fatal(err)
		}
	}
	refused(t, join(vif(acme, demarc.TransitVIF, 65001)), demarc.Conflict, "E-GATEWAY-MIXED")
	_, err := r.associate(id, "tgw-a1", "10.0.0.0/8")
	refused(t, err, demarc.Conflict, "E-GATEWAY-MIXED")
	r.mustAssociate(id, "vgw-a1")
	for range demarc.DefaultQuotas().GatewayInterfaces - 1 {
		if err := join(vif(acme, demarc.PrivateVIF, 65001)); err != nil {
			t.Fatal(err)
		}
	}
	refused(t, join(vif(acme, demarc.PrivateVIF, 65001)), demarc.Limit, "E-DXGW-LIMIT")

	for _, test := range []struct {
		name string
		by   demarc.AccountID
		on   demarc.DirectConnectGatewayID
		vif  demarc.VirtualInterfaceID
		want int
	}{
		{"all of a gateway", acme, id, "", 30},
		{"one of them", acme, id, private.ID, 1},
		{"by itself", acme, "", private.ID, 1},
		{"on another gateway", acme, "nowhere", private.ID, 0},
		{"another account", mallory, id, "", 0},
		{"another account, by itself", mallory, "", private.ID, 0},
	} {
		if got := gateway.Attachments(r.store.Local(), test.by, test.on, test.vif); len(got) != test.want {
			t.Errorf("%s: %d, want %d", test.name, len(got), test.want)
		}
	}
	private.DirectConnectGateway = id
	r.write(func(tx *store.Tx) error { gateway.Leave(tx, private); return nil })
	if err := join(vif(acme, demarc.PrivateVIF, 65001)); err != nil {
		t.Errorf("the place was not freed: %v", err)
	}
}
