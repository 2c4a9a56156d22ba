package ec2

import (
	"reflect"
	"regexp"
	"strings"

	"demarc/api/awsquery"
)

// A form is what the ids of one kind look like, and EC2's code for what does not.
// Its spelling of these codes follows no rule.
type form struct{ begins, code string }

var forms = []struct {
	form
	members []string // of inputs
}{
	{form{"vpc-", "InvalidVpcID.Malformed"}, []string{"VpcId", "VpcIds"}},
	{form{"subnet-", "InvalidSubnetID.Malformed"}, []string{"SubnetId", "SubnetIds", "AddSubnetIds", "RemoveSubnetIds"}},
	{form{"rtb-", "InvalidRouteTableId.Malformed"}, []string{"RouteTableId", "RouteTableIds"}},
	{form{"igw-", "InvalidInternetGatewayId.Malformed"}, []string{"InternetGatewayId", "InternetGatewayIds"}},
	{form{"vgw-", "InvalidVpnGatewayID.Malformed"}, []string{"VpnGatewayId", "VpnGatewayIds"}},
	{form{"sg-", "InvalidGroupId.Malformed"}, []string{"GroupId", "GroupIds", "Groups"}},
	{form{"sgr-", "InvalidSecurityGroupRuleId.Malformed"}, []string{"SecurityGroupRuleIds"}},
	{form{"acl-", "InvalidNetworkAclId.Malformed"}, []string{"NetworkAclIds"}},
	{form{"eni-", "InvalidNetworkInterfaceId.Malformed"}, []string{"NetworkInterfaceId", "NetworkInterfaceIds"}},
	{form{"pl-", "InvalidPrefixListId.Malformed"}, []string{"PrefixListId", "PrefixListIds", "DestinationPrefixListId"}},
	{form{"tgw-", "InvalidTransitGatewayID.Malformed"}, []string{"TransitGatewayId", "TransitGatewayIds"}},
	{form{"tgw-attach-", "InvalidTransitGatewayAttachmentID.Malformed"}, []string{"TransitGatewayAttachmentId", "TransitGatewayAttachmentIds"}},
	{form{"tgw-rtb-", "InvalidRouteTableId.Malformed"}, []string{"TransitGatewayRouteTableId", "TransitGatewayRouteTableIds"}},
}

// digits are what follows in an id of any length: of 8 they were once, and are 17
// now. Longer ones there are none.
var digits = regexp.MustCompile(`^[0-9a-f]{1,17}$`)

// fits reports whether a text could be an id of this kind.
func (f form) fits(id string) bool {
	rest, ok := strings.CutPrefix(id, f.begins)
	return ok && digits.MatchString(rest)
}

// wellFormed refuses ids that are none of their kind, whether there is such a
// thing or not: before anything is looked up, as EC2 does. An empty one is none.
func wellFormed(in reflect.Value) error {
	for _, f := range forms {
		for _, member := range f.members {
			for _, id := range textsOf(in.FieldByName(member)) {
				if id != "" && !f.fits(id) {
					return &awsquery.Error{Code: f.code, Message: "Invalid id: \"" + id + "\" (expecting \"" + f.begins + "...\")"}
				}
			}
		}
	}
	return nil
}

// textsOf are those of a member that is a text or a list of them; nil for one
// that is not there.
func textsOf(member reflect.Value) []string {
	if !member.IsValid() {
		return nil
	}
	switch v := member.Interface().(type) {
	case *string:
		return []string{get(v)}
	case []string:
		return v
	}
	return nil
}
