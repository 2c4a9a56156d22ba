package main_test

import (
	"fmt"
	"net/netip"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/directconnect"
	"github.com/aws/aws-sdk-go-v2/service/directconnect/types"

	"demarc/agent/linux"
	"demarc/agent/vlan"
	"demarc/client"
	"demarc/lab"
)

// The customer's public network, and an environment's address in the
// provider's.
const (
	ownRouter   = "192.0.2.1/25"
	ownPrefix   = "192.0.2.0/25"
	ownHost     = "192.0.2.10"
	environment = "203.0.113.2"
	internetWeb = "198.51.100.10"
)

// inside runs a command at a place of the lab.
func (r *running) inside(place string, args ...string) (string, error) {
	out, err := exec.CommandContext(r.t.Context(), "ip", append([]string{"netns", "exec", lab.Namespace(r.instance, place)}, args...)...).CombinedOutput()
	return string(out), err
}

// tag gives the customer's router another tag on its only cable.
func (r *running) tag(number uint16, address string) {
	r.t.Helper()
	ns, err := linux.OpenNamespace(lab.Namespace(r.instance, "acme-r1"))
	if err != nil {
		r.t.Fatal(err)
	}
	defer ns.Close()
	demux, err := vlan.Open(ns)
	if err != nil {
		r.t.Fatal(err)
	}
	defer demux.Close()
	outer, inner := fmt.Sprintf("eth0.%d", number), fmt.Sprintf("t%d", number)
	err = linux.EnsureVeth(
		linux.End{Namespace: ns, Name: outer, Addresses: []netip.Prefix{netip.MustParsePrefix(address)}},
		linux.End{Namespace: ns, Name: inner},
	)
	if err == nil {
		err = demux.EnsurePort("eth0")
	}
	if err == nil {
		err = demux.EnsureVIF(vlan.VIF{Port: "eth0", VLAN: number, Link: inner})
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

// orderPublic has the customer order a public interface by the AWS CLI, beside
// a private one and with the same ASN, and the platform verify it.
func (r *running) orderPublic(beside types.VirtualInterface) (id string) {
	r.t.Helper()
	made := r.aws("customer", "create-public-virtual-interface", "--connection-id", aws.ToString(beside.ConnectionId), "--new-public-virtual-interface",
		fmt.Sprintf(
			"virtualInterfaceName=open,vlan=202,asn=%d,amazonAddress=192.0.2.253/30,customerAddress=192.0.2.254/30,authKey=0xPublicKey,routeFilterPrefixes=[{cidr=%s}]", beside.Asn, ownPrefix))
	if made["virtualInterfaceState"] != "verifying" {
		r.t.Fatalf("it is %v, not verifying", made["virtualInterfaceState"])
	}
	id = made["virtualInterfaceId"].(string)
	platform, err := client.New(r.t.Context(), client.Options{Endpoint: "http://" + r.listen, Profile: "platform", Dir: filepath.Join(r.data, "aws")})
	if err != nil {
		r.t.Fatal(err)
	}
	if err := platform.Desk(r.t.Context(), "POST", "/desk/v1/platform/virtual-interfaces/"+id+"/verify", nil, &struct{}{}); err != nil {
		r.t.Fatal(err)
	}
	return id
}

func (r *running) stateOf(id string) types.VirtualInterfaceState {
	out, err := r.customer().DirectConnect().DescribeVirtualInterfaces(r.t.Context(), &directconnect.DescribeVirtualInterfacesInput{VirtualInterfaceId: &id})
	if err != nil {
		r.t.Fatal(err)
	}
	return out.VirtualInterfaces[0].VirtualInterfaceState
}

// On a line that carries a private interface the customer orders a public one.
// By it its host reaches an environment's public address, and the app host
// reaches the customer's own by its internet gateway; the internet stays out.
func TestAPublicInterfaceCarriesTraffic(t *testing.T) {
	r := newUp(t).start()
	r.walk(func(int) bool { return true })
	private := r.vif()
	id := r.orderPublic(private)
	r.eventually("the edge has it", func() bool { return r.stateOf(id) == types.VirtualInterfaceStateDown })

	r.tag(202, "192.0.2.254/30")
	before, _, _ := strings.Cut(aws.ToString(private.AmazonAddress), "/")
	r.vtysh("configure terminal",
		"ip prefix-list PRIVATE seq 5 deny "+ownPrefix, "ip prefix-list PRIVATE seq 10 permit any",
		"interface lan0", "ip address "+ownRouter, "exit",
		fmt.Sprintf("router bgp %d", private.Asn), "no bgp ebgp-requires-policy",
		"neighbor 192.0.2.253 remote-as 7224", "neighbor 192.0.2.253 password 0xPublicKey", "neighbor 192.0.2.253 timers connect 1",
		"address-family ipv4 unicast", "network "+ownPrefix, "neighbor 192.0.2.253 activate", "neighbor "+before+" prefix-list PRIVATE out")
	if out, err := r.inside("acme-h1", "ip", "addr", "add", ownHost+"/25", "dev", "eth0"); err != nil {
		t.Fatal(out)
	}
	r.eventually("its session is up", func() bool { return r.stateOf(id) == types.VirtualInterfaceStateAvailable })
	r.eventually("the customer reaches the environment's public address", func() bool {
		_, err := r.inside("acme-h1", "ping", "-n", "-c1", "-W1", "-I", ownHost, environment)
		return err == nil
	})
	var answer string
	r.eventually("the app host reaches the customer's public address", func() bool {
		answer, _ = r.inside("acme-app1", "curl", "-s", "-m", "2", "http://"+ownHost+"/")
		return answer != ""
	})
	if want := "acme-h1 answers " + environment; strings.TrimSpace(answer) != want {
		t.Errorf("the customer's host says %q, want %q", answer, want)
	}

	if out, err := r.inside("acme-r1", "ip", "route", "add", internetWeb, "via", "192.0.2.253"); err != nil {
		t.Fatal(out)
	}
	if _, err := r.inside("acme-h1", "ping", "-n", "-c1", "-W1", "-I", ownHost, internetWeb); err == nil {
		t.Error("the customer reached the internet by a public interface")
	}
	if _, err := r.inside("internet", "ping", "-n", "-c1", "-W1", "-I", internetWeb, ownHost); err == nil {
		t.Error("the internet reached the customer by a public interface")
	}
	r.mustListRoutes(id, private.Asn)

	r.aws("customer", "delete-virtual-interface", "--virtual-interface-id", id)
	r.eventually("it is deleted", func() bool { return r.stateOf(id) == types.VirtualInterfaceStateDeleted })
	r.eventually("nothing of the public network is left on the device", func() bool {
		spaces, err := linux.ListNamespaces(lab.Namespace(r.instance, "lis1-d1-public"))
		return err == nil && len(spaces) == 0
	})
	r.end(syscall.SIGINT)
	r.mustBeGone()
}

// mustListRoutes fails the test unless both directions are listed with their
// communities.
func (r *running) mustListRoutes(id string, asn int32) {
	r.t.Helper()
	out, err := r.customer().DirectConnect().ListVirtualInterfaceRoutes(r.t.Context(), &directconnect.ListVirtualInterfaceRoutesInput{VirtualInterfaceId: &id})
	if err != nil {
		r.t.Fatal(err)
	}
	var got []string
	for _, route := range out.Routes {
		got = append(got, fmt.Sprintf("%s %s %v %v", route.RouteDirection, aws.ToString(route.Cidr), route.AsPath[0].Path, route.Communities))
	}
	want := []string{fmt.Sprintf("accepted %s [%d] []", ownPrefix, asn), "advertised 203.0.113.0/24 [7224 7224 7224] [7224:8100 no-export]"}
	if !slices.Equal(got, want) {
		r.t.Errorf("routes are %q, want %q", got, want)
	}
}
