package vif

import (
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
			Coded("E-ACCEPT-STATE", "").In("virtualInterfaceId")
	}
	return nil
}

// Accepted takes an interface up onto a gateway of its owner's.
func Accepted(v demarc.VirtualInterface, by demarc.AccountID, gw demarc.VirtualGateway) (demarc.VirtualInterface, error) {
	if err := Acceptable(v, by); err != nil {
		return v, err
	}
	for _, p := range v.Peers {
		if p.ASN == gw.ASN {
			return v, demarc.Errorf(demarc.Conflict, "the customer's ASN %d equals the ASN %d of gateway %s; a BGP session needs two", p.ASN, gw.ASN, gw.ID).
				Coded("E-ASN-EQUAL", "Choose a gateway with another ASN, or have the interface allocated again with another customer ASN")
		}
	}
	v.State, v.Gateway, v.GatewayASN = demarc.VIFPending, gw.ID, gw.ASN
	return v, nil
}

// Seen takes up what the edge saw. Being built and the session coming up are
// two events, and both may be in the first report.
func Seen(v demarc.VirtualInterface, seen intent.VIFSeen) demarc.VirtualInterface {
	if v.State == demarc.VIFPending && seen.Built {
		v.State = demarc.VIFDown
	}
	switch up := established(seen); {
	case v.State == demarc.VIFDown && up:
		v.State = demarc.VIFAvailable
	case v.State == demarc.VIFAvailable && !up:
		v.State = demarc.VIFDown
	}
	return v
}

// established reports whether traffic may flow: one session is enough.
func established(seen intent.VIFSeen) bool {
	for _, s := range seen.Session {
		if s.Established() {
			return true
		}
	}
	return false
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
	case demarc.VIFPending, demarc.VIFDown, demarc.VIFAvailable:
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

// Unplugged takes up that no port carries the interface any more, which nobody
// at the edge can report.
func Unplugged(v demarc.VirtualInterface) demarc.VirtualInterface {
	if v.State == demarc.VIFAvailable {
		v.State = demarc.VIFDown
	}
	return v
}

// Uprooted takes up that the interface goes to another device, which has to
// build it first.
func Uprooted(v demarc.VirtualInterface) demarc.VirtualInterface {
	if v.State == demarc.VIFAvailable || v.State == demarc.VIFDown {
		v.State = demarc.VIFPending
	}
	return v
}
