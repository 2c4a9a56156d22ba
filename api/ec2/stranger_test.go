package ec2_test

import (
	"errors"
	"maps"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"demarc"
	"demarc/api/ec2"
	"demarc/api/regional"
	"demarc/store"
	"demarc/store/storetest"
	"demarc/transit"
	"demarc/vpc"
)

// questions has a call of every operation, as members and what they say. What
// is in braces is the id of a thing of that kind; one with a question mark picks
// from a list, and is not refused.
var questions = `
CreateVpc CidrBlock=10.9.0.0/16
DeleteVpc VpcId={vpc}
DescribeVpcs VpcId.1={vpc}
DescribeVpcs Filter.1.Name=vpc-id Filter.1.Value.1={vpc?}
DescribeVpcs Filter.1.Name=cidr-block-association.association-id Filter.1.Value.1={range?}
DescribeVpcAttribute VpcId={vpc} Attribute=enableDnsSupport
ModifyVpcAttribute VpcId={vpc} EnableDnsSupport.Value=false
AssociateVpcCidrBlock VpcId={vpc} CidrBlock=10.9.0.0/16
DisassociateVpcCidrBlock AssociationId={range}
AssociateSubnetCidrBlock SubnetId={subnet} Ipv6CidrBlock=fd00::/64
DisassociateSubnetCidrBlock AssociationId={subnetrange}
AssignIpv6Addresses NetworkInterfaceId={eni} Ipv6AddressCount=1
UnassignIpv6Addresses NetworkInterfaceId={eni} Ipv6Addresses.1=fd00::1
DescribeVpcClassicLink VpcId.1={vpc}
DescribeVpcClassicLinkDnsSupport VpcIds.1={vpc}
CreateSubnet VpcId={vpc} CidrBlock=10.0.9.0/24
DeleteSubnet SubnetId={subnet}
DescribeSubnets SubnetId.1={subnet}
DescribeSubnets Filter.1.Name=vpc-id Filter.1.Value.1={vpc?}
ModifySubnetAttribute SubnetId={subnet} MapPublicIpOnLaunch.Value=true
CreateInternetGateway
DeleteInternetGateway InternetGatewayId={igw}
DescribeInternetGateways InternetGatewayId.1={igw}
DescribeInternetGateways Filter.1.Name=attachment.vpc-id Filter.1.Value.1={vpc?}
AttachInternetGateway InternetGatewayId={igw} VpcId={vpc}
DetachInternetGateway InternetGatewayId={igw} VpcId={vpc}
CreateRouteTable VpcId={vpc}
DeleteRouteTable RouteTableId={rtb}
DescribeRouteTables RouteTableId.1={rtb}
DescribeRouteTables Filter.1.Name=association.subnet-id Filter.1.Value.1={subnet?}
CreateRoute RouteTableId={rtb} DestinationCidrBlock=9.0.0.0/8 GatewayId={igw}
CreateRoute RouteTableId={rtb} DestinationCidrBlock=9.0.0.0/8 GatewayId={vgw}
CreateRoute RouteTableId={rtb} DestinationCidrBlock=9.0.0.0/8 TransitGatewayId={tgw}
CreateRoute RouteTableId={rtb} DestinationPrefixListId={pl} GatewayId={vgw}
ReplaceRoute RouteTableId={rtb} DestinationCidrBlock=8.0.0.0/8 GatewayId={igw}
ReplaceRoute RouteTableId={rtb} DestinationCidrBlock=8.0.0.0/8 TransitGatewayId={tgw}
DeleteRoute RouteTableId={rtb} DestinationPrefixListId={pl}
AssociateRouteTable RouteTableId={rtb} SubnetId={subnet}
DisassociateRouteTable AssociationId={rtbassoc}
ReplaceRouteTableAssociation AssociationId={rtbassoc} RouteTableId={rtb}
EnableVgwRoutePropagation RouteTableId={rtb} GatewayId={vgw}
DisableVgwRoutePropagation RouteTableId={rtb} GatewayId={vgw}
CreateManagedPrefixList PrefixListName=l AddressFamily=IPv4 MaxEntries=1
ModifyManagedPrefixList PrefixListId={pl} PrefixListName=k
DeleteManagedPrefixList PrefixListId={pl}
DescribeManagedPrefixLists PrefixListId.1={pl}
GetManagedPrefixListEntries PrefixListId={pl}
CreateVpnGateway Type=ipsec.1
DeleteVpnGateway VpnGatewayId={vgw}
DescribeVpnGateways VpnGatewayId.1={vgw}
DescribeVpnGateways Filter.1.Name=attachment.vpc-id Filter.1.Value.1={vpc?}
AttachVpnGateway VpnGatewayId={vgw} VpcId={vpc}
DetachVpnGateway VpnGatewayId={vgw} VpcId={vpc}
CreateSecurityGroup VpcId={vpc} GroupName=g GroupDescription=g
DeleteSecurityGroup GroupId={sg}
DescribeSecurityGroups GroupId.1={sg}
DescribeSecurityGroupRules SecurityGroupRuleId.1={sgr}
DescribeSecurityGroupRules Filter.1.Name=group-id Filter.1.Value.1={sg?}
AuthorizeSecurityGroupIngress GroupId={sg} IpPermissions.1.IpProtocol=-1 IpPermissions.1.Groups.1.GroupId={end}
AuthorizeSecurityGroupEgress GroupId={sg} IpPermissions.1.IpProtocol=-1 IpPermissions.1.Groups.1.GroupId={end}
RevokeSecurityGroupIngress GroupId={sg} SecurityGroupRuleId.1={sgr}
RevokeSecurityGroupEgress GroupId={sg} SecurityGroupRuleId.1={sgr}
CreateTransitGateway
ModifyTransitGateway TransitGatewayId={tgw} Options.AssociationDefaultRouteTableId={tgw-rtb}
DeleteTransitGateway TransitGatewayId={tgw}
DescribeTransitGateways TransitGatewayIds.1={tgw}
CreateTransitGatewayVpcAttachment TransitGatewayId={tgw} VpcId={vpc} SubnetIds.1={subnet}
ModifyTransitGatewayVpcAttachment TransitGatewayAttachmentId={tgw-attach} AddSubnetIds.1={subnet}
AcceptTransitGatewayVpcAttachment TransitGatewayAttachmentId={tgw-attach}
RejectTransitGatewayVpcAttachment TransitGatewayAttachmentId={tgw-attach}
DeleteTransitGatewayVpcAttachment TransitGatewayAttachmentId={tgw-attach}
DescribeTransitGatewayVpcAttachments TransitGatewayAttachmentIds.1={tgw-attach}
DescribeTransitGatewayVpcAttachments Filter.1.Name=vpc-id Filter.1.Value.1={vpc?}
DescribeTransitGatewayAttachments TransitGatewayAttachmentIds.1={tgw-attach}
DescribeTransitGatewayAttachments Filter.1.Name=transit-gateway-id Filter.1.Value.1={tgw?}
CreateTransitGatewayRouteTable TransitGatewayId={tgw}
DeleteTransitGatewayRouteTable TransitGatewayRouteTableId={tgw-rtb}
DescribeTransitGatewayRouteTables TransitGatewayRouteTableIds.1={tgw-rtb}
AssociateTransitGatewayRouteTable TransitGatewayRouteTableId={tgw-rtb} TransitGatewayAttachmentId={tgw-attach}
DisassociateTransitGatewayRouteTable TransitGatewayRouteTableId={tgw-rtb} TransitGatewayAttachmentId={tgw-attach}
GetTransitGatewayRouteTableAssociations TransitGatewayRouteTableId={tgw-rtb}
EnableTransitGatewayRouteTablePropagation TransitGatewayRouteTableId={tgw-rtb} TransitGatewayAttachmentId={tgw-attach}
DisableTransitGatewayRouteTablePropagation TransitGatewayRouteTableId={tgw-rtb} TransitGatewayAttachmentId={tgw-attach}
GetTransitGatewayRouteTablePropagations TransitGatewayRouteTableId={tgw-rtb}
GetTransitGatewayAttachmentPropagations TransitGatewayAttachmentId={tgw-attach}
CreateTransitGatewayRoute TransitGatewayRouteTableId={tgw-rtb} DestinationCidrBlock=9.0.0.0/8 TransitGatewayAttachmentId={tgw-attach}
ReplaceTransitGatewayRoute TransitGatewayRouteTableId={tgw-rtb} DestinationCidrBlock=8.0.0.0/8 TransitGatewayAttachmentId={tgw-attach}
DeleteTransitGatewayRoute TransitGatewayRouteTableId={tgw-rtb} DestinationCidrBlock=8.0.0.0/8
SearchTransitGatewayRoutes TransitGatewayRouteTableId={tgw-rtb} Filter.1.Name=state Filter.1.Value.1=active
SearchTransitGatewayRoutes TransitGatewayRouteTableId={tgw-rtb} Filter.1.Name=attachment.resource-id Filter.1.Value.1={vpc?}
CreateTransitGatewayPrefixListReference TransitGatewayRouteTableId={tgw-rtb} PrefixListId={pl} TransitGatewayAttachmentId={tgw-attach}
ModifyTransitGatewayPrefixListReference TransitGatewayRouteTableId={tgw-rtb} PrefixListId={pl} Blackhole=true
DeleteTransitGatewayPrefixListReference TransitGatewayRouteTableId={tgw-rtb} PrefixListId={pl}
GetTransitGatewayPrefixListReferences TransitGatewayRouteTableId={tgw-rtb}
ModifyNetworkInterfaceAttribute NetworkInterfaceId={eni} SecurityGroupId.1={sg}
DescribeNetworkInterfaces NetworkInterfaceId.1={eni}
DescribeNetworkInterfaces Filter.1.Name=vpc-id Filter.1.Value.1={vpc?}
DescribeNetworkAcls NetworkAclId.1={acl}
DescribeNetworkAcls Filter.1.Name=association.subnet-id Filter.1.Value.1={subnet?}
DescribeTags Filter.1.Name=resource-id Filter.1.Value.1={vpc?}
DescribeAvailabilityZones
DescribeRegions
DescribeAccountAttributes
` + func() (all string) {
	for _, kind := range []string{"vpc", "subnet", "rtb", "igw", "vgw", "pl", "sg", "sgr", "acl", "tgw", "tgw-attach", "tgw-rtb"} {
		all += "CreateTags ResourceId.1={" + kind + "} Tag.1.Key=a Tag.1.Value=b\nDeleteTags ResourceId.1={" + kind + "} Tag.1.Key=a\n"
	}
	return all
}()

