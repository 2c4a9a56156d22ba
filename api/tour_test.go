package api_test

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"demarc"
	"demarc/api/apitest"
	"demarc/api/directconnect"
	"demarc/intent"
	"demarc/store"
	"demarc/vif"
)

// A call of the tour. Words in capitals stand for ids; keep gives names to ids
// of the answer, as NAME=member.0.member.
type call struct{ profile, operation, body, keep string }

const numbers = `"amazonAddress":"203.0.113.%d/30","customerAddress":"203.0.113.%d/30","routeFilterPrefixes":[{"cidr":"%s"}]`

// tour calls every operation, each with success.
var tour = []call{
	{"customer", "DescribeLocations", `{}`, ""},
	{"customer", "CreateConnection", `{"location":"LIS1","bandwidth":"1Gbps","connectionName":"one","tags":[{"key":"a","value":"b"}]}`, "CONN=connectionId"},
	{"customer", "CreateConnection", `{"location":"LIS2","bandwidth":"1Gbps","connectionName":"two"}`, "SECOND=connectionId"},
	{"customer", "UpdateConnection", `{"connectionId":"SECOND","connectionName":"other"}`, ""},
	{"customer", "DescribeLoa", `{"connectionId":"CONN","providerName":"Carrier X","loaContentType":"application/pdf"}`, ""},
	{"customer", "DescribeConnectionLoa", `{"connectionId":"CONN"}`, ""},
	{"customer", "DescribeConnections", `{}`, ""},
	{"customer", "UpdateConnectionsBillingMode", `{"connectionIds":["SECOND"],"billingMode":"FlatRateTier1"}`, ""},
	{"customer", "ConfirmCustomerAgreement", `{"agreementName":"terms"}`, ""},
	{"customer", "DescribeCustomerMetadata", `{}`, ""},

	{"partner", "CreateInterconnect", `{"location":"LIS1","bandwidth":"1Gbps","interconnectName":"ic"}`, "INTER1=interconnectId"},
	{"partner", "CreateInterconnect", `{"location":"LIS2","bandwidth":"1Gbps","interconnectName":"ic"}`, "INTER2=interconnectId"},
	{"partner", "DescribeInterconnects", `{}`, ""},
	{"partner", "DescribeInterconnectLoa", `{"interconnectId":"INTER1"}`, ""},
	{"partner", "AllocateHostedConnection", `{"connectionId":"INTER1","ownerAccount":"CUSTOMER","bandwidth":"50Mbps","connectionName":"h","vlan":300}`, "HOSTED=connectionId"},
	{"partner", "AllocateConnectionOnInterconnect", `{"interconnectId":"INTER1","ownerAccount":"CUSTOMER","bandwidth":"50Mbps","connectionName":"h","vlan":301}`, "OLDER=connectionId"},
	{"partner", "DescribeHostedConnections", `{"connectionId":"INTER1"}`, ""},
	{"partner", "DescribeConnectionsOnInterconnect", `{"interconnectId":"INTER1"}`, ""},
	{"customer", "ConfirmConnection", `{"connectionId":"HOSTED"}`, ""},
	{"partner", "AssociateHostedConnection", `{"connectionId":"HOSTED","parentConnectionId":"INTER2"}`, ""},
	{"customer", "DeleteConnection", `{"connectionId":"OLDER"}`, ""},
	{"partner", "DeleteInterconnect", `{"interconnectId":"INTER1"}`, ""},

	{"customer", "CreateLag", `{"numberOfConnections":2,"location":"LIS1","connectionsBandwidth":"10Gbps","lagName":"l"}`, "BUNDLE=lagId MEMBER=connections.0.connectionId"},
	{"customer", "DescribeLags", `{}`, ""},
	{"customer", "DisassociateConnectionFromLag", `{"connectionId":"MEMBER","lagId":"BUNDLE"}`, ""},
	{"customer", "AssociateConnectionWithLag", `{"connectionId":"MEMBER","lagId":"BUNDLE"}`, ""},
	{"customer", "UpdateLag", `{"lagId":"BUNDLE","minimumLinks":1}`, ""},
	{"customer", "DeleteLag", `{"lagId":"BUNDLE"}`, ""},

	{"customer", "AllocatePrivateVirtualInterface", `{"connectionId":"CONN","ownerAccount":"PLATFORM","newPrivateVirtualInterfaceAllocation":{"virtualInterfaceName":"v","vlan":101,"asn":65001}}`, "PRIVATE=virtualInterfaceId"},
	{"platform", "ConfirmPrivateVirtualInterface", `{"virtualInterfaceId":"PRIVATE","virtualGatewayId":"PROD"}`, ""},
	{"customer", "AllocatePublicVirtualInterface", `{"connectionId":"CONN","ownerAccount":"PLATFORM","newPublicVirtualInterfaceAllocation":{"virtualInterfaceName":"v","vlan":102,"asn":65002,` + fmt.Sprintf(numbers, 1, 2, "198.51.100.0/24") + `}}`, "PUBLIC=virtualInterfaceId"},
	{"platform", "ConfirmPublicVirtualInterface", `{"virtualInterfaceId":"PUBLIC"}`, ""},
	{"platform", "CreateDirectConnectGateway", `{"directConnectGatewayName":"theirs"}`, "THEIRS=directConnectGateway.directConnectGatewayId"},
	{"customer", "AllocateTransitVirtualInterface", `{"connectionId":"CONN","ownerAccount":"PLATFORM","newTransitVirtualInterfaceAllocation":{"virtualInterfaceName":"v","vlan":103,"asn":65003}}`, "TRANSIT=virtualInterface.virtualInterfaceId"},
	{"platform", "ConfirmTransitVirtualInterface", `{"virtualInterfaceId":"TRANSIT","directConnectGatewayId":"THEIRS"}`, ""},
	{"platform", "DescribeDirectConnectGatewayAttachments", `{"directConnectGatewayId":"THEIRS"}`, ""},
	{"customer", "CreatePrivateVirtualInterface", `{"connectionId":"CONN","newPrivateVirtualInterface":{"virtualInterfaceName":"v","vlan":104,"asn":65004,"virtualGatewayId":"OWN"}}`, ""},
	{"customer", "CreatePublicVirtualInterface", `{"connectionId":"CONN","newPublicVirtualInterface":{"virtualInterfaceName":"v","vlan":105,"asn":65005,` + fmt.Sprintf(numbers, 5, 6, "192.0.2.0/24") + `}}`, ""},
	{"customer", "CreateDirectConnectGateway", `{"directConnectGatewayName":"hub","amazonSideAsn":4200000000}`, "HUB1=directConnectGateway.directConnectGatewayId"},
	{"customer", "CreateTransitVirtualInterface", `{"connectionId":"CONN","newTransitVirtualInterface":{"virtualInterfaceName":"v","vlan":106,"asn":65006,"mtu":8500,"addressFamily":"ipv6","directConnectGatewayId":"HUB1"}}`, ""},
	{"customer", "DescribeVirtualInterfaces", `{}`, ""},
	{"customer", "DescribeRouterConfiguration", `{"virtualInterfaceId":"PRIVATE"}`, ""},
	{"customer", "ListVirtualInterfaceRoutes", `{"virtualInterfaceId":"PRIVATE"}`, ""},
	{"platform", "CreateBGPPeer", `{"virtualInterfaceId":"PRIVATE","newBGPPeer":{"addressFamily":"ipv6","asn":65001}}`, "SIXTH=virtualInterface.bgpPeers.1.bgpPeerId"},
	{"platform", "DeleteBGPPeer", `{"virtualInterfaceId":"PRIVATE","bgpPeerId":"SIXTH"}`, ""},
	{"platform", "StartBgpFailoverTest", `{"virtualInterfaceId":"PRIVATE","testDurationInMinutes":10}`, "TESTING=virtualInterfaceTest.testId"},
	{"platform", "ListVirtualInterfaceTestHistory", `{"testId":"TESTING"}`, ""},
	{"platform", "StopBgpFailoverTest", `{"virtualInterfaceId":"PRIVATE"}`, ""},
	{"platform", "UpdateVirtualInterfaceAttributes", `{"virtualInterfaceId":"PRIVATE","mtu":9001}`, ""},
	{"customer", "AssociateVirtualInterface", `{"virtualInterfaceId":"PRIVATE","connectionId":"SECOND"}`, ""},
	{"platform", "DeleteVirtualInterface", `{"virtualInterfaceId":"PRIVATE"}`, ""},

	{"platform", "DescribeVirtualGateways", `{}`, ""},
	{"customer", "CreateDirectConnectGateway", `{"directConnectGatewayName":"hub"}`, "HUB2=directConnectGateway.directConnectGatewayId"},
	{"customer", "UpdateDirectConnectGateway", `{"directConnectGatewayId":"HUB2","newDirectConnectGatewayName":"x"}`, ""},
	{"customer", "DescribeDirectConnectGateways", `{}`, ""},
	{"customer", "CreateDirectConnectGatewayAssociation", `{"directConnectGatewayId":"HUB2","gatewayId":"OWN"}`, "ASSOCIATION=directConnectGatewayAssociation.associationId"},
	{"customer", "UpdateDirectConnectGatewayAssociation", `{"associationId":"ASSOCIATION","addAllowedPrefixesToDirectConnectGateway":[{"cidr":"10.0.0.0/8"}]}`, ""},
	{"customer", "DescribeDirectConnectGatewayAssociations", `{"associationId":"ASSOCIATION"}`, ""},
	{"platform", "CreateDirectConnectGatewayAssociationProposal", `{"directConnectGatewayId":"HUB2","directConnectGatewayOwnerAccount":"CUSTOMER","gatewayId":"TRIAL"}`, "PROPOSAL=directConnectGatewayAssociationProposal.proposalId"},
	{"platform", "DescribeDirectConnectGatewayAssociationProposals", `{"proposalId":"PROPOSAL"}`, ""},
	{"customer", "AcceptDirectConnectGatewayAssociationProposal", `{"directConnectGatewayId":"HUB2","proposalId":"PROPOSAL","associatedGatewayOwnerAccount":"PLATFORM"}`, ""},
	{"platform", "DeleteDirectConnectGatewayAssociationProposal", `{"proposalId":"PROPOSAL"}`, ""},
	{"customer", "DeleteDirectConnectGatewayAssociation", `{"associationId":"ASSOCIATION"}`, ""},
	{"customer", "CreateDirectConnectGateway", `{"directConnectGatewayName":"hub"}`, "HUB3=directConnectGateway.directConnectGatewayId"},
	{"customer", "DeleteDirectConnectGateway", `{"directConnectGatewayId":"HUB3"}`, ""},

	{"customer", "CreateConnection", `{"location":"LIS1","bandwidth":"10Gbps","connectionName":"secure","requestMACSec":true}`, "SECURE=connectionId"},
	{"customer", "AssociateMacSecKey", `{"connectionId":"SECURE","ckn":"` + strings.Repeat("0a", 32) + `","cak":"` + strings.Repeat("0b", 32) + `"}`, "ITSKEY=macSecKeys.0.secretARN"},
	{"customer", "DisassociateMacSecKey", `{"connectionId":"SECURE","secretARN":"ITSKEY"}`, ""},
	{"customer", "TagResource", `{"resourceArn":"arn:aws:directconnect:eu-west-1:CUSTOMER:dxcon/SECOND","tags":[{"key":"a","value":"b"}]}`, ""},
	{"customer", "DescribeTags", `{"resourceArns":["arn:aws:directconnect:eu-west-1:CUSTOMER:dxcon/SECOND"]}`, ""},
	{"customer", "UntagResource", `{"resourceArn":"arn:aws:directconnect:eu-west-1:CUSTOMER:dxcon/SECOND","tagKeys":["a"]}`, ""},
	{"customer", "CreateResiliencyGroup", `{"resiliencyGroupName":"g","intendedResiliencyModel":"basic-resiliency","clientToken":"t"}`, "GROUP=resiliencyGroup.resiliencyGroupId"},
	{"customer", "AssociateConnectionsToResiliencyGroup", `{"resiliencyGroupId":"GROUP","connectionIdentifiers":["CONN","SECOND"]}`, ""},
	{"customer", "ListResiliencyGroupAssociations", `{"resiliencyGroupId":"GROUP"}`, ""},
	{"customer", "ListResiliencyGroups", `{}`, ""},
	{"customer", "UpdateResiliencyGroup", `{"resiliencyGroupId":"GROUP","resiliencyGroupName":"x"}`, ""},
	{"customer", "GetResiliencyGroup", `{"resiliencyGroupId":"GROUP"}`, ""},
	{"customer", "DisassociateConnectionsFromResiliencyGroup", `{"resiliencyGroupId":"GROUP","connectionIdentifiers":["CONN","SECOND"]}`, ""},
	{"customer", "DeleteResiliencyGroup", `{"resiliencyGroupId":"GROUP"}`, ""},
}

