package desk

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"demarc"
	"demarc/intent"
	"demarc/route"
	"demarc/store"
)

// A Difference holds what a leg of a link asked for against what its interface
// has. What was left to the allocation differs from nothing.
type Difference struct {
	Field, Requested, Allocated string
	Differs                     bool
}

// A Flag is something about a request that a person should have thought about.
type Flag struct{ Code, Text string }

// legOf finds the leg of a link into the environment that an interface is of.
func legOf(r store.Reader, env demarc.Environment, v demarc.VirtualInterface) (demarc.Link, demarc.Leg, bool) {
	for link := range store.Links.By(r, "environment", env.Name) {
		if link.Over() {
			continue
		}
		p := find(r, link, time.Time{})
		for _, l := range p.legs {
			if l.vif.ID == v.ID && v.ID != "" {
				return link, l.Leg, true
			}
		}
	}
	return demarc.Link{}, demarc.Leg{}, false
}

// Review is what a case about an interface shows to who decides it: what was
// asked for against what there is, and the flags; a case about an end has flags
// of what would be lost. Other cases have none.
func Review(r store.Reader, c demarc.Case) ([]Difference, []Flag) {
	switch {
	case c.Kind == demarc.CaseTermination:
		return nil, losses(r, c)
	case c.Offer != nil:
		return reviewOffer(r, c)
	}
	v, ok := store.VirtualInterfaces.Get(r, string(c.VirtualInterface))
	if c.Kind != demarc.CaseAccept || !ok {
		return nil, nil
	}
	env, _ := store.Environments.Get(r, c.Environment)
	link, leg, known := legOf(r, env, v)
	if !known {
		return nil, []Flag{{"W-NO-LINK", "no link asks for this interface: nothing was requested that it could be held against"}}
	}
	out := append(flags(link), crossings(r, env, link)...)
	if refusal := pairTaken(r, env.Platform, env, v); refusal != nil {
		out = append(out, Flag{refusal.Code, refusal.Text + ". It cannot be accepted: reject it"})
	}
	return compare(env.Platform, leg, v, rateOf(r, v)), out
}

// crossings flags the prefixes of a link that meet others' (see overlaps).
func crossings(r store.Reader, env demarc.Environment, link demarc.Link) []Flag {
	if met := overlaps(r, env, link.ID, parsed(link.Prefixes)); len(met) > 0 {
		return []Flag{{"W-OVERLAP", strings.Join(met, ", ") + ": met by a range of an environment, or in part by another link"}}
	}
	return nil
}

// compare holds an interface of a rate against its leg, and its owner against
// who should be.
func compare(owner demarc.AccountID, leg demarc.Leg, v demarc.VirtualInterface, rate demarc.Bandwidth) []Difference {
	var out []Difference
	hold := func(field string, free bool, requested, allocated any) {
		d := Difference{Field: field, Requested: fmt.Sprint(requested), Allocated: fmt.Sprint(allocated)}
		if free {
			d.Requested = "any"
		}
		d.Differs = !free && d.Requested != d.Allocated
		out = append(out, d)
	}
	peer := demarc.BGPPeer{}
	if len(v.Peers) > 0 {
		peer = v.Peers[0]
	}
	hold("account", false, owner, v.Owner)
	hold("location", false, leg.Location, v.Location)
	hold("device", leg.Device == "", leg.Device, v.Device)
	hold("bandwidth", false, leg.Bandwidth, rate)
	hold("vlan", leg.VLAN == 0, leg.VLAN, v.VLAN)
	hold("customerAsn", leg.ASN == 0, leg.ASN, peer.ASN)
	hold("amazonAddress", !leg.AmazonAddress.IsValid(), leg.AmazonAddress, peer.AmazonAddress)
	hold("customerAddress", !leg.CustomerAddress.IsValid(), leg.CustomerAddress, peer.CustomerAddress)
	hold("mtu", leg.MTU == 0, leg.MTU, v.MTU)
	return out
}

// rateOf is what an interface may carry: its limit, or its connection's rate.
func rateOf(r store.Reader, v demarc.VirtualInterface) demarc.Bandwidth {
	if v.RateLimit != 0 {
		return v.RateLimit
	}
	if id, ok := v.Connection.LAG(); ok {
		lag, _ := store.LAGs.Get(r, string(id))
		return lag.Bandwidth
	}
	c, _ := store.Connections.Get(r, string(v.Connection))
	return c.Bandwidth
}

// manyPrefixes is when a person should look (procedure: warn at 80).
const manyPrefixes = intent.DefaultPrefixLimit * 8 / 10

// flags are those of a link's request.
func flags(link demarc.Link) []Flag {
	var out []Flag
	prefixes := parsed(link.Prefixes)
	whole := slices.ContainsFunc(prefixes, isDefault)
	if whole || link.DefaultRoute == demarc.DefaultWanted || link.DefaultRoute == demarc.DefaultShadowed {
		out = append(out, Flag{"W-DEFAULT-SHADOWED", "the customer means to advertise a default route"})
	}
	if split := route.SplitDefault(prefixes); len(split) > 0 {
		out = append(out, Flag{"W-DEFAULT-SPLIT", joined(split) + " are pieces of a default route"})
	}
	if len(prefixes) > manyPrefixes {
		out = append(out, Flag{"W-PREFIX-MANY", fmt.Sprintf("%d prefixes are listed; a session takes %d", len(prefixes), intent.DefaultPrefixLimit)})
	}
	if len(link.Legs) < 2 {
		out = append(out, Flag{"W-SPOF", "the link has one leg: whatever fails there, the link fails"})
	}
	return out
}
