package vpc

import (
	"time"

	"demarc"
	"demarc/store"
)

// remembered is how long what was deleted is still described (AWS: about an
// hour).
const remembered = time.Hour

// CreateVPNGateway makes a virtual private gateway that is attached to nothing.
// No ASN is the default one.
func CreateVPNGateway(tx *store.Tx, by demarc.AccountID, region demarc.Region, asn demarc.ASN, tags []demarc.Tag) (demarc.VirtualGateway, error) {
	if asn == 0 {
		asn = demarc.DefaultGatewayASN
	}
	if !private(asn) {
		return demarc.VirtualGateway{}, demarc.Errorf(demarc.Invalid, "The Amazon side ASN %d is not private: 64512 to 65534 or 4200000000 to 4294967294", asn).In("amazonSideAsn")
	}
	if err := demarc.CheckCloudTags(tags); err != nil {
		return demarc.VirtualGateway{}, err
	}
	gw := demarc.VirtualGateway{ID: demarc.NewGatewayID(), Owner: by, Region: region, ASN: asn, Tags: tags}
	store.VirtualGateways.Put(tx, gw)
	return gw, nil
}

// private reports whether an ASN is of RFC 6996, section 5.
func private(asn demarc.ASN) bool {
	return asn >= 64512 && asn <= 65534 || asn >= 4200000000 && asn <= 4294967294
}

// vpnGateway finds a gateway of the account by that is not deleted.
func vpnGateway(r store.Reader, by demarc.AccountID, id demarc.GatewayID) (demarc.VirtualGateway, error) {
	gw, err := vpnGateways.get(r, by, string(id))
	if err == nil && gw.Gone() {
		return demarc.VirtualGateway{}, notFound(vpnGateways.name, string(id))
	}
	return gw, err
}

// AttachVPNGateway joins a virtual private gateway to a VPC, which may have
// one. Attaching it where it is already is not an error.
func AttachVPNGateway(tx *store.Tx, by demarc.AccountID, id demarc.GatewayID, to demarc.VPCID) (demarc.VirtualGateway, error) {
	gw, err := vpnGateway(tx, by, id)
	if err != nil {
		return gw, err
	}
	if _, err := vpcs.get(tx, by, string(to)); err != nil {
		return gw, err
	}
	if gw.VPC == to {
		return gw, nil
	}
	if gw.VPC != "" {
		return gw, taken(string(id), string(gw.VPC)).In("vpnGateway")
	}
	if err := claimOnly(tx, to, "vpn-gateway", string(id)); err != nil {
		return gw, err
	}
	gw.VPC, gw.Detached = to, ""
	store.VirtualGateways.Put(tx, gw)
	return gw, nil
}

// DetachVPNGateway takes a virtual private gateway off its VPC, which it stops
// propagating to. Interfaces on it stay and lead nowhere.
func DetachVPNGateway(tx *store.Tx, by demarc.AccountID, id demarc.GatewayID, from demarc.VPCID) error {
	gw, err := vpnGateway(tx, by, id)
	if err != nil {
		return err
	}
	if _, err := vpcs.get(tx, by, string(from)); err != nil {
		return err
	}
	if gw.VPC != from {
		return detached(string(id), string(from)).In("vpnGatewayAttachment")
	}
	for _, t := range tablesOf(tx, from) {
		if err := Propagate(tx, by, t.ID, id, false); err != nil {
			return err
		}
	}
	gw.VPC, gw.Detached = "", from
	store.VirtualGateways.Put(tx, gw)
	tx.Release(claim(from, "vpn-gateway"))
	return nil
}

// DeleteVPNGateway deletes a virtual private gateway that is detached and that
// nothing ends on. It is described as deleted until [Expire].
func DeleteVPNGateway(tx *store.Tx, by demarc.AccountID, id demarc.GatewayID, now time.Time) error {
	gw, err := vpnGateway(tx, by, id)
	if err != nil {
		return err
	}
	if gw.VPC != "" {
		return inUse("vpnGateway", string(id), string(gw.VPC))
	}
	for _, claims := range []string{"gateway/" + string(id) + "/", associationClaims(string(id))} {
		for _, what := range tx.Claims(claims) {
			return inUse("vpnGateway", string(id), what)
		}
	}
	gw.Deleted = now
	store.VirtualGateways.Put(tx, gw)
	return nil
}

// associationClaims begin the names that Direct Connect gateways hold on a
// gateway (package gateway makes them).
func associationClaims(gateway string) string { return "association/" + gateway + "/" }

// Expire forgets tokens, and gateways that were deleted long enough before now.
func Expire(tx *store.Tx, now time.Time) error {
	forgetTokens(tx, now)
	due := now.Add(-remembered)
	for gw := range store.VirtualGateways.All(tx) {
		if gw.Gone() && !gw.Deleted.After(due) {
			store.VirtualGateways.Delete(tx, string(gw.ID))
		}
	}
	return nil
}
