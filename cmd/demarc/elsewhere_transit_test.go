package main_test

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// ofCustomer asks the other installation's EC2 as the customer, and reads a
// query's text; want is what a refusal has to say, empty for none.
func (a *apart) ofCustomer(want string, args ...string) string {
	a.Helper()
	cmd := exec.Command("/usr/bin/aws", append([]string{"--profile", "customer", "--endpoint-url", "http://" + a.there.listen, "--output", "text"}, args...)...)
	dir := filepath.Join(a.there.data, "aws")
	cmd.Env = append(cmd.Environ(), "AWS_CONFIG_FILE="+filepath.Join(dir, "config"), "AWS_SHARED_CREDENTIALS_FILE="+filepath.Join(dir, "credentials"), "AWS_PAGER=", "AWS_MAX_ATTEMPTS=10")
	out, err := cmd.CombinedOutput()
	if text := string(out); (err == nil) != (want == "") || !strings.Contains(text, want) {
		a.Fatalf("aws %s: %v, want %q\n%s", strings.Join(args, " "), err, want, text)
	}
	return strings.TrimSpace(string(out))
}

// brought is a case about a Transit Gateway of the customer's there, with a
// Direct Connect gateway and a transit interface that the customer's router
// speaks BGP on, beside the hosted interface.
type brought struct {
	*apart
	of, tgw, dxgw string
}

// bring asks for the case, and makes the Transit Gateway.
func (a *apart) bring(prefixes ...string) *brought {
	a.Helper()
	b := &brought{apart: a}
	ask := []string{"case", "open", "--kind", "own-transit-gateway", "--environment", "acme-prod"}
	for _, p := range prefixes {
		ask = append(ask, "--prefix", p)
	}
	b.of = regexp.MustCompile(`case-[a-z0-9]+`).FindString(a.does("customer", 0, ask...))
	b.tgw = a.ofCustomer("", "ec2", "create-transit-gateway", "--options", "AmazonSideAsn=64900", "--query", "TransitGateway.TransitGatewayId")
	return b
}

// addIPv6 gives an interface there a session over IPv6 besides the one that it
// has, and waits until the edge has both.
func (a *apart) addIPv6(id string) {
	a.Helper()
	a.there.aws("customer", "create-bgp-peer", "--virtual-interface-id", id, "--new-bgp-peer", "addressFamily=ipv6")
	a.there.eventually("the edge has both sessions", func() bool {
		available := 0
		for _, v := range a.there.aws("customer", "describe-virtual-interfaces", "--virtual-interface-id", id)["virtualInterfaces"].([]any) {
			for _, p := range v.(map[string]any)["bgpPeers"].([]any) {
				if p.(map[string]any)["bgpPeerState"] == "available" {
					available++
				}
			}
		}
		return available == 2
	})
}

// line is the customer's own, behind the Transit Gateway; dual has it carry IPv6
// as well.
func (b *brought) line(conn string, dual bool) {
	b.Helper()
	id := b.ofCustomer("", "directconnect", "create-transit-virtual-interface", "--connection-id", conn, "--new-transit-virtual-interface",
		"virtualInterfaceName=hub,vlan=202,asn=65010,mtu=1500,addressFamily=ipv4,directConnectGatewayId="+b.dxgw, "--query", "virtualInterface.virtualInterfaceId")
	b.there.eventually("the transit interface waits for BGP", func() bool {
		return b.ofCustomer("", "directconnect", "describe-virtual-interfaces", "--virtual-interface-id", id, "--query", "virtualInterfaces[0].virtualInterfaceState") == "down"
	})
	if dual {
		b.addIPv6(id)
	}
	config := b.there.aws("customer", "describe-router-configuration", "--virtual-interface-id", id, "--router-type-identifier", "demarc-FRR-8")["customerRouterConfig"].(string)
	vif := b.there.aws("customer", "describe-virtual-interfaces", "--virtual-interface-id", id)["virtualInterfaces"].([]any)[0].(map[string]any)
	paste := b.there.command("lab", "configure", "acme-r1", "--add", "--interface", "eth0", "--vlan", "202", "--address", vif["customerAddress"].(string))
	paste.Stdin = strings.NewReader(regexp.MustCompile(`(?m)^.*router-id.*\n`).ReplaceAllString(config, ""))
	if out, err := paste.CombinedOutput(); err != nil {
		b.Fatalf("configure the router: %v\n%s", err, out)
	}
}

// caseStands waits until the page of the case ends with a code and says
// something in its first line.
func (b *brought) caseStands(party string, code int, want string) {
	b.Helper()
	out, got := "", 0
	b.until(party+": "+want, func() bool {
		out, got = b.as(party, "case", "status", b.of)
		return got == code && strings.Contains(strings.SplitN(out, "\n", 2)[0], want)
	})
}

func (b *brought) transit(party string, code int, verb string, args ...string) string {
	b.Helper()
	return b.does(party, code, append([]string{"elsewhere", "transit", verb, b.of}, args...)...)
}

