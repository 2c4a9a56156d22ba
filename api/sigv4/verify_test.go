package sigv4_test

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/google/go-cmp/cmp"

	"demarc/api/sigv4"
)

const (
	testKey    = "AKIATESTCUSTOMER0001"
	testSecret = "correct-horse-battery-staple-0123456789a"
	emptyHash  = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
)

var (
	noon  = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	creds = aws.Credentials{AccessKeyID: testKey, SecretAccessKey: testSecret}
)

// verifierAt serves Direct Connect in one region, and its clock stands at now.
func verifierAt(now time.Time) *sigv4.Verifier {
	return &sigv4.Verifier{
		Secret:   func(_ context.Context, id string) (string, bool) { return testSecret, id == testKey },
		Now:      func() time.Time { return now },
		Regions:  []string{"eu-central-1"},
		Services: []string{"directconnect"},
	}
}

// request is a DescribeLocations call that is not signed yet, in the form in
// which a server sees it.
func request(method, target, body string) *http.Request {
	r := httptest.NewRequest(method, "http://127.0.0.1:8480"+target, strings.NewReader(body))
	r.RequestURI = target
	r.Host = "127.0.0.1:8480"
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", "OvertureService.DescribeLocations")
	return r
}

func signed(t *testing.T, r *http.Request, body string) *http.Request {
	t.Helper()
	if err := sigv4.Sign(r, []byte(body), creds, "eu-central-1", "directconnect", noon); err != nil {
		t.Fatal(err)
	}
	// The SDK's signer sorts the query of the URL it sends.
	r.RequestURI = r.URL.RequestURI()
	return r
}

func TestWhatTheSDKSigns(t *testing.T) {
	tests := []struct {
		name, method, target, body string
		header                     map[string]string
		token                      string
	}{
		{name: "a call", method: "POST", target: "/", body: `{"connectionId":"dxcon-1"}`},
		{name: "an empty body", method: "POST", target: "/"},
		{name: "a path", method: "GET", target: "/links/acme-prod/steps"},
		{name: "a trailing slash", method: "GET", target: "/links/"},
		{name: "an escaped path", method: "GET", target: "/links/a%20b%2Fc"},
		{name: "a query", method: "GET", target: "/links?state=open&after=a%2Fb&after=%C3%A4+x&flag"},
		{name: "folded spaces", method: "POST", target: "/", header: map[string]string{"My-Header": "  a   b  "}},
		{name: "a session token", method: "POST", target: "/", token: "FwoGZXIvYXdzEXAMPLE=="},
		{name: "a hash of its own", method: "POST", target: "/", header: map[string]string{"X-Amz-Content-Sha256": emptyHash}},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			r := request(c.method, c.target, c.body)
			for name, value := range c.header {
				r.Header.Set(name, value)
			}
			use := creds
			use.SessionToken = c.token
			if err := sigv4.Sign(r, []byte(c.body), use, "eu-central-1", "directconnect", noon); err != nil {
				t.Fatal(err)
			}
			r.RequestURI = r.URL.RequestURI()
			got, err := verifierAt(noon).Verify(r, []byte(c.body))
			if err != nil {
				t.Fatal(err)
			}
			want := sigv4.Credential{AccessKeyID: testKey, Date: "20261122", Region: "eu-central-1", Service: "directconnect", SessionToken: c.token}
			if diff := cmp.Diff(got, want); diff != "" {
				t.Error(diff)
			}
		})
	}
}

const mismatch = "InvalidSignatureException: The request signature we calculated does not match the signature you provided. " +
	"Check your AWS Secret Access Key and signing method. Consult the service documentation for details."

