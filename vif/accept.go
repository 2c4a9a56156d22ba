package vif

import (
	"time"

	"demarc"
	"demarc/gateway"
	"demarc/store"
)

// Onto is where an interface is to lead: one of the two for a private one, a
// Direct Connect gateway for a transit one, neither for a public one.
type Onto struct {
	Gateway              demarc.GatewayID
	DirectConnectGateway demarc.DirectConnectGatewayID
}

// Confirm accepts an interface of a type that was allocated to the account by,
// onto a gateway of its own: it is pending, and the edge moves next; a public
// one is verifying, and the platform moves next.
func Confirm(tx *store.Tx, by demarc.AccountID, id demarc.VirtualInterfaceID, of demarc.VirtualInterfaceType, onto Onto, now time.Time) (demarc.VirtualInterface, error) {
	v, err := Get(tx, by, id, now)
	if err != nil {
		return demarc.VirtualInterface{}, err
	}
	if v.Type != of {
		return demarc.VirtualInterface{}, demarc.Errorf(demarc.Invalid, "virtual interface %s is %s, not %s", id, v.Type, of).Coded("E-VIF-TYPE", "").In("virtualInterfaceId")
	}
	return take(tx, v, by, onto)
}

// Hold keeps the owner of an interface that is confirming from accepting it
// outside of a case; none lets go of it. An interface that is not there stays
// away.
func Hold(tx *store.Tx, id demarc.VirtualInterfaceID, in demarc.CaseID) {
	v, ok := store.VirtualInterfaces.Get(tx, string(id))
	if !ok || v.Held == in {
		return
	}
	v.Held = in
	store.VirtualInterfaces.Put(tx, v)
}

// take puts an interface to its end and into the store.
func take(tx *store.Tx, v demarc.VirtualInterface, by demarc.AccountID, onto Onto) (demarc.VirtualInterface, error) {
	// Who may not accept at all need not be told what is wrong with the gateway.
	if err := Acceptable(v, by); err != nil {
		return demarc.VirtualInterface{}, err
	}
	end, err := find(tx, v, by, onto)
	if err != nil {
		return demarc.VirtualInterface{}, err
	}
	accepted, err := Accepted(v, by, end)
	if err != nil {
		return demarc.VirtualInterface{}, err
	}
	if err := holdEnd(tx, accepted); err != nil {
		return demarc.VirtualInterface{}, err
	}
	store.VirtualInterfaces.Put(tx, accepted)
	return accepted, nil
}

// find looks up the end that an interface is to have.
func find(tx *store.Tx, v demarc.VirtualInterface, by demarc.AccountID, onto Onto) (End, error) {
	switch {
	case v.Type == demarc.PublicVIF && onto == (Onto{}):
		return End{ASN: PublicASN}, nil
	case v.Type == demarc.PrivateVIF && onto.DirectConnectGateway == "":
		gw, err := gateway.Attached(tx, by, onto.Gateway)
		if err != nil {
			return End{}, err
		}
		if gw.Region != v.Region && gw.Region != "" && v.Region != "" {
			return End{}, demarc.Errorf(demarc.Invalid, "virtual gateway %s is in Region %s, and the virtual interface in %s", gw.ID, gw.Region, v.Region).
				Coded("E-GATEWAY-REGION", "Associate it with a Direct Connect gateway, and name that").In("virtualGatewayId")
		}
		if refusal := gateway.ExclusiveTo(tx, by, onto.Gateway); refusal != nil && v.Hosted() {
			return End{}, refusal.In("virtualGatewayId")
		}
		return End{Onto: onto, ASN: gw.ASN}, nil
	case v.Type != demarc.PublicVIF && onto.Gateway == "":
		if refusal := gateway.ExclusiveBehind(tx, by, onto.DirectConnectGateway); refusal != nil && v.Type == demarc.PrivateVIF && v.Hosted() {
			return End{}, refusal.In("directConnectGatewayId")
		}
		gw, err := gateway.Join(tx, v, onto.DirectConnectGateway)
		return End{Onto: onto, ASN: gw.ASN}, err
	}
	return End{}, demarc.Errorf(demarc.Invalid, "a %s virtual interface leads to %s", v.Type, map[demarc.VirtualInterfaceType]string{
		demarc.PublicVIF:  "no gateway",
		demarc.PrivateVIF: "a virtual private gateway or a Direct Connect gateway, not to both",
		demarc.TransitVIF: "a Direct Connect gateway",
	}[v.Type]).Coded("E-VIF-GATEWAY", "")
}

// holdEnd claims what an accepted interface has from then on. Its place on a
// Direct Connect gateway it has already.
func holdEnd(tx *store.Tx, v demarc.VirtualInterface) error {
	if v.SiteLink && v.DirectConnectGateway == "" {
		return errSiteLink()
	}
	if v.Gateway != "" {
		if err := tx.Claim(gatewayClaim(v), string(v.ID)); err != nil {
			return err
		}
	}
	if err := holdGatewayPrefixes(tx, v); err != nil {
		return err
	}
	return holdPairs(tx, v)
}

func errSiteLink() error {
	return demarc.Errorf(demarc.Invalid, "SiteLink is for private and transit virtual interfaces on a Direct Connect gateway").
		Coded("E-SITELINK", "").In("enableSiteLink")
}

func gatewayClaim(v demarc.VirtualInterface) string {
	return "gateway/" + string(v.Gateway) + "/" + string(v.ID)
}
