package vpc

import (
	"regexp"
	"slices"
	"strings"

	"demarc"
	"demarc/account"
	"demarc/store"
)

// groupText is what names and descriptions of groups, and of rules, are made of
// (EC2: of ASCII alone).
var groupText = regexp.MustCompile(`^[a-zA-Z0-9 ` + regexp.QuoteMeta(groupSigns) + `]{0,255}$`)

const groupSigns = "._:/()#,@[]+=&;{}!$*-" // the hyphen last, as in a class of letters

// CreateSecurityGroup makes a group from which everything goes out. Its name
// is unique in its VPC.
func CreateSecurityGroup(tx *store.Tx, by demarc.AccountID, g demarc.SecurityGroup) (demarc.SecurityGroup, error) {
	if _, err := vpcs.get(tx, by, string(g.VPC)); err != nil {
		return g, err
	}
	if g.Name == "" || !groupText.MatchString(g.Name) || g.Description == "" || !groupText.MatchString(g.Description) {
		return g, demarc.Errorf(demarc.Invalid, "a security group has a name and a description of up to 255 characters each: letters and digits of ASCII, spaces and %s", groupSigns).In("GroupName")
	}
	if strings.HasPrefix(g.Name, "sg-") {
		return g, demarc.Errorf(demarc.Invalid, "invalid value for parameter groupName (%s). Group names may not be in the format sg-*", g.Name).In("GroupName")
	}
	if err := demarc.CheckCloudTags(g.Tags); err != nil {
		return g, err
	}
	duplicate := demarc.Errorf(demarc.Conflict, "The security group '%s' already exists for VPC '%s'", g.Name, g.VPC).Coded(CodeExists, "").In("securityGroup")
	if g.Name == demarc.DefaultGroup {
		return g, duplicate
	}
	g.ID, g.Owner, g.Rules = demarc.NewSecurityGroupID(), by, []demarc.SecurityRule{demarc.LetOut()}
	if err := tx.Claim(groupClaim(g), string(g.ID)); err != nil {
		return g, duplicate
	}
	store.SecurityGroups.Put(tx, g)
	return g, nil
}

func groupClaim(g demarc.SecurityGroup) string { return claim(g.VPC, "security-group/"+g.Name) }

// DeleteSecurityGroup takes a group away that no interface is in and no other
// group's rules name.
func DeleteSecurityGroup(tx *store.Tx, by demarc.AccountID, id demarc.SecurityGroupID) error {
	g, err := securityGroups.get(tx, by, string(id))
	if err != nil {
		return err
	}
	if g.Name == demarc.DefaultGroup {
		return demarc.Errorf(demarc.Conflict, "the specified group: %q name: %q cannot be deleted by a user", id, g.Name).
			Coded(CodeDefault, "It leaves with its VPC").In("securityGroup")
	}
	for other := range store.SecurityGroups.By(tx, "vpc", string(g.VPC)) {
		names := func(r demarc.SecurityRule) bool { return r.Group == id }
		if other.ID != id && slices.ContainsFunc(other.Rules, names) {
			return inUse("securityGroup", string(id), string(other.ID))
		}
	}
	if host := memberOf(tx, g); host != "" {
		return inUse("securityGroup", string(id), host)
	}
	store.SecurityGroups.Delete(tx, string(id))
	tx.Release(groupClaim(g))
	return nil
}

// Authorize adds rules to a group, all or none, and gives them their ids. A
// rule that is there already is refused.
func Authorize(tx *store.Tx, by demarc.AccountID, id demarc.SecurityGroupID, rules []demarc.SecurityRule) ([]demarc.SecurityRule, error) {
	g, err := securityGroups.get(tx, by, string(id))
	if err != nil {
		return nil, err
	}
	g.Rules = slices.Clone(g.Rules)
	var added []demarc.SecurityRule
	for _, rule := range rules {
		if err := checkRule(tx, by, g, rule); err != nil {
			return nil, err
		}
		rule.ID = demarc.NewSecurityRuleID()
		g.Rules = append(g.Rules, rule)
		added = append(added, rule)
	}
	store.SecurityGroups.Put(tx, g)
	return added, nil
}

