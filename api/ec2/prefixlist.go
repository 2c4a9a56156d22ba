package ec2

import (
	"cmp"
	"net/netip"
	"slices"

	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"demarc"
	"demarc/store"
	"demarc/vpc"
)

const familyIPv4, familyIPv6 = "IPv4", "IPv6"

func createPrefixList(c call, tx *store.Tx, in *sdk.CreateManagedPrefixListInput) (*sdk.CreateManagedPrefixListOutput, error) {
	l := demarc.PrefixList{Name: get(in.PrefixListName), MaxEntries: int(get(in.MaxEntries))}
	switch family := get(in.AddressFamily); family {
	case familyIPv4, familyIPv6:
		l.IPv6 = family == familyIPv6
	default:
		return nil, demarc.Errorf(demarc.Invalid, "Value (%s) for parameter AddressFamily is invalid. It is %s or %s.", family, familyIPv4, familyIPv6).In("AddressFamily")
	}
	var err error
	if l.Entries, err = entriesOf(in.Entries); err != nil {
		return nil, err
	}
	if l.Tags, err = tagsFor(types.ResourceTypePrefixList, in.TagSpecifications); err != nil {
		return nil, err
	}
	id, err := vpc.Once(tx, c.by, c.operation, c.scope.Token(get(in.ClientToken)), fingerprint(in), c.now, func() (string, error) {
		l.Region = c.scope.Region
		made, err := vpc.CreatePrefixList(tx, c.by, l)
		return string(made.ID), err
	})
	if err != nil {
		return nil, err
	}
	made, err := vpc.GetPrefixList(tx, c.by, demarc.PrefixListID(id))
	return &sdk.CreateManagedPrefixListOutput{PrefixList: c.prefixListOut(made, types.PrefixListStateCreateComplete)}, err
}

func entriesOf(in []types.AddPrefixListEntry) (all []demarc.PrefixListEntry, err error) {
	for _, entry := range in {
		p, err := eitherPrefix(entry.Cidr)
		if err != nil {
			return nil, err
		}
		all = append(all, demarc.PrefixListEntry{Prefix: p, Description: get(entry.Description)})
	}
	return all, nil
}

func eitherPrefix(value *string) (netip.Prefix, error) {
	if p, err := netip.ParsePrefix(get(value)); err == nil && p.Addr().Is6() {
		return prefix6("Cidr", value)
	}
	return prefix("Cidr", value)
}

func (c call) prefixListOut(l demarc.PrefixList, state types.PrefixListState) *types.ManagedPrefixList {
	family := familyIPv4
	if l.IPv6 {
		family = familyIPv6
	}
	return &types.ManagedPrefixList{
		PrefixListId: str(l.ID), PrefixListName: &l.Name, OwnerId: str(l.Owner), AddressFamily: ref(family),
		PrefixListArn: ref("arn:aws:ec2:" + string(c.scope.Region) + ":" + string(l.Owner) + ":prefix-list/" + string(l.ID)),
		MaxEntries:    ref(int32(l.MaxEntries)), Version: ref(l.Version), State: state, Tags: tagsOut(l.Tags),
	}
}

func modifyPrefixList(c call, tx *store.Tx, in *sdk.ModifyManagedPrefixListInput) (*sdk.ModifyManagedPrefixListOutput, error) {
	e := vpc.PrefixListEdit{Name: in.PrefixListName, Version: in.CurrentVersion}
	if in.MaxEntries != nil {
		e.MaxEntries = ref(int(*in.MaxEntries))
	}
	var err error
	if e.Add, err = entriesOf(in.AddEntries); err != nil {
		return nil, err
	}
	for _, entry := range in.RemoveEntries {
		p, err := eitherPrefix(entry.Cidr)
		if err != nil {
			return nil, err
		}
		e.Remove = append(e.Remove, p)
	}
	l, err := vpc.EditPrefixList(tx, c.by, demarc.PrefixListID(get(in.PrefixListId)), e)
	return &sdk.ModifyManagedPrefixListOutput{PrefixList: c.prefixListOut(l, types.PrefixListStateModifyComplete)}, err
}

func deletePrefixList(c call, tx *store.Tx, in *sdk.DeleteManagedPrefixListInput) (*sdk.DeleteManagedPrefixListOutput, error) {
	l, err := vpc.DeletePrefixList(tx, c.by, demarc.PrefixListID(get(in.PrefixListId)))
	return &sdk.DeleteManagedPrefixListOutput{PrefixList: c.prefixListOut(l, types.PrefixListStateDeleteComplete)}, err
}

var prefixListListing = listing[demarc.PrefixList]{
	kind: "prefixList",
	id:   func(l demarc.PrefixList) string { return string(l.ID) },
	tags: func(l demarc.PrefixList) []demarc.Tag { return l.Tags },
	filters: map[string]func(demarc.PrefixList) []string{
		"prefix-list-id":   one(func(l demarc.PrefixList) demarc.PrefixListID { return l.ID }),
		"prefix-list-name": one(func(l demarc.PrefixList) string { return l.Name }),
		"owner-id":         one(func(l demarc.PrefixList) demarc.AccountID { return l.Owner }),
	},
}

func describePrefixLists(c call, view *store.View, in *sdk.DescribeManagedPrefixListsInput) (*sdk.DescribeManagedPrefixListsOutput, error) {
	part, next, err := prefixListListing.page(c, vpc.PrefixLists(view, c.by), in.PrefixListIds, in.Filters, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := each(part, func(l demarc.PrefixList) types.ManagedPrefixList {
		state := types.PrefixListStateCreateComplete
		if l.Version > 1 {
			state = types.PrefixListStateModifyComplete
		}
		return *c.prefixListOut(l, state)
	})
	return &sdk.DescribeManagedPrefixListsOutput{PrefixLists: out, NextToken: next}, nil
}

// prefixListEntries has the entries of the current version: earlier ones are
// not kept.
func prefixListEntries(c call, view *store.View, in *sdk.GetManagedPrefixListEntriesInput) (*sdk.GetManagedPrefixListEntriesOutput, error) {
	l, err := vpc.GetPrefixList(view, c.by, demarc.PrefixListID(get(in.PrefixListId)))
	if err != nil {
		return nil, err
	}
	if in.TargetVersion != nil && *in.TargetVersion != l.Version {
		return nil, demarc.Errorf(demarc.Unbuilt, "prefix list %s has version %d, and its other versions are not kept", l.ID, l.Version).In("TargetVersion")
	}
	id := func(entry demarc.PrefixListEntry) string { return entry.Prefix.String() }
	entries := slices.SortedFunc(slices.Values(l.Entries), func(a, b demarc.PrefixListEntry) int { return cmp.Compare(id(a), id(b)) })
	part, next, err := page(c, entries, id, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	out := each(part, func(entry demarc.PrefixListEntry) types.PrefixListEntry {
		return types.PrefixListEntry{Cidr: ref(entry.Prefix.String()), Description: str(entry.Description)}
	})
	return &sdk.GetManagedPrefixListEntriesOutput{Entries: out, NextToken: next}, nil
}
