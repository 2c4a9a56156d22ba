package bgp

import (
	"encoding/binary"
	"net/netip"
	"time"

	wire "github.com/osrg/gobgp/v4/pkg/packet/bgp"
)

// An open is what an OPEN message says (RFC 4271, section 4.2; RFC 5492).
type open struct {
	asn      uint32
	id       netip.Addr
	hold     time.Duration
	families FamilySet // IPv4 if the peer names none (RFC 4760, section 8)
	fourAS   bool
	refresh  bool
	// extendedNextHop: takes IPv4 routes with an IPv6 next hop (RFC 8950).
	extendedNextHop bool
	restart         restartCapability
}

// restartCapability is the graceful restart capability (RFC 4724, section 3).
type restartCapability struct {
	present   bool
	restarted bool          // the R bit
	time      time.Duration // how long to keep the sender's routes
	families  FamilySet
	preserved FamilySet // the F bits
}

// encode writes the OPEN. Each capability has a parameter of its own, because
// some old routers read only the first of a parameter.
func (o open) encode() []byte {
	asn := uint16(asTrans)
	if o.asn <= 0xffff {
		asn = uint16(o.asn)
	}
	var params []wire.OptionParameterInterface
	for _, c := range o.capabilities() {
		params = append(params, wire.NewOptionParameterCapability([]wire.ParameterCapabilityInterface{c}))
	}
	m, err := wire.NewBGPOpenMessage(asn, uint16(o.hold/time.Second), o.id, params)
	if err != nil {
		panic("bgp: Validate let a bad router id pass: " + err.Error())
	}
	return encode(m)
}

func (o open) capabilities() []wire.ParameterCapabilityInterface {
	caps := []wire.ParameterCapabilityInterface{}
	for _, f := range o.families.List() {
		caps = append(caps, wire.NewCapMultiProtocol(f.wire()))
	}
	caps = append(caps, wire.NewCapRouteRefresh(), wire.NewCapFourOctetASNumber(o.asn))
	if o.extendedNextHop {
		caps = append(caps, wire.NewCapExtendedNexthop([]*wire.CapExtendedNexthopTuple{
			wire.NewCapExtendedNexthopTuple(wire.RF_IPv4_UC, wire.AFI_IP6),
		}))
	}
	if r := o.restart; r.present {
		var tuples []*wire.CapGracefulRestartTuple
		for _, f := range r.families.List() {
			tuples = append(tuples, wire.NewCapGracefulRestartTuple(f.wire(), r.preserved.Has(f)))
		}
		caps = append(caps, wire.NewCapGracefulRestart(r.restarted, false, uint16(r.time/time.Second), tuples))
	}
	return caps
}

// readOpen decodes the body of an OPEN, of at least ten octets (RFC 4271,
// section 6.2). It does not compare it with what was expected.
func readOpen(body []byte) (open, *notice) {
	if body[0] != 4 {
		return open{}, newNotice(codeOpen, 1, []byte{0, 4}, "version %d", body[0])
	}
	o := open{
		asn:  uint32(binary.BigEndian.Uint16(body[1:])),
		hold: time.Duration(binary.BigEndian.Uint16(body[3:])) * time.Second,
		id:   netip.AddrFrom4([4]byte(body[5:9])),
	}
	if err := o.readParameters(body[9:]); err != nil {
		return open{}, err
	}
	if o.families == 0 {
		o.families = FamiliesOf(IPv4)
	}
	return o, nil
}

// readParameters walks the optional parameters, whose length octets have two
// forms (RFC 4271, section 4.2; RFC 9072, section 2).
func (o *open) readParameters(b []byte) *notice {
	total, b, lenOctets := int(b[0]), b[1:], 1
	if total == 255 && len(b) >= 3 && b[0] == 255 {
		total, b, lenOctets = int(binary.BigEndian.Uint16(b[1:])), b[3:], 2
	}
	if total != len(b) {
		return newNotice(codeOpen, 0, nil, "optional parameters are %d octets, not %d", len(b), total)
	}
	for len(b) > 0 {
		if len(b) < 1+lenOctets {
			return newNotice(codeOpen, 0, nil, "an optional parameter is cut short")
		}
		kind, length := b[0], int(b[lenOctets])
		if lenOctets == 2 {
			length = int(binary.BigEndian.Uint16(b[1:]))
		}
		b = b[1+lenOctets:]
		if length > len(b) {
			return newNotice(codeOpen, 0, nil, "an optional parameter is cut short")
		}
		if kind != wire.BGP_OPT_CAPABILITY {
			return newNotice(codeOpen, 4, nil, "parameter type %d", kind)
		}
		if err := o.readCapabilities(b[:length]); err != nil {
			return err
		}
		b = b[length:]
	}
	return nil
}

