package gateway

import (
	"demarc"
	"demarc/store"
)

// OwnTransit finds the attachment by which an environment is connected to a
// Transit Gateway of its customer's own, or of any account but its platform.
func OwnTransit(r store.Reader, env demarc.Environment) (demarc.TransitGatewayAttachment, bool) {
	if env.Away() {
		return ownTransitThere(r, env)
	}
	for a := range store.TransitGatewayAttachments.By(r, "vpc", string(env.VPC)) {
		if a.State == demarc.AttachmentAvailable && a.GatewayOwner != env.Platform {
			return a, true
		}
	}
	return demarc.TransitGatewayAttachment{}, false
}

// ownTransitThere is the attachment at another Direct Connect that either party
// has said to be available, until the platform says that it is gone.
func ownTransitThere(r store.Reader, env demarc.Environment) (demarc.TransitGatewayAttachment, bool) {
	for c := range store.Cases.By(r, "account", string(env.Customer)) {
		if word := c.Transit; word != nil && c.Environment == env.Name && word.Attachment != "" && !word.Available.IsZero() {
			return demarc.TransitGatewayAttachment{
				ID: word.Attachment, TransitGateway: word.Gateway, GatewayOwner: word.Owner, VPC: word.VPC, Owner: env.Elsewhere.Account, State: demarc.AttachmentAvailable,
			}, true
		}
	}
	return demarc.TransitGatewayAttachment{}, false
}

// Exclusive refuses another private line into an environment that is connected
// to a Transit Gateway of its customer's own: then the customer manages all of
// its internal traffic itself. Lines that are there stay until they are ended.
func Exclusive(r store.Reader, env demarc.Environment) *demarc.Error {
	a, connected := OwnTransit(r, env)
	if !connected {
		return nil
	}
	return demarc.Errorf(demarc.Conflict, "environment %s is already connected to a Transit Gateway: %s of account %s", env.Name, a.TransitGateway, a.GatewayOwner).
		Coded("E-TGW-EXCLUSIVE", "Bring the line to your Transit Gateway, by a transit interface and a Direct Connect gateway of your own").In("environment").By(demarc.Customer)
}

// ExclusiveTo is [Exclusive] for the environments that a virtual gateway of a
// platform leads to; nil where it leads to none.
func ExclusiveTo(r store.Reader, platform demarc.AccountID, id demarc.GatewayID) *demarc.Error {
	for env := range store.Environments.By(r, "account", string(platform)) {
		if env.Platform == platform && env.Gateway == id {
			if refusal := Exclusive(r, env); refusal != nil {
				return refusal
			}
		}
	}
	return nil
}

// ExclusiveBehind is [ExclusiveTo] for the platform's virtual gateways that a
// Direct Connect gateway is associated with.
func ExclusiveBehind(r store.Reader, platform demarc.AccountID, id demarc.DirectConnectGatewayID) *demarc.Error {
	for a := range store.GatewayAssociations.By(r, "direct-connect-gateway", string(id)) {
		if a.Gateway.Type != demarc.AssociatedVirtualGateway || a.Gateway.Owner != platform || a.State == demarc.GatewayDisassociating {
			continue
		}
		if refusal := ExclusiveTo(r, platform, demarc.GatewayID(a.Gateway.ID)); refusal != nil {
			return refusal
		}
	}
	return nil
}
