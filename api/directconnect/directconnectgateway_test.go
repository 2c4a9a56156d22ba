package directconnect_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"demarc"
	"demarc/api/edgelink"
	"demarc/gateway"
	"demarc/store"
)

// uuid is the form of the ids of Direct Connect gateways and what is on them.
var uuid = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)

// hub gives the customer a Direct Connect gateway.
func (w *world) hub() string {
	w.Helper()
	out := w.do("customer", "CreateDirectConnectGateway", `{"directConnectGatewayName":"hub","amazonSideAsn":64600,"tags":[{"key":"a","value":"1"}]}`)
	return out["directConnectGateway"].(document)["directConnectGatewayId"].(string)
}

// settle lets the gateways' room do what is due.
func (w *world) settle() {
	w.Helper()
	w.write(func(tx *store.Tx) error { return gateway.Expire(tx, time.Now().Add(time.Hour)) })
}

func TestDirectConnectGateway(t *testing.T) {
	w := newWorld(t)
	id := w.hub()
	if !uuid.MatchString(id) {
		t.Errorf("its id is %s", id)
	}
	want := document{
		"directConnectGatewayId": id, "directConnectGatewayName": "hub", "directConnectGatewayState": "available",
		"ownerAccount": w.fill("CUSTOMER"), "amazonSideAsn": 64600.0, "tags": []any{document{"key": "a", "value": "1"}},
		"totalPrefixPoolAllocations": 0.0,
	}
	got := w.do("customer", "DescribeDirectConnectGateways", `{"directConnectGatewayId":"`+id+`"}`)
	if diff := cmp.Diff(got, document{"directConnectGateways": []any{want}}); diff != "" {
		t.Errorf("described: %s", diff)
	}
	want["directConnectGatewayName"] = "spoke"
	got = w.do("customer", "UpdateDirectConnectGateway", `{"directConnectGatewayId":"`+id+`","newDirectConnectGatewayName":"spoke"}`)
	if diff := cmp.Diff(got, document{"directConnectGateway": want}); diff != "" {
		t.Errorf("renamed: %s", diff)
	}
	arn := w.fill("arn:aws:directconnect::CUSTOMER:dx-gateway/" + id)
	w.do("customer", "UntagResource", `{"resourceArn":"`+arn+`","tagKeys":["a"]}`)
	want["directConnectGatewayState"], want["tags"] = "deleting", []any{}
	got = w.do("customer", "DeleteDirectConnectGateway", `{"directConnectGatewayId":"`+id+`"}`)
	if diff := cmp.Diff(got, document{"directConnectGateway": want}); diff != "" {
		t.Errorf("deleted: %s", diff)
	}
	w.settle()
	got = w.do("customer", "DescribeDirectConnectGateways", `{"directConnectGatewayId":"`+id+`"}`)
	if diff := cmp.Diff(got, document{"directConnectGateways": []any{}}); diff != "" {
		t.Errorf("at the end: %s", diff)
	}
	told := w.refused("customer", "DeleteDirectConnectGateway", `{"directConnectGatewayId":"`+id+`"}`)
	if told != "DirectConnectClientException: Direct Connect gateway with ID "+id+" does not exist" {
		t.Error(told)
	}
}

