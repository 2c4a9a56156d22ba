package routerconfig

import (
	"strings"
	"text/template"
)

// junos is in set commands, for the prompt of configuration mode. A string in
// quotation marks takes a backslash for the beginning of an escape.
var junos = template.Must(template.New("JunOS").Funcs(template.FuncMap{
	"quote": func(s string) string { return `"` + strings.ReplaceAll(s, `\`, `\\`) + `"` },
}).Parse(`# Direct Connect virtual interface {{.ID}}, VLAN {{.VLAN}}.
# Replace ge-0/0/1 by the interface of the cross-connect.
set interfaces ge-0/0/1 flexible-vlan-tagging
set interfaces ge-0/0/1 mtu {{.FrameSize}}
set interfaces ge-0/0/1 unit {{.VLAN}} description "Direct Connect {{.ID}}"
set interfaces ge-0/0/1 unit {{.VLAN}} vlan-id {{.VLAN}}
{{with .V4}}set interfaces ge-0/0/1 unit {{$.VLAN}} family inet mtu {{$.MTU}}
set interfaces ge-0/0/1 unit {{$.VLAN}} family inet address {{.Local}}
{{end}}{{with .V6}}set interfaces ge-0/0/1 unit {{$.VLAN}} family inet6 mtu {{$.MTU}}
set interfaces ge-0/0/1 unit {{$.VLAN}} family inet6 address {{.Local}}
{{end}}
# Announced: the networks connected to this router, without the line itself.
{{with .V4}}set policy-options policy-statement DX-{{$.Suffix}}-OUT term line from route-filter {{.Subnet}} orlonger
set policy-options policy-statement DX-{{$.Suffix}}-OUT term line from route-filter 169.254.0.0/16 orlonger
set policy-options policy-statement DX-{{$.Suffix}}-OUT term line then reject
set policy-options policy-statement DX-{{$.Suffix}}-OUT term connected from protocol direct
set policy-options policy-statement DX-{{$.Suffix}}-OUT term connected then accept
set policy-options policy-statement DX-{{$.Suffix}}-OUT then reject
{{end}}{{with .V6}}set policy-options policy-statement DX-{{$.Suffix}}-OUT6 term line from route-filter {{.Subnet}} orlonger
set policy-options policy-statement DX-{{$.Suffix}}-OUT6 term line from route-filter fe80::/10 orlonger
set policy-options policy-statement DX-{{$.Suffix}}-OUT6 term line then reject
set policy-options policy-statement DX-{{$.Suffix}}-OUT6 term connected from protocol direct
set policy-options policy-statement DX-{{$.Suffix}}-OUT6 term connected then accept
set policy-options policy-statement DX-{{$.Suffix}}-OUT6 then reject
{{end}}
set routing-options autonomous-system {{.LocalASN}}
{{if .MadeUp}}# The router ID is made up: put in one of your own.
set routing-options router-id {{.RouterID}}
{{end}}set protocols bgp group DX-{{.Suffix}} type external
set protocols bgp group DX-{{.Suffix}} local-as {{.LocalASN}}
set protocols bgp group DX-{{.Suffix}} peer-as {{.NeighborASN}}
set protocols bgp group DX-{{.Suffix}} hold-time 90
set protocols bgp group DX-{{.Suffix}} multipath
{{with .V4}}set protocols bgp group DX-{{$.Suffix}} export DX-{{$.Suffix}}-OUT
set protocols bgp group DX-{{$.Suffix}} neighbor {{.Neighbor}} description "Direct Connect {{$.ID}}"
set protocols bgp group DX-{{$.Suffix}} neighbor {{.Neighbor}} local-address {{.Local.Addr}}
set protocols bgp group DX-{{$.Suffix}} neighbor {{.Neighbor}} authentication-key {{quote .Key}}
{{end}}{{with .V6}}set protocols bgp group DX-{{$.Suffix}} neighbor {{.Neighbor}} family inet6 unicast
set protocols bgp group DX-{{$.Suffix}} neighbor {{.Neighbor}} export DX-{{$.Suffix}}-OUT6
{{if .LocalAS}}set protocols bgp group DX-{{$.Suffix}} neighbor {{.Neighbor}} local-as {{.LocalAS}} no-prepend-global-as
{{end}}set protocols bgp group DX-{{$.Suffix}} neighbor {{.Neighbor}} description "Direct Connect {{$.ID}}"
set protocols bgp group DX-{{$.Suffix}} neighbor {{.Neighbor}} local-address {{.Local.Addr}}
set protocols bgp group DX-{{$.Suffix}} neighbor {{.Neighbor}} authentication-key {{quote .Key}}
{{end}}`))

// FrameSize is the MTU with the Ethernet header and up to two tags, which Junos
// counts: 1522 for 1500.
func (l line) FrameSize() int { return l.MTU + 22 }
