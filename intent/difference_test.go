package intent_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"demarc"
	"demarc/intent"
)

var alike = []cmp.Option{cmpopts.EquateComparable(netip.Addr{}, netip.Prefix{}, demarc.Secret{}), cmpopts.EquateEmpty()}

// carried is what is left of a value after its way over the wire.
func carried[T any](t *testing.T, v T) (there T) {
	t.Helper()
	text, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(text, &there)
	}
	if err != nil {
		t.Fatal(err)
	}
	return there
}

// An intent that was put together from differences is the one that was
// compiled, whatever changed from one to the next.
func TestDifferencesMakeTheIntentThatWasCompiled(t *testing.T) {
	for _, kind := range []struct {
		name string
		draw func(*rand.Rand) intent.Node
	}{{"device", drawDevice}, {"host", drawHost}} {
		t.Run(kind.name, func(t *testing.T) {
			r := rand.New(rand.NewPCG(1, 2))
			there, before := intent.Node{}, intent.Node{}
			for i := range 500 {
				compiled := kind.draw(r)
				compiled.Version = int64(i)
				if d, ok := compiled.Since(before); ok {
					there = there.With(carried(t, d))
				} else if i > 0 {
					t.Fatal("the difference of two documents of a kind could not be said")
				} else {
					there = carried(t, compiled)
				}
				if diff := cmp.Diff(there, compiled, alike...); diff != "" {
					t.Fatalf("intent %d: got - want +\n%s", i, diff)
				}
				before = compiled
			}
		})
	}
}

// drawDevice has some of a few interfaces, on some of a few gateways, each in
// one of a few states.
func drawDevice(r *rand.Rand) intent.Node {
	in := intent.DeviceInputs{Device: demarc.Device{ID: "d1", RouterID: netip.AddrFrom4([4]byte{10, 0, 0, byte(r.IntN(2))})}}
	for i := range 6 {
		if r.IntN(4) > 0 {
			in.Connections = append(in.Connections, demarc.Connection{
				ID: demarc.ConnectionID(fmt.Sprint("dxcon-", i)), Port: demarc.PortID(fmt.Sprint("d1/p", i)),
				State: demarc.ConnectionAvailable, Bandwidth: demarc.Bandwidth(1+r.IntN(2)) * demarc.Gbps,
			})
		}
		if r.IntN(4) > 0 {
			in.Gateways = append(in.Gateways, demarc.VirtualGateway{ID: demarc.GatewayID(fmt.Sprint("vgw-", i)), ASN: demarc.ASN(64512 + r.IntN(2))})
		}
		if r.IntN(4) > 0 {
			in.Interfaces = append(in.Interfaces, &demarc.VirtualInterface{
				ID: demarc.VirtualInterfaceID(fmt.Sprint("dxvif-", i)), Type: demarc.PrivateVIF, State: demarc.VIFPending,
				Connection: demarc.ConnectionID(fmt.Sprint("dxcon-", r.IntN(6))), Gateway: demarc.GatewayID(fmt.Sprint("vgw-", r.IntN(6))),
				MTU: 1500 + r.IntN(2), Peers: []demarc.BGPPeer{{ID: "dxpeer-1", Key: demarc.NewSecret(fmt.Sprint("key", r.IntN(2)))}},
			})
		}
	}
	r.Shuffle(len(in.Interfaces), func(i, j int) { in.Interfaces[i], in.Interfaces[j] = in.Interfaces[j], in.Interfaces[i] })
	return intent.CompileDevice(in)
}

func drawHost(r *rand.Rand) intent.Node {
	in := intent.HostInputs{Host: demarc.VPCHost{ID: "h1"}}
	for i := range 6 {
		if r.IntN(4) > 0 {
			in.VPCs = append(in.VPCs, demarc.VPC{ID: demarc.VPCID(fmt.Sprint("vpc-", i)), CIDR: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(r.IntN(2)), 0, 0}), 16)})
		}
		if r.IntN(4) > 0 {
			in.Transit.Gateways = append(in.Transit.Gateways, demarc.TransitGateway{ID: demarc.TransitGatewayID(fmt.Sprint("tgw-", i)), Host: "h1"})
			in.Transit.Tables = append(in.Transit.Tables, demarc.TransitRouteTable{
				ID: demarc.TransitRouteTableID(fmt.Sprint("tgw-rtb-", i)), TransitGateway: demarc.TransitGatewayID(fmt.Sprint("tgw-", i)),
				Static: []demarc.TransitStaticRoute{{Prefix: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(r.IntN(2)), 0, 0}), 16)}},
			})
		}
	}
	return intent.CompileHost(in)
}

// The same of reports, of which most only count on.
func TestDifferencesMakeTheReport(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	there, before, spared := intent.Report{}, intent.Report{}, 0
	for i := range 500 {
		report := drawReport(r)
		d, ok := report.Since(before)
		if !ok {
			t.Fatal("the difference of two reports could not be said")
		}
		spared += len(d.SameRoutes)
		there = there.With(carried(t, d))
		if diff := cmp.Diff(there, report, alike...); diff != "" {
			t.Fatalf("report %d: got - want +\n%s", i, diff)
		}
		before = report
	}
	if spared == 0 {
		t.Error("routes that were said already were said again each time")
	}
}