func TestAssociation(t *testing.T) {
	w := newWorld(t)
	id := w.hub()
	made := w.do("customer", "CreateDirectConnectGatewayAssociation", `{"directConnectGatewayId":"`+id+`","virtualGatewayId":"OWN"}`)["directConnectGatewayAssociation"].(document)
	association := made["associationId"].(string)
	vgw, _ := store.VirtualGateways.Get(w.Store.Local(), w.own)
	vpc, _ := store.VPCs.Get(w.Store.Local(), string(vgw.VPC))
	want := document{
		"associationId": association, "associationState": "associating",
		"directConnectGatewayId": id, "directConnectGatewayOwnerAccount": w.fill("CUSTOMER"),
		"associatedGateway":                     document{"id": w.own, "ownerAccount": w.fill("CUSTOMER"), "region": "eu-west-1", "type": "virtualPrivateGateway"},
		"allowedPrefixesToDirectConnectGateway": []any{document{"cidr": vpc.CIDR.String()}},
		"virtualGatewayId":                      w.own, "virtualGatewayOwnerAccount": w.fill("CUSTOMER"), "virtualGatewayRegion": "eu-west-1",
	}
	if diff := cmp.Diff(made, want); diff != "" {
		t.Errorf("made: %s", diff)
	}
	w.settle()
	want["associationState"] = "associated"
	for _, selector := range []string{`"associationId":"` + association + `"`, `"directConnectGatewayId":"` + id + `"`, `"associatedGatewayId":"OWN"`, `"virtualGatewayId":"OWN"`} {
		got := w.do("customer", "DescribeDirectConnectGatewayAssociations", "{"+selector+"}")
		if diff := cmp.Diff(got, document{"directConnectGatewayAssociations": []any{want}}); diff != "" {
			t.Errorf("described by %s: %s", selector, diff)
		}
	}
	want["associationState"], want["allowedPrefixesToDirectConnectGateway"] = "updating", []any{document{"cidr": "10.0.0.0/8"}}
	got := w.do("customer", "UpdateDirectConnectGatewayAssociation", `{"associationId":"`+association+`",
		"addAllowedPrefixesToDirectConnectGateway":[{"cidr":"10.0.0.0/8"}],"removeAllowedPrefixesToDirectConnectGateway":[{"cidr":"`+vpc.CIDR.String()+`"}]}`)
	if diff := cmp.Diff(got["directConnectGatewayAssociation"], any(want)); diff != "" {
		t.Errorf("updated: %s", diff)
	}
	want["associationState"] = "disassociating"
	got = w.do("customer", "DeleteDirectConnectGatewayAssociation", `{"directConnectGatewayId":"`+id+`","virtualGatewayId":"OWN"}`)
	if diff := cmp.Diff(got["directConnectGatewayAssociation"], any(want)); diff != "" {
		t.Errorf("deleted: %s", diff)
	}
	w.settle()
	if told := w.refused("customer", "DeleteDirectConnectGatewayAssociation", `{"associationId":"`+association+`"}`); !strings.Contains(told, "does not exist") {
		t.Error(told)
	}
}

// The platform proposes its gateway to the customer, who grants less.
func TestProposal(t *testing.T) {
	w := newWorld(t)
	id := w.hub()
	made := w.do("platform", "CreateDirectConnectGatewayAssociationProposal", `{"directConnectGatewayId":"`+id+`","directConnectGatewayOwnerAccount":"CUSTOMER",
		"gatewayId":"PROD","addAllowedPrefixesToDirectConnectGateway":[{"cidr":"10.0.0.0/8"}]}`)["directConnectGatewayAssociationProposal"].(document)
	proposal := made["proposalId"].(string)
	want := document{
		"proposalId": proposal, "proposalState": "requested",
		"directConnectGatewayId": id, "directConnectGatewayOwnerAccount": w.fill("CUSTOMER"),
		"associatedGateway":                              document{"id": w.prod, "ownerAccount": w.fill("PLATFORM"), "region": "eu-west-1", "type": "virtualPrivateGateway"},
		"existingAllowedPrefixesToDirectConnectGateway":  []any{},
		"requestedAllowedPrefixesToDirectConnectGateway": []any{document{"cidr": "10.0.0.0/8"}},
	}
	for _, profile := range []string{"customer", "platform"} {
		got := w.do(profile, "DescribeDirectConnectGatewayAssociationProposals", `{"directConnectGatewayId":"`+id+`","associatedGatewayId":"PROD"}`)
		if diff := cmp.Diff(got, document{"directConnectGatewayAssociationProposals": []any{want}}); diff != "" {
			t.Errorf("the %s sees: %s", profile, diff)
		}
	}
	accept := `{"directConnectGatewayId":"` + id + `","proposalId":"` + proposal + `","associatedGatewayOwnerAccount":"PLATFORM",
		"overrideAllowedPrefixesToDirectConnectGateway":[{"cidr":"10.8.0.0/16"}]}`
	if told := w.refused("platform", "AcceptDirectConnectGatewayAssociationProposal", accept); !strings.Contains(told, "which alone can accept it") {
		t.Error(told)
	}
	got := w.do("customer", "AcceptDirectConnectGatewayAssociationProposal", accept)["directConnectGatewayAssociation"].(document)
	if diff := cmp.Diff(got["allowedPrefixesToDirectConnectGateway"], any([]any{document{"cidr": "10.8.0.0/16"}})); diff != "" || got["associationState"] != "associating" {
		t.Errorf("accepted: %v, %s", got["associationState"], diff)
	}
	want["proposalState"], want["requestedAllowedPrefixesToDirectConnectGateway"] = "accepted", []any{document{"cidr": "10.8.0.0/16"}}
	after := w.do("platform", "DeleteDirectConnectGatewayAssociationProposal", `{"proposalId":"`+proposal+`"}`)
	if diff := cmp.Diff(after["directConnectGatewayAssociationProposal"], any(want)); diff != "" {
		t.Errorf("deleted after the acceptance: %s", diff)
	}
}

