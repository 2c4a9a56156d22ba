package routerconfig

import "text/template"

// nxos is a trunk and a VLAN interface, as switches have it. The one thing to
// edit is the port of the cross-connect.
var nxos = template.Must(template.New("NX-OS").Parse(`! Direct Connect virtual interface {{.ID}}, VLAN {{.VLAN}}.
! Replace Ethernet1/1 by the port of the cross-connect.
{{if .MadeUp}}! The router ID is made up: put in one of your own.
{{end}}!
feature bgp
feature interface-vlan
!
vlan {{.VLAN}}
  name DX-{{.Suffix}}
!
interface Ethernet1/1
  switchport
  switchport mode trunk
  switchport trunk allowed vlan add {{.VLAN}}
{{if gt .MTU 1500}}  mtu 9216
{{end}}  no shutdown
!
interface Vlan{{.VLAN}}
  description Direct Connect {{.ID}}
  mtu {{.MTU}}
  no ip redirects
{{with .V4}}  ip address {{.Local}}
{{end}}{{with .V6}}  no ipv6 redirects
  ipv6 address {{.Local}}
{{end}}  no shutdown
!
! Announced: the networks connected to this router, without the line itself.
{{with .V4}}ip prefix-list DX-{{$.Suffix}}-CONNECTED seq 10 deny {{.Subnet}} le 32
ip prefix-list DX-{{$.Suffix}}-CONNECTED seq 20 deny 169.254.0.0/16 le 32
ip prefix-list DX-{{$.Suffix}}-CONNECTED seq 30 permit 0.0.0.0/0 le 32
!
route-map DX-{{$.Suffix}}-CONNECTED permit 10
  match ip address prefix-list DX-{{$.Suffix}}-CONNECTED
!
{{end}}{{with .V6}}ipv6 prefix-list DX-{{$.Suffix}}-CONNECTED6 seq 10 deny {{.Subnet}} le 128
ipv6 prefix-list DX-{{$.Suffix}}-CONNECTED6 seq 20 permit ::/0 le 128
!
route-map DX-{{$.Suffix}}-CONNECTED6 permit 10
  match ipv6 address prefix-list DX-{{$.Suffix}}-CONNECTED6
!
{{end}}ip as-path access-list DX-{{.Suffix}}-OWN seq 10 permit "^$"
!
route-map DX-{{.Suffix}}-OUT permit 10
  match as-path DX-{{.Suffix}}-OWN
!
router bgp {{.LocalASN}}
  router-id {{.RouterID}}
  log-neighbor-changes
{{if .V4}}  address-family ipv4 unicast
    redistribute direct route-map DX-{{.Suffix}}-CONNECTED
    maximum-paths 16
{{end}}{{if .V6}}  address-family ipv6 unicast
    redistribute direct route-map DX-{{.Suffix}}-CONNECTED6
    maximum-paths 16
{{end}}{{with .V4}}  neighbor {{.Neighbor}}
    remote-as {{$.NeighborASN}}
    description Direct Connect {{$.ID}}
    password 0 {{.Key}}
    timers 30 90
    address-family ipv4 unicast
      soft-reconfiguration inbound always
      route-map DX-{{$.Suffix}}-OUT out
{{end}}{{with .V6}}  neighbor {{.Neighbor}}
    remote-as {{$.NeighborASN}}
{{if .LocalAS}}    local-as {{.LocalAS}} no-prepend replace-as
{{end}}    description Direct Connect {{$.ID}}
    password 0 {{.Key}}
    timers 30 90
    address-family ipv6 unicast
      soft-reconfiguration inbound always
      route-map DX-{{$.Suffix}}-OUT out
{{end}}!
`))
