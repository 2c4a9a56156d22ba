package demarc_test

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// rules says what a package may import of this module, by prefix; the longest
// matching rule counts. Dependencies follow the cable and never look back.
// Tests may import what they like.
var rules = map[string][]string{
	"demarc": {},

	// Protocols and machines know no room, and not even the nouns.
	"demarc/bgp":          {},
	"demarc/bfd":          {},
	"demarc/route":        {},
	"demarc/api/awsjson":  {},
	"demarc/api/awsquery": {},
	"demarc/api/sigv4":    {},
	"demarc/internal":     {},
	"demarc/internal/pki": {"demarc/internal/durable"},

	// The contract, and where nouns are kept.
	"demarc/intent": {"demarc", "demarc/route"},
	"demarc/store":  {"demarc", "demarc/intent", "demarc/store"},
	"demarc/site":   {"demarc", "demarc/store", "demarc/internal/durable"},

	// Rooms, along the cable.
	"demarc/audit":        {"demarc", "demarc/store"},
	"demarc/account":      {"demarc", "demarc/store"},
	"demarc/facility":     {"demarc", "demarc/store", "demarc/intent", "demarc/account"},
	"demarc/connection":   {"demarc", "demarc/store", "demarc/intent", "demarc/account", "demarc/facility"},
	"demarc/share":        {"demarc", "demarc/store"},
	"demarc/vpc":          {"demarc", "demarc/store", "demarc/share", "demarc/account", "demarc/route"},
	"demarc/transit":      {"demarc", "demarc/store", "demarc/share", "demarc/intent", "demarc/account", "demarc/route", "demarc/vpc"},
	"demarc/rehearsal":    {"demarc", "demarc/store"},
	"demarc/resiliency":   {"demarc", "demarc/store", "demarc/connection"},
	"demarc/gateway":      {"demarc", "demarc/store", "demarc/share", "demarc/intent", "demarc/route", "demarc/account", "demarc/transit"},
	"demarc/vif":          {"demarc", "demarc/store", "demarc/intent", "demarc/account", "demarc/facility", "demarc/connection", "demarc/gateway", "demarc/routerconfig"},
	"demarc/routerconfig": {"demarc"},
	"demarc/maintenance":  {"demarc", "demarc/store", "demarc/desk"},
	"demarc/notice":       {"demarc", "demarc/store", "demarc/intent", "demarc/route", "demarc/account", "demarc/desk"},
	"demarc/desk":         {"demarc", "demarc/rehearsal", "demarc/store", "demarc/share", "demarc/intent", "demarc/route", "demarc/account", "demarc/facility", "demarc/connection", "demarc/vif", "demarc/gateway", "demarc/transit", "demarc/routerconfig"},

	"demarc/cutover": {"demarc", "demarc/store", "demarc/intent", "demarc/desk", "demarc/gateway", "demarc/vpc", "demarc/vif"},

	// The edge never sees the store, the API or a room.
	"demarc/agent":           {"demarc", "demarc/intent", "demarc/bgp", "demarc/bfd", "demarc/route", "demarc/agent", "demarc/internal/durable", "demarc/internal/sparing"},
	"demarc/agent/linux":     {},
	"demarc/agent/vlan":      {"demarc/agent/linux"},
	"demarc/agent/fastpath":  {"demarc/agent/linux"},
	"demarc/agent/speaker":   {"demarc/bgp", "demarc/internal/poll", "demarc/internal/sparing"},
	"demarc/agent/heartbeat": {"demarc/bfd", "demarc/internal/sparing"},

	"demarc/series": {"demarc", "demarc/intent", "demarc/store"},

	// The front door.
	"demarc/api":            {"demarc", "demarc/audit", "demarc/store", "demarc/account", "demarc/series", "demarc/api"},
	"demarc/api/cloudwatch": {"demarc", "demarc/store", "demarc/series", "demarc/api/awsjson", "demarc/api/pagetoken", "demarc/api/regional", "demarc/api/awsquery"},
	"demarc/api/support":    {"demarc", "demarc/audit", "demarc/store", "demarc/desk", "demarc/api/awsjson", "demarc/api/desk"}, // the desk's shapes
	"demarc/api/sts":        {"demarc", "demarc/api/awsjson", "demarc/api/sigv4"},
	"demarc/api/edgelink":   {"demarc", "demarc/intent", "demarc/store", "demarc/internal/pki"},
	"demarc/api/desk":       {"demarc", "demarc/rehearsal", "demarc/audit", "demarc/store", "demarc/intent", "demarc/route", "demarc/desk", "demarc/facility", "demarc/connection", "demarc/vif", "demarc/gateway", "demarc/account", "demarc/cutover", "demarc/maintenance", "demarc/notice"},
	"demarc/api/directconnect": {"demarc", "demarc/audit", "demarc/resiliency", "demarc/store", "demarc/intent", "demarc/account", "demarc/facility", "demarc/connection",
		"demarc/vif", "demarc/gateway", "demarc/routerconfig", "demarc/api/again", "demarc/api/awsjson", "demarc/api/pagetoken", "demarc/api/regional", "demarc/api/directconnect"},
	"demarc/api/ec2":       {"demarc", "demarc/audit", "demarc/store", "demarc/route", "demarc/transit", "demarc/vpc", "demarc/api/awsquery", "demarc/api/pagetoken", "demarc/api/regional", "demarc/api/sigv4"},
	"demarc/api/ram":       {"demarc", "demarc/audit", "demarc/store", "demarc/share", "demarc/api/again", "demarc/api/awsjson", "demarc/api/pagetoken", "demarc/api/regional", "demarc/api/sigv4"},
	"demarc/api/again":     {"demarc", "demarc/store"},
	"demarc/api/regional":  {"demarc", "demarc/store"},
	"demarc/api/pagetoken": {"demarc"},
	"demarc/api/apitest":   {"demarc"},

	// Callers: they see what anyone sees.
	"demarc/client":           {"demarc/api/sigv4"},
	"demarc/lab":              {"demarc", "demarc/site", "demarc/agent/linux", "demarc/agent/vlan"},
	"demarc/lab/installation": {"demarc", "demarc/site"},
	"demarc/lab/procedure":    {"demarc", "demarc/client", "demarc/lab"},
	"demarc/cli":              {"demarc", "demarc/client", "demarc/docs", "demarc/site", "demarc/lab", "demarc/api/desk", "demarc/internal/durable"}, // the desk's shapes
	"demarc/docs":             {},

	// What happens by the clock.
	"demarc/sweep": {"demarc", "demarc/store"},

	// Only cmd chooses implementations; benchmarks measure all of it.
	"demarc/cmd":     {"demarc"},
	"demarc/stories": {},
	"demarc/bench":   {"demarc"},
}

