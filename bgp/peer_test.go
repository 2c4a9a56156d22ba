package bgp_test

import (
	"encoding/binary"
	"net/netip"
	"slices"
	"testing"
	"time"

	wire "github.com/osrg/gobgp/v4/pkg/packet/bgp"

	"demarc/bgp"
)

// A script plays the peer of one session by hand: it sends octets and looks at
// what comes back, which it reads with the other codec.
type script struct {
	*bgp.Session
	t    *testing.T
	now  time.Time
	conn bgp.Conn
	log  []bgp.Action
}

// scripted returns a started session that has accepted a connection.
func scripted(t *testing.T, c bgp.Config) *script {
	t.Helper()
	c.Passive = true
	session, err := bgp.New(c, 1)
	if err != nil {
		t.Fatal(err)
	}
	s := &script{Session: session, t: t, now: start}
	s.add(s.Start(s.now, false))
	s.accept()
	return s
}

func (s *script) accept() {
	var actions []bgp.Action
	s.conn, actions = s.Accepted(s.now)
	s.add(actions)
}

func (s *script) add(actions []bgp.Action) { s.log = append(s.log, actions...) }

func (s *script) send(octets []byte) { s.add(s.Receive(s.now, s.conn, octets)) }

// establish sends a good OPEN with extra capabilities, and a KEEPALIVE.
func (s *script) establish(capabilities ...[]byte) {
	s.t.Helper()
	s.send(openMessage(4, 65001, 90, "10.0.0.2", slices.Insert(capabilities, 0, capFour(65001))...))
	s.send(message(4, nil))
	if got := s.Status().State; got != bgp.Established {
		s.t.Fatalf("state %v, want Established (%v)", got, s.Status().LastReason)
	}
}

// notification returns the code, subcode and data of the last NOTIFICATION
// sent; zeroes if there was none.
func (s *script) notification() (code, subcode uint8, data []byte) {
	s.t.Helper()
	for _, m := range s.sent() {
		if n, ok := m.Body.(*wire.BGPNotification); ok {
			code, subcode, data = n.ErrorCode, n.ErrorSubcode, n.Data
		}
	}
	return code, subcode, data
}

// sent decodes everything sent so far with GoBGP's parser.
func (s *script) sent() []*wire.BGPMessage {
	s.t.Helper()
	var messages []*wire.BGPMessage
	for _, a := range s.log {
		send, ok := a.(bgp.Send)
		if !ok {
			continue
		}
		for b := send.Bytes; len(b) > 0; {
			length := binary.BigEndian.Uint16(b[16:])
			m, err := wire.ParseBGPMessage(b[:length])
			if err != nil {
				s.t.Fatalf("we sent what cannot be parsed: %v", err)
			}
			messages, b = append(messages, m), b[length:]
		}
	}
	return messages
}

func message(kind uint8, body []byte) []byte {
	b := slices.Repeat([]byte{0xff}, 16)
	b = binary.BigEndian.AppendUint16(b, uint16(19+len(body)))
	return append(append(b, kind), body...)
}

func openMessage(version uint8, asn, hold uint16, id string, capabilities ...[]byte) []byte {
	b := []byte{version}
	b = binary.BigEndian.AppendUint16(b, asn)
	b = binary.BigEndian.AppendUint16(b, hold)
	b = append(b, netip.MustParseAddr(id).AsSlice()...)
	all := slices.Concat(capabilities...)
	if len(all) == 0 {
		return message(1, append(b, 0))
	}
	b = append(b, byte(len(all)+2), 2, byte(len(all)))
	return message(1, append(b, all...))
}

func capability(code uint8, value ...byte) []byte {
	return append([]byte{code, byte(len(value))}, value...)
}

func capFour(asn uint32) []byte {
	return capability(65, binary.BigEndian.AppendUint32(nil, asn)...)
}

// updateMessage assembles an UPDATE of raw parts.
func updateMessage(withdrawn, attributes, nlri []byte) []byte {
	b := binary.BigEndian.AppendUint16(nil, uint16(len(withdrawn)))
	b = append(b, withdrawn...)
	b = binary.BigEndian.AppendUint16(b, uint16(len(attributes)))
	return message(2, slices.Concat(b, attributes, nlri))
}

func attribute(flags, kind byte, value ...byte) []byte {
	return append([]byte{flags, kind, byte(len(value))}, value...)
}

// The attributes of a good route from AS 65001, and its prefix.
var (
	goodOrigin = attribute(0x40, 1, 0)
	goodPath   = attribute(0x40, 2, 2, 1, 0, 0, 0xfd, 0xe9)
	goodHop    = attribute(0x40, 3, 169, 254, 10, 2)
	goodNLRI   = []byte{24, 192, 168, 50}
)
