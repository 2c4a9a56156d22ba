package desk

import (
	"fmt"
	"maps"
	"slices"

	"demarc"
	"demarc/connection"
	"demarc/facility"
	"demarc/store"
	"demarc/vif"
)

// maxLegs is more than any resiliency model has, and fewer than letters.
const maxLegs = 8

// amazonASNs are those that Amazon's own networks use: no customer's network
// can have them.
var amazonASNs = []int64{7224, 9059, 10124, 14618, 16509, 17493}

// checkLegs judges each leg by itself, and against the others.
func checkLegs(r store.Reader, env demarc.Environment, req Request) []*demarc.Error {
	if n := len(req.Legs); n == 0 || n > maxLegs {
		return []*demarc.Error{demarc.Errorf(demarc.Invalid, "the link has %d legs", n).
			Coded("E-LEGS", fmt.Sprintf("List 1 to %d, each with a location and a bandwidth", maxLegs)).In("legs")}
	}
	var findings []*demarc.Error
	for i, leg := range req.Legs {
		for _, f := range slices.Concat(checkPlace(r, env, req.Topology, leg), checkNumbers(r, env, leg)) {
			findings = append(findings, f.In(fmt.Sprintf("legs[%d].%s", i, f.Field)))
		}
		if twin := slices.IndexFunc(req.Legs[:i], func(other LegRequest) bool { return sameEnd(leg, other) }); twin >= 0 {
			findings = append(findings, demarc.Errorf(demarc.Invalid, "leg %s ends where leg %s does: the same device and VLAN", legID(i), legID(twin)).
				Coded("E-LEG-DUPLICATE", "Give each leg a device or a VLAN of its own").In(fmt.Sprintf("legs[%d]", i)))
		}
	}
	return findings
}

// sameEnd reports whether two legs name the same end at our side.
func sameEnd(a, b LegRequest) bool {
	return a.Device != "" && a.Device == b.Device && a.VLAN != 0 && a.VLAN == b.VLAN
}

// checkPlace looks for a port of the wanted speed and a cage to reach it from.
// What another Direct Connect has in stock is for that to say, when the
// connection is ordered.
func checkPlace(r store.Reader, env demarc.Environment, topology demarc.Topology, leg LegRequest) []*demarc.Error {
	if env.Away() {
		return checkPlaceAway(leg)
	}
	location, ok := store.Locations.Get(r, string(leg.Location))
	if !ok || location.Region != env.Region {
		return []*demarc.Error{demarc.Errorf(demarc.Invalid, "there is no location %q in region %s, where environment %s runs", leg.Location, env.Region, env.Name).
			Coded("E-LOCATION-UNKNOWN", "Choose "+list(locations(r, env.Region))).In("location")}
	}
	findings := checkSpeed(r, location.Code, topology, leg)
	caged := slices.ContainsFunc(location.Cages, func(c demarc.Cage) bool { return c.Account == env.Customer })
	if topology == demarc.OwnCage && !caged {
		findings = append(findings, demarc.Errorf(demarc.Invalid, "you have no cage in location %s", location.Code).
			Coded("E-LOCATION-CAGE", "Choose a location with a cage of yours, or topology partner").In("location"))
	}
	return findings
}

func checkPlaceAway(leg LegRequest) []*demarc.Error {
	if leg.Location == "" || len(leg.Location) > longestSighted {
		return []*demarc.Error{demarc.Errorf(demarc.Invalid, "%q is no location", clipped(string(leg.Location))).
			Coded("E-LOCATION-UNKNOWN", "Say what the location is called there: aws directconnect describe-locations").In("location")}
	}
	if _, err := demarc.ParseBandwidth(leg.Bandwidth); err != nil {
		return []*demarc.Error{demarc.Errorf(demarc.Invalid, "%v", err).Coded("E-BANDWIDTH", "Write a number and a unit, such as 1Gbps").In("bandwidth")}
	}
	return nil
}

// checkSpeed looks for a port, at the device where one is named. A partner has
// ports of its own, and sells parts of them.
func checkSpeed(r store.Reader, code demarc.LocationCode, topology demarc.Topology, leg LegRequest) []*demarc.Error {
	bandwidth, err := demarc.ParseBandwidth(leg.Bandwidth)
	if err != nil {
		return []*demarc.Error{demarc.Errorf(demarc.Invalid, "%v", err).Coded("E-BANDWIDTH", "Write a number and a unit, such as 1Gbps").In("bandwidth")}
	}
	if topology == demarc.PartnerCage && slices.Contains(connection.HostedRates(), bandwidth) {
		return nil
	}
	if speeds := speeds(r, code); !slices.Contains(speeds, bandwidth.String()) {
		return []*demarc.Error{demarc.Errorf(demarc.Invalid, "location %s has no ports of %s", code, bandwidth).
			Coded("E-LOCATION-SPEED", "Choose "+list(speeds)).In("bandwidth")}
	}
	if devices := devices(r, code, bandwidth); leg.Device != "" && !slices.Contains(devices, string(leg.Device)) {
		return []*demarc.Error{demarc.Errorf(demarc.Invalid, "location %s has no device %q with ports of %s", code, leg.Device, bandwidth).
			Coded("E-DEVICE-UNKNOWN", "Choose "+list(devices)+", or leave the device out").In("device")}
	}
	return nil
}

// numberFixes say what to write instead.
var numberFixes = map[string]string{
	"E-VLAN-RANGE":   "Choose one from 1 to 4094, or leave it out",
	"E-ASN-RANGE":    "Use your network's ASN, or a private one from 64512 to 65534",
	"E-ASN-RESERVED": "Use your network's ASN, or a private one from 64512 to 65534",
	"E-MTU":          "Say 1500, 8500 or 9001, or leave it out for 1500",
	"E-PEER-IP":      "Write the two ends of one line, such as 169.254.10.1/30 and 169.254.10.2/30, or leave both out",
}