// young are the operations that Debian's clients, and the SDK for JavaScript
// that is installed, are too old for.
var young = []string{
	"UpdateConnectionsBillingMode", "ListVirtualInterfaceRoutes",
	"CreateResiliencyGroup", "GetResiliencyGroup", "UpdateResiliencyGroup", "DeleteResiliencyGroup", "ListResiliencyGroups",
	"ListResiliencyGroupAssociations", "AssociateConnectionsToResiliencyGroup", "DisassociateConnectionsFromResiliencyGroup",
}

// late are the operations of virtual interfaces that are not in the story of an
// order, and what they need.
var late = []string{
	"CreateConnection", "AllocatePrivateVirtualInterface", "ConfirmPrivateVirtualInterface", "CreateDirectConnectGateway",
	"AllocatePublicVirtualInterface", "ConfirmPublicVirtualInterface", "AllocateTransitVirtualInterface", "ConfirmTransitVirtualInterface",
	"CreatePublicVirtualInterface", "CreateTransitVirtualInterface", "DescribeDirectConnectGatewayAttachments", "CreateBGPPeer", "DeleteBGPPeer",
	"StartBgpFailoverTest", "StopBgpFailoverTest", "ListVirtualInterfaceTestHistory", "UpdateVirtualInterfaceAttributes", "AssociateVirtualInterface",
	"CreateLag", "DisassociateConnectionFromLag", "AssociateConnectionWithLag",
}

