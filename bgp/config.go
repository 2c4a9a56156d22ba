package bgp

import (
	"errors"
	"fmt"
	"net/netip"
	"time"
)

// Config says what a session should be. It is comparable: a session with the
// same Config need not be touched.
type Config struct {
	// LocalASN and PeerASN are the two autonomous systems. Equal: an internal
	// session. Neither may be 0 (RFC 7607) or 23456, which stands for "too big".
	LocalASN, PeerASN uint32
	// RouterID identifies this speaker; an IPv4 address other than 0.0.0.0.
	RouterID netip.Addr
	// LocalAddr and PeerAddr are the ends of the TCP connection, of one address
	// family and without zone.
	LocalAddr, PeerAddr netip.Addr
	// Passive waits for the peer to open instead of opening as well.
	Passive bool
	// HoldTime is offered to the peer; the lower of both offers is used. Whole
	// seconds from 3; 0 means 90 s. Keepalives are sent at a third of the result.
	HoldTime time.Duration
	// ConnectRetry is the longest pause between attempts, less up to a quarter of
	// jitter; 0 means 1 s. The first pauses are shorter.
	ConnectRetry time.Duration
	// IdleHold is how long the session rests after the peer exceeded a prefix
	// limit; 0 means until Start is called again.
	IdleHold time.Duration
	// RestartTime is how long the peer should keep our routes when we vanish
	// (RFC 4724), up to 4095 s; 0 offers no graceful restart, and nothing of the
	// peer's is kept either.
	RestartTime time.Duration
	// IPv4 and IPv6 are the kinds of routes to exchange; at least one.
	IPv4, IPv6 FamilyConfig
}

// FamilyConfig says how one kind of route is exchanged.
type FamilyConfig struct {
	Enabled bool
	// MaxPrefixes is how many the peer may announce; one more ends the session
	// with Cease 6/1. 0 means no limit.
	MaxPrefixes int
	// NextHop is announced where Attributes.NextHop is not set. Invalid means
	// LocalAddr, which must then suit the family.
	NextHop netip.Addr
}

const (
	// RFC 4271 suggests 90 s, and Direct Connect uses it.
	defaultHoldTime = 90 * time.Second
	// A router being configured should come up while its engineer looks on.
	defaultConnectRetry = time.Second
	// The other end is often just being made, and then a moment late; from here
	// the pause doubles up to ConnectRetry.
	firstRetry = 50 * time.Millisecond
	// The field has 12 bits (RFC 4724, section 3).
	maxRestartTime = 4095 * time.Second
)

// Internal tells whether both ends are in one autonomous system.
func (c Config) Internal() bool { return c.LocalASN == c.PeerASN }

// Family returns the settings of f.
func (c Config) Family(f Family) FamilyConfig {
	if f == IPv6 {
		return c.IPv6
	}
	return c.IPv4
}

// Families returns the enabled families.
func (c Config) Families() FamilySet {
	var set FamilySet
	for _, f := range Families() {
		if c.Family(f).Enabled {
			set |= FamiliesOf(f)
		}
	}
	return set
}

// Validate names every field that makes the session impossible.
func (c Config) Validate() error {
	return errors.Join(
		validASN("LocalASN", c.LocalASN),
		validASN("PeerASN", c.PeerASN),
		c.validAddresses(),
		c.validTimes(),
		c.validFamilies(),
	)
}

func validASN(field string, asn uint32) error {
	switch asn {
	case 0, asTrans, 65535, 1<<32 - 1:
		return fmt.Errorf("%s: %d is reserved and cannot be a session's AS number", field, asn)
	}
	return nil
}

func (c Config) validAddresses() error {
	var errs []error
	if !c.RouterID.Is4() || c.RouterID.IsUnspecified() {
		errs = append(errs, fmt.Errorf("RouterID: %v is not an IPv4 address other than 0.0.0.0", c.RouterID))
	}
	errs = append(errs, validEnd("LocalAddr", c.LocalAddr), validEnd("PeerAddr", c.PeerAddr))
	if c.LocalAddr == c.PeerAddr {
		errs = append(errs, fmt.Errorf("PeerAddr: %v is this end's own address", c.PeerAddr))
	}
	if c.LocalAddr.Is4() != c.PeerAddr.Is4() {
		errs = append(errs, fmt.Errorf("PeerAddr: %v and LocalAddr %v are not of one address family", c.PeerAddr, c.LocalAddr))
	}
	return errors.Join(errs...)
}

func validEnd(field string, a netip.Addr) error {
	if !a.IsValid() || a.IsUnspecified() || a.IsMulticast() || a.Is4In6() {
		return fmt.Errorf("%s: %v is not an address a host can have", field, a)
	}
	if a.Zone() != "" {
		return fmt.Errorf("%s: %v has a zone, which belongs to the socket", field, a)
	}
	return nil
}

func (c Config) validTimes() error {
	var errs []error
	if h := c.HoldTime; h != 0 && (h < 3*time.Second || h > 65535*time.Second || h%time.Second != 0) {
		errs = append(errs, fmt.Errorf("HoldTime: %v is not a whole number of seconds from 3 to 65535", h))
	}
	if c.ConnectRetry < 0 {
		errs = append(errs, fmt.Errorf("ConnectRetry: %v is negative", c.ConnectRetry))
	}
	if c.IdleHold < 0 {
		errs = append(errs, fmt.Errorf("IdleHold: %v is negative", c.IdleHold))
	}
	if r := c.RestartTime; r < 0 || r > maxRestartTime || r%time.Second != 0 {
		errs = append(errs, fmt.Errorf("RestartTime: %v is not a whole number of seconds up to 4095", r))
	}
	return errors.Join(errs...)
}

func (c Config) validFamilies() error {
	var errs []error
	if c.Families() == 0 {
		errs = append(errs, errors.New("IPv4, IPv6: at least one family must be enabled"))
	}
	for _, f := range c.Families().List() {
		errs = append(errs, c.validFamily(f))
	}
	return errors.Join(errs...)
}

func (c Config) validFamily(f Family) error {
	name, fc := map[Family]string{IPv4: "IPv4", IPv6: "IPv6"}[f], c.Family(f)
	if fc.MaxPrefixes < 0 {
		return fmt.Errorf("%s.MaxPrefixes: %d is negative", name, fc.MaxPrefixes)
	}
	if fc.NextHop.Zone() != "" {
		return fmt.Errorf("%s.NextHop: %v has a zone", name, fc.NextHop)
	}
	if f == IPv6 && !c.nextHop(f).Is6() {
		return fmt.Errorf("IPv6.NextHop: %v is not an IPv6 address", c.nextHop(f))
	}
	return nil
}

// nextHop is this end as the other sees it.
func (c Config) nextHop(f Family) netip.Addr {
	if nh := c.Family(f).NextHop; nh.IsValid() {
		return nh
	}
	return c.LocalAddr
}

func (c Config) holdTime() time.Duration {
	if c.HoldTime == 0 {
		return defaultHoldTime
	}
	return c.HoldTime
}

func (c Config) connectRetry() time.Duration {
	if c.ConnectRetry == 0 {
		return defaultConnectRetry
	}
	return c.ConnectRetry
}
