package desk

import (
	"strings"

	"demarc"
	"demarc/store"
)

// checkOwnTransit refuses what a case names and cannot be used.
func checkOwnTransit(r store.Reader, c demarc.Case, env demarc.Environment) error {
	wrongRegion := func(what string, in demarc.Region, field string) error {
		return demarc.Errorf(demarc.Invalid, "%s is in Region %s, and environment %s runs in %s", what, in, env.Name, env.Region).
			Coded("E-REGION-TGW", "Create the Transit Gateway in "+string(env.Region)+", and peer it with others of yours").In(field)
	}
	if id := string(c.TransitGateway); id != "" && !env.Away() {
		gw, ok := store.TransitGateways.Get(r, id)
		switch {
		case !ok || gw.Owner != c.Opener || gw.Gone():
			return demarc.Errorf(demarc.NotFound, "you have no Transit Gateway %q", id).In("transitGateway")
		case gw.Region != env.Region:
			return wrongRegion("Transit Gateway "+id, gw.Region, "transitGateway")
		}
	}
	if c.ResourceShare == "" {
		return nil
	}
	if region := regionOf(c.ResourceShare); region != "" && region != env.Region {
		return wrongRegion("the share", region, "resourceShare")
	}
	if env.Away() { // what else it is, its owner's sightings tell
		return nil
	}
	s, ok := store.ResourceShares.Get(r, string(shareID(c.ResourceShare)))
	if !ok || s.Owner != c.Opener || s.State != demarc.ShareActive {
		return demarc.Errorf(demarc.NotFound, "you have no resource share %q", c.ResourceShare).In("resourceShare")
	}
	for _, id := range s.Shared() {
		if c.TransitGateway == "" || string(c.TransitGateway) == id {
			if shareOf(r, env, demarc.TransitGatewayID(id), c.ResourceShare).ID != "" {
				return nil
			}
		}
	}
	return notShared("share "+string(s.ID)+" does not share it with", env).In("resourceShare")
}

func notShared(what string, env demarc.Environment) *demarc.Error {
	return demarc.Errorf(demarc.Conflict, "%s account %s, the platform of environment %s", what, env.Platform, env.Name).
		Coded("E-TGW-NOT-SHARED", "Create a resource share with the Transit Gateway in it, external principals allowed, and account "+string(env.Platform)+" as principal").By(demarc.Customer)
}

// shareID reads the id of a share, or its ARN.
func shareID(text string) demarc.ResourceShareID {
	if at := strings.LastIndex(text, "resource-share/"); at >= 0 {
		text = text[at+len("resource-share/"):]
	}
	return demarc.ResourceShareID(text)
}

// regionOf is what an ARN says; empty for an id.
func regionOf(text string) demarc.Region {
	if parts := strings.Split(text, ":"); len(parts) == 6 && parts[0] == "arn" {
		return demarc.Region(parts[3])
	}
	return ""
}
