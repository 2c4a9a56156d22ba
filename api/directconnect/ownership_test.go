package directconnect_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"demarc/api/apitest"
	"demarc/api/directconnect"
)

// A verdict is what one account is told.
type verdict string

const (
	may    verdict = "may"
	hidden verdict = "is told that it does not exist" // in the same bytes
	barred verdict = "is refused"
	// alone: nothing is named, and what others have is neither shown nor in
	// the way.
	alone verdict = "is answered as if nobody else were there"
)

// parties are the accounts that an operation is called as: whose the thing is,
// who has a part in it, and who has none.
type parties struct{ owner, counterpart, stranger string }

var (
	ofCustomer  = parties{"customer", "platform", "partner"}  // connections with the platform's interfaces on them, and what hangs on them
	ofPlatform  = parties{"platform", "customer", "partner"}  // interfaces on the customer's connection
	ofPartner   = parties{"partner", "customer", "platform"}  // interconnects that the customer's hosted connection is on
	hosted      = parties{"customer", "partner", "platform"}  // the hosted connection itself
	nobodys     = parties{"customer", "platform", "facility"} // what names nothing
	fromPartner = parties{"partner", "customer", "facility"}  // what names nothing, and is for partners
)

// A right says what an operation does for the three.
type right struct {
	operation string
	parties
	body                         string
	asOwner, asOther, asStranger verdict
}

func allocated(kind, more string) string {
	return `{"connectionId":"CONN","ownerAccount":"PLATFORM","new` + kind + `VirtualInterfaceAllocation":{"virtualInterfaceName":"a",` + more + `}}`
}

func created(kind, more string) string {
	return `{"connectionId":"CONN","new` + kind + `VirtualInterface":{"virtualInterfaceName":"a",` + more + `}}`
}

func resource(owner, name string) string {
	return `"arn:aws:directconnect:eu-west-1:` + owner + `:` + name + `"`
}

const publicNumbers = `"vlan":202,"asn":65002,"amazonAddress":"203.0.113.5/30","customerAddress":"203.0.113.6/30","routeFilterPrefixes":[{"cidr":"192.0.2.0/24"}]`

