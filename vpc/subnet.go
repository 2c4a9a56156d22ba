package vpc

import (
	"net/netip"
	"slices"

	"demarc"
	"demarc/store"
)

// CreateSubnet cuts a subnet out of a VPC's range. No zone is the first.
func CreateSubnet(tx *store.Tx, by demarc.AccountID, id demarc.VPCID, cidr netip.Prefix, zone string, tags []demarc.Tag) (demarc.Subnet, error) {
	v, err := vpcs.get(tx, by, string(id))
	if err != nil {
		return demarc.Subnet{}, err
	}
	cidr = cidr.Masked()
	if err := fits(tx, v, cidr); err != nil {
		return demarc.Subnet{}, err
	}
	zones := v.Region.Zones()
	if zone == "" {
		zone = zones[0]
	}
	if !slices.Contains(zones, zone) {
		return demarc.Subnet{}, demarc.Errorf(demarc.Invalid, "Value (%s) for parameter availabilityZone is invalid. Subnets can currently only be created in the following availability zones: %v", zone, zones).In("availabilityZone")
	}
	if err := demarc.CheckCloudTags(tags); err != nil {
		return demarc.Subnet{}, err
	}
	s := demarc.Subnet{ID: demarc.NewSubnetID(), VPC: id, Owner: by, Zone: zone, CIDR: cidr, Tags: tags}
	store.Subnets.Put(tx, s)
	return s, tx.Claim(claim(id, string(s.ID)), string(s.ID))
}

// fits refuses a range that is not the VPC's or another subnet's. Reading the
// claims keeps the list of subnets as it is until the commit.
func fits(tx *store.Tx, v demarc.VPC, cidr netip.Prefix) error {
	if within := v.RangeOf(cidr.Addr()); !sized(cidr) || !within.IsValid() || cidr.Bits() < within.Bits() {
		return demarc.Errorf(demarc.Invalid, "The CIDR '%s' is invalid: a subnet has a part of a range of its VPC, not longer than /28", cidr).
			Coded(CodeRange, "").In("subnet")
	}
	for range tx.Claims(claim(v.ID, "subnet-")) {
		break
	}
	for s := range store.Subnets.By(tx, "vpc", string(v.ID)) {
		if s.CIDR.Overlaps(cidr) {
			return demarc.Errorf(demarc.Conflict, "The CIDR '%s' conflicts with another subnet: %s has %s", cidr, s.ID, s.CIDR).
				Coded(CodeOverlap, "").In("subnet")
		}
	}
	return nil
}

// DeleteSubnet takes a subnet away, and its association with a route table. It
// is refused while an app host or an attachment is in it.
func DeleteSubnet(tx *store.Tx, by demarc.AccountID, id demarc.SubnetID) error {
	s, err := subnets.get(tx, by, string(id))
	if err != nil {
		return err
	}
	v, _ := store.VPCs.Get(tx, string(s.VPC))
	for _, h := range v.Hosts {
		if s.CIDR.Contains(h.Address) {
			return inUse("subnet", string(id), "app host "+h.Host)
		}
	}
	for _, what := range tx.Claims(subnetClaim(id, "tgw-attach-")) {
		return inUse("subnet", string(id), what)
	}
	if table, ok := associated(tx, id); ok {
		store.RouteTables.Put(tx, without(table, id))
		tx.Release(subnetClaim(id, "route-table"))
	}
	store.Subnets.Delete(tx, string(id))
	tx.Release(claim(s.VPC, string(id)))
	tx.Release(claim(s.VPC, subnet6+string(id)))
	return nil
}

// subnetClaim is the name for what uses a subnet. Its holder is an id.
func subnetClaim(id demarc.SubnetID, what string) string { return "subnet/" + string(id) + "/" + what }

// ModifySubnet sets whether instances in the subnet ask for a public address.
func ModifySubnet(tx *store.Tx, by demarc.AccountID, id demarc.SubnetID, mapPublic bool) error {
	s, err := subnets.get(tx, by, string(id))
	if err != nil {
		return err
	}
	s.MapPublic = mapPublic
	store.Subnets.Put(tx, s)
	return nil
}
