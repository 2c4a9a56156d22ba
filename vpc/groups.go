package vpc

import (
	"slices"

	"demarc"
	"demarc/store"
)

// maxGroups is how many security groups an interface is in at most (AWS: 5,
// unless asked).
const maxGroups = 5

// SetGroups puts an app host's network interface into these security groups of
// its VPC and no others. Connections that are there go on.
func SetGroups(tx *store.Tx, by demarc.AccountID, id demarc.VPCID, host string, groups []demarc.SecurityGroupID) error {
	v, i, err := hostOf(tx, by, id, host)
	if err != nil {
		return err
	}
	groups = slices.Compact(slices.Sorted(slices.Values(groups)))
	switch {
	case len(groups) == 0:
		return demarc.Errorf(demarc.Invalid, "a network interface is in one security group at least").In("groupId")
	case len(groups) > maxGroups:
		return demarc.Errorf(demarc.Limit, "%d security groups are named, and a network interface is in %d at most", len(groups), maxGroups).In("networkInterface")
	}
	for _, name := range groups {
		g, err := securityGroups.get(tx, by, string(name))
		if err != nil {
			return err
		}
		if g.VPC != id {
			return demarc.Errorf(demarc.Invalid, "security group %s and app host %s are not in the same VPC", name, host).In("groupId")
		}
	}
	v.Hosts = slices.Clone(v.Hosts)
	v.Hosts[i].Groups = groups
	store.VPCs.Put(tx, v)
	return nil
}

// memberOf names an interface that is in a group; empty if there is none.
func memberOf(tx *store.Tx, g demarc.SecurityGroup) string {
	v, _ := store.VPCs.Get(tx, string(g.VPC))
	for _, h := range v.Hosts {
		if slices.Contains(h.Groups, g.ID) {
			return h.Host
		}
	}
	return ""
}
