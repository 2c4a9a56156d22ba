package directconnect_test

import (
	"fmt"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"demarc"
	"demarc/api/directconnect"
	"demarc/intent"
	"demarc/store"
)

// A paged operation lists what an account has. Objects of it are put and
// dropped by number; they are listed in the order of their numbers.
type paged struct {
	operation, body string
	// list is the member with the items, and member that of an item's id.
	list, member string
	id           func(n int) string
	put, drop    func(tx *store.Tx, owner demarc.AccountID, n int)
}

func numbered(prefix string) func(int) string {
	return func(n int) string { return fmt.Sprintf("%sfpage00%d", prefix, n) }
}

func uuidOf(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-00000000000%d", n) }

// pagedTable makes a paged operation of a table whose nouns are listed by their keys.
func pagedTable[T any](operation, body, list, member string, table *store.Table[T], id func(int) string, noun func(owner demarc.AccountID, id string) T) paged {
	return paged{
		operation: operation, body: body, list: list, member: member, id: id,
		put:  func(tx *store.Tx, owner demarc.AccountID, n int) { table.Put(tx, noun(owner, id(n))) },
		drop: func(tx *store.Tx, _ demarc.AccountID, n int) { table.Delete(tx, id(n)) },
	}
}

const (
	parent demarc.ConnectionID           = "dxcon-fparent0"
	hubID  demarc.DirectConnectGatewayID = "10000000-0000-4000-8000-000000000000"
	routed demarc.VirtualInterfaceID     = "dxvif-frouted0"
	group  demarc.ResiliencyGroupID      = "dxrg-10000000000000000"
)

func connectionOf(kind demarc.ConnectionKind) func(demarc.AccountID, string) demarc.Connection {
	return func(owner demarc.AccountID, id string) demarc.Connection {
		c := demarc.Connection{ID: demarc.ConnectionID(id), Kind: kind, Owner: owner, State: demarc.ConnectionAvailable, Bandwidth: demarc.Gbps, Port: "lis1-d1/p1", Location: "LIS1"}
		if kind == demarc.Hosted {
			c.Partner, c.Parent, c.Port = owner, parent, ""
		}
		return c
	}
}

func pagedInterface(owner demarc.AccountID, id string) demarc.VirtualInterface {
	return demarc.VirtualInterface{ID: demarc.VirtualInterfaceID(id), Owner: owner, Type: demarc.PrivateVIF, State: demarc.VIFDown, DirectConnectGateway: hubID}
}

// prefixes of a sighting, and members of a group, are parts of one noun.
func resighted(tx *store.Tx, n int, there bool) {
	seen, _ := store.VIFSightings.Get(tx, string(routed))
	seen.ID = routed
	prefix := netip.MustParsePrefix(fmt.Sprintf("10.%d.0.0/16", n))
	routes := slices.DeleteFunc(seen.Accepted.List(), func(r intent.RouteSeen) bool { return r.Prefix == prefix })
	if there {
		routes = append(routes, intent.RouteSeen{Prefix: prefix})
	}
	seen.Accepted = intent.RoutesOf(routes...)
	store.VIFSightings.Put(tx, seen)
}

func regrouped(tx *store.Tx, owner demarc.AccountID, n int, there bool) {
	id := demarc.ConnectionID(numbered("dxcon-")(n))
	store.Connections.Put(tx, connectionOf(demarc.Dedicated)(owner, string(id)))
	g, _ := store.ResiliencyGroups.Get(tx, string(group))
	g.ID, g.Owner, g.State = group, owner, demarc.ResiliencyAvailable
	g.Connections = slices.DeleteFunc(slices.Clone(g.Connections), func(c demarc.ConnectionID) bool { return c == id })
	if there {
		g.Connections = append(g.Connections, id)
		slices.Sort(g.Connections)
	}
	store.ResiliencyGroups.Put(tx, g)
}

var pagedOperations = []paged{
	pagedTable("DescribeConnections", `{`, "connections", "connectionId", store.Connections, numbered("dxcon-"), connectionOf(demarc.Dedicated)),
	pagedTable("DescribeHostedConnections", `{"connectionId":"`+string(parent)+`",`, "connections", "connectionId", store.Connections, numbered("dxcon-"), connectionOf(demarc.Hosted)),
	pagedTable("DescribeInterconnects", `{`, "interconnects", "interconnectId", store.Connections, numbered("dxcon-"), connectionOf(demarc.Interconnect)),
	pagedTable("DescribeLags", `{`, "lags", "lagId", store.LAGs, numbered("dxlag-"), func(owner demarc.AccountID, id string) demarc.LAG {
		return demarc.LAG{ID: demarc.LAGID(id), Owner: owner}
	}),
	pagedTable("DescribeVirtualInterfaces", `{`, "virtualInterfaces", "virtualInterfaceId", store.VirtualInterfaces, numbered("dxvif-"), pagedInterface),
	pagedTable("DescribeDirectConnectGateways", `{`, "directConnectGateways", "directConnectGatewayId", store.DirectConnectGateways, uuidOf, func(owner demarc.AccountID, id string) demarc.DirectConnectGateway {
		return demarc.DirectConnectGateway{ID: demarc.DirectConnectGatewayID(id), Owner: owner, State: demarc.DirectConnectGatewayAvailable}
	}),
	pagedTable("DescribeDirectConnectGatewayAttachments", `{"directConnectGatewayId":"`+string(hubID)+`",`, "directConnectGatewayAttachments", "virtualInterfaceId",
		store.VirtualInterfaces, numbered("dxvif-"), pagedInterface),
	pagedTable("DescribeDirectConnectGatewayAssociations", `{"directConnectGatewayId":"`+string(hubID)+`",`, "directConnectGatewayAssociations", "associationId",
		store.GatewayAssociations, uuidOf, func(owner demarc.AccountID, id string) demarc.GatewayAssociation {
			return demarc.GatewayAssociation{ID: demarc.GatewayAssociationID(id), Owner: owner, DirectConnectGateway: hubID, State: demarc.GatewayAssociated}
		}),
	pagedTable("DescribeDirectConnectGatewayAssociationProposals", `{`, "directConnectGatewayAssociationProposals", "proposalId",
		store.GatewayAssociationProposals, uuidOf, func(owner demarc.AccountID, id string) demarc.GatewayAssociationProposal {
			return demarc.GatewayAssociationProposal{ID: demarc.GatewayAssociationProposalID(id), Owner: owner, State: demarc.ProposalRequested, Created: time.Now()}
		}),
	pagedTable("ListVirtualInterfaceTestHistory", `{`, "virtualInterfaceTestHistory", "testId", store.FailoverTests, uuidOf, func(owner demarc.AccountID, id string) demarc.FailoverTest {
		return demarc.FailoverTest{ID: demarc.FailoverTestID(id), Owner: owner, Started: time.Now(), Status: demarc.TestCompleted}
	}),
	pagedTable("ListResiliencyGroups", `{`, "items", "resiliencyGroupId", store.ResiliencyGroups,
		func(n int) string { return fmt.Sprintf("dxrg-0000000000000000%d", n) }, func(owner demarc.AccountID, id string) demarc.ResiliencyGroup {
			return demarc.ResiliencyGroup{ID: demarc.ResiliencyGroupID(id), Owner: owner, State: demarc.ResiliencyAvailable}
		}),
	{
		operation: "ListResiliencyGroupAssociations", body: `{"resiliencyGroupId":"` + string(group) + `",`, list: "items", member: "connectionArn",
		id:   numbered("dxcon-"), // the end of the ARN
		put:  func(tx *store.Tx, owner demarc.AccountID, n int) { regrouped(tx, owner, n, true) },
		drop: func(tx *store.Tx, owner demarc.AccountID, n int) { regrouped(tx, owner, n, false) },
	},
	{
		operation: "ListVirtualInterfaceRoutes", body: `{"virtualInterfaceId":"` + string(routed) + `",`, list: "routes", member: "cidr",
		id:   func(n int) string { return fmt.Sprintf("10.%d.0.0/16", n) },
		put:  func(tx *store.Tx, _ demarc.AccountID, n int) { resighted(tx, n, true) },
		drop: func(tx *store.Tx, _ demarc.AccountID, n int) { resighted(tx, n, false) },
	},
}

// turn reads one page.
func (w *world) turn(p paged, profile, paging string) (ids []string, token string) {
	w.Helper()
	out := w.doExactly(profile, p.operation, p.body+paging+`}`)
	for _, item := range out[p.list].([]any) {
		id := item.(document)[p.member].(string)
		if _, end, ok := strings.Cut(id, ":dxcon/"); ok {
			id = end
		}
		ids = append(ids, id)
	}
	token, _ = out["nextToken"].(string)
	return ids, token
}

// TestPagesOfWhatChanges: while something is listed, some of it goes and more
// comes. What was there all the time is listed once, what is gone no more, and
// a token is good for one account, one operation, and as it was given.
func TestPagesOfWhatChanges(t *testing.T) {
	w := newWorld(t)
	owner := w.Account(t, "facility").ID
	for _, p := range pagedOperations {
		change := func(fn func(*store.Tx, demarc.AccountID, int), numbers ...int) {
			t.Helper()
			w.write(func(tx *store.Tx) error {
				for _, n := range numbers {
					fn(tx, owner, n)
				}
				return nil
			})
		}
		w.write(func(tx *store.Tx) error {
			if p.operation == "DescribeHostedConnections" {
				store.Connections.Put(tx, connectionOf(demarc.Interconnect)(owner, string(parent)))
			}
			if p.operation == "ListVirtualInterfaceRoutes" {
				store.VirtualInterfaces.Put(tx, pagedInterface(owner, string(routed)))
			}
			return nil
		})
		change(p.put, 0, 2, 4, 6, 8)
		listed, token := w.turn(p, "facility", `"maxResults":2`)
		w.refusesTokens(p, token)
		change(p.put, 1, 5, 9)
		change(p.drop, 0, 2, 6) // 2 is where the page ended
		for pages := 0; token != "" && pages < 9; pages++ {
			var ids []string
			ids, token = w.turn(p, "facility", `"maxResults":2,"nextToken":"`+token+`"`)
			listed = append(listed, ids...)
		}
		var want []string
		for _, n := range []int{0, 2, 4, 5, 8, 9} {
			want = append(want, p.id(n))
		}
		if diff := cmp.Diff(listed, want); diff != "" {
			t.Errorf("%s (-got +want): %s", p.operation, diff)
		}
		change(p.drop, 1, 4, 5, 8, 9)
		w.write(func(tx *store.Tx) error { store.Connections.Delete(tx, string(parent)); return nil })
	}
}

// refusesTokens sends a token that was altered, another account's, and another
// operation's.
func (w *world) refusesTokens(p paged, token string) {
	w.Helper()
	if token == "" {
		w.Errorf("%s: the first page has no token", p.operation)
		return
	}
	want := `"nextToken is not one that ` + p.operation + ` gave this account"`
	altered := []string{token[:len(token)-1], token + "AAAA", strings.Map(func(r rune) rune {
		if r == 'A' {
			return 'B'
		}
		return 'A'
	}, token)}
	for _, bad := range altered {
		if status, answer := w.Call(w, "facility", p.operation, p.body+`"nextToken":"`+bad+`"}`); status != 400 || !strings.Contains(answer, want) {
			w.Errorf("%s with an altered token: %d %s", p.operation, status, answer)
		}
	}
	// What another account names first may not exist for it: that is refused too.
	if status, answer := w.Call(w, "partner", p.operation, p.body+`"nextToken":"`+token+`"}`); status != 400 || p.body == "{" && !strings.Contains(answer, want) {
		w.Errorf("%s with another account's token: %d %s", p.operation, status, answer)
	}
	other := "DescribeVirtualInterfaces"
	if p.operation == other {
		other = "DescribeLags"
	}
	if status, answer := w.Call(w, "facility", other, `{"nextToken":"`+token+`"}`); status != 400 || !strings.Contains(answer, "nextToken is not one that "+other) {
		w.Errorf("the token of %s for %s: %d %s", p.operation, other, status, answer)
	}
}

// TestEveryPagedOperationIsTested: by the SDK's types.
func TestEveryPagedOperationIsTested(t *testing.T) {
	var want, got []string
	for _, op := range directconnect.Operations() {
		shape, _ := directconnect.ShapeOf(op)
		in := reflect.TypeOf(shape.Input()).Elem()
		_, counts := in.FieldByName("MaxResults")
		if _, turns := in.FieldByName("NextToken"); counts && turns {
			want = append(want, op)
		}
	}
	for _, p := range pagedOperations {
		got = append(got, p.operation)
	}
	slices.Sort(got)
	if diff := cmp.Diff(got, want); diff != "" {
		t.Error(diff)
	}
}
