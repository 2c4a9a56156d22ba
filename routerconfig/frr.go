package routerconfig

import "text/template"

// frr needs no "no bgp ebgp-requires-policy" (RFC 8212), since there is a
// policy in both directions. The one outwards passes only what begins here
// (an empty AS path), so what the operator adds by "network" is announced as
// well. A session over IPv6 carries IPv6 alone, though FRR would add IPv4.
// Graceful restart is left as FRR has it: it helps us over a restart.
//
// What costs time at first is said here: the lists stand before their use,
// since a route map that comes later is taken up only five seconds later; the
// first update waits 100 ms for others to go with it, not a second; and five
// seconds lie between two attempts to connect, not 120.
//
// BFD's block has no "exit", and stands before the first: a daemon that does
// not know a block takes its "exit" for the end of all, and bfdd knows no other
// than this.
var frr = template.Must(template.New("FRR").Parse(`! Direct Connect virtual interface {{.ID}}, VLAN {{.VLAN}}. For FRR 8 and later,
! as frr.conf of zebra, bfdd and bgpd. The cross-connect ends at eth0. Linux makes
! the tagged interface, FRR gives it its address:
!   ip link add link eth0 name eth0.{{.VLAN}} type vlan id {{.VLAN}}
!   ip link set dev eth0.{{.VLAN}} mtu {{.MTU}} up
{{if .MadeUp}}! The router ID is made up: put in one of your own.
{{end}}!
frr defaults traditional
!
! Without BFD a line that fell silent is noticed after 90 s, with it after 0.9 s.
bfd
 profile DX-{{.Suffix}}
  receive-interval 300
  transmit-interval 300
  detect-multiplier 3
!
interface eth0.{{.VLAN}}
 description Direct Connect {{.ID}}
{{with .V4}} ip address {{.Local}}
{{end}}{{with .V6}} ipv6 address {{.Local}}
{{end}}exit
!
! Announced: the networks connected to this router, without the line itself.
{{with .V4}}ip prefix-list DX-{{$.Suffix}}-CONNECTED seq 10 deny {{.Subnet}} le 32
ip prefix-list DX-{{$.Suffix}}-CONNECTED seq 20 deny 169.254.0.0/16 le 32
ip prefix-list DX-{{$.Suffix}}-CONNECTED seq 30 deny 127.0.0.0/8 le 32
ip prefix-list DX-{{$.Suffix}}-CONNECTED seq 40 permit 0.0.0.0/0 le 32
{{end}}{{with .V6}}ipv6 prefix-list DX-{{$.Suffix}}-CONNECTED6 seq 10 deny {{.Subnet}} le 128
ipv6 prefix-list DX-{{$.Suffix}}-CONNECTED6 seq 20 deny fe80::/10 le 128
ipv6 prefix-list DX-{{$.Suffix}}-CONNECTED6 seq 30 deny ::1/128
ipv6 prefix-list DX-{{$.Suffix}}-CONNECTED6 seq 40 permit ::/0 le 128
{{end}}!
bgp as-path access-list DX-{{.Suffix}}-OWN seq 10 permit ^$
!
{{if .V4}}route-map DX-{{.Suffix}}-CONNECTED permit 10
 match ip address prefix-list DX-{{.Suffix}}-CONNECTED
exit
!
{{end}}{{if .V6}}route-map DX-{{.Suffix}}-CONNECTED6 permit 10
 match ipv6 address prefix-list DX-{{.Suffix}}-CONNECTED6
exit
!
{{end}}route-map DX-{{.Suffix}}-IN permit 10
exit
!
route-map DX-{{.Suffix}}-OUT permit 10
 match as-path DX-{{.Suffix}}-OWN
exit
!
router bgp {{.LocalASN}}
 bgp router-id {{.RouterID}}
 bgp log-neighbor-changes
 coalesce-time 100
{{range .Sessions}} neighbor {{.Neighbor}} remote-as {{$.NeighborASN}}
{{if .LocalAS}} neighbor {{.Neighbor}} local-as {{.LocalAS}} no-prepend replace-as
{{end}} neighbor {{.Neighbor}} description Direct Connect {{$.ID}}
 neighbor {{.Neighbor}} password {{.Key}}
 neighbor {{.Neighbor}} timers 30 90
 neighbor {{.Neighbor}} timers connect 5
 neighbor {{.Neighbor}} bfd profile DX-{{$.Suffix}}
{{end}} !
 address-family ipv4 unicast
{{with .V4}}  redistribute connected route-map DX-{{$.Suffix}}-CONNECTED
  neighbor {{.Neighbor}} activate
  neighbor {{.Neighbor}} soft-reconfiguration inbound
  neighbor {{.Neighbor}} route-map DX-{{$.Suffix}}-IN in
  neighbor {{.Neighbor}} route-map DX-{{$.Suffix}}-OUT out
  maximum-paths 16
{{end}}{{with .V6}}  no neighbor {{.Neighbor}} activate
{{end}} exit-address-family
{{with .V6}} !
 address-family ipv6 unicast
  redistribute connected route-map DX-{{$.Suffix}}-CONNECTED6
  neighbor {{.Neighbor}} activate
  neighbor {{.Neighbor}} soft-reconfiguration inbound
  neighbor {{.Neighbor}} route-map DX-{{$.Suffix}}-IN in
  neighbor {{.Neighbor}} route-map DX-{{$.Suffix}}-OUT out
  maximum-paths 16
 exit-address-family
{{end}}exit
!
`))
