package directconnect_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"demarc"
	"demarc/intent"
	"demarc/store"
	"demarc/vif"
)

// An estate is a world in which everything has been made that an operation can
// name, each by its owner, with names for the ids.
type estate struct {
	*world
	// ids are by name: a word in capitals that stands for the id in a body.
	ids map[string]string
}

// nowhere are ids of the same form that nobody has.
var nowhere = map[string]string{
	"CONN": "dxcon-fzzzzzz1", "LONE": "dxcon-fzzzzzz2", "HOSTED": "dxcon-fzzzzzz3", "INTER1": "dxcon-fzzzzzz4", "INTER2": "dxcon-fzzzzzz5",
	"MEMBER": "dxcon-fzzzzzz6", "FREE": "dxcon-fzzzzzz7", "BUNDLE": "dxlag-fzzzzzz1", "SECURE": "dxcon-fzzzzzz8", "KEY": "arn:aws:secretsmanager:eu-west-1:000000000000:secret:none",
	"OFFERED": "dxvif-fzzzzzz1", "PUBLIC": "dxvif-fzzzzzz2", "TRANSIT": "dxvif-fzzzzzz3", "LIVE": "dxvif-fzzzzzz4", "TESTED": "dxvif-fzzzzzz5",
	"HUBBED": "dxvif-fzzzzzz6", "PEER6": "dxpeer-fzzzzzz1",
	"PROD": "vgw-0fffffffffffffff1", "TRIAL": "vgw-0fffffffffffffff2", "OWN": "vgw-0fffffffffffffff3",
	"HUB1": "00000000-0000-4000-8000-000000000001", "HUB2": "00000000-0000-4000-8000-000000000002", "THEIRS": "00000000-0000-4000-8000-000000000003",
	"ASSOCIATION": "00000000-0000-4000-8000-000000000004", "PROPOSAL": "00000000-0000-4000-8000-000000000005",
	"SPARE": "00000000-0000-4000-8000-000000000006",
	"GROUP": "dxrg-00000000000000001", "EMPTY": "dxrg-00000000000000002",
}

// newEstate has the customer's connections, LAG, Direct Connect gateways and
// groups, the partner's interconnects with a hosted connection for the
// customer, and the platform's interfaces and gateways. The facility has a part
// in nothing.
func newEstate(t *testing.T) *estate {
	t.Helper()
	e := &estate{world: newWorld(t)}
	e.ids = map[string]string{"CONN": e.conn, "OFFERED": e.vif, "PROD": e.prod, "TRIAL": e.trial, "OWN": e.own}
	e.connections()
	e.interfaces()
	e.gateways()
	e.groups()
	return e
}

// made calls what makes something, and gives it a name. The member is where
// its id is.
func (e *estate) made(name, profile, operation, body string, member ...string) {
	e.Helper()
	out := e.do(profile, operation, e.fill(body, e.ids))
	for _, m := range member[:len(member)-1] {
		out = out[m].(document)
	}
	e.ids[name] = out[member[len(member)-1]].(string)
}

func (e *estate) connections() {
	e.Helper()
	e.write(func(tx *store.Tx) error { // room for a third member
		for _, id := range []demarc.PortID{"lis1-d1/x1", "lis1-d1/x2", "lis1-d2/x1", "lis1-d2/x2"} {
			store.Ports.Put(tx, demarc.Port{ID: id, Speed: 10 * demarc.Gbps, Panel: "PP-LS1-07", PanelPort: "99"})
		}
		return nil
	})
	e.made("LONE", "customer", "CreateConnection", `{"location":"LIS2","bandwidth":"1Gbps","connectionName":"lone"}`, "connectionId")
	e.made("INTER1", "partner", "CreateInterconnect", `{"location":"LIS1","bandwidth":"1Gbps","interconnectName":"one"}`, "interconnectId")
	e.made("INTER2", "partner", "CreateInterconnect", `{"location":"LIS2","bandwidth":"1Gbps","interconnectName":"two"}`, "interconnectId")
	e.made("HOSTED", "partner", "AllocateHostedConnection",
		`{"connectionId":"INTER1","ownerAccount":"CUSTOMER","bandwidth":"50Mbps","connectionName":"h","vlan":300}`, "connectionId")
	e.made("SECURE", "customer", "CreateConnection", `{"location":"LIS1","bandwidth":"10Gbps","connectionName":"secure","requestMACSec":true}`, "connectionId")
	keys := e.do("customer", "AssociateMacSecKey", strings.Replace(associateKey, "PORT", e.ids["SECURE"], 1))["macSecKeys"].([]any)
	e.ids["KEY"] = keys[0].(document)["secretARN"].(string)
	e.made("BUNDLE", "customer", "CreateLag", `{"numberOfConnections":2,"location":"LIS1","connectionsBandwidth":"10Gbps","lagName":"b"}`, "lagId")
	members := e.do("customer", "DescribeLags", e.fill(`{"lagId":"BUNDLE"}`, e.ids))["lags"].([]any)[0].(document)["connections"].([]any)
	e.ids["MEMBER"], e.ids["FREE"] = members[0].(document)["connectionId"].(string), members[1].(document)["connectionId"].(string)
	e.do("customer", "DisassociateConnectionFromLag", e.fill(`{"connectionId":"FREE","lagId":"BUNDLE"}`, e.ids))
}

