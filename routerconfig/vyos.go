package routerconfig

import (
	"strings"
	"text/template"
)

// vyos is in set commands of configuration mode, which is a shell: quoted as
// one.
var vyos = template.Must(template.New("VyOS").Funcs(template.FuncMap{
	"quote": func(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" },
}).Parse(`# Direct Connect virtual interface {{.ID}}, VLAN {{.VLAN}}. For VyOS 1.4 and later.
# Replace eth0 by the interface of the cross-connect.
set interfaces ethernet eth0 mtu '{{.MTU}}'
{{range .Sessions}}set interfaces ethernet eth0 vif {{$.VLAN}} address '{{.Local}}'
{{end}}set interfaces ethernet eth0 vif {{.VLAN}} description 'Direct Connect {{.ID}}'
set interfaces ethernet eth0 vif {{.VLAN}} mtu '{{.MTU}}'

# Announced: the networks connected to this router, without the line itself.
{{with .V4}}set policy prefix-list DX-{{$.Suffix}}-CONNECTED rule 10 action 'deny'
set policy prefix-list DX-{{$.Suffix}}-CONNECTED rule 10 prefix '{{.Subnet}}'
set policy prefix-list DX-{{$.Suffix}}-CONNECTED rule 10 le '32'
set policy prefix-list DX-{{$.Suffix}}-CONNECTED rule 20 action 'deny'
set policy prefix-list DX-{{$.Suffix}}-CONNECTED rule 20 prefix '169.254.0.0/16'
set policy prefix-list DX-{{$.Suffix}}-CONNECTED rule 20 le '32'
set policy prefix-list DX-{{$.Suffix}}-CONNECTED rule 30 action 'permit'
set policy prefix-list DX-{{$.Suffix}}-CONNECTED rule 30 prefix '0.0.0.0/0'
set policy prefix-list DX-{{$.Suffix}}-CONNECTED rule 30 le '32'
{{end}}{{with .V6}}set policy prefix-list6 DX-{{$.Suffix}}-CONNECTED6 rule 10 action 'deny'
set policy prefix-list6 DX-{{$.Suffix}}-CONNECTED6 rule 10 prefix '{{.Subnet}}'
set policy prefix-list6 DX-{{$.Suffix}}-CONNECTED6 rule 10 le '128'
set policy prefix-list6 DX-{{$.Suffix}}-CONNECTED6 rule 20 action 'deny'
set policy prefix-list6 DX-{{$.Suffix}}-CONNECTED6 rule 20 prefix 'fe80::/10'
set policy prefix-list6 DX-{{$.Suffix}}-CONNECTED6 rule 20 le '128'
set policy prefix-list6 DX-{{$.Suffix}}-CONNECTED6 rule 30 action 'permit'
set policy prefix-list6 DX-{{$.Suffix}}-CONNECTED6 rule 30 prefix '::/0'
set policy prefix-list6 DX-{{$.Suffix}}-CONNECTED6 rule 30 le '128'
{{end}}set policy as-path-list DX-{{.Suffix}}-OWN rule 10 action 'permit'
set policy as-path-list DX-{{.Suffix}}-OWN rule 10 regex '^$'
{{if .V4}}set policy route-map DX-{{.Suffix}}-CONNECTED rule 10 action 'permit'
set policy route-map DX-{{.Suffix}}-CONNECTED rule 10 match ip address prefix-list 'DX-{{.Suffix}}-CONNECTED'
{{end}}{{if .V6}}set policy route-map DX-{{.Suffix}}-CONNECTED6 rule 10 action 'permit'
set policy route-map DX-{{.Suffix}}-CONNECTED6 rule 10 match ipv6 address prefix-list 'DX-{{.Suffix}}-CONNECTED6'
{{end}}set policy route-map DX-{{.Suffix}}-OUT rule 10 action 'permit'
set policy route-map DX-{{.Suffix}}-OUT rule 10 match as-path 'DX-{{.Suffix}}-OWN'

set protocols bgp system-as '{{.LocalASN}}'
{{if .MadeUp}}# The router ID is made up: put in one of your own.
{{end}}set protocols bgp parameters router-id '{{.RouterID}}'
{{if .V4}}set protocols bgp address-family ipv4-unicast redistribute connected route-map 'DX-{{.Suffix}}-CONNECTED'
set protocols bgp address-family ipv4-unicast maximum-paths ebgp '16'
{{end}}{{if .V6}}set protocols bgp address-family ipv6-unicast redistribute connected route-map 'DX-{{.Suffix}}-CONNECTED6'
set protocols bgp address-family ipv6-unicast maximum-paths ebgp '16'
{{end}}{{range .Sessions}}set protocols bgp neighbor {{.Neighbor}} remote-as '{{$.NeighborASN}}'
{{if .LocalAS}}set protocols bgp neighbor {{.Neighbor}} local-as {{.LocalAS}} no-prepend replace-as
{{end}}set protocols bgp neighbor {{.Neighbor}} description 'Direct Connect {{$.ID}}'
set protocols bgp neighbor {{.Neighbor}} password {{quote .Key}}
set protocols bgp neighbor {{.Neighbor}} timers keepalive '30'
set protocols bgp neighbor {{.Neighbor}} timers holdtime '90'
set protocols bgp neighbor {{.Neighbor}} timers connect '5'
set protocols bgp neighbor {{.Neighbor}} address-family {{.Family}}-unicast soft-reconfiguration inbound
set protocols bgp neighbor {{.Neighbor}} address-family {{.Family}}-unicast route-map export 'DX-{{$.Suffix}}-OUT'
{{end}}`))
