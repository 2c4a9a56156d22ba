package routerconfig

import "text/template"

// ios is for routers whose interface towards us we cannot know: it is the one
// thing to edit, and it stands at the top.
var ios = template.Must(template.New("IOS").Parse(`! Direct Connect virtual interface {{.ID}}, VLAN {{.VLAN}}.
! Replace GigabitEthernet0/1, twice, by the interface of the cross-connect.
!
interface GigabitEthernet0/1
{{if gt .MTU 1500}} mtu {{.MTU}}
{{end}} no ip address
 no shutdown
!
interface GigabitEthernet0/1.{{.VLAN}}
 description Direct Connect {{.ID}}
 encapsulation dot1Q {{.VLAN}}
 ip address {{.Local.Addr}} {{.Netmask}}
!
router bgp {{.LocalASN}}
 bgp router-id {{.Local.Addr}}
 bgp log-neighbor-changes
 neighbor {{.Neighbor}} remote-as {{.NeighborASN}}
 neighbor {{.Neighbor}} description Direct Connect {{.ID}}
 neighbor {{.Neighbor}} password {{.Key}}
 neighbor {{.Neighbor}} timers 30 90
 address-family ipv4
  redistribute connected route-map DX-{{.Suffix}}-CONNECTED
  neighbor {{.Neighbor}} activate
  neighbor {{.Neighbor}} soft-reconfiguration inbound
  neighbor {{.Neighbor}} route-map DX-{{.Suffix}}-OUT out
  maximum-paths 16
 exit-address-family
!
! Announced: the networks connected to this router, without the line itself.
ip prefix-list DX-{{.Suffix}}-CONNECTED seq 10 deny {{.Subnet}} le 32
ip prefix-list DX-{{.Suffix}}-CONNECTED seq 20 deny 169.254.0.0/16 le 32
ip prefix-list DX-{{.Suffix}}-CONNECTED seq 30 permit 0.0.0.0/0 le 32
!
route-map DX-{{.Suffix}}-CONNECTED permit 10
 match ip address prefix-list DX-{{.Suffix}}-CONNECTED
!
! Only what begins here: IOS 12.4 has numbered lists only.
ip as-path access-list 99 permit ^$
!
route-map DX-{{.Suffix}}-OUT permit 10
 match as-path 99
!
`))
