package vpc

import (
	"slices"
	"strings"

	"demarc"
	"demarc/store"
)

// change applies a change of tags to the one that has the id. What is only
// described any more has its last ones.
func (k kind[T]) change(tx *store.Tx, by demarc.AccountID, id string, edit func([]demarc.Tag) []demarc.Tag) error {
	v, ok := k.table.Get(tx, id)
	tags := k.tagsOf(&v, by)
	if gone, mortal := any(v).(interface{ Gone() bool }); !ok || tags == nil || mortal && gone.Gone() {
		return notFound(k.name, id)
	}
	edited := edit(slices.Clone(*tags))
	if err := demarc.CheckCloudTags(edited); err != nil {
		return err
	}
	*tags = edited
	k.table.Put(tx, v)
	return nil
}

// changeRule does the same for a rule of a security group.
func changeRule(tx *store.Tx, by demarc.AccountID, id string, edit func([]demarc.Tag) []demarc.Tag) error {
	is := func(r demarc.SecurityRule) bool { return r.ID == id }
	for _, g := range securityGroups.list(tx, by) {
		if !slices.ContainsFunc(g.Rules, is) {
			continue
		}
		g, _ = store.SecurityGroups.Get(tx, string(g.ID)) // guarded
		i := slices.IndexFunc(g.Rules, is)
		if i < 0 {
			break
		}
		edited := edit(slices.Clone(g.Rules[i].Tags))
		if err := demarc.CheckCloudTags(edited); err != nil {
			return err
		}
		g.Rules = slices.Clone(g.Rules)
		g.Rules[i].Tags = edited
		store.SecurityGroups.Put(tx, g)
		return nil
	}
	return notFound("securityGroupRule", id)
}

type changer func(tx *store.Tx, by demarc.AccountID, id string, edit func([]demarc.Tag) []demarc.Tag) error

// taggable are the kinds by what their ids begin with.
var taggable = map[string]changer{
	"vpc": vpcs.change, "subnet": subnets.change, "rtb": routeTables.change, "igw": internetGateways.change,
	"vgw": vpnGateways.change, "pl": prefixLists.change, "sg": securityGroups.change, "sgr": changeRule, "acl": networkACLs.change,
	"tgw": transitGateways.change, "tgw-rtb": transitRouteTables.change, "tgw-attach": transitAttachments.change,
}

func changeTags(tx *store.Tx, by demarc.AccountID, id string, edit func([]demarc.Tag) []demarc.Tag) error {
	change, ok := taggable[id[:max(0, strings.LastIndex(id, "-"))]]
	if !ok {
		return demarc.Errorf(demarc.Invalid, "The ID '%s' is not valid", id).In("resource")
	}
	return change(tx, by, id, edit)
}

// Tag puts tags on things by their ids; a key that is there gets the new value.
func Tag(tx *store.Tx, by demarc.AccountID, ids []string, tags []demarc.Tag) error {
	if err := demarc.CheckCloudTags(tags); err != nil {
		return err
	}
	for _, id := range ids {
		err := changeTags(tx, by, id, func(old []demarc.Tag) []demarc.Tag {
			for _, t := range tags {
				old = append(slices.DeleteFunc(old, func(o demarc.Tag) bool { return o.Key == t.Key }), t)
			}
			return old
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Untag takes tags off things. A tag with a value goes only if it has that
// value; no tags are all of them.
func Untag(tx *store.Tx, by demarc.AccountID, ids []string, tags []Selector) error {
	for _, id := range ids {
		err := changeTags(tx, by, id, func(old []demarc.Tag) []demarc.Tag {
			return slices.DeleteFunc(old, func(t demarc.Tag) bool {
				return len(tags) == 0 || slices.ContainsFunc(tags, func(s Selector) bool { return s.matches(t) })
			})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// A Selector picks tags by key and, where Value is not nil, by value.
type Selector struct {
	Key   string
	Value *string
}

func (s Selector) matches(t demarc.Tag) bool {
	return s.Key == t.Key && (s.Value == nil || *s.Value == t.Value)
}

// A Tagged is something with its tags.
type Tagged struct {
	ID   string
	Kind string // the part of the id before the last hyphen: vpc, subnet, rtb …
	Tags []demarc.Tag
}

func (k kind[T]) tagged(all []T, by demarc.AccountID, id func(T) string) []Tagged {
	var out []Tagged
	for _, v := range all {
		if tags := k.tagsOf(&v, by); tags != nil {
			out = appendTagged(out, id(v), *tags)
		}
	}
	return out
}

// appendTagged leaves out what has no tags.
func appendTagged(all []Tagged, id string, tags []demarc.Tag) []Tagged {
	if len(tags) == 0 {
		return all
	}
	return append(all, Tagged{id, id[:strings.LastIndex(id, "-")], tags})
}

// rulesTagged are the rules of an account's security groups that have tags.
func rulesTagged(r store.Reader, by demarc.AccountID) (all []Tagged) {
	for _, g := range securityGroups.list(r, by) {
		for _, rule := range g.Rules {
			all = appendTagged(all, rule.ID, rule.Tags)
		}
	}
	return all
}

// Tags lists what an account has put tags on.
func Tags(r store.Reader, by demarc.AccountID) []Tagged {
	return slices.Concat(
		vpcs.tagged(vpcs.list(r, by), by, func(v demarc.VPC) string { return string(v.ID) }),
		subnets.tagged(subnets.list(r, by), by, func(s demarc.Subnet) string { return string(s.ID) }),
		routeTables.tagged(routeTables.list(r, by), by, func(t demarc.RouteTable) string { return string(t.ID) }),
		internetGateways.tagged(internetGateways.list(r, by), by, func(g demarc.InternetGateway) string { return string(g.ID) }),
		vpnGateways.tagged(vpnGateways.list(r, by), by, func(g demarc.VirtualGateway) string { return string(g.ID) }),
		securityGroups.tagged(securityGroups.list(r, by), by, func(g demarc.SecurityGroup) string { return string(g.ID) }),
		rulesTagged(r, by),
		transitAttachments.tagged(transitAttachments.shown(r, by), by, func(a demarc.TransitGatewayAttachment) string { return string(a.ID) }),
		transitGateways.tagged(transitGateways.list(r, by), by, func(g demarc.TransitGateway) string { return string(g.ID) }),
		transitRouteTables.tagged(transitRouteTables.list(r, by), by, func(t demarc.TransitRouteTable) string { return string(t.ID) }),
		prefixLists.tagged(prefixLists.list(r, by), by, func(l demarc.PrefixList) string { return string(l.ID) }),
		networkACLs.tagged(networkACLs.list(r, by), by, func(a demarc.NetworkACL) string { return string(a.ID) }),
	)
}
