// Package naming says what everything that an agent makes in the kernel is
// called. Both ends of a link are often made by different agents that never
// speak to each other: the name is how one finds what the other made.
//
// Interface names have at most 15 characters, so what does not fit is replaced
// by eight characters of a hash of it. Namespace names are written out, for
// whoever types "ip netns list".
package naming

import (
	"crypto/sha256"
	"encoding/base32"
	"strings"

	"demarc"
	"demarc/intent"
)

// An Instance is one installation on a machine that it may share with others:
// demarc-3fa2. Everything is called after it. It is empty on a machine of its
// own, where a device's home is the namespace that its agent runs in.
type Instance string

// Namespace is the full name of a namespace of the installation.
func (i Instance) Namespace(logical string) string {
	if i == "" {
		return logical
	}
	return string(i) + "-" + logical
}

// Home is a device's home namespace, where its ports are; empty stands for the
// one the agent runs in.
func (i Instance) Home(device demarc.NodeID) string {
	if i == "" {
		return ""
	}
	return i.Namespace(string(device))
}

// VIF is the namespace of a virtual interface.
func (i Instance) VIF(device demarc.NodeID, id demarc.VirtualInterfaceID) string {
	return i.inside(device, string(id))
}

// Gateway is the namespace of a gateway's presence on a device.
func (i Instance) Gateway(device demarc.NodeID, id demarc.GatewayID) string {
	return i.inside(device, string(id))
}

// Network is the namespace of a network on a host, which backbone links lead
// to: a VPC, or a route table of a Transit Gateway.
func (i Instance) Network(host demarc.NodeID, id string) string {
	return i.inside(host, id)
}

// InternetGateway is the namespace of an internet gateway.
func (i Instance) InternetGateway(host demarc.NodeID, id string) string {
	return i.inside(host, id)
}

func (i Instance) inside(node demarc.NodeID, id string) string {
	return i.Namespace(string(node) + "-" + id)
}

// kinds are the prefixes of the ids that namespaces are made for.
var kinds = []string{"dxvif-", "vgw-", "dxgw-", "vpc-", "igw-", "tgw-rtb-", "slk-"}

// Owned is the id that a namespace of the node was made for; false for one
// that is not the node's, though its name may begin alike: lis1 and lis1-d1
// may both be nodes.
func (i Instance) Owned(node demarc.NodeID, namespace string) (id string, ok bool) {
	id, ok = strings.CutPrefix(namespace, i.inside(node, ""))
	if !ok {
		return "", false
	}
	for _, kind := range kinds {
		if strings.HasPrefix(id, kind) {
			return id, true
		}
	}
	if id == string(intent.PublicNetwork) {
		return id, true
	}
	return "", false
}

// Interfaces whose namespace holds one of its kind.
const (
	VIFCustomer = "vif0" // in a VIF's namespace, towards the customer
	VIFGateway  = "gw0"  // in a VIF's namespace, towards the gateway
	VIFSiteLink = "sl0"  // in a VIF's namespace, towards its gateway's SiteLink
	VPCInternet = "igw0" // in a VPC's namespace, towards its internet gateway
	IGWNetwork  = "vpc0" // in an internet gateway's namespace, towards the VPC
	IGWUplink   = "up0"  // in an internet gateway's namespace, towards the internet
	// In the public network's namespace on a device, towards its routers. It
	// begins otherwise than what leads to customers.
	PublicUplink = "up0"
)

// Prefixes of interfaces whose namespace holds many of their kind.
const (
	VIFPortPrefix        = "vi" // in a device's home
	VIFGatewayPrefix     = "v"  // in a gateway's namespace
	BackboneDevicePrefix = "b"  // in a gateway's namespace
	BackboneHostPrefix   = "g"  // in the namespace of a VPC or a transit route table
	AppHostPrefix        = "h"  // in a VPC's namespace
	AttachedVPCPrefix    = "a"  // in a transit route table's namespace
	TransitPrefix        = "t"  // in a VPC's namespace
)

// VIFPort is a VIF's end in the device's home, where the tag is put on.
func VIFPort(id demarc.VirtualInterfaceID) string { return VIFPortPrefix + id.Suffix() }

// GatewayVIF is a VIF's end in the gateway's namespace.
func GatewayVIF(id demarc.VirtualInterfaceID) string { return VIFGatewayPrefix + id.Suffix() }

// BackboneDevice is the end of a backbone link in the gateway's namespace on
// the device.
func BackboneDevice(host demarc.NodeID, network string) string {
	return BackboneDevicePrefix + hash(string(host), network)
}

// BackboneSite is the end, in a gateway's namespace, of a backbone link to the
// same gateway on another device.
func BackboneSite(device demarc.NodeID) string { return BackboneDevice(device, "") }

// BackboneHost is the other end, in the network's namespace on the host.
func BackboneHost(gateway demarc.GatewayID, device demarc.NodeID) string {
	return BackboneHostPrefix + hash(string(gateway), string(device))
}

// AttachedVPC is the end of a link to a VPC in the namespace of a transit route
// table.
func AttachedVPC(vpc demarc.VPCID) string { return AttachedVPCPrefix + hash(string(vpc)) }

// Transit is the other end, in the VPC's namespace.
func Transit(table demarc.TransitRouteTableID) string { return TransitPrefix + hash(string(table)) }

// AppHost is the VPC's end of the cable to an app host, which is named by the
// far end.
func AppHost(namespace, link string) string { return AppHostPrefix + hash(namespace, link) }

// hash is eight characters that stand for the words.
func hash(words ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(words, "/")))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:5]))
}
