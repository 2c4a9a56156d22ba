package demarc

import (
	"crypto/rand"
	"strings"
)

// Identifiers have types so that one kind is never handed in for another.
type (
	// AccountID is twelve decimal digits.
	AccountID string
	// ConnectionID has the form dxcon-xxxxxxxx. Where something sits on a
	// connection it may be a LAG's instead, which is used like one.
	ConnectionID string
	// LAGID has the form dxlag-xxxxxxxx.
	LAGID string
	// VirtualInterfaceID has the form dxvif-xxxxxxxx.
	VirtualInterfaceID string
	// BGPPeerID has the form dxpeer-xxxxxxxx.
	BGPPeerID string
	// GatewayID has the form vgw-xxxxxxxxxxxxxxxxx.
	GatewayID string
	// TransitGatewayID has the form tgw-xxxxxxxxxxxxxxxxx.
	TransitGatewayID string
	// DirectConnectGatewayID is a UUID.
	DirectConnectGatewayID string
	// GatewayAssociationID is a UUID.
	GatewayAssociationID string
	// GatewayAssociationProposalID is a UUID.
	GatewayAssociationProposalID string
	// VPCID has the form vpc-xxxxxxxxxxxxxxxxx.
	VPCID string
	// TransitGatewayAttachmentID has the form tgw-attach-xxxxxxxxxxxxxxxxx.
	TransitGatewayAttachmentID string
	// TransitRouteTableID has the form tgw-rtb-xxxxxxxxxxxxxxxxx.
	TransitRouteTableID string
	// SubnetID has the form subnet-xxxxxxxxxxxxxxxxx.
	SubnetID string
	// RouteTableID has the form rtb-xxxxxxxxxxxxxxxxx.
	RouteTableID string
	// InternetGatewayID has the form igw-xxxxxxxxxxxxxxxxx.
	InternetGatewayID string
	// PrefixListID has the form pl-xxxxxxxxxxxxxxxxx.
	PrefixListID string
	// SecurityGroupID has the form sg-xxxxxxxxxxxxxxxxx.
	SecurityGroupID string
	// NetworkACLID has the form acl-xxxxxxxxxxxxxxxxx.
	NetworkACLID string
	// ResourceShareID is a UUID.
	ResourceShareID string
	// ResourceShareInvitationID is a UUID.
	ResourceShareInvitationID string
	// FailoverTestID is a UUID.
	FailoverTestID string
	// LinkID has the form lk-xxxxxxxx.
	LinkID string
	// CaseID has the form case-xxxxxxxx.
	CaseID string
	// DecisionID has the form decision-xxxxxxxx.
	DecisionID string
	// LinkTokenID has the form lt-xxxxxxxxxxxxxxxxx.
	LinkTokenID string
	// AttachmentID has the form attachment-xxxxxxxx.
	AttachmentID string
	// NoticeID is a time, a number and random letters.
	NoticeID string
	// MaintenanceID has the form mt-xxxxxxxx.
	MaintenanceID string
	// CutoverID has the form co-xxxxxxxx.
	CutoverID string
	// WebhookID has the form wh-xxxxxxxx.
	WebhookID string
	// LocationCode names a Direct Connect location, for example LIS1.
	LocationCode string
	// NodeID names a machine that carries traffic: a device or a VPC host.
	NodeID string
	// PortID is the device and the port's name on it: lis1-d1/p1.
	PortID string
)

// The alphabets of identifiers: Direct Connect's are base 36, EC2's are
// hexadecimal (the samples of both in AWS's documentation).
const (
	base36 = "0123456789abcdefghijklmnopqrstuvwxyz"
	hex    = "0123456789abcdef"
)

// NewConnectionID returns an identifier no other connection has.
func NewConnectionID() ConnectionID { return ConnectionID("dxcon-f" + random(base36, 7)) }

// NewLAGID returns an identifier no other LAG has.
func NewLAGID() LAGID { return LAGID("dxlag-f" + random(base36, 7)) }

// NewVirtualInterfaceID returns an identifier no other interface has.
func NewVirtualInterfaceID() VirtualInterfaceID {
	return VirtualInterfaceID("dxvif-f" + random(base36, 7))
}

// NewBGPPeerID returns an identifier no other peer has.
func NewBGPPeerID() BGPPeerID { return BGPPeerID("dxpeer-f" + random(base36, 7)) }

// NewGatewayID returns an identifier no other gateway has.
func NewGatewayID() GatewayID { return GatewayID("vgw-" + random(hex, 17)) }

// NewTransitGatewayID returns an identifier no other Transit Gateway has.
func NewTransitGatewayID() TransitGatewayID { return TransitGatewayID("tgw-" + random(hex, 17)) }

// NewDirectConnectGatewayID returns an identifier no other gateway has.
func NewDirectConnectGatewayID() DirectConnectGatewayID { return DirectConnectGatewayID(uuid()) }

// NewGatewayAssociationID returns an identifier no other association has.
func NewGatewayAssociationID() GatewayAssociationID { return GatewayAssociationID(uuid()) }

// NewGatewayAssociationProposalID returns an identifier no other proposal has.
func NewGatewayAssociationProposalID() GatewayAssociationProposalID {
	return GatewayAssociationProposalID(uuid())
}

// NewVPCID returns an identifier no other VPC has.
func NewVPCID() VPCID { return VPCID("vpc-" + random(hex, 17)) }

const vpcRange = "vpc-cidr-assoc-"

// NewVPCRangeID returns an identifier no other association of a range has.
func NewVPCRangeID() string { return vpcRange + random(hex, 17) }

// NewSubnetRangeID returns an identifier no other association of a range has.
func NewSubnetRangeID() string { return "subnet-cidr-assoc-" + random(hex, 17) }

