// Package vpchost makes a Linux machine a host of VPCs: a network namespace
// for each, with cables to its app hosts, a way to the internet that
// translates addresses, and iBGP with the gateways on devices.
//
//	app host       VPC's namespace                            internet gateway's
//	eth0 ═══════ h…  route table                igw0 ═════ vpc0  translation  up0 ═══ internet
//	             g…  iBGP with each device
//	              ╚═══ b…  the gateway's namespace on a device
//
// It also has the route tables of Transit Gateways, each a namespace that is
// joined with VPCs, of this and other hosts, and with gateways on devices:
//
//	VPC's namespace        route table's namespace
//	t… ══════════════════ a…  its routes alone       g… ═══ b…  the gateway's namespace on a device
//
// A VPC's routes are its route tables, evaluated as AWS does (package route);
// only routes in use are in the kernel. What gateways teach enters a table if
// the table says so, and is reported either way. What an app host sends is judged
// by the table of its subnet, and what comes in by a gateway by the local routes
// alone, which the kernel asks first in either case.
//
// The work is cut into units that do not wait for each other, as in package
// device.
//
// What would surprise you:
//
//   - The VPC is no Ethernet. Each app host has a cable of its own and believes
//     that its neighbours are on the same one, because the router answers ARP
//     for them. Over IPv6 it need not believe so: it has an address and a default
//     route, and no network around it.
//   - An address of the VPC's range that no host has is dropped, not sent to the
//     internet: the local route comes first.
//   - A route by hand to a gateway on devices is, in the kernel, the routes that
//     the gateway has learned within it or around it: devices know their own
//     customers' lines alone, so which of them it is to be is decided here.
//   - Packets meet the route table whose namespace they come into, and an
//     attachment has a link to each table that it is associated with, propagates
//     to, or is named in; of these the first alone is sent to.
//   - Links to devices are made by the devices' agents. They are waited for,
//     not made.
package vpchost