func TestAttachments(t *testing.T) {
	w := newWorld(t)
	id := w.hub()
	states := map[demarc.VirtualInterfaceState]string{
		demarc.VIFPending: "attaching", demarc.VIFDown: "attached", demarc.VIFAvailable: "attached", demarc.VIFDeleting: "detaching", demarc.VIFDeleted: "",
	}
	for state, want := range states {
		w.write(func(tx *store.Tx) error {
			store.VirtualInterfaces.Put(tx, demarc.VirtualInterface{
				ID: "dxvif-fhub0001", Type: demarc.TransitVIF, Owner: w.Account(w, "customer").ID, ConnectionOwner: w.Account(w, "platform").ID,
				Region: "eu-west-1", DirectConnectGateway: demarc.DirectConnectGatewayID(id), State: state,
			})
			return nil
		})
		all := []any{}
		if want != "" {
			all = append(all, document{
				"attachmentState": want, "attachmentType": "TransitVirtualInterface", "directConnectGatewayId": id,
				"virtualInterfaceId": "dxvif-fhub0001", "virtualInterfaceOwnerAccount": w.fill("CUSTOMER"), "virtualInterfaceRegion": "eu-west-1",
			})
		}
		for _, selector := range []string{`"directConnectGatewayId":"` + id + `"`, `"virtualInterfaceId":"dxvif-fhub0001"`} {
			got := w.do("customer", "DescribeDirectConnectGatewayAttachments", "{"+selector+"}")
			if diff := cmp.Diff(got, document{"directConnectGatewayAttachments": all}); diff != "" {
				t.Errorf("%s by %s: %s", state, selector, diff)
			}
		}
	}
}

