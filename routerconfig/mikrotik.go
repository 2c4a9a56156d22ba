package routerconfig

import (
	"strings"
	"text/template"
)

// mikrotik is for the prompt of RouterOS 7. In a string a backslash, a dollar
// sign and a question mark have a meaning of their own.
var mikrotik = template.Must(template.New("RouterOS").Funcs(template.FuncMap{
	"quote": func(s string) string {
		return `"` + strings.NewReplacer(`\`, `\\`, `$`, `\$`, `?`, `\?`).Replace(s) + `"`
	},
}).Parse(`# Direct Connect virtual interface {{.ID}}, VLAN {{.VLAN}}. For RouterOS 7.
# Replace ether1 by the interface of the cross-connect.
/interface ethernet set [find default-name=ether1] mtu={{.MTU}} l2mtu={{.FrameSize}}
/interface vlan add name=dx-{{.Suffix}} interface=ether1 vlan-id={{.VLAN}} mtu={{.MTU}} comment="Direct Connect {{.ID}}"
{{with .V4}}/ip address add address={{.Local}} interface=dx-{{$.Suffix}}
{{end}}{{with .V6}}/ipv6 address add address={{.Local}} interface=dx-{{$.Suffix}} advertise=no
{{end}}
# Announced: the networks connected to this router, without the line itself.
{{with .V4}}/routing filter rule add chain=dx-{{$.Suffix}}-out rule="if (dst in {{.Subnet}} || dst in 169.254.0.0/16) { reject }"
/routing filter rule add chain=dx-{{$.Suffix}}-out rule="if (protocol connected) { accept }"
/routing filter rule add chain=dx-{{$.Suffix}}-out rule="reject"
{{end}}{{with .V6}}/routing filter rule add chain=dx-{{$.Suffix}}-out6 rule="if (dst in {{.Subnet}} || dst in fe80::/10) { reject }"
/routing filter rule add chain=dx-{{$.Suffix}}-out6 rule="if (protocol connected) { accept }"
/routing filter rule add chain=dx-{{$.Suffix}}-out6 rule="reject"
{{end}}{{if .MadeUp}}# The router ID is made up: put in one of your own.
{{end}}
{{with .V4}}/routing bgp connection add name=dx-{{$.Suffix}} as={{$.LocalASN}} router-id={{$.RouterID}} \
    local.address={{.Local.Addr}} local.role=ebgp \
    remote.address={{.Neighbor}} remote.as={{$.NeighborASN}} \
    tcp-md5-key={{quote .Key}} hold-time=90s keepalive-time=30s \
    output.redistribute=connected output.filter-chain=dx-{{$.Suffix}}-out
{{end}}{{with .V6}}/routing bgp connection add name=dx-{{$.Suffix}}-6 as={{or .LocalAS $.LocalASN}} router-id={{$.RouterID}} \
    address-families=ipv6 local.address={{.Local.Addr}} local.role=ebgp \
    remote.address={{.Neighbor}} remote.as={{$.NeighborASN}} \
    tcp-md5-key={{quote .Key}} hold-time=90s keepalive-time=30s \
    output.redistribute=connected output.filter-chain=dx-{{$.Suffix}}-out6
{{end}}`))
