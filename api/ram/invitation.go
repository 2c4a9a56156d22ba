package ram

import (
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/ram"
	"github.com/aws/aws-sdk-go-v2/service/ram/types"

	"demarc"
	"demarc/api/regional"
	"demarc/share"
	"demarc/store"
)

func (c call) invitationOut(i demarc.ResourceShareInvitation) types.ResourceShareInvitation {
	if i.Lapsed(c.now) {
		i.State = demarc.InvitationExpired
	}
	return types.ResourceShareInvitation{
		ResourceShareInvitationArn: aws.String(invitationARN(i)), ResourceShareName: &i.Name,
		ResourceShareArn: aws.String(arnOf(Name, i.Region, i.From, shareKind+string(i.Share))),
		SenderAccountId:  aws.String(string(i.From)), ReceiverAccountId: aws.String(string(i.To)),
		InvitationTimestamp: &i.Sent, Status: types.ResourceShareInvitationStatus(strings.ToUpper(string(i.State))),
	}
}

func acceptResourceShareInvitation(c call, tx *store.Tx, in *sdk.AcceptResourceShareInvitationInput) (*sdk.AcceptResourceShareInvitationOutput, error) {
	out, err := c.answer(tx, share.Accept, in.ResourceShareInvitationArn)
	if err != nil {
		return nil, err
	}
	return &sdk.AcceptResourceShareInvitationOutput{ClientToken: in.ClientToken, ResourceShareInvitation: out}, nil
}

func rejectResourceShareInvitation(c call, tx *store.Tx, in *sdk.RejectResourceShareInvitationInput) (*sdk.RejectResourceShareInvitationOutput, error) {
	out, err := c.answer(tx, share.Reject, in.ResourceShareInvitationArn)
	if err != nil {
		return nil, err
	}
	return &sdk.RejectResourceShareInvitationOutput{ClientToken: in.ClientToken, ResourceShareInvitation: out}, nil
}

// An answerer is one of the room's functions that answer an invitation.
type answerer func(*store.Tx, demarc.AccountID, demarc.ResourceShareInvitationID, time.Time) (demarc.ResourceShareInvitation, error)

func (c call) answer(tx *store.Tx, do answerer, name *string) (*types.ResourceShareInvitation, error) {
	id, err := c.invitationOf(tx, aws.ToString(name))
	if err != nil {
		return nil, err
	}
	i, err := do(tx, c.by, id, c.now)
	if err != nil {
		return nil, err
	}
	out := c.invitationOut(i)
	return &out, nil
}

// getResourceShareInvitations shows those that the account was sent.
func getResourceShareInvitations(c call, view *store.View, in *sdk.GetResourceShareInvitationsInput) (*sdk.GetResourceShareInvitationsOutput, error) {
	all, err := pickedInvitations(c.invitations(view), in.ResourceShareInvitationArns)
	if err != nil {
		return nil, err
	}
	out := []types.ResourceShareInvitation{}
	for _, i := range all {
		if shaped := c.invitationOut(i); len(in.ResourceShareArns) == 0 || slices.Contains(in.ResourceShareArns, *shaped.ResourceShareArn) {
			out = append(out, shaped)
		}
	}
	key := func(i types.ResourceShareInvitation) string { return *i.ResourceShareInvitationArn }
	slices.SortFunc(out, func(a, b types.ResourceShareInvitation) int { return strings.Compare(key(a), key(b)) })
	out, next, err := page(c, out, key, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	return &sdk.GetResourceShareInvitationsOutput{ResourceShareInvitations: out, NextToken: next}, nil
}

// pickedInvitations are those that the ARNs name, each of which must be there;
// all of them where there is no ARN.
func pickedInvitations(all []demarc.ResourceShareInvitation, arns []string) ([]demarc.ResourceShareInvitation, error) {
	if len(arns) == 0 {
		return all, nil
	}
	for _, text := range arns {
		_, id, err := parse(text, Name, invitationKind)
		if err != nil {
			return nil, err
		}
		if !slices.ContainsFunc(all, func(i demarc.ResourceShareInvitation) bool { return invitationARN(i) == text }) {
			return nil, share.NoInvitation(demarc.ResourceShareInvitationID(id))
		}
	}
	return slices.DeleteFunc(all, func(i demarc.ResourceShareInvitation) bool { return !slices.Contains(arns, invitationARN(i)) }), nil
}

// listPendingInvitationResources lets an account see what it is invited to.
func listPendingInvitationResources(c call, view *store.View, in *sdk.ListPendingInvitationResourcesInput) (*sdk.ListPendingInvitationResourcesOutput, error) {
	found, err := pickedInvitations(c.invitations(view), []string{aws.ToString(in.ResourceShareInvitationArn)})
	if err != nil {
		return nil, err
	}
	out := []types.Resource{}
	if s, there := store.ResourceShares.Get(view, string(found[0].Share)); there && !found[0].Lapsed(c.now) && found[0].State == demarc.InvitationPending {
		out = resourcesOf(view, s)
	}
	out, next, err := page(c, out, resourceKey, in.MaxResults, in.NextToken)
	if err != nil {
		return nil, err
	}
	return &sdk.ListPendingInvitationResourcesOutput{Resources: out, NextToken: next}, nil
}

// invitations are those that the account was sent in the call's Region.
func (c call) invitations(r store.Reader) []demarc.ResourceShareInvitation {
	return regional.Only(c.scope, share.Invitations(r, c.by), func(i demarc.ResourceShareInvitation) demarc.Region { return i.Region })
}
