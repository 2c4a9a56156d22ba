package transit

import (
	"demarc"
	"demarc/vpc"
)

// notFound is the one answer to what does not exist and what is another's.
func notFound(kind, id string) *demarc.Error {
	return demarc.Errorf(demarc.NotFound, "The %s ID '%s' does not exist", kind, id).In(kind)
}

// Kinds, as refusals name them.
const (
	kindGateway     = "transitGateway"
	kindAttachment  = "transitGatewayAttachment"
	kindTable       = "transitGatewayRouteTable"
	kindRoute       = "transitGatewayRoute"
	kindAssociation = "transitGatewayAssociation"
	kindPropagation = "transitGatewayPropagation"
)

// stateForbids refuses what another state would allow.
func stateForbids(kind, format string, args ...any) *demarc.Error {
	return demarc.Errorf(demarc.Conflict, format, args...).Coded(vpc.CodeState, "").In(kind)
}
