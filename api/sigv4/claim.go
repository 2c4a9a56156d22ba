package sigv4

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	algorithm  = "AWS4-HMAC-SHA256"
	terminator = "aws4_request"

	// stampLayout is ISO 8601 basic format, the only one AWS takes in X-Amz-Date.
	stampLayout = "20060102T150405Z"

	// maxExpires is the longest life AWS gives a presigned request.
	maxExpires = 7 * 24 * time.Hour
)

// A claim is what a request says about its own signature. Nothing in it has
// been proven.
type claim struct {
	accessKeyID   string
	date          string // YYYYMMDD of the credential scope
	region        string
	service       string
	signedHeaders []string
	signature     string
	at            time.Time
	expires       time.Duration // of a presigned request; otherwise zero
	presigned     bool
}

// stamp is the time of signing as it stands in the string to sign.
func (c claim) stamp() string { return c.at.Format(stampLayout) }

// scope is the credential scope: what the signing key is good for.
func (c claim) scope() string {
	return c.date + "/" + c.region + "/" + c.service + "/" + terminator
}

// readClaim finds the signature in the Authorization header or, failing that,
// in the query of a presigned request.
func readClaim(r *http.Request) (claim, error) {
	switch headers := r.Header.Values("Authorization"); len(headers) {
	case 0:
		query := r.URL.Query()
		if !query.Has("X-Amz-Signature") && !query.Has("X-Amz-Algorithm") {
			return claim{}, errMissing()
		}
		return readQuery(query)
	case 1:
		return readHeader(r.Header, headers[0])
	default:
		return claim{}, refuse(incomplete, "The request has more than one Authorization header.")
	}
}

// readHeader reads "AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…".
func readHeader(h http.Header, authorization string) (claim, error) {
	scheme, rest, _ := strings.Cut(strings.TrimSpace(authorization), " ")
	if !strings.HasPrefix(scheme, "AWS4-") {
		return claim{}, errMissing()
	}
	if scheme != algorithm {
		return claim{}, refuse(incomplete, "Unsupported AWS 'algorithm': '%s'.", scheme)
	}
	parts, err := pairs(rest)
	if err != nil {
		return claim{}, err
	}
	stamp := h.Get("X-Amz-Date")
	if stamp == "" {
		stamp = h.Get("Date")
	}
	if err := requireAll(parts, stamp); err != nil {
		return claim{}, err
	}
	at, err := parseStamp(stamp)
	if err != nil {
		return claim{}, err
	}
	return newClaim(parts["Credential"], parts["SignedHeaders"], parts["Signature"], at)
}

// pairs splits "Name=value, Name=value". The text of the header is not given
// back in errors: a client that mixes up its fields may have put its secret there.
func pairs(text string) (map[string]string, error) {
	found := map[string]string{}
	for part := range strings.SplitSeq(text, ",") {
		name, value, ok := strings.Cut(strings.TrimSpace(part), "=")
		if !ok {
			return nil, refuse(incomplete, "A part of the Authorization header is not a valid key=value pair (missing equal-sign).")
		}
		if _, twice := found[name]; twice {
			return nil, refuse(incomplete, "The Authorization header has a parameter twice.")
		}
		found[name] = value
	}
	return found, nil
}

// requireAll names everything that is missing at once, as AWS does.
func requireAll(parts map[string]string, stamp string) error {
	var missing []string
	for _, name := range []string{"Credential", "Signature", "SignedHeaders"} {
		if parts[name] == "" {
			missing = append(missing, "Authorization header requires '"+name+"' parameter.")
		}
	}
	if stamp == "" {
		missing = append(missing, "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
	}
	if missing == nil {
		return nil
	}
	return refuse(incomplete, "%s", strings.Join(missing, " "))
}

func readQuery(query url.Values) (claim, error) {
	for _, name := range []string{"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-SignedHeaders", "X-Amz-Signature"} {
		if len(query[name]) != 1 || query.Get(name) == "" {
			return claim{}, refuse(incomplete, "AWS query-string parameters must include '%s' once. Re-examine the query-string parameters.", name)
		}
	}
	if query.Get("X-Amz-Algorithm") != algorithm {
		return claim{}, refuse(incomplete, "Unsupported AWS 'algorithm': '%s'.", query.Get("X-Amz-Algorithm"))
	}
	at, err := parseStamp(query.Get("X-Amz-Date"))
	if err != nil {
		return claim{}, err
	}
	c, err := newClaim(query.Get("X-Amz-Credential"), query.Get("X-Amz-SignedHeaders"), query.Get("X-Amz-Signature"), at)
	if err != nil {
		return claim{}, err
	}
	c.presigned = true
	c.expires, err = parseExpires(query.Get("X-Amz-Expires"))
	return c, err
}

// parseExpires reads the life of a presigned request in seconds. Only S3
// demands the parameter; without it the request is as short-lived as any other.
func parseExpires(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	seconds, err := strconv.Atoi(text)
	if err != nil || seconds < 1 || seconds > int(maxExpires/time.Second) {
		return 0, refuse(incomplete, "X-Amz-Expires must be a number of seconds between 1 and %d.", int(maxExpires/time.Second))
	}
	return time.Duration(seconds) * time.Second, nil
}

func newClaim(credential, signedHeaders, signature string, at time.Time) (claim, error) {
	scope := strings.Split(credential, "/")
	if len(scope) != 5 || scope[0] == "" {
		return claim{}, refuse(incomplete, "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term.")
	}
	c := claim{
		accessKeyID: scope[0], date: scope[1], region: scope[2], service: scope[3],
		signedHeaders: strings.Split(signedHeaders, ";"), signature: signature, at: at,
	}
	if scope[4] != terminator {
		return claim{}, refuse(invalidSignature, "Credential should be scoped with a valid terminator: '%s'.", terminator)
	}
	return c, nil
}

// parseStamp takes ISO 8601 basic format, which X-Amz-Date must have, and the
// forms of RFC 9110, section 5.6.7, which a Date header may have.
func parseStamp(text string) (time.Time, error) {
	if at, err := time.Parse(stampLayout, text); err == nil {
		return at.UTC(), nil
	}
	if at, err := http.ParseTime(text); err == nil {
		return at.UTC(), nil
	}
	return time.Time{}, refuse(incomplete, "Date must be in ISO-8601 'basic format'. Got '%s'. See http://en.wikipedia.org/wiki/ISO_8601", text)
}
