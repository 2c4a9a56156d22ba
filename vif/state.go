package vif

import (
	"slices"
	"time"

	"demarc"
	"demarc/intent"
)

// Acceptable refuses an acceptance that the account by may not make, or that
// comes too late, whatever the gateway.
func Acceptable(v demarc.VirtualInterface, by demarc.AccountID) error {
	if v.Owner != by {
		return demarc.Errorf(demarc.Denied, "virtual interface %s was allocated to account %s, which alone can accept it", v.ID, v.Owner).
			Coded("E-ACCEPT-DENIED", "").By(demarc.Platform).In("virtualInterfaceId")
	}
	if v.State != demarc.VIFConfirming {
		return demarc.Errorf(demarc.Conflict, "virtual interface %s is %s and can no longer be accepted", v.ID, v.State).
			Coded(tooLate(v), "").In("virtualInterfaceId")
	}
	if v.Held != "" {
		return demarc.Errorf(demarc.Conflict, "virtual interface %s waits for a second person in case %s", v.ID, v.Held).
			Coded("E-ACCEPT-HELD", "Accept and approve the case; if it has ended, have the customer open another").By(demarc.Platform).In("virtualInterfaceId")
	}
	return nil
}

// tooLate is the code of why an interface waits no longer.
func tooLate(v demarc.VirtualInterface) string {
	switch {
	case v.Lapsed:
		return "E-ACCEPT-EXPIRED"
	case v.State == demarc.VIFRejected:
		return "E-ACCEPT-REJECTED"
	case v.State == demarc.VIFDeleted || v.State == demarc.VIFDeleting:
		return "E-ACCEPT-DELETED"
	}
	return "E-ACCEPT-STATE" // another was first
}

// An End is where an interface leads, with our side's ASN there.
type End struct {
	Onto
	ASN demarc.ASN
}

// name is for people.
func (e End) name() string {
	switch {
	case e.Gateway != "":
		return "gateway " + string(e.Gateway)
	case e.DirectConnectGateway != "":
		return "Direct Connect gateway " + string(e.DirectConnectGateway)
	}
	return "the public network"
}

// Accepted takes an interface up to an end of its owner's. What a public one
// announces has to be verified first.
func Accepted(v demarc.VirtualInterface, by demarc.AccountID, end End) (demarc.VirtualInterface, error) {
	if err := Acceptable(v, by); err != nil {
		return v, err
	}
	for _, p := range v.Peers {
		if p.ASN == end.ASN {
			return v, sameASN(p.ASN, end)
		}
	}
	v.State, v.Gateway, v.DirectConnectGateway, v.GatewayASN = demarc.VIFPending, end.Gateway, end.DirectConnectGateway, end.ASN
	if v.Type == demarc.PublicVIF {
		v.State = demarc.VIFVerifying
		v.Peers = eachPeer(v, func(p *demarc.BGPPeer) { p.State = demarc.PeerVerifying })
	}
	return v, nil
}

func sameASN(asn demarc.ASN, end End) error {
	return demarc.Errorf(demarc.Conflict, "the customer's ASN %d equals the ASN %d of %s; a BGP session needs two", asn, end.ASN, end.name()).
		Coded("E-ASN-EQUAL", "Choose a gateway with another ASN, or have the interface allocated again with another customer ASN")
}

// Verified takes up that the platform found a public interface's ASN and
// prefixes to be its customer's, or a session's that was added later.
func Verified(v demarc.VirtualInterface) (demarc.VirtualInterface, error) {
	waits := v.State.InPlace() && slices.ContainsFunc(v.Peers, func(p demarc.BGPPeer) bool { return p.State == demarc.PeerVerifying })
	if v.State != demarc.VIFVerifying && !waits {
		return v, demarc.Errorf(demarc.Conflict, "virtual interface %s is %s and does not wait to be verified", v.ID, v.State).
			Coded("E-VERIFY-STATE", "").In("id")
	}
	if v.State == demarc.VIFVerifying {
		v.State = demarc.VIFPending
	}
	v.Peers = eachPeer(v, func(p *demarc.BGPPeer) {
		if p.State == demarc.PeerVerifying {
			p.State = demarc.PeerPending
		}
	})
	return v, nil
}