func (e *estate) interfaces() {
	e.Helper()
	offer := func(name, kind, more string) {
		e.Helper()
		var path []string
		if kind == "Transit" {
			path = append(path, "virtualInterface")
		}
		e.made(name, "customer", "Allocate"+kind+"VirtualInterface",
			`{"connectionId":"CONN","ownerAccount":"PLATFORM","new`+kind+`VirtualInterfaceAllocation":{"virtualInterfaceName":"v",`+more+`}}`, append(path, "virtualInterfaceId")...)
	}
	offer("PUBLIC", "Public", `"vlan":102,"asn":65002,"amazonAddress":"203.0.113.1/30","customerAddress":"203.0.113.2/30","routeFilterPrefixes":[{"cidr":"198.51.100.0/24"}]`)
	offer("TRANSIT", "Transit", `"vlan":103,"asn":65003`)
	offer("LIVE", "Private", `"vlan":104,"asn":65004`)
	offer("TESTED", "Private", `"vlan":105,"asn":65005`)
	offer("HUBBED", "Private", `"vlan":106,"asn":65006`)
	for _, name := range []string{"THEIRS", "SPARE"} {
		e.made(name, "platform", "CreateDirectConnectGateway", `{"directConnectGatewayName":"theirs"}`, "directConnectGateway", "directConnectGatewayId")
	}
	for _, name := range []string{"LIVE", "TESTED"} {
		e.do("platform", "ConfirmPrivateVirtualInterface", e.fill(`{"virtualInterfaceId":"`+name+`","virtualGatewayId":"PROD"}`, e.ids))
		e.carry(e.ids[name])
	}
	e.do("platform", "ConfirmPrivateVirtualInterface", e.fill(`{"virtualInterfaceId":"HUBBED","directConnectGatewayId":"THEIRS"}`, e.ids))
	peers := e.do("platform", "CreateBGPPeer", e.fill(`{"virtualInterfaceId":"LIVE","newBGPPeer":{"addressFamily":"ipv6"}}`, e.ids))["virtualInterface"].(document)["bgpPeers"].([]any)
	e.ids["PEER6"] = peers[1].(document)["bgpPeerId"].(string)
	e.do("platform", "StartBgpFailoverTest", e.fill(`{"virtualInterfaceId":"TESTED"}`, e.ids))
}

// carry has the edge report the sessions of an interface established.
func (w *world) carry(id string) {
	w.Helper()
	w.write(func(tx *store.Tx) error {
		v, _ := store.VirtualInterfaces.Get(tx, id)
		seen := intent.VIFSeen{ID: v.ID, Built: true}
		for _, p := range v.Peers {
			seen.Session = append(seen.Session, intent.SessionSeen{Peer: p.ID, State: "Established"})
		}
		vif.Observe(tx, seen)
		store.VIFSightings.Put(tx, seen)
		return nil
	})
}

func (e *estate) gateways() {
	e.Helper()
	for _, name := range []string{"HUB1", "HUB2"} {
		e.made(name, "customer", "CreateDirectConnectGateway", `{"directConnectGatewayName":"hub","amazonSideAsn":64600}`, "directConnectGateway", "directConnectGatewayId")
	}
	propose := func(name, body string) {
		e.Helper()
		e.made(name, "platform", "CreateDirectConnectGatewayAssociationProposal", body, "directConnectGatewayAssociationProposal", "proposalId")
	}
	propose("ASSOCIATION", `{"directConnectGatewayId":"HUB2","directConnectGatewayOwnerAccount":"CUSTOMER","gatewayId":"PROD"}`)
	e.made("ASSOCIATION", "customer", "AcceptDirectConnectGatewayAssociationProposal",
		`{"directConnectGatewayId":"HUB2","proposalId":"ASSOCIATION","associatedGatewayOwnerAccount":"PLATFORM"}`, "directConnectGatewayAssociation", "associationId")
	propose("PROPOSAL", `{"directConnectGatewayId":"HUB1","directConnectGatewayOwnerAccount":"CUSTOMER","gatewayId":"TRIAL"}`)
}

func (e *estate) groups() {
	e.Helper()
	for _, name := range []string{"GROUP", "EMPTY"} {
		e.made(name, "customer", "CreateResiliencyGroup", `{"resiliencyGroupName":"g","intendedResiliencyModel":"basic-resiliency"}`, "resiliencyGroup", "resiliencyGroupId")
	}
	e.do("customer", "AssociateConnectionsToResiliencyGroup", e.fill(`{"resiliencyGroupId":"GROUP","connectionIdentifiers":["CONN"]}`, e.ids))
}

// fill puts ids where a body has their names.
func (e *estate) fill(body string, ids map[string]string) string {
	return e.replacer(ids, false).Replace(body)
}

// blur puts names where an answer has ids, of things and of nothing.
func (e *estate) blur(answer string) string {
	return e.replacer(nowhere, true).Replace(e.replacer(e.ids, true).Replace(answer))
}

func (e *estate) replacer(ids map[string]string, back bool) *strings.Replacer {
	pairs := []string{}
	for _, name := range slices.Sorted(maps.Keys(ids)) {
		if back {
			pairs = append(pairs, ids[name], name)
		} else {
			pairs = append(pairs, name, ids[name])
		}
	}
	for _, profile := range []string{"customer", "partner", "platform", "facility"} {
		if !back {
			pairs = append(pairs, strings.ToUpper(profile), string(e.Account(e, profile).ID))
		}
	}
	return strings.NewReplacer(pairs...)
}

// names reports whether a body names something of the estate.
func (e *estate) names(body string) bool {
	return slices.ContainsFunc(slices.Collect(maps.Keys(e.ids)), func(name string) bool { return strings.Contains(body, name) })
}

// shows lists what of the estate an answer has in it.
func (e *estate) shows(answer string) (names []string) {
	for _, name := range slices.Sorted(maps.Keys(e.ids)) {
		if strings.Contains(answer, e.ids[name]) {
			names = append(names, name)
		}
	}
	return names
}
