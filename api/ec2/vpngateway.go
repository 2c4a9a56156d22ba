package ec2

import (
	"strconv"

	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"demarc"
	"demarc/store"
	"demarc/vpc"
)

func createVPNGateway(c call, tx *store.Tx, in *sdk.CreateVpnGatewayInput) (*sdk.CreateVpnGatewayOutput, error) {
	if in.Type != types.GatewayTypeIpsec1 {
		return nil, demarc.Errorf(demarc.Invalid, "Value (%s) for parameter type is invalid: ipsec.1 is the only one", in.Type).In("Type")
	}
	tags, err := tagsFor(types.ResourceTypeVpnGateway, in.TagSpecifications)
	if err != nil {
		return nil, err
	}
	asn, err := amazonSideASN(in.AmazonSideAsn)
	if err != nil {
		return nil, err
	}
	gw, err := vpc.CreateVPNGateway(tx, c.by, c.scope.Region, asn, tags)
	if err != nil {
		return nil, err
	}
	out := vpnGatewayOut(gw)
	out.AvailabilityZone = in.AvailabilityZone
	return &sdk.CreateVpnGatewayOutput{VpnGateway: &out}, nil
}

func vpnGatewayOut(gw demarc.VirtualGateway) types.VpnGateway {
	out := types.VpnGateway{
		VpnGatewayId: str(gw.ID), AmazonSideAsn: ref(int64(gw.ASN)), State: vpnGatewayState(gw), Type: types.GatewayTypeIpsec1,
		VpcAttachments: []types.VpcAttachment{}, Tags: tagsOut(gw.Tags),
	}
	if a, ok := vpnAttachment(gw); ok {
		out.VpcAttachments = append(out.VpcAttachments, a)
	}
	return out
}

// vpnAttachment is the VPC that a gateway is attached to, or was last: clients
// wait to see it detached.
func vpnAttachment(gw demarc.VirtualGateway) (types.VpcAttachment, bool) {
	if gw.VPC == "" {
		return types.VpcAttachment{VpcId: str(gw.Detached), State: types.AttachmentStatusDetached}, gw.Detached != ""
	}
	return types.VpcAttachment{VpcId: str(gw.VPC), State: types.AttachmentStatusAttached}, true
}

// ofVPNAttachment is a filter over it.
func ofVPNAttachment[S ~string](value func(types.VpcAttachment) S) func(demarc.VirtualGateway) []string {
	return func(g demarc.VirtualGateway) []string {
		a, ok := vpnAttachment(g)
		if !ok {
			return nil
		}
		return []string{string(value(a))}
	}
}

func vpnGatewayState(gw demarc.VirtualGateway) types.VpnState {
	if gw.Gone() {
		return types.VpnStateDeleted
	}
	return types.VpnStateAvailable
}

func deleteVPNGateway(c call, tx *store.Tx, in *sdk.DeleteVpnGatewayInput) (*sdk.DeleteVpnGatewayOutput, error) {
	return &sdk.DeleteVpnGatewayOutput{}, vpc.DeleteVPNGateway(tx, c.by, demarc.GatewayID(get(in.VpnGatewayId)), c.now)
}

var vpnGatewayListing = listing[demarc.VirtualGateway]{
	kind: "vpnGateway",
	id:   func(g demarc.VirtualGateway) string { return string(g.ID) },
	tags: func(g demarc.VirtualGateway) []demarc.Tag { return g.Tags },
	filters: map[string]func(demarc.VirtualGateway) []string{
		"vpn-gateway-id":    one(func(g demarc.VirtualGateway) demarc.GatewayID { return g.ID }),
		"amazon-side-asn":   one(func(g demarc.VirtualGateway) string { return strconv.FormatUint(uint64(g.ASN), 10) }),
		"state":             one(vpnGatewayState),
		"type":              always[demarc.VirtualGateway](string(types.GatewayTypeIpsec1)),
		"availability-zone": func(demarc.VirtualGateway) []string { return nil },
		"attachment.vpc-id": ofVPNAttachment(func(a types.VpcAttachment) string { return *a.VpcId }),
		"attachment.state":  ofVPNAttachment(func(a types.VpcAttachment) types.AttachmentStatus { return a.State }),
	},
}

func describeVPNGateways(c call, view *store.View, in *sdk.DescribeVpnGatewaysInput) (*sdk.DescribeVpnGatewaysOutput, error) {
	picked, err := vpnGatewayListing.pick(vpnGatewayListing.within(c, vpc.VPNGateways(view, c.by)), in.VpnGatewayIds, in.Filters)
	if err != nil {
		return nil, err
	}
	return &sdk.DescribeVpnGatewaysOutput{VpnGateways: each(picked, vpnGatewayOut)}, nil
}

func attachVPNGateway(c call, tx *store.Tx, in *sdk.AttachVpnGatewayInput) (*sdk.AttachVpnGatewayOutput, error) {
	gw, err := vpc.AttachVPNGateway(tx, c.by, demarc.GatewayID(get(in.VpnGatewayId)), demarc.VPCID(get(in.VpcId)))
	return &sdk.AttachVpnGatewayOutput{VpcAttachment: &types.VpcAttachment{VpcId: str(gw.VPC), State: types.AttachmentStatusAttached}}, err
}

func detachVPNGateway(c call, tx *store.Tx, in *sdk.DetachVpnGatewayInput) (*sdk.DetachVpnGatewayOutput, error) {
	return &sdk.DetachVpnGatewayOutput{}, vpc.DetachVPNGateway(tx, c.by, demarc.GatewayID(get(in.VpnGatewayId)), demarc.VPCID(get(in.VpcId)))
}
