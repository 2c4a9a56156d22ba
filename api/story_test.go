package api_test

import (
	"context"
	"encoding/base64"
	"net/netip"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"demarc"
	"demarc/api/apitest"
	"demarc/connection"
	"demarc/gateway"
	"demarc/intent"
	"demarc/store"
	"demarc/vif"
)

// A story is one order from the first call to the last, told by one kind of
// client.
type story struct {
	*testing.T
	door *apitest.Door
	call stranger
	conn string
	vif  string
	vgw  string
}

func TestStoryOfAnOrder(t *testing.T) {
	clients := map[string]func(*testing.T, *apitest.Door) stranger{
		"AWS CLI": func(_ *testing.T, d *apitest.Door) stranger { return awsCLI(d) },
		"boto3":   boto3,
		"JS SDK":  javascript,
		"Go SDK":  func(_ *testing.T, d *apitest.Door) stranger { return goSDK(d) },
	}
	for name, client := range clients {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			door := apitest.Open(t)
			s := &story{T: t, door: door, call: client(t, door)}
			s.order()
			s.encrypt()
			s.allocate()
			s.accept()
			s.configure()
			s.carry()
			s.end()
		})
	}
}

func (s *story) order() {
	locations := s.do("customer", "DescribeLocations", nil)["locations"].([]any)
	if diff := cmp.Diff(locations[0], any(document{
		"locationCode": "LIS1", "locationName": "Lisbon Data Centers LS1, Lisbon, PRT", "region": "eu-west-1",
		"availablePortSpeeds": []any{"1Gbps", "10Gbps"}, "availableProviders": []any{"Carrier X"}, "availableMacSecPortSpeeds": []any{"10Gbps"},
	})); diff != "" {
		s.Error(diff)
	}
	conn := s.do("customer", "CreateConnection", document{"location": "LIS1", "bandwidth": "1Gbps", "connectionName": "berlin",
		"tags": []any{document{"key": "team", "value": "network"}}})
	s.conn = conn["connectionId"].(string)
	want := document{
		"connectionId": s.conn, "connectionName": "berlin", "connectionState": "requested", "ownerAccount": s.account("customer"),
		"region": "eu-west-1", "location": "LIS1", "bandwidth": "1Gbps",
		"awsDevice": "lis1-d1", "awsDeviceV2": "lis1-d1", "awsLogicalDeviceId": "lis1-d1",
		"hasLogicalRedundancy": "no", "jumboFrameCapable": true, "macSecCapable": false,
		"tags": []any{document{"key": "team", "value": "network"}},
	}
	// Debian's clients are older than these members.
	for _, member := range []string{"billingMode", "rateLimiterStatus", "prefixPoolSizeIpv4", "prefixPoolSizeIpv6", "prefixPoolUnallocatedCountIpv4", "prefixPoolUnallocatedCountIpv6"} {
		delete(conn, member)
	}
	if diff := cmp.Diff(conn, want); diff != "" {
		s.Error(diff)
	}
	letter, err := base64.StdEncoding.DecodeString(s.do("customer", "DescribeLoa", document{"connectionId": s.conn})["loaContent"].(string))
	if err != nil || !strings.HasPrefix(string(letter), "%PDF-") {
		s.Errorf("the letter is no PDF: %v", err)
	}
	s.write(func(tx *store.Tx) error {
		_, err := connection.Patch(tx, s.door.Account(s, "facility").ID, demarc.ConnectionID(s.conn), time.Now())
		connection.Observe(tx, intent.PortSeen{ID: "lis1-d1/p1", Carrier: true})
		return err
	})
	listed := s.do("customer", "DescribeConnections", document{"connectionId": s.conn})["connections"].([]any)[0].(document)
	if listed["connectionState"] != "available" || listed["loaIssueTime"] == nil {
		s.Errorf("got %v", listed)
	}
	renamed := s.do("customer", "UpdateConnection", document{"connectionId": s.conn, "connectionName": "lisbon"})
	if renamed["connectionName"] != "lisbon" {
		s.Errorf("got %v", renamed)
	}
}

