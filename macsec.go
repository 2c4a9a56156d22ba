package demarc

import "time"

// EncryptionMode says what happens to frames that are not encrypted.
type EncryptionMode string

const (
	NoEncrypt     EncryptionMode = "no_encrypt"     // MACsec is off
	ShouldEncrypt EncryptionMode = "should_encrypt" // in the clear while there is no MACsec
	MustEncrypt   EncryptionMode = "must_encrypt"   // nothing passes without MACsec
)

// MaxMACsecKeys is how many keys a port may have (AWS).
const MaxMACsecKeys = 3

// MACsecKeyState says how far a key has come on its port.
//
//	associated by its owner ──► associating ──sweep──► associated
//	                                │                      │
//	                                └── disassociated by its owner ──► disassociating ──sweep──► (gone)
type MACsecKeyState string

const (
	KeyAssociating    MACsecKeyState = "associating"    // it was given; the next sweep moves next
	KeyAssociated     MACsecKeyState = "associated"     // it is the port's
	KeyDisassociating MACsecKeyState = "disassociating" // it was taken away; the next sweep moves next
)

// A MACsecKey is a pre-shared key of a port (IEEE 802.1X-2020, MKA).
type MACsecKey struct {
	// SecretARN names the key towards its owner, on every port that has it.
	SecretARN string `json:"secretARN"`
	// CKN is the key's name, 64 hexadecimal digits, and CAK the key itself, as
	// many. The name is no secret; the key is shown to nobody, its owner
	// included.
	CKN   string         `json:"ckn"`
	CAK   Secret         `json:"cak"`
	Start time.Time      `json:"start"`
	State MACsecKeyState `json:"state"`
}

// MACsec is what a connection or LAG has of it. The zero value is that of one
// that was ordered without. A LAG's is that of all its members, which have no
// keys of their own.
//
// The edge does not encrypt yet: a mode and keys are kept and shown, and what
// must be encrypted is carried by nobody.
type MACsec struct {
	// Mode is empty where there is no MACsec at all.
	Mode EncryptionMode `json:"mode,omitempty"`
	// Keys are in the order of their association, the oldest first.
	Keys []MACsecKey `json:"keys,omitempty"`
}

// Capable reports whether MACsec was asked for when the port was ordered.
func (m MACsec) Capable() bool { return m.Mode != "" }

// Dark reports whether nothing may pass: everything has to be encrypted, and
// nothing is.
func (m MACsec) Dark() bool { return m.Mode == MustEncrypt }

// Unsettled reports whether a key waits for the next sweep.
func (m MACsec) Unsettled() bool {
	for _, k := range m.Keys {
		if k.State != KeyAssociated {
			return true
		}
	}
	return false
}

// NewMACsecSecretARN names a key as AWS names those that it keeps for Direct
// Connect: an ARN of Secrets Manager's, though there is no such service here.
func NewMACsecSecretARN(region Region, owner AccountID, ckn string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	return "arn:aws:secretsmanager:" + string(region) + ":" + string(owner) +
		":secret:directconnect!prod/" + string(region) + "/directconnect/" + ckn + "-" + random(alphabet, 6)
}