// A holding is the id of one thing of each kind that an account has.
type holding map[string]string

// hold gives an account one thing of each kind, joined as far as they can be.
func hold(t *testing.T, st *store.Store, by demarc.AccountID) holding {
	t.Helper()
	h, now := holding{}, time.Now()
	write := func(fn func(*store.Tx) error) {
		t.Helper()
		if err := st.Write(t.Context(), fn); err != nil {
			t.Fatal(err)
		}
	}
	write(func(tx *store.Tx) error {
		v, err := vpc.Create(tx, by, "eu-west-1", netip.MustParsePrefix("10.0.0.0/16"), []demarc.Tag{{Key: "a", Value: "b"}})
		if err != nil {
			return err
		}
		six, err := vpc.AddIPv6(tx, by, v.ID)
		if err != nil {
			return err
		}
		s, err := vpc.CreateSubnet(tx, by, v.ID, netip.MustParsePrefix("10.0.1.0/24"), "", nil)
		if err != nil {
			return err
		}
		if s, err = vpc.AddSubnetIPv6(tx, by, s.ID, netip.PrefixFrom(six.Prefix.Addr(), 64)); err != nil {
			return err
		}
		g, err := vpc.CreateSecurityGroup(tx, by, demarc.SecurityGroup{VPC: v.ID, Name: "web", Description: "web"})
		if err != nil {
			return err
		}
		v, _ = store.VPCs.Get(tx, string(v.ID))
		v.Hosts = []demarc.HostInterface{{Host: "app", Address: netip.MustParseAddr("10.0.1.10"), Groups: []demarc.SecurityGroupID{g.ID}}}
		store.VPCs.Put(tx, v)
		h["vpc"], h["range"], h["subnet"], h["subnetrange"], h["sg"], h["sgr"] = string(v.ID), six.ID, string(s.ID), s.IPv6.ID, string(g.ID), g.Rules[0].ID
		h["end"], h["acl"] = h["sg"], string(vpc.NetworkACLs(tx, by)[0].ID)
		return nil
	})
	write(func(tx *store.Tx) error {
		table, err := vpc.CreateRouteTable(tx, by, demarc.VPCID(h["vpc"]), nil)
		if err != nil {
			return err
		}
		on, err := vpc.Associate(tx, by, table.ID, demarc.SubnetID(h["subnet"]))
		if err != nil {
			return err
		}
		igw, err := vpc.CreateInternetGateway(tx, by, "eu-west-1", nil)
		if err != nil {
			return err
		}
		vgw, err := vpc.CreateVPNGateway(tx, by, "eu-west-1", 0, nil)
		if err != nil {
			return err
		}
		l, err := vpc.CreatePrefixList(tx, by, demarc.PrefixList{Name: "l", MaxEntries: 1})
		h["rtb"], h["rtbassoc"], h["igw"], h["vgw"], h["pl"] = string(table.ID), on.ID, string(igw.ID), string(vgw.ID), string(l.ID)
		return errors.Join(err,
			vpc.AttachInternetGateway(tx, by, igw.ID, demarc.VPCID(h["vpc"])),
			vpc.CreateRoute(tx, by, table.ID, demarc.StaticRoute{Prefix: netip.MustParsePrefix("8.0.0.0/8"), Target: string(igw.ID)}))
	})
	write(func(tx *store.Tx) error {
		_, err := vpc.AttachVPNGateway(tx, by, demarc.GatewayID(h["vgw"]), demarc.VPCID(h["vpc"]))
		if err != nil {
			return err
		}
		gw, err := transit.Create(tx, by, demarc.TransitGateway{Region: "eu-west-1"}, transit.Defaults{Association: true}, now)
		if err != nil {
			return err
		}
		a, err := transit.AttachVPC(tx, by, demarc.TransitGatewayAttachment{TransitGateway: gw.ID, VPC: demarc.VPCID(h["vpc"]), Subnets: []demarc.SubnetID{demarc.SubnetID(h["subnet"])}}, now)
		if err != nil {
			return err
		}
		_, err = transit.CreateRoute(tx, by, gw.AssociationTable, demarc.TransitStaticRoute{Prefix: netip.MustParsePrefix("8.0.0.0/8")})
		h["tgw"], h["tgw-rtb"], h["tgw-attach"] = string(gw.ID), string(gw.AssociationTable), string(a.ID)
		return err
	})
	return h
}

