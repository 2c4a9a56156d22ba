package bgp

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// asTrans stands for an AS number that needs four octets, towards a peer that
// knows only two (RFC 6793).
const asTrans = 23456

// SegmentType is a kind of AS_PATH segment (RFC 4271, section 4.3).
type SegmentType uint8

const (
	ASSet      SegmentType = 1 // unordered
	ASSequence SegmentType = 2 // nearest AS first

	confedSequence SegmentType = 3 // RFC 5065; malformed from our peers
	confedSet      SegmentType = 4
)

// A Segment is a run of AS numbers of one type.
type Segment struct {
	Type SegmentType
	ASNs []uint32
}

// An ASPath is the list of autonomous systems a route has crossed, nearest
// first. It is immutable and comparable; the zero value is the empty path.
type ASPath struct {
	// octets is the AS_PATH value as on the wire, with four octets per AS.
	octets string
}

// NewASPath returns the path that is one sequence of asns, nearest first.
func NewASPath(asns ...uint32) ASPath {
	return NewASPathSegments(Segment{Type: ASSequence, ASNs: asns})
}

// NewASPathSegments returns the path made of segments. Empty ones are left
// out, and one longer than the 255 that fit is split.
func NewASPathSegments(segments ...Segment) ASPath {
	var b []byte
	for _, s := range segments {
		for asns := s.ASNs; len(asns) > 0; {
			n := min(len(asns), 255)
			b = append(b, byte(s.Type), byte(n))
			for _, asn := range asns[:n] {
				b = binary.BigEndian.AppendUint32(b, asn)
			}
			asns = asns[n:]
		}
	}
	return ASPath{octets: string(b)}
}

// Segments returns the path's segments, in fresh slices.
func (p ASPath) Segments() []Segment {
	var segments []Segment
	for b := []byte(p.octets); len(b) > 0; {
		s := Segment{Type: SegmentType(b[0]), ASNs: make([]uint32, b[1])}
		b = b[2:]
		for i := range s.ASNs {
			s.ASNs[i] = binary.BigEndian.Uint32(b)
			b = b[4:]
		}
		segments = append(segments, s)
	}
	return segments
}

// Len is the length for comparing paths: a set counts as one (RFC 4271,
// section 9.1.2.2).
func (p ASPath) Len() int {
	n := 0
	for _, s := range p.Segments() {
		switch s.Type {
		case ASSet:
			n++
		case ASSequence:
			n += len(s.ASNs)
		}
	}
	return n
}

// Contains tells whether asn is anywhere in the path.
func (p ASPath) Contains(asn uint32) bool {
	for _, s := range p.Segments() {
		for _, a := range s.ASNs {
			if a == asn {
				return true
			}
		}
	}
	return false
}

// First returns the AS that announced the route to us; false if the path is
// empty or begins with a set.
func (p ASPath) First() (uint32, bool) {
	if len(p.octets) < 6 || SegmentType(p.octets[0]) != ASSequence {
		return 0, false
	}
	return binary.BigEndian.Uint32([]byte(p.octets[2:6])), true
}

// Origin returns the AS the route comes from, the last of the path; false if
// the path is empty or ends with a set.
func (p ASPath) Origin() (uint32, bool) {
	segments := p.Segments()
	if len(segments) == 0 || segments[len(segments)-1].Type != ASSequence {
		return 0, false
	}
	last := segments[len(segments)-1].ASNs
	return last[len(last)-1], true
}

// Prepend returns the path with asn before it (RFC 4271, section 5.1.2).
func (p ASPath) Prepend(asn uint32) ASPath {
	segments := p.Segments()
	if len(segments) > 0 && segments[0].Type == ASSequence && len(segments[0].ASNs) < 255 {
		segments[0].ASNs = append([]uint32{asn}, segments[0].ASNs...)
		return NewASPathSegments(segments...)
	}
	return NewASPathSegments(append([]Segment{{Type: ASSequence, ASNs: []uint32{asn}}}, segments...)...)
}

// String writes the path as routers do: "64512 65001 {1 2}".
func (p ASPath) String() string {
	var words []string
	for _, s := range p.Segments() {
		text := strings.Trim(fmt.Sprint(s.ASNs), "[]")
		if s.Type == ASSet {
			text = "{" + text + "}"
		}
		words = append(words, text)
	}
	return strings.Join(words, " ")
}

// needsFour tells whether a two-octet peer would lose a number of this path.
func (p ASPath) needsFour() bool {
	for _, s := range p.Segments() {
		for _, asn := range s.ASNs {
			if asn > 0xffff {
				return true
			}
		}
	}
	return false
}

// mergeAS4 rebuilds the real path from a two-octet AS_PATH and its AS4_PATH
// (RFC 6793, section 4.2.3): as many leading numbers of the first as it is
// longer than the second, and then the second.
func (p ASPath) mergeAS4(four ASPath) ASPath {
	keep := p.Len() - four.Len()
	if four.octets == "" || keep < 0 {
		return p
	}
	var lead []Segment
	for _, s := range p.Segments() {
		if keep == 0 {
			break
		}
		if s.Type == ASSequence {
			s.ASNs = s.ASNs[:min(keep, len(s.ASNs))]
			keep -= len(s.ASNs)
		} else {
			keep--
		}
		lead = append(lead, s)
	}
	return joinSegments(append(lead, four.Segments()...))
}

// joinSegments makes one sequence of two that follow each other, so that a
// merged path equals the same path received whole.
func joinSegments(segments []Segment) ASPath {
	var joined []Segment
	for _, s := range segments {
		last := len(joined) - 1
		if last >= 0 && s.Type == ASSequence && joined[last].Type == ASSequence {
			joined[last].ASNs = append(joined[last].ASNs, s.ASNs...)
			continue
		}
		joined = append(joined, s)
	}
	return NewASPathSegments(joined...)
}
