package ram

import (
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/arn"

	"demarc"
	"demarc/share"
	"demarc/store"
)

// The kinds of ARNs that the API has, as their resource begins.
const (
	shareKind      = "resource-share/"
	invitationKind = "resource-share-invitation/"
	gatewayKind    = "transit-gateway/"
)

// permissionARN is the one permission that a Transit Gateway is shared with:
// to see it and to attach VPCs.
const permissionARN = "arn:aws:ram::aws:permission/AWSRAMDefaultPermissionTransitGateway"

// gatewayType is what RAM calls Transit Gateways.
const gatewayType = "ec2:TransitGateway"

func shareARN(s demarc.ResourceShare) string {
	return arnOf(Name, s.Region, s.Owner, shareKind+string(s.ID))
}

func invitationARN(i demarc.ResourceShareInvitation) string {
	return arnOf(Name, i.Region, i.From, invitationKind+string(i.ID))
}

func gatewayARN(s demarc.ResourceShare, id string) string {
	return arnOf("ec2", s.Region, s.Owner, gatewayKind+id)
}

func arnOf(service string, region demarc.Region, owner demarc.AccountID, resource string) string {
	return arn.ARN{Partition: "aws", Service: service, Region: string(region), AccountID: string(owner), Resource: resource}.String()
}

// parse takes an ARN of a service apart.
func parse(text, service, kind string) (arn.ARN, string, error) {
	parsed, err := arn.Parse(text)
	if err != nil || parsed.Service != service || parsed.Partition != "aws" {
		return parsed, "", refuse(malformedARN, "The specified ARN "+text+" is not valid")
	}
	id, ok := strings.CutPrefix(parsed.Resource, kind)
	if !ok || id == "" {
		return parsed, "", refuse(malformedARN, "The specified ARN "+text+" is not of a "+strings.TrimSuffix(kind, "/"))
	}
	return parsed, id, nil
}

// shareOf is the id of the share that an ARN names. An ARN with another owner
// or region names none.
func (c call) shareOf(r store.Reader, text string) (demarc.ResourceShareID, error) {
	_, id, err := parse(text, Name, shareKind)
	if err != nil {
		return "", err
	}
	if s, there := store.ResourceShares.Get(r, id); there && (shareARN(s) != text || !c.scope.Has(s.Region)) {
		return "", share.NotFound(demarc.ResourceShareID(id))
	}
	return demarc.ResourceShareID(id), nil
}

// invitationOf is the id of the invitation that an ARN names.
func (c call) invitationOf(r store.Reader, text string) (demarc.ResourceShareInvitationID, error) {
	_, id, err := parse(text, Name, invitationKind)
	if err != nil {
		return "", err
	}
	if i, there := store.ResourceShareInvitations.Get(r, id); there && (invitationARN(i) != text || !c.scope.Has(i.Region)) {
		return "", share.NoInvitation(demarc.ResourceShareInvitationID(id))
	}
	return demarc.ResourceShareInvitationID(id), nil
}

// members are the resources and principals of an input. A Transit Gateway of
// another account, or in another region, does not exist.
func (c call) members(r store.Reader, resources, principals []string) (share.Members, error) {
	var m share.Members
	for _, text := range resources {
		parsed, err := arn.Parse(text)
		if err != nil {
			return m, refuse(malformedARN, "The specified ARN "+text+" is not valid")
		}
		id, ok := strings.CutPrefix(parsed.Resource, gatewayKind)
		if parsed.Service != "ec2" || !ok {
			return m, refuse(invalidParameter, "Resources of the type of "+text+" cannot be shared: Transit Gateways can")
		}
		if parsed.AccountID != string(c.by) || parsed.Region != string(c.scope.Region) || c.scope.Hides(r, id) {
			return m, share.NoResource(demarc.TransitGatewayID(id))
		}
		m.Resources = append(m.Resources, demarc.TransitGatewayID(id))
	}
	for _, text := range principals {
		m.Principals = append(m.Principals, demarc.AccountID(text))
	}
	return m, nil
}