// checkNumbers asks the rules of allocation, and those of the environment.
func checkNumbers(r store.Reader, env demarc.Environment, leg LegRequest) []*demarc.Error {
	findings := vif.New{
		VLAN: leg.VLAN, ASN: leg.ASN, MTU: leg.MTU, AmazonAddress: leg.AmazonAddress, CustomerAddress: leg.CustomerAddress,
	}.Faults()
	if slices.Contains(amazonASNs, leg.ASN) {
		findings = append(findings, demarc.Errorf(demarc.Invalid, "BGP ASN %d is Amazon's own", leg.ASN).
			Coded("E-ASN-RESERVED", numberFixes["E-ASN-RESERVED"]).In("asn"))
	}
	for _, f := range findings {
		if f.Fix == "" { // allocation speaks as AWS does, which says none
			f.Fix = numberFixes[f.Code]
		}
		if f.Field == "asn" {
			f.Field = "customerAsn" // as a leg calls it
		}
	}
	if gateway, ok := store.VirtualGateways.Get(r, string(env.Gateway)); ok && leg.ASN == int64(gateway.ASN) {
		findings = append(findings, demarc.Errorf(demarc.Conflict, "BGP ASN %d is the environment's gateway's", leg.ASN).
			Coded("E-ASN-EQUAL", "Use another: a session between equal ones is no eBGP").In("customerAsn"))
	}
	return findings
}

// checkResiliency holds the legs against the model that they are to make.
func checkResiliency(r store.Reader, env demarc.Environment, req Request) []*demarc.Error {
	need, known := models[req.Resiliency]
	switch {
	case req.Resiliency == "" && len(req.Legs) == 0, len(req.Legs) > maxLegs: // the legs are at fault
		return nil
	case req.Resiliency == "":
		return []*demarc.Error{demarc.Errorf(demarc.Invalid, "a link of %d legs has a resiliency model, and none is given", len(req.Legs)).
			Coded("E-RESILIENCY", "Say single, dev-test, high or maximum").In("resiliency")}
	case !known:
		return []*demarc.Error{demarc.Errorf(demarc.Invalid, "there is no resiliency model %q", req.Resiliency).
			Coded("E-RESILIENCY", "Say single, dev-test, high or maximum").In("resiliency")}
	}
	stock := func(leg LegRequest) int {
		bandwidth, _ := demarc.ParseBandwidth(leg.Bandwidth)
		return len(devices(r, leg.Location, bandwidth))
	}
	if env.Away() { // nobody here knows
		stock = func(LegRequest) int { return 0 }
	}
	places := spread(req.Legs, stock)
	var findings []*demarc.Error
	full := 0
	for _, code := range slices.Sorted(maps.Keys(places)) {
		p := places[code]
		if p.shared != "" {
			findings = append(findings, demarc.Errorf(demarc.Invalid, "%s at %s: they would fail together", p.shared, code).
				Coded("E-DIVERSITY", "Leave the devices out, or name different ones, or use another location").In("legs"))
		}
		if p.legs >= need.devices {
			full++
		}
	}
	if full < need.locations {
		findings = append(findings, demarc.Errorf(demarc.Invalid, "resiliency %s wants %s, and the legs make %d such", req.Resiliency, need.text, full).
			Coded("E-DIVERSITY", "Add legs, or choose a model that they make").In("resiliency"))
	}
	return findings
}

// models are what each resiliency model wants: locations with so many devices.
var models = map[demarc.Resiliency]struct {
	locations, devices int
	text               string
}{
	demarc.SingleLeg:         {1, 1, "one location"},
	demarc.TwoDevices:        {1, 2, "a location with legs on two devices"},
	demarc.TwoLocations:      {2, 1, "two locations"},
	demarc.TwiceTwoLocations: {2, 2, "two locations with legs on two devices each"},
}

// A place is what the legs at one location come to.
type place struct {
	legs   int
	shared string // why two of them would be on one device; empty if none need be
}

// spread counts the legs of each location, which an order puts on different
// devices as far as there are some. stock is how many there are for a leg; 0
// where nobody knows.
func spread(legs []LegRequest, stock func(LegRequest) int) map[demarc.LocationCode]place {
	places := map[demarc.LocationCode]place{}
	named := map[demarc.NodeID]bool{}
	for _, leg := range legs {
		p := places[leg.Location]
		p.legs++
		switch there := stock(leg); {
		case leg.Device != "" && named[leg.Device]:
			p.shared = fmt.Sprintf("two legs name device %s", leg.Device)
		case there > 0 && p.legs > there:
			p.shared = fmt.Sprintf("%d legs share %d devices with ports of %s", p.legs, there, leg.Bandwidth)
		}
		named[leg.Device] = true
		places[leg.Location] = p
	}
	return places
}

// devices lists the devices of a location with ports of a speed, in order.
func devices(r store.Reader, code demarc.LocationCode, speed demarc.Bandwidth) []string {
	var names []string
	for _, socket := range facility.Stock(r, code) {
		if name := string(socket.Port.ID.Device()); socket.Port.Speed == speed && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// locations lists the codes of a region's locations.
func locations(r store.Reader, region demarc.Region) []string {
	var codes []string
	for _, l := range facility.Locations(r) {
		if l.Region == region {
			codes = append(codes, string(l.Code))
		}
	}
	return codes
}

// speeds lists the port speeds of a location in AWS's spelling, slowest first.
func speeds(r store.Reader, code demarc.LocationCode) []string {
	var names []string
	for _, speed := range facility.Speeds(r, code) {
		names = append(names, speed.String())
	}
	return names
}
