package ec2

import (
	"strconv"

	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"demarc"
	"demarc/store"
	"demarc/transit"
)

func createTransitGateway(c call, tx *store.Tx, in *sdk.CreateTransitGatewayInput) (*sdk.CreateTransitGatewayOutput, error) {
	tags, err := tagsFor(types.ResourceTypeTransitGateway, in.TagSpecifications)
	if err != nil {
		return nil, err
	}
	gw := demarc.TransitGateway{Name: get(in.Description), Region: c.scope.Region, Tags: tags}
	defaults, err := requestOptions(&gw, in.Options)
	if err != nil {
		return nil, err
	}
	if gw, err = transit.Create(tx, c.by, gw, defaults, c.now); err != nil {
		return nil, err
	}
	return &sdk.CreateTransitGatewayOutput{TransitGateway: ref(c.transitGatewayOut(gw))}, nil
}

// requestOptions reads the options of a new Transit Gateway. Those that are
// not given are as AWS's defaults.
func requestOptions(gw *demarc.TransitGateway, o *types.TransitGatewayRequestOptions) (transit.Defaults, error) {
	if o == nil {
		o = &types.TransitGatewayRequestOptions{}
	}
	if len(o.TransitGatewayCidrBlocks) > 0 {
		return transit.Defaults{}, unbuiltOption("TransitGatewayCidrBlocks")
	}
	asn, err := amazonSideASN(o.AmazonSideAsn)
	if err != nil {
		return transit.Defaults{}, err
	}
	gw.ASN = asn
	var s switches
	gw.Options = demarc.TransitGatewayOptions{
		AutoAccept:      s.on("AutoAcceptSharedAttachments", string(o.AutoAcceptSharedAttachments), false),
		DNS:             s.on("DnsSupport", string(o.DnsSupport), true),
		VPNECMP:         s.on("VpnEcmpSupport", string(o.VpnEcmpSupport), true),
		GroupReferences: s.on("SecurityGroupReferencingSupport", string(o.SecurityGroupReferencingSupport), false),
	}
	defaults := transit.Defaults{
		Association: s.on("DefaultRouteTableAssociation", string(o.DefaultRouteTableAssociation), true),
		Propagation: s.on("DefaultRouteTablePropagation", string(o.DefaultRouteTablePropagation), true),
	}
	if s.on("MulticastSupport", string(o.MulticastSupport), false) {
		return defaults, unbuiltOption("MulticastSupport")
	}
	return defaults, s.err
}

func unbuiltOption(name string) error {
	return demarc.Errorf(demarc.Unbuilt, "Options.%s cannot be used with this value: demarc does not have it", name)
}

// amazonSideASN reads an ASN; 0 is none, which is the default one's. Who writes 0
// has not asked for the default.
func amazonSideASN(asn *int64) (demarc.ASN, error) {
	if asn == nil {
		return 0, nil
	}
	if *asn <= 0 || *asn > 1<<32-1 {
		return 0, demarc.Errorf(demarc.Invalid, "Value (%d) for parameter amazonSideAsn is invalid: 64512 to 65534 or 4200000000 to 4294967294, or no value for %d", *asn, demarc.DefaultGatewayASN).In("AmazonSideAsn")
	}
	return demarc.ASN(*asn), nil
}

func modifyTransitGateway(c call, tx *store.Tx, in *sdk.ModifyTransitGatewayInput) (*sdk.ModifyTransitGatewayOutput, error) {
	changes, err := modifyOptions(in.Options)
	if err != nil {
		return nil, err
	}
	changes.Description = in.Description
	gw, err := transit.Modify(tx, c.by, demarc.TransitGatewayID(get(in.TransitGatewayId)), changes)
	if err != nil {
		return nil, err
	}
	return &sdk.ModifyTransitGatewayOutput{TransitGateway: ref(c.transitGatewayOut(gw))}, nil
}

func modifyOptions(o *types.ModifyTransitGatewayOptions) (changes transit.Changes, err error) {
	if o == nil {
		return changes, nil
	}
	if len(o.AddTransitGatewayCidrBlocks)+len(o.RemoveTransitGatewayCidrBlocks) > 0 {
		return changes, unbuiltOption("TransitGatewayCidrBlocks")
	}
	var s switches
	if encrypt := s.change("EncryptionSupport", string(o.EncryptionSupport)); get(encrypt) {
		return changes, unbuiltOption("EncryptionSupport")
	}
	if o.AmazonSideAsn != nil {
		asn, err := amazonSideASN(o.AmazonSideAsn)
		if err != nil {
			return changes, err
		}
		changes.ASN = &asn
	}
	changes.AutoAccept = s.change("AutoAcceptSharedAttachments", string(o.AutoAcceptSharedAttachments))
	changes.DNS = s.change("DnsSupport", string(o.DnsSupport))
	changes.VPNECMP = s.change("VpnEcmpSupport", string(o.VpnEcmpSupport))
	changes.GroupsNamed = s.change("SecurityGroupReferencingSupport", string(o.SecurityGroupReferencingSupport))
	changes.Association = transit.DefaultChange{On: s.change("DefaultRouteTableAssociation", string(o.DefaultRouteTableAssociation)), Table: tableRef(o.AssociationDefaultRouteTableId)}
	changes.Propagation = transit.DefaultChange{On: s.change("DefaultRouteTablePropagation", string(o.DefaultRouteTablePropagation)), Table: tableRef(o.PropagationDefaultRouteTableId)}
	return changes, s.err
}

