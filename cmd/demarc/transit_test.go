package main_test

import (
	"fmt"
	"net/netip"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"demarc"
	"demarc/lab"
)

// transitGateway makes a Transit Gateway with the VPC of the only app host on
// it, whose route table sends a prefix there, and returns it with its route
// table and the app host's address.
func (r *running) transitGateway(prefix string) (id, table, app string) {
	r.t.Helper()
	var plugs struct {
		NetworkInterfaces []struct{ VpcId, SubnetId, PrivateIpAddress string }
	}
	r.ec2(&plugs, "describe-network-interfaces")
	plug := plugs.NetworkInterfaces[0]
	var made struct {
		TransitGateway struct {
			TransitGatewayId string
			Options          struct{ AssociationDefaultRouteTableId string }
		}
	}
	r.ec2(&made, "create-transit-gateway", "--options", "AmazonSideAsn=64900")
	id, table = made.TransitGateway.TransitGatewayId, made.TransitGateway.Options.AssociationDefaultRouteTableId
	var attached struct{}
	r.ec2(&attached, "create-transit-gateway-vpc-attachment", "--transit-gateway-id", id, "--vpc-id", plug.VpcId, "--subnet-ids", plug.SubnetId)
	var tables struct {
		RouteTables []struct{ RouteTableId string }
	}
	r.ec2(&tables, "describe-route-tables", "--filters", "Name=vpc-id,Values="+plug.VpcId)
	r.ec2(&struct{}{}, "create-route", "--route-table-id", tables.RouteTables[0].RouteTableId, "--destination-cidr-block", prefix, "--transit-gateway-id", id)
	return id, table, plug.PrivateIpAddress
}

// transitInterface has the customer allocate an interface to the platform,
// which takes it onto a Direct Connect gateway with the Transit Gateway.
func (r *running) transitInterface(transitGateway string, tag demarc.VLAN, allowed ...string) (id, gateway string, vif map[string]any) {
	r.t.Helper()
	gw := r.aws("platform", "create-direct-connect-gateway", "--direct-connect-gateway-name", "hub", "--amazon-side-asn", "64600")
	gateway = gw["directConnectGateway"].(map[string]any)["directConnectGatewayId"].(string)
	prefixes := []string{}
	for _, p := range allowed {
		prefixes = append(prefixes, "cidr="+p)
	}
	r.aws("platform", "create-direct-connect-gateway-association", append([]string{
		"--direct-connect-gateway-id", gateway, "--gateway-id", transitGateway, "--add-allowed-prefixes-to-direct-connect-gateway"}, prefixes...)...)
	private := r.vif()
	vif = r.aws("customer", "allocate-transit-virtual-interface", "--connection-id", aws.ToString(private.ConnectionId), "--owner-account", aws.ToString(private.OwnerAccount),
		"--new-transit-virtual-interface-allocation", fmt.Sprintf("virtualInterfaceName=hub,vlan=%d,asn=%d,mtu=8500,addressFamily=ipv4", tag, private.Asn))["virtualInterface"].(map[string]any)
	id = vif["virtualInterfaceId"].(string)
	r.aws("platform", "confirm-transit-virtual-interface", "--virtual-interface-id", id, "--direct-connect-gateway-id", gateway)
	return id, gateway, vif
}

// transitIs waits until an interface is in a state.
func (r *running) transitIs(id, state string) {
	r.t.Helper()
	r.eventually("the transit interface is "+state, func() bool {
		for _, vif := range r.aws("platform", "describe-virtual-interfaces", "--virtual-interface-id", id)["virtualInterfaces"].([]any) {
			if vif.(map[string]any)["virtualInterfaceState"] == state {
				return true
			}
		}
		return false
	})
}

// A Transit Gateway and a transit interface, made by AWS's own command line
// beside a link that runs, carry packets of their own: what is allowed is
// advertised as it is written, and the VPC sends back by its Transit Gateway.
func TestATransitInterfaceCarries(t *testing.T) {
	const tag, mine = 202, "10.77.0.0/24"
	r := newUp(t).start()
	r.walk(func(int) bool { return true })
	var id string
	lost, sent := r.pingWhile(func() {
		tgw, table, app := r.transitGateway(mine)
		made, gateway, vif := r.transitInterface(tgw, tag, app+"/32", "22.0.0.0/24")
		id = made
		r.transitIs(id, "down")
		r.eventually("the association is settled", func() bool {
			all := r.aws("platform", "describe-direct-connect-gateway-associations", "--direct-connect-gateway-id", gateway)["directConnectGatewayAssociations"].([]any)
			return all[0].(map[string]any)["associationState"] == "associated"
		})
		r.tag(tag, vif["customerAddress"].(string))
		ours := netip.MustParsePrefix(vif["amazonAddress"].(string)).Addr()
		r.vtysh("configure terminal",
			"interface lo", "ip address 10.77.0.1/24", "exit",
			fmt.Sprintf("router bgp %v", vif["asn"]), "no bgp ebgp-requires-policy",
			fmt.Sprintf("neighbor %s remote-as 64600", ours), fmt.Sprintf("neighbor %s password %s", ours, vif["authKey"]), fmt.Sprintf("neighbor %s timers connect 1", ours),
			"address-family ipv4 unicast", "network "+mine)
		r.transitIs(id, "available")
		router := lab.Namespace(r.instance, "acme-r1")
		r.eventually("the allowed prefixes are advertised", func() bool {
			out, _ := exec.Command("ip", "netns", "exec", router, "ip", "route", "show", "dev", lab.Subinterface("eth0", tag)).Output()
			return strings.Contains(string(out), app+" ") && strings.Contains(string(out), "22.0.0.0/24")
		})
		r.eventually("the app host is reached by the Transit Gateway", func() bool {
			return exec.Command("ip", "netns", "exec", router, "ping", "-n", "-c1", "-W1", "-I", "10.77.0.1", app).Run() == nil
		})
		r.searched(table, mine)
	})
	if lost > 0 {
		t.Errorf("%d of %d packets were lost while the customer's traffic moved to the transit interface", lost, sent)
	}
	r.aws("customer", "delete-virtual-interface", "--virtual-interface-id", id)
	r.transitIs(id, "deleted")
	r.end(syscall.SIGINT)
	r.mustBeGone()
}

// searched waits until the route table of the Transit Gateway is said to have
// learned a prefix from the Direct Connect gateway.
func (r *running) searched(table, prefix string) {
	r.t.Helper()
	r.eventually("the Transit Gateway's route table has "+prefix, func() bool {
		var found struct {
			Routes []struct {
				DestinationCidrBlock, Type, State string
				TransitGatewayAttachments         []struct{ ResourceType string }
			}
		}
		r.ec2(&found, "search-transit-gateway-routes", "--transit-gateway-route-table-id", table, "--filters", "Name=type,Values=propagated")
		for _, row := range found.Routes {
			if row.DestinationCidrBlock == prefix && row.State == "active" && row.TransitGatewayAttachments[0].ResourceType == "direct-connect-gateway" {
				return true
			}
		}
		return false
	})
}