// TestMutations changes one thing after signing. The message is compared whole,
// because clients match on it and nothing secret may slip into it.
func TestMutations(t *testing.T) {
	const body = `{"connectionId":"dxcon-1"}`
	edit := func(old, with string) func(*http.Request) {
		return func(r *http.Request) {
			r.Header.Set("Authorization", strings.Replace(r.Header.Get("Authorization"), old, with, 1))
		}
	}
	set := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	tests := []struct {
		name   string
		change func(*http.Request)
		body   string
		want   string
	}{
		{"nothing", func(*http.Request) {}, body, ""},
		{"method", func(r *http.Request) { r.Method = "PUT" }, body, mismatch},
		{"path", func(r *http.Request) { r.RequestURI = "/other?a=1" }, body, mismatch},
		{"query value", func(r *http.Request) { r.URL.RawQuery = "a=2" }, body, mismatch},
		{"query added", func(r *http.Request) { r.URL.RawQuery = "a=1&b" }, body, mismatch},
		{"query broken", func(r *http.Request) { r.URL.RawQuery = "a=%zz" }, body, mismatch},
		{"host", func(r *http.Request) { r.Host = "127.0.0.1:8481" }, body, mismatch},
		{"operation", set("X-Amz-Target", "OvertureService.DeleteConnection"), body, mismatch},
		{"content type", set("Content-Type", "text/plain"), body, mismatch},
		{"header twice", func(r *http.Request) { r.Header.Add("X-Amz-Target", "x") }, body, mismatch},
		{"header gone", func(r *http.Request) { r.Header.Del("X-Amz-Target") }, body, mismatch},
		{"body", func(*http.Request) {}, `{"connectionId":"dxcon-2"}`, mismatch},
		{"body gone", func(*http.Request) {}, "", mismatch},
		{"date within the skew", set("X-Amz-Date", "20261122T120001Z"), body, mismatch},
		{"signature", edit("Signature=", "Signature=00"), body, mismatch},
		{"signature no hex", edit("Signature=", "Signature=zz"), body, mismatch},
		{"signature cut", func(r *http.Request) {
			r.Header.Set("Authorization", strings.TrimRight(r.Header.Get("Authorization"), "0123456789abcdef")+"ab")
		}, body, mismatch},
		{"X-Amz header added", set("X-Amz-Meta", "x"), body,
			"InvalidSignatureException: 'x-amz-meta' must be a 'SignedHeader' in the AWS Authorization."},
		{"host not signed", edit(";host;", ";"), body,
			"InvalidSignatureException: 'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."},
		{"unknown key", edit(testKey, "AKIATESTSTRANGER0001"), body,
			"UnrecognizedClientException: The security token included in the request is invalid."},
		{"expired", set("X-Amz-Date", "20261122T115459Z"), body,
			"InvalidSignatureException: Signature expired: 20261122T115459Z is now earlier than 20261122T115500Z (20261122T120000Z - 5 min.)"},
		{"not yet current", set("X-Amz-Date", "20261122T120501Z"), body,
			"InvalidSignatureException: Signature not yet current: 20261122T120501Z is still later than 20261122T120500Z (20261122T120000Z + 5 min.)"},
		{"scope: date", edit("/20261122/", "/20261121/"), body,
			"InvalidSignatureException: Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20261121' != '20261122', from '20261122T120000Z'."},
		{"scope: region", edit("/eu-central-1/", "/us-east-1/"), body,
			"InvalidSignatureException: Credential should be scoped to a valid region."},
		{"scope: service", edit("/directconnect/", "/ec2/"), body,
			"InvalidSignatureException: Credential should be scoped to correct service: 'directconnect'."},
		{"scope: terminator", edit("/aws4_request", "/aws5_request"), body,
			"InvalidSignatureException: Credential should be scoped with a valid terminator: 'aws4_request'."},
		{"scope: too short", edit("/aws4_request", ""), body,
			"IncompleteSignatureException: Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term."},
		{"no signature at all", func(r *http.Request) { r.Header.Del("Authorization") }, body,
			"MissingAuthenticationTokenException: Request is missing Authentication Token"},
		{"another scheme", set("Authorization", "Basic Zm9vOmJhcg=="), body,
			"MissingAuthenticationTokenException: Request is missing Authentication Token"},
		{"another algorithm", edit("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"), body,
			"IncompleteSignatureException: Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'."},
		{"two Authorization headers", func(r *http.Request) { r.Header.Add("Authorization", "x") }, body,
			"IncompleteSignatureException: The request has more than one Authorization header."},
		{"parameter without equal-sign", edit("Credential=", "Credential "), body,
			"IncompleteSignatureException: A part of the Authorization header is not a valid key=value pair (missing equal-sign)."},
		{"parameter twice", edit("Credential=", "Credential=x, Credential="), body,
			"IncompleteSignatureException: The Authorization header has a parameter twice."},
		{"everything missing", func(r *http.Request) {
			r.Header.Set("Authorization", "AWS4-HMAC-SHA256 a=b")
			r.Header.Del("X-Amz-Date")
		}, body, "IncompleteSignatureException: Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. " +
			"Authorization header requires 'SignedHeaders' parameter. Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."},
		{"date in another form", set("X-Amz-Date", "2026-11-22 12:00"), body,
			"IncompleteSignatureException: Date must be in ISO-8601 'basic format'. Got '2026-11-22 12:00'. See http://en.wikipedia.org/wiki/ISO_8601"},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			r := signed(t, request("POST", "/?a=1", body), body)
			c.change(r)
			got, err := verifierAt(noon).Verify(r, []byte(c.body))
			if text(err) != c.want {
				t.Fatalf("got  %s\nwant %s", text(err), c.want)
			}
			var refused *sigv4.Error
			if err != nil && (!errors.As(err, &refused) || refused.Status != http.StatusBadRequest || got != sigv4.Credential{}) {
				t.Errorf("refusal %#v with credential %+v", err, got)
			}
		})
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// TestUnsignedPayload: only S3 lets a client leave its body out of the signature.
func TestUnsignedPayload(t *testing.T) {
	r := request("POST", "/", "{}")
	r.Header.Set("X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")
	err := v4.NewSigner().SignHTTP(t.Context(), creds, r, "UNSIGNED-PAYLOAD", "directconnect", "eu-central-1", noon)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := verifierAt(noon).Verify(r, []byte("{}")); text(err) != mismatch {
		t.Errorf("got %v", err)
	}
}

