package ec2

import (
	"errors"
	"net/http"

	"demarc"
	"demarc/api/awsquery"
	"demarc/api/sigv4"
	"demarc/store"
	"demarc/vpc"
)

// An Exception is how EC2 answers an error.
type Exception struct {
	Code    string
	Status  int // HTTP status
	Message string
	// Ours says that the client learned nothing of the error: it is ours to
	// fix, and the caller's to log.
	Ours bool
}

// ExceptionOf puts an error of [Service.Call] into EC2's words. A refusal and
// a fault of the protocol are shown as they are, anything else only as having
// happened. Clients repeat what has status 500 and leave 400 alone, so a write
// of unknown outcome has 400.
func ExceptionOf(err error) Exception {
	if refusal, ok := errors.AsType[*demarc.Error](err); ok {
		return Exception{Code: refusalCode(refusal), Status: http.StatusBadRequest, Message: refusal.Error()}
	}
	if fault, ok := errors.AsType[*awsquery.Error](err); ok {
		e := Exception{Code: fault.Code, Status: http.StatusBadRequest, Message: fault.Message}
		if fault.Code == "DryRunOperation" {
			e.Status = http.StatusPreconditionFailed
		}
		return e
	}
	if _, ok := errors.AsType[*store.OutcomeUnknownError](err); ok {
		return Exception{Code: "InternalFailure", Status: http.StatusBadRequest, Message: "The request may have been carried out or not. Look before you try again.", Ours: true}
	}
	return Exception{Code: "InternalError", Status: http.StatusInternalServerError, Message: "An internal error occurred. It was logged with the id of this request.", Ours: true}
}

// Signature puts a refusal of a signature into EC2's codes: it has one for all
// but what is out of date.
func Signature(e *sigv4.Error) *sigv4.Error {
	e = e.Query()
	switch e.Code {
	case "ExpiredToken":
		return &sigv4.Error{Code: "RequestExpired", Status: http.StatusBadRequest, Message: "Request has expired."}
	case "InvalidClientTokenId", "SignatureDoesNotMatch":
		return &sigv4.Error{Code: "AuthFailure", Status: http.StatusUnauthorized, Message: "AWS was not able to validate the provided access credentials"}
	}
	return e
}

// notFoundCodes are EC2's by what the room calls the thing.
var notFoundCodes = map[string]string{
	"vpc":                        "InvalidVpcID.NotFound",
	"subnet":                     "InvalidSubnetID.NotFound",
	"vpcCidrBlockAssociation":    "InvalidVpcCidrBlockAssociationID.NotFound",
	"subnetCidrBlockAssociation": "InvalidSubnetCidrBlockAssociationID.NotFound",
	"routeTable":                 "InvalidRouteTableID.NotFound",
	"association":                "InvalidAssociationID.NotFound",
	"route":                      "InvalidRoute.NotFound",
	"internetGateway":            "InvalidInternetGatewayID.NotFound",
	"vpnGateway":                 "InvalidVpnGatewayID.NotFound",
	"securityGroup":              "InvalidGroup.NotFound",
	"securityGroupRule":          "InvalidSecurityGroupRuleId.NotFound",
	"permission":                 "InvalidPermission.NotFound",
	"prefixList":                 "InvalidPrefixListID.NotFound",
	"networkAcl":                 "InvalidNetworkAclID.NotFound",
	"networkInterface":           "InvalidNetworkInterfaceID.NotFound",
	"transitGateway":             "InvalidTransitGatewayID.NotFound",
	"transitGatewayAttachment":   "InvalidTransitGatewayAttachmentID.NotFound",
	"transitGatewayRouteTable":   "InvalidRouteTableID.NotFound",
	"transitGatewayRoute":        "InvalidRoute.NotFound",
	"transitGatewayAssociation":  "InvalidAssociation.NotFound",
	"transitGatewayPropagation":  "TransitGatewayRouteTablePropagation.NotFound",
}

// codes are EC2's by the room's code and, where that is not enough, by what it
// is about.
var codes = map[string]map[string]string{
	vpc.CodeInUse:   {"": "DependencyViolation", "vpcCidrBlockAssociation": "InvalidCidrBlock.InUse"},
	vpc.CodeRange:   {"vpc": "InvalidVpc.Range", "subnet": "InvalidSubnet.Range"},
	vpc.CodeOverlap: {"": "InvalidSubnet.Conflict", "vpc": "CidrConflict"},
	vpc.CodeTaken: {"": "Resource.AlreadyAssociated", "vpnGateway": "VpnGatewayAttachmentLimitExceeded", "vpc/vpn-gateway": "InvalidVpcState",
		"transitGatewayAttachment": "DuplicateTransitGatewayAttachment", "zone": "DuplicateSubnetsInSameZone"},
	vpc.CodeDetached: {"": "Gateway.NotAttached", "vpnGatewayAttachment": "InvalidVpnGatewayAttachment.NotFound", "route": "InvalidParameterValue"},
	vpc.CodeExists: {"route": "RouteAlreadyExists", "transitGatewayRoute": "RouteAlreadyExists", "securityGroup": "InvalidGroup.Duplicate",
		"permission": "InvalidPermission.Duplicate", "transitGatewayPropagation": "TransitGatewayRouteTablePropagation.Duplicate"},
	vpc.CodeAbsent:          {"route": "InvalidRoute.NotFound"},
	vpc.CodeVersion:         {"": "PrefixListVersionMismatch"},
	vpc.CodeDefault:         {"": "CannotDelete"},
	vpc.CodeState:           {"": "IncorrectState"},
	demarc.CodeTagLimit:     {"": "TagLimitExceeded"},
	demarc.CodeTagInvalid:   {"": "InvalidParameterValue"},
	demarc.CodeTagDuplicate: {"": "InvalidParameterValue"},
}

func refusalCode(refusal *demarc.Error) string {
	if byField, ok := codes[refusal.Code]; ok {
		if code, ok := byField[refusal.Field]; ok {
			return code
		}
		if code, ok := byField[""]; ok {
			return code
		}
	}
	switch refusal.Kind {
	case demarc.NotFound:
		if code, ok := notFoundCodes[refusal.Field]; ok {
			return code
		}
	case demarc.Unbuilt:
		return "UnsupportedOperation"
	case demarc.Denied:
		return "OperationNotPermitted"
	case demarc.Limit:
		return "ResourceLimitExceeded"
	case demarc.Conflict:
		if refusal.Field == "clientToken" {
			return "IdempotentParameterMismatch"
		}
		return "IncorrectState"
	case demarc.Invalid:
		if refusal.Field == "resource" { // what tags are put on
			return "InvalidID"
		}
	}
	return "InvalidParameterValue"
}

// malformed refuses an address range that is none.
func malformed(member, value string) error {
	return &awsquery.Error{Code: "InvalidParameterValue", Message: "Value (" + value + ") for parameter " + member + " is invalid. This is not a valid CIDR block."}
}

func missing(member string) error {
	return &awsquery.Error{Code: "MissingParameter", Message: "The request must contain the parameter " + member}
}
