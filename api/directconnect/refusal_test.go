package directconnect_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func allocate(change string) string {
	return `{"connectionId":"CONN","ownerAccount":"PLATFORM","newPrivateVirtualInterfaceAllocation":{` + change + `}}`
}

func create(change string) string {
	return `{"connectionId":"CONN","newPrivateVirtualInterface":{"virtualInterfaceName":"b","vlan":102,` + change + `}}`
}

// TestBadInput: each wrong call gets an answer that says what is wrong, and
// leaves nothing behind.
func TestBadInput(t *testing.T) {
	w := newWorld(t)
	tests := []struct{ name, by, operation, body, want string }{
		{"no location", "customer", "CreateConnection", `{"bandwidth":"1Gbps","connectionName":"x"}`, "The member location is required"},
		{"no bandwidth", "customer", "CreateConnection", `{"location":"LIS1","connectionName":"x"}`, "The member bandwidth is required"},
		{"empty name", "customer", "CreateConnection", `{"location":"LIS1","bandwidth":"1Gbps","connectionName":""}`, "The member connectionName is required"},
		{"unknown location", "customer", "CreateConnection", `{"location":"MARS","bandwidth":"1Gbps","connectionName":"x"}`,
			`there is no Direct Connect location "MARS"; there are LIS1, LIS2`},
		{"no bandwidth at all", "customer", "CreateConnection", `{"location":"LIS1","bandwidth":"fast","connectionName":"x"}`, `"fast" is no bandwidth such as 50Mbps or 1Gbps`},
		{"unsupported speed", "customer", "CreateConnection", `{"location":"LIS1","bandwidth":"100Gbps","connectionName":"x"}`, "LIS1 has no ports of 100Gbps; it has 1Gbps, 10Gbps"},
		{"lag", "customer", "CreateConnection", `{"location":"LIS1","bandwidth":"1Gbps","connectionName":"x","lagId":"dxlag-f0000000"}`,
			"Could not find Lag with ID dxlag-f0000000"},
		{"malformed connection", "customer", "DescribeConnections", `{"connectionId":"foobar"}`, "Connection ID foobar has an invalid format."},
		{"unknown connection", "customer", "DescribeConnections", `{"connectionId":"dxcon-f0000000"}`, "Could not find Connection with ID dxcon-f0000000"},
		{"nothing to rename to", "customer", "UpdateConnection", `{"connectionId":"CONN"}`, "The member connectionName is required"},
		{"letter as a picture", "customer", "DescribeLoa", `{"connectionId":"CONN","loaContentType":"image/png"}`, `a letter of authority is application/pdf, not "image/png"`},
		{"connection with an interface", "customer", "DeleteConnection", `{"connectionId":"CONN"}`, "connection CONN still carries DXVIF. Delete these first"},

		{"no allocation", "customer", "AllocatePrivateVirtualInterface", `{"connectionId":"CONN","ownerAccount":"PLATFORM"}`, "The member newPrivateVirtualInterfaceAllocation is required"},
		{"VLAN 0", "customer", "AllocatePrivateVirtualInterface", allocate(`"virtualInterfaceName":"b","asn":65001,"vlan":0`), "VLAN 0 is not between 1 and 4094"},
		{"VLAN 4095", "customer", "AllocatePrivateVirtualInterface", allocate(`"virtualInterfaceName":"b","asn":65001,"vlan":4095`), "VLAN 4095 is not between 1 and 4094"},
		{"VLAN taken", "customer", "AllocatePrivateVirtualInterface", allocate(`"virtualInterfaceName":"b","asn":65001,"vlan":101`), "VLAN 101 is taken on connection CONN by DXVIF. Choose another VLAN"},
		{"ASN 0", "customer", "AllocatePrivateVirtualInterface", allocate(`"virtualInterfaceName":"b","vlan":102,"asn":0`), "BGP ASN 0 must have value greater than or equal to 1"},
		{"negative ASN", "customer", "AllocatePrivateVirtualInterface", allocate(`"virtualInterfaceName":"b","vlan":102,"asn":-94967296`), "BGP ASN -94967296 must have value greater than or equal to 1"},
		{"wide ASN counts", "customer", "AllocatePrivateVirtualInterface", allocate(`"virtualInterfaceName":"b","vlan":102,"asn":65001,"asnLong":4294967296`), "BGP ASN 4294967296 must have value less than or equal to 4294967294"},
		{"to oneself", "customer", "AllocatePrivateVirtualInterface",
			`{"connectionId":"CONN","ownerAccount":"CUSTOMER","newPrivateVirtualInterfaceAllocation":{"virtualInterfaceName":"b","vlan":102,"asn":65001}}`,
			"Cannot allocate VirtualInterface for the connection owner."},
		{"short key", "customer", "AllocatePrivateVirtualInterface", allocate(`"virtualInterfaceName":"b","vlan":102,"asn":65001,"authKey":"12345"`), "a BGP authentication key has 6 to 80 characters, not 5"},
		{"rate limit", "customer", "AllocatePrivateVirtualInterface", allocate(`"virtualInterfaceName":"b","vlan":102,"asn":65001,"rateLimit":"10Gbps"`), "rate limit 10Gbps is above the 1Gbps of CONN"},
		{"tags twice", "customer", "AllocatePrivateVirtualInterface", allocate(`"virtualInterfaceName":"b","vlan":102,"asn":65001,"tags":[{"key":"a"},{"key":"a"}]`), `DuplicateTagKeysException: tag key "a" is given twice`},

		{"our own ASN", "customer", "CreatePrivateVirtualInterface", create(`"asn":64512,"virtualGatewayId":"OWN"`),
			"the customer's ASN 64512 equals the ASN 64512 of gateway OWN; a BGP session needs two. Choose a gateway with another ASN, or have the interface allocated again with another customer ASN"},
		{"no gateway", "customer", "CreatePrivateVirtualInterface", create(`"asn":65001`), "one of virtualGatewayId and directConnectGatewayId is required"},
		{"empty gateways", "customer", "CreatePrivateVirtualInterface", create(`"asn":65001,"virtualGatewayId":"","directConnectGatewayId":""`), "one of virtualGatewayId and directConnectGatewayId is required"},
		{"Direct Connect gateway", "customer", "CreatePrivateVirtualInterface", create(`"asn":65001,"directConnectGatewayId":"5f294f92-bafb-4011-916d-9b0b00000000"`),
			"Direct Connect gateway with ID 5f294f92-bafb-4011-916d-9b0b00000000 does not exist"},
		{"gateway of another account", "customer", "CreatePrivateVirtualInterface", create(`"asn":65001,"virtualGatewayId":"PROD"`), "there is no virtual gateway PROD"},
		{"SiteLink", "customer", "CreatePrivateVirtualInterface", create(`"asn":65001,"virtualGatewayId":"OWN","enableSiteLink":true`), "SiteLink is for private and transit virtual interfaces on a Direct Connect gateway"},

		{"accept onto another account's gateway", "platform", "ConfirmPrivateVirtualInterface", `{"virtualInterfaceId":"DXVIF","virtualGatewayId":"OWN"}`, "there is no virtual gateway OWN"},
		{"accept by the one who asked", "customer", "ConfirmPrivateVirtualInterface", `{"virtualInterfaceId":"DXVIF","virtualGatewayId":"OWN"}`,
			"virtual interface DXVIF was allocated to account PLATFORM, which alone can accept it"},
		{"configuration before acceptance", "customer", "DescribeRouterConfiguration", `{"virtualInterfaceId":"DXVIF"}`,
			"virtual interface DXVIF is confirming: its router configuration is known once account PLATFORM has accepted it"},
		{"delete what is not there", "customer", "DeleteVirtualInterface", `{"virtualInterfaceId":"dxvif-f0000000"}`, "Virtual interface with ID dxvif-f0000000 does not exist"},
		// So many minutes are 86 seconds in 64 bits of nanoseconds.
		{"test that wraps", "platform", "StartBgpFailoverTest", `{"virtualInterfaceId":"DXVIF","testDurationInMinutes":307445736}`, "a test takes 1 to 4320 minutes, not 307445736"},
		{"test of no time", "platform", "StartBgpFailoverTest", `{"virtualInterfaceId":"DXVIF","testDurationInMinutes":0}`, "a test takes 1 to 4320 minutes, not 0"},
		{"MTU 0", "customer", "AllocatePrivateVirtualInterface", allocate(`"virtualInterfaceName":"b","vlan":102,"asn":65001,"mtu":0`), "MTU 0 is none that an interface can have. Leave mtu out for 1500"},
		{"transit MTU 0", "customer", "AllocateTransitVirtualInterface",
			`{"connectionId":"CONN","ownerAccount":"PLATFORM","newTransitVirtualInterfaceAllocation":{"virtualInterfaceName":"b","vlan":102,"asn":65001,"mtu":0}}`,
			"MTU 0 is none that an interface can have. Leave mtu out for 1500"},
		{"gateway of ASN 0", "customer", "CreateDirectConnectGateway", `{"directConnectGatewayName":"x","amazonSideAsn":0}`,
			"ASN 0 is no private one: a Direct Connect gateway's is between 64512 and 65534 or between 4200000000 and 4294967294"},
		{"another spelling", "customer", "CreateConnection", `{"location":"LIS1","bandwidth":"1000Mbps","connectionName":"x"}`, `"1000Mbps" is spelt 1Gbps`},
		{"long LAG", "customer", "CreateLag", `{"numberOfConnections":1,"location":"LIS1","connectionsBandwidth":"1Gbps","lagName":"` + strings.Repeat("x", 101) + `"}`,
			"a LAG's name has 1 to 100 characters, not 101"},
		{"long interconnect", "partner", "CreateInterconnect", `{"location":"LIS1","bandwidth":"1Gbps","interconnectName":"` + strings.Repeat("x", 101) + `"}`,
			"an interconnect's name has 1 to 100 characters, not 101"},
		{"LAG of another speed", "customer", "CreateLag", `{"numberOfConnections":1,"location":"LIS1","connectionsBandwidth":"10Gbps","lagName":"x","connectionId":"CONN"}`,
			"connection CONN cannot be in the LAG: it has 1Gbps, the LAG 10Gbps"},
		{"empty token", "customer", "CreateResiliencyGroup", `{"resiliencyGroupName":"x","intendedResiliencyModel":"basic-resiliency","clientToken":""}`, "clientToken has 1 to 128 characters, not 0"},
		{"long token", "customer", "CreateResiliencyGroup",
			`{"resiliencyGroupName":"x","intendedResiliencyModel":"basic-resiliency","clientToken":"` + strings.Repeat("x", 129) + `"}`, "clientToken has 1 to 128 characters, not 129"},
		{"tags in another partition", "customer", "DescribeTags", `{"resourceArns":["arn:aws-cn:directconnect:eu-west-1:CUSTOMER:dxcon/CONN"]}`,
			"there is no resource arn:aws-cn:directconnect:eu-west-1:CUSTOMER:dxcon/CONN"},
		{"not JSON", "customer", "CreateConnection", `{"location":`, "SerializationException: The request body is not valid JSON at byte 12: unexpected end of JSON input."},
		{"page of none", "customer", "DescribeConnections", `{"maxResults":0}`, "maxResults 0 is not between 1 and 100"},
		{"made-up page", "customer", "DescribeConnections", `{"nextToken":"bm9uc2Vuc2U"}`, "nextToken is not one that DescribeConnections gave this account"},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			w := *w
			w.T = t
			want := w.fill(c.want)
			if !strings.Contains(want, "Exception: ") {
				want = "DirectConnectClientException: " + want
			}
			if diff := cmp.Diff(w.refused(c.by, c.operation, c.body), want); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAcceptTwice(t *testing.T) {
	w := newWorld(t)
	w.do("platform", "ConfirmPrivateVirtualInterface", `{"virtualInterfaceId":"DXVIF","virtualGatewayId":"PROD"}`)
	for _, again := range []string{"PROD", "TRIAL"} {
		got := w.refused("platform", "ConfirmPrivateVirtualInterface", `{"virtualInterfaceId":"DXVIF","virtualGatewayId":"`+again+`"}`)
		if diff := cmp.Diff(got, w.fill("DirectConnectClientException: virtual interface DXVIF is pending and can no longer be accepted")); diff != "" {
			t.Error(diff)
		}
	}
}
