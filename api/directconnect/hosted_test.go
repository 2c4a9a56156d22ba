package directconnect_test

import (
	"strings"
	"testing"

	"demarc/connection"
	"demarc/intent"
	"demarc/store"
)

// with puts ids where a body has a word in capitals, as fill does, and more.
func (w *world) with(body string, words ...string) string {
	return strings.NewReplacer(words...).Replace(w.fill(body))
}

// shine has the port under a connection seen with light, once it is patched.
func (w *world) shine(id string) {
	w.Helper()
	w.write(func(tx *store.Tx) error {
		c, _ := store.Connections.Get(tx, id)
		c, err := connection.Patched(c)
		if err != nil {
			return err
		}
		store.Connections.Put(tx, c)
		connection.Observe(tx, intent.PortSeen{ID: c.Port, Carrier: true})
		return nil
	})
}

// TestHostedConnection is the partner's and the customer's half, from the
// interconnect to the interface.
func TestHostedConnection(t *testing.T) {
	w := newWorld(t)
	ic := w.do("partner", "CreateInterconnect", `{"interconnectName":"ic","bandwidth":"1Gbps","location":"LIS1","tags":[{"key":"a","value":"b"}]}`)
	if ic["interconnectState"] != "requested" || ic["bandwidth"] != "1Gbps" || len(ic["tags"].([]any)) != 1 {
		t.Errorf("ordered: %v", ic)
	}
	id := ic["interconnectId"].(string)
	if pdf := w.do("partner", "DescribeInterconnectLoa", w.with(`{"interconnectId":"IC"}`, "IC", id))["loa"].(document); pdf["loaContentType"] != "application/pdf" {
		t.Error("the letter is no PDF")
	}
	hosted := w.do("partner", "AllocateHostedConnection",
		w.with(`{"connectionId":"IC","ownerAccount":"CUSTOMER","bandwidth":"50Mbps","connectionName":"for you","vlan":300,"tags":[{"key":"a"}]}`, "IC", id))
	shown := document{
		"connectionState": "ordering", "partnerName": "Carrier X", "vlan": 300.0, "bandwidth": "50Mbps", "awsDeviceV2": ic["awsDeviceV2"],
		"ownerAccount": string(w.Account(t, "customer").ID), "location": "LIS1",
	}
	for member, want := range shown {
		if hosted[member] != want {
			t.Errorf("%s is %v, want %v", member, hosted[member], want)
		}
	}
	if tags := hosted["tags"].([]any); len(tags) != 0 {
		t.Errorf("the partner is shown the customer's tags %v", tags)
	}
	con := hosted["connectionId"].(string)
	older := w.do("partner", "AllocateConnectionOnInterconnect",
		w.with(`{"interconnectId":"IC","ownerAccount":"CUSTOMER","bandwidth":"100Mbps","connectionName":"other","vlan":301}`, "IC", id))["connectionId"].(string)
	for operation, body := range map[string]string{"DescribeHostedConnections": `{"connectionId":"IC"}`, "DescribeConnectionsOnInterconnect": `{"interconnectId":"IC"}`} {
		if got := w.do("partner", operation, w.with(body, "IC", id))["connections"].([]any); len(got) != 2 {
			t.Errorf("%s lists %v", operation, got)
		}
	}
	w.shine(id)
	if got := w.do("customer", "ConfirmConnection", w.with(`{"connectionId":"CON"}`, "CON", con))["connectionState"]; got != "pending" {
		t.Errorf("confirmed, it is %v", got)
	}
	if got := w.do("customer", "DeleteConnection", w.with(`{"connectionId":"CON"}`, "CON", older))["connectionState"]; got != "rejected" {
		t.Errorf("declined, it is %v", got)
	}
	w.shine(id)
	seen := w.do("customer", "DescribeConnections", w.with(`{"connectionId":"CON"}`, "CON", con))["connections"].([]any)[0].(document)
	if seen["connectionState"] != "available" || len(seen["tags"].([]any)) != 1 {
		t.Errorf("to its owner it is %v", seen)
	}
	on := w.do("customer", "AllocatePrivateVirtualInterface",
		w.with(`{"connectionId":"CON","ownerAccount":"PLATFORM","newPrivateVirtualInterfaceAllocation":{"virtualInterfaceName":"a","vlan":300,"asn":65001}}`, "CON", con))
	if on["connectionId"] != con || on["vlan"] != 300.0 {
		t.Errorf("on it: %v", on)
	}
	told := w.refused("partner", "DeleteInterconnect", w.with(`{"interconnectId":"IC"}`, "IC", id))
	if want := w.with("DirectConnectClientException: connection IC still carries CON. Delete these first", "IC", id, "CON", con); told != want {
		t.Errorf("got %s, want %s", told, want)
	}
	second := w.do("partner", "CreateInterconnect", `{"interconnectName":"two","bandwidth":"1Gbps","location":"LIS1"}`)["interconnectId"].(string)
	moved := w.do("partner", "AssociateHostedConnection", w.with(`{"connectionId":"CON","parentConnectionId":"IC"}`, "IC", second, "CON", con))
	if moved["connectionState"] != "down" || moved["connectionId"] != con {
		t.Errorf("moved: %v", moved)
	}
	bundle := w.do("partner", "CreateLag", `{"numberOfConnections":1,"location":"LIS1","connectionsBandwidth":"10Gbps","lagName":"b"}`)["lagId"].(string)
	if moved := w.do("partner", "AssociateHostedConnection", w.with(`{"connectionId":"CON","parentConnectionId":"LAG"}`, "LAG", bundle, "CON", con)); moved["lagId"] != bundle {
		t.Errorf("moved to %s it is in %v", bundle, moved["lagId"])
	}
	if told := w.do("customer", "DescribeConnections", w.with(`{"connectionId":"CON"}`, "CON", con))["connections"].([]any)[0].(document); told["lagId"] != nil {
		t.Errorf("the customer is shown the partner's LAG %v", told["lagId"])
	}
	if got := w.do("partner", "DeleteInterconnect", w.with(`{"interconnectId":"IC"}`, "IC", id))["interconnectState"]; got != "deleted" {
		t.Errorf("deleted, it is %v", got)
	}
}