func checkRule(tx *store.Tx, by demarc.AccountID, g demarc.SecurityGroup, rule demarc.SecurityRule) error {
	if g.Has(rule) {
		return demarc.Errorf(demarc.Conflict, "the specified rule %q already exists", describeRule(rule)).Coded(CodeExists, "").In("permission")
	}
	if err := sound(rule); err != nil {
		return err
	}
	if rule.Group != "" {
		end, err := securityGroups.get(tx, by, string(rule.Group))
		if err != nil {
			return err
		}
		if end.VPC != g.VPC {
			return demarc.Errorf(demarc.NotFound, "You have specified two resources that belong to different networks: %s and %s", g.ID, end.ID).In("securityGroup")
		}
		store.SecurityGroups.Put(tx, end) // as it is: whoever deletes it at once looks again who names it
	}
	n := 0
	for _, r := range g.Rules {
		if r.Egress == rule.Egress {
			n++
		}
	}
	if n >= account.Quotas(tx).SecurityGroupRules {
		return demarc.Errorf(demarc.Limit, "security group %s has %d rules in this direction, and that is the most", g.ID, n).In("permission")
	}
	return nil
}

// sound refuses a rule that a packet filter cannot carry out as it is written:
// it would let something else through.
func sound(rule demarc.SecurityRule) error {
	if rule.Prefix.IsValid() == (rule.Group != "") {
		return demarc.Errorf(demarc.Invalid, "a rule has one other end, a range or a security group").In("permission")
	}
	if !groupText.MatchString(rule.Description) {
		return demarc.Errorf(demarc.Invalid, "Invalid rule description: it has up to 255 letters and digits of ASCII, spaces and %s", groupSigns).In("permission")
	}
	protocol, known := rule.ProtocolNumber()
	if !known {
		return demarc.Errorf(demarc.Invalid, "Invalid value '%s' for IP protocol. Unknown protocol.", rule.Protocol).In("permission")
	}
	if !portsFit(protocol, rule.FromPort, rule.ToPort) {
		return demarc.Errorf(demarc.Invalid, "Invalid value for portRange: %d to %d of protocol %s", rule.FromPort, rule.ToPort, rule.Protocol).In("permission")
	}
	return nil
}

// portsFit reports whether a protocol has such ports: TCP and UDP have a range
// of them, ICMP a type and a code, of which the second or both may be any, and
// others have none.
func portsFit(protocol int, from, to int32) bool {
	switch protocol {
	case 6, 17:
		return 0 <= from && from <= to && to <= 65535
	case 1, 58:
		return -1 <= from && from <= 255 && -1 <= to && to <= 255 && (from >= 0 || to < 0)
	}
	return from == -1 && to == -1
}

func describeRule(r demarc.SecurityRule) string {
	end := string(r.Group)
	if r.Prefix.IsValid() {
		end = r.Prefix.String()
	}
	return "peer: " + end + ", protocol " + r.Protocol
}

// Revoke takes rules out of a group, all or none.
func Revoke(tx *store.Tx, by demarc.AccountID, id demarc.SecurityGroupID, rules []demarc.SecurityRule) error {
	g, err := securityGroups.get(tx, by, string(id))
	if err != nil {
		return err
	}
	left := slices.Clone(g.Rules)
	for _, rule := range rules {
		i := slices.IndexFunc(left, func(r demarc.SecurityRule) bool {
			return rule.ID != "" && r.ID == rule.ID && r.Egress == rule.Egress || rule.ID == "" && r.Same(rule)
		})
		if i < 0 {
			return demarc.Errorf(demarc.NotFound, "The specified rule does not exist in security group %s", id).In("permission")
		}
		left = slices.Delete(left, i, i+1)
	}
	g.Rules = left
	store.SecurityGroups.Put(tx, g)
	return nil
}
