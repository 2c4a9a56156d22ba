package routerconfig

import (
	"encoding/xml"
	"fmt"

	"demarc"
)

// logicalConnection is AWS's document, element by element. The IPv6 elements
// are there only with an IPv6 peer.
type logicalConnection struct {
	XMLName       xml.Name                    `xml:"logical_connection"`
	ID            demarc.VirtualInterfaceID   `xml:"id,attr"`
	VLAN          demarc.VLAN                 `xml:"vlan"`
	Customer      string                      `xml:"customer_address,omitempty"`
	Amazon        string                      `xml:"amazon_address,omitempty"`
	ASN           demarc.ASN                  `xml:"bgp_asn,omitempty"`
	Key           string                      `xml:"bgp_auth_key,omitempty"`
	CustomerIPv6  string                      `xml:"ipv6_customer_address,omitempty"`
	AmazonIPv6    string                      `xml:"ipv6_amazon_address,omitempty"`
	ASNIPv6       demarc.ASN                  `xml:"ipv6_bgp_asn,omitempty"`
	KeyIPv6       string                      `xml:"ipv6_bgp_auth_key,omitempty"`
	GatewayASN    demarc.ASN                  `xml:"amazon_bgp_asn"`
	InterfaceType demarc.VirtualInterfaceType `xml:"connection_type"`
}

// XML writes the customerRouterConfig of the API: it ends in a newline.
func XML(v demarc.VirtualInterface) (string, error) {
	doc := logicalConnection{ID: v.ID, VLAN: v.VLAN, GatewayASN: v.GatewayASN, InterfaceType: v.Type}
	if p, ok := peer(v, demarc.IPv4); ok {
		doc.Customer, doc.Amazon, doc.ASN, doc.Key = p.CustomerAddress.String(), p.AmazonAddress.String(), p.ASN, p.Key.Reveal()
	}
	if p, ok := peer(v, demarc.IPv6); ok {
		doc.CustomerIPv6, doc.AmazonIPv6, doc.ASNIPv6, doc.KeyIPv6 = p.CustomerAddress.String(), p.AmazonAddress.String(), p.ASN, p.Key.Reveal()
	}
	out, err := xml.MarshalIndent(doc, "", "  ")
	if err != nil {
		return "", fmt.Errorf("write the router configuration of %s: %w", v.ID, err)
	}
	return xml.Header + string(out) + "\n", nil
}
