package directconnect_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestWordsThatClientsMatchOn: AWS's clients tell refusals apart by these
// words, so they are AWS's to the letter.
func TestWordsThatClientsMatchOn(t *testing.T) {
	t.Parallel()
	e := newEstate(t)
	public := func(amazon, customer string) string {
		return created("Public", `"vlan":202,"asn":65002,"routeFilterPrefixes":[{"cidr":"192.0.2.0/24"}],"amazonAddress":"`+amazon+`","customerAddress":"`+customer+`"`)
	}
	const none, noLag, noHub = "dxcon-fzzzzzzz", "dxlag-fzzzzzzz", "00000000-0000-4000-8000-000000000009"
	for _, c := range []struct{ profile, operation, body, want string }{
		{"customer", "DescribeConnections", `{"connectionId":"foobar"}`, "Connection ID foobar has an invalid format."},
		{"customer", "DescribeConnections", `{"connectionId":"` + none + `"}`, "Could not find Connection with ID " + none},
		{"customer", "DeleteConnection", `{"connectionId":"` + none + `"}`, "Could not find Connection with ID " + none},
		{"partner", "DescribeHostedConnections", `{"connectionId":"` + none + `"}`, "Could not find Connection with ID " + none},
		{"customer", "DescribeLags", `{"lagId":"` + noLag + `"}`, "Could not find Lag with ID " + noLag},
		{"customer", "DeleteLag", `{"lagId":"` + noLag + `"}`, "Could not find Lag with ID " + noLag},
		{"customer", "DeleteVirtualInterface", `{"virtualInterfaceId":"dxvif-fzzzzzzz"}`, "Virtual interface with ID dxvif-fzzzzzzz does not exist"},
		{"customer", "DeleteDirectConnectGateway", `{"directConnectGatewayId":"` + noHub + `"}`, "Direct Connect gateway with ID " + noHub + " does not exist"},
		{"customer", "DeleteDirectConnectGatewayAssociation", `{"associationId":"` + noHub + `"}`, "Association with ID " + noHub + " does not exist"},
		{"customer", "DeleteDirectConnectGatewayAssociation", `{"directConnectGatewayId":"HUB1","virtualGatewayId":"OWN"}`,
			"Association of Direct Connect gateway HUB1 with OWN does not exist"},
		{"customer", "DeleteDirectConnectGatewayAssociationProposal", `{"proposalId":"` + noHub + `"}`, "Proposal with ID " + noHub + " is not found"},
		{"customer", "DisassociateConnectionFromLag", `{"connectionId":"` + none + `","lagId":"BUNDLE"}`, "Connection does not exist"},
		{"customer", "DisassociateConnectionFromLag", `{"connectionId":"MEMBER","lagId":"` + noLag + `"}`, "Lag does not exist"},
		{"customer", "DeleteBGPPeer", `{"virtualInterfaceId":"OFFERED","asn":65001,"customerAddress":"ADDRESS"}`,
			"The last BGP Peer on a Virtual Interface cannot be deleted"},
		{"customer", "AllocatePrivateVirtualInterface", strings.Replace(allocated("Private", `"vlan":201,"asn":65001`), "PLATFORM", "CUSTOMER", 1),
			"Cannot allocate VirtualInterface for the connection owner."},
		{"customer", "AllocatePublicVirtualInterface", strings.Replace(allocated("Public", publicNumbers), "PLATFORM", "CUSTOMER", 1),
			"Cannot allocate VirtualInterface for the connection owner."},
		{"customer", "AllocateTransitVirtualInterface", strings.Replace(allocated("Transit", `"vlan":201,"asn":65001`), "PLATFORM", "CUSTOMER", 1),
			"Cannot allocate VirtualInterface for the connection owner."},
		{"customer", "CreatePrivateVirtualInterface", created("Private", `"vlan":201,"asn":-94967296,"virtualGatewayId":"OWN"`),
			"BGP ASN -94967296 must have value greater than or equal to 1"},
		{"customer", "CreatePublicVirtualInterface", public("10.0.0.1/30", "10.0.0.2/30"), "Amazon Address is not allowed to contain a private IP"},
		{"customer", "CreatePublicVirtualInterface", public("203.0.113.1/30", "10.0.0.2/30"), "Customer Address is not allowed to contain a private IP"},
		{"customer", "CreatePublicVirtualInterface", public("203.0.113.1/30", "203.0.113.6/30"), "Amazon Address and Customer Address must be in the same CIDR"},
		{"customer", "CreatePublicVirtualInterface", public("203.0.113.4/30", "203.0.113.6/30"), "Amazon Address is address 0 on its subnet."},
		{"customer", "CreatePublicVirtualInterface", public("203.0.113.7/30", "203.0.113.6/30"), "Amazon Address is the broadcast address on its subnet."},
		{"customer", "CreatePublicVirtualInterface", public("203.0.113.5/30", "203.0.113.4/30"), "Customer Address is address 0 on its subnet."},
		{"customer", "CreatePublicVirtualInterface", public("203.0.113.5/30", "203.0.113.7/30"), "Customer Address is the broadcast address on its subnet."},
	} {
		offered := e.do("customer", "DescribeVirtualInterfaces", `{"virtualInterfaceId":"`+e.ids["OFFERED"]+`"}`)["virtualInterfaces"].([]any)[0].(document)
		body := strings.Replace(e.fill(c.body, e.ids), "ADDRESS", offered["customerAddress"].(string), 1)
		got := e.refused(c.profile, c.operation, body)
		if diff := cmp.Diff(got, "DirectConnectClientException: "+e.fill(c.want, e.ids)); diff != "" {
			t.Errorf("%s: %s", c.operation, diff)
		}
	}
}

