package ec2

import (
	"net/netip"
	"slices"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"demarc"
	"demarc/store"
	"demarc/vpc"
)

// permissions are a group's rules in one direction, those of one protocol and
// range of ports together, as EC2 lists them.
func permissions(g demarc.SecurityGroup, egress bool) []types.IpPermission {
	out := []types.IpPermission{}
	for _, r := range g.Rules {
		if r.Egress != egress {
			continue
		}
		i := slices.IndexFunc(out, func(p types.IpPermission) bool { return samePorts(p, r) })
		if i < 0 {
			i = len(out)
			out = append(out, emptyPermission(r))
		}
		p := &out[i]
		switch {
		case r.Group != "":
			p.UserIdGroupPairs = append(p.UserIdGroupPairs, types.UserIdGroupPair{GroupId: str(r.Group), UserId: str(g.Owner), Description: str(r.Description)})
		case r.Prefix.Addr().Is4():
			p.IpRanges = append(p.IpRanges, types.IpRange{CidrIp: ref(r.Prefix.String()), Description: str(r.Description)})
		default:
			p.Ipv6Ranges = append(p.Ipv6Ranges, types.Ipv6Range{CidrIpv6: ref(r.Prefix.String()), Description: str(r.Description)})
		}
	}
	return out
}

func emptyPermission(r demarc.SecurityRule) types.IpPermission {
	p := types.IpPermission{
		IpProtocol: ref(r.Protocol), IpRanges: []types.IpRange{}, Ipv6Ranges: []types.Ipv6Range{},
		PrefixListIds: []types.PrefixListId{}, UserIdGroupPairs: []types.UserIdGroupPair{},
	}
	if hasPorts(r.Protocol) {
		p.FromPort, p.ToPort = ref(r.FromPort), ref(r.ToPort)
	}
	return p
}

// hasPorts reports whether ports, or a type and a code, mean something with a
// protocol. EC2 passes over those of all others.
func hasPorts(protocol string) bool {
	return slices.Contains([]string{"tcp", "udp", "icmp", "icmpv6"}, protocol)
}

func samePorts(p types.IpPermission, r demarc.SecurityRule) bool {
	return *p.IpProtocol == r.Protocol && (!hasPorts(r.Protocol) || *p.FromPort == r.FromPort && *p.ToPort == r.ToPort)
}

// rulesOf takes permissions apart: one rule for each other end.
func (c call) rulesOf(permissions []types.IpPermission, egress bool) ([]demarc.SecurityRule, error) {
	var rules []demarc.SecurityRule
	for _, p := range permissions {
		if len(p.PrefixListIds) > 0 {
			return nil, demarc.Errorf(demarc.Unbuilt, "PrefixListIds cannot be used in a security group: demarc does not have it")
		}
		base, err := ports(p)
		if err != nil {
			return nil, err
		}
		base.Egress = egress
		ends, err := c.endsOf(p, base)
		if err != nil {
			return nil, err
		}
		rules = append(rules, ends...)
	}
	if len(rules) == 0 {
		return nil, missing("ipPermissions")
	}
	return rules, nil
}

var protocols = map[string]string{"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6", "all": demarc.AllProtocols}

// ports reads protocol and ports; what is not given is all of them.
func ports(p types.IpPermission) (demarc.SecurityRule, error) {
	if p.IpProtocol == nil {
		return demarc.SecurityRule{}, missing("ipProtocol")
	}
	r := demarc.SecurityRule{Protocol: strings.ToLower(*p.IpProtocol), FromPort: -1, ToPort: -1}
	if name, ok := protocols[r.Protocol]; ok {
		r.Protocol = name
	}
	if !hasPorts(r.Protocol) {
		return r, nil
	}
	if p.FromPort != nil {
		r.FromPort = *p.FromPort
	}
	if p.ToPort != nil {
		r.ToPort = *p.ToPort
	}
	return r, nil
}

func (c call) endsOf(p types.IpPermission, base demarc.SecurityRule) ([]demarc.SecurityRule, error) {
	var rules []demarc.SecurityRule
	add := func(prefix netip.Prefix, group demarc.SecurityGroupID, description *string) {
		r := base
		r.Prefix, r.Group, r.Description = prefix, group, get(description)
		rules = append(rules, r)
	}
	for _, e := range p.IpRanges {
		four, err := prefix("cidrIp", e.CidrIp)
		if err != nil {
			return nil, err
		}
		add(four, "", e.Description)
	}
	for _, e := range p.Ipv6Ranges {
		six, err := prefix6("cidrIpv6", e.CidrIpv6)
		if err != nil {
			return nil, err
		}
		add(six, "", e.Description)
	}
	for _, e := range p.UserIdGroupPairs {
		group, err := c.pairedGroup(e)
		if err != nil {
			return nil, err
		}
		add(netip.Prefix{}, group, e.Description)
	}
	return rules, nil
}

