package sigv4

import (
	"context"
	"crypto/hmac"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"time"
)

// defaultSkew is what AWS's JSON services allow a clock to be off; STS allows
// fifteen minutes.
const defaultSkew = 5 * time.Minute

// A Verifier checks the signatures of incoming requests. It is safe for
// concurrent use; its fields must not change once it is used.
type Verifier struct {
	// Secret gives the secret of an access key; ok is false if there is no such
	// key or it may not be used. It is called for every request whose form, time
	// and scope are right. Required.
	Secret func(ctx context.Context, accessKeyID string) (secret string, ok bool)

	// Session gives the secret of temporary credentials, from their access key
	// and the token that came with it. Its error, an [*Error], is the answer. It
	// is called in place of Secret for every request that has a token. Nil leaves
	// tokens unjudged.
	Session func(ctx context.Context, accessKeyID, token string) (secret string, err error)

	// Now is the clock; nil means [time.Now].
	Now func() time.Time

	// Or is another clock, by which a signature may be right as well: whose clock
	// jumps cannot tell at once which of two it was right by. Nil is none.
	Or func() time.Time

	// Skew is how far the client's clock may be off in either direction; zero
	// means five minutes.
	Skew time.Duration

	// Regions are those that a request may be signed for; none means any.
	Regions []string

	// Services are the signing names served here, such as "directconnect"; none
	// means any. Whoever verifies several must dispatch on Credential.Service,
	// or a request signed for one service could be played to another.
	Services []string

	keys keyCache
}

// A Credential is what a right signature has proven.
type Credential struct {
	AccessKeyID string
	Date        string // YYYYMMDD, UTC
	Region      string
	Service     string

	// SessionToken came with the request, or is empty. Its bearer is proven to
	// hold the secret of AccessKeyID; what the token is worth was not judged.
	SessionToken string
}

// Verify checks the signature of r, whose body has been read into body. Every
// error is an [*Error].
//
// r must be as it came from the network: RequestURI, Host and headers are part
// of what was signed.
func (v *Verifier) Verify(r *http.Request, body []byte) (Credential, error) {
	c, err := readClaim(r)
	if err != nil {
		return Credential{}, err
	}
	if err := v.checkScope(c); err != nil {
		return Credential{}, err
	}
	if err := v.checkTime(c); err != nil {
		return Credential{}, err
	}
	if err := checkSignedHeaders(r.Header, c.signedHeaders); err != nil {
		return Credential{}, err
	}
	if err := v.checkSignature(r, c, body); err != nil {
		return Credential{}, err
	}
	return Credential{
		AccessKeyID: c.accessKeyID, Date: c.date, Region: c.region, Service: c.service,
		SessionToken: sessionToken(r, c),
	}, nil
}

// checkScope refuses a signature made for another day, region or service.
func (v *Verifier) checkScope(c claim) error {
	if day := c.at.Format("20060102"); c.date != day {
		return refuse(invalidSignature, "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '%s' != '%s', from '%s'.",
			c.date, day, c.stamp())
	}
	if c.region == "" || (len(v.Regions) > 0 && !slices.Contains(v.Regions, c.region)) {
		return refuse(invalidSignature, "Credential should be scoped to a valid region.")
	}
	if c.service == "" || (len(v.Services) > 0 && !slices.Contains(v.Services, c.service)) {
		return refuse(invalidSignature, "Credential should be scoped to correct service: '%s'.", strings.Join(v.Services, "', '"))
	}
	return nil
}

// checkTime refuses a signature that is too old or from the future, by each clock
// there is.
func (v *Verifier) checkTime(c claim) error {
	err := v.checkTimeAt(v.now(), c)
	if err != nil && v.Or != nil && v.checkTimeAt(v.Or().UTC(), c) == nil {
		return nil
	}
	return err
}

// checkTimeAt does so by a clock that reads now. A presigned request lives from
// its date for as long as it says.
func (v *Verifier) checkTimeAt(now time.Time, c claim) error {
	skew := v.skew()
	if latest := now.Add(skew); c.at.After(latest) {
		return refuse(invalidSignature, "Signature not yet current: %s is still later than %s (%s + %d min.)",
			c.stamp(), latest.Format(stampLayout), now.Format(stampLayout), int(skew.Minutes()))
	}
	if c.expires > 0 {
		if end := c.at.Add(c.expires); now.After(end) {
			return refuse(invalidSignature, "Signature expired: %s is now earlier than %s", end.Format(stampLayout), now.Format(stampLayout))
		}
		return nil
	}
	if earliest := now.Add(-skew); c.at.Before(earliest) {
		return refuse(invalidSignature, "Signature expired: %s is now earlier than %s (%s - %d min.)",
			c.stamp(), earliest.Format(stampLayout), now.Format(stampLayout), int(skew.Minutes()))
	}
	return nil
}

// checkSignedHeaders refuses a signature that leaves out what steers the
// request. The session token is excepted: some signers add it afterwards, and a
// changed token proves nothing about the key.
func checkSignedHeaders(h http.Header, signed []string) error {
	if !slices.Contains(signed, "host") {
		return refuse(invalidSignature, "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.")
	}
	for name := range h {
		name = strings.ToLower(name)
		if strings.HasPrefix(name, "x-amz-") && name != "x-amz-security-token" && !slices.Contains(signed, name) {
			return refuse(invalidSignature, "'%s' must be a 'SignedHeader' in the AWS Authorization.", name)
		}
	}
	return nil
}

func (v *Verifier) checkSignature(r *http.Request, c claim, body []byte) error {
	given, err := hex.DecodeString(c.signature)
	if err != nil {
		return errMismatch()
	}
	secret, err := v.secretOf(r, c)
	if err != nil {
		return err
	}
	hash, err := canonicalHash(r, c, body)
	if err != nil {
		return err
	}
	id := keyID{c.accessKeyID, c.date, c.region, c.service}
	key := v.keys.get(id, secret)
	want := sum(key, algorithm+"\n"+c.stamp()+"\n"+c.scope()+"\n"+hash)
	if !hmac.Equal(given, want) {
		return errMismatch()
	}
	v.keys.keep(id, secret, key)
	return nil
}

func (v *Verifier) secretOf(r *http.Request, c claim) (string, error) {
	if token := sessionToken(r, c); token != "" && v.Session != nil {
		return v.Session(r.Context(), c.accessKeyID, token)
	}
	secret, ok := v.Secret(r.Context(), c.accessKeyID)
	if !ok {
		return "", UnknownKey()
	}
	return secret, nil
}

func sessionToken(r *http.Request, c claim) string {
	if c.presigned {
		return r.URL.Query().Get("X-Amz-Security-Token")
	}
	return r.Header.Get("X-Amz-Security-Token")
}

func (v *Verifier) now() time.Time {
	if v.Now == nil {
		return time.Now().UTC()
	}
	return v.Now().UTC()
}

func (v *Verifier) skew() time.Duration {
	if v.Skew == 0 {
		return defaultSkew
	}
	return v.Skew
}
