package vpc

import (
	"net/netip"
	"slices"
	"strings"

	"demarc"
	"demarc/account"
	"demarc/store"
)

// mostEntries is the most that a prefix list may be made for (EC2: 1000).
const mostEntries = 1000

// CreatePrefixList makes a list of its first version.
func CreatePrefixList(tx *store.Tx, by demarc.AccountID, l demarc.PrefixList) (demarc.PrefixList, error) {
	entries := l.Entries
	l.ID, l.Owner, l.Version, l.Entries = demarc.NewPrefixListID(), by, 1, nil
	if err := demarc.CheckCloudTags(l.Tags); err != nil {
		return l, err
	}
	l, err := edited(l, PrefixListEdit{Name: &l.Name, MaxEntries: &l.MaxEntries, Add: entries})
	if err != nil {
		return l, err
	}
	store.PrefixLists.Put(tx, l)
	return l, nil
}

// A PrefixListEdit is what becomes of a list; a nil pointer leaves what it is.
type PrefixListEdit struct {
	Name       *string
	MaxEntries *int
	// Version is the list's that Add and Remove were made for; nil is any.
	Version *int64
	Add     []demarc.PrefixListEntry // an entry that is there gets the new text
	Remove  []netip.Prefix
}

// EditPrefixList changes a list, and with it every route that leads to it.
func EditPrefixList(tx *store.Tx, by demarc.AccountID, id demarc.PrefixListID, e PrefixListEdit) (demarc.PrefixList, error) {
	l, err := prefixLists.get(tx, by, string(id))
	if err != nil {
		return l, err
	}
	entries := len(e.Add)+len(e.Remove) > 0
	if entries && e.Version != nil && *e.Version != l.Version {
		return l, demarc.Errorf(demarc.Conflict, "prefix list %s has version %d, and the change is for version %d", id, l.Version, *e.Version).Coded(CodeVersion, "Read the list again").In("CurrentVersion")
	}
	if entries && e.MaxEntries != nil {
		return l, demarc.Errorf(demarc.Invalid, "entries and MaxEntries are changed one after the other").In("MaxEntries")
	}
	if l, err = edited(l, e); err != nil {
		return l, err
	}
	if entries {
		l.Version++
	}
	store.PrefixLists.Put(tx, l)
	return l, suits(tx, l)
}

// edited is the list after a change that keeps to what lists may be.
func edited(l demarc.PrefixList, e PrefixListEdit) (demarc.PrefixList, error) {
	if e.Name != nil {
		l.Name = *e.Name
	}
	if e.MaxEntries != nil {
		l.MaxEntries = *e.MaxEntries
	}
	if l.Name == "" || len(l.Name) > 255 || strings.HasPrefix(l.Name, "com.amazonaws") {
		return l, demarc.Errorf(demarc.Invalid, "a prefix list has a name of up to 255 characters that does not begin with com.amazonaws").In("PrefixListName")
	}
	l.Entries = slices.Clone(l.Entries)
	for _, p := range e.Remove {
		i := slices.IndexFunc(l.Entries, func(x demarc.PrefixListEntry) bool { return x.Prefix == p })
		if i < 0 {
			return l, demarc.Errorf(demarc.Invalid, "%s is not in prefix list %s", p, l.ID).In("RemoveEntries")
		}
		l.Entries = slices.Delete(l.Entries, i, i+1)
	}
	for _, entry := range e.Add {
		if entry.Prefix.Addr().Is6() != l.IPv6 {
			return l, demarc.Errorf(demarc.Invalid, "%s is not of the family of prefix list %s", entry.Prefix, l.ID).In("AddEntries")
		}
		l.Entries = append(slices.DeleteFunc(l.Entries, func(x demarc.PrefixListEntry) bool { return x.Prefix == entry.Prefix }), entry)
	}
	slices.SortFunc(l.Entries, func(a, b demarc.PrefixListEntry) int { return a.Prefix.Compare(b.Prefix) })
	if l.MaxEntries < 1 || l.MaxEntries > mostEntries || len(l.Entries) > l.MaxEntries {
		return l, demarc.Errorf(demarc.Invalid, "%d entries: a prefix list has at most its MaxEntries, which is %d and may be 1 to %d", len(l.Entries), l.MaxEntries, mostEntries).In("MaxEntries")
	}
	return l, nil
}