// matchedOn are the words of AWS's that clients look for in any refusal, with
// the texts of ours that have them: each says the very thing that AWS says
// with it. "is in a transitioning state" is in none, since nothing of ours is
// busy.
var matchedOn = map[string][]string{
	"has an invalid format":             {"Connection ID %s has an invalid format.", "Lag ID %s has an invalid format."},
	"Could not find Connection with ID": {"Could not find Connection with ID %s"},
	"Could not find Lag with ID":        {"Could not find Lag with ID %s"},
	"does not exist": {
		"Association of Direct Connect gateway %s with %s does not exist", "Association with ID %s does not exist", "Connection does not exist",
		"Direct Connect gateway with ID %s does not exist", "Lag does not exist", "Virtual interface with ID %s does not exist",
	},
	"is not found":                                   {"Proposal with ID %s is not found"},
	"transitioning state":                            nil,
	"The last BGP Peer on a Virtual Interface":       {"The last BGP Peer on a Virtual Interface cannot be deleted"},
	"Cannot allocate VirtualInterface":               {"Cannot allocate VirtualInterface for the connection owner."},
	"must have value greater than or equal to 1":     {"BGP ASN %d must have value greater than or equal to 1"},
	"is not allowed to contain a private IP":         {"%s is not allowed to contain a private IP"},
	"Amazon Address and Customer Address must be in": {"Amazon Address and Customer Address must be in the same CIDR"},
	"is address 0 on its subnet":                     {"%s is address 0 on its subnet."},
	"is the broadcast address on its subnet":         {"%s is the broadcast address on its subnet."},
}

// TestNobodyElseUsesThoseWords reads the source of everything that can refuse
// a call of Direct Connect.
func TestNobodyElseUsesThoseWords(t *testing.T) {
	found := map[string]map[string]bool{}
	for _, room := range []string{"account", "api/directconnect", "audit", "connection", "facility", "gateway", "resiliency", "routerconfig", "store", "vif", "."} {
		for literal := range literals(t, filepath.Join("../..", room)) {
			for words := range matchedOn {
				if strings.Contains(literal, words) {
					if found[words] == nil {
						found[words] = map[string]bool{}
					}
					found[words][literal] = true
				}
			}
		}
	}
	for words, ours := range matchedOn {
		if diff := cmp.Diff(slices.Sorted(maps.Keys(found[words])), slices.Sorted(slices.Values(ours))); diff != "" {
			t.Errorf("texts with %q (-found +ours): %s", words, diff)
		}
	}
}

// literals are the strings in the source of one package, without its tests.
func literals(t *testing.T, dir string) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%s: %d files, %v", dir, len(files), err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if literal, ok := n.(*ast.BasicLit); ok && literal.Kind == token.STRING {
				if text, err := strconv.Unquote(literal.Value); err == nil {
					all[text] = true
				}
			}
			return true
		})
	}
	return all
}