// led lists what the route tables of the other installation's VPCs lead to the
// Transit Gateway.
func (b *brought) led() string {
	b.Helper()
	var tables struct {
		RouteTables []struct {
			Routes []struct{ DestinationCidrBlock, DestinationIpv6CidrBlock, TransitGatewayId string }
		}
	}
	b.there.ec2(&tables, "describe-route-tables")
	var all []string
	for _, t := range tables.RouteTables {
		for _, r := range t.Routes {
			if r.TransitGatewayId != "" {
				all = append(all, r.DestinationCidrBlock+r.DestinationIpv6CidrBlock+" "+r.TransitGatewayId)
			}
		}
	}
	return strings.Join(all, ", ")
}

// TestAnOwnTransitGatewayBetweenTwoInstallations takes a customer's Transit
// Gateway at one installation from a case at the other to packets that nothing
// but it carries, past the ways that are wrong, while both services are killed.
func TestAnOwnTransitGatewayBetweenTwoInstallations(t *testing.T) {
	a := newApart(t)
	a.policy("{name: known, when: {proven: true, matchesLink: true, withinLimits: true}, verdict: accept}")
	a.does("customer", 0, "case", "open", "--kind", "account-association", "--environment", "acme-prod")
	a.leg("a", "acme-r1")
	a.stands("customer", 0, "live")

	if out := a.does("customer", 3, "case", "open", "--kind", "own-transit-gateway", "--environment", "acme-prod", "--prefix", "192.168.50.0/24",
		"--resource-share", "arn:aws:ram:eu-central-1:111122223333:resource-share/1"); !strings.Contains(out, "E-REGION-TGW") {
		t.Errorf("a share in another Region: %s", out)
	}
	b := a.bring("192.168.50.0/24")
	b.caseStands("platform", 5, "the customer moves next: Share the Transit Gateway")
	if out := b.transit("platform", 3, "attach"); !strings.Contains(out, "E-TGW-NOT-SHARED") {
		t.Errorf("not shared: %s", out)
	}
	a.desk.again()
	b.transit("customer", 0, "share")
	a.there.kill("control")
	b.caseStands("customer", 5, "the platform moves next: Accept the share")
	b.transit("platform", 0, "attach")
	a.desk.again()
	b.caseStands("customer", 8, "the customer moves next: Accept the attachment")
	b.transit("customer", 0, "accept")
	if out := a.does("customer", 3, "link", "request", "--environment", "acme-prod", "--location", "LIS1", "--prefix", "192.168.60.0/24"); !strings.Contains(out, "E-TGW-EXCLUSIVE") {
		t.Errorf("a line beside it: %s", out)
	}

	same := a.ofCustomer("", "directconnect", "create-direct-connect-gateway", "--direct-connect-gateway-name", "same", "--amazon-side-asn", "64900", "--query", "directConnectGateway.directConnectGatewayId")
	if out := b.transit("customer", 1, "routes", "--direct-connect-gateway", same, "--timeout", "1ms"); !strings.Contains(out, "the ASN 64900 of Transit gateway "+b.tgw+" is also that of") {
		t.Errorf("equal ASNs: %s", out)
	}
	b.dxgw = a.ofCustomer("", "directconnect", "create-direct-connect-gateway", "--direct-connect-gateway-name", "hub", "--amazon-side-asn", "64600", "--query", "directConnectGateway.directConnectGatewayId")
	if out := b.transit("customer", 3, "routes", "--direct-connect-gateway", b.dxgw, "--timeout", "1ms"); !strings.Contains(out, "does not reach 192.168.50.0/24") {
		t.Errorf("without a line behind it: %s", out)
	}
	b.line(a.does("customer", 0, "elsewhere", "order", a.link), false) // the connection that there is
	if out := b.transit("platform", 3, "routes"); !strings.Contains(out, "E-TRANSIT-ORDER") {
		t.Errorf("before the customer's: %s", out)
	}
	b.transit("customer", 0, "routes", "--direct-connect-gateway", b.dxgw)
	a.there.kill("control")
	b.caseStands("platform", 8, "the platform moves next: Route the prefixes")
	if out := b.transit("platform", 3, "routes"); !strings.Contains(out, "E-TRANSIT-CARRIED") || b.led() != "" {
		t.Errorf("moved without a word: %s, %s", out, b.led())
	}
	b.transit("platform", 0, "routes", "--at-once")
	if want := "192.168.50.0/24 " + b.tgw; b.led() != want {
		t.Errorf("the environment leads %s, want %s", b.led(), want)
	}
	if out := a.does("customer", 0, "case", "show", b.of); !strings.Contains(out, "answer: Ready to use") {
		t.Errorf("the case: %s", out)
	}
	b.caseStands("customer", 5, "End the hosted interfaces")
	a.does("platform", 0, "elsewhere", "delete", a.link)
	b.until("nothing but the Transit Gateway carries", func() bool {
		cmd := a.pingFromBehind(a.command("customer", "case", "status", b.of, "--ping", "10.8.2.10", "-o", "json"))
		out, err := cmd.Output()
		var shown struct {
			Steps []struct {
				ID, Evidence string
				Done         bool
			}
		}
		if err != nil || json.Unmarshal(out, &shown) != nil {
			return false
		}
		for _, s := range shown.Steps {
			if s.ID == "ready" {
				return s.Done && strings.Contains(s.Evidence, "10.8.2.10 answered 3 of 3 echo requests, and no hosted interface leads there")
			}
		}
		return false
	})
	b.caseStands("customer", 0, "nothing is left")
	a.keysStay()
	a.there.end(syscall.SIGINT)
	a.there.mustBeGone()
}