// A private interface on a Direct Connect gateway speaks with its ASN, keeps it
// from being deleted, and leads its device to the associated VPC.
func TestAPrivateInterfaceOnADirectConnectGateway(t *testing.T) {
	w := newWorld(t)
	id := w.hub()
	w.do("customer", "CreateDirectConnectGatewayAssociation", `{"directConnectGatewayId":"`+id+`","gatewayId":"OWN"}`)
	made := w.do("customer", "CreatePrivateVirtualInterface", `{"connectionId":"CONN","newPrivateVirtualInterface":{"virtualInterfaceName":"b","vlan":102,"asn":65001,"directConnectGatewayId":"`+id+`"}}`)
	if made["amazonSideAsn"] != 64600.0 || made["directConnectGatewayId"] != id || made["virtualGatewayId"] != "" {
		t.Errorf("made: %v", made)
	}
	attachments := w.do("customer", "DescribeDirectConnectGatewayAttachments", `{"directConnectGatewayId":"`+id+`"}`)["directConnectGatewayAttachments"].([]any)
	if len(attachments) != 1 || attachments[0].(document)["virtualInterfaceId"] != made["virtualInterfaceId"] {
		t.Errorf("attached: %v", attachments)
	}
	described := w.do("customer", "DescribeDirectConnectGateways", `{"directConnectGatewayId":"`+id+`"}`)["directConnectGateways"].([]any)
	if got := described[0].(document)["totalPrefixPoolAllocations"]; got != 200.0 { // a hundred of each family
		t.Errorf("its interface may send %v prefixes", got)
	}
	if told := w.refused("customer", "DeleteDirectConnectGateway", `{"directConnectGatewayId":"`+id+`"}`); !strings.Contains(told, made["virtualInterfaceId"].(string)) {
		t.Error(told)
	}
	vgw, _ := store.VirtualGateways.Get(w.Store.Local(), w.own)
	vpc, _ := store.VPCs.Get(w.Store.Local(), string(vgw.VPC))
	node, _ := edgelink.Compile(w.Store.Local(), demarc.NodeID(made["awsDeviceV2"].(string)))
	if len(node.Device.Gateways) != 1 || len(node.Device.VIFs) != 1 || node.Device.VIFs[0].Gateway != node.Device.Gateways[0].ID {
		t.Fatalf("the device has %+v", node.Device)
	}
	gw := node.Device.Gateways[0]
	if gw.ASN != 64600 || !slices.Equal(gw.Allowed, vpc.Ranges()) || len(gw.Hosts) != 1 || gw.Hosts[0].Network != string(vpc.ID) {
		t.Errorf("the device's gateway is %+v", gw)
	}
}

// TestAnothersVirtualGateway: its owner alone may associate it, and to others
// there is none.
func TestAnothersVirtualGateway(t *testing.T) {
	w := newWorld(t)
	told := w.refused("customer", "CreateDirectConnectGatewayAssociation", `{"directConnectGatewayId":"`+w.hub()+`","gatewayId":"PROD"}`)
	if want := "DirectConnectClientException: there is no virtual gateway " + w.prod; told != want {
		t.Errorf("got %s, want %s", told, want)
	}
}

// Members that an operation cannot do without, or not together.
func TestDirectConnectGatewayMembers(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct{ operation, body, want string }{
		{"CreateDirectConnectGateway", `{}`, "The member directConnectGatewayName is required"},
		{"UpdateDirectConnectGateway", `{"directConnectGatewayId":"a"}`, "The member newDirectConnectGatewayName is required"},
		{"DeleteDirectConnectGateway", `{}`, "The member directConnectGatewayId is required"},
		{"CreateDirectConnectGatewayAssociation", `{"directConnectGatewayId":"a"}`, "The member gatewayId is required"},
		{"CreateDirectConnectGatewayAssociation", `{"directConnectGatewayId":"a","gatewayId":"b","virtualGatewayId":"c"}`, "gatewayId and virtualGatewayId name two gateways; give one of them"},
		{"UpdateDirectConnectGatewayAssociation", `{}`, "The member associationId is required"},
		{"DeleteDirectConnectGatewayAssociation", `{"directConnectGatewayId":"a"}`, "The member virtualGatewayId is required"},
		{"DescribeDirectConnectGatewayAssociations", `{}`, "one of associationId, associatedGatewayId, directConnectGatewayId and virtualGatewayId is required"},
		{"DescribeDirectConnectGatewayAttachments", `{}`, "one of directConnectGatewayId and virtualInterfaceId is required"},
		{"CreateDirectConnectGatewayAssociationProposal", `{"directConnectGatewayId":"a"}`, "The member directConnectGatewayOwnerAccount is required"},
		{"AcceptDirectConnectGatewayAssociationProposal", `{"directConnectGatewayId":"a"}`, "The member proposalId is required"},
		{"DeleteDirectConnectGatewayAssociationProposal", `{}`, "The member proposalId is required"},
	} {
		if got := w.refused("customer", c.operation, c.body); got != "DirectConnectClientException: "+c.want {
			t.Errorf("%s %s: %s", c.operation, c.body, got)
		}
	}
}
