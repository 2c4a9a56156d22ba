package routerconfig

import (
	"strings"
	"text/template"
)

// bird passes static routes on besides the connected ones: they are written
// by the operator, who means them. The short waits are for the same reason as
// FRR's.
var bird = template.Must(template.New("BIRD").Funcs(template.FuncMap{
	// symbol makes an identifier that BIRD's names may contain.
	"symbol": func(suffix string) string { return "dx_" + strings.ReplaceAll(suffix, "-", "_") },
}).Parse(`# Direct Connect virtual interface {{.ID}}, VLAN {{.VLAN}}. For BIRD 2, as
# bird.conf. The cross-connect ends at eth0. BIRD configures no interfaces, so
# this comes first:
#   ip link add link eth0 name eth0.{{.VLAN}} type vlan id {{.VLAN}}
#   ip link set dev eth0.{{.VLAN}} mtu {{.MTU}} up
#   ip address add {{.Local}} dev eth0.{{.VLAN}}

router id {{.Local.Addr}};

protocol device {
}

protocol direct {
	ipv4;
}

protocol kernel {
	merge paths on limit 16;
	ipv4 {
		import none;
		export where source = RTS_BGP;
	};
}

# Announced: the networks connected to this router and its static routes,
# without the line itself.
filter {{symbol .Suffix}}_out {
	if net ~ [ {{.Subnet}}+, 169.254.0.0/16+, 127.0.0.0/8+ ] then reject;
	if source ~ [ RTS_DEVICE, RTS_STATIC ] then accept;
	reject;
}

protocol bgp {{symbol .Suffix}} {
	description "Direct Connect {{.ID}}";
	local {{.Local.Addr}} as {{.LocalASN}};
	neighbor {{.Neighbor}} as {{.NeighborASN}};
	password "{{.Key}}";
	hold time 90;
	keepalive time 30;
	connect delay time 1;
	connect retry time 5;
	error wait time 5, 30;
	graceful restart aware;
	ipv4 {
		import all;
		export filter {{symbol .Suffix}}_out;
	};
}
`))