func drawReport(r *rand.Rand) (report intent.Report) {
	report.Applied = int64(r.IntN(100))
	if r.IntN(2) == 0 {
		report.Problems = map[string]string{"dxvif-1": "it is told whole"}
	}
	for i := range 6 {
		if r.IntN(6) > 0 {
			report.Ports = append(report.Ports, &intent.PortSeen{ID: demarc.PortID(fmt.Sprint("d1/p", i)), Untagged: r.Uint64N(2)})
		}
		if r.IntN(6) > 0 {
			report.VPCs = append(report.VPCs, &intent.VPCSeen{ID: demarc.VPCID(fmt.Sprint("vpc-", i)), Paths: []intent.PathSeen{{Target: "igw-1", InBytes: r.Uint64N(2)}}})
		}
		if r.IntN(6) > 0 {
			seen := intent.VIFSeen{ID: demarc.VirtualInterfaceID(fmt.Sprint("dxvif-", i)), RxBytes: r.Uint64N(4)}
			for j := range r.IntN(3) {
				seen.Accepted = seen.Accepted.With(intent.RoutesOf(intent.RouteSeen{Prefix: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, byte(j), 0, 0}), 16), Since: time.Unix(int64(r.IntN(2)), 0).UTC()}))
			}
			report.VIFs = append(report.VIFs, &seen)
		}
	}
	return report
}

// Of a thousand lines those that a difference does not name are the same ones
// still, so that whoever goes through them need not compare what they say.
func TestWhatDoesNotDifferIsShared(t *testing.T) {
	node, report := intent.Node{Device: &intent.Device{}}, intent.Report{}
	for i := range 1000 {
		id := demarc.VirtualInterfaceID(fmt.Sprintf("dxvif-%04d", i))
		node.Device.VIFs = append(node.Device.VIFs, &intent.VIF{ID: id, MTU: 1500})
		report.VIFs = append(report.VIFs, &intent.VIFSeen{ID: id, MTU: 1500})
	}
	nodeAfter := node.With(intent.NodeDifference{Node: intent.Node{Device: &intent.Device{VIFs: []*intent.VIF{{ID: "dxvif-0500", MTU: 8500}}}}, Gone: []string{"dxvif-0007"}})
	reportAfter := report.With(intent.ReportDifference{Report: intent.Report{VIFs: []*intent.VIFSeen{{ID: "dxvif-0500", MTU: 8500}}}, Gone: []string{"dxvif-0007"}})
	if got := shared(node.Device.VIFs, nodeAfter.Device.VIFs); got != 998 || len(nodeAfter.Device.VIFs) != 999 {
		t.Errorf("of 999 lines of an intent %d are shared, of which 998 have not changed", got)
	}
	if got := shared(report.VIFs, reportAfter.VIFs); got != 998 || len(reportAfter.VIFs) != 999 {
		t.Errorf("of 999 lines of a report %d are shared, of which 998 have not changed", got)
	}
}

func shared[T any](before, after intent.Lines[T]) (n int) {
	for _, line := range after {
		if slices.Contains(before, line) {
			n++
		}
	}
	return n
}

// A line that is none is no line to work with.
func TestALineThatIsNullIsRefused(t *testing.T) {
	for text, into := range map[string]any{
		`{"node": "d1", "device": {"routerID": "10.0.0.1", "vifs": [{"id": "dxvif-1"}, null]}}`: &intent.Node{},
		`{"node": "d1", "vifs": [null]}`:  &intent.Report{},
		`{"node": "d1", "ports": [null]}`: &intent.Report{},
	} {
		if err := json.Unmarshal([]byte(text), into); err == nil || !strings.Contains(err.Error(), "null") {
			t.Errorf("%s was read as %+v (%v)", text, into, err)
		}
	}
}

// What cannot be said as a difference is not: the whole is told then.
func TestDocumentsWithoutADifference(t *testing.T) {
	ordered := intent.Node{Device: &intent.Device{VIFs: []*intent.VIF{{ID: "dxvif-1"}, {ID: "dxvif-2"}}}}
	for name, before := range map[string]intent.Node{
		"nothing": {}, "another kind": {VPCHost: &intent.VPCHost{}},
		"another order": {Device: &intent.Device{VIFs: []*intent.VIF{{ID: "dxvif-2"}, {ID: "dxvif-1"}}}},
		"a line twice":  {Device: &intent.Device{VIFs: []*intent.VIF{{ID: "dxvif-1"}, {ID: "dxvif-1"}}}},
	} {
		if d, ok := ordered.Since(before); ok {
			t.Errorf("after %s the difference is %+v", name, d)
		}
	}
}
