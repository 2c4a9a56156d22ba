package directconnect_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"demarc"
	"demarc/audit"
)

// TestEveryChangeHasItsRecord looks at a call that changes, one that reads and
// one that is refused.
func TestEveryChangeHasItsRecord(t *testing.T) {
	w := newWorld(t)
	w.do("customer", "DescribeConnections", `{}`)
	w.refused("customer", "DeleteConnection", `{"connectionId":"CONN"}`)
	w.do("platform", "ConfirmPrivateVirtualInterface", `{"virtualInterfaceId":"DXVIF","virtualGatewayId":"PROD"}`)
	w.do("customer", "UpdateConnection", `{"connectionId":"CONN","connectionName":"two"}`)

	conn, vif := "connection/"+w.conn, "virtual-interface/"+w.vif
	customer, platform := w.Account(t, "customer"), w.Account(t, "platform")
	type line struct {
		By            demarc.AccountID
		Operation     string
		Before, After []string
	}
	lines := func(by demarc.Account) (all []line) {
		for _, r := range audit.List(w.Store.Local(), by, audit.Query{}, 9) {
			all = append(all, line{r.Account, r.Operation, r.Found(), r.Left()})
		}
		return all
	}
	ordered := line{customer.ID, "CreateConnection", nil, []string{conn, "cross-connect/" + w.conn}}
	offered := line{customer.ID, "AllocatePrivateVirtualInterface", nil, []string{vif}}
	accepted := line{platform.ID, "ConfirmPrivateVirtualInterface", []string{vif}, []string{vif}}
	renamed := line{customer.ID, "UpdateConnection", []string{conn}, []string{conn}}
	if diff := cmp.Diff(lines(customer), []line{renamed, offered, ordered}); diff != "" {
		t.Errorf("the customer sees %s", diff)
	}
	if diff := cmp.Diff(lines(platform), []line{renamed, accepted, offered, ordered}); diff != "" {
		t.Errorf("the operator sees %s", diff)
	}
}
