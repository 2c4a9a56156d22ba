package directconnect_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"demarc/api/apitest"
	"demarc/api/directconnect"
)

// A right says what an operation does for the two accounts that have a part in
// what it names: the customer, whose connection it is, and the platform, whose
// interface is on it.
type right struct {
	operation, body    string
	customer, platform verdict
}

type verdict string

const (
	may    verdict = "may"
	hidden verdict = "is told that it does not exist"
	barred verdict = "is refused"
)

const (
	connectionTags = `"resourceArn":"arn:aws:directconnect:eu-west-1:CUSTOMER:dxcon/CONN"`
	interfaceTags  = `"resourceArn":"arn:aws:directconnect:eu-west-1:PLATFORM:dxvif/DXVIF"`
)

var rights = []right{
	{"DescribeConnections", `{"connectionId":"CONN"}`, may, hidden},
	{"UpdateConnection", `{"connectionId":"CONN","connectionName":"b"}`, may, hidden},
	{"DeleteConnection", `{"connectionId":"CONN"}`, barred, hidden}, // an interface is on it
	{"DescribeLoa", `{"connectionId":"CONN"}`, may, hidden},
	{"DescribeConnectionLoa", `{"connectionId":"CONN"}`, may, hidden},
	{"AllocatePrivateVirtualInterface", `{"connectionId":"CONN","ownerAccount":"PLATFORM","newPrivateVirtualInterfaceAllocation":{"virtualInterfaceName":"a","vlan":102,"asn":65001}}`, may, hidden},
	{"CreatePrivateVirtualInterface", `{"connectionId":"CONN","newPrivateVirtualInterface":{"virtualInterfaceName":"a","vlan":102,"asn":65001,"virtualGatewayId":"OWN"}}`, may, hidden},
	{"DescribeVirtualInterfaces", `{"virtualInterfaceId":"DXVIF"}`, may, may},
	{"ConfirmPrivateVirtualInterface", `{"virtualInterfaceId":"DXVIF","virtualGatewayId":"PROD"}`, barred, may},
	{"DeleteVirtualInterface", `{"virtualInterfaceId":"DXVIF"}`, may, may},
	{"DescribeRouterConfiguration", `{"virtualInterfaceId":"DXVIF"}`, barred, barred}, // nobody has accepted it
	{"ListVirtualInterfaceRoutes", `{"virtualInterfaceId":"DXVIF"}`, may, may},
	{"TagResource", `{` + connectionTags + `,"tags":[{"key":"a"}]}`, may, hidden},
	{"TagResource", `{` + interfaceTags + `,"tags":[{"key":"a"}]}`, hidden, may},
	{"UntagResource", `{` + connectionTags + `,"tagKeys":["a"]}`, may, hidden},
	{"DescribeTags", `{"resourceArns":["arn:aws:directconnect:eu-west-1:CUSTOMER:dxcon/CONN"]}`, may, hidden},
}

// TestRights: who may do what with a connection, and with an interface on it
// that belongs to another account. The partner has no part in either.
func TestRights(t *testing.T) {
	w := newWorld(t)
	for _, r := range rights {
		for profile, want := range map[string]verdict{"customer": r.customer, "platform": r.platform, "partner": hidden} {
			status, answer := w.Call(w, profile, r.operation, w.fill(r.body))
			got := may
			if unseen := w.unseen(profile, r); unseen == w.blurred(answer) {
				got = hidden
			} else if status != 200 {
				got = barred
			}
			if got != want {
				t.Errorf("%s as %s: it %s, want %s: %d %s", r.operation, profile, got, want, status, answer)
			}
			if status == 200 && directconnect.Changes(r.operation) {
				w = newWorld(t)
			}
		}
	}
}

// unseen is the answer to the same call about what does not exist, blurred.
func (w *world) unseen(profile string, r right) string {
	body := w.fill(strings.NewReplacer("CONN", "dxcon-fzzzzzzz", "DXVIF", "dxvif-fzzzzzzz").Replace(r.body))
	_, answer := w.Call(w, profile, r.operation, body)
	return w.blurred(answer)
}

// blurred is an answer without the ids that were asked for.
func (w *world) blurred(answer string) string {
	return strings.NewReplacer(w.conn, "CONN", w.vif, "DXVIF", "dxcon-fzzzzzzz", "CONN", "dxvif-fzzzzzzz", "DXVIF").Replace(answer)
}

// TestStrangers: for every operation that is built, an account that has no part
// in anything is answered about another's objects as about none, and who does
// not sign is not answered at all.
func TestStrangers(t *testing.T) {
	w := newWorld(t)
	dir := moduleDir(t)
	for _, op := range directconnect.Operations() {
		if !directconnect.Built(op) {
			continue
		}
		request := golden(t, filepath.Join(dir, "request_snapshot", op+".request.snap"))
		status, answer := apitest.Send(t, w.Request(t, op, request))
		var told struct {
			Type string `json:"__type"`
		}
		if json.Unmarshal([]byte(answer), &told); status != 400 || told.Type != "MissingAuthenticationTokenException" {
			t.Errorf("%s as nobody: %d %s", op, status, answer)
		}
		if strings.HasPrefix(op, "Create") && !strings.Contains(request, "connectionId") {
			continue // names nothing, and would make something
		}
		about := func(conn, vif string) string {
			named := strings.NewReplacer("__ConnectionId__", conn, "__LagId__", conn, "__InterconnectId__", conn, "__ParentConnectionId__", conn,
				"__VirtualInterfaceId__", vif, "__VirtualGatewayId__", w.prod, "__GatewayId__", w.prod, "__OwnerAccount__", string(w.Account(w, "customer").ID),
				"__Bandwidth__", "1Gbps", "__Location__", "LIS1").Replace(request)
			_, answer := w.Call(w, "partner", op, named)
			return w.blurred(answer)
		}
		if got, want := about(w.conn, w.vif), about("dxcon-fzzzzzzz", "dxvif-fzzzzzzz"); got != want {
			t.Errorf("%s: a stranger is told %s about what exists, and %s about what does not", op, got, want)
		}
	}
}
