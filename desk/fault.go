package desk

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"demarc"
	"demarc/intent"
)

// A fault is what is wrong at the far end of a leg, named from what the edge
// saw of it. The zero fault is none.
type fault struct {
	code, text string
}

func (f fault) String() string { return f.code + ": " + f.text }

func faulty(code, format string, args ...any) fault {
	return fault{code, fmt.Sprintf(format, args...)}
}

// certain is how long nothing must have come before nothing is a finding.
// Routers try again every few seconds.
const certain = 5 * time.Second

// secured is the least TTL of a router with generalized TTL security (RFC
// 5082), which takes no packet with less; ours have 1.
const secured = 254

// A farEnd is one session with what was seen of its far end.
type farEnd struct {
	leg     leg
	session intent.SessionSeen
	peer    demarc.BGPPeer
	near    netip.Addr // ours
	far     netip.Addr // where the customer's router should be
	heard   intent.HeardSeen
	caller  intent.CallerSeen // far's; the zero value if it never spoke
}

func (l leg) farEnd(session intent.SessionSeen) farEnd {
	e := farEnd{leg: l, session: session}
	if l.seen.Heard != nil {
		e.heard = *l.seen.Heard
	}
	if i := slices.IndexFunc(l.vif.Peers, func(p demarc.BGPPeer) bool { return p.ID == session.Peer }); i >= 0 {
		e.peer = l.vif.Peers[i]
	} else if len(l.vif.Peers) > 0 {
		e.peer = l.vif.Peers[0]
	}
	e.near, e.far = e.peer.AmazonAddress.Addr(), e.peer.CustomerAddress.Addr()
	for _, c := range e.heard.Callers {
		if c.From == e.far {
			e.caller = c
		}
	}
	return e
}

// down names why a session is not established: first what the router itself
// said, then what it signs and from where it speaks, then whether it is there
// at all.
func (e farEnd) down() fault {
	if e.heard.For == 0 {
		return e.asn() // nobody has listened yet, and BGP has its own words
	}
	for _, look := range []func() fault{e.asn, e.strangerCalls, e.address, e.key, e.ttl, e.port, e.tag} {
		if f := look(); f != (fault{}) {
			return f
		}
	}
	return fault{}
}

// silent names why a session is established here and brings nothing: a router
// that wants another TTL does not hear us.
func (e farEnd) silent() fault { return e.ttl() }

// asn is from the NOTIFICATION about an OPEN, ours or the router's (RFC 4271,
// section 6.2). Between two of them connections may have failed otherwise.
func (e farEnd) asn() fault {
	const openError, badPeerAS = 2, 2
	h := e.session.History
	for _, change := range h[max(0, len(h)-4):] {
		n := change.Notification
		if n == nil || n.Code != openError || n.Subcode != badPeerAS || e.outdated(change.At) {
			continue
		}
		if n.Sent {
			return faulty("E-ASN-MISMATCH", "the router comes with another ASN than the interface has, %d: %s", e.peer.ASN, change.Reason)
		}
		return faulty("E-ASN-MISMATCH", "the router expects another ASN than ours, %d, for its neighbor %s: %s", e.leg.vif.GatewayASN, e.near, change.Reason)
	}
	return fault{}
}

// outdated reports whether something that was said at a time is long ago, or
// the router has done since what it would not have got as far with. What was
// said later than what is heard was dated before the device's clock was set back.
func (e farEnd) outdated(at time.Time) bool {
	unsigned := e.caller.Calls && !e.caller.Signed && e.caller.Last.After(at)
	ago := e.heard.At.Sub(at)
	return ago > intent.HeardFor || ago < -intent.HeardFor && !e.heard.At.IsZero() || e.heard.LastMissigned.After(at) || unsigned
}

// strangerCalls is about BGP from where no peer is.
func (e farEnd) strangerCalls() fault {
	for _, c := range e.heard.Callers {
		if !c.Calls || c.From == e.far || c.From.Is4() != e.far.Is4() || e.isPeer(c.From) {
			continue
		}
		if e.peer.CustomerAddress.Masked().Contains(c.From) {
			return faulty("E-PEER-IP", "the router calls from %s, expected is %s", c.From, e.far)
		}
		return faulty("E-MULTIHOP", "the router calls from %s, with TTL %d, which is not on the line; expected is %s, one hop away", c.From, c.TTL, e.far)
	}
	return fault{}
}

// isPeer reports whether an address is that of another session.
func (e farEnd) isPeer(a netip.Addr) bool {
	return slices.ContainsFunc(e.leg.vif.Peers, func(p demarc.BGPPeer) bool { return p.CustomerAddress.Addr() == a })
}

// address is about ARP from where the router should not be.
func (e farEnd) address() fault {
	if e.answers() || e.caller.Calls {
		return fault{}
	}
	for _, a := range e.heard.ARP {
		switch {
		case a.From == e.near:
			return faulty("E-PEER-IP", "the router (%s) has %s itself, which is ours, and should have %s: the two ends are swapped", a.MAC, e.near, e.far)
		case e.far.Is4() && a.From.IsValid() && !a.From.IsUnspecified():
			return faulty("E-PEER-IP", "the router (%s) speaks ARP as %s, expected is %s", a.MAC, a.From, e.far)
		}
	}
	return fault{}
}