func (o *open) readCapabilities(b []byte) *notice {
	for len(b) > 0 {
		if len(b) < 2 || len(b) < 2+int(b[1]) {
			return newNotice(codeOpen, 0, nil, "a capability is cut short")
		}
		code, value := b[0], b[2:2+int(b[1])]
		b = b[2+int(b[1]):]
		if !o.readCapability(code, value) {
			return newNotice(codeOpen, 0, nil, "capability %d has %d octets", code, len(value))
		}
	}
	return nil
}

// readCapability takes in one capability; false if it is malformed. Unknown
// ones are ignored (RFC 5492, section 3).
func (o *open) readCapability(code uint8, v []byte) bool {
	switch wire.BGPCapabilityCode(code) {
	case wire.BGP_CAP_MULTIPROTOCOL:
		if len(v) != 4 {
			return false
		}
		if f, known := familyOf(binary.BigEndian.Uint16(v), v[3]); known {
			o.families |= FamiliesOf(f)
		} else {
			o.families |= 1 << 7 // names a family, so IPv4 is not implied
		}
	case wire.BGP_CAP_ROUTE_REFRESH:
		o.refresh = true
	case wire.BGP_CAP_FOUR_OCTET_AS_NUMBER:
		if len(v) != 4 {
			return false
		}
		o.asn, o.fourAS = binary.BigEndian.Uint32(v), true
	case wire.BGP_CAP_EXTENDED_NEXTHOP:
		return o.readExtendedNextHop(v)
	case wire.BGP_CAP_GRACEFUL_RESTART:
		return o.readRestart(v)
	}
	return true
}

// readExtendedNextHop reads RFC 8950, section 3.
func (o *open) readExtendedNextHop(v []byte) bool {
	if len(v)%6 != 0 {
		return false
	}
	for ; len(v) > 0; v = v[6:] {
		f, known := familyOf(binary.BigEndian.Uint16(v), uint8(binary.BigEndian.Uint16(v[2:])))
		if known && f == IPv4 && binary.BigEndian.Uint16(v[4:]) == wire.AFI_IP6 {
			o.extendedNextHop = true
		}
	}
	return true
}

// readRestart reads RFC 4724, section 3. The last instance counts.
func (o *open) readRestart(v []byte) bool {
	if len(v)%4 != 2 {
		return false
	}
	flags := binary.BigEndian.Uint16(v)
	r := restartCapability{
		present:   true,
		restarted: flags&0x8000 != 0,
		time:      time.Duration(flags&0x0fff) * time.Second,
	}
	for v = v[2:]; len(v) > 0; v = v[4:] {
		f, known := familyOf(binary.BigEndian.Uint16(v), v[2])
		if !known {
			continue
		}
		r.families |= FamiliesOf(f)
		if v[3]&0x80 != 0 {
			r.preserved |= FamiliesOf(f)
		}
	}
	o.restart = r
	return true
}

// check compares the peer's OPEN with what was configured (RFC 4271, section
// 6.2; RFC 6286; RFC 7607).
func (o open) check(c Config) *notice {
	if o.asn != c.PeerASN {
		return newNotice(codeOpen, 2, nil, "AS %d, expected %d", o.asn, c.PeerASN)
	}
	if o.id.IsUnspecified() || c.Internal() && o.id == c.RouterID {
		return newNotice(codeOpen, 3, nil, "%v", o.id)
	}
	if o.hold < 3*time.Second {
		return newNotice(codeOpen, 6, nil, "%v, the least is 3s", o.hold)
	}
	if o.families&c.Families() == 0 {
		var want []byte
		for _, f := range c.Families().List() {
			mp, _ := wire.NewCapMultiProtocol(f.wire()).Serialize()
			want = append(want, mp...)
		}
		return newNotice(codeOpen, 7, want, "no family in common")
	}
	return nil
}
