package vpc

import (
	"cmp"
	"net/netip"
	"slices"

	"demarc"
	"demarc/store"
)

// The shortest and longest ranges of VPCs and subnets (AWS: /16 to /28).
const (
	shortestRange = 16
	longestRange  = 28
)

// Create makes a VPC with its main route table, default security group and
// default network ACL, on the host of the Region that carries the fewest; no
// Region is any. Host bits of the range are cut off, as AWS does it.
func Create(tx *store.Tx, by demarc.AccountID, region demarc.Region, cidr netip.Prefix, tags []demarc.Tag) (demarc.VPC, error) {
	cidr = cidr.Masked()
	if !sized(cidr) {
		return demarc.VPC{}, wrongRange(cidr)
	}
	if err := demarc.CheckCloudTags(tags); err != nil {
		return demarc.VPC{}, err
	}
	host, ok := leastLoaded(tx, region)
	if !ok {
		return demarc.VPC{}, demarc.Errorf(demarc.Limit, "the site has no machine that carries VPCs%s", in(region)).In("vpc")
	}
	v := demarc.VPC{ID: demarc.NewVPCID(), Owner: by, Region: host.Region, Host: host.ID, CIDR: cidr, Tags: tags}
	store.VPCs.Put(tx, v)
	store.RouteTables.Put(tx, demarc.NewMainTable(v))
	store.SecurityGroups.Put(tx, demarc.NewDefaultGroup(v))
	store.NetworkACLs.Put(tx, demarc.NetworkACL{ID: demarc.NewNetworkACLID(), VPC: v.ID, Owner: by})
	return v, nil
}

func sized(cidr netip.Prefix) bool {
	return cidr.IsValid() && cidr.Addr().Is4() && cidr.Bits() >= shortestRange && cidr.Bits() <= longestRange
}

func in(region demarc.Region) string {
	if region == "" {
		return ""
	}
	return " of Region " + string(region)
}

// leastLoaded is the host with the fewest VPCs, the first by name among equals.
func leastLoaded(r store.Reader, region demarc.Region) (demarc.VPCHost, bool) {
	hosts := slices.DeleteFunc(slices.Collect(store.VPCHosts.All(r)), func(h demarc.VPCHost) bool { return region != "" && h.Region != region })
	if len(hosts) == 0 {
		return demarc.VPCHost{}, false
	}
	load := map[demarc.NodeID]int{}
	for _, h := range hosts {
		for range store.VPCs.By(r, "host", string(h.ID)) {
			load[h.ID]++
		}
	}
	return slices.MinFunc(hosts, func(a, b demarc.VPCHost) int { return cmp.Compare(load[a.ID], load[b.ID]) }), true
}

// Delete takes a VPC away with what came with it. It is refused while
// something else hangs on it.
func Delete(tx *store.Tx, by demarc.AccountID, id demarc.VPCID) error {
	v, err := vpcs.get(tx, by, string(id))
	if err != nil {
		return err
	}
	for _, what := range tx.Claims(claim(id, "")) {
		return inUse("vpc", string(id), what)
	}
	if len(v.Hosts) > 0 {
		return inUse("vpc", string(id), "app host "+v.Hosts[0].Host)
	}
	store.VPCs.Delete(tx, string(id))
	for _, t := range tablesOf(tx, id) {
		removeTable(tx, t)
	}
	for g := range store.SecurityGroups.By(tx, "vpc", string(id)) {
		store.SecurityGroups.Delete(tx, string(g.ID))
	}
	for a := range store.NetworkACLs.By(tx, "vpc", string(id)) {
		store.NetworkACLs.Delete(tx, string(a.ID))
	}
	store.VPCSightings.Delete(tx, string(id))
	return nil
}

// claim is the name that keeps a VPC in being. Its holder is an id.
func claim(id demarc.VPCID, what string) string { return "vpc/" + string(id) + "/" + what }

// Attributes are what may be changed of a VPC; nil leaves one as it is.
type Attributes struct {
	DNSSupport, DNSHostnames *bool
}

// Modify changes a VPC's attributes.
func Modify(tx *store.Tx, by demarc.AccountID, id demarc.VPCID, a Attributes) error {
	v, err := vpcs.get(tx, by, string(id))
	if err != nil {
		return err
	}
	if a.DNSSupport != nil {
		v.NoDNSSupport = !*a.DNSSupport
	}
	if a.DNSHostnames != nil {
		v.DNSHostnames = *a.DNSHostnames
	}
	store.VPCs.Put(tx, v)
	return nil
}

// Get finds a VPC of the account by.
func Get(r store.Reader, by demarc.AccountID, id demarc.VPCID) (demarc.VPC, error) {
	return vpcs.get(r, by, string(id))
}