// TestLag is a LAG from the order over its members to the end.
func TestLag(t *testing.T) {
	w := newWorld(t)
	lag := w.do("customer", "CreateLag", `{"numberOfConnections":1,"location":"LIS1","connectionsBandwidth":"1Gbps","lagName":"both",
		"connectionId":"CONN","tags":[{"key":"a"}],"childConnectionTags":[{"key":"b"}],"requestMACSec":false}`)
	id := lag["lagId"].(string)
	shown := document{"lagState": "pending", "numberOfConnections": 1.0, "connectionsBandwidth": "1Gbps", "location": "LIS1"}
	for member, want := range shown {
		if lag[member] != want {
			t.Errorf("%s is %v, want %v", member, lag[member], want)
		}
	}
	interfaces := func() []any {
		return w.do("customer", "DescribeVirtualInterfaces", w.with(`{"connectionId":"LAG"}`, "LAG", id))["virtualInterfaces"].([]any)
	}
	if got := interfaces(); len(got) != 1 || got[0].(document)["virtualInterfaceId"] != w.vif {
		t.Errorf("the interfaces of its connection did not follow: %v", got)
	}
	more := w.do("customer", "CreateConnection", w.with(`{"location":"LIS1","bandwidth":"1Gbps","connectionName":"more","lagId":"LAG"}`, "LAG", id))
	if more["lagId"] != id || more["awsDeviceV2"] != lag["awsDeviceV2"] {
		t.Errorf("the second member is %v", more)
	}
	w.do("customer", "UpdateLag", w.with(`{"lagId":"LAG","minimumLinks":2}`, "LAG", id))
	if got := w.do("customer", "UpdateLag", w.with(`{"lagId":"LAG","lagName":"pair"}`, "LAG", id)); got["minimumLinks"] != 2.0 || got["lagName"] != "pair" {
		t.Errorf("renamed, it is %v", got)
	}
	member := w.with(`{"connectionId":"CON","lagId":"LAG"}`, "CON", more["connectionId"].(string), "LAG", id)
	w.refused("customer", "DisassociateConnectionFromLag", member)
	if got := w.do("customer", "UpdateLag", w.with(`{"lagId":"LAG","minimumLinks":0}`, "LAG", id)); got["minimumLinks"] != 0.0 {
		t.Errorf("it still needs %v", got["minimumLinks"])
	}
	w.refused("customer", "DeleteLag", w.with(`{"lagId":"LAG"}`, "LAG", id))
	if got := w.do("customer", "DisassociateConnectionFromLag", member)["lagId"]; got != nil {
		t.Errorf("it is still in %v", got)
	}
	if got := w.do("customer", "AssociateConnectionWithLag", member)["lagId"]; got != id {
		t.Errorf("it is in %v", got)
	}
	w.do("customer", "DeleteVirtualInterface", `{"virtualInterfaceId":"DXVIF"}`)
	gone := w.do("customer", "DeleteLag", w.with(`{"lagId":"LAG"}`, "LAG", id))
	if gone["lagState"] != "deleted" || len(gone["connections"].([]any)) != 0 || gone["numberOfConnections"] != 0.0 {
		t.Errorf("deleted: %v", gone)
	}
	for _, c := range w.do("customer", "DescribeConnections", `{}`)["connections"].([]any) {
		if c.(document)["lagId"] != nil || c.(document)["connectionState"] != "requested" {
			t.Errorf("a member that was left: %v", c)
		}
	}
}

