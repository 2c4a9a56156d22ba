package directconnect

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	dx "github.com/aws/aws-sdk-go-v2/service/directconnect"
	"github.com/aws/aws-sdk-go-v2/service/directconnect/types"

	"demarc"
	"demarc/routerconfig"
	"demarc/store"
	"demarc/vif"
)

func describeRouterConfiguration(c call, view *store.View, in *dx.DescribeRouterConfigurationInput) (*dx.DescribeRouterConfigurationOutput, error) {
	if err := require(given("virtualInterfaceId", in.VirtualInterfaceId)); err != nil {
		return nil, err
	}
	v, err := vif.ForRouter(view, c.by, demarc.VirtualInterfaceID(*in.VirtualInterfaceId), c.now)
	if err != nil {
		return nil, err
	}
	kind, config, err := routerconfig.Text(v, text(in.RouterTypeIdentifier))
	if err != nil {
		return nil, err
	}
	return &dx.DescribeRouterConfigurationOutput{
		CustomerRouterConfig: &config,
		VirtualInterfaceId:   aws.String(string(v.ID)),
		VirtualInterfaceName: aws.String(v.Name),
		Router: &types.RouterType{
			Vendor:                    aws.String(kind.Vendor),
			Platform:                  aws.String(kind.Platform),
			Software:                  aws.String(kind.Software),
			XsltTemplateName:          aws.String(kind.XSLTTemplateName),
			XsltTemplateNameForMacSec: aws.String(kind.XSLTTemplateNameForMACsec),
			RouterTypeIdentifier:      aws.String(kind.Identifier),
		},
	}, nil
}