// suits refuses a list that has grown too large for a table or a Transit Gateway
// that leads to it, or into the range of that table's VPC. The claims keep the
// list of those tables as it is until the commit.
func suits(tx *store.Tx, l demarc.PrefixList) error {
	tx.Claims(listClaims(l.ID))
	for t := range store.RouteTables.By(tx, "prefix-list", string(l.ID)) {
		t, _ := store.RouteTables.Get(tx, string(t.ID)) // guarded: it may be growing, too
		if err := roomFor(tx, t); err != nil {
			return err
		}
		v, _ := store.VPCs.Get(tx, string(t.VPC))
		for _, entry := range l.Entries {
			if err := outside(v, entry.Prefix); err != nil {
				return err
			}
		}
	}
	for t := range store.TransitRouteTables.By(tx, "prefix-list", string(l.ID)) {
		if err := RoomForTransit(tx, t.TransitGateway, 0); err != nil {
			return err
		}
	}
	return nil
}

// DeletePrefixList takes a list away that no route leads to.
func DeletePrefixList(tx *store.Tx, by demarc.AccountID, id demarc.PrefixListID) (demarc.PrefixList, error) {
	l, err := prefixLists.get(tx, by, string(id))
	if err != nil {
		return l, err
	}
	for _, table := range tx.Claims(listClaims(id)) {
		return l, inUse(prefixLists.name, string(id), table)
	}
	for t := range store.RouteTables.By(tx, "prefix-list", string(id)) { // from before there were claims
		return l, inUse(prefixLists.name, string(id), string(t.ID))
	}
	store.PrefixLists.Delete(tx, string(id))
	return l, nil
}

// ListClaim is the name that a table holds on a list as long as a route of it
// leads there: no list goes while it is being led to. The holder is the table.
func ListClaim(id demarc.PrefixListID, table string) string { return listClaims(id) + table }

func listClaims(id demarc.PrefixListID) string { return "prefix-list/" + string(id) + "/" }

// GetPrefixList finds a list of the account by.
func GetPrefixList(r store.Reader, by demarc.AccountID, id demarc.PrefixListID) (demarc.PrefixList, error) {
	return prefixLists.get(r, by, string(id))
}

// PrefixLists lists an account's prefix lists.
func PrefixLists(r store.Reader, by demarc.AccountID) []demarc.PrefixList {
	return prefixLists.list(r, by)
}

// RoomForTransit refuses more written routes on a Transit Gateway than it may
// have in all its tables together. It writes the gateway as it is: of two that
// count at once, in whichever tables, one counts again.
func RoomForTransit(tx *store.Tx, id demarc.TransitGatewayID, more int) error {
	if gw, ok := store.TransitGateways.Get(tx, string(id)); ok {
		store.TransitGateways.Put(tx, gw)
	}
	n := more
	for t := range store.TransitRouteTables.By(tx, "transit-gateway", string(id)) {
		for _, s := range t.Static {
			if !t.Gone() {
				n += Weight(tx, s.List)
			}
		}
	}
	if most := account.Quotas(tx).TransitGatewayRoutes; n > most {
		return demarc.Errorf(demarc.Limit, "%s would have %d static routes, and may have %d; a prefix list counts as many as it may have entries", id, n, most).In("transitGatewayRoute")
	}
	return nil
}

// roomFor refuses more routes of one family in a table than a table may have of
// each. A route to a list counts as many as the list may have entries.
func roomFor(r store.Reader, t demarc.RouteTable, more ...demarc.StaticRoute) error {
	routes := map[bool]int{} // those of IPv6 under true
	for _, s := range slices.Concat(t.Static, more) {
		routes[ipv6(r, s)] += Weight(r, s.List)
	}
	if n, most := max(routes[false], routes[true]), account.Quotas(r).RouteTableRoutes; n > most {
		return demarc.Errorf(demarc.Limit, "route table %s would have %d routes of one family, and may have %d; a route to a prefix list counts as many as the list may have entries", t.ID, n, most).In("routeCount")
	}
	return nil
}

func ipv6(r store.Reader, s demarc.StaticRoute) bool {
	if s.List == "" {
		return s.Prefix.Addr().Is6()
	}
	l, _ := store.PrefixLists.Get(r, string(s.List))
	return l.IPv6
}

// Weight is how many routes one to a prefix list counts as, and one to a prefix,
// which has none.
func Weight(r store.Reader, list demarc.PrefixListID) int {
	if list == "" {
		return 1
	}
	l, _ := store.PrefixLists.Get(r, string(list))
	return l.MaxEntries
}

// outside refuses a destination in a VPC's own range.
func outside(v demarc.VPC, p netip.Prefix) error {
	if own := v.RangeOf(p.Addr()); own.IsValid() && p.Bits() >= own.Bits() {
		return demarc.Errorf(demarc.Invalid, "The destination %s is in the VPC's own range %s, whose local route beats every other", p, own).In("route")
	}
	return nil
}
