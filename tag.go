package demarc

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// A Tag is a label that the owner of a resource puts on it.
type Tag struct {
	Key   string `json:"key"`
	Value string `json:"value,omitempty"`
}

// MaxTags is how many tags a resource may have.
const MaxTags = 50

// What the API gives exceptions of their own, a refusal of tags says by its
// code.
const (
	CodeTagDuplicate = "E-TAG-DUPLICATE" // one key twice
	CodeTagLimit     = "E-TAG-LIMIT"     // more than MaxTags
	CodeTagInvalid   = "E-TAG-INVALID"   // a key or value that none may have
)

// tagText is what keys and values are made of (the API model's pattern).
var tagText = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)

// CheckTags refuses tags that no resource may have: more than MaxTags, a key
// twice, a key of other than 1 to 128 characters or a value of more than 256,
// and the prefix aws:, which is reserved.
func CheckTags(tags []Tag) error {
	if len(tags) > MaxTags {
		return Errorf(Limit, "%d tags are more than the %d that a resource may have", len(tags), MaxTags).Coded(CodeTagLimit, "").In("tags")
	}
	seen := map[string]bool{}
	for _, t := range tags {
		if err := t.check(); err != nil {
			return err
		}
		if seen[t.Key] {
			return Errorf(Invalid, "tag key %q is given twice", t.Key).Coded(CodeTagDuplicate, "").In("tags")
		}
		seen[t.Key] = true
	}
	return nil
}

func (t Tag) check() error {
	refuse := func(format string, args ...any) error {
		return Errorf(Invalid, format, args...).Coded(CodeTagInvalid, "").In("tags")
	}
	switch n := utf8.RuneCountInString(t.Key); {
	case n < 1 || n > 128:
		return refuse("a tag key has 1 to 128 characters, not %d", n)
	case utf8.RuneCountInString(t.Value) > 256:
		return refuse("the value of tag %q has more than 256 characters", t.Key)
	case strings.HasPrefix(strings.ToLower(t.Key), "aws:"):
		return refuse("tag key %q begins with aws:, which is reserved", t.Key)
	case !tagText.MatchString(t.Key) || !tagText.MatchString(t.Value):
		return refuse("tag %q has a character other than letters, digits, spaces and _.:/=+-@", t.Key)
	}
	return nil
}
