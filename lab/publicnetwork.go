package lab

import (
	"cmp"
	"context"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"time"

	"demarc/site"
)

// addPublicNetwork makes the internet the public network's router as well,
// where devices have uplinks into it: BIRD tells them the public prefixes and
// learns what customers announce. It waits for the devices, whose agents plug
// the cables in when they need them.
func (w *World) addPublicNetwork(s *site.Site) error {
	config := publicNetworkConfig(s)
	if config == "" {
		return nil
	}
	ns := w.internet.namespace
	for _, forwarding := range []string{"net/ipv6/conf/all/forwarding", "net/ipv4/ip_forward"} {
		if err := ns.Sysctl(forwarding, "1"); err != nil {
			return err
		}
	}
	dir := filepath.Join(w.runDir, w.internet.name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	w.public = &bird{namespace: ns, dir: dir}
	return w.public.Start(ctx, config)
}

// publicNetworkConfig is BIRD's configuration; empty for a site without public
// uplinks into its internet.
func publicNetworkConfig(s *site.Site) string {
	var sessions strings.Builder
	var id netip.Addr
	for _, loc := range s.Locations {
		for _, dev := range loc.Devices {
			if dev.Public == nil || dev.Public.Uplink != s.Lab.Internet.Name {
				continue
			}
			for _, r := range dev.Public.Routers {
				family := "ipv6"
				if r.Next.Is4() {
					family, id = "ipv4", cmp.Or(id, r.Next)
				}
				fmt.Fprintf(&sessions, publicSession, r.Next, dev.Public.ASN, r.Address.Addr(), family)
			}
		}
	}
	if sessions.Len() == 0 {
		return ""
	}
	if !id.IsValid() {
		id = s.Lab.Internet.Web
	}
	routes := map[bool]string{}
	for _, p := range s.Public {
		routes[p.Prefix.Addr().Is4()] += fmt.Sprintf("\troute %s unreachable;\n", p.Prefix)
	}
	return fmt.Sprintf(publicRouter, id, routes[true], routes[false]) + sessions.String()
}

// The public prefixes are announced whole; the kernel has what is in them.
const publicRouter = `router id %s;
protocol device { scan time 1; }
protocol kernel { ipv4 { export where source = RTS_BGP; }; merge paths on; }
protocol kernel { ipv6 { export where source = RTS_BGP; }; merge paths on; }
protocol static {
	ipv4;
%s}
protocol static {
	ipv6;
%s}
`

const publicSession = `protocol bgp {
	local %s as %d;
	neighbor %s as 7224;
	connect delay time 1; connect retry time 1; error wait time 1, 2;
	%s { import all; export where source = RTS_STATIC; };
}
`
