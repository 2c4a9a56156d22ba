package bgp

import (
	"bytes"
	"encoding/binary"
	"fmt"

	wire "github.com/osrg/gobgp/v4/pkg/packet/bgp"
)

const (
	headerLen     = 19
	maxMessageLen = 4096 // RFC 4271, section 4.1; we do not offer RFC 8654

	msgOpen         = 1
	msgUpdate       = 2
	msgNotification = 3
	msgKeepalive    = 4
	msgRefresh      = 5
)

var marker = bytes.Repeat([]byte{0xff}, 16)

// shortest is the least length of each message type (RFC 4271, section 6.1).
var shortest = map[uint8]int{
	msgOpen: 29, msgUpdate: 23, msgNotification: 21, msgKeepalive: 19, msgRefresh: 23,
}

// A message is one framed BGP message without its header.
type message struct {
	kind uint8
	body []byte
}

// nextMessage cuts the first whole message from stream (RFC 4271, section 6.1).
// ok is false while the message is not complete; an error ends the connection.
func nextMessage(stream []byte) (m message, rest []byte, ok bool, err *notice) {
	if len(stream) < headerLen {
		return m, stream, false, nil
	}
	if !bytes.Equal(stream[:16], marker) {
		return m, stream, false, newNotice(codeHeader, 1, nil, "the marker is not all ones")
	}
	length, kind := int(binary.BigEndian.Uint16(stream[16:])), stream[18]
	if err := checkHeader(length, kind); err != nil {
		return m, stream, false, err
	}
	if len(stream) < length {
		return m, stream, false, nil
	}
	return message{kind: kind, body: stream[headerLen:length]}, stream[length:], true, nil
}

func checkHeader(length int, kind uint8) *notice {
	least, known := shortest[kind]
	if length < headerLen || length > maxMessageLen {
		return badLength(length)
	}
	if !known {
		return newNotice(codeHeader, 3, []byte{kind}, "type %d", kind)
	}
	fixed := kind == msgKeepalive || kind == msgRefresh
	if length < least || fixed && length != least {
		return badLength(length)
	}
	return nil
}

func badLength(length int) *notice {
	return newNotice(codeHeader, 2, binary.BigEndian.AppendUint16(nil, uint16(length)), "%d octets", length)
}

// encode serializes a message that we built. It can fail only if we built it
// wrong, which is a mistake in this package.
func encode(m *wire.BGPMessage, options ...*wire.MarshallingOption) []byte {
	b, err := m.Serialize(options...)
	if err != nil {
		panic(fmt.Sprintf("bgp: encode message type %d: %v", m.Header.Type, err))
	}
	return b
}

func encodeKeepalive() []byte { return encode(wire.NewBGPKeepAliveMessage()) }

// encodeRefresh asks for the peer's routes again (RFC 2918, section 3).
func encodeRefresh(f Family) []byte {
	afi, safi := f.wire().Afi(), f.wire().Safi()
	return encode(wire.NewBGPRouteRefreshMessage(afi, 0, safi))
}

// readRefresh returns the family of a ROUTE-REFRESH; false if we do not speak
// it, in which case the message is ignored (RFC 2918, section 4). The third
// octet is RFC 7313's message subtype, where other than 0 is not for us.
func readRefresh(body []byte) (Family, bool) {
	f, known := familyOf(binary.BigEndian.Uint16(body), body[3])
	return f, known && body[2] == 0
}
