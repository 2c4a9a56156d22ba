package bgp_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"demarc/bgp"
)

func TestASPath(t *testing.T) {
	long := make([]uint32, 255)
	for i := range long {
		long[i] = 7
	}
	set := bgp.NewASPathSegments(bgp.Segment{Type: bgp.ASSequence, ASNs: []uint32{64512, 65001}}, bgp.Segment{Type: bgp.ASSet, ASNs: []uint32{1, 2}})
	for name, row := range map[string]struct {
		path     bgp.ASPath
		text     string
		length   int
		segments int
	}{
		"empty":                   {bgp.NewASPath(), "", 0, 0},
		"sequence":                {bgp.NewASPath(64512, 4200000001), "64512 4200000001", 2, 1},
		"set counts once":         {set, "64512 65001 {1 2}", 3, 2},
		"prepended to empty":      {bgp.NewASPath().Prepend(1), "1", 1, 1},
		"prepended to sequence":   {bgp.NewASPath(2).Prepend(1), "1 2", 2, 1},
		"prepended to a full one": {bgp.NewASPath(long...).Prepend(1), "1 " + bgp.NewASPath(long...).String(), 256, 2},
	} {
		if got := row.path.String(); got != row.text {
			t.Errorf("%s: %q, want %q", name, got, row.text)
		}
		if got := row.path.Len(); got != row.length {
			t.Errorf("%s: length %d, want %d", name, got, row.length)
		}
		if got := len(row.path.Segments()); got != row.segments {
			t.Errorf("%s: %d segments, want %d", name, got, row.segments)
		}
	}
	if !set.Contains(2) || set.Contains(3) {
		t.Error("Contains is wrong about sets")
	}
	if _, known := set.Origin(); known {
		t.Error("a path that ends with a set has no origin")
	}
	if origin, _ := bgp.NewASPath(1, 2).Origin(); origin != 2 {
		t.Errorf("origin %d, want 2", origin)
	}
}

func TestCommunities(t *testing.T) {
	s := bgp.NewCommunities(bgp.CommunityOf(7224, 7300), bgp.NoExport, bgp.CommunityOf(7224, 7100), bgp.NoExport)
	if got, want := s.String(), "7224:7100 7224:7300 no-export"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if s != bgp.NewCommunities(bgp.NoExport, bgp.CommunityOf(7224, 7100), bgp.CommunityOf(7224, 7300)) {
		t.Error("order matters")
	}
	for text, want := range map[string]string{
		"7224:7300": "7224:7300", "no-export": "no-export", "65535:65281": "no-export",
		"7224": "error", "1:65536": "error", "a:b": "error", "": "error",
	} {
		c, err := bgp.ParseCommunity(text)
		got := c.String()
		if err != nil {
			got = "error"
		}
		if diff := cmp.Diff(got, want); diff != "" {
			t.Errorf("%q (-got +want): %s", text, diff)
		}
	}
}