// rights has rows for every operation, in the order of operations.go.
var rights = []right{
	{"CreateConnection", nobodys, `{"location":"LIS2","bandwidth":"1Gbps","connectionName":"x"}`, may, may, alone},
	{"CreateConnection", ofCustomer, `{"location":"LIS1","bandwidth":"10Gbps","connectionName":"x","lagId":"BUNDLE"}`, may, hidden, hidden},
	{"DescribeConnections", nobodys, `{}`, may, may, alone},
	{"DescribeConnections", ofCustomer, `{"connectionId":"CONN"}`, may, hidden, hidden},
	{"DescribeConnections", hosted, `{"connectionId":"HOSTED"}`, may, hidden, hidden}, // the partner has DescribeHostedConnections
	{"UpdateConnection", ofCustomer, `{"connectionId":"CONN","connectionName":"b"}`, may, hidden, hidden},
	{"UpdateConnection", hosted, `{"connectionId":"HOSTED","connectionName":"b"}`, may, hidden, hidden},
	{"DeleteConnection", ofCustomer, `{"connectionId":"LONE"}`, may, hidden, hidden},
	{"DeleteConnection", ofCustomer, `{"connectionId":"CONN"}`, barred, hidden, hidden}, // interfaces are on it
	{"DeleteConnection", hosted, `{"connectionId":"HOSTED"}`, may, may, hidden},
	{"DescribeLoa", ofCustomer, `{"connectionId":"CONN"}`, may, hidden, hidden},
	{"DescribeLoa", hosted, `{"connectionId":"HOSTED"}`, barred, hidden, hidden}, // it has no port
	{"DescribeConnectionLoa", ofCustomer, `{"connectionId":"CONN"}`, may, hidden, hidden},
	{"DescribeLocations", nobodys, `{}`, may, may, alone},
	{"UpdateConnectionsBillingMode", ofCustomer, `{"connectionIds":["LONE"],"billingMode":"FlatRateTier1"}`, may, hidden, hidden},
	{"DescribeCustomerMetadata", nobodys, `{}`, may, may, alone},
	{"ConfirmCustomerAgreement", nobodys, `{"agreementName":"a"}`, may, may, alone},

	{"CreateInterconnect", fromPartner, `{"location":"LIS2","bandwidth":"1Gbps","interconnectName":"x"}`, may, barred, barred},
	{"DescribeInterconnects", fromPartner, `{}`, may, may, alone},
	{"DescribeInterconnects", ofPartner, `{"interconnectId":"INTER1"}`, may, hidden, hidden},
	{"DescribeInterconnectLoa", ofPartner, `{"interconnectId":"INTER1"}`, may, hidden, hidden},
	{"DeleteInterconnect", ofPartner, `{"interconnectId":"INTER2"}`, may, hidden, hidden},
	{"AllocateConnectionOnInterconnect", ofPartner, `{"interconnectId":"INTER1","ownerAccount":"CUSTOMER","bandwidth":"50Mbps","connectionName":"h","vlan":301}`, may, hidden, hidden},
	{"DescribeConnectionsOnInterconnect", ofPartner, `{"interconnectId":"INTER1"}`, may, hidden, hidden},
	{"AllocateHostedConnection", ofPartner, `{"connectionId":"INTER1","ownerAccount":"CUSTOMER","bandwidth":"50Mbps","connectionName":"h","vlan":301}`, may, hidden, hidden},
	{"AssociateHostedConnection", ofPartner, `{"connectionId":"HOSTED","parentConnectionId":"INTER2"}`, may, barred, hidden},
	{"ConfirmConnection", hosted, `{"connectionId":"HOSTED"}`, may, barred, hidden},
	{"DescribeHostedConnections", ofPartner, `{"connectionId":"INTER1"}`, may, hidden, hidden},

	{"CreateLag", nobodys, `{"numberOfConnections":1,"location":"LIS2","connectionsBandwidth":"10Gbps","lagName":"x"}`, may, may, alone},
	{"CreateLag", ofCustomer, `{"numberOfConnections":1,"location":"LIS2","connectionsBandwidth":"1Gbps","lagName":"x","connectionId":"LONE"}`, may, hidden, hidden},
	{"DescribeLags", nobodys, `{}`, may, may, alone},
	{"DescribeLags", ofCustomer, `{"lagId":"BUNDLE"}`, may, hidden, hidden},
	{"UpdateLag", ofCustomer, `{"lagId":"BUNDLE","lagName":"x"}`, may, hidden, hidden},
	{"DeleteLag", ofCustomer, `{"lagId":"BUNDLE"}`, may, hidden, hidden},
	{"AssociateConnectionWithLag", ofCustomer, `{"connectionId":"FREE","lagId":"BUNDLE"}`, may, hidden, hidden},
	{"DisassociateConnectionFromLag", ofCustomer, `{"connectionId":"MEMBER","lagId":"BUNDLE"}`, may, hidden, hidden},

	{"AllocatePrivateVirtualInterface", ofCustomer, allocated("Private", `"vlan":201,"asn":65001`), may, hidden, hidden},
	{"CreatePrivateVirtualInterface", ofCustomer, created("Private", `"vlan":201,"asn":65001,"virtualGatewayId":"OWN"`), may, hidden, hidden},
	{"ConfirmPrivateVirtualInterface", ofPlatform, `{"virtualInterfaceId":"OFFERED","virtualGatewayId":"PROD"}`, may, barred, hidden},
	{"DescribeVirtualInterfaces", nobodys, `{}`, may, may, alone},
	{"DescribeVirtualInterfaces", ofPlatform, `{"virtualInterfaceId":"OFFERED"}`, may, may, hidden},
	{"DescribeVirtualInterfaces", ofPlatform, `{"connectionId":"CONN"}`, may, may, hidden},
	{"DeleteVirtualInterface", ofPlatform, `{"virtualInterfaceId":"OFFERED"}`, may, may, hidden},
	{"DescribeRouterConfiguration", ofPlatform, `{"virtualInterfaceId":"LIVE"}`, barred, may, hidden},
	{"DescribeRouterConfiguration", ofPlatform, `{"virtualInterfaceId":"OFFERED"}`, barred, barred, hidden}, // nobody has accepted it
	{"ListVirtualInterfaceRoutes", ofPlatform, `{"virtualInterfaceId":"LIVE"}`, may, may, hidden},
	{"AllocatePublicVirtualInterface", ofCustomer, allocated("Public", publicNumbers), may, hidden, hidden},
	{"CreatePublicVirtualInterface", ofCustomer, created("Public", publicNumbers), may, hidden, hidden},
	{"ConfirmPublicVirtualInterface", ofPlatform, `{"virtualInterfaceId":"PUBLIC"}`, may, barred, hidden},
	{"AllocateTransitVirtualInterface", ofCustomer, allocated("Transit", `"vlan":203,"asn":65003`), may, hidden, hidden},
	{"CreateTransitVirtualInterface", ofCustomer, created("Transit", `"vlan":203,"asn":65003,"directConnectGatewayId":"HUB1"`), may, hidden, hidden},
	{"ConfirmTransitVirtualInterface", ofPlatform, `{"virtualInterfaceId":"TRANSIT","directConnectGatewayId":"SPARE"}`, may, barred, hidden},
	{"AssociateVirtualInterface", ofPlatform, `{"virtualInterfaceId":"LIVE","connectionId":"LONE"}`, barred, may, hidden}, // the target is the customer's
	{"UpdateVirtualInterfaceAttributes", ofPlatform, `{"virtualInterfaceId":"LIVE","virtualInterfaceName":"x","mtu":8500}`, may, barred, hidden},
	{"UpdateVirtualInterfaceAttributes", ofPlatform, `{"virtualInterfaceId":"LIVE","rateLimit":"50Mbps"}`, barred, may, hidden}, // a share of the connection
	{"UpdateVirtualInterfaceAttributes", ofPlatform, `{"virtualInterfaceId":"LIVE","prefixPoolAllocatedCountIpv4":50}`, barred, may, hidden},
	{"CreateBGPPeer", ofPlatform, `{"virtualInterfaceId":"OFFERED","newBGPPeer":{"addressFamily":"ipv6"}}`, may, may, hidden},
	{"DeleteBGPPeer", ofPlatform, `{"virtualInterfaceId":"LIVE","bgpPeerId":"PEER6"}`, may, may, hidden},
	{"StartBgpFailoverTest", ofPlatform, `{"virtualInterfaceId":"LIVE"}`, may, barred, hidden},
	{"StopBgpFailoverTest", ofPlatform, `{"virtualInterfaceId":"TESTED"}`, may, barred, hidden},
	{"ListVirtualInterfaceTestHistory", nobodys, `{}`, may, may, alone},
	{"ListVirtualInterfaceTestHistory", ofPlatform, `{"virtualInterfaceId":"TESTED"}`, may, hidden, hidden},

	{"DescribeVirtualGateways", nobodys, `{}`, may, may, alone},
	{"CreateDirectConnectGateway", nobodys, `{"directConnectGatewayName":"x"}`, may, may, alone},
	{"UpdateDirectConnectGateway", ofCustomer, `{"directConnectGatewayId":"HUB1","newDirectConnectGatewayName":"x"}`, may, hidden, hidden},
	{"DescribeDirectConnectGateways", nobodys, `{}`, may, may, alone},
	{"DescribeDirectConnectGateways", ofCustomer, `{"directConnectGatewayId":"HUB2"}`, may, hidden, hidden},
	{"DeleteDirectConnectGateway", ofCustomer, `{"directConnectGatewayId":"HUB1"}`, may, hidden, hidden},
	{"DeleteDirectConnectGateway", ofCustomer, `{"directConnectGatewayId":"HUB2"}`, barred, hidden, hidden}, // an association is on it
	{"CreateDirectConnectGatewayAssociation", ofCustomer, `{"directConnectGatewayId":"HUB1","virtualGatewayId":"OWN"}`, may, hidden, hidden},
	{"UpdateDirectConnectGatewayAssociation", ofCustomer, `{"associationId":"ASSOCIATION","addAllowedPrefixesToDirectConnectGateway":[{"cidr":"10.0.0.0/8"}]}`, may, barred, hidden},
	{"DeleteDirectConnectGatewayAssociation", ofCustomer, `{"associationId":"ASSOCIATION"}`, may, may, hidden},
	{"DeleteDirectConnectGatewayAssociation", ofCustomer, `{"directConnectGatewayId":"HUB2","virtualGatewayId":"PROD"}`, may, may, hidden},
	{"DescribeDirectConnectGatewayAssociations", ofCustomer, `{"associationId":"ASSOCIATION"}`, may, may, hidden},
	{"DescribeDirectConnectGatewayAssociations", ofCustomer, `{"directConnectGatewayId":"HUB2"}`, may, may, hidden},
	{"DescribeDirectConnectGatewayAttachments", ofPlatform, `{"directConnectGatewayId":"THEIRS"}`, may, hidden, hidden},
	{"DescribeDirectConnectGatewayAttachments", ofPlatform, `{"virtualInterfaceId":"HUBBED"}`, may, hidden, hidden},
	{"CreateDirectConnectGatewayAssociationProposal", ofPlatform, `{"directConnectGatewayId":"HUB1","directConnectGatewayOwnerAccount":"CUSTOMER","gatewayId":"PROD"}`, may, hidden, hidden},
	{"AcceptDirectConnectGatewayAssociationProposal", ofCustomer, `{"directConnectGatewayId":"HUB1","proposalId":"PROPOSAL","associatedGatewayOwnerAccount":"PLATFORM"}`, may, barred, hidden},
	{"DeleteDirectConnectGatewayAssociationProposal", ofPlatform, `{"proposalId":"PROPOSAL"}`, may, may, hidden},
	{"DescribeDirectConnectGatewayAssociationProposals", nobodys, `{}`, may, may, alone},
	{"DescribeDirectConnectGatewayAssociationProposals", ofPlatform, `{"proposalId":"PROPOSAL"}`, may, may, hidden},
	{"DescribeDirectConnectGatewayAssociationProposals", ofPlatform, `{"directConnectGatewayId":"HUB1"}`, may, may, hidden},

	{"AssociateMacSecKey", ofCustomer, `{"connectionId":"SECURE","ckn":"` + strings.Repeat("0a", 32) + `","cak":"` + strings.Repeat("0b", 32) + `"}`, may, hidden, hidden},
	{"AssociateMacSecKey", ofCustomer, `{"connectionId":"CONN","secretARN":"KEY"}`, barred, hidden, hidden}, // it has no MACsec
	{"DisassociateMacSecKey", ofCustomer, `{"connectionId":"SECURE","secretARN":"KEY"}`, may, hidden, hidden},
	{"TagResource", ofCustomer, `{"resourceArn":` + resource("CUSTOMER", "dxcon/CONN") + `,"tags":[{"key":"a"}]}`, may, hidden, hidden},
	{"TagResource", hosted, `{"resourceArn":` + resource("CUSTOMER", "dxcon/HOSTED") + `,"tags":[{"key":"a"}]}`, may, hidden, hidden},
	{"TagResource", ofCustomer, `{"resourceArn":` + resource("CUSTOMER", "dxlag/BUNDLE") + `,"tags":[{"key":"a"}]}`, may, hidden, hidden},
	{"TagResource", ofPlatform, `{"resourceArn":` + resource("PLATFORM", "dxvif/LIVE") + `,"tags":[{"key":"a"}]}`, may, hidden, hidden},
	{"TagResource", ofCustomer, `{"resourceArn":"arn:aws:directconnect::CUSTOMER:dx-gateway/HUB1","tags":[{"key":"a"}]}`, may, hidden, hidden},
	{"TagResource", ofCustomer, `{"resourceArn":` + resource("CUSTOMER", "dxrg/GROUP") + `,"tags":[{"key":"a"}]}`, may, hidden, hidden},
	{"UntagResource", ofPlatform, `{"resourceArn":` + resource("PLATFORM", "dxvif/LIVE") + `,"tagKeys":["a"]}`, may, hidden, hidden},
	{"DescribeTags", hosted, `{"resourceArns":[` + resource("CUSTOMER", "dxcon/HOSTED") + `]}`, may, hidden, hidden},
	{"CreateResiliencyGroup", nobodys, `{"resiliencyGroupName":"x","intendedResiliencyModel":"basic-resiliency"}`, may, may, alone},
	{"GetResiliencyGroup", ofCustomer, `{"resiliencyGroupId":"GROUP"}`, may, hidden, hidden},
	{"UpdateResiliencyGroup", ofCustomer, `{"resiliencyGroupId":"GROUP","resiliencyGroupName":"x"}`, may, hidden, hidden},
	{"DeleteResiliencyGroup", ofCustomer, `{"resiliencyGroupId":"EMPTY"}`, may, hidden, hidden},
	{"DeleteResiliencyGroup", ofCustomer, `{"resiliencyGroupId":"GROUP"}`, barred, hidden, hidden}, // a connection is in it
	{"ListResiliencyGroups", nobodys, `{}`, may, may, alone},
	{"ListResiliencyGroupAssociations", ofCustomer, `{"resiliencyGroupId":"GROUP"}`, may, hidden, hidden},
	{"AssociateConnectionsToResiliencyGroup", ofCustomer, `{"resiliencyGroupId":"GROUP","connectionIdentifiers":["LONE"]}`, may, hidden, hidden},
	{"DisassociateConnectionsFromResiliencyGroup", ofCustomer, `{"resiliencyGroupId":"GROUP","connectionIdentifiers":["CONN"]}`, may, hidden, hidden},
}

