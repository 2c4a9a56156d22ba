package directconnect_test

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"demarc"
	"demarc/api/apitest"
	"demarc/api/directconnect"
	"demarc/connection"
	"demarc/gateway"
	"demarc/intent"
	"demarc/store"
	"demarc/vif"
)

var (
	seedFlag  = flag.Uint64("seed", 0, "seed of the random calls; 0 is another each time")
	callsFlag = flag.Int("calls", 10000, "how many random calls are made")
)

// A monkey calls operations at random as any of the accounts, while the edge,
// the facility and the clock do what they do at random too.
type monkey struct {
	*testing.T
	*apitest.Door
	*rand.Rand
	service *directconnect.Service
	now     time.Time
	// templates are the SDK's golden requests of the operations, by name.
	templates  map[string]document
	operations []string
	// by is who calls next. known are ids by what they are of, and mine those
	// of them that the caller has a part in.
	by          demarc.AccountID
	known, mine map[string][]string
	// succeeded counts, by operation.
	succeeded map[string]int
}

func newMonkey(t *testing.T) *monkey {
	t.Helper()
	seed := *seedFlag
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("go test -run '^%s$' -args -seed %d", t.Name(), seed)
	m := &monkey{T: t, Door: apitest.Open(t), Rand: rand.New(rand.NewPCG(seed, 0)), now: time.Now(), templates: map[string]document{}, succeeded: map[string]int{}}
	m.service = directconnect.New(m.Store, func() time.Time { return m.now }, nil)
	dir := moduleDir(t)
	for _, op := range directconnect.Operations() {
		template := document{}
		if err := json.Unmarshal([]byte(golden(t, filepath.Join(dir, "request_snapshot", op+".request.snap"))), &template); err != nil {
			t.Fatal(err)
		}
		m.templates[op] = template
	}
	m.operations = slices.Sorted(maps.Keys(m.templates))
	err := m.Store.Write(t.Context(), func(tx *store.Tx) error {
		for i := range 40 {
			store.Ports.Put(tx, demarc.Port{ID: demarc.PortID(fmt.Sprintf("lis1-d1/x%02d", i)), Speed: demarc.Gbps, Panel: "PP-LS1-07", PanelPort: fmt.Sprint(100 + i)})
			store.Ports.Put(tx, demarc.Port{ID: demarc.PortID(fmt.Sprintf("lis1-d1/y%02d", i)), Speed: 10 * demarc.Gbps, MACsec: true, Panel: "PP-LS1-07", PanelPort: fmt.Sprint(200 + i)})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// look chooses who calls next, and notes what there is to name in a call.
func (m *monkey) look() {
	view := m.Store.Local()
	accounts := slices.Collect(store.Accounts.All(view))
	m.by = accounts[m.IntN(len(accounts))].ID
	m.known, m.mine = map[string][]string{}, map[string][]string{}
	note := func(kind, id string, parties ...demarc.AccountID) {
		m.known[kind] = append(m.known[kind], id)
		if slices.Contains(parties, m.by) {
			m.mine[kind] = append(m.mine[kind], id)
		}
	}
	for _, a := range accounts {
		note("account", string(a.ID))
	}
	for c := range store.Connections.All(view) {
		if !c.State.Gone() {
			note("connection", string(c.ID), c.Owner, c.Partner)
			for _, k := range connection.MACsecOf(view, c).Keys {
				note("key", k.SecretARN, c.Owner)
			}
		}
	}
	for l := range store.LAGs.All(view) {
		if l.Deleted.IsZero() {
			note("lag", string(l.ID), l.Owner)
		}
	}
	for v := range store.VirtualInterfaces.All(view) {
		if !v.State.Gone() {
			note("interface", string(v.ID), v.Owner, v.ConnectionOwner)
		}
	}
	for g := range store.VirtualGateways.All(view) {
		note("gateway", string(g.ID), g.Owner)
	}
	for g := range store.DirectConnectGateways.All(view) {
		note("direct-connect-gateway", string(g.ID), g.Owner)
	}
	for a := range store.GatewayAssociations.All(view) {
		note("association", string(a.ID), a.Owner)
	}
	for p := range store.GatewayAssociationProposals.All(view) {
		note("proposal", string(p.ID), p.Owner)
	}
}

// any is one of the caller's, more often than one of anybody's, and now and
// then one that nobody has.
func (m *monkey) any(kinds ...string) any {
	from := m.mine
	if m.IntN(5) == 0 {
		from = m.known
	}
	var all []string
	for _, kind := range kinds {
		all = append(all, from[kind]...)
	}
	if len(all) == 0 || m.IntN(20) == 0 {
		return "dxcon-f0000000"
	}
	return all[m.IntN(len(all))]
}

// anybody is an account.
func (m *monkey) anybody() any {
	all := m.known["account"]
	return all[m.IntN(len(all))]
}

func pick[T any](m *monkey, of ...T) any { return of[m.IntN(len(of))] }

// value is something likely for a member of a request.
func (m *monkey) value(name string, template any) any {
	switch name {
	case "connectionId", "parentConnectionId", "interconnectId", "lagId", "connectionIds":
		return m.any("connection", "connection", "lag")
	case "virtualInterfaceId":
		return m.any("interface")
	case "ownerAccount", "directConnectGatewayOwnerAccount", "associatedGatewayOwnerAccount":
		return m.anybody()
	case "virtualGatewayId", "gatewayId":
		return m.any("gateway")
	case "directConnectGatewayId":
		return m.any("direct-connect-gateway")
	case "associationId":
		return m.any("association")
	case "proposalId":
		return m.any("proposal")
	case "location":
		return pick(m, "LIS1", "LIS2")
	case "bandwidth", "connectionsBandwidth":
		return pick(m, "1Gbps", "1Gbps", "10Gbps", "50Mbps")
	case "vlan":
		return 100 + m.IntN(6)
	case "asn", "asnLong", "amazonSideAsn":
		return pick(m, 65001, 65002, 64512, 4200000000)
	case "numberOfConnections", "minimumLinks":
		return m.IntN(2)
	case "mtu":
		return pick(m, 1500, 8500, 9001, 1400)
	case "addressFamily":
		return pick(m, "ipv4", "ipv4", "ipv6")
	case "amazonAddress", "customerAddress":
		return fmt.Sprintf("169.254.%d.%d/30", 10+m.IntN(3), 1+m.IntN(2))
	case "cidr":
		return fmt.Sprintf("10.%d.0.0/16", m.IntN(8))
	case "ckn", "cak":
		return strings.Repeat(fmt.Sprint(m.IntN(6)), 64)
	case "secretARN":
		return m.any("key")
	case "encryptionMode":
		return pick(m, "no_encrypt", "should_encrypt", "must_encrypt")
	case "authKey":
		return "0xKeyKeyKey"
	case "resourceArn", "resourceArns":
		id := m.any("connection", "interface").(string)
		kind, _, _ := strings.Cut(id, "-")
		return fmt.Sprintf("arn:aws:directconnect:%s:%s:%s/%s", m.Site.Region, m.by, kind, id)
	}
	return template
}

// fill makes a likely request of a golden one: members left out at random, the
// others with values that may fit.
func (m *monkey) fill(name string, template any) any {
	switch v := template.(type) {
	case document:
		filled := document{}
		if _, making := v["numberOfConnections"]; making && m.IntN(4) > 0 {
			v = maps.Clone(v)
			delete(v, "connectionId") // a new group seldom begins with an old connection
		}
		for _, member := range slices.Sorted(maps.Keys(v)) {
			if m.keeps(member) {
				filled[member] = m.fill(member, v[member])
			}
		}
		return filled
	case []any:
		list := []any{}
		for range m.IntN(3) {
			list = append(list, m.fill(name, v[0]))
		}
		return list
	case bool:
		return m.IntN(4) == 0
	default:
		return m.value(name, template)
	}
}

// rare are members that most requests do without: they choose between two ways,
// or ask for what is seldom granted.
var rare = []string{
	"lagId", "billingMode", "encryptionMode", "rateLimit", "prefixPoolAllocatedCountIpv4", "prefixPoolAllocatedCountIpv6",
	"enableSiteLink", "directConnectGatewayId", "asnLong", "amazonAddress", "customerAddress", "addressFamily", "maxResults", "nextToken",
	"resiliencyGroupId", "loaContentType", "secretARN", "connectionsBandwidth", "tags", "childConnectionTags", "clientToken",
}

func (m *monkey) keeps(member string) bool {
	if slices.Contains(rare, member) {
		return m.IntN(6) == 0
	}
	return m.IntN(15) > 0
}

// call must be answered, refused in a declared way, and leave nothing broken.
func (m *monkey) call(operation string, body []byte) {
	m.Helper()
	by := m.by
	before := m.Store.Local().Revision()
	_, err := m.service.Call(m.Context(), directconnect.Request{By: by, Operation: operation, Body: body})
	if err != nil {
		if e := directconnect.ExceptionOf(operation, err); e.Ours || e.Status >= 500 {
			m.Fatalf("%s as %s with %s: %v", operation, by, body, err)
		}
		if after := m.Store.Local().Revision(); after != before {
			m.Fatalf("%s as %s with %s was refused (%v), but something was written", operation, by, body, err)
		}
		return
	}
	m.succeeded[operation]++
	m.sound(fmt.Sprintf("%s as %s with %s", operation, by, body))
}

// operation is any, but rather one that makes something than one that looks or
// takes away: else there is never much.
func (m *monkey) operation() string {
	for {
		operation := m.operations[m.IntN(len(m.operations))]
		builds := strings.HasPrefix(operation, "Create") || strings.HasPrefix(operation, "Allocate") || strings.HasPrefix(operation, "Confirm") || operation == "AssociateMacSecKey"
		if builds || m.IntN(3) == 0 {
			return operation
		}
	}
}

func (m *monkey) sound(after string) {
	m.Helper()
	if faults := broken(m.Store.Local()); len(faults) > 0 {
		m.Fatalf("after %s:\n%s", after, strings.Join(faults, "\n"))
	}
}

// world lets something happen that nobody asked for by this API.
func (m *monkey) world() {
	m.Helper()
	m.now = m.now.Add(time.Duration(m.Int64N(int64(time.Hour))))
	facility := m.Account(m, "facility").ID
	one := func(kind string) string {
		if all := m.known[kind]; len(all) > 0 {
			return all[m.IntN(len(all))]
		}
		return ""
	}
	conn, id := one("connection"), one("interface")
	happening := pick(m,
		func(tx *store.Tx) error {
			_, err := connection.Patch(tx, facility, demarc.ConnectionID(conn), m.now)
			return err
		},
		func(tx *store.Tx) error {
			c, _ := store.Connections.Get(tx, conn)
			connection.Observe(tx, intent.PortSeen{ID: c.Port, Carrier: true})
			return nil
		},
		func(tx *store.Tx) error {
			_, err := connection.IssueLetter(tx, m.by, demarc.ConnectionID(conn), "", m.now)
			return err
		},
		func(tx *store.Tx) error { vif.Settle(tx, demarc.VirtualInterfaceID(id), m.now); return nil },
		func(tx *store.Tx) error {
			vif.Observe(tx, intent.VIFSeen{ID: demarc.VirtualInterfaceID(id), Built: true})
			return nil
		},
		func(tx *store.Tx) error { return connection.Expire(tx, m.now) },
		func(tx *store.Tx) error { return vif.Expire(tx, m.now) },
		func(tx *store.Tx) error { return gateway.Expire(tx, m.now) },
	).(func(*store.Tx) error)
	if err := m.Store.Write(m.Context(), happening); err != nil && !refused(err) {
		m.Fatal(err)
	}
	m.sound("something happened")
}

// TestRandomCalls: whatever is called in whatever order, by whomever, nothing
// is left half-made.
func TestRandomCalls(t *testing.T) {
	m := newMonkey(t)
	for range *callsFlag {
		m.look()
		if m.IntN(5) == 0 {
			m.world()
			continue
		}
		operation := m.operation()
		body, err := json.Marshal(m.fill("", m.templates[operation]))
		if err != nil {
			t.Fatal(err)
		}
		m.call(operation, body)
	}
	for _, operation := range []string{"CreateConnection", "AllocatePrivateVirtualInterface", "DeleteVirtualInterface"} {
		if m.succeeded[operation] == 0 && *callsFlag >= 10000 {
			t.Errorf("%s never succeeded: %v", operation, m.succeeded)
		}
	}
}

// mutations is how many mutated requests each operation gets.
const mutations = 60

// TestMutatedRequests: requests that are nearly right, or were once, are
// answered or refused.
func TestMutatedRequests(t *testing.T) {
	m := newMonkey(t)
	for _, operation := range m.operations {
		for range mutations {
			m.look()
			body, err := json.Marshal(m.fill("", m.templates[operation]))
			if err != nil {
				t.Fatal(err)
			}
			for range 1 + m.IntN(4) {
				body = m.mutate(body)
			}
			m.call(operation, body)
		}
	}
}

// mutate changes a byte, cuts, repeats, or puts in something that hurts.
func (m *monkey) mutate(body []byte) []byte {
	if len(body) == 0 {
		return body
	}
	at := m.IntN(len(body))
	switch m.IntN(5) {
	case 0:
		body = slices.Clone(body)
		body[at] = byte(m.IntN(256))
	case 1:
		body = slices.Delete(slices.Clone(body), at, min(at+1+m.IntN(4), len(body)))
	case 2:
		body = slices.Insert(slices.Clone(body), at, body[at:min(at+m.IntN(20), len(body))]...)
	default:
		hurt := pick(m, "null", "-1", "1e99", "9223372036854775807", `""`, `"\u0000"`, "[]", "{}", "[null]", "true", `"`+strings.Repeat("x", 300)+`"`).(string)
		body = replaceValue(body, at, hurt)
	}
	return body
}

// replaceValue puts a value where the next one is after a colon.
func replaceValue(body []byte, at int, value string) []byte {
	colon := strings.IndexByte(string(body[at:]), ':')
	if colon < 0 {
		return body
	}
	from := at + colon + 1
	end := strings.IndexAny(string(body[from:]), ",}")
	if end < 0 {
		return body
	}
	return slices.Concat(body[:from], []byte(value), body[from+end:])
}

func refused(err error) bool {
	_, ok := errors.AsType[*demarc.Error](err)
	return ok
}
