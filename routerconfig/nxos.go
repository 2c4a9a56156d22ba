package routerconfig

import "text/template"

// nxos is a trunk and a VLAN interface, as switches have it. The one thing to
// edit is the port of the cross-connect.
var nxos = template.Must(template.New("NX-OS").Parse(`! Direct Connect virtual interface {{.ID}}, VLAN {{.VLAN}}.
! Replace Ethernet1/1 by the port of the cross-connect.
!
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
  ip address {{.Local}}
  no shutdown
!
! Announced: the networks connected to this router, without the line itself.
ip prefix-list DX-{{.Suffix}}-CONNECTED seq 10 deny {{.Subnet}} le 32
ip prefix-list DX-{{.Suffix}}-CONNECTED seq 20 deny 169.254.0.0/16 le 32
ip prefix-list DX-{{.Suffix}}-CONNECTED seq 30 permit 0.0.0.0/0 le 32
!
route-map DX-{{.Suffix}}-CONNECTED permit 10
  match ip address prefix-list DX-{{.Suffix}}-CONNECTED
!
ip as-path access-list DX-{{.Suffix}}-OWN seq 10 permit "^$"
!
route-map DX-{{.Suffix}}-OUT permit 10
  match as-path DX-{{.Suffix}}-OWN
!
router bgp {{.LocalASN}}
  router-id {{.Local.Addr}}
  log-neighbor-changes
  address-family ipv4 unicast
    redistribute direct route-map DX-{{.Suffix}}-CONNECTED
    maximum-paths 16
  neighbor {{.Neighbor}}
    remote-as {{.NeighborASN}}
    description Direct Connect {{.ID}}
    password 0 {{.Key}}
    timers 30 90
    address-family ipv4 unicast
      soft-reconfiguration inbound always
      route-map DX-{{.Suffix}}-OUT out
!
`))