// TestTheTourIsWhole: it calls every operation.
func TestTheTourIsWhole(t *testing.T) {
	for _, op := range directconnect.Operations() {
		calls := func(c call) bool { return c.operation == op }
		if !slices.ContainsFunc(tour, calls) {
			t.Errorf("%s is not on the tour", op)
		}
	}
}

// TestTour takes the clients through every operation that they know.
func TestTour(t *testing.T) {
	for name, client := range map[string]struct {
		dial func(*testing.T, *apitest.Door) stranger
		// old: it does not know the young operations. plain: it gives times
		// and bytes as they are on the wire.
		old, plain bool
		// only: some operations, since a call takes half a second; all where
		// there are none.
		only []string
	}{
		"AWS CLI": {dial: func(_ *testing.T, d *apitest.Door) stranger { return awsCLI(d) }, old: true, only: late},
		"boto3":   {dial: boto3, old: true},
		"JS SDK":  {dial: javascript, old: true, plain: true},
		"Go SDK":  {dial: func(_ *testing.T, d *apitest.Door) stranger { return goSDK(d) }, plain: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := newVisitor(t)
			ask := client.dial(t, v.Door)
			for _, c := range tour {
				if client.old && slices.Contains(young, c.operation) || client.only != nil && !slices.Contains(client.only, c.operation) {
					continue
				}
				body := v.fill(c.body)
				out, err := ask(t, c.profile, c.operation, parse(t, []byte(body)))
				if err != nil {
					t.Fatalf("%s: %v", c.operation, err)
				}
				v.keep(c.keep, out)
				if client.plain && !directconnect.Changes(c.operation) {
					_, answer := v.Call(t, c.profile, c.operation, body)
					if diff := cmp.Diff(out, known(parse(t, []byte(answer)), out).(document)); diff != "" {
						t.Errorf("%s, as understood (-) and as sent (+): %s", c.operation, diff)
					}
				}
				v.edge()
			}
		})
	}
}

