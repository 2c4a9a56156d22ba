package ram

import (
	"github.com/aws/aws-sdk-go-v2/service/ram/schemas"
	"github.com/aws/smithy-go"
)

// operations has a row for each operation that the API knows.
var operations = byName(
	writing(schemas.CreateResourceShare, createResourceShare),
	writing(schemas.UpdateResourceShare, updateResourceShare),
	writing(schemas.DeleteResourceShare, deleteResourceShare),
	reading(schemas.GetResourceShares, getResourceShares),
	writing(schemas.TagResource, tagResource),
	writing(schemas.UntagResource, untagResource),

	writing(schemas.AssociateResourceShare, associateResourceShare),
	writing(schemas.DisassociateResourceShare, disassociateResourceShare),
	reading(schemas.GetResourceShareAssociations, getResourceShareAssociations),

	reading(schemas.GetResourceShareInvitations, getResourceShareInvitations),
	writing(schemas.AcceptResourceShareInvitation, acceptResourceShareInvitation),
	writing(schemas.RejectResourceShareInvitation, rejectResourceShareInvitation),
	reading(schemas.ListPendingInvitationResources, listPendingInvitationResources),

	reading(schemas.ListResources, listResources),
	reading(schemas.ListPrincipals, listPrincipals),
	reading(schemas.ListResourceSharePermissions, listResourceSharePermissions),

	// Permissions of one's own, policies, organizations, sources.
	later(schemas.AssociateResourceSharePermission),
	later(schemas.CreatePermission),
	later(schemas.CreatePermissionVersion),
	later(schemas.DeletePermission),
	later(schemas.DeletePermissionVersion),
	later(schemas.DisassociateResourceSharePermission),
	later(schemas.EnableSharingWithAwsOrganization),
	later(schemas.GetPermission),
	later(schemas.GetResourcePolicies),
	later(schemas.ListPermissionAssociations),
	later(schemas.ListPermissions),
	later(schemas.ListPermissionVersions),
	later(schemas.ListReplacePermissionAssociationsWork),
	later(schemas.ListResourceTypes),
	later(schemas.ListSourceAssociations),
	later(schemas.PromotePermissionCreatedFromPolicy),
	later(schemas.PromoteResourceShareCreatedFromPolicy),
	later(schemas.ReplacePermissionAssociations),
	later(schemas.SetDefaultPermissionVersion),
)

func byName(rows ...row) map[string]row {
	table := map[string]row{}
	for _, r := range rows {
		table[nameOf(r.schema)] = r
	}
	return table
}

func nameOf(operation *smithy.Schema) string { return operation.ID().Name }
