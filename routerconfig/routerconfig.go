// Package routerconfig writes what the customer pastes into its router: the
// XML that the AWS API carries with an interface, and the text for one kind of
// router.
//
// It decides nothing and asks nobody: it prints an accepted virtual interface.
// Who may have the result is decided by vif.ForRouter, since the session's key
// stands in it in clear.
//
// The texts for FRR and BIRD are meant to be used unedited: the far end of the
// cross-connect is called eth0, and what is announced are the networks that
// are connected to the router, without the line itself. Nothing learned from
// us is announced back to us over another line, so a customer with two lines
// does not become a way between them.
//
// An interface has a session of IPv4, of IPv6, or of both, and a text has those
// that there are, each with its own prefixes alone. Where the sessions have
// two ASNs, the router's is that of IPv4, and the other one is said beside its
// session.
package routerconfig

import (
	"fmt"
	"hash/fnv"
	"net/netip"
	"slices"
	"strings"
	"text/template"

	"demarc"
)

// A RouterType is a kind of router that a configuration can be written for.
type RouterType struct {
	Vendor   string
	Platform string
	Software string
	// XSLTTemplateName and the one for MACsec are what AWS calls its stylesheet
	// for this kind. Ours are no stylesheets, so our own kinds have none.
	XSLTTemplateName          string
	XSLTTemplateNameForMACsec string
	// Identifier is how a caller names the kind.
	Identifier string
}

// The kinds that AWS does not have.
const (
	FRR      = "demarc-FRR-8"
	BIRD     = "demarc-BIRD-2"
	VyOS     = "demarc-VyOS-1"
	MikroTik = "demarc-RouterOS-7"
)

// A kind is a router type and how its text is made.
type kind struct {
	RouterType
	text *template.Template
}

var kinds = []kind{
	{RouterType{Vendor: "FRRouting", Platform: "Linux", Software: "FRR 8+", Identifier: FRR}, frr},
	{RouterType{Vendor: "CZ.NIC", Platform: "Linux", Software: "BIRD 2+", Identifier: BIRD}, bird},
	{RouterType{Vendor: "VyOS", Platform: "VyOS", Software: "VyOS 1.4+", Identifier: VyOS}, vyos},
	{RouterType{Vendor: "MikroTik", Platform: "RouterBOARD and CHR", Software: "RouterOS 7+", Identifier: MikroTik}, mikrotik},
	{cisco("2900"), ios},
	{cisco("3700"), ios},
	{cisco("7200"), ios},
	{nexus("Nexus 7000 Series Switches", "NX-OS 5.1+", "CiscoSystemsInc-Nexus7000SeriesSwitches-NXOS51", ""), nxos},
	{nexus("Nexus 9K+ Series Switches", "NX-OS 9.3+", "CiscoSystemsInc-Nexus9KSeriesSwitches-NXOS93", "customer-switch-cisco-nexus-generic-macsec.xslt"), nxos},
	{juniper("M/MX", "MMX", "customer-router-juniper-generic-macsec.xslt"), junos},
	{juniper("SRX", "SRX", ""), junos},
	{juniper("T", "T", ""), junos},
	{RouterType{
		Vendor: "Palo Alto Networks", Platform: "PA-3000+ and 5000+ series", Software: "PAN-OS 8.0.3+",
		XSLTTemplateName: "customer-router-palo-alto-generic.xslt",
		Identifier:       "PaloAltoNetworks-PA3000and5000series-PANOS803",
	}, panos},
}

func nexus(platform, software, identifier, macsec string) RouterType {
	return RouterType{
		Vendor: "Cisco Systems, Inc.", Platform: platform, Software: software,
		XSLTTemplateName: "customer-switch-cisco-nexus-generic.xslt", XSLTTemplateNameForMACsec: macsec,
		Identifier: identifier,
	}
}

func juniper(series, short, macsec string) RouterType {
	return RouterType{
		Vendor: "Juniper Networks, Inc.", Platform: series + " Series Routers", Software: "JunOS 9.5+",
		XSLTTemplateName: "customer-router-juniper-generic.xslt", XSLTTemplateNameForMACsec: macsec,
		Identifier: "JuniperNetworksInc-" + short + "SeriesRouters-JunOS95",
	}
}

func cisco(series string) RouterType {
	return RouterType{
		Vendor: "Cisco Systems, Inc.", Platform: series + " Series Routers", Software: "IOS 12.4+",
		XSLTTemplateName: "customer-router-cisco-generic.xslt",
		Identifier:       "CiscoSystemsInc-" + series + "SeriesRouters-IOS124",
	}
}

// Types lists the kinds of router that can be written for.
func Types() []RouterType {
	var types []RouterType
	for _, k := range kinds {
		types = append(types, k.RouterType)
	}
	return types
}

