package site

import (
	"fmt"
	"regexp"
	"slices"

	"demarc"
	"demarc/store"
)

// A site may be in several Regions: its own is where things are that name no
// other.

// Regions are all that something of the site is in, the site's own first.
func (s *Site) Regions() []demarc.Region {
	all := []demarc.Region{s.Region}
	add := func(r demarc.Region) {
		if !slices.Contains(all, r) {
			all = append(all, r)
		}
	}
	for _, l := range s.Locations {
		add(l.Region)
	}
	for _, h := range s.VPCHosts {
		add(h.Region)
	}
	for _, e := range s.Environments {
		add(e.Region)
	}
	return all
}

func (s *Site) setRegions() {
	own := func(r *demarc.Region) {
		if *r == "" {
			*r = s.Region
		}
	}
	for i := range s.Locations {
		own(&s.Locations[i].Region)
	}
	for i := range s.VPCHosts {
		own(&s.VPCHosts[i].Region)
	}
	for i := range s.Environments {
		own(&s.Environments[i].Region)
	}
	for i := range s.Public {
		own(&s.Public[i].Region)
	}
}

// regionName is what fits into ARNs, signatures and names of hosts.
var regionName = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

func (c checker) regions() error {
	if c.site.Region == "" {
		return fmt.Errorf("region: is missing; expected a name such as eu-west-1")
	}
	if err := regionNamed("region", c.site.Region); err != nil {
		return err
	}
	for i, l := range c.site.Locations {
		if err := regionNamed(fmt.Sprintf("locations[%d].region", i), l.Region); err != nil {
			return err
		}
	}
	for i, h := range c.site.VPCHosts {
		if err := regionNamed(fmt.Sprintf("vpcHosts[%d].region", i), h.Region); err != nil {
			return err
		}
	}
	for i, e := range c.site.Environments {
		if err := regionNamed(fmt.Sprintf("environments[%d].region", i), e.Region); err != nil {
			return err
		}
		for _, h := range c.site.VPCHosts {
			if h.Name == e.Host && h.Region != e.Region {
				return fmt.Errorf("environments[%d].region: %s is not where its host %s is, %s; give both the same region", i, e.Region, h.Name, h.Region)
			}
		}
	}
	for i, p := range c.site.Public {
		if err := regionNamed(fmt.Sprintf("public[%d].region", i), p.Region); err != nil {
			return err
		}
	}
	return nil
}

func regionNamed(at string, r demarc.Region) error {
	if !regionName.MatchString(string(r)) {
		return fmt.Errorf("%s: %q is no name such as eu-west-1", at, r)
	}
	return nil
}

// keepsRegion refuses to take a location to another Region whose connections say
// that they are in the one it was in.
func keepsRegion(tx *store.Tx, loc Location) error {
	was, known := store.Locations.Get(tx, string(loc.Code))
	if !known || was.Region == loc.Region {
		return nil
	}
	for c := range store.Connections.By(tx, "location", string(loc.Code)) {
		if !c.State.Gone() {
			return fmt.Errorf("location %s is in Region %s, where connection %s is; the site file says %s", loc.Code, was.Region, c.ID, loc.Region)
		}
	}
	for lag := range store.LAGs.All(tx) {
		if lag.Location == loc.Code && lag.Deleted.IsZero() {
			return fmt.Errorf("location %s is in Region %s, where LAG %s is; the site file says %s", loc.Code, was.Region, lag.ID, loc.Region)
		}
	}
	return nil
}
