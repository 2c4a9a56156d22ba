package directconnect

import (
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	dx "github.com/aws/aws-sdk-go-v2/service/directconnect"
	"github.com/aws/aws-sdk-go-v2/service/directconnect/types"

	"demarc"
	"demarc/api/regional"
	"demarc/facility"
	"demarc/store"
)

func describeLocations(c call, view *store.View, _ *dx.DescribeLocationsInput) (*dx.DescribeLocationsOutput, error) {
	out := &dx.DescribeLocationsOutput{Locations: []types.Location{}}
	for _, l := range c.locations(view) {
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

// reaches refuses a location of another Region in the words for one that there is
// not.
func (c call) reaches(r store.Reader, code string) error {
	if c.scope.All() {
		return nil
	}
	in := c.locations(r)
	if !slices.ContainsFunc(in, func(l demarc.Location) bool { return string(l.Code) == code }) {
		return facility.NoLocation(demarc.LocationCode(code), in)
	}
	return nil
}

func (c call) locations(r store.Reader) []demarc.Location {
	return regional.Only(c.scope, facility.Locations(r), func(l demarc.Location) demarc.Region { return l.Region })
}
