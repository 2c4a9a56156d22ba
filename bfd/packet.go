package bfd

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// A State is one of the four of RFC 5880, section 4.1, by its number there.
type State uint8

const (
	AdminDown State = iota
	Down
	Init
	Up
)

func (s State) String() string {
	names := [...]string{"AdminDown", "Down", "Init", "Up"}
	if int(s) < len(names) {
		return names[s]
	}
	return fmt.Sprintf("state %d", uint8(s))
}

// A Diagnostic says why a session last left Up (RFC 5880, section 4.1).
type Diagnostic uint8

const (
	NoDiagnostic     Diagnostic = 0
	DetectionExpired Diagnostic = 1
	NeighborDown     Diagnostic = 3
	Administrative   Diagnostic = 7
)

func (d Diagnostic) String() string {
	names := [...]string{
		"none", "control detection time expired", "echo function failed", "neighbor signaled session down",
		"forwarding plane reset", "path down", "concatenated path down", "administratively down", "reverse concatenated path down",
	}
	if int(d) < len(names) {
		return names[d]
	}
	return fmt.Sprintf("diagnostic %d", uint8(d))
}

// A Packet is a BFD Control packet (RFC 5880, section 4.1). Times have whole
// microseconds, up to 71 minutes.
type Packet struct {
	Diagnostic  Diagnostic
	State       State
	Poll, Final bool
	// ControlPlaneIndependent says that the sender's BFD lives on when its
	// routing processes do not.
	ControlPlaneIndependent bool
	// Demand asks the receiver to stop sending while both ends are up.
	Demand     bool
	Multiplier uint8
	// Mine and Yours are the discriminators of the sender and of the receiver;
	// Yours is 0 until known.
	Mine, Yours       uint32
	DesiredMinTx      time.Duration
	RequiredMinRx     time.Duration
	RequiredMinEchoRx time.Duration
}

const (
	version      = 1
	packetLength = 24
)

// The bits behind the state, RFC 5880, section 4.1.
const (
	bitPoll           = 0x20
	bitFinal          = 0x10
	bitIndependent    = 0x08
	bitAuthentication = 0x04
	bitDemand         = 0x02
	bitMultipoint     = 0x01
)

// Encode writes the packet.
func (p Packet) Encode() []byte {
	b := make([]byte, 0, packetLength)
	b = append(b, version<<5|byte(p.Diagnostic)&0x1f, p.flags(), p.Multiplier, packetLength)
	b = binary.BigEndian.AppendUint32(b, p.Mine)
	b = binary.BigEndian.AppendUint32(b, p.Yours)
	for _, d := range []time.Duration{p.DesiredMinTx, p.RequiredMinRx, p.RequiredMinEchoRx} {
		b = binary.BigEndian.AppendUint32(b, uint32(d/time.Microsecond))
	}
	return b
}

func (p Packet) flags() byte {
	flags := byte(p.State) << 6
	for _, bit := range []struct {
		set   bool
		value byte
	}{{p.Poll, bitPoll}, {p.Final, bitFinal}, {p.ControlPlaneIndependent, bitIndependent}, {p.Demand, bitDemand}} {
		if bit.set {
			flags |= bit.value
		}
	}
	return flags
}

// Decode reads a packet and makes those checks of RFC 5880, section 6.8.6,
// that need no session. Octets behind the packet's own length are ignored.
func Decode(b []byte) (Packet, error) {
	if len(b) < packetLength {
		return Packet{}, fmt.Errorf("%d octets are no BFD packet", len(b))
	}
	microseconds := func(at int) time.Duration {
		return time.Duration(binary.BigEndian.Uint32(b[at:])) * time.Microsecond
	}
	flags := b[1]
	p := Packet{
		Diagnostic: Diagnostic(b[0] & 0x1f), State: State(flags >> 6),
		Poll: flags&bitPoll != 0, Final: flags&bitFinal != 0,
		ControlPlaneIndependent: flags&bitIndependent != 0, Demand: flags&bitDemand != 0,
		Multiplier: b[2], Mine: binary.BigEndian.Uint32(b[4:]), Yours: binary.BigEndian.Uint32(b[8:]),
		DesiredMinTx: microseconds(12), RequiredMinRx: microseconds(16), RequiredMinEchoRx: microseconds(20),
	}
	switch length := int(b[3]); {
	case b[0]>>5 != version:
		return p, fmt.Errorf("BFD version %d", b[0]>>5)
	case flags&bitAuthentication != 0:
		return p, errors.New("it is authenticated, and no key was agreed on")
	case length < packetLength || length > len(b):
		return p, fmt.Errorf("its length says %d of %d octets", length, len(b))
	case p.Multiplier == 0:
		return p, errors.New("its detection multiplier is 0")
	case flags&bitMultipoint != 0:
		return p, errors.New("it is for a multipoint path")
	case p.Mine == 0:
		return p, errors.New("its own discriminator is 0")
	case p.Yours == 0 && p.State > Down:
		return p, fmt.Errorf("it says %v without our discriminator", p.State)
	}
	return p, nil
}
