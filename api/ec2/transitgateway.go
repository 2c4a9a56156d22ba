package ec2

import (
	"reflect"
	"strconv"

	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"demarc"
	"demarc/store"
	"demarc/vpc"
)

func createTransitGateway(c call, tx *store.Tx, in *sdk.CreateTransitGatewayInput) (*sdk.CreateTransitGatewayOutput, error) {
	tags, err := tagsFor(types.ResourceTypeTransitGateway, in.TagSpecifications)
	if err != nil {
		return nil, err
	}
	asn, err := transitASN(in.Options)
	if err != nil {
		return nil, err
	}
	gw, err := vpc.CreateTransitGateway(tx, c.by, demarc.TransitGateway{Name: get(in.Description), Region: c.service.region, ASN: asn, Tags: tags}, c.now)
	if err != nil {
		return nil, err
	}
	out := c.transitGatewayOut(gw)
	return &sdk.CreateTransitGatewayOutput{TransitGateway: &out}, nil
}

// transitASN reads the ASN and refuses every other option that asks for what
// demarc does not have. What is described of them is [transitOptions].
func transitASN(o *types.TransitGatewayRequestOptions) (demarc.ASN, error) {
	if o == nil {
		return 0, nil
	}
	asn := get(o.AmazonSideAsn)
	if asn < 0 || asn > 1<<32-1 {
		return 0, demarc.Errorf(demarc.Invalid, "Value (%d) for parameter amazonSideAsn is invalid.", asn).In("AmazonSideAsn")
	}
	given, had := reflect.ValueOf(*o), reflect.ValueOf(transitOptions(demarc.TransitGateway{}))
	for i := range given.NumField() {
		field := given.Type().Field(i)
		if !field.IsExported() || field.Name == "AmazonSideAsn" || given.Field(i).IsZero() {
			continue
		}
		if is := had.FieldByName(field.Name); is.IsValid() && is.Interface() == given.Field(i).Interface() {
			continue
		}
		return 0, demarc.Errorf(demarc.Unbuilt, "Options.%s cannot be used with this value: demarc does not have it", field.Name)
	}
	return demarc.ASN(asn), nil
}

// transitOptions say that there are no route tables, no multicast and no VPN.
func transitOptions(gw demarc.TransitGateway) types.TransitGatewayOptions {
	return types.TransitGatewayOptions{
		AmazonSideAsn:                   ref(int64(gw.ASN)),
		AutoAcceptSharedAttachments:     types.AutoAcceptSharedAttachmentsValueDisable,
		DefaultRouteTableAssociation:    types.DefaultRouteTableAssociationValueDisable,
		DefaultRouteTablePropagation:    types.DefaultRouteTablePropagationValueDisable,
		DnsSupport:                      types.DnsSupportValueDisable,
		MulticastSupport:                types.MulticastSupportValueDisable,
		SecurityGroupReferencingSupport: types.SecurityGroupReferencingSupportValueDisable,
		VpnEcmpSupport:                  types.VpnEcmpSupportValueDisable,
	}
}

func (c call) transitGatewayOut(gw demarc.TransitGateway) types.TransitGateway {
	return types.TransitGateway{
		TransitGatewayId: str(gw.ID), TransitGatewayArn: ref(c.arnOf(gw.Owner, "transit-gateway/"+string(gw.ID))), OwnerId: str(gw.Owner),
		State: types.TransitGatewayState(gw.State), Description: str(gw.Name), CreationTime: &gw.Created,
		Options: ref(transitOptions(gw)), Tags: tagsOut(gw.Tags),
	}
}

func deleteTransitGateway(c call, tx *store.Tx, in *sdk.DeleteTransitGatewayInput) (*sdk.DeleteTransitGatewayOutput, error) {
	gw, err := vpc.DeleteTransitGateway(tx, c.by, demarc.TransitGatewayID(get(in.TransitGatewayId)), c.now)
	if err != nil {
		return nil, err
	}
	out := c.transitGatewayOut(gw)
	return &sdk.DeleteTransitGatewayOutput{TransitGateway: &out}, nil
}

var transitGatewayListing = listing[demarc.TransitGateway]{
	kind: "transitGateway",
	id:   func(g demarc.TransitGateway) string { return string(g.ID) },
	tags: func(g demarc.TransitGateway) []demarc.Tag { return g.Tags },
	filters: map[string]func(demarc.TransitGateway) []string{
		"transit-gateway-id":      one(func(g demarc.TransitGateway) demarc.TransitGatewayID { return g.ID }),
		"owner-id":                one(func(g demarc.TransitGateway) demarc.AccountID { return g.Owner }),
		"state":                   one(func(g demarc.TransitGateway) demarc.TransitGatewayState { return g.State }),
		"options.amazon-side-asn": one(func(g demarc.TransitGateway) string { return strconv.FormatUint(uint64(g.ASN), 10) }),
	},
}

func describeTransitGateways(c call, view *store.View, in *sdk.DescribeTransitGatewaysInput) (*sdk.DescribeTransitGatewaysOutput, error) {
	picked, err := transitGatewayListing.pick(vpc.TransitGateways(view, c.by), in.TransitGatewayIds, in.Filters)
	if err != nil {
		return nil, err
	}
	part, next, err := page(c, picked, transitGatewayListing.id, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	return &sdk.DescribeTransitGatewaysOutput{TransitGateways: each(part, c.transitGatewayOut), NextToken: next}, nil
}
