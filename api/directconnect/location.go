package directconnect

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	dx "github.com/aws/aws-sdk-go-v2/service/directconnect"
	"github.com/aws/aws-sdk-go-v2/service/directconnect/types"

	"demarc"
	"demarc/facility"
	"demarc/store"
)

func describeLocations(_ call, view *store.View, _ *dx.DescribeLocationsInput) (*dx.DescribeLocationsOutput, error) {
	out := &dx.DescribeLocationsOutput{Locations: []types.Location{}}
	for _, l := range facility.Locations(view) {
		out.Locations = append(out.Locations, types.Location{
			LocationCode:              aws.String(string(l.Code)),
			LocationName:              aws.String(l.Name),
			Region:                    aws.String(string(l.Region)),
			AvailablePortSpeeds:       speedShapes(facility.Speeds(view, l.Code)),
			AvailableProviders:        append([]string{}, l.Providers...),
			AvailableMacSecPortSpeeds: speedShapes(facility.MACsecSpeeds(view, l.Code)),
		})
	}
	return out, nil
}

func speedShapes(speeds []demarc.Bandwidth) []string {
	shapes := []string{}
	for _, speed := range speeds {
		shapes = append(shapes, speed.String())
	}
	return shapes
}
