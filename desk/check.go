package desk

import (
	"slices"

	"demarc"
	"demarc/facility"
	"demarc/store"
)

// check lists what is wrong with a request but for the number of links, the
// most fundamental first. Without the right to Direct Connect nothing else is
// looked at.
func check(r store.Reader, by demarc.AccountID, req Request) ([]*demarc.Error, error) {
	env, err := asCustomer(r, by, req.Environment)
	if err != nil {
		return nil, err
	}
	if refusal := entitled(r, env); refusal != nil {
		return []*demarc.Error{refusal}, nil
	}
	findings := checkTopology(req.Topology)
	findings = append(findings, checkPlace(r, env, req)...)
	return append(findings, checkPrefixes(r, env, req.Prefixes)...), nil
}

func checkTopology(t demarc.Topology) []*demarc.Error {
	if t == demarc.OwnCage || t == demarc.PartnerCage {
		return nil
	}
	return []*demarc.Error{demarc.Errorf(demarc.Invalid, "there is no topology %q", t).
		Coded("E-TOPOLOGY", "Say own-cage if you have a cage in the location, partner if a partner has one for you").In("topology")}
}

// checkPlace looks for a port of the wanted speed and a cage to reach it from.
func checkPlace(r store.Reader, env demarc.Environment, req Request) []*demarc.Error {
	location, ok := store.Locations.Get(r, string(req.Location))
	if !ok || location.Region != env.Region {
		return []*demarc.Error{demarc.Errorf(demarc.Invalid, "there is no location %q in region %s, where environment %s runs", req.Location, env.Region, env.Name).
			Coded("E-LOCATION-UNKNOWN", "Choose "+list(locations(r, env.Region))).In("location")}
	}
	var findings []*demarc.Error
	if speeds := speeds(r, location.Code); !slices.Contains(speeds, req.Bandwidth.String()) {
		findings = append(findings, demarc.Errorf(demarc.Invalid, "location %s has no ports of %s", location.Code, req.Bandwidth).
			Coded("E-LOCATION-SPEED", "Choose "+list(speeds)).In("bandwidth"))
	}
	caged := slices.ContainsFunc(location.Cages, func(c demarc.Cage) bool { return c.Account == env.Customer })
	if req.Topology == demarc.OwnCage && !caged {
		findings = append(findings, demarc.Errorf(demarc.Invalid, "you have no cage in location %s", location.Code).
			Coded("E-LOCATION-CAGE", "Choose a location with a cage of yours, or topology partner").In("topology"))
	}
	return findings
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

// withinLimit refuses one link more than the edition allows, when there are
// count already.
func withinLimit(r store.Reader, environment string, count int) []*demarc.Error {
	env, _ := store.Environments.Get(r, environment)
	edition, _ := store.Editions.Get(r, env.Edition)
	if !edition.DirectConnect || count < edition.MaxLinks {
		return nil
	}
	return []*demarc.Error{demarc.Errorf(demarc.Limit, "environment %s has %d links, all that edition %s allows", env.Name, count, edition.Name).
		Coded("E-LIMIT-LINKS", "Ask the platform for a larger edition").In("environment").By(demarc.Platform)}
}
