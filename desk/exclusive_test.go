package desk_test

import (
	"strings"
	"testing"

	"demarc"
	"demarc/desk"
	"demarc/store"
	"demarc/vif"
)

// attach is the environment's attachment to a Transit Gateway of an account.
func (w *world) attach(owner demarc.AccountID, state demarc.TransitGatewayAttachmentState) {
	w.Helper()
	w.write(func(tx *store.Tx) error {
		store.TransitGatewayAttachments.Put(tx, demarc.TransitGatewayAttachment{
			ID: "tgw-attach-1", TransitGateway: "tgw-1", GatewayOwner: owner, Owner: platform, VPC: vpc, State: state,
		})
		return nil
	})
}

// TestATransitGatewayOfOnesOwnExcludesLines asks for private lines in every way
// there is, before and after the customer's Transit Gateway is attached.
func TestATransitGatewayOfOnesOwnExcludesLines(t *testing.T) {
	w := newWorld(t)
	link := w.link()
	v := w.allocate(w.order(demarc.Tag{Key: desk.LinkTag, Value: string(link.ID)}).ID)
	partnered, refusal := w.request(customer, func(r *desk.Request) { r.Topology = demarc.PartnerCage })
	if refusal != nil {
		t.Fatal(refusal)
	}
	ways := map[string]func() *demarc.Error{
		"a link": func() *demarc.Error {
			_, refusal := w.request(customer, func(*desk.Request) {})
			return refusal
		},
		"a preflight": func() *demarc.Error {
			found, err := desk.Preflight(w.store.Local(), customer, wanted(), w.now)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range found {
				if f.Code == "E-TGW-EXCLUSIVE" {
					return f
				}
			}
			return nil
		},
		"the account to allocate to": func() *demarc.Error {
			_, refusal := w.open(customer, desk.New{Kind: demarc.CaseAccount, Environment: "acme-prod", Fields: demarc.CaseFields{Link: link.ID}})
			return refusal
		},
		"acceptance": func() *demarc.Error {
			_, refusal := w.open(customer, desk.New{Kind: demarc.CaseAccept, Environment: "acme-prod", Fields: demarc.CaseFields{VirtualInterface: v.ID}})
			return refusal
		},
		"acceptance by the API": func() *demarc.Error {
			return w.try(func(tx *store.Tx) error {
				_, err := vif.Confirm(tx, platform, v.ID, demarc.PrivateVIF, vif.Onto{Gateway: vgw}, w.now)
				return err
			})
		},
		"acceptance by the API behind a Direct Connect gateway": func() *demarc.Error {
			return w.try(func(tx *store.Tx) error {
				const behind = demarc.DirectConnectGatewayID("dxgw-1")
				store.DirectConnectGateways.Put(tx, demarc.DirectConnectGateway{ID: behind, Owner: platform, ASN: 64700, State: demarc.DirectConnectGatewayAvailable})
				store.GatewayAssociations.Put(tx, demarc.GatewayAssociation{
					ID: "a-1", DirectConnectGateway: behind, Owner: platform, State: demarc.GatewayAssociated,
					Gateway: demarc.AssociatedGateway{ID: string(vgw), Type: demarc.AssociatedVirtualGateway, Owner: platform},
				})
				_, err := vif.Confirm(tx, platform, v.ID, demarc.PrivateVIF, vif.Onto{DirectConnectGateway: behind}, w.now)
				return err
			})
		},
		"a token": func() *demarc.Error {
			return w.try(func(tx *store.Tx) error {
				_, _, err := desk.IssueToken(tx, customer, partnered.ID, desk.NewToken{Leg: "a"}, w.now)
				return err
			})
		},
	}
	w.attach(customer, demarc.AttachmentAvailable)
	for name, ask := range ways {
		refusal := ask()
		if refusal == nil || refusal.Code != "E-TGW-EXCLUSIVE" || !strings.Contains(refusal.Text, "already connected to a Transit Gateway") {
			t.Errorf("%s: got %v, want E-TGW-EXCLUSIVE", name, refusal)
		}
	}
	for why, attached := range map[string]func(){
		"the customer has yet to accept":    func() { w.attach(customer, demarc.AttachmentPendingAcceptance) },
		"the Transit Gateway is deleted":    func() { w.attach(customer, demarc.AttachmentDeleted) },
		"the platform's own is no obstacle": func() { w.attach(platform, demarc.AttachmentAvailable) },
	} {
		attached()
		for _, name := range []string{"a preflight", "a token"} {
			if refusal := ways[name](); refusal != nil {
				t.Errorf("%s, %s: got %v", name, why, refusal)
			}
		}
	}
}
