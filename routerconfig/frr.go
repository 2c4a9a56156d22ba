package routerconfig

import "text/template"

// frr needs no "no bgp ebgp-requires-policy" (RFC 8212), since there is a
// policy in both directions. The one outwards passes only what begins here
// (an empty AS path), so what the operator adds by "network" is announced as
// well. Graceful restart is left as FRR has it: it helps us over a restart.
//
// What costs time at first is said here: the lists stand before their use,
// since a route map that comes later is taken up only five seconds later; the
// first update waits 100 ms for others to go with it, not a second; and five
// seconds lie between two attempts to connect, not 120.
var frr = template.Must(template.New("FRR").Parse(`! Direct Connect virtual interface {{.ID}}, VLAN {{.VLAN}}. For FRR 8 and later,
! as frr.conf of zebra and bgpd. The cross-connect ends at eth0. Linux makes the
! tagged interface, FRR gives it its address:
!   ip link add link eth0 name eth0.{{.VLAN}} type vlan id {{.VLAN}}
!   ip link set dev eth0.{{.VLAN}} mtu {{.MTU}} up
!
frr defaults traditional
!
interface eth0.{{.VLAN}}
 description Direct Connect {{.ID}}
 ip address {{.Local}}
exit
!
! Announced: the networks connected to this router, without the line itself.
ip prefix-list DX-{{.Suffix}}-CONNECTED seq 10 deny {{.Subnet}} le 32
ip prefix-list DX-{{.Suffix}}-CONNECTED seq 20 deny 169.254.0.0/16 le 32
ip prefix-list DX-{{.Suffix}}-CONNECTED seq 30 deny 127.0.0.0/8 le 32
ip prefix-list DX-{{.Suffix}}-CONNECTED seq 40 permit 0.0.0.0/0 le 32
!
bgp as-path access-list DX-{{.Suffix}}-OWN seq 10 permit ^$
!
route-map DX-{{.Suffix}}-CONNECTED permit 10
 match ip address prefix-list DX-{{.Suffix}}-CONNECTED
exit
!
route-map DX-{{.Suffix}}-IN permit 10
exit
!
route-map DX-{{.Suffix}}-OUT permit 10
 match as-path DX-{{.Suffix}}-OWN
exit
!
router bgp {{.LocalASN}}
 bgp router-id {{.Local.Addr}}
 bgp log-neighbor-changes
 coalesce-time 100
 neighbor {{.Neighbor}} remote-as {{.NeighborASN}}
 neighbor {{.Neighbor}} description Direct Connect {{.ID}}
 neighbor {{.Neighbor}} password {{.Key}}
 neighbor {{.Neighbor}} timers 30 90
 neighbor {{.Neighbor}} timers connect 5
 !
 address-family ipv4 unicast
  redistribute connected route-map DX-{{.Suffix}}-CONNECTED
  neighbor {{.Neighbor}} activate
  neighbor {{.Neighbor}} soft-reconfiguration inbound
  neighbor {{.Neighbor}} route-map DX-{{.Suffix}}-IN in
  neighbor {{.Neighbor}} route-map DX-{{.Suffix}}-OUT out
  maximum-paths 16
 exit-address-family
exit
!
`))
