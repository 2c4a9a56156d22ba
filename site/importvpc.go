package site

import (
	"fmt"
	"net/netip"
	"slices"

	"demarc"
	"demarc/store"
)

// importVPC makes the network of an environment with what every VPC has, one
// subnet over the whole of it, and the way to the internet that the file names.
// What was added to it since stays.
func (s *Site) importVPC(tx *store.Tx, noun demarc.Environment, env Environment) error {
	vpc, _ := store.VPCs.Get(tx, string(noun.VPC))
	vpc.ID, vpc.Name, vpc.Owner, vpc.Region, vpc.Host, vpc.CIDR = noun.VPC, env.Name, noun.Platform, env.Region, env.Host, env.CIDR
	vpc.Hosts = appHosts(env, vpc.Hosts)
	if env.IPv6.IsValid() && !slices.Contains(vpc.Ranges(), env.IPv6) {
		vpc.More = append(slices.Clone(vpc.More), demarc.RangeAssociation{ID: demarc.NewVPCRangeID(), Prefix: env.IPv6})
	}
	if err := importAllowed(tx, &vpc, env.Allowed); err != nil {
		return fmt.Errorf("environment's VPC %s: %w", vpc.ID, err)
	}
	store.VPCs.Put(tx, vpc)
	importFurniture(tx, vpc, subnet6(env))
	table := mainTable(tx, vpc)
	if env.InternetGateway != nil {
		igw := importInternetGateway(tx, vpc, *env.InternetGateway)
		defaults := []netip.Prefix{demarc.DefaultRoute}
		if env.IPv6.IsValid() && env.InternetGateway.IPv6.IsValid() {
			defaults = append(defaults, demarc.DefaultRoute6)
		}
		table.Static = slices.DeleteFunc(table.Static, func(r demarc.StaticRoute) bool { return slices.Contains(defaults, r.Prefix) })
		for _, prefix := range defaults {
			table.Static = append(table.Static, demarc.StaticRoute{Prefix: prefix, Target: string(igw)})
		}
	}
	if !slices.Contains(table.Propagating, noun.Gateway) {
		table.Propagating = append(table.Propagating, noun.Gateway)
	}
	store.RouteTables.Put(tx, table)
	return claimParts(tx, vpc.ID)
}

// appHosts are those of the file. They keep the security groups that they were
// put into, and one that the file gives no IPv6 address what it was given since.
func appHosts(env Environment, before []demarc.HostInterface) (hosts []demarc.HostInterface) {
	for _, app := range env.Apps {
		h := demarc.HostInterface{Host: app.Name, Address: app.Address, IPv6: app.IPv6}
		for _, was := range before {
			if was.Host == h.Host {
				h.Groups = was.Groups
				if !h.IPv6.IsValid() {
					h.IPv6 = was.IPv6
				}
			}
		}
		hosts = append(hosts, h)
	}
	return hosts
}

// subnet6 is the part of an environment's IPv6 range that its subnet has.
func subnet6(env Environment) netip.Prefix {
	if !env.IPv6.IsValid() {
		return netip.Prefix{}
	}
	return netip.PrefixFrom(env.IPv6.Addr(), 64)
}

// claimParts takes the names that keep a VPC from being deleted while
// something hangs on it, as package vpc does for what is made there.
func claimParts(tx *store.Tx, vpc demarc.VPCID) error {
	names := map[string]string{}
	for s := range store.Subnets.By(tx, "vpc", string(vpc)) {
		names[string(s.ID)] = string(s.ID)
		if s.IPv6 != nil {
			names["subnet6/"+string(s.ID)] = string(s.ID)
		}
	}
	for g := range store.InternetGateways.By(tx, "vpc", string(vpc)) {
		names["internet-gateway"] = string(g.ID)
	}
	for g := range store.VirtualGateways.By(tx, "vpc", string(vpc)) {
		names["vpn-gateway"] = string(g.ID)
	}
	for name, holder := range names {
		if err := tx.Claim("vpc/"+string(vpc)+"/"+name, holder); err != nil {
			return fmt.Errorf("environment's VPC %s: %w", vpc, err)
		}
	}
	return nil
}

// importFurniture gives a new VPC its subnet, default security group and
// default network ACL. The subnet over the whole of it gets its part of the
// IPv6 range, also when the file names one only now.
func importFurniture(tx *store.Tx, vpc demarc.VPC, six netip.Prefix) {
	if !has(store.Subnets, tx, vpc.ID) {
		store.Subnets.Put(tx, demarc.Subnet{ID: demarc.NewSubnetID(), VPC: vpc.ID, Owner: vpc.Owner, Zone: vpc.Region.Zones()[0], CIDR: vpc.CIDR})
	}
	for _, s := range slices.Collect(store.Subnets.By(tx, "vpc", string(vpc.ID))) {
		if s.CIDR == vpc.CIDR && s.IPv6 == nil && six.IsValid() {
			s.IPv6 = &demarc.RangeAssociation{ID: demarc.NewSubnetRangeID(), Prefix: six}
			store.Subnets.Put(tx, s)
		}
	}
	if !hasDefaultGroup(tx, vpc.ID) {
		store.SecurityGroups.Put(tx, demarc.NewDefaultGroup(vpc))
	}
	if !has(store.NetworkACLs, tx, vpc.ID) {
		store.NetworkACLs.Put(tx, demarc.NetworkACL{ID: demarc.NewNetworkACLID(), VPC: vpc.ID, Owner: vpc.Owner})
	}
}

// hasDefaultGroup reports whether the group is there that every VPC has.
func hasDefaultGroup(tx *store.Tx, vpc demarc.VPCID) bool {
	for g := range store.SecurityGroups.By(tx, "vpc", string(vpc)) {
		if g.Name == demarc.DefaultGroup {
			return true
		}
	}
	return false
}

// has reports whether a VPC has something of a table.
func has[T any](table *store.Table[T], tx *store.Tx, vpc demarc.VPCID) bool {
	for range table.By(tx, "vpc", string(vpc)) {
		return true
	}
	return false
}

// mainTable is the VPC's, or a new one.
func mainTable(tx *store.Tx, vpc demarc.VPC) demarc.RouteTable {
	for table := range store.RouteTables.By(tx, "vpc", string(vpc.ID)) {
		if table.Main() {
			return table
		}
	}
	return demarc.NewMainTable(vpc)
}

// importInternetGateway attaches the VPC's internet gateway, or moves the one
// there is to the uplink that the file names.
func importInternetGateway(tx *store.Tx, vpc demarc.VPC, file InternetGateway) demarc.InternetGatewayID {
	igw := demarc.InternetGateway{ID: demarc.NewInternetGatewayID(), Owner: vpc.Owner, VPC: vpc.ID}
	for there := range store.InternetGateways.By(tx, "vpc", string(vpc.ID)) {
		igw = there
	}
	igw.Region = vpc.Region
	igw.Address, igw.Next, igw.IPv6, igw.Next6, igw.Uplink = file.Address, file.Next, file.IPv6, file.Next6, file.Uplink
	store.InternetGateways.Put(tx, igw)
	return igw.ID
}
