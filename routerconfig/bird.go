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
	"of": func(l line, s *session) any {
		return struct {
			Line    line
			Session *session
		}{l, s}
	},
}).Parse(`# Direct Connect virtual interface {{.ID}}, VLAN {{.VLAN}}. For BIRD 2, as
# bird.conf. The cross-connect ends at eth0. BIRD configures no interfaces, so
# this comes first:
#   ip link add link eth0 name eth0.{{.VLAN}} type vlan id {{.VLAN}}
#   ip link set dev eth0.{{.VLAN}} mtu {{.MTU}} up
{{range .Sessions}}#   ip address add {{.Local}} dev eth0.{{$.VLAN}}
{{end}}{{if .MadeUp}}# The router ID is made up: put in one of your own.
{{end}}
router id {{.RouterID}};

protocol device {
}

protocol direct {
{{if .V4}}	ipv4;
{{end}}{{if .V6}}	ipv6;
{{end}}}
{{if .V4}}
protocol kernel {
	merge paths on limit 16;
	ipv4 {
		import none;
		export where source = RTS_BGP;
	};
}
{{end}}{{if .V6}}
protocol kernel {
	merge paths on limit 16;
	ipv6 {
		import none;
		export where source = RTS_BGP;
	};
}
{{end}}
# Without BFD a line that fell silent is noticed after 90 s, with it after 0.9 s.
protocol bfd {
	interface "eth0.{{.VLAN}}" {
		min rx interval 300 ms;
		min tx interval 300 ms;
		multiplier 3;
	};
}

# Announced: the networks connected to this router and its static routes,
# without the line itself.
{{with .V4}}filter {{symbol $.Suffix}}_out {
	if net ~ [ {{.Subnet}}+, 169.254.0.0/16+, 127.0.0.0/8+ ] then reject;
	if source ~ [ RTS_DEVICE, RTS_STATIC ] then accept;
	reject;
}

protocol bgp {{symbol $.Suffix}} {
	description "Direct Connect {{$.ID}}";
	local {{.Local.Addr}} as {{$.LocalASN}};
{{template "session" (of $ .)}}	ipv4 {
		import all;
		export filter {{symbol $.Suffix}}_out;
	};
}
{{end}}{{with .V6}}{{if $.V4}}
{{end}}filter {{symbol $.Suffix}}_out6 {
	if net ~ [ {{.Subnet}}+, fe80::/10+, ::1/128 ] then reject;
	if source ~ [ RTS_DEVICE, RTS_STATIC ] then accept;
	reject;
}

protocol bgp {{symbol $.Suffix}}_6 {
	description "Direct Connect {{$.ID}}";
	local {{.Local.Addr}} as {{or .LocalAS $.LocalASN}};
{{template "session" (of $ .)}}	ipv6 {
		import all;
		export filter {{symbol $.Suffix}}_out6;
	};
}
{{end}}{{define "session"}}	neighbor {{.Session.Neighbor}} as {{.Line.NeighborASN}};
	password "{{.Session.Key}}";
	hold time 90;
	keepalive time 30;
	connect delay time 1;
	connect retry time 5;
	error wait time 5, 30;
	graceful restart aware;
	bfd on;
{{end}}`))