// TestPartyOperations: to whom the operations of the other party refuse
// themselves, and in which words.
func TestPartyOperations(t *testing.T) {
	w := newWorld(t)
	ic := w.do("partner", "CreateInterconnect", `{"interconnectName":"ic","bandwidth":"1Gbps","location":"LIS1"}`)["interconnectId"].(string)
	con := w.do("partner", "AllocateHostedConnection",
		w.with(`{"connectionId":"IC","ownerAccount":"CUSTOMER","bandwidth":"50Mbps","connectionName":"h","vlan":300}`, "IC", ic))["connectionId"].(string)
	lag := w.do("customer", "CreateLag", `{"numberOfConnections":1,"location":"LIS1","connectionsBandwidth":"1Gbps","lagName":"l"}`)["lagId"].(string)
	for _, test := range []struct{ profile, operation, body, want string }{
		{"customer", "CreateInterconnect", `{"interconnectName":"ic","bandwidth":"1Gbps","location":"LIS1"}`, "is not a partner"},
		{"partner", "ConfirmConnection", `{"connectionId":"CON"}`, "which alone can accept it"},
		{"customer", "AssociateHostedConnection", `{"connectionId":"CON","parentConnectionId":"IC"}`, "which alone can move it"},
		{"customer", "DescribeLags", `{"lagId":"dxlag-fzzzzzzz"}`, "Could not find Lag with ID dxlag-fzzzzzzz"},
		{"customer", "DisassociateConnectionFromLag", `{"connectionId":"dxcon-fzzzzzzz","lagId":"LAG"}`, "Connection does not exist"},
		{"customer", "DisassociateConnectionFromLag", `{"connectionId":"CONN","lagId":"dxlag-fzzzzzzz"}`, "Lag does not exist"},
		{"customer", "CreateLag", `{"location":"LIS1","connectionsBandwidth":"1Gbps","lagName":"l"}`, "begins with 1 to 4 connections, not 0"},
		{"customer", "CreateLag", `{"numberOfConnections":1,"location":"LIS1","connectionsBandwidth":"1Gbps","lagName":"l","requestMACSec":true}`, "MACsec is not supported at LIS1 on ports of 1Gbps; there it is on ports of 10Gbps"},
	} {
		told := w.refused(test.profile, test.operation, w.with(test.body, "CON", con, "IC", ic, "LAG", lag))
		if !strings.Contains(told, test.want) {
			t.Errorf("%s as %s: %s, want %q", test.operation, test.profile, told, test.want)
		}
	}
}
