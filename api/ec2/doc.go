// Package ec2 answers the part of the EC2 API, version 2016-11-15, that wires
// the cloud side of a private line: VPCs and what is in them, virtual private
// gateways and Transit Gateways. A table of operations says which there are;
// every other one of EC2 is refused by name.
//
// It translates between the SDK's types and the rooms' nouns and knows EC2's
// spelling of errors, filters and tags. What happens is said by package vpc.
//
// What may surprise: a member of an input that the operation does not list in
// the table is refused when it is set, never passed over, unless it is set to
// false.
package ec2
