package sigv4

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
)

// canonicalHash is the SHA-256, in hex, of the canonical request.
func canonicalHash(r *http.Request, c claim, body []byte) (string, error) {
	query, err := canonicalQuery(r.URL.RawQuery, c.presigned)
	if err != nil {
		return "", err
	}
	payload := sha256.Sum256(body)
	text := make([]byte, 0, 1<<10) // most are shorter
	text = append(text, r.Method...)
	text = append(text, '\n')
	text = append(text, canonicalPath(wirePath(r))...)
	text = append(text, '\n')
	text = append(text, query...)
	text = append(text, '\n')
	for _, name := range c.signedHeaders {
		text = append(text, name...)
		text = append(text, ':')
		text = append(text, headerValue(r, name)...)
		text = append(text, '\n')
	}
	text = append(text, '\n')
	text = append(text, strings.Join(c.signedHeaders, ";")...)
	text = append(text, '\n')
	text = hex.AppendEncode(text, payload[:])
	hash := sha256.Sum256(text)
	return hex.EncodeToString(hash[:]), nil
}

// wirePath is the path as the client sent it. A server keeps it in RequestURI;
// URL.Path may already have lost a prefix to a router.
func wirePath(r *http.Request) string {
	if !strings.HasPrefix(r.RequestURI, "/") {
		return r.URL.EscapedPath() // a request to a proxy, or one not from a server
	}
	wire, _, _ := strings.Cut(r.RequestURI, "?")
	return wire
}

// canonicalPath removes empty and dot segments and encodes the path once more
// than it came, as every service but S3 demands.
func canonicalPath(wire string) string {
	clean := path.Clean("/" + wire)
	if strings.HasSuffix(wire, "/") && clean != "/" {
		clean += "/"
	}
	return encode(clean, '/')
}

// canonicalQuery sorts the parameters by their encoded names, then values. The
// signature of a presigned request is left out: it cannot sign itself.
func canonicalQuery(raw string, presigned bool) (string, error) {
	if raw == "" {
		return "", nil
	}
	type parameter struct{ name, value string }
	var list []parameter
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		rawName, rawValue, _ := strings.Cut(part, "=")
		name, err1 := url.QueryUnescape(rawName)
		value, err2 := url.QueryUnescape(rawValue)
		if err1 != nil || err2 != nil {
			return "", errMismatch()
		}
		if presigned && name == "X-Amz-Signature" {
			continue
		}
		list = append(list, parameter{encode(name, 0), encode(value, 0)})
	}
	slices.SortFunc(list, func(a, b parameter) int {
		if c := strings.Compare(a.name, b.name); c != 0 {
			return c
		}
		return strings.Compare(a.value, b.value)
	})
	texts := make([]string, len(list))
	for i, p := range list {
		texts[i] = p.name + "=" + p.value
	}
	return strings.Join(texts, "&"), nil
}

// headerValue is the value of a signed header: trimmed, runs of spaces folded
// to one, several lines joined by commas in the order they came. A header that
// is not there has the empty value.
func headerValue(r *http.Request, name string) string {
	values := r.Header.Values(name)
	switch {
	case name == "host":
		values = []string{r.Host} // net/http takes it out of the header
	case name == "content-length" && len(values) == 0 && r.ContentLength >= 0:
		values = []string{strconv.FormatInt(r.ContentLength, 10)} // HTTP/2 need not send it
	}
	if len(values) == 1 {
		return foldSpaces(values[0])
	}
	folded := make([]string, len(values))
	for i, v := range values {
		folded[i] = foldSpaces(v)
	}
	return strings.Join(folded, ",")
}

func foldSpaces(s string) string {
	s = strings.Trim(s, " \t")
	if !strings.Contains(s, "  ") {
		return s
	}
	return strings.Join(strings.FieldsFunc(s, func(c rune) bool { return c == ' ' }), " ")
}

// encode percent-encodes everything but the unreserved characters of RFC 3986,
// section 2.3, and the byte keep.
func encode(s string, keep byte) string {
	const hexDigits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		if unreserved(c) || (keep != 0 && c == keep) {
			b.WriteByte(c)
			continue
		}
		b.Write([]byte{'%', hexDigits[c>>4], hexDigits[c&0xf]})
	}
	return b.String()
}

func unreserved(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' ||
		c == '-' || c == '.' || c == '_' || c == '~'
}
