package vif

import (
	"time"

	"demarc"
	"demarc/connection"
	"demarc/store"
)

// A line is what an interface is a tag on, with the ports that it has.
type line struct {
	connection.Bearer
	ports int
}

// rate is that of all ports together.
func (on line) rate() demarc.Bandwidth { return on.Bandwidth * demarc.Bandwidth(on.ports) }

func (on line) hosted() bool { return on.Kind == demarc.Hosted }

// lineOf finds the line of the account by on which an interface may be.
func lineOf(r store.Reader, by demarc.AccountID, id demarc.ConnectionID, now time.Time) (line, error) {
	b, err := connection.BearerOf(r, by, id, now)
	if err != nil {
		return line{}, err
	}
	return line{b, ports(r, id)}, nil
}

// ports counts those of a connection or LAG. A LAG that is empty for now is
// taken for one of one port.
func ports(r store.Reader, id demarc.ConnectionID) int {
	if group, ok := id.LAG(); ok {
		return max(1, len(connection.Members(r, group)))
	}
	return 1
}

// lay puts an interface onto the line: it is where the line is.
func (on line) lay(v *demarc.VirtualInterface) {
	v.Connection, v.ConnectionOwner = on.ID, on.Owner
	v.Region, v.Location, v.Device = on.Region, on.Location, on.Device
}

// Billable counts the ports that the pool of prefixes of a connection or LAG is
// reckoned from: a member whose link never came up gives it none (AWS), but a
// LAG has what one port has from the beginning.
func Billable(r store.Reader, id demarc.ConnectionID) int {
	group, ok := id.LAG()
	if !ok {
		return 1
	}
	n := 0
	for _, c := range connection.Members(r, group) {
		if c.State == demarc.ConnectionAvailable || c.State == demarc.ConnectionDown {
			n++
		}
	}
	return max(1, n)
}

func misplaced(format string, args ...any) error {
	return demarc.Errorf(demarc.Conflict, format, args...).Coded("E-VIF-PLACE", "").In("connectionId")
}

// releaseLine lets go of what an interface holds of its line.
func releaseLine(tx *store.Tx, v demarc.VirtualInterface) {
	tx.Release(vlanClaim(v))
	tx.Release(rateClaim(v))
	tx.Release(poolClaim(string(v.Connection), v))
	for _, p := range v.Peers {
		letGo(tx, v, peerClaim(v.Connection, p.AmazonAddress.Masked()))
		tx.Release(pairClaim(v, p))
	}
}

// holdLine claims what an interface that is made already has of its line.
func holdLine(tx *store.Tx, v demarc.VirtualInterface, on line) error {
	if err := holdVLAN(tx, v); err != nil {
		return err
	}
	if err := spare(tx, v, on.Kind); err != nil {
		return err
	}
	for _, p := range v.Peers {
		if p.State == demarc.PeerDeleting {
			continue
		}
		if err := hold(tx, on.Owner, v, p.AmazonAddress.Masked()); err != nil {
			return err
		}
	}
	if err := holdPairs(tx, v); err != nil {
		return err
	}
	return holdShare(tx, v, on)
}

// holdShare claims what it has of the line's prefixes and rate limiters.
func holdShare(tx *store.Tx, v demarc.VirtualInterface, on line) error {
	if err := holdPrefixes(tx, v, on); err != nil {
		return err
	}
	return holdRate(tx, v, on)
}
