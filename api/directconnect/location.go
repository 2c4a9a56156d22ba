package directconnect

import (
	"github.com/aws/aws-sdk-go-v2/aws"
	dx "github.com/aws/aws-sdk-go-v2/service/directconnect"
	"github.com/aws/aws-sdk-go-v2/service/directconnect/types"

	"demarc/facility"
	"demarc/store"
)

func describeLocations(_ call, view *store.View, _ *dx.DescribeLocationsInput) (*dx.DescribeLocationsOutput, error) {
	out := &dx.DescribeLocationsOutput{Locations: []types.Location{}}
	for _, l := range facility.Locations(view) {
		speeds := []string{}
		for _, speed := range facility.Speeds(view, l.Code) {
			speeds = append(speeds, speed.String())
		}
		out.Locations = append(out.Locations, types.Location{
			LocationCode:              aws.String(string(l.Code)),
			LocationName:              aws.String(l.Name),
			Region:                    aws.String(string(l.Region)),
			AvailablePortSpeeds:       speeds,
			AvailableProviders:        append([]string{}, l.Providers...),
			AvailableMacSecPortSpeeds: []string{},
		})
	}
	return out, nil
}
