package bgp

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Community is a mark on a route (RFC 1997), written "7224:7300".
type Community uint32

// The well-known communities that every speaker obeys (RFC 1997), and the one by
// which a line is left to the others (RFC 8326, section 5).
const (
	GracefulShutdown  Community = 0xFFFF0000
	NoExport          Community = 0xFFFFFF01
	NoAdvertise       Community = 0xFFFFFF02
	NoExportSubconfed Community = 0xFFFFFF03
)

// CommunityOf returns the community asn:value.
func CommunityOf(asn, value uint16) Community {
	return Community(uint32(asn)<<16 | uint32(value))
}

// ParseCommunity reads "asn:value" or the name of a well-known community.
func ParseCommunity(text string) (Community, error) {
	for c, name := range communityNames {
		if name == text {
			return c, nil
		}
	}
	high, low, found := strings.Cut(text, ":")
	asn, errHigh := strconv.ParseUint(high, 10, 16)
	value, errLow := strconv.ParseUint(low, 10, 16)
	if !found || errHigh != nil || errLow != nil {
		return 0, fmt.Errorf("community %q: want two numbers up to 65535 like 7224:7300", text)
	}
	return CommunityOf(uint16(asn), uint16(value)), nil
}

var communityNames = map[Community]string{
	GracefulShutdown: "graceful-shutdown",
	NoExport:         "no-export", NoAdvertise: "no-advertise", NoExportSubconfed: "no-export-subconfed",
}

func (c Community) String() string {
	if name, known := communityNames[c]; known {
		return name
	}
	return fmt.Sprintf("%d:%d", c>>16, c&0xffff)
}

// Communities is an immutable, comparable set of communities; the zero value
// is empty.
type Communities struct {
	// octets is the COMMUNITIES value as on the wire, sorted, each once.
	octets string
}

// NewCommunities returns the set of cs.
func NewCommunities(cs ...Community) Communities {
	sorted := slices.Compact(slices.Sorted(slices.Values(cs)))
	b := make([]byte, 0, 4*len(sorted))
	for _, c := range sorted {
		b = binary.BigEndian.AppendUint32(b, uint32(c))
	}
	return Communities{octets: string(b)}
}

// List returns the members, lowest first.
func (s Communities) List() []Community {
	list := make([]Community, 0, len(s.octets)/4)
	for b := []byte(s.octets); len(b) >= 4; b = b[4:] {
		list = append(list, Community(binary.BigEndian.Uint32(b)))
	}
	return list
}

// With returns the set with one more.
func (s Communities) With(c Community) Communities { return NewCommunities(append(s.List(), c)...) }

// Has tells whether c is in the set.
func (s Communities) Has(c Community) bool { return slices.Contains(s.List(), c) }

func (s Communities) String() string {
	words := make([]string, 0, len(s.octets)/4)
	for _, c := range s.List() {
		words = append(words, c.String())
	}
	return strings.Join(words, " ")
}
