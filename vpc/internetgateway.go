package vpc

import (
	"errors"
	"net/netip"

	"demarc"
	"demarc/store"
)

// CreateInternetGateway makes an internet gateway that is attached to nothing.
// It has no uplink: a site names those of its environments, and a gateway
// without one is in no node's intent.
func CreateInternetGateway(tx *store.Tx, by demarc.AccountID, region demarc.Region, tags []demarc.Tag) (demarc.InternetGateway, error) {
	if err := demarc.CheckCloudTags(tags); err != nil {
		return demarc.InternetGateway{}, err
	}
	igw := demarc.InternetGateway{ID: demarc.NewInternetGatewayID(), Owner: by, Region: region, Tags: tags}
	store.InternetGateways.Put(tx, igw)
	return igw, nil
}

// AttachInternetGateway joins an internet gateway to a VPC, which may have one.
// It gets an uplink if the site has one to spare; without, no node carries it.
func AttachInternetGateway(tx *store.Tx, by demarc.AccountID, id demarc.InternetGatewayID, to demarc.VPCID) error {
	igw, err := internetGateways.get(tx, by, string(id))
	if err != nil {
		return err
	}
	if _, err := vpcs.get(tx, by, string(to)); err != nil {
		return err
	}
	if igw.VPC != "" {
		return taken(string(id), string(igw.VPC)).In("internetGateway")
	}
	if err := claimOnly(tx, to, "internet-gateway", string(id)); err != nil {
		return err
	}
	igw.VPC = to
	if err := plug(tx, &igw); err != nil {
		return err
	}
	store.InternetGateways.Put(tx, igw)
	return nil
}

// plug gives an internet gateway an uplink that is to spare, if there is one
// and it has none of its own.
func plug(tx *store.Tx, igw *demarc.InternetGateway) error {
	if igw.Address.IsValid() {
		return nil
	}
	taken := map[string]bool{}
	for name := range tx.Claims(uplinkClaims) {
		taken[name] = true
	}
	for u := range store.Uplinks.All(tx) {
		if name := uplinkClaims + u.Address.String(); !taken[name] {
			igw.Address, igw.Next, igw.IPv6, igw.Next6, igw.Uplink = u.Address, u.Next, u.IPv6, u.Next6, u.Place
			return tx.Claim(name, string(igw.ID))
		}
	}
	return nil
}

// unplug gives an uplink back that was taken from those to spare.
func unplug(tx *store.Tx, igw *demarc.InternetGateway) {
	for name, holder := range tx.Claims(uplinkClaims) {
		if holder == string(igw.ID) {
			tx.Release(name)
			igw.Address, igw.Next, igw.IPv6, igw.Next6, igw.Uplink = netip.Prefix{}, netip.Addr{}, netip.Prefix{}, netip.Addr{}, ""
			return
		}
	}
}

// uplinkClaims begin the names of uplinks that are in use; their holder is the
// gateway.
const uplinkClaims = "uplink/"

// claimOnly claims what a VPC has one of.
func claimOnly(tx *store.Tx, id demarc.VPCID, what, holder string) error {
	err := tx.Claim(claim(id, what), holder)
	if claimed, ok := errors.AsType[*store.ClaimedError](err); ok {
		return taken(claimed.Holder, string(id)).In("vpc/" + what)
	}
	return err
}

func taken(id, by string) *demarc.Error {
	return demarc.Errorf(demarc.Conflict, "resource %s is already attached to network %s", id, by).Coded(CodeTaken, "")
}

// DetachInternetGateway takes an internet gateway off its VPC. Routes to it
// stay and lead nowhere.
func DetachInternetGateway(tx *store.Tx, by demarc.AccountID, id demarc.InternetGatewayID, from demarc.VPCID) error {
	igw, err := internetGateways.get(tx, by, string(id))
	if err != nil {
		return err
	}
	if _, err := vpcs.get(tx, by, string(from)); err != nil {
		return err
	}
	if igw.VPC != from {
		return detached(string(id), string(from)).In("internetGateway")
	}
	igw.VPC = ""
	unplug(tx, &igw)
	store.InternetGateways.Put(tx, igw)
	tx.Release(claim(from, "internet-gateway"))
	return nil
}

func detached(id, from string) *demarc.Error {
	return demarc.Errorf(demarc.Conflict, "resource %s is not attached to network %s", id, from).Coded(CodeDetached, "")
}

// DeleteInternetGateway takes an internet gateway away that is detached.
func DeleteInternetGateway(tx *store.Tx, by demarc.AccountID, id demarc.InternetGatewayID) error {
	igw, err := internetGateways.get(tx, by, string(id))
	if err != nil {
		return err
	}
	if igw.VPC != "" {
		return inUse("internetGateway", string(id), string(igw.VPC))
	}
	store.InternetGateways.Delete(tx, string(id))
	return nil
}
