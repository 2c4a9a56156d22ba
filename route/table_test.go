package route_test

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"demarc/route"
)

const (
	igw = "igw-1"
	vgw = "vgw-1"
)

var (
	vpc  = prefix("10.8.2.0/24")
	all  = prefix("0.0.0.0/0")
	addr = netip.MustParseAddr
)

func prefix(s string) netip.Prefix { return netip.MustParsePrefix(s) }

func learned(s, device string, length int) route.Propagated {
	return route.Propagated{Prefix: prefix(s), Target: vgw, Via: device, Path: route.Path{ASPathLength: length}}
}

// row writes a verdict as one line, so that tables read like a route table.
func row(v route.Verdict) string {
	text := v.Prefix.String() + " " + v.Target
	if v.Via != "" {
		text += " via " + v.Via
	}
	text += " " + string(v.Kind)
	if v.Active {
		return text
	}
	return text + "; " + v.BeatenBy.Prefix.String() + " " + v.BeatenBy.Target + ": " + v.Rule
}

func TestEvaluate(t *testing.T) {
	internet := []route.Static{{Prefix: all, Target: igw}}
	tests := map[string]struct {
		table route.Table
		want  []string
	}{
		"an empty table": {},
		"a learned default is shadowed by the internet gateway's": {
			route.Table{Local: []netip.Prefix{vpc}, Static: internet, Propagated: []route.Propagated{learned("0.0.0.0/0", "d1", 1)}},
			[]string{
				"0.0.0.0/0 igw-1 static",
				"0.0.0.0/0 vgw-1 via d1 propagated; 0.0.0.0/0 igw-1: static beats propagated at equal length",
				"10.8.2.0/24 local local",
			},
		},
		"a split default is longer and stays": {
			route.Table{Static: internet, Propagated: []route.Propagated{learned("128.0.0.0/1", "d1", 1), learned("0.0.0.0/1", "d1", 1)}},
			[]string{
				"0.0.0.0/0 igw-1 static",
				"0.0.0.0/1 vgw-1 via d1 propagated",
				"128.0.0.0/1 vgw-1 via d1 propagated",
			},
		},
		"local beats the same and the longer, not the shorter": {
			route.Table{Local: []netip.Prefix{vpc}, Static: []route.Static{{Prefix: prefix("10.8.2.128/25"), Target: igw}}, Propagated: []route.Propagated{
				learned("10.8.2.0/24", "d1", 1), learned("10.8.2.7/32", "d1", 1), learned("10.0.0.0/8", "d1", 1),
			}},
			[]string{
				"10.0.0.0/8 vgw-1 via d1 propagated",
				"10.8.2.0/24 local local",
				"10.8.2.0/24 vgw-1 via d1 propagated; 10.8.2.0/24 local: " + route.RuleLocal,
				"10.8.2.7/32 vgw-1 via d1 propagated; 10.8.2.0/24 local: " + route.RuleLocal,
				"10.8.2.128/25 igw-1 static; 10.8.2.0/24 local: " + route.RuleLocal,
			},
		},
		"the best of two paths is used": {
			route.Table{Propagated: []route.Propagated{learned("192.168.50.0/24", "d1", 3), learned("192.168.50.0/24", "d2", 1)}},
			[]string{
				"192.168.50.0/24 vgw-1 via d2 propagated",
				"192.168.50.0/24 vgw-1 via d1 propagated; 192.168.50.0/24 vgw-1: shorter AS path wins: 1 over 3",
			},
		},
		"equal paths of one gateway are used together": {
			route.Table{Propagated: []route.Propagated{learned("192.168.50.0/24", "d2", 2), learned("192.168.50.0/24", "d3", 3), learned("192.168.50.0/24", "d1", 2)}},
			[]string{
				"192.168.50.0/24 vgw-1 via d1 propagated",
				"192.168.50.0/24 vgw-1 via d2 propagated",
				"192.168.50.0/24 vgw-1 via d3 propagated; 192.168.50.0/24 vgw-1: shorter AS path wins: 2 over 3",
			},
		},
		"equal paths of two gateways are not": {
			route.Table{Propagated: []route.Propagated{
				{Prefix: prefix("192.168.50.0/24"), Target: "vgw-2", Via: "d1", Path: route.Path{ASPathLength: 2, RouterID: addr("10.0.0.1")}},
				{Prefix: prefix("192.168.50.0/24"), Target: vgw, Via: "d2", Path: route.Path{ASPathLength: 2, RouterID: addr("10.0.0.2")}},
			}},
			[]string{
				"192.168.50.0/24 vgw-1 via d2 propagated",
				"192.168.50.0/24 vgw-2 via d1 propagated; 192.168.50.0/24 vgw-1: " + route.RuleOneTarget,
			},
		},
		"a prefix list beats what is learned, and a route of its own beats a list": {
			route.Table{
				Static: []route.Static{
					{Prefix: prefix("10.1.0.0/16"), List: "pl-1", Target: igw}, {Prefix: prefix("10.2.0.0/16"), List: "pl-1", Target: igw},
					{Prefix: prefix("10.2.0.0/16"), Target: vgw}, {Prefix: prefix("10.1.0.0/16"), List: "pl-2", Target: "tgw-1"},
				},
				Propagated: []route.Propagated{learned("10.1.0.0/16", "d1", 1), learned("10.2.3.0/24", "d1", 1)},
			},
			[]string{
				"10.1.0.0/16 igw-1 prefix-list",
				"10.1.0.0/16 tgw-1 prefix-list; 10.1.0.0/16 igw-1: " + route.RuleOneList,
				"10.1.0.0/16 vgw-1 via d1 propagated; 10.1.0.0/16 igw-1: " + route.RuleList,
				"10.2.0.0/16 vgw-1 static",
				"10.2.0.0/16 igw-1 prefix-list; 10.2.0.0/16 vgw-1: " + route.RuleOverList,
				"10.2.3.0/24 vgw-1 via d1 propagated",
			},
		},
		"a second static route to a prefix is not used": {
			route.Table{Static: []route.Static{{Prefix: all, Target: vgw}, {Prefix: all, Target: igw}}},
			[]string{
				"0.0.0.0/0 igw-1 static",
				"0.0.0.0/0 vgw-1 static; 0.0.0.0/0 igw-1: " + route.RuleOneStatic,
			},
		},
		"host bits do not make another prefix": {
			route.Table{Static: []route.Static{{Prefix: prefix("192.168.50.1/24"), Target: igw}}, Propagated: []route.Propagated{learned("192.168.50.0/24", "d1", 1)}},
			[]string{
				"192.168.50.0/24 igw-1 static",
				"192.168.50.0/24 vgw-1 via d1 propagated; 192.168.50.0/24 igw-1: static beats propagated at equal length",
			},
		},
		"families do not meet": {
			route.Table{Static: internet, Propagated: []route.Propagated{learned("::/0", "d1", 1)}},
			[]string{"0.0.0.0/0 igw-1 static", "::/0 vgw-1 via d1 propagated"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, v := range route.Evaluate(test.table) {
				got = append(got, row(v))
			}
			if diff := cmp.Diff(got, test.want, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("verdicts (-got +want):\n%s", diff)
			}
		})
	}
}