// encrypt gives a connection a MACsec key and takes it away again.
func (s *story) encrypt() {
	conn := s.do("customer", "CreateConnection", document{"location": "LIS2", "bandwidth": "10Gbps", "connectionName": "secret", "requestMACSec": true})
	id := conn["connectionId"].(string)
	if conn["macSecCapable"] != true || conn["encryptionMode"] != "should_encrypt" || conn["portEncryptionStatus"] != "Encryption Down" {
		s.Errorf("got %v", conn)
	}
	name, key := strings.Repeat("0a", 32), strings.Repeat("0b", 32)
	given := s.do("customer", "AssociateMacSecKey", document{"connectionId": id, "ckn": name, "cak": key})
	made := given["macSecKeys"].([]any)[0].(document)
	s.same(made, document{"secretARN": made["secretARN"], "ckn": name, "state": "associating", "startOn": made["startOn"]})
	s.write(func(tx *store.Tx) error { return connection.Expire(tx, time.Now()) })
	made["state"] = "associated"
	listed := s.do("customer", "DescribeConnections", document{"connectionId": id})["connections"].([]any)[0].(document)
	s.same(document{"keys": listed["macSecKeys"]}, document{"keys": []any{made}})
	s.refused("customer", "AssociateMacSecKey", document{"connectionId": s.conn, "ckn": name, "cak": key}, "DirectConnectClientException", "does not support MACsec")
	taken := s.do("customer", "DisassociateMacSecKey", document{"connectionId": id, "secretARN": made["secretARN"]})
	made["state"] = "disassociating"
	s.same(taken, document{"connectionId": id, "macSecKeys": []any{made}})
	if gone := s.do("customer", "DeleteConnection", document{"connectionId": id}); gone["connectionState"] != "deleted" {
		s.Errorf("got %v", gone)
	}
}

func (s *story) allocate() {
	offered := s.do("customer", "AllocatePrivateVirtualInterface", document{
		"connectionId": s.conn, "ownerAccount": s.account("platform"),
		"newPrivateVirtualInterfaceAllocation": document{"virtualInterfaceName": "acme-prod", "vlan": 101, "asn": 65001,
			"authKey": "0xSecret", "amazonAddress": "169.254.10.1/30", "customerAddress": "169.254.10.2/30"},
	})
	s.vif = offered["virtualInterfaceId"].(string)
	peer := document{
		"addressFamily": "ipv4", "asn": 65001.0, "authKey": "0xSecret",
		"amazonAddress": "169.254.10.1/30", "customerAddress": "169.254.10.2/30",
	}
	want := document{
		"virtualInterfaceId": s.vif, "virtualInterfaceName": "acme-prod", "virtualInterfaceState": "confirming", "virtualInterfaceType": "private",
		"connectionId": s.conn, "ownerAccount": s.account("platform"), "region": "eu-west-1", "location": "LIS1",
		"awsDeviceV2": "lis1-d1", "awsLogicalDeviceId": "lis1-d1", "vlan": 101.0, "mtu": 1500.0, "jumboFrameCapable": true, "siteLinkEnabled": false,
		"virtualGatewayId": "", "routeFilterPrefixes": []any{}, "tags": []any{},
	}
	for key, value := range peer {
		want[key] = value
	}
	peer["bgpPeerId"] = offered["bgpPeers"].([]any)[0].(document)["bgpPeerId"]
	peer["bgpPeerState"], peer["bgpStatus"], peer["awsDeviceV2"], peer["awsLogicalDeviceId"] = "pending", "down", "lis1-d1", "lis1-d1"
	want["bgpPeers"] = []any{peer}
	// Debian's clients are older than these members.
	for _, member := range []string{"asnLong", "prefixPoolAllocatedCountIpv4", "prefixPoolAllocatedCountIpv6"} {
		delete(offered, member)
	}
	delete(offered["bgpPeers"].([]any)[0].(document), "asnLong")
	s.same(offered, want)
	s.refused("customer", "DescribeRouterConfiguration", document{"virtualInterfaceId": s.vif}, "DirectConnectClientException", "has accepted it")
}

func (s *story) accept() {
	gateways := s.do("platform", "DescribeVirtualGateways", nil)["virtualGateways"].([]any)
	if len(gateways) != 2 {
		s.Fatalf("got %v", gateways)
	}
	env, _ := store.Environments.Get(s.door.Store.Local(), "acme-prod")
	s.vgw = string(env.Gateway)
	s.refused("customer", "ConfirmPrivateVirtualInterface", document{"virtualInterfaceId": s.vif, "virtualGatewayId": s.vgw},
		"DirectConnectClientException", "which alone can accept it")
	accepted := s.do("platform", "ConfirmPrivateVirtualInterface", document{"virtualInterfaceId": s.vif, "virtualGatewayId": s.vgw})
	s.same(accepted, document{"virtualInterfaceState": "pending"})

	for _, profile := range []string{"customer", "platform"} {
		seen := s.describe(profile)
		if seen["virtualInterfaceState"] != "pending" || seen["virtualGatewayId"] != s.vgw || seen["amazonSideAsn"] != 64512.0 {
			s.Errorf("%s got %v", profile, seen)
		}
		if _, shown := seen["customerRouterConfig"]; shown != (profile == "customer") {
			s.Errorf("%s: router configuration shown: %v", profile, shown)
		}
	}
	if others := s.do("partner", "DescribeVirtualInterfaces", document{"virtualInterfaceId": s.vif})["virtualInterfaces"].([]any); len(others) != 0 {
		s.Errorf("a stranger sees %v", others)
	}
}

