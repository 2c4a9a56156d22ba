package main_test

import (
	"encoding/json"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/directconnect"
	"github.com/aws/aws-sdk-go-v2/service/directconnect/types"

	"demarc"
	"demarc/lab"
)

// ec2 has AWS's own command line interface call EC2 as the platform.
func (r *running) ec2(out any, args ...string) {
	r.t.Helper()
	cmd := exec.Command("/usr/bin/aws", append([]string{"--profile", "platform", "--endpoint-url", "http://" + r.listen, "--output", "json", "ec2"}, args...)...)
	dir := filepath.Join(r.data, "aws")
	cmd.Env = append(os.Environ(), "AWS_CONFIG_FILE="+filepath.Join(dir, "config"), "AWS_SHARED_CREDENTIALS_FILE="+filepath.Join(dir, "credentials"))
	cmd.Stderr = os.Stderr
	answer, err := cmd.Output()
	if err == nil {
		err = json.Unmarshal(answer, out)
	}
	if err != nil {
		r.t.Fatalf("aws ec2 %s: %v\n%s", strings.Join(args, " "), err, answer)
	}
}

// giveIPv6 gives the VPC of the only app host a range, and the host an address.
func (r *running) giveIPv6() (address string) {
	r.t.Helper()
	var plugs struct {
		NetworkInterfaces []struct{ NetworkInterfaceId, VpcId, SubnetId string }
	}
	r.ec2(&plugs, "describe-network-interfaces")
	plug := plugs.NetworkInterfaces[0]
	var given struct {
		Ipv6CidrBlockAssociation struct{ Ipv6CidrBlock netip.Prefix }
	}
	r.ec2(&given, "associate-vpc-cidr-block", "--vpc-id", plug.VpcId, "--amazon-provided-ipv6-cidr-block")
	part := netip.PrefixFrom(given.Ipv6CidrBlockAssociation.Ipv6CidrBlock.Addr(), 64)
	r.ec2(&struct{}{}, "associate-subnet-cidr-block", "--subnet-id", plug.SubnetId, "--ipv6-cidr-block", part.String())
	var assigned struct{ AssignedIpv6Addresses []string }
	r.ec2(&assigned, "assign-ipv6-addresses", "--network-interface-id", plug.NetworkInterfaceId, "--ipv6-address-count", "1")
	return assigned.AssignedIpv6Addresses[0]
}

// vif is the only interface.
func (r *running) vif() types.VirtualInterface {
	r.t.Helper()
	out, err := r.customer().DirectConnect().DescribeVirtualInterfaces(r.t.Context(), &directconnect.DescribeVirtualInterfacesInput{})
	if err != nil {
		r.t.Fatal(err)
	}
	return out.VirtualInterfaces[0]
}

// vtysh tells the customer's FRR something.
func (r *running) vtysh(commands ...string) {
	r.t.Helper()
	dir := filepath.Join(lab.RunDir(r.instance), "acme-r1")
	args := []string{"--vty_socket", dir, "--config_dir", dir}
	for _, c := range commands {
		args = append(args, "-c", c)
	}
	if out, err := exec.Command("vtysh", args...).Output(); err != nil || strings.Contains(string(out), "%") {
		r.t.Fatalf("vtysh: %v\n%s", err, out)
	}
}

// A link that was proven over IPv4 gets IPv6 while it runs: ranges for the VPC,
// a second peer on the interface, a session, a packet. The first session does
// not notice.
func TestASecondPeerCarriesIPv6(t *testing.T) {
	r := newUp(t).start()
	r.walk(func(int) bool { return true })
	lost, sent := r.pingWhile(func() {
		app := r.giveIPv6()
		id := *r.vif().VirtualInterfaceId
		if _, err := r.customer().DirectConnect().CreateBGPPeer(t.Context(), &directconnect.CreateBGPPeerInput{
			VirtualInterfaceId: &id, NewBGPPeer: &types.NewBGPPeer{AddressFamily: types.AddressFamilyIPv6},
		}); err != nil {
			t.Fatal(err)
		}
		var six types.BGPPeer
		r.eventually("the second peer is available", func() bool {
			for _, p := range r.vif().BgpPeers {
				if p.AddressFamily == types.AddressFamilyIPv6 {
					six = p
				}
			}
			return six.BgpPeerState == types.BGPPeerStateAvailable
		})
		vif := r.vif()
		ours, _, _ := strings.Cut(aws.ToString(six.AmazonAddress), "/")
		r.vtysh("configure terminal",
			"interface "+lab.Subinterface("eth0", demarc.VLAN(vif.Vlan)), "ipv6 address "+aws.ToString(six.CustomerAddress), "exit",
			fmt.Sprintf("router bgp %d", six.Asn), "no bgp ebgp-requires-policy",
			"neighbor "+ours+" remote-as 64512", "neighbor "+ours+" password "+aws.ToString(six.AuthKey), "neighbor "+ours+" timers connect 1",
			"address-family ipv6 unicast", "network fd50:50::/64", "neighbor "+ours+" activate")
		r.eventually("both sessions are up", func() bool {
			up := 0
			for _, p := range r.vif().BgpPeers {
				if p.BgpStatus == types.BGPStatusUp {
					up++
				}
			}
			return up == 2
		})
		host := lab.Namespace(r.instance, "acme-h1")
		r.eventually("the customer's host reaches "+app, func() bool {
			return exec.Command("ip", "netns", "exec", host, "ping", "-n", "-c1", "-W1", app).Run() == nil
		})
		r.mustRoute("fd50:50::/64")
	})
	if lost > 0 {
		t.Errorf("%d of %d packets were lost over IPv4", lost, sent)
	}
	r.end(syscall.SIGINT)
	r.mustBeGone()
}

// mustRoute waits until the desk judges a propagated route to be in use.
func (r *running) mustRoute(prefix string) {
	r.t.Helper()
	r.eventually("the route table uses "+prefix, func() bool {
		var table struct {
			Routes []struct {
				Prefix, Kind string
				Active       bool
			}
		}
		if err := r.customer().Desk(r.t.Context(), "GET", "/desk/v1/environments/acme-prod/routes", nil, &table); err != nil {
			r.t.Fatal(err)
		}
		for _, row := range table.Routes {
			if row.Prefix == prefix && row.Kind == "propagated" && row.Active {
				return true
			}
		}
		return false
	})
}
