package gateway

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"demarc"
	"demarc/account"
	"demarc/store"
)

// A New is what is asked for when a Direct Connect gateway is made.
type New struct {
	// Name is for people, 1 to 100 characters; it need not be unique.
	Name string
	// ASN is our side's; nil is [demarc.DefaultGatewayASN]. It is as wide as the
	// request may be, so that a number that does not fit is refused and not cut.
	ASN  *int64
	Tags []demarc.Tag
}

// Create makes a Direct Connect gateway for the account by. It is available at
// once: there is nothing to be made anywhere before an interface is on it.
func Create(tx *store.Tx, by demarc.AccountID, n New, now time.Time) (demarc.DirectConnectGateway, error) {
	asn, err := n.check()
	if err != nil {
		return demarc.DirectConnectGateway{}, err
	}
	tx.Claims(ownedClaims(by)) // guards the count
	if have := len(ListDirectConnect(tx, by)); have >= account.Quotas(tx).Gateways {
		return demarc.DirectConnectGateway{}, demarc.Errorf(demarc.Limit, "the account has %d Direct Connect gateways, all that it may have", have).
			Coded("E-DXGW-LIMIT", "Delete one that you no longer need")
	}
	gw := demarc.DirectConnectGateway{
		ID: demarc.NewDirectConnectGatewayID(), Name: n.Name, Owner: by, ASN: asn,
		State: demarc.DirectConnectGatewayAvailable, Created: now, Tags: n.Tags,
	}
	store.DirectConnectGateways.Put(tx, gw)
	return gw, tx.Claim(ownedClaims(by)+string(gw.ID), string(gw.ID))
}

func (n New) check() (demarc.ASN, error) {
	if err := checkName(n.Name, "directConnectGatewayName"); err != nil {
		return 0, err
	}
	if err := demarc.CheckTags(n.Tags); err != nil {
		return 0, err
	}
	if n.ASN == nil {
		return demarc.DefaultGatewayASN, nil
	}
	return checkASN(*n.ASN)
}

func checkName(name, field string) error {
	if c := utf8.RuneCountInString(name); c < 1 || c > 100 {
		return demarc.Errorf(demarc.Invalid, "a Direct Connect gateway's name has 1 to 100 characters, not %d", c).In(field)
	}
	if strings.ContainsFunc(name, unicode.IsControl) {
		return demarc.Errorf(demarc.Invalid, "a Direct Connect gateway's name has no control characters").In(field)
	}
	return nil
}

// checkASN lets private numbers pass (RFC 6996, without 65535 and 4294967295,
// which RFC 7300 reserves).
func checkASN(asn int64) (demarc.ASN, error) {
	if asn >= 64512 && asn <= 65534 || asn >= 4200000000 && asn <= 4294967294 {
		return demarc.ASN(asn), nil
	}
	return 0, demarc.Errorf(demarc.Invalid, "ASN %d is no private one: a Direct Connect gateway's is between 64512 and 65534 or between 4200000000 and 4294967294", asn).
		Coded("E-DXGW-ASN", "").In("amazonSideAsn")
}

// GetDirectConnect returns a Direct Connect gateway of the account by, also
// one that is being deleted. AWS's clients match on "does not exist".
func GetDirectConnect(r store.Reader, by demarc.AccountID, id demarc.DirectConnectGatewayID) (demarc.DirectConnectGateway, error) {
	gw, ok := store.DirectConnectGateways.Get(r, string(id))
	if !ok || gw.Owner != by {
		return demarc.DirectConnectGateway{}, unknownDirectConnect(id)
	}
	return gw, nil
}

func unknownDirectConnect(id demarc.DirectConnectGatewayID) error {
	return demarc.Errorf(demarc.NotFound, "Direct Connect gateway with ID %s does not exist", id).In("directConnectGatewayId")
}

// usable returns a Direct Connect gateway of the account by that takes
// something up.
func usable(tx *store.Tx, by demarc.AccountID, id demarc.DirectConnectGatewayID) (demarc.DirectConnectGateway, error) {
	gw, err := GetDirectConnect(tx, by, id)
	if err == nil && gw.State != demarc.DirectConnectGatewayAvailable {
		err = demarc.Errorf(demarc.Conflict, "Direct Connect gateway %s is %s", id, gw.State).
			Coded("E-DXGW-STATE", "Use another, or create one").In("directConnectGatewayId")
	}
	return gw, err
}

// ListDirectConnect returns the Direct Connect gateways of the account by, in
// the order of their ids. Those that were deleted are not among them.
func ListDirectConnect(r store.Reader, by demarc.AccountID) []demarc.DirectConnectGateway {
	return slices.Collect(store.DirectConnectGateways.By(r, "owner", string(by)))
}

// Rename gives a Direct Connect gateway of the account by another name.
func Rename(tx *store.Tx, by demarc.AccountID, id demarc.DirectConnectGatewayID, name string) (demarc.DirectConnectGateway, error) {
	if err := checkName(name, "newDirectConnectGatewayName"); err != nil {
		return demarc.DirectConnectGateway{}, err
	}
	gw, err := usable(tx, by, id)
	if err != nil {
		return demarc.DirectConnectGateway{}, err
	}
	gw.Name = name
	store.DirectConnectGateways.Put(tx, gw)
	return gw, nil
}

// Delete ends a Direct Connect gateway of the account by. It is refused while
// anything is on it, and names that. Deleting it again is not an error.
func Delete(tx *store.Tx, by demarc.AccountID, id demarc.DirectConnectGatewayID) (demarc.DirectConnectGateway, error) {
	gw, err := GetDirectConnect(tx, by, id)
	if err != nil {
		return demarc.DirectConnectGateway{}, err
	}
	if on := holders(tx, onClaims(string(id)), associatedClaims(id)); len(on) > 0 {
		return demarc.DirectConnectGateway{}, demarc.Errorf(demarc.Conflict, "Direct Connect gateway %s still has %s", id, strings.Join(on, ", ")).
			Coded("E-DXGW-IN-USE", "Delete these virtual interfaces and associations first").In("directConnectGatewayId")
	}
	gw.State = demarc.DirectConnectGatewayDeleting
	store.DirectConnectGateways.Put(tx, gw)
	tx.Release(ownedClaims(by) + string(id))
	return gw, nil
}

// holders lists who holds the claims that begin so.
func holders(tx *store.Tx, prefixes ...string) []string {
	var all []string
	for _, prefix := range prefixes {
		for _, holder := range tx.Claims(prefix) {
			all = append(all, holder)
		}
	}
	return all
}
