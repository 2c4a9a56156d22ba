package demarc

import (
	"fmt"
	"log/slog"
)

// A Secret is a BGP key, a MACsec key or an access key's secret. However it is printed or
// logged it shows only that it is there; the store and the intent, which must
// keep it, marshal the real text. Reveal is the one way to read it.
type Secret struct{ text string }

// NewSecret wraps text. The empty text is no secret at all.
func NewSecret(text string) Secret { return Secret{text} }

// Reveal returns the real text, for the wire and the kernel only.
func (s Secret) Reveal() string { return s.text }

// IsZero reports whether there is no secret.
func (s Secret) IsZero() bool { return s.text == "" }

// String hides the secret.
func (s Secret) String() string {
	if s.text == "" {
		return ""
	}
	return "(secret)"
}

// Format hides the secret from every verb, %#v and %x included.
func (s Secret) Format(f fmt.State, _ rune) { fmt.Fprint(f, s.String()) }

// LogValue hides the secret from structured logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText gives the real text: documents that hold secrets are the store's
// and the intent's, both readable by their owner only.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.text), nil }

// UnmarshalText takes the real text.
func (s *Secret) UnmarshalText(text []byte) error {
	s.text = string(text)
	return nil
}