// known is what was sent without the members that the client does not know.
func known(sent, understood any) any {
	switch sent := sent.(type) {
	case document:
		all := document{}
		for name, value := range understood.(document) {
			if _, there := sent[name]; there {
				all[name] = known(sent[name], value)
			}
		}
		return all
	case []any:
		if len(understood.([]any)) != len(sent) {
			return sent
		}
		all := []any{}
		for i, value := range understood.([]any) {
			all = append(all, known(sent[i], value))
		}
		return all
	}
	return sent
}

// A visitor remembers ids by name.
type visitor struct {
	*testing.T
	*apitest.Door
	ids []string // name, id, name, id
}

func newVisitor(t *testing.T) *visitor {
	t.Helper()
	v := &visitor{T: t, Door: apitest.Open(t)}
	const own = "vgw-0123456789abcdef0"
	v.ids = []string{"OWN", own}
	err := v.Store.Write(t.Context(), func(tx *store.Tx) error {
		for name, env := range map[string]string{"PROD": "acme-prod", "TRIAL": "acme-trial"} {
			e, _ := store.Environments.Get(tx, env)
			v.ids = append(v.ids, name, string(e.Gateway))
			if name == "PROD" {
				gw, _ := store.VirtualGateways.Get(tx, string(e.Gateway))
				gw.ID, gw.Owner = own, v.Account(t, "customer").ID
				store.VirtualGateways.Put(tx, gw)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, profile := range []string{"customer", "platform"} {
		v.ids = append(v.ids, strings.ToUpper(profile), string(v.Account(t, profile).ID))
	}
	return v
}

func (v *visitor) fill(body string) string { return strings.NewReplacer(v.ids...).Replace(body) }

// keep notes ids of an answer.
func (v *visitor) keep(wanted string, out document) {
	v.Helper()
	for want := range strings.FieldsSeq(wanted) {
		name, path, _ := strings.Cut(want, "=")
		var at any = out
		for step := range strings.SplitSeq(path, ".") {
			if i, err := strconv.Atoi(step); err == nil {
				at = at.([]any)[i]
			} else {
				at = at.(document)[step]
			}
		}
		id, ok := at.(string)
		if !ok {
			text, _ := json.Marshal(out)
			v.Fatalf("no %s in %s", path, text)
		}
		v.ids = append(v.ids, name, id)
	}
}

// edge builds what is wanted, with its sessions.
func (v *visitor) edge() {
	v.Helper()
	err := v.Store.Write(v.Context(), func(tx *store.Tx) error {
		for i := range store.VirtualInterfaces.All(tx) {
			if i.State != demarc.VIFPending {
				continue
			}
			seen := intent.VIFSeen{ID: i.ID, Built: true}
			for _, p := range i.Peers {
				seen.Session = append(seen.Session, intent.SessionSeen{Peer: p.ID, State: "Established"})
			}
			vif.Observe(tx, seen)
			store.VIFSightings.Put(tx, seen)
		}
		return nil
	})
	if err != nil {
		v.Fatal(err)
	}
}

// paging reads all pages of one by botocore's own paginators.
const paging = `
import sys, boto3
client = boto3.Session(profile_name="customer").client("directconnect", endpoint_url=sys.argv[1])
for name, member, args in (
    ("describe_direct_connect_gateways", "directConnectGateways", {}),
    ("describe_direct_connect_gateway_associations", "directConnectGatewayAssociations", {"directConnectGatewayId": sys.argv[2]}),
    ("describe_direct_connect_gateway_attachments", "directConnectGatewayAttachments", {"directConnectGatewayId": sys.argv[2]}),
):
    pages = list(client.get_paginator(name).paginate(PaginationConfig={"PageSize": 1}, **args))
    print(len(pages), sum(len(p[member]) for p in pages))
`

// TestPaginators: botocore has three, and no waiter.
func TestPaginators(t *testing.T) {
	t.Parallel()
	v := newVisitor(t)
	const hub = demarc.DirectConnectGatewayID("00000000-0000-4000-8000-000000000001")
	owner := v.Account(t, "customer").ID
	err := v.Store.Write(t.Context(), func(tx *store.Tx) error {
		for n := range 3 {
			id := fmt.Sprintf("00000000-0000-4000-8000-00000000000%d", n)
			store.DirectConnectGateways.Put(tx, demarc.DirectConnectGateway{ID: demarc.DirectConnectGatewayID(id), Owner: owner, State: demarc.DirectConnectGatewayAvailable})
			store.GatewayAssociations.Put(tx, demarc.GatewayAssociation{ID: demarc.GatewayAssociationID(id), Owner: owner, DirectConnectGateway: hub, State: demarc.GatewayAssociated})
			store.VirtualInterfaces.Put(tx, demarc.VirtualInterface{ID: demarc.VirtualInterfaceID(fmt.Sprintf("dxvif-f000000%d", n)), Owner: owner, DirectConnectGateway: hub, State: demarc.VIFDown})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "/usr/bin/python3", "-c", paging, v.URL, string(hub))
	cmd.Env = v.Environ("customer")
	out, err := cmd.CombinedOutput()
	if got, want := string(out), strings.Repeat("3 3\n", 3); err != nil || got != want {
		t.Errorf("got %v, %s, want %s", err, got, want)
	}
}
