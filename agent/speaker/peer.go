package speaker

import (
	"errors"
	"fmt"
	"log/slog"

	"demarc/bgp"
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
	Session   bgp.Config
	// Key signs every segment (TCP-MD5, RFC 2385), up to 80 octets; empty: none.
	Key Key
	// TTL of sent packets: 1 towards a neighbour on the same wire, which is also
	// what 0 means.
	TTL int
	// Zone is the interface of fe80:: addresses, by name.
	Zone string
	// BindDevice ties both sockets to an interface, by name; empty: none.
	BindDevice string
	// VIF, or Gateway, is whose session this is, for the log.
	VIF, Gateway string
	// Restarting says that the process has just restarted while the kernel kept
	// forwarding; the session's first OPEN tells the peer. A change of it alone
	// changes nothing.
	Restarting bool
}

// A Key is a TCP-MD5 key. It never shows itself.
type Key string

const redacted = "(hidden)"

func (k Key) String() string               { return redacted }
func (k Key) GoString() string             { return redacted }
func (k Key) LogValue() slog.Value         { return slog.StringValue(redacted) }
func (k Key) MarshalText() ([]byte, error) { return []byte(redacted), nil }

// Format hides the key from every verb, %x and %d included.
func (k Key) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(redacted)) }

// maxKey is what the kernel takes (TCP_MD5SIG_MAXKEYLEN).
const maxKey = 80

// Validate names every field at fault.
func (p Peer) Validate() error {
	errs := []error{p.Session.Validate()}
	if p.Namespace == nil {
		errs = append(errs, errors.New("Namespace: missing"))
	}
	if len(p.Key) > maxKey {
		errs = append(errs, fmt.Errorf("Key: %d octets, the most is %d", len(p.Key), maxKey))
	}
	if p.TTL < 0 || p.TTL > 255 {
		errs = append(errs, fmt.Errorf("TTL: %d is not from 1 to 255", p.TTL))
	}
	if p.Session.LocalAddr.IsLinkLocalUnicast() && p.Session.LocalAddr.Is6() && p.Zone == "" {
		errs = append(errs, fmt.Errorf("Zone: %v needs the name of its interface", p.Session.LocalAddr))
	}
	return errors.Join(errs...)
}

func (p Peer) ttl() int { return max(p.TTL, 1) }

// device is the interface whose replacement makes a socket useless.
func (p Peer) device() string {
	if p.BindDevice != "" {
		return p.BindDevice
	}
	return p.Zone
}

// attributes are how the log names the session.
func (p Peer) attributes() []any {
	peer := slog.Any("peer", p.Session.PeerAddr.WithZone(p.Zone))
	if p.Gateway != "" {
		return []any{slog.String("gw", p.Gateway), peer}
	}
	return []any{slog.String("vif", p.VIF), peer}
}

// apart is the peer without what does not make it another one.
func (p Peer) apart() Peer {
	p.Restarting = false
	return p
}

// An Event is something learned from a peer, one of bgp.Up, Down, Update,
// EndOfRIB, DropStale and RefreshRequested, or that its session's state or the
// reason for it has changed. Those of one peer come in order.
type Event struct {
	Key  string     // as given to Set
	What bgp.Action // nil if only the status has changed
	// Status is how the session is from now on. It is nil unless its state or
	// reason has changed.
	Status *bgp.Status
}
