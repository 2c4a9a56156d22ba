package connection

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"demarc"
	"demarc/store"
)

// A KeyOrder is a MACsec key for a port: a pair of the owner's own, or one that
// the owner has on another port already, by its ARN.
type KeyOrder struct {
	CKN       string
	CAK       demarc.Secret
	SecretARN string
}

var hex64 = regexp.MustCompile(`^[0-9A-Fa-f]{64}$`)

// check refuses what is neither of the two. The key is never repeated.
func (o KeyOrder) check() error {
	pair, named := o.CKN != "" || !o.CAK.IsZero(), o.SecretARN != ""
	switch {
	case pair == named:
		return keyError("secretARN", "a MACsec key is given either as ckn and cak or as secretARN")
	case named:
		return nil
	case !hex64.MatchString(o.CKN):
		return keyError("ckn", "ckn has to have 64 hexadecimal characters")
	case !hex64.MatchString(o.CAK.Reveal()):
		return keyError("cak", "cak has to have 64 hexadecimal characters")
	}
	return nil
}

func keyError(member, format string, args ...any) *demarc.Error {
	return demarc.Errorf(demarc.Invalid, format, args...).Coded("E-MACSEC-KEY", "").In(member)
}

// AssociateKey gives a key to a dedicated connection, interconnect or LAG of
// the account by, and returns all keys that it has then, the new one last. The
// same key again changes nothing.
func AssociateKey(tx *store.Tx, by demarc.AccountID, id demarc.ConnectionID, o KeyOrder, now time.Time) ([]demarc.MACsecKey, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	p, err := encrypted(tx, by, id, now)
	if err != nil {
		return nil, err
	}
	key, err := o.key(tx, by, p, now)
	if err != nil {
		return nil, err
	}
	after, err := KeyAssociated(p.MACsec, key)
	if err != nil {
		return nil, err
	}
	p.put(after)
	return after.Keys, nil
}

// key is the one that is meant.
func (o KeyOrder) key(tx *store.Tx, by demarc.AccountID, p port, now time.Time) (demarc.MACsecKey, error) {
	key := demarc.MACsecKey{CKN: o.CKN, CAK: o.CAK, Start: now, State: demarc.KeyAssociating}
	if o.SecretARN == "" {
		key.SecretARN = demarc.NewMACsecSecretARN(p.region, by, o.CKN)
		return key, nil
	}
	known, ok := keyOf(tx, by, p.region, o.SecretARN)
	if !ok {
		return key, demarc.Errorf(demarc.NotFound, "the account has no MACsec key %s on a connection or LAG", o.SecretARN).
			Coded("E-MACSEC-SECRET", "Give ckn and cak").In("secretARN")
	}
	key.SecretARN, key.CKN, key.CAK = known.SecretARN, known.CKN, known.CAK
	return key, nil
}

// keyOf finds a key among those of the account's connections and LAGs in a Region,
// which a secret is in as well. The indexes guard nothing; Get guards the one that
// has it.
func keyOf(tx *store.Tx, by demarc.AccountID, in demarc.Region, arn string) (demarc.MACsecKey, bool) {
	for found := range store.Connections.By(tx, "owner", string(by)) {
		if i := keyIndex(found.MACsec, arn); i >= 0 && found.Region == in {
			_, ok := store.Connections.Get(tx, string(found.ID))
			return found.MACsec.Keys[i], ok
		}
	}
	for found := range store.LAGs.By(tx, "owner", string(by)) {
		if i := keyIndex(found.MACsec, arn); i >= 0 && found.Region == in {
			_, ok := store.LAGs.Get(tx, string(found.ID))
			return found.MACsec.Keys[i], ok
		}
	}
	return demarc.MACsecKey{}, false
}

func keyIndex(m demarc.MACsec, arn string) int {
	return slices.IndexFunc(m.Keys, func(k demarc.MACsecKey) bool { return k.SecretARN == arn })
}

