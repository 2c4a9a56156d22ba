package site

import (
	"net/netip"
	"slices"

	"demarc"
	"demarc/store"
)

// allowedGroup is the security group that an environment's allowed sources make.
const allowedGroup = "allowed-sources"

// importAllowed has the app hosts of a VPC take packets from these sources alone,
// besides answers to their own; from anywhere without any. A host that was put
// into other groups since stays in them alone.
func importAllowed(tx *store.Tx, vpc *demarc.VPC, sources []netip.Prefix) error {
	group := demarc.SecurityGroup{VPC: vpc.ID, Owner: vpc.Owner, Name: allowedGroup, Description: "the environment's allowed sources"}
	for there := range store.SecurityGroups.By(tx, "vpc", string(vpc.ID)) {
		if there.Name == allowedGroup {
			group = there
		}
	}
	claim := "vpc/" + string(vpc.ID) + "/security-group/" + allowedGroup
	if len(sources) == 0 {
		if group.ID != "" {
			store.SecurityGroups.Delete(tx, string(group.ID))
			tx.Release(claim)
		}
		for i, h := range vpc.Hosts {
			vpc.Hosts[i].Groups = slices.DeleteFunc(slices.Clone(h.Groups), func(id demarc.SecurityGroupID) bool { return id == group.ID })
		}
		return nil
	}
	if group.ID == "" {
		group.ID = demarc.NewSecurityGroupID()
	}
	group.Rules = allowing(sources, group.Rules)
	store.SecurityGroups.Put(tx, group)
	for i, h := range vpc.Hosts {
		if len(h.Groups) == 0 {
			vpc.Hosts[i].Groups = []demarc.SecurityGroupID{group.ID}
		}
	}
	return tx.Claim(claim, string(group.ID))
}

// allowing are the rules for sources: those that were there before keep their
// ids.
func allowing(sources []netip.Prefix, before []demarc.SecurityRule) (rules []demarc.SecurityRule) {
	wanted := []demarc.SecurityRule{demarc.LetOut(), demarc.LetOut()}
	wanted[1].Prefix = demarc.DefaultRoute6
	for _, source := range sources {
		wanted = append(wanted, demarc.SecurityRule{ID: demarc.NewSecurityRuleID(), Protocol: demarc.AllProtocols, FromPort: -1, ToPort: -1, Prefix: source})
	}
	for _, rule := range wanted {
		if i := slices.IndexFunc(before, rule.Same); i >= 0 {
			rule = before[i]
		}
		rules = append(rules, rule)
	}
	return rules
}