func TestEvaluateDoesNotDependOnTheOrderOfRows(t *testing.T) {
	table := route.Table{
		Local:  []netip.Prefix{vpc, prefix("10.9.0.0/16")},
		Static: []route.Static{{Prefix: all, Target: igw}, {Prefix: all, Target: vgw}},
		Propagated: []route.Propagated{
			learned("0.0.0.0/0", "d1", 1), learned("10.8.2.1/32", "d1", 1),
			learned("192.168.0.0/16", "d2", 2), learned("192.168.0.0/16", "d1", 2), learned("192.168.0.0/16", "d3", 1),
		},
	}
	want := route.Evaluate(table)
	slices.Reverse(table.Local)
	slices.Reverse(table.Static)
	slices.Reverse(table.Propagated)
	if diff := cmp.Diff(route.Evaluate(table), want, cmpopts.EquateComparable(netip.Prefix{})); diff != "" {
		t.Errorf("verdicts of the reversed table (-got +want):\n%s", diff)
	}
}

func TestSixteenPathsAtMost(t *testing.T) {
	var table route.Table
	for i := range 20 {
		table.Propagated = append(table.Propagated, learned("192.168.50.0/24", fmt.Sprintf("d%02d", i), 1))
	}
	for i, v := range route.Evaluate(table) {
		if used := i < 16; v.Active != used || !used && v.Rule != route.RuleMaxPaths {
			t.Errorf("row %d: %s", i, row(v))
		}
	}
	if n := len(route.Best(make([]route.Path, 20)).Used()); n != route.MaxPaths {
		t.Errorf("%d paths of a device are used", n)
	}
}

func TestLookup(t *testing.T) {
	verdicts := route.Evaluate(route.Table{
		Local:  []netip.Prefix{vpc},
		Static: []route.Static{{Prefix: prefix("0.0.0.0/1"), Target: igw}},
		Propagated: []route.Propagated{
			learned("0.0.0.0/1", "d1", 1), learned("10.8.2.7/32", "d1", 1), learned("10.8.0.0/16", "d1", 1),
		},
	})
	tests := []struct {
		to   string
		want string // empty: dropped
	}{
		{"10.8.2.7", "10.8.2.0/24 local local"},
		{"10.8.3.1", "10.8.0.0/16 vgw-1 via d1 propagated"},
		{"9.9.9.9", "0.0.0.0/1 igw-1 static"},
		{"200.0.0.1", ""},
		{"2001:db8::1", ""},
	}
	for _, test := range tests {
		v, ok := route.Lookup(verdicts, addr(test.to))
		got := ""
		if ok {
			got = row(v)
		}
		if got != test.want {
			t.Errorf("to %s: got %q, want %q", test.to, got, test.want)
		}
	}
}

func TestASplitDefaultBeatsTheInternetGateway(t *testing.T) {
	verdicts := route.Evaluate(route.Table{
		Static:     []route.Static{{Prefix: all, Target: igw}},
		Propagated: []route.Propagated{learned("0.0.0.0/1", "d1", 1), learned("128.0.0.0/1", "d1", 1)},
	})
	for _, to := range []string{"9.9.9.9", "203.0.113.10"} {
		if v, _ := route.Lookup(verdicts, addr(to)); v.Target != vgw {
			t.Errorf("to %s: got %s, want %s", to, row(v), vgw)
		}
	}
}
