package cutover_test

import (
	"testing"

	"demarc"
	"demarc/cutover"
	"demarc/store"
)

// TestAnInterfaceBehindADirectConnectGateway of the platform's ends as well, and
// not where it leads to another environment besides.
func TestAnInterfaceBehindADirectConnectGateway(t *testing.T) {
	w := newWorld(t)
	leads := func(to demarc.GatewayID, state demarc.GatewayAssociationState) {
		w.write(func(tx *store.Tx) error {
			v, _ := store.VirtualInterfaces.Get(tx, string(hosted))
			v.Gateway, v.DirectConnectGateway = "", "dxgw-platform"
			store.VirtualInterfaces.Put(tx, v)
			store.GatewayAssociations.Put(tx, demarc.GatewayAssociation{
				ID: demarc.GatewayAssociationID("a-" + to), DirectConnectGateway: "dxgw-platform", Owner: platform, State: state,
				Gateway: demarc.AssociatedGateway{ID: string(to), Type: demarc.AssociatedVirtualGateway, Owner: platform},
			})
			return nil
		})
	}
	leads(vgw, demarc.GatewayAssociated)
	leads("vgw-00000000000000002", demarc.GatewayAssociated)
	if got := w.code(func(tx *store.Tx) error {
		_, err := cutover.Plan(tx, platform, cutover.Wish{Case: w.of.ID, Probes: probes}, w.now)
		return err
	}); got != "E-CUTOVER-SHARED" {
		t.Errorf("an interface of two environments: got %q", got)
	}
	leads("vgw-00000000000000002", demarc.GatewayDisassociating)
	if c := w.rehearsed(); len(c.Interfaces) != 1 || c.Interfaces[0].ID != hosted {
		t.Errorf("what ends is %+v", c.Interfaces)
	}
}
