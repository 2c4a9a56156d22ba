package api_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	dx "github.com/aws/aws-sdk-go-v2/service/directconnect"
	dxtypes "github.com/aws/aws-sdk-go-v2/service/directconnect/types"
	"github.com/aws/aws-sdk-go-v2/service/ec2"
	ec2types "github.com/aws/aws-sdk-go-v2/service/ec2/types"
	"github.com/aws/aws-sdk-go-v2/service/ram"
	ramtypes "github.com/aws/aws-sdk-go-v2/service/ram/types"
	"github.com/google/go-cmp/cmp"

	"demarc"
	"demarc/api"
	"demarc/api/apitest"
	"demarc/site"
	"demarc/store"
)

const (
	west    demarc.Region = "eu-west-1"
	central demarc.Region = "eu-central-1"
	refusal               = "DirectConnectClientException"
)

// twoRegions is the door of a site with a location, a host and an environment in
// each of two Regions, as a caller knows it that signs for one of them.
func twoRegions(t *testing.T) (in func(demarc.Region) *apitest.Door) {
	t.Helper()
	s, err := site.Load("../site/two-regions.yaml")
	if err != nil {
		t.Fatal(err)
	}
	s.Quotas.Lags = 1
	d := apitest.Open(t, func(c *api.Config) {
		if err := s.Import(t.Context(), c.Store); err != nil {
			t.Fatal(err)
		}
		c.Region, c.OtherRegions = s.Region, s.Regions()[1:]
	})
	return func(region demarc.Region) *apitest.Door {
		door, place := *d, *s
		place.Region = region
		door.Site = &place
		return &door
	}
}

func connects(t *testing.T, d *apitest.Door, profile string) *dx.Client {
	return dx.NewFromConfig(d.Config(t, profile))
}

func networks(t *testing.T, d *apitest.Door, profile string) *ec2.Client {
	return ec2.NewFromConfig(d.Config(t, profile))
}

