package routerconfig_test

import (
	"flag"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"demarc"
	"demarc/routerconfig"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files anew")

// hard has every character that a key may have and a router might trip over.
const hard = "!#$%&'()*+,-./:;<=>?@[\\]^_`{|}~0Az"

func vif() demarc.VirtualInterface {
	return demarc.VirtualInterface{
		ID: "dxvif-fabc1234", Type: demarc.PrivateVIF, VLAN: 101, MTU: 1500, State: demarc.VIFDown, GatewayASN: 64512,
		Peers: []demarc.BGPPeer{{
			ID: "dxpeer-f0000001", Family: demarc.IPv4, ASN: 65001,
			AmazonAddress:   netip.MustParsePrefix("169.254.10.1/30"),
			CustomerAddress: netip.MustParsePrefix("169.254.10.2/30"),
			Key:             demarc.NewSecret("0xsecret.Key_0123456789a"),
		}},
	}
}

// other is an interface unlike vif in whatever makes a difference.
func other() demarc.VirtualInterface {
	v := vif()
	v.VLAN, v.MTU, v.GatewayASN = 4094, 9001, 4200000001
	v.Peers[0].ASN = 4294967294
	v.Peers[0].AmazonAddress = netip.MustParsePrefix("10.1.2.2/31")
	v.Peers[0].CustomerAddress = netip.MustParsePrefix("10.1.2.3/31")
	v.Peers[0].Key = demarc.NewSecret(hard)
	return v
}

// peer6 is a session over IPv6 with an ASN.
func peer6(asn demarc.ASN) demarc.BGPPeer {
	return demarc.BGPPeer{
		ID: "dxpeer-f0000002", Family: demarc.IPv6, ASN: asn,
		AmazonAddress:   netip.MustParsePrefix("fdd6:6172:6d63:1::1/125"),
		CustomerAddress: netip.MustParsePrefix("fdd6:6172:6d63:1::6/125"),
		Key:             demarc.NewSecret("0xsecret.Key_6"),
	}
}

// both has a session of each family, with one ASN.
func both() demarc.VirtualInterface {
	v := vif()
	v.Peers = append(v.Peers, peer6(65001))
	return v
}

// unlike has two ASNs, one for each family.
func unlike() demarc.VirtualInterface {
	v := other()
	v.Peers = append(v.Peers, peer6(65002))
	v.Peers[1].Key = demarc.NewSecret(hard)
	return v
}

// six has a session over IPv6 alone.
func six() demarc.VirtualInterface {
	v := vif()
	v.Peers = []demarc.BGPPeer{peer6(65001)}
	return v
}

func text(t *testing.T, v demarc.VirtualInterface, identifier string) string {
	t.Helper()
	kind, text, err := routerconfig.Text(v, identifier)
	if err != nil {
		t.Fatal(err)
	}
	if kind.Identifier != identifier {
		t.Errorf("got the text of %s, want %s", kind.Identifier, identifier)
	}
	return text
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, string(want)); diff != "" {
		t.Errorf("%s differs (-got +want):\n%s", file, diff)
	}
}

func TestGolden(t *testing.T) {
	for identifier, name := range map[string]string{
		routerconfig.FRR:                                "frr",
		routerconfig.BIRD:                               "bird",
		routerconfig.VyOS:                               "vyos",
		routerconfig.MikroTik:                           "routeros",
		"CiscoSystemsInc-2900SeriesRouters-IOS124":      "ios",
		"CiscoSystemsInc-Nexus9KSeriesSwitches-NXOS93":  "nxos",
		"JuniperNetworksInc-MMXSeriesRouters-JunOS95":   "junos",
		"PaloAltoNetworks-PA3000and5000series-PANOS803": "panos",
	} {
		golden(t, name+".conf", text(t, vif(), identifier))
		golden(t, name+"-other.conf", text(t, other(), identifier))
		golden(t, name+"-both.conf", text(t, both(), identifier))
		golden(t, name+"-unlike.conf", text(t, unlike(), identifier))
		golden(t, name+"-six.conf", text(t, six(), identifier))
	}
}

func TestXML(t *testing.T) {
	got, err := routerconfig.XML(vif())
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "private.xml", got)
	both := other()
	both.Peers = append(both.Peers, demarc.BGPPeer{
		Family: demarc.IPv6, ASN: 64600, Key: demarc.NewSecret("KEY6<&>"),
		AmazonAddress:   netip.MustParsePrefix("2001:db8::1/125"),
		CustomerAddress: netip.MustParsePrefix("2001:db8::6/125"),
	})
	if got, err = routerconfig.XML(both); err != nil {
		t.Fatal(err)
	}
	golden(t, "dual-stack.xml", got)
}