func (s *story) configure() {
	config := s.do("customer", "DescribeRouterConfiguration", document{"virtualInterfaceId": s.vif, "routerTypeIdentifier": "demarc-FRR-8"})
	text := config["customerRouterConfig"].(string)
	if !strings.Contains(text, "neighbor 169.254.10.1 remote-as 64512") || !strings.Contains(text, "0xSecret") {
		s.Errorf("got %s", text)
	}
	ios := s.do("customer", "DescribeRouterConfiguration", document{"virtualInterfaceId": s.vif, "routerTypeIdentifier": "CiscoSystemsInc-2900SeriesRouters-IOS124"})
	s.same(ios["router"].(document), document{
		"vendor": "Cisco Systems, Inc.", "platform": "2900 Series Routers", "software": "IOS 12.4+",
		"xsltTemplateName": "customer-router-cisco-generic.xslt", "xsltTemplateNameForMacSec": "",
		"routerTypeIdentifier": "CiscoSystemsInc-2900SeriesRouters-IOS124",
	})
	s.refused("platform", "DescribeRouterConfiguration", document{"virtualInterfaceId": s.vif}, "DirectConnectClientException", "for the owner of its connection")
}

// carry has the edge report an established session.
func (s *story) carry() {
	v, _ := store.VirtualInterfaces.Get(s.door.Store.Local(), s.vif)
	s.write(func(tx *store.Tx) error {
		seen := intent.VIFSeen{
			ID: v.ID, Built: true,
			Session:  []intent.SessionSeen{{Peer: v.Peers[0].ID, State: "Established"}},
			Accepted: intent.RoutesOf(intent.RouteSeen{Prefix: netip.MustParsePrefix("192.168.50.0/24"), ASPath: []demarc.ASN{65001}}),
		}
		vif.Observe(tx, seen)
		store.VIFSightings.Put(tx, seen)
		return nil
	})
	seen := s.describe("customer")
	peer := seen["bgpPeers"].([]any)[0].(document)
	if seen["virtualInterfaceState"] != "available" || peer["bgpStatus"] != "up" || peer["bgpPeerState"] != "available" {
		s.Errorf("got %v", seen)
	}
}

func (s *story) end() {
	s.refused("customer", "DeleteConnection", document{"connectionId": s.conn}, "DirectConnectClientException", s.vif)
	s.same(s.do("platform", "DeleteVirtualInterface", document{"virtualInterfaceId": s.vif}), document{"virtualInterfaceState": "deleting"})
	s.write(func(tx *store.Tx) error {
		vif.Settle(tx, demarc.VirtualInterfaceID(s.vif), time.Now())
		return nil
	})
	if seen := s.describe("customer"); seen["virtualInterfaceState"] != "deleted" {
		s.Errorf("got %v", seen)
	}
	if left := gateway.Interfaces(s.door.Store.Local(), demarc.GatewayID(s.vgw)); len(left) != 0 {
		s.Errorf("still on the gateway: %v", left)
	}
	if gone := s.do("customer", "DeleteConnection", document{"connectionId": s.conn}); gone["connectionState"] != "deleted" {
		s.Errorf("got %v", gone)
	}
}

func (s *story) account(profile string) string { return string(s.door.Account(s, profile).ID) }

// do calls what must succeed.
func (s *story) do(profile, operation string, in document) document {
	s.Helper()
	if in == nil {
		in = document{}
	}
	out, err := s.call(s.T, profile, operation, in)
	if err != nil {
		s.Fatalf("%s as %s: %v", operation, profile, err)
	}
	return out
}

// refused calls what must not succeed; the client understood each of words.
func (s *story) refused(profile, operation string, in document, words ...string) {
	s.Helper()
	_, err := s.call(s.T, profile, operation, in)
	for _, word := range words {
		if err == nil || !strings.Contains(err.Error(), word) {
			s.Errorf("%s as %s: got %v, want %q in it", operation, profile, err, word)
		}
	}
}

// describe is the interface as an account sees it.
func (s *story) describe(profile string) document {
	s.Helper()
	all := s.do(profile, "DescribeVirtualInterfaces", document{"virtualInterfaceId": s.vif})["virtualInterfaces"].([]any)
	if len(all) != 1 {
		s.Fatalf("%s sees %v", profile, all)
	}
	return all[0].(document)
}

func (s *story) same(got, want document) {
	s.Helper()
	if diff := cmp.Diff(got, want); diff != "" {
		s.Error(diff)
	}
}

func (s *story) write(fn func(*store.Tx) error) {
	s.Helper()
	if err := s.door.Store.Write(s.Context(), fn); err != nil {
		s.Fatal(err)
	}
}

// TestWhoAmI asks as AWS's clients do first.
func TestWhoAmI(t *testing.T) {
	t.Parallel()
	d := apitest.Open(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "/usr/bin/aws", "--endpoint-url", d.URL, "--output", "json", "sts", "get-caller-identity")
	cmd.Env = d.Environ("platform")
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	id := string(d.Account(t, "platform").ID)
	if diff := cmp.Diff(parse(t, out), document{"UserId": id, "Account": id, "Arn": "arn:aws:iam::" + id + ":root"}); diff != "" {
		t.Error(diff)
	}
}