// unheard checks that a connection's id is refused in the same words as one that
// nothing has.
func unheard(t *testing.T, id string, ask func(id string) string) {
	t.Helper()
	const nothing = "dxcon-f0000000"
	if got, want := ask(id), strings.ReplaceAll(ask(nothing), nothing, id); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// What is at a location is in the location's Region: there alone it is made, seen
// and changed. Elsewhere it is answered as what does not exist.
func TestConnectionsAreOfTheirRegion(t *testing.T) {
	in := twoRegions(t)
	here, there := connects(t, in(west), "customer"), connects(t, in(central), "customer")
	for client, want := range map[*dx.Client]string{here: "LIS1 LIS2", there: "FRA1"} {
		var codes []string
		for _, l := range apitest.Do(t, client.DescribeLocations, &dx.DescribeLocationsInput{}).Locations {
			codes = append(codes, *l.LocationCode)
		}
		if got := strings.Join(codes, " "); got != want {
			t.Errorf("locations: got %s, want %s", got, want)
		}
	}
	order := &dx.CreateConnectionInput{Location: aws.String("FRA1"), Bandwidth: aws.String("1Gbps"), ConnectionName: aws.String("FRA1")}
	if got := apitest.Refused(t, here.CreateConnection, order, refusal); !strings.Contains(got, `no Direct Connect location "FRA1"; there are LIS1, LIS2`) {
		t.Errorf("an order from another Region: %s", got)
	}
	conn := apitest.Do(t, there.CreateConnection, order)
	if *conn.Region != string(central) {
		t.Errorf("the connection is in %s, want %s", *conn.Region, central)
	}
	if n := len(apitest.Do(t, there.DescribeConnections, &dx.DescribeConnectionsInput{}).Connections); n != 1 {
		t.Errorf("in its Region %d connections are listed, want 1", n)
	}
	if n := len(apitest.Do(t, here.DescribeConnections, &dx.DescribeConnectionsInput{}).Connections); n != 0 {
		t.Errorf("in another Region %d connections are listed, want none", n)
	}

	unheard(t, *conn.ConnectionId, func(id string) string {
		return apitest.Refused(t, here.DescribeConnections, &dx.DescribeConnectionsInput{ConnectionId: &id}, refusal)
	})
	unheard(t, *conn.ConnectionId, func(id string) string {
		return apitest.Refused(t, here.DeleteConnection, &dx.DeleteConnectionInput{ConnectionId: &id}, refusal)
	})
	tag := func(region demarc.Region) *dx.TagResourceInput {
		return &dx.TagResourceInput{
			ResourceArn: aws.String("arn:aws:directconnect:" + string(region) + ":" + *conn.OwnerAccount + ":dxcon/" + *conn.ConnectionId),
			Tags:        []dxtypes.Tag{{Key: aws.String("a"), Value: aws.String("b")}},
		}
	}
	apitest.Refused(t, here.TagResource, tag(central), refusal)
	apitest.Refused(t, here.TagResource, tag(west), refusal)
	apitest.Do(t, there.TagResource, tag(central))
	// A name is a name, whatever it looks like.
	order = &dx.CreateConnectionInput{Location: aws.String("LIS1"), Bandwidth: aws.String("1Gbps"), ConnectionName: conn.ConnectionId}
	if made := apitest.Do(t, here.CreateConnection, order); *made.ConnectionName != *conn.ConnectionId || *made.Region != string(west) {
		t.Errorf("got connection %q in %s", *made.ConnectionName, *made.Region)
	}
}

// So is what a partner has there, with the connections that are hosted on it.
func TestHostedConnectionsAreOfTheirRegion(t *testing.T) {
	in := twoRegions(t)
	here, there := connects(t, in(west), "partner"), connects(t, in(central), "partner")
	order := &dx.CreateInterconnectInput{Location: aws.String("FRA1"), Bandwidth: aws.String("1Gbps"), InterconnectName: aws.String("i")}
	if got := apitest.Refused(t, here.CreateInterconnect, order, refusal); !strings.Contains(got, `no Direct Connect location "FRA1"; there are LIS1, LIS2`) {
		t.Errorf("an order from another Region: %s", got)
	}
	away := *apitest.Do(t, there.CreateInterconnect, order).InterconnectId
	order.Location = aws.String("LIS1")
	home := *apitest.Do(t, here.CreateInterconnect, order).InterconnectId
	for client, want := range map[*dx.Client]string{here: home, there: away} {
		if all := apitest.Do(t, client.DescribeInterconnects, &dx.DescribeInterconnectsInput{}).Interconnects; len(all) != 1 || *all[0].InterconnectId != want {
			t.Errorf("%d interconnects are listed", len(all))
		}
	}
	offer := &dx.AllocateHostedConnectionInput{
		ConnectionId: &away, OwnerAccount: aws.String(string(in(west).Account(t, "customer").ID)),
		Bandwidth: aws.String("50Mbps"), ConnectionName: aws.String("h"), Vlan: 300,
	}
	hosted := *apitest.Do(t, there.AllocateHostedConnection, offer).ConnectionId

	for _, ask := range []func(id string) string{
		func(id string) string {
			return apitest.Refused(t, here.DescribeInterconnects, &dx.DescribeInterconnectsInput{InterconnectId: &id}, refusal)
		},
		func(id string) string {
			return apitest.Refused(t, here.DescribeInterconnectLoa, &dx.DescribeInterconnectLoaInput{InterconnectId: &id}, refusal)
		},
		func(id string) string {
			return apitest.Refused(t, here.DeleteInterconnect, &dx.DeleteInterconnectInput{InterconnectId: &id}, refusal)
		},
		func(id string) string {
			return apitest.Refused(t, here.DescribeHostedConnections, &dx.DescribeHostedConnectionsInput{ConnectionId: &id}, refusal)
		},
		func(id string) string {
			return apitest.Refused(t, here.DescribeConnectionsOnInterconnect, &dx.DescribeConnectionsOnInterconnectInput{InterconnectId: &id}, refusal)
		},
		func(id string) string {
			another := *offer
			another.ConnectionId, another.Vlan = &id, 301
			return apitest.Refused(t, here.AllocateHostedConnection, &another, refusal)
		},
		func(id string) string {
			return apitest.Refused(t, here.AllocateConnectionOnInterconnect, &dx.AllocateConnectionOnInterconnectInput{
				InterconnectId: &id, OwnerAccount: offer.OwnerAccount, Bandwidth: offer.Bandwidth, ConnectionName: offer.ConnectionName, Vlan: 301,
			}, refusal)
		},
	} {
		unheard(t, away, ask)
	}

	// Its customer has it in that Region alone, and nobody moves it to another.
	mine, elsewhere := connects(t, in(central), "customer"), connects(t, in(west), "customer")
	unheard(t, hosted, func(id string) string {
		return apitest.Refused(t, elsewhere.ConfirmConnection, &dx.ConfirmConnectionInput{ConnectionId: &id}, refusal)
	})
	if n := len(apitest.Do(t, elsewhere.DescribeConnections, &dx.DescribeConnectionsInput{}).Connections); n != 0 {
		t.Errorf("in another Region %d connections are listed, want none", n)
	}
	apitest.Do(t, mine.ConfirmConnection, &dx.ConfirmConnectionInput{ConnectionId: &hosted})
	for _, client := range []*dx.Client{here, there} {
		apitest.Refused(t, client.AssociateHostedConnection, &dx.AssociateHostedConnectionInput{ConnectionId: &hosted, ParentConnectionId: &home}, refusal)
	}
	if c := apitest.Do(t, mine.DescribeConnections, &dx.DescribeConnectionsInput{}).Connections; len(c) != 1 || *c[0].ConnectionId != hosted || *c[0].Region != string(central) || *c[0].Location != "FRA1" {
		t.Errorf("its customer is shown %+v", c)
	}
}

// Quotas and groups are a Region's.
func TestGroupsAreOfTheirRegion(t *testing.T) {
	in := twoRegions(t)
	here, there := connects(t, in(west), "customer"), connects(t, in(central), "customer")
	lag := func(location string) *dx.CreateLagInput {
		return &dx.CreateLagInput{Location: &location, ConnectionsBandwidth: aws.String("1Gbps"), LagName: &location, NumberOfConnections: 1}
	}
	made := apitest.Do(t, there.CreateLag, lag("FRA1"))
	apitest.Do(t, here.CreateLag, lag("LIS1"))
	if got := apitest.Refused(t, here.CreateLag, lag("LIS1"), refusal); !strings.Contains(got, "1 are the most") {
		t.Errorf("a second LAG in the Region: %s", got)
	}
	if all := apitest.Do(t, here.DescribeLags, &dx.DescribeLagsInput{}).Lags; len(all) != 1 || *all[0].Region != string(west) {
		t.Errorf("%d LAGs are listed", len(all))
	}
	apitest.Refused(t, here.DescribeLags, &dx.DescribeLagsInput{LagId: made.LagId}, refusal)

	// One clientToken names a request in each Region.
	group := &dx.CreateResiliencyGroupInput{ResiliencyGroupName: aws.String("g"), IntendedResiliencyModel: dxtypes.ResiliencyModelMaximumResiliency, ClientToken: aws.String("one")}
	first := apitest.Do(t, here.CreateResiliencyGroup, group).ResiliencyGroup
	second := apitest.Do(t, there.CreateResiliencyGroup, group).ResiliencyGroup
	if *first.ResiliencyGroupId == *second.ResiliencyGroupId || !strings.Contains(*second.ResiliencyGroupArn, ":eu-central-1:") {
		t.Errorf("groups: %s and %s", *first.ResiliencyGroupArn, *second.ResiliencyGroupArn)
	}
	if all := apitest.Do(t, here.ListResiliencyGroups, &dx.ListResiliencyGroupsInput{}).Items; len(all) != 1 || *all[0].ResiliencyGroupId != *first.ResiliencyGroupId {
		t.Errorf("%d groups are listed", len(all))
	}
}

// A Direct Connect gateway is in no Region: interfaces and gateways of all meet
// there, each with the name of its own.
func TestDirectConnectGatewaysAreOfAllRegions(t *testing.T) {
	in := twoRegions(t)
	here, there := connects(t, in(west), "platform"), connects(t, in(central), "platform")
	gw := apitest.Do(t, here.CreateDirectConnectGateway, &dx.CreateDirectConnectGatewayInput{DirectConnectGatewayName: aws.String("g"), AmazonSideAsn: aws.Int64(64700)}).DirectConnectGateway.DirectConnectGatewayId
	if n := len(apitest.Do(t, there.DescribeDirectConnectGateways, &dx.DescribeDirectConnectGatewaysInput{}).DirectConnectGateways); n != 1 {
		t.Fatalf("in the other Region %d gateways are listed, want 1", n)
	}
	conn := apitest.Do(t, there.CreateConnection, &dx.CreateConnectionInput{Location: aws.String("FRA1"), Bandwidth: aws.String("1Gbps"), ConnectionName: aws.String("c")})
	vif := func(onto dxtypes.NewPrivateVirtualInterface) *dx.CreatePrivateVirtualInterfaceInput {
		onto.VirtualInterfaceName, onto.Vlan, onto.Asn = aws.String("v"), 101, 65001
		return &dx.CreatePrivateVirtualInterfaceInput{ConnectionId: conn.ConnectionId, NewPrivateVirtualInterface: &onto}
	}
	gateways := map[demarc.Region]string{}
	for vgw := range store.VirtualGateways.All(in(west).Store.Local()) {
		if env, ok := store.Environments.Get(in(west).Store.Local(), vgw.Name); ok && strings.HasPrefix(env.Name, "acme-lisbon") || env.Name == "acme-frankfurt" {
			gateways[vgw.Region] = string(vgw.ID)
		}
	}
	onto := dxtypes.NewPrivateVirtualInterface{DirectConnectGatewayId: gw}
	apitest.Refused(t, here.CreatePrivateVirtualInterface, vif(onto), refusal) // the connection is not there
	away := dxtypes.NewPrivateVirtualInterface{VirtualGatewayId: aws.String(gateways[west])}
	if got := apitest.Refused(t, there.CreatePrivateVirtualInterface, vif(away), refusal); !strings.Contains(got, "there is no virtual gateway "+gateways[west]) {
		t.Errorf("onto a gateway of another Region: %s", got)
	}
	made := apitest.Do(t, there.CreatePrivateVirtualInterface, vif(onto))
	if n := len(apitest.Do(t, here.DescribeVirtualInterfaces, &dx.DescribeVirtualInterfacesInput{VirtualInterfaceId: made.VirtualInterfaceId}).VirtualInterfaces); n != 0 {
		t.Errorf("in the other Region the interface is listed")
	}
	if all := apitest.Do(t, here.DescribeDirectConnectGatewayAttachments, &dx.DescribeDirectConnectGatewayAttachmentsInput{VirtualInterfaceId: made.VirtualInterfaceId}).DirectConnectGatewayAttachments; len(all) != 1 || *all[0].VirtualInterfaceRegion != string(central) {
		t.Errorf("attachments from the other Region: %+v", all)
	}
	regions := map[string]string{}
	for region, id := range gateways {
		a := apitest.Do(t, here.CreateDirectConnectGatewayAssociation, &dx.CreateDirectConnectGatewayAssociationInput{DirectConnectGatewayId: gw, GatewayId: &id}).DirectConnectGatewayAssociation
		regions[string(region)] = *a.AssociatedGateway.Region
	}
	if diff := cmp.Diff(regions, map[string]string{string(west): string(west), string(central): string(central)}); diff != "" {
		t.Errorf("associations: got - want +\n%s", diff)
	}
	if all := apitest.Do(t, there.DescribeVirtualGateways, &dx.DescribeVirtualGatewaysInput{}).VirtualGateways; len(all) != 1 || *all[0].VirtualGatewayId != gateways[central] {
		t.Errorf("%d virtual gateways are listed", len(all))
	}
	apitest.Refused(t, here.DeleteDirectConnectGateway, &dx.DeleteDirectConnectGatewayInput{DirectConnectGatewayId: gw}, refusal) // the other Region's interface is on it
}

// Networks are a Region's, with all that is in them, and so are shares.
func TestNetworksAreOfTheirRegion(t *testing.T) {
	in := twoRegions(t)
	here, there := networks(t, in(west), "customer"), networks(t, in(central), "customer")
	vpc := apitest.Do(t, there.CreateVpc, &ec2.CreateVpcInput{CidrBlock: aws.String("10.20.0.0/16")}).Vpc.VpcId
	if v, _ := store.VPCs.Get(in(west).Store.Local(), *vpc); v.Region != central || v.Host != "vpc-b" {
		t.Errorf("the VPC is in %s on %s, want %s on vpc-b", v.Region, v.Host, central)
	}
	if n := len(apitest.Do(t, here.DescribeVpcs, &ec2.DescribeVpcsInput{}).Vpcs); n != 0 {
		t.Errorf("in the other Region %d VPCs are listed, want none", n)
	}
	if got := apitest.Refused(t, here.DescribeVpcs, &ec2.DescribeVpcsInput{VpcIds: []string{*vpc}}, "InvalidVpcID.NotFound"); !strings.Contains(got, *vpc) {
		t.Errorf("an unknown VPC: %s", got)
	}
	subnet := &ec2.CreateSubnetInput{VpcId: vpc, CidrBlock: aws.String("10.20.1.0/24")}
	if got := apitest.Refused(t, here.CreateSubnet, subnet, "InvalidVpcID.NotFound"); !strings.Contains(got, *vpc) {
		t.Errorf("a subnet of an unknown VPC: %s", got)
	}
	if made := apitest.Do(t, there.CreateSubnet, subnet).Subnet; !strings.HasPrefix(*made.AvailabilityZone, string(central)) {
		t.Errorf("the subnet is in zone %s", *made.AvailabilityZone)
	}
	igw := apitest.Do(t, there.CreateInternetGateway, &ec2.CreateInternetGatewayInput{}).InternetGateway.InternetGatewayId
	list := apitest.Do(t, there.CreateManagedPrefixList, &ec2.CreateManagedPrefixListInput{AddressFamily: aws.String("IPv4"), MaxEntries: aws.Int32(1), PrefixListName: aws.String("l")}).PrefixList.PrefixListId
	tgw := apitest.Do(t, there.CreateTransitGateway, &ec2.CreateTransitGatewayInput{}).TransitGateway.TransitGatewayId
	apitest.Do(t, there.CreateTags, &ec2.CreateTagsInput{Resources: []string{*igw, *list, *tgw}, Tags: []ec2types.Tag{{Key: aws.String("k"), Value: vpc}}})
	count := func(c *ec2.Client) []int {
		return []int{
			len(apitest.Do(t, c.DescribeInternetGateways, &ec2.DescribeInternetGatewaysInput{}).InternetGateways),
			len(apitest.Do(t, c.DescribeManagedPrefixLists, &ec2.DescribeManagedPrefixListsInput{}).PrefixLists),
			len(apitest.Do(t, c.DescribeTransitGateways, &ec2.DescribeTransitGatewaysInput{}).TransitGateways),
			len(apitest.Do(t, c.DescribeTransitGatewayRouteTables, &ec2.DescribeTransitGatewayRouteTablesInput{}).TransitGatewayRouteTables),
			len(apitest.Do(t, c.DescribeSubnets, &ec2.DescribeSubnetsInput{}).Subnets),
			len(apitest.Do(t, c.DescribeRouteTables, &ec2.DescribeRouteTablesInput{}).RouteTables),
			len(apitest.Do(t, c.DescribeSecurityGroups, &ec2.DescribeSecurityGroupsInput{}).SecurityGroups),
			len(apitest.Do(t, c.DescribeSecurityGroupRules, &ec2.DescribeSecurityGroupRulesInput{}).SecurityGroupRules),
			len(apitest.Do(t, c.DescribeNetworkAcls, &ec2.DescribeNetworkAclsInput{}).NetworkAcls),
			len(apitest.Do(t, c.DescribeTags, &ec2.DescribeTagsInput{}).Tags),
			len(apitest.Do(t, c.DescribeAvailabilityZones, &ec2.DescribeAvailabilityZonesInput{}).AvailabilityZones),
			len(apitest.Do(t, c.DescribeRegions, &ec2.DescribeRegionsInput{}).Regions),
		}
	}
	if diff := cmp.Diff(count(here), []int{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 2}); diff != "" {
		t.Errorf("in the other Region: got - want +\n%s", diff)
	}
	if diff := cmp.Diff(count(there), []int{1, 1, 1, 1, 1, 1, 1, 2, 1, 3, 3, 2}); diff != "" {
		t.Errorf("in its Region: got - want +\n%s", diff)
	}
	apitest.Refused(t, here.DeleteInternetGateway, &ec2.DeleteInternetGatewayInput{InternetGatewayId: igw}, "InvalidInternetGatewayID.NotFound")
	apitest.Refused(t, here.DeleteTransitGateway, &ec2.DeleteTransitGatewayInput{TransitGatewayId: tgw}, "InvalidTransitGatewayID.NotFound")
	if apps := apitest.Do(t, networks(t, in(central), "platform").DescribeNetworkInterfaces, &ec2.DescribeNetworkInterfacesInput{}).NetworkInterfaces; len(apps) != 1 || *apps[0].Description != "acme-app2" {
		t.Errorf("%d network interfaces are listed, want acme-app2's", len(apps))
	}
	owner := string(in(west).Account(t, "customer").ID)
	share := func(region demarc.Region) *ram.CreateResourceShareInput {
		return &ram.CreateResourceShareInput{
			Name: aws.String("s"), ResourceArns: []string{"arn:aws:ec2:" + string(region) + ":" + owner + ":transit-gateway/" + *tgw}, AllowExternalPrincipals: aws.Bool(true),
			Principals: []string{string(in(west).Account(t, "platform").ID)},
		}
	}
	shares := func(region demarc.Region, profile string) *ram.Client {
		return ram.NewFromConfig(in(region).Config(t, profile))
	}
	for _, region := range []demarc.Region{west, central} {
		apitest.Refused(t, shares(west, "customer").CreateResourceShare, share(region), "UnknownResourceException")
	}
	made := apitest.Do(t, shares(central, "customer").CreateResourceShare, share(central)).ResourceShare.ResourceShareArn
	own := &ram.GetResourceSharesInput{ResourceOwner: ramtypes.ResourceOwnerSelf}
	if n := len(apitest.Do(t, shares(west, "customer").GetResourceShares, own).ResourceShares); n != 0 {
		t.Errorf("in the other Region %d shares are listed, want none", n)
	}
	apitest.Refused(t, shares(west, "customer").DeleteResourceShare, &ram.DeleteResourceShareInput{ResourceShareArn: made}, "UnknownResourceException")
	for region, want := range map[demarc.Region]int{west: 0, central: 1} {
		if n := len(apitest.Do(t, shares(region, "platform").GetResourceShareInvitations, &ram.GetResourceShareInvitationsInput{}).ResourceShareInvitations); n != want {
			t.Errorf("in %s %d invitations are listed, want %d", region, n, want)
		}
	}
}

// A Region that the site has nothing in is not served.
func TestNoOtherRegion(t *testing.T) {
	in := twoRegions(t)
	status, answer := in("eu-north-1").Call(t, "customer", "DescribeConnections", "{}")
	if status != 400 || !strings.Contains(answer, "InvalidSignatureException") {
		t.Errorf("got %d %s", status, answer)
	}
}