// run gives a file to a command and returns what it said. FRR's daemons drop
// root first, so the file must be readable by anybody.
func run(t *testing.T, config string, command ...string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chmod(filepath.Dir(dir), 0o755); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "router.conf")
	if err := os.WriteFile(file, []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(command[0], append(command[1:], file)...).CombinedOutput()
	if err != nil {
		return fmt.Sprintf("%s%v", out, err)
	}
	return string(out)
}

// aboutTheMachine is what daemons say of the kernel, and of a directory that one
// of the same process number has left, and not of the file.
var aboutTheMachine = regexp.MustCompile(`Disabling MPLS support|failed to mkdir|crashlog and per-thread log buffering`)

var unknownLine = regexp.MustCompile(`No such command on config line (\d+)`)

// frrDaemons are those that FRR's file is for.
var frrDaemons = []string{"zebra", "bfdd", "bgpd"}

// checkFRR asks vtysh, which knows every daemon's commands, and the daemons
// that the file is for. Each passes over what is another's, so a line is at
// fault when none takes it.
func checkFRR(t *testing.T, config string) []string {
	t.Helper()
	var found []string
	if said := run(t, config, "vtysh", "-C", "-f"); said != "" {
		found = append(found, "vtysh: "+said)
	}
	passed := map[string]int{}
	for _, daemon := range frrDaemons {
		for said := range strings.Lines(run(t, config, "/usr/lib/frr/"+daemon, "-C", "-f")) {
			if line := unknownLine.FindStringSubmatch(said); line != nil {
				passed[line[1]]++
			} else if !aboutTheMachine.MatchString(said) {
				found = append(found, daemon+": "+said)
			}
		}
	}
	for line, daemons := range passed {
		if daemons == len(frrDaemons) {
			found = append(found, "no daemon takes line "+line)
		}
	}
	return found
}

func checkBIRD(t *testing.T, config string) []string {
	t.Helper()
	if said := run(t, config, "bird", "-p", "-c"); said != "" {
		return []string{said}
	}
	return nil
}

// The nonsense at the end proves that the checks can find something.
func TestRoutersTakeIt(t *testing.T) {
	for identifier, check := range map[string]func(*testing.T, string) []string{
		routerconfig.FRR:  checkFRR,
		routerconfig.BIRD: checkBIRD,
	} {
		for _, v := range []demarc.VirtualInterface{vif(), other(), both(), unlike(), six()} {
			if found := check(t, text(t, v, identifier)); found != nil {
				t.Errorf("%s, VLAN %d, %d sessions: %q", identifier, v.VLAN, len(v.Peers), found)
			}
		}
		if found := check(t, text(t, vif(), identifier)+"neither of them;\n"); found == nil {
			t.Errorf("%s: nonsense was taken", identifier)
		}
	}
}

func TestTypes(t *testing.T) {
	_, byDefault, err := routerconfig.Text(vif(), "")
	if err != nil || byDefault != text(t, vif(), routerconfig.FRR) {
		t.Errorf("without an identifier: %v, want FRR's text", err)
	}
	_, _, err = routerconfig.Text(vif(), "AcmeInc-Toaster")
	if demarc.KindOf(err) != demarc.Invalid || !strings.Contains(err.Error(), routerconfig.BIRD) {
		t.Errorf("got %v, want a refusal that names the kinds there are", err)
	}
	got := routerconfig.Types()[4]
	want := routerconfig.RouterType{
		Vendor: "Cisco Systems, Inc.", Platform: "2900 Series Routers", Software: "IOS 12.4+",
		XSLTTemplateName: "customer-router-cisco-generic.xslt", Identifier: "CiscoSystemsInc-2900SeriesRouters-IOS124",
	}
	if diff := cmp.Diff(got, want); diff != "" {
		t.Errorf("(-got +want):\n%s", diff)
	}
	for _, kind := range routerconfig.Types() {
		text(t, vif(), kind.Identifier)
	}
}

func TestNoPeer(t *testing.T) {
	v := vif()
	v.Peers[0].State = demarc.PeerDeleting
	if _, _, err := routerconfig.Text(v, routerconfig.FRR); demarc.KindOf(err) != demarc.Conflict {
		t.Errorf("got %v, want a refusal", err)
	}
}
