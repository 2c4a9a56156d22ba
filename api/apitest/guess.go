package apitest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"demarc"
	"demarc/api/directconnect"
	"demarc/connection"
	"demarc/store"
)

type document = map[string]any

// SDKDir is where the module of the SDK's Direct Connect is, with its golden
// requests and answers.
func SDKDir() (string, error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/aws/aws-sdk-go-v2/service/directconnect").Output()
	if err != nil {
		return "", fmt.Errorf("find the SDK's module: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

// Golden is the body of a golden request or answer.
func Golden(file string) (string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	return string(text[bytes.LastIndex(text, []byte("\n\n"))+2:]), nil
}

// A Guesser writes requests of Direct Connect that may well be granted: the
// SDK's golden ones, with values that fit the site as it is.
type Guesser struct {
	*rand.Rand
	Region demarc.Region
	// Operations are all there are, by name.
	Operations []string
	// By is who calls next. known are ids by what they are of, and mine those
	// of them that the caller has a part in; see Look.
	By          demarc.AccountID
	known, mine map[string][]string
	templates   map[string]document
}

// NewGuesser reads the golden requests of a module ([SDKDir]).
func NewGuesser(sdk string, chance *rand.Rand, region demarc.Region) (*Guesser, error) {
	g := &Guesser{Rand: chance, Region: region, templates: map[string]document{}}
	for _, op := range directconnect.Operations() {
		text, err := Golden(filepath.Join(sdk, "request_snapshot", op+".request.snap"))
		if err != nil {
			return nil, err
		}
		template := document{}
		if err := json.Unmarshal([]byte(text), &template); err != nil {
			return nil, fmt.Errorf("golden request of %s: %w", op, err)
		}
		g.templates[op] = template
	}
	g.Operations = slices.Sorted(maps.Keys(g.templates))
	return g, nil
}

// Look notes who calls next, and what there is to name in a call.
func (g *Guesser) Look(view *store.View, by demarc.AccountID) {
	g.By, g.known, g.mine = by, map[string][]string{}, map[string][]string{}
	note := func(kind, id string, parties ...demarc.AccountID) {
		g.known[kind] = append(g.known[kind], id)
		if slices.Contains(parties, by) {
			g.mine[kind] = append(g.mine[kind], id)
		}
	}
	for a := range store.Accounts.All(view) {
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

// Known lists the ids of a kind, whoever's they are.
func (g *Guesser) Known(kind string) []string { return g.known[kind] }

// Any is one of the caller's, more often than one of anybody's, and now and
// then one that nobody has.
func (g *Guesser) Any(kinds ...string) string {
	from := g.mine
	if g.IntN(5) == 0 {
		from = g.known
	}
	var all []string
	for _, kind := range kinds {
		all = append(all, from[kind]...)
	}
	if len(all) == 0 || g.IntN(20) == 0 {
		return "dxcon-f0000000"
	}
	return all[g.IntN(len(all))]
}

// Pick is one of several.
func Pick[T any](chance *rand.Rand, of ...T) T { return of[chance.IntN(len(of))] }

// value is something likely for a member of a request.
func (g *Guesser) value(name string, template any) any {
	switch name {
	case "connectionId", "parentConnectionId", "interconnectId", "lagId", "connectionIds":
		return g.Any("connection", "connection", "lag")
	case "virtualInterfaceId":
		return g.Any("interface")
	case "ownerAccount", "directConnectGatewayOwnerAccount", "associatedGatewayOwnerAccount":
		return Pick(g.Rand, g.known["account"]...)
	case "virtualGatewayId", "gatewayId":
		return g.Any("gateway")
	case "directConnectGatewayId":
		return g.Any("direct-connect-gateway")
	case "associationId":
		return g.Any("association")
	case "proposalId":
		return g.Any("proposal")
	case "location":
		return Pick(g.Rand, "LIS1", "LIS2")
	case "bandwidth", "connectionsBandwidth":
		return Pick(g.Rand, "1Gbps", "1Gbps", "10Gbps", "50Mbps")
	case "vlan":
		return 100 + g.IntN(6)
	case "asn", "asnLong", "amazonSideAsn":
		return Pick(g.Rand, 65001, 65002, 64512, 4200000000)
	case "numberOfConnections", "minimumLinks":
		return g.IntN(2)
	case "mtu":
		return Pick(g.Rand, 1500, 8500, 9001, 1400)
	case "addressFamily":
		return Pick(g.Rand, "ipv4", "ipv4", "ipv6")
	case "amazonAddress", "customerAddress":
		return fmt.Sprintf("169.254.%d.%d/30", 10+g.IntN(3), 1+g.IntN(2))
	case "cidr":
		return fmt.Sprintf("10.%d.0.0/16", g.IntN(8))
	case "ckn", "cak":
		return strings.Repeat(fmt.Sprint(g.IntN(6)), 64)
	case "secretARN":
		return g.Any("key")
	case "encryptionMode":
		return Pick(g.Rand, "no_encrypt", "should_encrypt", "must_encrypt")
	case "authKey":
		return "0xKeyKeyKey"
	case "resourceArn", "resourceArns":
		id := g.Any("connection", "interface")
		kind, _, _ := strings.Cut(id, "-")
		return fmt.Sprintf("arn:aws:directconnect:%s:%s:%s/%s", g.Region, g.By, kind, id)
	}
	return template
}

// fill makes a likely request of a golden one: members left out at random, the
// others with values that may fit.
func (g *Guesser) fill(name string, template any) any {
	switch v := template.(type) {
	case document:
		filled := document{}
		if _, making := v["numberOfConnections"]; making && g.IntN(4) > 0 {
			v = maps.Clone(v)
			delete(v, "connectionId") // a new group seldom begins with an old connection
		}
		for _, member := range slices.Sorted(maps.Keys(v)) {
			if g.keeps(member) {
				filled[member] = g.fill(member, v[member])
			}
		}
		return filled
	case []any:
		list := []any{}
		for range g.IntN(3) {
			list = append(list, g.fill(name, v[0]))
		}
		return list
	case bool:
		return g.IntN(4) == 0
	default:
		return g.value(name, template)
	}
}

// rare are members that most requests do without: they choose between two ways,
// or ask for what is seldom granted.
var rare = []string{
	"lagId", "billingMode", "encryptionMode", "rateLimit", "prefixPoolAllocatedCountIpv4", "prefixPoolAllocatedCountIpv6",
	"enableSiteLink", "directConnectGatewayId", "asnLong", "amazonAddress", "customerAddress", "addressFamily", "maxResults", "nextToken",
	"resiliencyGroupId", "loaContentType", "secretARN", "connectionsBandwidth", "tags", "childConnectionTags", "clientToken",
}

func (g *Guesser) keeps(member string) bool {
	if slices.Contains(rare, member) {
		return g.IntN(6) == 0
	}
	return g.IntN(15) > 0
}

// Body is a likely one for an operation.
func (g *Guesser) Body(operation string) ([]byte, error) {
	return json.Marshal(g.fill("", g.templates[operation]))
}

// Operation is any, but rather one that makes something than one that looks or
// takes away: else there is never much.
func (g *Guesser) Operation() string {
	for {
		operation := Pick(g.Rand, g.Operations...)
		builds := strings.HasPrefix(operation, "Create") || strings.HasPrefix(operation, "Allocate") || strings.HasPrefix(operation, "Confirm") || operation == "AssociateMacSecKey"
		if builds || g.IntN(3) == 0 {
			return operation
		}
	}
}
