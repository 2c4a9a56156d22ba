package sigv4_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

func TestPresigned(t *testing.T) {
	presign := func(t *testing.T, seconds string) *http.Request {
		t.Helper()
		r := httptest.NewRequest("GET", "http://127.0.0.1:8480/?Action=GetCallerIdentity&Version=2011-06-15", nil)
		if seconds != "" {
			r.URL.RawQuery += "&X-Amz-Expires=" + seconds
		}
		uri, header, err := v4.NewSigner().PresignHTTP(t.Context(), creds, r, emptyHash, "directconnect", "eu-central-1", noon)
		if err != nil {
			t.Fatal(err)
		}
		arrived := httptest.NewRequest("GET", uri, nil)
		arrived.RequestURI = arrived.URL.RequestURI()
		for name := range header {
			if name != "Host" {
				arrived.Header[name] = header[name]
			}
		}
		return arrived
	}
	tests := []struct {
		name    string
		seconds string
		after   time.Duration
		change  func(*http.Request)
		want    string
	}{
		{"right", "600", 0, nil, ""},
		{"later", "600", 10 * time.Minute, nil, ""},
		{"expired", "600", 10*time.Minute + time.Second, nil,
			"InvalidSignatureException: Signature expired: 20261122T121000Z is now earlier than 20261122T121001Z"},
		{"too early", "600", -6 * time.Minute, nil,
			"InvalidSignatureException: Signature not yet current: 20261122T120000Z is still later than 20261122T115900Z (20261122T115400Z + 5 min.)"},
		{"without a life", "", 4 * time.Minute, nil, ""},
		{"without a life, later", "", 6 * time.Minute, nil,
			"InvalidSignatureException: Signature expired: 20261122T120000Z is now earlier than 20261122T120100Z (20261122T120600Z - 5 min.)"},
		{"too long a life", "604801", 0, nil,
			"IncompleteSignatureException: X-Amz-Expires must be a number of seconds between 1 and 604800."},
		{"another action", "600", 0, func(r *http.Request) {
			r.URL.RawQuery = strings.Replace(r.URL.RawQuery, "GetCallerIdentity", "AssumeRole", 1)
		}, mismatch},
		{"longer life", "600", 0, func(r *http.Request) {
			r.URL.RawQuery = strings.Replace(r.URL.RawQuery, "Expires=600", "Expires=900", 1)
		}, mismatch},
		{"credential gone", "600", 0, func(r *http.Request) {
			r.URL.RawQuery = strings.Replace(r.URL.RawQuery, "X-Amz-Credential", "Y", 1)
		}, "IncompleteSignatureException: AWS query-string parameters must include 'X-Amz-Credential' once. Re-examine the query-string parameters."},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			r := presign(t, c.seconds)
			if c.change != nil {
				c.change(r)
			}
			if _, err := verifierAt(noon.Add(c.after)).Verify(r, nil); text(err) != c.want {
				t.Errorf("got  %s\nwant %s", text(err), c.want)
			}
		})
	}
}
