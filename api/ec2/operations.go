package ec2

// operations are those that are carried out; genec2 reads the names from here.
// After each function come the members of the input that it looks at.
var operations = map[string]row{
	"CreateVpc":            writing(createVPC, "CidrBlock", "AmazonProvidedIpv6CidrBlock", "InstanceTenancy", "TagSpecifications"),
	"DeleteVpc":            writing(deleteVPC, "VpcId"),
	"DescribeVpcs":         reading(describeVPCs, "VpcIds", "Filters", "MaxResults", "NextToken"),
	"DescribeVpcAttribute": reading(describeVPCAttribute, "VpcId", "Attribute"),
	"ModifyVpcAttribute":   writing(modifyVPCAttribute, "VpcId", "EnableDnsHostnames", "EnableDnsSupport"),

	"AssociateVpcCidrBlock":       writing(associateVPCCIDRBlock, "VpcId", "CidrBlock", "AmazonProvidedIpv6CidrBlock"),
	"DisassociateVpcCidrBlock":    writing(disassociateVPCCIDRBlock, "AssociationId"),
	"AssociateSubnetCidrBlock":    writing(associateSubnetCIDRBlock, "SubnetId", "Ipv6CidrBlock"),
	"DisassociateSubnetCidrBlock": writing(disassociateSubnetCIDRBlock, "AssociationId"),
	"AssignIpv6Addresses":         writing(assignIPv6Addresses, "NetworkInterfaceId", "Ipv6AddressCount", "Ipv6Addresses"),
	"UnassignIpv6Addresses":       writing(unassignIPv6Addresses, "NetworkInterfaceId", "Ipv6Addresses"),

	"DescribeVpcClassicLink":           reading(describeClassicLink, "VpcIds", "Filters"),
	"DescribeVpcClassicLinkDnsSupport": reading(describeClassicLinkDNS, "VpcIds", "MaxResults", "NextToken"),

	"CreateSubnet":          writing(createSubnet, "VpcId", "CidrBlock", "Ipv6CidrBlock", "AvailabilityZone", "AvailabilityZoneId", "TagSpecifications"),
	"DeleteSubnet":          writing(deleteSubnet, "SubnetId"),
	"DescribeSubnets":       reading(describeSubnets, "SubnetIds", "Filters", "MaxResults", "NextToken"),
	"ModifySubnetAttribute": writing(modifySubnetAttribute, "SubnetId", "MapPublicIpOnLaunch"),

	"CreateInternetGateway":    writing(createInternetGateway, "TagSpecifications"),
	"DeleteInternetGateway":    writing(deleteInternetGateway, "InternetGatewayId"),
	"DescribeInternetGateways": reading(describeInternetGateways, "InternetGatewayIds", "Filters", "MaxResults", "NextToken"),
	"AttachInternetGateway":    writing(attachInternetGateway, "InternetGatewayId", "VpcId"),
	"DetachInternetGateway":    writing(detachInternetGateway, "InternetGatewayId", "VpcId"),

	"CreateRouteTable":             writing(createRouteTable, "VpcId", "TagSpecifications", "ClientToken"),
	"DeleteRouteTable":             writing(deleteRouteTable, "RouteTableId"),
	"DescribeRouteTables":          reading(describeRouteTables, "RouteTableIds", "Filters", "MaxResults", "NextToken"),
	"CreateRoute":                  writing(createRoute, "RouteTableId", "DestinationCidrBlock", "DestinationIpv6CidrBlock", "GatewayId", "TransitGatewayId"),
	"ReplaceRoute":                 writing(replaceRoute, "RouteTableId", "DestinationCidrBlock", "DestinationIpv6CidrBlock", "GatewayId", "TransitGatewayId"),
	"DeleteRoute":                  writing(deleteRoute, "RouteTableId", "DestinationCidrBlock", "DestinationIpv6CidrBlock"),
	"AssociateRouteTable":          writing(associateRouteTable, "RouteTableId", "SubnetId"),
	"DisassociateRouteTable":       writing(disassociateRouteTable, "AssociationId"),
	"ReplaceRouteTableAssociation": writing(replaceRouteTableAssociation, "AssociationId", "RouteTableId"),
	"EnableVgwRoutePropagation":    writing(enablePropagation, "RouteTableId", "GatewayId"),
	"DisableVgwRoutePropagation":   writing(disablePropagation, "RouteTableId", "GatewayId"),

	"CreateVpnGateway":    writing(createVPNGateway, "Type", "AmazonSideAsn", "AvailabilityZone", "TagSpecifications"),
	"DeleteVpnGateway":    writing(deleteVPNGateway, "VpnGatewayId"),
	"DescribeVpnGateways": reading(describeVPNGateways, "VpnGatewayIds", "Filters"),
	"AttachVpnGateway":    writing(attachVPNGateway, "VpnGatewayId", "VpcId"),
	"DetachVpnGateway":    writing(detachVPNGateway, "VpnGatewayId", "VpcId"),

	"CreateSecurityGroup":           writing(createSecurityGroup, "GroupName", "Description", "VpcId", "TagSpecifications"),
	"DeleteSecurityGroup":           writing(deleteSecurityGroup, "GroupId"),
	"DescribeSecurityGroups":        reading(describeSecurityGroups, "GroupIds", "Filters", "MaxResults", "NextToken"),
	"DescribeSecurityGroupRules":    reading(describeSecurityGroupRules, "SecurityGroupRuleIds", "Filters", "MaxResults", "NextToken"),
	"AuthorizeSecurityGroupIngress": writing(authorizeIngress, "GroupId", "IpPermissions", "IpProtocol", "FromPort", "ToPort", "CidrIp", "TagSpecifications"),
	"AuthorizeSecurityGroupEgress":  writing(authorizeEgress, "GroupId", "IpPermissions", "TagSpecifications"),
	"RevokeSecurityGroupIngress":    writing(revokeIngress, "GroupId", "IpPermissions", "SecurityGroupRuleIds"),
	"RevokeSecurityGroupEgress":     writing(revokeEgress, "GroupId", "IpPermissions", "SecurityGroupRuleIds"),

	"CreateTransitGateway":                 writing(createTransitGateway, "Description", "Options", "TagSpecifications"),
	"ModifyTransitGateway":                 writing(modifyTransitGateway, "TransitGatewayId", "Description", "Options"),
	"DeleteTransitGateway":                 writing(deleteTransitGateway, "TransitGatewayId"),
	"DescribeTransitGateways":              reading(describeTransitGateways, "TransitGatewayIds", "Filters", "MaxResults", "NextToken"),
	"CreateTransitGatewayVpcAttachment":    writing(createTransitGatewayVPCAttachment, "TransitGatewayId", "VpcId", "SubnetIds", "Options", "TagSpecifications"),
	"ModifyTransitGatewayVpcAttachment":    writing(modifyTransitGatewayVPCAttachment, "TransitGatewayAttachmentId", "AddSubnetIds", "RemoveSubnetIds", "Options"),
	"AcceptTransitGatewayVpcAttachment":    writing(acceptTransitGatewayVPCAttachment, "TransitGatewayAttachmentId"),
	"RejectTransitGatewayVpcAttachment":    writing(rejectTransitGatewayVPCAttachment, "TransitGatewayAttachmentId"),
	"DeleteTransitGatewayVpcAttachment":    writing(deleteTransitGatewayVPCAttachment, "TransitGatewayAttachmentId"),
	"DescribeTransitGatewayVpcAttachments": reading(describeTransitGatewayVPCAttachments, "TransitGatewayAttachmentIds", "Filters", "MaxResults", "NextToken"),
	"DescribeTransitGatewayAttachments":    reading(describeTransitGatewayAttachments, "TransitGatewayAttachmentIds", "Filters", "MaxResults", "NextToken"),

	"CreateTransitGatewayRouteTable":             writing(createTransitGatewayRouteTable, "TransitGatewayId", "TagSpecifications"),
	"DeleteTransitGatewayRouteTable":             writing(deleteTransitGatewayRouteTable, "TransitGatewayRouteTableId"),
	"DescribeTransitGatewayRouteTables":          reading(describeTransitGatewayRouteTables, "TransitGatewayRouteTableIds", "Filters", "MaxResults", "NextToken"),
	"AssociateTransitGatewayRouteTable":          writing(associateTransitGatewayRouteTable, "TransitGatewayRouteTableId", "TransitGatewayAttachmentId"),
	"DisassociateTransitGatewayRouteTable":       writing(disassociateTransitGatewayRouteTable, "TransitGatewayRouteTableId", "TransitGatewayAttachmentId"),
	"GetTransitGatewayRouteTableAssociations":    reading(getTransitGatewayAssociations, "TransitGatewayRouteTableId", "Filters", "MaxResults", "NextToken"),
	"EnableTransitGatewayRouteTablePropagation":  writing(enableTransitGatewayPropagation, "TransitGatewayRouteTableId", "TransitGatewayAttachmentId"),
	"DisableTransitGatewayRouteTablePropagation": writing(disableTransitGatewayPropagation, "TransitGatewayRouteTableId", "TransitGatewayAttachmentId"),
	"GetTransitGatewayRouteTablePropagations":    reading(getTransitGatewayPropagations, "TransitGatewayRouteTableId", "Filters", "MaxResults", "NextToken"),
	"GetTransitGatewayAttachmentPropagations":    reading(getTransitGatewayAttachmentPropagations, "TransitGatewayAttachmentId", "Filters", "MaxResults", "NextToken"),
	"CreateTransitGatewayRoute":                  writing(createTransitGatewayRoute, "TransitGatewayRouteTableId", "DestinationCidrBlock", "TransitGatewayAttachmentId", "Blackhole"),
	"ReplaceTransitGatewayRoute":                 writing(replaceTransitGatewayRoute, "TransitGatewayRouteTableId", "DestinationCidrBlock", "TransitGatewayAttachmentId", "Blackhole"),
	"DeleteTransitGatewayRoute":                  writing(deleteTransitGatewayRoute, "TransitGatewayRouteTableId", "DestinationCidrBlock"),
	"SearchTransitGatewayRoutes":                 reading(searchTransitGatewayRoutes, "TransitGatewayRouteTableId", "Filters", "MaxResults", "NextToken"),

	"ModifyNetworkInterfaceAttribute": writing(modifyNetworkInterfaceAttribute, "NetworkInterfaceId", "Groups"),
	"DescribeNetworkInterfaces":       reading(describeNetworkInterfaces, "NetworkInterfaceIds", "Filters", "MaxResults", "NextToken"),

	"DescribeNetworkAcls": reading(describeNetworkACLs, "NetworkAclIds", "Filters", "MaxResults", "NextToken"),

	"CreateTags":   writing(createTags, "Resources", "Tags"),
	"DeleteTags":   writing(deleteTags, "Resources", "Tags"),
	"DescribeTags": reading(describeTags, "Filters", "MaxResults", "NextToken"),

	"DescribeAvailabilityZones": reading(describeZones, "ZoneNames", "ZoneIds", "AllAvailabilityZones", "Filters"),
	"DescribeRegions":           reading(describeRegions, "RegionNames", "AllRegions", "Filters"),
	"DescribeAccountAttributes": reading(describeAccountAttributes, "AttributeNames"),
}
