// Package share lets accounts use resources of another: its owner puts Transit
// Gateways and accounts into a share, and each account is invited and accepts
// or rejects.
//
// The share is the one place where it is written who may use what; [Reaches]
// and [With] read it, and the rooms of the resources ask them each time. So a
// share that ends, or an account that leaves, takes effect with its commit.
//
// What may surprise:
//   - What was made of a resource while it was shared stays when it no longer
//     is: a VPC remains attached to the Transit Gateway. New things are refused.
//   - Any twelve digits may be invited. Whether there is such an account, only
//     that account finds out.
//   - An account's invitation is its own business until it accepts: the share
//     does not exist for it before.
package share

import "demarc"

// What clients branch on, a refusal of this room says by its code.
const (
	CodeAccepted = "E-SHARE-ACCEPTED" // the invitation was accepted already
	CodeRejected = "E-SHARE-REJECTED" // the invitation was rejected already
	CodeExpired  = "E-SHARE-EXPIRED"  // the invitation has lapsed
	CodeEnded    = "E-SHARE-ENDED"    // the share is deleted
)

// most is how many resources, and how many accounts, a share may have; those
// that left and are still shown count too.
const most = 100

// NotFound is the one answer to a share that does not exist and to one that an
// account may not see; so are the others for what they name.
func NotFound(id demarc.ResourceShareID) *demarc.Error {
	return demarc.Errorf(demarc.NotFound, "ResourceShare %s could not be found", id).In("resourceShareArn")
}

func ended(s demarc.ResourceShare) *demarc.Error {
	return demarc.Errorf(demarc.Conflict, "ResourceShare %s is deleted", s.ID).Coded(CodeEnded, "Create another").In("resourceShareArn")
}

// NoInvitation is [NotFound] for an invitation.
func NoInvitation(id demarc.ResourceShareInvitationID) *demarc.Error {
	return demarc.Errorf(demarc.NotFound, "ResourceShareInvitation %s could not be found", id).In("resourceShareInvitationArn")
}

// NoResource is [NotFound] for a resource that is to be shared.
func NoResource(id demarc.TransitGatewayID) *demarc.Error {
	return demarc.Errorf(demarc.NotFound, "Transit Gateway %s could not be found", id).In("resourceArns")
}
