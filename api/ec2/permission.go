package ec2

import (
	"net/netip"
	"slices"

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
	if r.Protocol != demarc.AllProtocols {
		p.FromPort, p.ToPort = ref(r.FromPort), ref(r.ToPort)
	}
	return p
}

func samePorts(p types.IpPermission, r demarc.SecurityRule) bool {
	return *p.IpProtocol == r.Protocol && (r.Protocol == demarc.AllProtocols || *p.FromPort == r.FromPort && *p.ToPort == r.ToPort)
}

// rulesOf takes permissions apart: one rule for each other end.
func rulesOf(permissions []types.IpPermission, egress bool) ([]demarc.SecurityRule, error) {
	var rules []demarc.SecurityRule
	for _, p := range permissions {
		if len(p.PrefixListIds) > 0 {
			return nil, demarc.Errorf(demarc.Unbuilt, "PrefixListIds cannot be used: demarc has no prefix lists")
		}
		base, err := ports(p)
		if err != nil {
			return nil, err
		}
		base.Egress = egress
		ends, err := endsOf(p, base)
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

// ports reads protocol and ports; all protocols have all ports.
func ports(p types.IpPermission) (demarc.SecurityRule, error) {
	if p.IpProtocol == nil {
		return demarc.SecurityRule{}, missing("ipProtocol")
	}
	r := demarc.SecurityRule{Protocol: *p.IpProtocol, FromPort: -1, ToPort: -1}
	if name, ok := protocols[r.Protocol]; ok {
		r.Protocol = name
	}
	if r.Protocol == demarc.AllProtocols {
		return r, nil
	}
	if p.FromPort != nil {
		r.FromPort = *p.FromPort
	}
	if p.ToPort != nil {
		r.ToPort = *p.ToPort
	}
	if (r.Protocol == "tcp" || r.Protocol == "udp") && (r.FromPort < 0 || r.ToPort > 65535 || r.FromPort > r.ToPort) {
		return r, demarc.Errorf(demarc.Invalid, "Invalid value for portRange: ports %d to %d", r.FromPort, r.ToPort).In("permission")
	}
	return r, nil
}

func endsOf(p types.IpPermission, base demarc.SecurityRule) ([]demarc.SecurityRule, error) {
	var rules []demarc.SecurityRule
	add := func(cidr, description *string) error {
		r, parsed := base, netip.Prefix{}
		parsed, err := netip.ParsePrefix(get(cidr))
		if err != nil {
			return malformed("cidrIp", get(cidr))
		}
		r.Prefix, r.Description = parsed.Masked(), get(description)
		rules = append(rules, r)
		return nil
	}
	for _, e := range p.IpRanges {
		if err := add(e.CidrIp, e.Description); err != nil {
			return nil, err
		}
	}
	for _, e := range p.Ipv6Ranges {
		if err := add(e.CidrIpv6, e.Description); err != nil {
			return nil, err
		}
	}
	for _, e := range p.UserIdGroupPairs {
		r := base
		r.Group, r.Description = demarc.SecurityGroupID(get(e.GroupId)), get(e.Description)
		rules = append(rules, r)
	}
	return rules, nil
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
	rules, err := rulesOf(permissions, egress)
	if err != nil {
		return nil, err
	}
	tags, err := tagsFor(types.ResourceTypeSecurityGroupRule, specs)
	if err != nil {
		return nil, err
	}
	if err := demarc.CheckTags(tags); err != nil {
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
		if rules, err = rulesOf(permissions, egress); err != nil {
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
