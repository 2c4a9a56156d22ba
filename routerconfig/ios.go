package routerconfig

import "text/template"

// ios is for routers whose interface towards us we cannot know: it is the one
// thing to edit, and it stands at the top.
var ios = template.Must(template.New("IOS").Parse(`! Direct Connect virtual interface {{.ID}}, VLAN {{.VLAN}}.
! Replace GigabitEthernet0/1, twice, by the interface of the cross-connect.
{{if .MadeUp}}! The router ID is made up: put in one of your own.
{{end}}!
{{if .V6}}ipv6 unicast-routing
!
{{end}}interface GigabitEthernet0/1
{{if gt .MTU 1500}} mtu {{.MTU}}
{{end}} no ip address
 no shutdown
!
interface GigabitEthernet0/1.{{.VLAN}}
 description Direct Connect {{.ID}}
 encapsulation dot1Q {{.VLAN}}
{{with .V4}} ip address {{.Local.Addr}} {{.Netmask}}
{{end}}{{with .V6}} ipv6 address {{.Local}}
{{end}}!
router bgp {{.LocalASN}}
 bgp router-id {{.RouterID}}
 bgp log-neighbor-changes
{{range .Sessions}} neighbor {{.Neighbor}} remote-as {{$.NeighborASN}}
{{if .LocalAS}} neighbor {{.Neighbor}} local-as {{.LocalAS}} no-prepend replace-as
{{end}} neighbor {{.Neighbor}} description Direct Connect {{$.ID}}
 neighbor {{.Neighbor}} password {{.Key}}
 neighbor {{.Neighbor}} timers 30 90
{{end}} address-family ipv4
{{with .V4}}  redistribute connected route-map DX-{{$.Suffix}}-CONNECTED
  neighbor {{.Neighbor}} activate
  neighbor {{.Neighbor}} soft-reconfiguration inbound
  neighbor {{.Neighbor}} route-map DX-{{$.Suffix}}-OUT out
  maximum-paths 16
{{end}}{{with .V6}}  no neighbor {{.Neighbor}} activate
{{end}} exit-address-family
{{with .V6}} address-family ipv6
  redistribute connected route-map DX-{{$.Suffix}}-CONNECTED6
  neighbor {{.Neighbor}} activate
  neighbor {{.Neighbor}} soft-reconfiguration inbound
  neighbor {{.Neighbor}} route-map DX-{{$.Suffix}}-OUT out
  maximum-paths 16
 exit-address-family
{{end}}!
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
{{end}}! Only what begins here: IOS 12.4 has numbered lists only.
ip as-path access-list 99 permit ^$
!
route-map DX-{{.Suffix}}-OUT permit 10
 match as-path 99
!
`))