func TestSkewBoundary(t *testing.T) {
	tests := []struct {
		off  time.Duration
		skew time.Duration
		ok   bool
	}{
		{5 * time.Minute, 0, true}, {-5 * time.Minute, 0, true},
		{5*time.Minute + time.Second, 0, false}, {-5*time.Minute - time.Second, 0, false},
		{14 * time.Minute, 15 * time.Minute, true}, {-16 * time.Minute, 15 * time.Minute, false},
	}
	for _, c := range tests {
		v := verifierAt(noon.Add(c.off))
		v.Skew = c.skew
		_, err := v.Verify(signed(t, request("POST", "/", ""), ""), nil)
		if (err == nil) != c.ok {
			t.Errorf("clock %v off with skew %v: %v", c.off, c.skew, err)
		}
	}
}

// TestEitherClock: a signature is right by one of two clocks, or refused in the
// words of the first.
func TestEitherClock(t *testing.T) {
	for _, c := range []struct {
		now, or time.Duration
		ok      bool
	}{{0, time.Hour, true}, {time.Hour, 0, true}, {-10 * 365 * 24 * time.Hour, 0, true}, {time.Hour, 2 * time.Hour, false}} {
		v := verifierAt(noon.Add(c.now))
		v.Or = func() time.Time { return noon.Add(c.or) }
		_, err := v.Verify(signed(t, request("POST", "/", ""), ""), nil)
		if (err == nil) != c.ok || err != nil && !strings.Contains(err.Error(), noon.Add(c.now).Format("20060102T150405Z")) {
			t.Errorf("clocks %v and %v off: %v", c.now, c.or, err)
		}
	}
}

// TestReplacedSecret: the cache of derived keys must not outlive a secret.
func TestReplacedSecret(t *testing.T) {
	secret := testSecret
	v := verifierAt(noon)
	v.Secret = func(context.Context, string) (string, bool) { return secret, true }
	r := signed(t, request("POST", "/", ""), "")
	for i, want := range []string{"", "", mismatch, ""} {
		secret = testSecret
		if want != "" {
			secret = "another"
		}
		if _, err := v.Verify(r, nil); text(err) != want {
			t.Errorf("call %d: got %v", i, err)
		}
	}
}

func TestQueryCodes(t *testing.T) {
	tests := map[string]struct {
		code   string
		status int
	}{
		"MissingAuthenticationTokenException": {"MissingAuthenticationToken", 403},
		"IncompleteSignatureException":        {"IncompleteSignature", 400},
		"UnrecognizedClientException":         {"InvalidClientTokenId", 403},
		"InvalidSignatureException":           {"SignatureDoesNotMatch", 403},
	}
	for code, want := range tests {
		got := (&sigv4.Error{Code: code, Status: 400, Message: "m"}).Query()
		if diff := cmp.Diff(got, &sigv4.Error{Code: want.code, Status: want.status, Message: "m"}); diff != "" {
			t.Error(diff)
		}
	}
}
