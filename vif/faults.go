package vif

import (
	"errors"

	"demarc"
)

// Faults lists what an allocation would refuse in these numbers and addresses
// by themselves, all of it and not the first alone. Zero values are left to the
// allocation, and nothing is said of them.
func (n New) Faults() []*demarc.Error {
	var found []*demarc.Error
	try := func(asked bool, check func() error) {
		if !asked {
			return
		}
		if refusal, ok := errors.AsType[*demarc.Error](check()); ok {
			found = append(found, refusal)
		}
	}
	if n.Type == "" {
		n.Type = demarc.PrivateVIF
	}
	try(n.VLAN != 0, n.checkVLAN)
	try(n.ASN != 0, n.peer().checkASN)
	try(n.MTU != 0, func() error { return checkMTU(n.Type, n.MTU) })
	try(n.AmazonAddress != "" || n.CustomerAddress != "", func() error {
		_, _, err := parseEnds(n.AmazonAddress, n.CustomerAddress, n.Type == demarc.PublicVIF)
		return err
	})
	return found
}
