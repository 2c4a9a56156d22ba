package heartbeat

import (
	"errors"
	"fmt"
	"net/netip"

	"demarc/bfd"
)

// A Namespace is where a session's sockets are. Its dynamic type must be
// comparable; equal values are the same namespace.
type Namespace interface {
	// Do runs fn on a thread inside the namespace and returns its error, or why
	// the namespace could not be entered.
	Do(fn func() error) error
}

// A Peer says what one session should be. Peers are comparable.
type Peer struct {
	Namespace Namespace
	// Local and Remote are the two ends, of one address family, without zone.
	Local, Remote netip.Addr
	// Device is the interface that both are on, by name.
	Device  string
	Session bfd.Config
	// VIF is whose session this is, for the log.
	VIF string
}

// Validate names every field at fault.
func (p Peer) Validate() error {
	errs := []error{p.Session.Validate()}
	if p.Namespace == nil {
		errs = append(errs, errors.New("Namespace: missing"))
	}
	if p.Device == "" {
		errs = append(errs, errors.New("Device: missing"))
	}
	if !p.Local.IsValid() || !p.Remote.IsValid() || p.Local.Is4() != p.Remote.Is4() {
		errs = append(errs, fmt.Errorf("Local, Remote: %v and %v are not two addresses of one family", p.Local, p.Remote))
	}
	return errors.Join(errs...)
}

// apart is the peer without what does not make it another one.
func (p Peer) apart() Peer {
	p.Session.Resume = false
	return p
}

// sameWire tells whether next differs only in what a running session can
// change.
func (p Peer) sameWire(next Peer) bool {
	p, next = p.apart(), next.apart()
	next.Session.DesiredMinTx, next.Session.RequiredMinRx = p.Session.DesiredMinTx, p.Session.RequiredMinRx
	next.Session.Multiplier = p.Session.Multiplier
	return p == next
}
