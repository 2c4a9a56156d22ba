package directconnect

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	dx "github.com/aws/aws-sdk-go-v2/service/directconnect"
	"github.com/aws/aws-sdk-go-v2/service/directconnect/types"

	"demarc"
	"demarc/api/regional"
	"demarc/gateway"
	"demarc/store"
)

// describeVirtualGateways knows one state: a gateway is there as soon as it is
// made, and one that was deleted is for EC2 to describe.
func describeVirtualGateways(c call, view *store.View, _ *dx.DescribeVirtualGatewaysInput) (*dx.DescribeVirtualGatewaysOutput, error) {
	out := &dx.DescribeVirtualGatewaysOutput{VirtualGateways: []types.VirtualGateway{}}
	for _, gw := range regional.Only(c.scope, gateway.List(view, c.by), func(gw demarc.VirtualGateway) demarc.Region { return gw.Region }) {
		out.VirtualGateways = append(out.VirtualGateways, types.VirtualGateway{
			VirtualGatewayId:    aws.String(string(gw.ID)),
			VirtualGatewayState: aws.String("available"),
		})
	}
	return out, nil
}
