package demarc

import (
	"net/netip"
	"slices"
	"strconv"
)

// A SecurityGroup is a list of what may reach and leave the network interfaces
// that are in it ([HostInterface]).
type SecurityGroup struct {
	ID          SecurityGroupID `json:"id"`
	VPC         VPCID           `json:"vpc"`
	Owner       AccountID       `json:"owner"`
	Name        string          `json:"name"` // unique in the VPC; "default" comes and goes with it
	Description string          `json:"description"`
	Rules       []SecurityRule  `json:"rules,omitempty"`
	Tags        []Tag           `json:"tags,omitempty"`
}

// DefaultGroup is the name of the group that every VPC has.
const DefaultGroup = "default"

// NewDefaultGroup is the group that a new VPC comes with: everything from its
// own members comes in, and everything goes out.
func NewDefaultGroup(vpc VPC) SecurityGroup {
	g := SecurityGroup{ID: NewSecurityGroupID(), VPC: vpc.ID, Owner: vpc.Owner, Name: DefaultGroup, Description: "default VPC security group"}
	g.Rules = []SecurityRule{
		{ID: NewSecurityRuleID(), Protocol: AllProtocols, FromPort: -1, ToPort: -1, Group: g.ID},
		LetOut(),
	}
	return g
}

// AllProtocols is the protocol of a rule for every packet.
const AllProtocols = "-1"

// LetOut is the rule that every new group begins with: everything goes out.
func LetOut() SecurityRule {
	return SecurityRule{ID: NewSecurityRuleID(), Egress: true, Protocol: AllProtocols, FromPort: -1, ToPort: -1, Prefix: DefaultRoute}
}

// A SecurityRule lets one kind of packet through to or from one other end,
// which is a prefix or a group.
type SecurityRule struct {
	ID     string `json:"id"`
	Egress bool   `json:"egress,omitempty"`
	// Protocol is tcp, udp, icmp, icmpv6, a number, or "-1" for all.
	Protocol string `json:"protocol"`
	// FromPort and ToPort are ICMP's type and code with that protocol; -1 is
	// all.
	FromPort    int32           `json:"fromPort"`
	ToPort      int32           `json:"toPort"`
	Prefix      netip.Prefix    `json:"prefix,omitzero"`
	Group       SecurityGroupID `json:"group,omitempty"`
	Description string          `json:"description,omitempty"`
	Tags        []Tag           `json:"tags,omitempty"`
}

// Same reports whether two rules let the same through; texts do not count.
func (r SecurityRule) Same(other SecurityRule) bool {
	return r.Egress == other.Egress && r.Protocol == other.Protocol && r.FromPort == other.FromPort &&
		r.ToPort == other.ToPort && r.Prefix == other.Prefix && r.Group == other.Group
}

// ProtocolNumber is IP's number of the rule's protocol, -1 for all; known is
// false for what is no protocol, and lets nothing through.
func (r SecurityRule) ProtocolNumber() (n int, known bool) {
	switch r.Protocol {
	case AllProtocols:
		return -1, true
	case "tcp":
		return 6, true
	case "udp":
		return 17, true
	case "icmp":
		return 1, true
	case "icmpv6":
		return 58, true
	}
	number, err := strconv.ParseUint(r.Protocol, 10, 8)
	return int(number), err == nil
}

// Has reports whether the group lets through exactly what a rule says.
func (g SecurityGroup) Has(rule SecurityRule) bool { return slices.ContainsFunc(g.Rules, rule.Same) }

// A NetworkACL is the default one of a VPC: all of its subnets are on it and
// it lets everything through.
type NetworkACL struct {
	ID    NetworkACLID `json:"id"`
	VPC   VPCID        `json:"vpc"`
	Owner AccountID    `json:"owner"`
	Tags  []Tag        `json:"tags,omitempty"`
}