// A counter is where an account asks.
type counter struct {
	*testing.T
	*ec2.Service
	by demarc.AccountID
}

// ask gives the whole answer, or the code and the words of the refusal.
func (c counter) ask(question string, ids holding) (answer, code string) {
	words := strings.Fields(question)
	form := url.Values{"Action": {words[0]}, "Version": {ec2.Version}}
	for _, w := range words[1:] {
		name, value, _ := strings.Cut(w, "=")
		if kind, ok := strings.CutPrefix(value, "{"); ok {
			value = ids[strings.TrimRight(kind, "?}")]
		}
		form.Set(name, value)
	}
	out, err := c.Call(c.Context(), regional.Scope{Region: "eu-west-1", Site: []demarc.Region{"eu-west-1"}}, c.by, "request", form)
	if err != nil {
		e := ec2.ExceptionOf(err)
		return e.Code + " " + e.Message, e.Code
	}
	return string(out), ""
}

// nothing is what has the form of an id of each kind, and is none.
func nothing(h holding) holding {
	none := maps.Clone(h)
	for kind, id := range h {
		none[kind] = id[:strings.LastIndex(id, "-")+1] + "00000000000000000"
	}
	return none
}

// TestAStrangerLearnsNothing: whatever is asked of another account's things is
// answered as of what does not exist, letter by letter but for the id, whichever
// of the ids in a call is theirs; and no list has them.
func TestAStrangerLearnsNothing(t *testing.T) {
	st := storetest.Embedded(t, store.Tables()...)
	if err := st.Write(t.Context(), func(tx *store.Tx) error {
		store.VPCHosts.Put(tx, demarc.VPCHost{ID: "host-1", Region: "eu-west-1"})
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	service := ec2.New(st, time.Now, nil)
	owner, stranger := counter{t, service, "111111111111"}, counter{t, service, "222222222222"}
	theirs, own := hold(t, st, owner.by), hold(t, st, stranger.by)
	for c, h := range map[counter]holding{owner: theirs, stranger: own} {
		answer, _ := c.ask("DescribeNetworkInterfaces", nil)
		_, rest, _ := strings.Cut(answer, "eni-")
		h["eni"] = "eni-" + rest[:17]
	}
	none := nothing(own)
	asked := map[string]bool{}
	for question := range strings.Lines(strings.TrimSpace(questions)) {
		question = strings.TrimSpace(question)
		operation, _, _ := strings.Cut(question, " ")
		asked[operation] = true
		for kind := range own {
			if !strings.Contains(question, "{"+kind+"}") && !strings.Contains(question, "{"+kind+"?}") {
				continue
			}
			mix := func(of holding) holding {
				ids := maps.Clone(own)
				ids[kind] = of[kind]
				return ids
			}
			got, code := stranger.ask(question, mix(theirs))
			want, _ := stranger.ask(question, mix(none))
			if strings.ReplaceAll(got, theirs[kind], "ID") != strings.ReplaceAll(want, none[kind], "ID") {
				t.Errorf("%s with another's %s:\n%s\nand with none:\n%s", question, kind, got, want)
			}
			if picks := strings.Contains(question, "?}"); !picks && !strings.HasSuffix(code, "NotFound") {
				t.Errorf("%s with another's %s is answered %s", question, kind, got)
			}
		}
		if strings.HasPrefix(operation, "Describe") && operation != "DescribeVpcAttribute" {
			answer, _ := stranger.ask(operation, nil)
			for kind, id := range theirs {
				if strings.Contains(answer, id) {
					t.Errorf("%s has another's %s", operation, kind)
				}
			}
		}
	}
	for _, operation := range slices.DeleteFunc(ec2.Operations(), func(name string) bool { return !ec2.Built(name) }) {
		if !asked[operation] {
			t.Errorf("no question here asks %s", operation)
		}
	}
}