// TestRights: who may do what with whose things.
func TestRights(t *testing.T) {
	t.Parallel()
	e := newEstate(t)
	for _, r := range rights {
		for _, as := range []struct {
			role, profile string
			want          verdict
		}{
			{"stranger", r.stranger, r.asStranger},
			{"counterpart", r.counterpart, r.asOther},
			{"owner", r.owner, r.asOwner},
		} {
			status, answer := e.Call(e, as.profile, r.operation, e.fill(r.body, e.ids))
			if got := e.verdict(r, as.profile, status, answer); got != as.want {
				t.Errorf("%s as the %s, %s, with %s: it %s, want %s: %d %s", r.operation, as.role, as.profile, r.body, got, as.want, status, e.blur(answer))
			}
			if status == 200 && directconnect.Changes(r.operation) {
				e = newEstate(t)
			}
		}
	}
}

// verdict judges an answer by the one to the same call about nothing.
func (e *estate) verdict(r right, profile string, status int, answer string) verdict {
	if e.names(r.body) {
		nothing, about := e.Call(e, profile, r.operation, e.fill(r.body, nowhere))
		if nothing == status && e.blur(about) == e.blur(answer) {
			return hidden
		}
	}
	switch {
	case status != 200:
		return barred
	case !e.names(r.body) && profile == r.stranger && len(e.shows(answer)) == 0:
		return alone
	}
	return may
}

