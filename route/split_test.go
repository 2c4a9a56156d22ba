package route_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"demarc/route"
)

func TestPiecesOfADefaultRoute(t *testing.T) {
	var eights []string
	for i := range 256 {
		eights = append(eights, fmt.Sprintf("%d.0.0.0/8", i))
	}
	for _, tt := range []struct{ prefixes, want string }{
		{"", ""},
		{"0.0.0.0/0 ::/0", ""},
		{"10.0.0.0/8 fc00::/7", ""},
		{"0.0.0.0/1 128.0.0.0/1 192.168.50.0/24", "0.0.0.0/1 128.0.0.0/1"},
		{"128.0.0.0/1 10.0.0.0/8", "128.0.0.0/1"},
		{"::/1 8000::/1 fd50::/64 10.1.0.0/16", "::/1 8000::/1"},
		{"0.0.0.0/1 8000::/1", "0.0.0.0/1 8000::/1"},
		{strings.Join(eights, " "), strings.Join(eights, " ")},
		{strings.Join(eights[1:], " "), ""},
	} {
		var prefixes []netip.Prefix
		for _, text := range strings.Fields(tt.prefixes) {
			prefixes = append(prefixes, netip.MustParsePrefix(text))
		}
		var got []string
		for _, p := range route.SplitDefault(prefixes) {
			got = append(got, p.String())
		}
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%.60s: got %v, want %s", tt.prefixes, got, tt.want)
		}
	}
}