func tableRef(id *string) *demarc.TransitRouteTableID {
	if get(id) == "" {
		return nil
	}
	return ref(demarc.TransitRouteTableID(*id))
}

func (c call) transitGatewayOut(gw demarc.TransitGateway) types.TransitGateway {
	out := types.TransitGateway{
		TransitGatewayId: str(gw.ID), TransitGatewayArn: ref(c.arnOf(gw.Owner, "transit-gateway/"+string(gw.ID))), OwnerId: str(gw.Owner),
		State: types.TransitGatewayState(gw.State), Description: &gw.Name, CreationTime: &gw.Created,
		Options: ref(transitOptions(gw)), Tags: []types.Tag{},
	}
	if gw.Owner == c.by {
		out.Tags = tagsOut(gw.Tags)
	}
	return out
}

// transitOptions say also that there is no multicast.
func transitOptions(gw demarc.TransitGateway) types.TransitGatewayOptions {
	return types.TransitGatewayOptions{
		AmazonSideAsn:                   ref(int64(gw.ASN)),
		AssociationDefaultRouteTableId:  str(gw.AssociationTable),
		AutoAcceptSharedAttachments:     enabled[types.AutoAcceptSharedAttachmentsValue](gw.Options.AutoAccept),
		DefaultRouteTableAssociation:    enabled[types.DefaultRouteTableAssociationValue](gw.AssociationTable != ""),
		DefaultRouteTablePropagation:    enabled[types.DefaultRouteTablePropagationValue](gw.PropagationTable != ""),
		DnsSupport:                      enabled[types.DnsSupportValue](gw.Options.DNS),
		MulticastSupport:                types.MulticastSupportValueDisable,
		PropagationDefaultRouteTableId:  str(gw.PropagationTable),
		SecurityGroupReferencingSupport: enabled[types.SecurityGroupReferencingSupportValue](gw.Options.GroupReferences),
		VpnEcmpSupport:                  enabled[types.VpnEcmpSupportValue](gw.Options.VPNECMP),
	}
}

func deleteTransitGateway(c call, tx *store.Tx, in *sdk.DeleteTransitGatewayInput) (*sdk.DeleteTransitGatewayOutput, error) {
	gw, err := transit.Delete(tx, c.by, demarc.TransitGatewayID(get(in.TransitGatewayId)), c.now)
	if err != nil {
		return nil, err
	}
	return &sdk.DeleteTransitGatewayOutput{TransitGateway: ref(c.transitGatewayOut(gw))}, nil
}

// option is a filter over one of the options, as it is described.
func option[S ~string](value func(types.TransitGatewayOptions) S) func(demarc.TransitGateway) []string {
	return one(func(g demarc.TransitGateway) S { return value(transitOptions(g)) })
}

func (c call) transitGatewayListing() listing[demarc.TransitGateway] {
	return listing[demarc.TransitGateway]{
		kind: "transitGateway",
		id:   func(g demarc.TransitGateway) string { return string(g.ID) },
		tags: func(g demarc.TransitGateway) []demarc.Tag {
			if g.Owner != c.by {
				return nil
			}
			return g.Tags
		},
		filters: map[string]func(demarc.TransitGateway) []string{
			"transit-gateway-id":      one(func(g demarc.TransitGateway) demarc.TransitGatewayID { return g.ID }),
			"owner-id":                one(func(g demarc.TransitGateway) demarc.AccountID { return g.Owner }),
			"state":                   one(func(g demarc.TransitGateway) demarc.TransitGatewayState { return g.State }),
			"options.amazon-side-asn": one(func(g demarc.TransitGateway) string { return strconv.FormatUint(uint64(g.ASN), 10) }),
			"options.association-default-route-table-id": one(func(g demarc.TransitGateway) demarc.TransitRouteTableID { return g.AssociationTable }),
			"options.propagation-default-route-table-id": one(func(g demarc.TransitGateway) demarc.TransitRouteTableID { return g.PropagationTable }),
			"options.auto-accept-shared-attachments": option(func(o types.TransitGatewayOptions) types.AutoAcceptSharedAttachmentsValue {
				return o.AutoAcceptSharedAttachments
			}),
			"options.default-route-table-association": option(func(o types.TransitGatewayOptions) types.DefaultRouteTableAssociationValue {
				return o.DefaultRouteTableAssociation
			}),
			"options.default-route-table-propagation": option(func(o types.TransitGatewayOptions) types.DefaultRouteTablePropagationValue {
				return o.DefaultRouteTablePropagation
			}),
			"options.dns-support":      option(func(o types.TransitGatewayOptions) types.DnsSupportValue { return o.DnsSupport }),
			"options.vpn-ecmp-support": option(func(o types.TransitGatewayOptions) types.VpnEcmpSupportValue { return o.VpnEcmpSupport }),
		},
	}
}

func describeTransitGateways(c call, view *store.View, in *sdk.DescribeTransitGatewaysInput) (*sdk.DescribeTransitGatewaysOutput, error) {
	l := c.transitGatewayListing()
	part, next, err := l.page(c, transit.Gateways(view, c.by), in.TransitGatewayIds, in.Filters, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	return &sdk.DescribeTransitGatewaysOutput{TransitGateways: each(part, c.transitGatewayOut), NextToken: next}, nil
}