// pairedGroup is the group that a rule's other end is: one of the caller's, by
// its id.
func (c call) pairedGroup(e types.UserIdGroupPair) (demarc.SecurityGroupID, error) {
	switch {
	case e.GroupName != nil && e.GroupId == nil:
		return "", demarc.Errorf(demarc.Unbuilt, "UserIdGroupPairs.GroupName cannot be used: demarc has no default VPC, and finds groups by GroupId")
	case e.VpcPeeringConnectionId != nil:
		return "", demarc.Errorf(demarc.Unbuilt, "UserIdGroupPairs.VpcPeeringConnectionId cannot be used: demarc does not have it")
	case get(e.GroupId) == "":
		return "", missing("groupId")
	case e.UserId != nil && *e.UserId != string(c.by):
		return "", demarc.Errorf(demarc.NotFound, "The securityGroup ID '%s' does not exist", *e.GroupId).In("securityGroup")
	}
	return demarc.SecurityGroupID(*e.GroupId), nil
}

func (c call) ruleOut(group demarc.SecurityGroupID, r demarc.SecurityRule) types.SecurityGroupRule {
	out := types.SecurityGroupRule{
		SecurityGroupRuleId: &r.ID, GroupId: str(group), GroupOwnerId: str(c.by), IsEgress: &r.Egress, IpProtocol: &r.Protocol,
		FromPort: &r.FromPort, ToPort: &r.ToPort, Description: str(r.Description), Tags: tagsOut(r.Tags),
		SecurityGroupRuleArn: ref(c.arn("security-group-rule/" + r.ID)),
	}
	switch {
	case r.Group != "":
		out.ReferencedGroupInfo = &types.ReferencedSecurityGroup{GroupId: str(r.Group), UserId: str(c.by)}
	case r.Prefix.Addr().Is4():
		out.CidrIpv4 = ref(r.Prefix.String())
	default:
		out.CidrIpv6 = ref(r.Prefix.String())
	}
	return out
}

func (c call) authorize(tx *store.Tx, group *string, permissions []types.IpPermission, specs []types.TagSpecification, egress bool) ([]types.SecurityGroupRule, error) {
	rules, err := c.rulesOf(permissions, egress)
	if err != nil {
		return nil, err
	}
	tags, err := tagsFor(types.ResourceTypeSecurityGroupRule, specs)
	if err != nil {
		return nil, err
	}
	if err := demarc.CheckCloudTags(tags); err != nil {
		return nil, err
	}
	for i := range rules {
		rules[i].Tags = tags
	}
	id := demarc.SecurityGroupID(get(group))
	added, err := vpc.Authorize(tx, c.by, id, rules)
	return each(added, func(r demarc.SecurityRule) types.SecurityGroupRule { return c.ruleOut(id, r) }), err
}

func (c call) revoke(tx *store.Tx, group *string, permissions []types.IpPermission, ids []string, egress bool) error {
	var rules []demarc.SecurityRule
	for _, id := range ids {
		rules = append(rules, demarc.SecurityRule{ID: id, Egress: egress})
	}
	if len(ids) == 0 {
		var err error
		if rules, err = c.rulesOf(permissions, egress); err != nil {
			return err
		}
	}
	return vpc.Revoke(tx, c.by, demarc.SecurityGroupID(get(group)), rules)
}

func authorizeIngress(c call, tx *store.Tx, in *sdk.AuthorizeSecurityGroupIngressInput) (*sdk.AuthorizeSecurityGroupIngressOutput, error) {
	given := in.IpPermissions
	if in.CidrIp != nil { // the short form
		given = append(given, types.IpPermission{IpProtocol: in.IpProtocol, FromPort: in.FromPort, ToPort: in.ToPort, IpRanges: []types.IpRange{{CidrIp: in.CidrIp}}})
	}
	rules, err := c.authorize(tx, in.GroupId, given, in.TagSpecifications, false)
	return &sdk.AuthorizeSecurityGroupIngressOutput{Return: ref(true), SecurityGroupRules: rules}, err
}

func authorizeEgress(c call, tx *store.Tx, in *sdk.AuthorizeSecurityGroupEgressInput) (*sdk.AuthorizeSecurityGroupEgressOutput, error) {
	rules, err := c.authorize(tx, in.GroupId, in.IpPermissions, in.TagSpecifications, true)
	return &sdk.AuthorizeSecurityGroupEgressOutput{Return: ref(true), SecurityGroupRules: rules}, err
}

func revokeIngress(c call, tx *store.Tx, in *sdk.RevokeSecurityGroupIngressInput) (*sdk.RevokeSecurityGroupIngressOutput, error) {
	return &sdk.RevokeSecurityGroupIngressOutput{Return: ref(true)}, c.revoke(tx, in.GroupId, in.IpPermissions, in.SecurityGroupRuleIds, false)
}

func revokeEgress(c call, tx *store.Tx, in *sdk.RevokeSecurityGroupEgressInput) (*sdk.RevokeSecurityGroupEgressOutput, error) {
	return &sdk.RevokeSecurityGroupEgressOutput{Return: ref(true)}, c.revoke(tx, in.GroupId, in.IpPermissions, in.SecurityGroupRuleIds, true)
}
