package gateway

import (
	"net/netip"

	"demarc"
	"demarc/share"
	"demarc/store"
)

// An end is a gateway that can be associated, with what matters of it.
type end struct {
	demarc.AssociatedGateway
	asn demarc.ASN
	// networks are those of a virtual private gateway's VPC.
	networks []netip.Prefix
}

// ownEnd returns a gateway of the account by that can be associated now.
func ownEnd(tx *store.Tx, by demarc.AccountID, id string) (end, error) {
	if typeOf(id) == demarc.AssociatedTransitGateway {
		return transitEnd(tx, by, demarc.TransitGatewayID(id))
	}
	gw, err := Attached(tx, by, demarc.GatewayID(id))
	if err != nil {
		return end{}, err
	}
	return virtualEnd(tx, gw), nil
}

func virtualEnd(tx *store.Tx, gw demarc.VirtualGateway) end {
	return end{
		AssociatedGateway: demarc.AssociatedGateway{ID: string(gw.ID), Type: demarc.AssociatedVirtualGateway, Owner: gw.Owner, Region: gw.Region},
		asn:               gw.ASN,
		networks:          networks(tx, gw.VPC),
	}
}

// networks are the ranges of a VPC.
func networks(r store.Reader, id demarc.VPCID) []netip.Prefix {
	vpc, ok := store.VPCs.Get(r, string(id))
	if !ok {
		return nil
	}
	return vpc.Ranges()
}

// transitEnd tells an account that a Transit Gateway is only shared with so,
// since it may see it; to others it does not exist.
func transitEnd(tx *store.Tx, by demarc.AccountID, id demarc.TransitGatewayID) (end, error) {
	gw, ok := store.TransitGateways.Get(tx, string(id))
	switch {
	case !ok || gw.Owner != by && !share.Reaches(tx, by, string(id)):
		return end{}, demarc.Errorf(demarc.NotFound, "there is no Transit Gateway %s", id).In("gatewayId")
	case gw.Owner != by:
		return end{}, demarc.Errorf(demarc.Denied, "Transit gateway %s is shared with the account; only its owner, %s, can have it associated", id, gw.Owner).
			Coded("E-TGW-OWNER", "Have its owner propose the association").In("gatewayId")
	case gw.State != demarc.TransitGatewayAvailable:
		return end{}, demarc.Errorf(demarc.Conflict, "Transit gateway %s is %s, and can be associated when it is available", id, gw.State).
			Coded("E-TGW-STATE", "").In("gatewayId")
	}
	return end{
		AssociatedGateway: demarc.AssociatedGateway{ID: string(id), Type: demarc.AssociatedTransitGateway, Owner: gw.Owner, Region: gw.Region},
		asn:               gw.ASN,
	}, nil
}
