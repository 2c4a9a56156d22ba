package gateway_test

import (
	"testing"

	"demarc"
	"demarc/gateway"
	"demarc/store"
	"demarc/store/storetest"

	"github.com/google/go-cmp/cmp"
)

const (
	platform demarc.AccountID = "333333333333"
	mallory  demarc.AccountID = "999999999999"

	attached demarc.GatewayID = "vgw-00000000000000001"
	detached demarc.GatewayID = "vgw-00000000000000002"
	foreign  demarc.GatewayID = "vgw-00000000000000003"
)

func open(t *testing.T) *store.View {
	t.Helper()
	st := storetest.Embedded(t, store.Tables()...)
	err := st.Write(t.Context(), func(tx *store.Tx) error {
		store.VirtualGateways.Put(tx, demarc.VirtualGateway{ID: attached, Owner: platform, VPC: "vpc-1", ASN: 64512})
		store.VirtualGateways.Put(tx, demarc.VirtualGateway{ID: detached, Owner: platform, ASN: 64512})
		store.VirtualGateways.Put(tx, demarc.VirtualGateway{ID: foreign, Owner: mallory, VPC: "vpc-2", ASN: 64512})
		store.VirtualInterfaces.Put(tx, demarc.VirtualInterface{ID: "dxvif-f0000001", Gateway: attached, State: demarc.VIFDeleting})
		store.VirtualInterfaces.Put(tx, demarc.VirtualInterface{ID: "dxvif-f0000002", Gateway: attached, State: demarc.VIFDeleted})
		store.VirtualInterfaces.Put(tx, demarc.VirtualInterface{ID: "dxvif-f0000003", Gateway: foreign, State: demarc.VIFDown})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return st.Local()
}

func TestFind(t *testing.T) {
	v := open(t)
	for _, test := range []struct {
		id             demarc.GatewayID
		find, attached string
	}{
		{attached, "", ""},
		{detached, "", "virtual gateway " + string(detached) + " is attached to no VPC. Attach it to a VPC first"},
		{foreign, "there is no virtual gateway " + string(foreign), "there is no virtual gateway " + string(foreign)},
		{"vgw-nowhere", "there is no virtual gateway vgw-nowhere", "there is no virtual gateway vgw-nowhere"},
	} {
		found, err := gateway.Get(v, platform, test.id)
		if text(err) != test.find || err == nil && found.ID != test.id {
			t.Errorf("get %s: %s, %v, want %q", test.id, found.ID, err, test.find)
		}
		found, err = gateway.Attached(v, platform, test.id)
		if text(err) != test.attached || err == nil && found.ID != test.id {
			t.Errorf("attached %s: %s, %v, want %q", test.id, found.ID, err, test.attached)
		}
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestLists(t *testing.T) {
	v := open(t)
	var ids []demarc.GatewayID
	for _, gw := range gateway.List(v, platform) {
		ids = append(ids, gw.ID)
	}
	if diff := cmp.Diff(ids, []demarc.GatewayID{attached, detached}); diff != "" {
		t.Errorf("gateways (-got +want):\n%s", diff)
	}
	if got := gateway.Interfaces(v, attached); len(got) != 1 || got[0].ID != "dxvif-f0000001" {
		t.Errorf("on the gateway: %v, want the one that is not gone", got)
	}
}
