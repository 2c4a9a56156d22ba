package demarc

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// A Location is a building in which customers' cages and ours stand side by
// side.
type Location struct {
	Code   LocationCode `json:"code"`
	Name   string       `json:"name"`
	Region Region       `json:"region"`
	// Facility is the account of the building's owner, who patches there.
	Facility  AccountID `json:"facility"`
	Providers []string  `json:"providers,omitempty"`
	Cages     []Cage    `json:"cages,omitempty"`
}

// A Cage is where a customer's or partner's routers stand in a location.
type Cage struct {
	Account AccountID `json:"account"`
	// Router and Interface are the far end of a cross-connect into this cage.
	Router    string `json:"router"`
	Interface string `json:"interface"`
}

// A Device is one of our routers in a location. Its agent has the same name.
type Device struct {
	ID       NodeID       `json:"id"`
	Location LocationCode `json:"location"`
	Rack     string       `json:"rack"`
	// RouterID is the device's BGP identifier on the backbone.
	RouterID netip.Addr `json:"routerID"`
	// Address is the machine's own, by which other machines reach it. Nodes of
	// one address share a machine, as all do that have none.
	Address netip.Addr `json:"address,omitzero"`
	// Public is the device's way to the public network; nil for none.
	Public *PublicUplink `json:"public,omitempty"`
}

// A Port is one socket of a device, wired to a panel that the facility can
// reach.
type Port struct {
	ID PortID `json:"id"`
	// Speed is the one speed of the port's optic.
	Speed Bandwidth `json:"speed"`
	// MACsec says that connections with MACsec may be given it.
	MACsec bool `json:"macsec,omitempty"`
	// Interface is the port's network interface on the device.
	Interface string `json:"interface"`
	// Panel and PanelPort are where the facility plugs in.
	Panel     string `json:"panel"`
	PanelPort string `json:"panelPort"`
}

// Bandwidth is in bits per second.
type Bandwidth uint64

const (
	Mbps Bandwidth = 1_000_000
	Gbps Bandwidth = 1000 * Mbps
	Tbps Bandwidth = 1000 * Gbps
)

// ParseBandwidth reads AWS's spelling: 50Mbps, 1Gbps, 1.2Gbps, 400Gbps.
func ParseBandwidth(s string) (Bandwidth, error) {
	for _, unit := range []struct {
		suffix string
		size   Bandwidth
	}{{"Mbps", Mbps}, {"Gbps", Gbps}, {"Tbps", Tbps}} {
		number, ok := strings.CutSuffix(s, unit.suffix)
		if !ok {
			continue
		}
		n, err := strconv.ParseFloat(number, 64)
		if err != nil || !(n > 0 && n <= 1000) {
			break
		}
		return Bandwidth(n*float64(unit.size) + 0.5), nil
	}
	return 0, fmt.Errorf("%q is no bandwidth such as 50Mbps or 1Gbps", s)
}

// String is AWS's spelling, the largest unit that leaves a short number.
func (b Bandwidth) String() string {
	switch {
	case b >= Tbps:
		return strconv.FormatFloat(float64(b)/float64(Tbps), 'f', -1, 64) + "Tbps"
	case b >= Gbps:
		return strconv.FormatFloat(float64(b)/float64(Gbps), 'f', -1, 64) + "Gbps"
	default:
		return strconv.FormatFloat(float64(b)/float64(Mbps), 'f', -1, 64) + "Mbps"
	}
}

// MarshalText writes AWS's spelling, and nothing for no bandwidth at all.
func (b Bandwidth) MarshalText() ([]byte, error) {
	if b == 0 {
		return nil, nil
	}
	return []byte(b.String()), nil
}

// UnmarshalText reads what MarshalText writes.
func (b *Bandwidth) UnmarshalText(text []byte) (err error) {
	if len(text) == 0 {
		*b = 0
		return nil
	}
	*b, err = ParseBandwidth(string(text))
	return err
}
