package sigv4_test

import (
	"bytes"
	"errors"
	"net/http"
	"testing"

	"demarc/api/sigv4"
)

// FuzzVerify: whatever arrives, Verify answers; and nothing but the one right
// signature is believed.
func FuzzVerify(f *testing.F) {
	right := signedSeed(f)
	authorization, stamp := right.Header.Get("Authorization"), right.Header.Get("X-Amz-Date")
	f.Add("POST", "/", "", authorization, stamp, []byte("{}"))
	f.Add("GET", "/a//b/../%20", "X-Amz-Signature=1&X-Amz-Algorithm=AWS4-HMAC-SHA256&%zz", "", "", []byte(nil))
	f.Add("GET", "*", "a=b&a=a&;", "AWS4-HMAC-SHA256 Credential=a/b/c/d/aws4_request, SignedHeaders=;, Signature=00", "Sun, 22 Nov 2026 12:00:00 GMT", []byte("x"))
	v := verifierAt(noon)
	f.Fuzz(func(t *testing.T, method, path, query, auth, date string, body []byte) {
		r := request("POST", "/", "{}")
		r.Method, r.RequestURI, r.URL.RawQuery = method, path, query
		r.Header.Set("X-Amz-Date", date)
		if auth != "" {
			r.Header.Set("Authorization", auth)
		}
		_, err := v.Verify(r, body)
		var refused *sigv4.Error
		if err != nil && !errors.As(err, &refused) {
			t.Fatalf("not an *Error: %v", err)
		}
		if err == nil && (method != "POST" || !bytes.Equal(body, []byte("{}"))) {
			t.Fatalf("believed %q %q %q %q", method, path, query, body)
		}
	})
}

func signedSeed(f *testing.F) *http.Request {
	r := request("POST", "/", "{}")
	if err := sigv4.Sign(r, []byte("{}"), creds, "eu-central-1", "directconnect", noon); err != nil {
		f.Fatal(err)
	}
	return r
}

func BenchmarkVerify(b *testing.B) {
	r := request("POST", "/", "{}")
	if err := sigv4.Sign(r, []byte("{}"), creds, "eu-central-1", "directconnect", noon); err != nil {
		b.Fatal(err)
	}
	v := verifierAt(noon)
	for b.Loop() {
		if _, err := v.Verify(r, []byte("{}")); err != nil {
			b.Fatal(err)
		}
	}
}
