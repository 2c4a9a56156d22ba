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
/ip address add address={{.Local}} interface=dx-{{.Suffix}}

# Announced: the networks connected to this router, without the line itself.
/routing filter rule add chain=dx-{{.Suffix}}-out rule="if (dst in {{.Subnet}} || dst in 169.254.0.0/16) { reject }"
/routing filter rule add chain=dx-{{.Suffix}}-out rule="if (protocol connected) { accept }"
/routing filter rule add chain=dx-{{.Suffix}}-out rule="reject"

/routing bgp connection add name=dx-{{.Suffix}} as={{.LocalASN}} router-id={{.Local.Addr}} \
    local.address={{.Local.Addr}} local.role=ebgp \
    remote.address={{.Neighbor}} remote.as={{.NeighborASN}} \
    tcp-md5-key={{quote .Key}} hold-time=90s keepalive-time=30s \
    output.redistribute=connected output.filter-chain=dx-{{.Suffix}}-out
`))