// DisassociateKey takes a key away again, and returns the keys as they are
// then. Taking away one that is going changes nothing.
func DisassociateKey(tx *store.Tx, by demarc.AccountID, id demarc.ConnectionID, arn string, now time.Time) ([]demarc.MACsecKey, error) {
	p, err := encrypted(tx, by, id, now)
	if err != nil {
		return nil, err
	}
	after, err := KeyDisassociated(p.MACsec, arn)
	if err != nil {
		return nil, err
	}
	p.put(after)
	return after.Keys, nil
}

// A port is what keys belong to: a connection outside of any LAG, or a LAG.
type port struct {
	demarc.MACsec
	region demarc.Region
	put    func(demarc.MACsec)
}

// encrypted finds what the account by may give keys to.
func encrypted(tx *store.Tx, by demarc.AccountID, id demarc.ConnectionID, now time.Time) (port, error) {
	if group, ok := id.LAG(); ok {
		lag, err := openLAG(tx, by, group, now)
		return port{lag.MACsec, lag.Region, func(m demarc.MACsec) { putLAGMACsec(tx, lag, m) }}, err
	}
	c, err := Get(tx, by, id, now)
	if err == nil {
		err = hasPort(c)
	}
	if err == nil && c.LAG != "" {
		err = grouped(c)
	}
	return port{c.MACsec, c.Region, func(m demarc.MACsec) { store.Connections.Put(tx, Encrypted(c, m)) }}, err
}

func grouped(c demarc.Connection) error {
	return demarc.Errorf(demarc.Conflict, "connection %s is in %s, whose MACsec keys and mode it has", c.ID, c.LAG).
		Coded("E-CONNECTION-IN-LAG", "Use the id of the LAG").In("connectionId")
}

// putLAGMACsec stores a LAG's encryption and passes its mode on to its members.
func putLAGMACsec(tx *store.Tx, lag demarc.LAG, m demarc.MACsec) {
	lag.MACsec = m
	store.LAGs.Put(tx, lag)
	_, members := membership(tx, lag.ID)
	for _, c := range members {
		if c.MACsec.Mode != m.Mode && c.MACsec.Capable() {
			store.Connections.Put(tx, Encrypted(c, demarc.MACsec{Mode: m.Mode}))
		}
	}
	relight(tx, lag.ID)
}

// Encrypted takes up another encryption. If nothing may pass any more the
// connection has no light; if something may again, the next look at the port
// tells.
func Encrypted(c demarc.Connection, m demarc.MACsec) demarc.Connection {
	c.MACsec = m
	if m.Dark() {
		return Seen(c, false)
	}
	return c
}

// KeyAssociated takes up a key. Another key of the same name is refused, since
// the two ends could not tell them apart.
func KeyAssociated(m demarc.MACsec, key demarc.MACsecKey) (demarc.MACsec, error) {
	if !m.Capable() {
		return m, incapable()
	}
	staying := 0
	for _, k := range m.Keys {
		switch {
		case k.State == demarc.KeyDisassociating:
		case strings.EqualFold(k.CKN, key.CKN) && strings.EqualFold(k.CAK.Reveal(), key.CAK.Reveal()):
			return m, nil
		case strings.EqualFold(k.CKN, key.CKN):
			return m, demarc.Errorf(demarc.Conflict, "there is another MACsec key of that name, %s", k.SecretARN).
				Coded("E-MACSEC-CKN", "Choose another CKN, or disassociate that key first").In("ckn")
		default:
			staying++
		}
	}
	if staying >= demarc.MaxMACsecKeys {
		return m, demarc.Errorf(demarc.Limit, "there are %d MACsec keys, the most that there may be", staying).
			Coded("E-MACSEC-KEYS", "Disassociate one first").In("connectionId")
	}
	// A key that is going and comes back is in use again.
	m.Keys = slices.DeleteFunc(slices.Clone(m.Keys), func(k demarc.MACsecKey) bool { return k.SecretARN == key.SecretARN })
	m.Keys = append(m.Keys, key)
	return m, nil
}

// KeyDisassociated takes up that a key is not wanted any more. Without any key
// nothing could be encrypted, so it need not be from then on.
func KeyDisassociated(m demarc.MACsec, arn string) (demarc.MACsec, error) {
	i := keyIndex(m, arn)
	if i < 0 {
		return m, demarc.Errorf(demarc.NotFound, "there is no MACsec key %s", arn).Coded("E-MACSEC-SECRET", "").In("secretARN")
	}
	m.Keys = slices.Clone(m.Keys)
	m.Keys[i].State = demarc.KeyDisassociating
	return keyless(m), nil
}