// NewRouteTableID returns an identifier no other route table has.
func NewRouteTableID() RouteTableID { return RouteTableID("rtb-" + random(hex, 17)) }

// NewRouteTableAssociationID returns an identifier no other association has.
func NewRouteTableAssociationID() string { return "rtbassoc-" + random(hex, 17) }

// NewTransitGatewayAttachmentID returns an identifier no other attachment has.
func NewTransitGatewayAttachmentID() TransitGatewayAttachmentID {
	return TransitGatewayAttachmentID("tgw-attach-" + random(hex, 17))
}

// NewTransitRouteTableID returns an identifier no other table has.
func NewTransitRouteTableID() TransitRouteTableID {
	return TransitRouteTableID("tgw-rtb-" + random(hex, 17))
}

// NewSubnetID returns an identifier no other subnet has.
func NewSubnetID() SubnetID { return SubnetID("subnet-" + random(hex, 17)) }

// NewPrefixListID returns an identifier no other list has.
func NewPrefixListID() PrefixListID { return PrefixListID("pl-" + random(hex, 17)) }

// NewSecurityGroupID returns an identifier no other group has.
func NewSecurityGroupID() SecurityGroupID { return SecurityGroupID("sg-" + random(hex, 17)) }

// NewSecurityRuleID returns an identifier no other rule has.
func NewSecurityRuleID() string { return "sgr-" + random(hex, 17) }

// NewNetworkACLID returns an identifier no other network ACL has.
func NewNetworkACLID() NetworkACLID { return NetworkACLID("acl-" + random(hex, 17)) }

// NewInternetGatewayID returns an identifier no other internet gateway has.
func NewInternetGatewayID() InternetGatewayID { return InternetGatewayID("igw-" + random(hex, 17)) }

// NewResourceShareID returns an identifier no other share has.
func NewResourceShareID() ResourceShareID { return ResourceShareID(uuid()) }

// NewResourceShareInvitationID returns an identifier no other invitation has.
func NewResourceShareInvitationID() ResourceShareInvitationID {
	return ResourceShareInvitationID(uuid())
}

// NewFailoverTestID returns an identifier no other test has.
func NewFailoverTestID() FailoverTestID { return FailoverTestID(uuid()) }

// NewLinkID returns an identifier no other link has.
func NewLinkID() LinkID { return LinkID("lk-" + random(base36, 8)) }

// NewAttachmentID returns an identifier no other attachment has: long enough
// that nobody finds one by trying.
func NewAttachmentID() AttachmentID { return AttachmentID("attachment-" + random(base36, 17)) }

// NewDecisionID returns an identifier no other decision has.
func NewDecisionID() DecisionID { return DecisionID("decision-" + random(base36, 10)) }

// NewLinkTokenID returns an identifier no other token has.
func NewLinkTokenID() LinkTokenID { return LinkTokenID("lt-" + random(base36, 17)) }

// NewCaseID returns an identifier no other case has.
func NewCaseID() CaseID { return CaseID("case-" + random(base36, 8)) }

// NewMaintenanceID returns an identifier no other maintenance has.
func NewMaintenanceID() MaintenanceID { return MaintenanceID("mt-" + random(base36, 8)) }

// NewCutoverID returns an identifier no other cut-over has.
func NewCutoverID() CutoverID { return CutoverID("co-" + random(base36, 8)) }

// NewWebhookID returns an identifier no other webhook has.
func NewWebhookID() WebhookID { return WebhookID("wh-" + random(base36, 8)) }

// NewAccountID returns twelve digits, the first not zero.
func NewAccountID() AccountID {
	return AccountID(random("123456789", 1) + random("0123456789", 11))
}

// NewAccessKeyID has the look clients expect: AKIA and sixteen characters.
func NewAccessKeyID() string { return "AKIA" + random("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16) }

// NewSessionKeyID is an access key's of temporary credentials.
func NewSessionKeyID() string { return "ASIA" + random("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16) }

// NewSecretKey is forty characters, as AWS's secret access keys are.
func NewSecretKey() Secret {
	return NewSecret(random("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", 40))
}

// NewBGPKey has the look of a key that AWS generates: 0x and 22 characters.
func NewBGPKey() Secret {
	return NewSecret("0x" + random("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.", 22))
}

// Suffix is the part after the prefix of the kind: ffhhk74f of dxvif-ffhhk74f.
// Interface names, fifteen characters at most, are made from it.
func (id VirtualInterfaceID) Suffix() string {
	return strings.TrimPrefix(string(id), "dxvif-")
}

// LAG is the LAG that the id is of, where it is not a connection's.
func (id ConnectionID) LAG() (LAGID, bool) { return LAGID(id), strings.HasPrefix(string(id), "dxlag-") }

// Device is the node that the port is on.
func (id PortID) Device() NodeID {
	device, _, _ := strings.Cut(string(id), "/")
	return NodeID(device)
}

// Name is the port's name on its device.
func (id PortID) Name() string {
	_, name, _ := strings.Cut(string(id), "/")
	return name
}

// uuid is a random UUID (RFC 9562, version 4).
func uuid() string {
	return strings.Join([]string{random(hex, 8), random(hex, 4), "4" + random(hex, 3), random("89ab", 1) + random(hex, 3), random(hex, 12)}, "-")
}

// random draws n characters of the alphabet, each equally likely.
func random(alphabet string, n int) string {
	out := make([]byte, 0, n)
	limit := byte(256 / len(alphabet) * len(alphabet) % 256) // 0 when every byte may be used
	var buf [64]byte
	for len(out) < n {
		rand.Read(buf[:])
		for _, b := range buf {
			if len(out) < n && (limit == 0 || b < limit) {
				out = append(out, alphabet[int(b)%len(alphabet)])
			}
		}
	}
	return string(out)
}