// allowed reports whether a rule names the package or one above it; the root
// package stands for itself alone.
func allowed(rule []string, imported string) bool {
	return slices.ContainsFunc(rule, func(a string) bool {
		return imported == a || a != "demarc" && strings.HasPrefix(imported, a+"/")
	})
}

func TestImportsFollowTheCable(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		pkg := fields[0]
		rule, name := ruleFor(pkg)
		if name == "" {
			t.Errorf("%s has no rule: say in this table what it may import", pkg)
			continue
		}
		if name == "demarc/cmd" || name == "demarc/bench" || name == "demarc/api/apitest" {
			continue
		}
		for _, imported := range fields[1:] {
			if imported != "demarc" && !strings.HasPrefix(imported, "demarc/") {
				continue
			}
			if !allowed(rule, imported) && !strings.HasPrefix(imported, pkg+"/") {
				t.Errorf("%s imports %s, against the direction of the house (rule %s)", pkg, imported, name)
			}
		}
	}
}

func ruleFor(pkg string) ([]string, string) {
	best := ""
	for name := range rules {
		if (pkg == name || name != "demarc" && strings.HasPrefix(pkg, name+"/")) && len(name) > len(best) {
			best = name
		}
	}
	return rules[best], best
}

// TestOnlyThoseRoomsKnow holds which packages may speak to the kernel, to AWS's
// types and to etcd.
func TestOnlyThoseRoomsKnow(t *testing.T) {
	owners := map[string][]string{
		"github.com/vishvananda/netlink":                     {"demarc/agent/linux"},
		"github.com/mdlayher/netlink":                        {"demarc/agent/linux"},
		"github.com/google/nftables":                         {"demarc/agent/linux"},
		"github.com/cilium/ebpf":                             {"demarc/agent/vlan", "demarc/agent/fastpath"},
		"go.etcd.io/etcd":                                    {"demarc/store"},
		"github.com/tidwall/btree":                           {"demarc/store"},
		"github.com/osrg/gobgp":                              {"demarc/bgp"},
		"github.com/aws/aws-sdk-go-v2/service/directconnect": {"demarc/api/directconnect", "demarc/api/apitest", "demarc/internal/genshapes", "demarc/client", "demarc/lab/procedure", "demarc/bench"},
		"github.com/aws/aws-sdk-go-v2/service/ec2":           {"demarc/api/ec2", "demarc/client", "demarc/bench"},
		"github.com/aws/aws-sdk-go-v2/service/ram":           {"demarc/api/ram", "demarc/client", "demarc/bench"},
		"github.com/aws/aws-sdk-go-v2/service/sts":           {"demarc/api/sts"},
		"github.com/goccy/go-yaml":                           {"demarc/site", "demarc/cli", "demarc/api/support"},
		"github.com/aws/aws-sdk-go-v2/service/cloudwatch":    {"demarc/api/cloudwatch"},
		"codeberg.org/go-pdf/fpdf":                           {"demarc/facility"},
		"google.golang.org/grpc":                             {"demarc/api/edgelink", "demarc/cmd", "demarc/store"},
		"github.com/spf13/cobra":                             {"demarc/cli", "demarc/cmd"},
	}
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}} {{join .Imports " "}}`, "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		for _, imported := range fields[1:] {
			for library, may := range owners {
				if (imported == library || strings.HasPrefix(imported, library+"/")) && !allowed(may, fields[0]) {
					t.Errorf("%s imports %s, which only %v may", fields[0], imported, may)
				}
			}
		}
	}
}

// TestNounsImportOnlyTheStandardLibrary keeps the centre free.
func TestNounsImportOnlyTheStandardLibrary(t *testing.T) {
	out, err := exec.Command("go", "list", "-f", `{{join .Imports " "}}`, ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, imported := range strings.Fields(string(out)) {
		if strings.Contains(imported, ".") || strings.HasPrefix(imported, "demarc/") {
			t.Errorf("the root package imports %s", imported)
		}
	}
}