// answers reports whether somebody has the router's address.
func (e farEnd) answers() bool {
	return slices.ContainsFunc(e.heard.ARP, func(a intent.ARPSeen) bool { return a.From == e.far })
}

// key is about signatures. A refusal without one is no evidence: a kernel that
// refuses a connection knows no key.
func (e farEnd) key() fault {
	switch {
	case e.caller.Calls && !e.caller.Signed:
		return faulty("E-MD5-MISSING", "the router calls without an MD5 signature: it has no key for neighbor %s", e.near)
	case e.heard.Missigned > 0:
		return faulty("E-MD5-MISMATCH", "%d segments came with a wrong MD5 signature: the router has another key, or a space after it", e.heard.Missigned)
	}
	return fault{}
}

func (e farEnd) ttl() fault {
	if e.caller.TTL < secured {
		return fault{}
	}
	return faulty("E-MULTIHOP", "the router speaks with TTL %d: with TTL security it takes no packets of a neighbour that sends 1", e.caller.TTL)
}

// port is about a router that is there and does not take part. Whether a
// firewall or a missing configuration keeps it from that cannot be seen from
// here, and both are said.
func (e farEnd) port() fault {
	spoke := e.caller != (intent.CallerSeen{})
	settled := len(e.session.History) == 0 || e.session.History[len(e.session.History)-1].Notification == nil
	switch {
	case e.heard.For < certain || !e.far.Is4() && !spoke:
		return fault{}
	case !spoke && e.answers():
		return faulty("E-TCP179-BLOCKED", "%s answers ARP, and no TCP of port 179 comes from it: a firewall drops it, or BGP is not configured there for neighbor %s", e.far, e.near)
	case e.caller.Resets && !e.caller.Calls && !e.caller.Answers:
		return faulty("E-TCP179-BLOCKED", "%s refuses connections to port 179 and makes none: a firewall rejects them, or BGP is not configured there for neighbor %s", e.far, e.near)
	case e.caller.Calls && !e.caller.Answers && settled && e.heard.For > 2*certain:
		return faulty("E-TCP179-BLOCKED", "%s calls port 179 and does not hear our answers: a firewall drops what comes in", e.far)
	}
	return fault{}
}

// tag is about a router of which nothing comes under the interface's tag.
func (e farEnd) tag() fault {
	if !e.far.Is4() || e.heard.For < certain || len(e.heard.ARP) > 0 || len(e.heard.Callers) > 0 {
		return fault{}
	}
	var others []string
	untagged := false
	for _, s := range e.strays() {
		switch {
		case s.Double:
			return faulty("E-VLAN-QINQ", "frames come with a second tag inside tag %d, expected is tag %d alone", s.VLAN, e.leg.vif.VLAN)
		case s.VLAN == 0:
			untagged = true
		case !slices.Contains(others, fmt.Sprint(s.VLAN)):
			others = append(others, fmt.Sprint(s.VLAN))
		}
	}
	switch {
	case len(others) > 0:
		return faulty("E-VLAN-MISMATCH", "frames come with tag %s, expected is %d", strings.Join(others, ", "), e.leg.vif.VLAN)
	case untagged:
		return faulty("E-VLAN-MISMATCH", "frames come without a tag, expected is %d", e.leg.vif.VLAN)
	}
	return faulty("E-ARP-NONE", "neither ARP nor BGP comes with tag %d, and nobody answers for %s", e.leg.vif.VLAN, e.far)
}

// strays are the frames on the port that may be this customer's. A partner's
// port has those of others, which are told to nobody: there only what speaks
// from this line's subnet is.
func (e farEnd) strays() []intent.StraySeen {
	return slices.DeleteFunc(slices.Clone(e.leg.port.Strays), func(s intent.StraySeen) bool {
		if e.leg.wire.Owner != e.leg.progress.link.Customer && !e.peer.CustomerAddress.Masked().Contains(s.Sender) {
			return true
		}
		return !s.Double && e.leg.otherTags[s.VLAN]
	})
}

// mtu is about packets that the line should carry and does not.
func (l leg) mtu() fault {
	switch p := l.seen.Sounding; {
	case p == nil:
		return fault{}
	case p.Answered && !p.Whole:
		return faulty("E-MTU-PATH", "the router answers short packets and none of %d octets, which is the interface's MTU: its own is smaller", p.Octets)
	case p.Larger:
		return faulty("E-MTU-PATH", "packets come that are longer than the interface's MTU of %d, and are lost: the router's is larger", p.Octets)
	}
	return fault{}
}

// bfd is about BFD that the two ends have and do not agree on. It holds nothing
// up.
func (l leg) bfd() fault {
	for _, session := range l.seen.Session {
		if b := session.BFD; !b.Up() && b.Refused > 0 {
			return faulty("E-BFD-MISMATCH", "BFD is not up, since the router's packets cannot be taken: %s", b.LastRefusal)
		}
	}
	return fault{}
}
