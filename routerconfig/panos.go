package routerconfig

import (
	"strings"
	"text/template"
)

// panos is in set commands of configuration mode. The zone and the virtual
// router are the site's, so they are called as PAN-OS calls its first ones.
var panos = template.Must(template.New("PAN-OS").Funcs(template.FuncMap{
	"quote": func(s string) string { return `"` + strings.ReplaceAll(s, `\`, `\\`) + `"` },
}).Parse(`# Direct Connect virtual interface {{.ID}}, VLAN {{.VLAN}}.
# Replace ethernet1/1 by the interface of the cross-connect, and the zone trust
# and the virtual router default by your own.
set network interface ethernet ethernet1/1 layer3 units ethernet1/1.{{.VLAN}} tag {{.VLAN}}
{{with .V4}}set network interface ethernet ethernet1/1 layer3 units ethernet1/1.{{$.VLAN}} ip {{.Local}}
{{end}}{{with .V6}}set network interface ethernet ethernet1/1 layer3 units ethernet1/1.{{$.VLAN}} ipv6 enabled yes
set network interface ethernet ethernet1/1 layer3 units ethernet1/1.{{$.VLAN}} ipv6 address {{.Local}} enable-on-interface yes
{{end}}set network interface ethernet ethernet1/1 layer3 units ethernet1/1.{{$.VLAN}} mtu {{.MTU}}
set network interface ethernet ethernet1/1 layer3 units ethernet1/1.{{$.VLAN}} comment "Direct Connect {{.ID}}"
set zone trust network layer3 ethernet1/1.{{.VLAN}}
set network virtual-router default interface ethernet1/1.{{.VLAN}}
{{if .V4}}set network virtual-router default protocol redist-profile DX-{{.Suffix}} filter type connect
set network virtual-router default protocol redist-profile DX-{{.Suffix}} priority 1
set network virtual-router default protocol redist-profile DX-{{.Suffix}} action redist
{{end}}{{if .V6}}set network virtual-router default protocol redist-profile-ipv6 DX-{{.Suffix}}-6 filter type connect
set network virtual-router default protocol redist-profile-ipv6 DX-{{.Suffix}}-6 priority 1
set network virtual-router default protocol redist-profile-ipv6 DX-{{.Suffix}}-6 action redist
{{end}}{{if .MadeUp}}# The router ID is made up: put in one of your own.
{{end}}set network virtual-router default protocol bgp enable yes
set network virtual-router default protocol bgp router-id {{.RouterID}}
set network virtual-router default protocol bgp local-as {{.LocalASN}}
set network virtual-router default protocol bgp install-route yes
set network virtual-router default protocol bgp routing-options as-format 4-byte
{{with .V4}}set network virtual-router default protocol bgp auth-profile DX-{{$.Suffix}} secret {{quote .Key}}
set network virtual-router default protocol bgp redist-rules DX-{{$.Suffix}} enable yes
set network virtual-router default protocol bgp redist-rules DX-{{$.Suffix}} address-family-identifier ipv4
{{end}}{{with .V6}}set network virtual-router default protocol bgp auth-profile DX-{{$.Suffix}}-6 secret {{quote .Key}}
set network virtual-router default protocol bgp redist-rules DX-{{$.Suffix}}-6 enable yes
set network virtual-router default protocol bgp redist-rules DX-{{$.Suffix}}-6 address-family-identifier ipv6
{{end}}set network virtual-router default protocol bgp peer-group DX-{{.Suffix}} enable yes
set network virtual-router default protocol bgp peer-group DX-{{.Suffix}} type ebgp
{{with .V4}}set network virtual-router default protocol bgp peer-group DX-{{$.Suffix}} peer {{$.ID}} enable yes
set network virtual-router default protocol bgp peer-group DX-{{$.Suffix}} peer {{$.ID}} peer-as {{$.NeighborASN}}
set network virtual-router default protocol bgp peer-group DX-{{$.Suffix}} peer {{$.ID}} local-address interface ethernet1/1.{{$.VLAN}}
set network virtual-router default protocol bgp peer-group DX-{{$.Suffix}} peer {{$.ID}} local-address ip {{.Local}}
set network virtual-router default protocol bgp peer-group DX-{{$.Suffix}} peer {{$.ID}} peer-address ip {{.Neighbor}}
set network virtual-router default protocol bgp peer-group DX-{{$.Suffix}} peer {{$.ID}} connection-options authentication DX-{{$.Suffix}}
set network virtual-router default protocol bgp peer-group DX-{{$.Suffix}} peer {{$.ID}} connection-options keep-alive-interval 30
set network virtual-router default protocol bgp peer-group DX-{{$.Suffix}} peer {{$.ID}} connection-options hold-time 90
set network virtual-router default protocol bgp policy export rules DX-{{$.Suffix}}-LINE enable yes
set network virtual-router default protocol bgp policy export rules DX-{{$.Suffix}}-LINE used-by DX-{{$.Suffix}}
set network virtual-router default protocol bgp policy export rules DX-{{$.Suffix}}-LINE match address-prefix {{.Subnet}} exact yes
set network virtual-router default protocol bgp policy export rules DX-{{$.Suffix}}-LINE action deny
{{end}}{{with .V6}}{{if .LocalAS}}# PAN-OS has one ASN for all its sessions, and this one expects {{.LocalAS}}: have
# the BGP peer created anew with ASN {{$.LocalASN}}.
{{end}}set network virtual-router default protocol bgp peer-group DX-{{$.Suffix}} peer {{$.ID}}-6 enable yes
set network virtual-router default protocol bgp peer-group DX-{{$.Suffix}} peer {{$.ID}}-6 address-family-identifier ipv6
set network virtual-router default protocol bgp peer-group DX-{{$.Suffix}} peer {{$.ID}}-6 enable-mp-bgp yes
set network virtual-router default protocol bgp peer-group DX-{{$.Suffix}} peer {{$.ID}}-6 subsequent-address-family-identifier unicast yes
set network virtual-router default protocol bgp peer-group DX-{{$.Suffix}} peer {{$.ID}}-6 peer-as {{$.NeighborASN}}
set network virtual-router default protocol bgp peer-group DX-{{$.Suffix}} peer {{$.ID}}-6 local-address interface ethernet1/1.{{$.VLAN}}
set network virtual-router default protocol bgp peer-group DX-{{$.Suffix}} peer {{$.ID}}-6 local-address ip {{.Local}}
set network virtual-router default protocol bgp peer-group DX-{{$.Suffix}} peer {{$.ID}}-6 peer-address ip {{.Neighbor}}
set network virtual-router default protocol bgp peer-group DX-{{$.Suffix}} peer {{$.ID}}-6 connection-options authentication DX-{{$.Suffix}}-6
set network virtual-router default protocol bgp peer-group DX-{{$.Suffix}} peer {{$.ID}}-6 connection-options keep-alive-interval 30
set network virtual-router default protocol bgp peer-group DX-{{$.Suffix}} peer {{$.ID}}-6 connection-options hold-time 90
set network virtual-router default protocol bgp policy export rules DX-{{$.Suffix}}-LINE6 enable yes
set network virtual-router default protocol bgp policy export rules DX-{{$.Suffix}}-LINE6 used-by DX-{{$.Suffix}}
set network virtual-router default protocol bgp policy export rules DX-{{$.Suffix}}-LINE6 match address-prefix {{.Subnet}} exact yes
set network virtual-router default protocol bgp policy export rules DX-{{$.Suffix}}-LINE6 action deny
{{end}}set network virtual-router default protocol bgp policy export rules DX-{{.Suffix}}-OWN enable yes
set network virtual-router default protocol bgp policy export rules DX-{{.Suffix}}-OWN used-by DX-{{.Suffix}}
set network virtual-router default protocol bgp policy export rules DX-{{.Suffix}}-OWN match as-path regex "^$"
set network virtual-router default protocol bgp policy export rules DX-{{.Suffix}}-OWN action allow
`))