// KeysSettled takes up that a sweep has come by: what was given is there, and
// what was taken away is gone.
func KeysSettled(m demarc.MACsec) demarc.MACsec {
	m.Keys = slices.DeleteFunc(slices.Clone(m.Keys), func(k demarc.MACsecKey) bool { return k.State == demarc.KeyDisassociating })
	for i := range m.Keys {
		m.Keys[i].State = demarc.KeyAssociated
	}
	return m
}

// ModeChanged takes up another mode.
func ModeChanged(m demarc.MACsec, mode demarc.EncryptionMode) (demarc.MACsec, error) {
	switch {
	case mode != demarc.NoEncrypt && mode != demarc.ShouldEncrypt && mode != demarc.MustEncrypt:
		return m, demarc.Errorf(demarc.Invalid, "encryption mode %q is none of no_encrypt, should_encrypt and must_encrypt", mode).In("encryptionMode")
	case !m.Capable():
		return m, incapable().In("encryptionMode")
	case mode == demarc.MustEncrypt && !hasKey(m):
		return m, demarc.Errorf(demarc.Conflict, "nothing can be encrypted without a MACsec key").
			Coded("E-MACSEC-KEYLESS", "Associate a MACsec key first").In("encryptionMode")
	}
	m.Mode = mode
	return m, nil
}

// bare is what a connection has of its encryption when it comes into a LAG or
// leaves it: no key, and a mode that does not need one.
func bare(m demarc.MACsec) demarc.MACsec { return keyless(demarc.MACsec{Mode: m.Mode}) }

func keyless(m demarc.MACsec) demarc.MACsec {
	if m.Mode == demarc.MustEncrypt && !hasKey(m) {
		m.Mode = demarc.ShouldEncrypt
	}
	return m
}

func hasKey(m demarc.MACsec) bool {
	return slices.ContainsFunc(m.Keys, func(k demarc.MACsecKey) bool { return k.State != demarc.KeyDisassociating })
}

func incapable() *demarc.Error {
	return demarc.Errorf(demarc.Conflict, "it does not support MACsec, which has to be asked for in the order").
		Coded("E-MACSEC-INCAPABLE", "Order one with requestMACSec").In("connectionId")
}

// settleKeys does it for so many at most of the connections and LAGs whose keys
// wait for it, and returns how many more there may be.
func settleKeys(tx *store.Tx, left int) int {
	for _, found := range slices.Collect(store.Connections.By(tx, "unsettled", "unsettled")) {
		if c, ok := store.Connections.Get(tx, string(found.ID)); ok && left > 0 {
			c.MACsec = KeysSettled(c.MACsec)
			store.Connections.Put(tx, c)
			left--
		}
	}
	for _, found := range slices.Collect(store.LAGs.By(tx, "unsettled", "unsettled")) {
		if lag, ok := store.LAGs.Get(tx, string(found.ID)); ok && left > 0 {
			lag.MACsec = KeysSettled(lag.MACsec)
			store.LAGs.Put(tx, lag)
			left--
		}
	}
	return left
}

// MACsecOf is the encryption of a connection with the keys of its LAG, where it
// is in one.
func MACsecOf(r store.Reader, c demarc.Connection) demarc.MACsec {
	if c.LAG == "" || !c.MACsec.Capable() {
		return c.MACsec
	}
	lag, _ := store.LAGs.Get(r, string(c.LAG))
	return demarc.MACsec{Mode: c.MACsec.Mode, Keys: lag.MACsec.Keys}
}

// ParentMACsec is the encryption of what a hosted connection is on.
func ParentMACsec(r store.Reader, c demarc.Connection) demarc.MACsec {
	if id, ok := c.Parent.LAG(); ok {
		lag, _ := store.LAGs.Get(r, string(id))
		return lag.MACsec
	}
	parent, _ := store.Connections.Get(r, string(c.Parent))
	return parent.MACsec
}
