package regional

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/url"
	"strings"

	"demarc"
	"demarc/store"
)

// A Mask has taken ids of other Regions' objects out of a request. The zero value
// has taken none.
type Mask struct{ given map[string]string } // by what stands for it

// Empty reports whether nothing was taken.
func (m Mask) Empty() bool { return len(m.given) == 0 }

// Lift puts back what the caller has named: an answer speaks of that.
func (m Mask) Lift(text string) string {
	for instead, given := range m.given {
		text = strings.ReplaceAll(text, instead, given)
	}
	return text
}

// hide is what to read in place of a text: another id if it is one that the scope
// hides.
func (s Scope) hide(r store.Reader, m *Mask, text string) string {
	if !s.Hides(r, text) {
		return text
	}
	for instead, given := range m.given {
		if given == text {
			return instead
		}
	}
	instead := unheard(r, text)
	if m.given == nil {
		m.given = map[string]string{}
	}
	m.given[instead] = text
	return instead
}

// unheard is an id of the same form that nothing has.
func unheard(r store.Reader, id string) string {
	const hex = "0123456789abcdef" // of which Direct Connect's ids may be as well
	at := strings.LastIndexByte(id, '-') + 2
	for {
		random := make([]byte, len(id)-at)
		rand.Read(random)
		for i := range random {
			random[i] = hex[random[i]%16]
		}
		if made := id[:at] + string(random); made != id {
			if _, known := of(r, made); !known {
				return made
			}
		}
	}
}

// JSON masks the body of a request: whatever is an id, but in names and tags. What
// is no JSON is left for others to refuse.
func (s Scope) JSON(r store.Reader, body []byte) ([]byte, Mask) {
	var m Mask
	if s.All() {
		return body, m
	}
	var document any
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if decoder.Decode(&document) != nil {
		return body, m
	}
	document = s.hideIn(r, &m, document)
	if m.Empty() {
		return body, m
	}
	masked, err := json.Marshal(document)
	if err != nil {
		return body, Mask{}
	}
	return masked, m
}

func (s Scope) hideIn(r store.Reader, m *Mask, value any) any {
	switch value := value.(type) {
	case string:
		return s.hide(r, m, value)
	case []any:
		for i := range value {
			value[i] = s.hideIn(r, m, value[i])
		}
	case map[string]any:
		for name, member := range value {
			if !free(name) {
				value[name] = s.hideIn(r, m, member)
			}
		}
	}
	return value
}

// Form masks a form. Filters are left: they are for lists, which have nothing of
// other Regions.
func (s Scope) Form(r store.Reader, form url.Values) (url.Values, Mask) {
	var m Mask
	if s.All() {
		return form, m
	}
	masked := url.Values{}
	for name, values := range form {
		for _, v := range values {
			if !free(name) {
				v = s.hide(r, &m, v)
			}
			masked.Add(name, v)
		}
	}
	return masked, m
}

// free reports whether a member has whatever its caller likes in it.
func free(member string) bool {
	name := strings.ToLower(member)
	return strings.Contains(name, "tag") || strings.HasPrefix(name, "filter") || strings.HasSuffix(name, "name") || strings.HasSuffix(name, "description")
}

// Refusal is an error in which the caller's ids are put back.
func (m Mask) Refusal(err error) error {
	refusal, ok := errors.AsType[*demarc.Error](err)
	if !ok || m.Empty() {
		return err
	}
	lifted := *refusal
	lifted.Text, lifted.Fix = m.Lift(lifted.Text), m.Lift(lifted.Fix)
	return &lifted
}
