package ec2

import (
	"slices"
	"strconv"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/service/ec2"
	"github.com/aws/aws-sdk-go-v2/service/ec2/types"

	"demarc"
	"demarc/store"
)

// zoneID is the id of a zone, as AWS makes them: eu-west-1a is euw1-az1.
func zoneID(region demarc.Region, zone string) string {
	letter := strings.TrimPrefix(zone, string(region))
	if len(letter) != 1 {
		return ""
	}
	return shortRegion(region) + "-az" + strconv.Itoa(int(letter[0]-'a')+1)
}

// shortRegion is eu-west-1 as euw1 and ap-northeast-1 as apne1.
func shortRegion(region demarc.Region) string {
	parts := strings.Split(string(region), "-")
	for i, part := range parts[1:] {
		if _, err := strconv.Atoi(part); err == nil {
			continue
		}
		short := part[:min(1, len(part))]
		for _, second := range []string{"east", "west"} {
			if first, ok := strings.CutSuffix(part, second); ok && first != "" {
				short = first[:1] + second[:1]
			}
		}
		parts[i+1] = short
	}
	return strings.Join(parts, "")
}

// zoneByID is the zone with an id, or the id where there is none, which no
// zone is called.
func zoneByID(region demarc.Region, id string) string {
	for _, z := range region.Zones() {
		if zoneID(region, z) == id {
			return z
		}
	}
	return id
}

func (c call) zoneListing(kind string, id func(string) string) listing[string] {
	region := c.scope.Region
	return listing[string]{
		kind: kind,
		id:   id,
		filters: map[string]func(string) []string{
			"zone-name":            one(func(z string) string { return z }),
			"zone-id":              one(func(z string) string { return zoneID(region, z) }),
			"region-name":          always[string](string(region)),
			"group-name":           always[string](string(region)),
			"network-border-group": always[string](string(region)),
			"state":                always[string]("available"),
			"zone-type":            always[string]("availability-zone"),
			"opt-in-status":        always[string](string(types.AvailabilityZoneOptInStatusOptInNotRequired)),
		},
	}
}

func describeZones(c call, _ *store.View, in *sdk.DescribeAvailabilityZonesInput) (*sdk.DescribeAvailabilityZonesOutput, error) {
	region := c.scope.Region
	zones, err := c.zoneListing("zone", func(z string) string { return z }).pick(region.Zones(), in.ZoneNames, in.Filters)
	if err != nil {
		return nil, err
	}
	zones, err = c.zoneListing("zone", func(z string) string { return zoneID(region, z) }).pick(zones, in.ZoneIds, nil)
	if err != nil {
		return nil, err
	}
	return &sdk.DescribeAvailabilityZonesOutput{AvailabilityZones: each(zones, func(z string) types.AvailabilityZone {
		return types.AvailabilityZone{
			ZoneName: &z, ZoneId: ref(zoneID(region, z)), RegionName: str(region), GroupName: str(region), NetworkBorderGroup: str(region),
			State: types.AvailabilityZoneStateAvailable, ZoneType: ref("availability-zone"), OptInStatus: types.AvailabilityZoneOptInStatusOptInNotRequired,
			Messages: []types.AvailabilityZoneMessage{},
		}
	})}, nil
}

// endpoint is where AWS answers for a region; clients that ask expect the form.
func endpoint(r demarc.Region) string { return "ec2." + string(r) + ".amazonaws.com" }

var regionListing = listing[demarc.Region]{
	kind: "region",
	id:   func(r demarc.Region) string { return string(r) },
	filters: map[string]func(demarc.Region) []string{
		"region-name":   one(func(r demarc.Region) demarc.Region { return r }),
		"endpoint":      one(endpoint),
		"opt-in-status": always[demarc.Region]("opt-in-not-required"),
	},
}

// describeRegions knows the site's region only.
func describeRegions(c call, _ *store.View, in *sdk.DescribeRegionsInput) (*sdk.DescribeRegionsOutput, error) {
	picked, err := regionListing.pick(c.scope.Site, in.RegionNames, in.Filters)
	if err != nil {
		return nil, err
	}
	return &sdk.DescribeRegionsOutput{Regions: each(picked, func(r demarc.Region) types.Region {
		return types.Region{RegionName: str(r), Endpoint: ref(endpoint(r)), OptInStatus: ref("opt-in-not-required")}
	})}, nil
}

// describeAccountAttributes says that there are VPCs and no default one, which
// is what clients look for.
func describeAccountAttributes(_ call, _ *store.View, in *sdk.DescribeAccountAttributesInput) (*sdk.DescribeAccountAttributesOutput, error) {
	attributes := []types.AccountAttribute{
		{AttributeName: ref("supported-platforms"), AttributeValues: []types.AccountAttributeValue{{AttributeValue: ref("VPC")}}},
		{AttributeName: ref("default-vpc"), AttributeValues: []types.AccountAttributeValue{{AttributeValue: ref("none")}}},
	}
	out := &sdk.DescribeAccountAttributesOutput{AccountAttributes: []types.AccountAttribute{}}
	for _, a := range attributes {
		if len(in.AttributeNames) == 0 || slices.Contains(in.AttributeNames, types.AccountAttributeName(*a.AttributeName)) {
			out.AccountAttributes = append(out.AccountAttributes, a)
		}
	}
	return out, nil
}