// TestEveryOperationHasItsRights: a new operation needs a row.
func TestEveryOperationHasItsRights(t *testing.T) {
	has := map[string]bool{}
	for _, r := range rights {
		has[r.operation] = true
	}
	for _, op := range directconnect.Operations() {
		if !has[op] {
			t.Errorf("%s has no row: say who may call it", op)
		}
	}
	if len(has) != len(directconnect.Operations()) {
		t.Errorf("there are rows for %d operations, and %d operations", len(has), len(directconnect.Operations()))
	}
}

// TestNobody: who does not sign is told the same whatever it asks about.
func TestNobody(t *testing.T) {
	t.Parallel()
	e := newEstate(t)
	before := e.Store.Local().Revision()
	for _, r := range rights {
		var told struct {
			Type string `json:"__type"`
		}
		status, answer := apitest.Send(t, e.Request(t, r.operation, e.fill(r.body, e.ids)))
		if err := json.Unmarshal([]byte(answer), &told); err != nil || status != 400 || told.Type != "MissingAuthenticationTokenException" {
			t.Errorf("%s as nobody: %d %s", r.operation, status, answer)
		}
		if other := fmt.Sprint(apitest.Send(t, e.Request(t, r.operation, e.fill(r.body, nowhere)))); other != fmt.Sprint(status, answer) {
			t.Errorf("%s as nobody: %d %s, and about nothing %s", r.operation, status, answer, other)
		}
	}
	if after := e.Store.Local().Revision(); after != before {
		t.Error("something was written")
	}
}