// Text writes the configuration of a kind of router for an accepted interface.
// Without an identifier the kind is FRR. An unknown one is refused with the
// names of those there are.
func Text(v demarc.VirtualInterface, identifier string) (RouterType, string, error) {
	if identifier == "" {
		identifier = FRR
	}
	i := slices.IndexFunc(kinds, func(k kind) bool { return k.Identifier == identifier })
	if i < 0 {
		return RouterType{}, "", unknown(identifier)
	}
	line, err := read(v)
	if err != nil {
		return RouterType{}, "", err
	}
	var out strings.Builder
	if err := kinds[i].text.Execute(&out, line); err != nil {
		return RouterType{}, "", fmt.Errorf("write a configuration for %s: %w", identifier, err)
	}
	return kinds[i].RouterType, out.String(), nil
}

func unknown(identifier string) error {
	var names []string
	for _, k := range kinds {
		names = append(names, k.Identifier)
	}
	return demarc.Errorf(demarc.Invalid, "no configuration can be written for router type %q; there are %s", identifier, strings.Join(names, ", ")).
		Coded("E-ROUTER-TYPE", "").In("routerTypeIdentifier")
}

// A line is an interface as the customer's router sees it: with one session or
// two, one of each address family.
type line struct {
	ID     demarc.VirtualInterfaceID
	Suffix string
	VLAN   demarc.VLAN
	MTU    int
	// LocalASN is the ASN of the router's BGP process, NeighborASN is ours.
	LocalASN    demarc.ASN
	NeighborASN demarc.ASN
	// RouterID is the customer's IPv4 address on the line, or made up.
	RouterID netip.Addr
	MadeUp   bool
	// V4 and V6 are nil where there is no such session.
	V4, V6 *session
}

// Sessions are those that there are, IPv4 first.
func (l line) Sessions() []*session {
	return slices.DeleteFunc([]*session{l.V4, l.V6}, func(s *session) bool { return s == nil })
}

// A session is one BGP session as the customer's router sees it.
type session struct {
	Family demarc.AddressFamily
	// Local is the customer's end, Neighbor is ours.
	Local    netip.Prefix
	Neighbor netip.Addr
	Key      string
	// LocalAS is the customer's ASN in this session where it is not that of
	// the process, and 0 where it is.
	LocalAS demarc.ASN
	asn     demarc.ASN
}

// Subnet is what the two ends share.
func (s session) Subnet() netip.Prefix { return s.Local.Masked() }

// Netmask is the mask in dotted form, as IOS wants it for IPv4.
func (s session) Netmask() netip.Addr {
	mask := ^uint32(0) << (32 - s.Local.Bits())
	return netip.AddrFrom4([4]byte{byte(mask >> 24), byte(mask >> 16), byte(mask >> 8), byte(mask)})
}

func read(v demarc.VirtualInterface) (line, error) {
	l := line{ID: v.ID, Suffix: v.ID.Suffix(), VLAN: v.VLAN, MTU: v.MTU, NeighborASN: v.GatewayASN, V4: sessionOf(v, demarc.IPv4), V6: sessionOf(v, demarc.IPv6)}
	switch {
	case l.V4 == nil && l.V6 == nil:
		return line{}, demarc.Errorf(demarc.Conflict, "virtual interface %s has no BGP peer to configure", v.ID).Coded("E-PEER-UNKNOWN", "Create one first").In("virtualInterfaceId")
	case l.V4 == nil:
		l.LocalASN, l.RouterID, l.MadeUp = l.V6.asn, madeUp(v.ID), true
	default:
		l.LocalASN, l.RouterID = l.V4.asn, l.V4.Local.Addr()
		if l.V6 != nil && l.V6.asn != l.LocalASN {
			l.V6.LocalAS = l.V6.asn
		}
	}
	return l, nil
}

// madeUp is a BGP identifier for a router that has no IPv4 address here. It
// has to be unlike others' in the customer's own network (RFC 6286).
func madeUp(id demarc.VirtualInterfaceID) netip.Addr {
	h := fnv.New32a()
	h.Write([]byte(id))
	sum := h.Sum32()
	return netip.AddrFrom4([4]byte{10, byte(sum >> 16), byte(sum >> 8), byte(sum)})
}

func sessionOf(v demarc.VirtualInterface, family demarc.AddressFamily) *session {
	p, ok := peer(v, family)
	if !ok {
		return nil
	}
	return &session{Family: family, Local: p.CustomerAddress, Neighbor: p.AmazonAddress.Addr(), Key: p.Key.Reveal(), asn: p.ASN}
}

// peer is the session of a family; one that is being deleted is left out at
// once.
func peer(v demarc.VirtualInterface, family demarc.AddressFamily) (demarc.BGPPeer, bool) {
	i := slices.IndexFunc(v.Peers, func(p demarc.BGPPeer) bool { return p.Family == family && p.State != demarc.PeerDeleting })
	if i < 0 {
		return demarc.BGPPeer{}, false
	}
	return v.Peers[i], true
}
