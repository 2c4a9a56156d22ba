// Package vpc makes and unmakes the networks of the managed cloud: VPCs with
// their subnets, route tables, internet gateways and packet filters, and the
// virtual private gateways that join them to the outside. Transit Gateways are
// of package transit; only their tags and the routes to them are changed here.
//
// Everything belongs to the account that made it; another's is answered
// exactly as what does not exist. Changes are one transaction each. They reach
// the nodes by the intent that is compiled from what is stored here.
//
// What may surprise:
//   - What hangs on a VPC claims a name below vpc/<id>/, and a VPC with such a
//     claim is not deleted. The main route table, the default security group and
//     the default network ACL claim nothing: they come and go with the VPC.
//   - What an app host sends is judged by the route table of the subnet that its
//     address is in, [demarc.TableFor]; nothing says in which subnet it is.
//   - A route to what is no longer attached stays in its table, as on AWS, where
//     it is called a blackhole.
package vpc
