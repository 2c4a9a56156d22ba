package transit

import (
	"slices"
	"strings"
	"time"

	"demarc"
	"demarc/share"
	"demarc/store"
	"demarc/vpc"
)

// Gateways lists the Transit Gateways that an account may know of, deleted
// ones too until [Expire] takes them away.
func Gateways(r store.Reader, by demarc.AccountID) []demarc.TransitGateway {
	gateways := slices.Collect(store.TransitGateways.By(r, "owner", string(by)))
	for _, id := range share.With(r, by) {
		if gw, ok := store.TransitGateways.Get(r, id); ok {
			gateways = append(gateways, gw)
		}
	}
	slices.SortFunc(gateways, func(a, b demarc.TransitGateway) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return gateways
}

// Defaults say which of its new attachments a Transit Gateway's first route
// table takes up without being told.
type Defaults struct{ Association, Propagation bool }

// Create makes a Transit Gateway, with a route table if it is a default one of
// any kind, on the host of its Region that carries the fewest. No ASN is the
// default one.
func Create(tx *store.Tx, by demarc.AccountID, gw demarc.TransitGateway, defaults Defaults, now time.Time) (demarc.TransitGateway, error) {
	if gw.ASN == 0 {
		gw.ASN = demarc.DefaultGatewayASN
	}
	if err := checkASN(gw.ASN); err != nil {
		return gw, err
	}
	if err := demarc.CheckCloudTags(gw.Tags); err != nil {
		return gw, err
	}
	host, ok := leastLoaded(tx, gw.Region)
	if !ok {
		return gw, demarc.Errorf(demarc.Limit, "the site has no machine of Region %s that carries Transit Gateways", gw.Region).In(kindGateway)
	}
	gw.Host = host
	gw.ID, gw.Owner, gw.State, gw.Created = demarc.NewTransitGatewayID(), by, demarc.TransitGatewayAvailable, now
	if defaults.Association || defaults.Propagation {
		t := demarc.TransitRouteTable{ID: demarc.NewTransitRouteTableID(), TransitGateway: gw.ID, Owner: by, Created: now}
		store.TransitRouteTables.Put(tx, t)
		if defaults.Association {
			gw.AssociationTable = t.ID
		}
		if defaults.Propagation {
			gw.PropagationTable = t.ID
		}
	}
	store.TransitGateways.Put(tx, gw)
	return gw, nil
}

// leastLoaded is the VPC host with the fewest Transit Gateways, the first by
// name among equals. Their VPCs may be on others.
func leastLoaded(r store.Reader, region demarc.Region) (demarc.NodeID, bool) {
	var best demarc.NodeID
	fewest := -1
	for h := range store.VPCHosts.All(r) {
		if region != "" && h.Region != region {
			continue
		}
		load := 0
		for range store.TransitGateways.By(r, "host", string(h.ID)) {
			load++
		}
		if fewest < 0 || load < fewest {
			best, fewest = h.ID, load
		}
	}
	return best, fewest >= 0
}

// checkASN takes those of RFC 6996, section 5.
func checkASN(asn demarc.ASN) error {
	if asn >= 64512 && asn <= 65534 || asn >= 4200000000 && asn <= 4294967294 {
		return nil
	}
	return demarc.Errorf(demarc.Invalid, "The Amazon side ASN %d is not private: 64512 to 65534 or 4200000000 to 4294967294", asn).In("amazonSideAsn")
}

// visible finds a Transit Gateway that the account may know of and that is not
// deleted.
func visible(r store.Reader, by demarc.AccountID, id demarc.TransitGatewayID) (demarc.TransitGateway, error) {
	gw, ok := store.TransitGateways.Get(r, string(id))
	if !ok || gw.Owner != by && !share.Reaches(r, by, string(id)) || gw.Gone() {
		return demarc.TransitGateway{}, notFound(kindGateway, string(id))
	}
	return gw, nil
}

// own finds a Transit Gateway of the account. Who may see it is told whose it
// is; to others it does not exist.
func own(r store.Reader, by demarc.AccountID, id demarc.TransitGatewayID) (demarc.TransitGateway, error) {
	gw, err := visible(r, by, id)
	if err == nil && gw.Owner != by {
		return gw, demarc.Errorf(demarc.Denied, "Transit Gateway %s is shared with you by account %s, which alone may do this", id, gw.Owner).In(kindGateway)
	}
	return gw, err
}

// Delete deletes a Transit Gateway with its route tables. It is refused while
// something is attached, or a Direct Connect gateway associated.
func Delete(tx *store.Tx, by demarc.AccountID, id demarc.TransitGatewayID, now time.Time) (demarc.TransitGateway, error) {
	gw, err := own(tx, by, id)
	if err != nil {
		return gw, err
	}
	for _, on := range []struct{ kind, claims string }{{"VPC", attachedClaims(id)}, {"DirectConnect Gateway", associationClaims(id)}} {
		for _, what := range tx.Claims(on.claims) { // clients match on the words
			return gw, demarc.Errorf(demarc.Conflict, "%s has non-deleted %s Attachments: %s", id, on.kind, what).Coded(vpc.CodeState, "Delete those first").In(kindGateway)
		}
	}
	for t := range store.TransitRouteTables.By(tx, "transit-gateway", string(id)) {
		if t, ok := store.TransitRouteTables.Get(tx, string(t.ID)); ok && !t.Gone() { // unlike the list, guarded
			bury(tx, t, now)
		}
	}
	gw.State, gw.Deleted = demarc.TransitGatewayDeleted, now
	store.TransitGateways.Put(tx, gw)
	return gw, nil
}

// associationClaims begin the names that Direct Connect gateways hold on a
// gateway (package gateway makes them).
func associationClaims(id demarc.TransitGatewayID) string { return "association/" + string(id) + "/" }

// attachedClaims begin the names that VPCs hold on a gateway.
func attachedClaims(id demarc.TransitGatewayID) string { return "transit-gateway/" + string(id) + "/" }
