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

// tagText is what keys and values are made of at Direct Connect (the pattern of
// its API's model).
var tagText = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$`)

// CheckTags refuses tags that no resource of Direct Connect may have: more than
// MaxTags, a key twice, a key of other than 1 to 128 characters or a value of
// more than 256, the prefix aws:, which is reserved, and characters other than
// those of the API's model.
func CheckTags(tags []Tag) error {
	return checkTags(tags, tagText.MatchString, "other than letters, digits, spaces and _.:/=+-@")
}

// CheckCloudTags does the same for what is in the cloud, VPCs and Transit
// Gateways and what belongs to them, where every character may be in a tag that
// an answer can be written with.
func CheckCloudTags(tags []Tag) error {
	return checkTags(tags, writable, "that is a control character")
}

// writable reports whether a text can be written in XML 1.0 (section 2.2).
func writable(text string) bool {
	return utf8.ValidString(text) && !strings.ContainsFunc(text, func(r rune) bool {
		return r < ' ' && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF
	})
}

func checkTags(tags []Tag, may func(string) bool, otherwise string) error {
	if len(tags) > MaxTags {
		return Errorf(Limit, "%d tags are more than the %d that a resource may have", len(tags), MaxTags).Coded(CodeTagLimit, "").In("tags")
	}
	seen := map[string]bool{}
	for _, t := range tags {
		if err := t.check(may, otherwise); err != nil {
			return err
		}
		if seen[t.Key] {
			return Errorf(Invalid, "tag key %q is given twice", t.Key).Coded(CodeTagDuplicate, "").In("tags")
		}
		seen[t.Key] = true
	}
	return nil
}

func (t Tag) check(may func(string) bool, otherwise string) error {
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
	case !may(t.Key) || !may(t.Value):
		return refuse("tag %q has a character %s", t.Key, otherwise)
	}
	return nil
}