// Seen takes up what the edge saw. Being built and the session coming up are
// two events, and both may be in the first report. A report from before a new
// MTU tells of the old one.
func Seen(v demarc.VirtualInterface, seen intent.VIFSeen) demarc.VirtualInterface {
	if v.State == demarc.VIFPending && seen.Built && (seen.MTU == v.MTU || seen.MTU == 0) {
		v.State = demarc.VIFDown
	}
	if v.State.InPlace() {
		v.Peers = peersSeen(v.Peers, seen)
	}
	switch up := established(v, seen); {
	case v.State == demarc.VIFDown && up:
		v.State = demarc.VIFAvailable
	case v.State == demarc.VIFAvailable && !up:
		v.State = demarc.VIFDown
	}
	return v
}

// established reports whether traffic may flow: one session is enough, if it is
// not one that is going.
func established(v demarc.VirtualInterface, seen intent.VIFSeen) bool {
	return slices.ContainsFunc(seen.Session, func(s intent.SessionSeen) bool {
		i := peerIndex(v, s.Peer)
		return s.Established() && (i < 0 || v.Peers[i].State != demarc.PeerDeleting)
	})
}

// Deleted takes up that by wants no more of the interface. While it waits for
// its owner, the owner's delete is a rejection, and the other's takes the
// offer back; from acceptance on, the edge must take it down first. Deleting
// it again changes nothing.
func Deleted(v demarc.VirtualInterface, by demarc.AccountID, now time.Time) demarc.VirtualInterface {
	switch v.State {
	case demarc.VIFConfirming:
		v.State, v.Deleted = demarc.VIFDeleted, now
		if v.Owner == by {
			v.State = demarc.VIFRejected
		}
	case demarc.VIFVerifying, demarc.VIFPending, demarc.VIFDown, demarc.VIFAvailable, demarc.VIFTesting:
		v.State = demarc.VIFDeleting
	}
	return v
}

// Settled takes up that the edge has nothing of the interface any more.
func Settled(v demarc.VirtualInterface, now time.Time) demarc.VirtualInterface {
	if v.State == demarc.VIFDeleting {
		v.State, v.Deleted = demarc.VIFDeleted, now
	}
	return v
}

// Unplugged takes up that no port carries the interface, or none that is
// patched, which nobody at the edge can report. What waits for the edge there
// would wait for ever, and AWS's clients do not: it is down, its sessions are
// ready as far as they can be, and those that are going are gone.
func Unplugged(v demarc.VirtualInterface) demarc.VirtualInterface {
	if v.State == demarc.VIFAvailable || v.State == demarc.VIFPending {
		v.State = demarc.VIFDown
	}
	if v.State.InPlace() {
		v.Peers = without(v.Peers, func(p demarc.BGPPeer) bool { return p.State == demarc.PeerDeleting })
		v.Peers = readied(v)
	}
	return v
}

// agentsTurn is how long an agent has to build something before nobody waits for
// it: time for its machine to start again, and well within the ten minutes that
// AWS's clients wait for.
const agentsTurn = 3 * time.Minute

// Unanswered takes up that at now the agent of an interface has not built it yet,
// or a session of it. When its turn is over it is down, and the session ready as
// far as it can be: the agent is dead, or cannot. Once it is there it says more.
// Forwarding goes on without an agent, so what is available stays so.
func Unanswered(v demarc.VirtualInterface, now time.Time) demarc.VirtualInterface {
	switch {
	case !awaitsAgent(v):
	case v.Awaited.IsZero() || now.Before(v.Awaited): // or the clock was set back
		v.Awaited = now
	case now.Sub(v.Awaited) >= agentsTurn:
		if v.State == demarc.VIFPending {
			v.State = demarc.VIFDown
		}
		v.Peers = readied(v)
	}
	return v
}

// awaitsAgent reports whether the edge has something of an accepted interface to
// build.
func awaitsAgent(v demarc.VirtualInterface) bool {
	return v.State == demarc.VIFPending || v.State.InPlace() && slices.ContainsFunc(v.Peers, func(p demarc.BGPPeer) bool { return p.State == demarc.PeerPending })
}

// readied are the sessions of an interface, those that waited for the edge as well.
func readied(v demarc.VirtualInterface) []demarc.BGPPeer {
	return eachPeer(v, func(p *demarc.BGPPeer) {
		if p.State == demarc.PeerPending {
			p.State = demarc.PeerAvailable
		}
	})
}

// Uprooted takes up that the interface goes to another device, or is to have
// another MTU: the edge has to build it first.
func Uprooted(v demarc.VirtualInterface) demarc.VirtualInterface {
	if v.State == demarc.VIFAvailable || v.State == demarc.VIFDown {
		v.State = demarc.VIFPending
	}
	v.Awaited = time.Time{}
	return v
}
