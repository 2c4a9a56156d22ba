package intent

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"demarc"
)

// A Gate is what may reach and leave an app host's network interface: nothing
// but its passes, and what belongs to a connection that one of them let through.
type Gate struct {
	Passes []Pass `json:"passes,omitempty"`
}

// A Pass is one rule of a security group. One that names a group has become a
// pass for the address of each of its members.
type Pass struct {
	Egress bool         `json:"egress,omitempty"`
	Far    netip.Prefix `json:"far"`
	// Protocol is IP's number of it; -1 is all.
	Protocol int `json:"protocol"`
	// From and To are ports, of TCP and UDP, or ICMP's type and code; -1 is all.
	From int `json:"from"`
	To   int `json:"to"`
}

// String says it in words.
func (p Pass) String() string {
	text := "in from " + p.Far.String()
	if p.Egress {
		text = "out to " + p.Far.String()
	}
	if p.Protocol >= 0 {
		text += fmt.Sprintf(", protocol %d", p.Protocol)
	}
	if p.From >= 0 {
		text += fmt.Sprintf(", %d-%d", p.From, p.To)
	}
	return text
}

// gate is nil for an interface in no group: nothing filters there.
func gate(in HostInputs, v demarc.VPC, h demarc.HostInterface) *Gate {
	if len(h.Groups) == 0 {
		return nil
	}
	g := &Gate{}
	for _, group := range in.SecurityGroups {
		if slices.Contains(h.Groups, group.ID) {
			for _, rule := range group.Rules {
				g.Passes = append(g.Passes, passes(v, rule)...)
			}
		}
	}
	slices.SortFunc(g.Passes, func(a, b Pass) int {
		return cmp.Or(a.Far.Compare(b.Far), cmp.Compare(a.Protocol, b.Protocol), cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To),
			strings.Compare(b.String(), a.String()))
	})
	g.Passes = slices.Compact(g.Passes)
	return g
}

func passes(v demarc.VPC, rule demarc.SecurityRule) (all []Pass) {
	protocol, known := rule.ProtocolNumber()
	if !known {
		return nil
	}
	p := Pass{Egress: rule.Egress, Protocol: protocol, From: int(rule.FromPort), To: int(rule.ToPort)}
	if p.Protocol < 0 {
		p.From, p.To = -1, -1
	}
	if rule.Prefix.IsValid() {
		p.Far = rule.Prefix.Masked()
		return []Pass{p}
	}
	for _, member := range v.Hosts {
		if !slices.Contains(member.Groups, rule.Group) {
			continue
		}
		for _, address := range []netip.Addr{member.Address, member.IPv6} {
			if address.IsValid() {
				p.Far = netip.PrefixFrom(address, address.BitLen())
				all = append(all, p)
			}
		}
	}
	return all
}
