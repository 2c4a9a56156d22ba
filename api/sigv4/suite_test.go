package sigv4_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"demarc/api/sigv4"
)

// Key, time and scope of the test suite that AWS publishes for Signature
// Version 4 (aws-sig-v4-test-suite).
const (
	suiteKey    = "AKIDEXAMPLE"
	suiteSecret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
	suiteToken  = "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA=="
)

var suiteTime = time.Date(2015, 8, 30, 12, 36, 0, 0, time.UTC)

// suite holds cases of that test suite: what came over the wire, and what the
// suite says its signature is.
var suite = []struct {
	name      string
	request   string // request line and headers beyond Host and X-Amz-Date
	body      string
	signed    string
	signature string
}{
	{"get-vanilla", "GET / HTTP/1.1", "", "host;x-amz-date",
		"5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
	{"get-vanilla-empty-query-key", "GET /?Param1=value1 HTTP/1.1", "", "host;x-amz-date",
		"a67d582fa61cc504c4bae71f336f98b97f1ea3c7a6bfe1b6e45aec72011b9aeb"},
	{"get-vanilla-query-order-key-case", "GET /?Param2=value2&Param1=value1 HTTP/1.1", "", "host;x-amz-date",
		"b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"},
	{"get-vanilla-query-unreserved", "GET /?-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz=-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz HTTP/1.1", "", "host;x-amz-date",
		"9c3e54bfcdf0b19771a7f523ee5669cdf59bc7cc0884027167c21bb143a40197"},
	{"get-unreserved", "GET /-._~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz HTTP/1.1", "", "host;x-amz-date",
		"07ef7494c76fa4850883e2b006601f940f8a34d404d0cfa977f52a65bbf5f24f"},
	{"get-utf8", "GET /ሴ HTTP/1.1", "", "host;x-amz-date",
		"8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"},
	{"get-header-value-trim", "GET / HTTP/1.1\nMy-Header1:  value1\nMy-Header2: \"a   b   c\"", "", "host;my-header1;my-header2;x-amz-date",
		"acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736"},
	{"get-header-key-duplicate", "GET / HTTP/1.1\nMy-Header1:value2\nMy-Header1:value2\nMy-Header1:value1", "", "host;my-header1;x-amz-date",
		"c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea"},
	{"get-relative", "GET /example/.. HTTP/1.1", "", "host;x-amz-date",
		"5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
	{"get-slash-dot-slash", "GET /./ HTTP/1.1", "", "host;x-amz-date",
		"5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"},
	{"get-slash-pointless-dot", "GET /./example HTTP/1.1", "", "host;x-amz-date",
		"ef75d96142cf21edca26f06005da7988e4f8dc83a165a80865db7089db637ec5"},
	{"get-slashes", "GET //example// HTTP/1.1", "", "host;x-amz-date",
		"9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84"},
	{"post-vanilla", "POST / HTTP/1.1", "", "host;x-amz-date",
		"5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
	{"post-header-key-sort", "POST / HTTP/1.1\nMy-Header1:value1", "", "host;my-header1;x-amz-date",
		"c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c"},
	{"post-header-value-case", "POST / HTTP/1.1\nMy-Header1:VALUE1", "", "host;my-header1;x-amz-date",
		"cdbc9802e29d2942e5e10b5bccfdd67c5f22c7c4e8ae67b53629efa58b974b7d"},
	{"post-x-www-form-urlencoded", "POST / HTTP/1.1\nContent-Type:application/x-www-form-urlencoded", "Param1=value1", "content-type;host;x-amz-date",
		"ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a"},
	{"post-sts-header-before", "POST / HTTP/1.1\nX-Amz-Security-Token:" + suiteToken, "", "host;x-amz-date;x-amz-security-token",
		"85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"},
	{"post-sts-header-after", "POST / HTTP/1.1\nX-Amz-Security-Token:" + suiteToken, "", "host;x-amz-date",
		"5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"},
}

func TestPublishedSuite(t *testing.T) {
	v := suiteVerifier()
	for _, c := range suite {
		t.Run(c.name, func(t *testing.T) {
			head := strings.ReplaceAll(c.request, "\n", "\r\n") +
				"\r\nHost:example.amazonaws.com\r\nX-Amz-Date:20150830T123600Z" +
				"\r\nAuthorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=" +
				c.signed + ", Signature=" + c.signature
			r := parse(t, head)
			got, err := v.Verify(r, []byte(c.body))
			if err != nil {
				t.Fatal(err)
			}
			if got.AccessKeyID != suiteKey || got.Region != "us-east-1" || got.Service != "service" || got.Date != "20150830" {
				t.Errorf("credential = %+v", got)
			}
			if _, err := v.Verify(r, []byte(c.body+"x")); err == nil {
				t.Error("an altered body was accepted")
			}
		})
	}
}

// TestDocumentedExample is the ListUsers request that AWS's documentation
// walks through: it signs its Content-Type and a query.
func TestDocumentedExample(t *testing.T) {
	r := parse(t, "GET /?Action=ListUsers&Version=2010-05-08 HTTP/1.1\r\nHost: iam.amazonaws.com\r\n"+
		"Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\nX-Amz-Date: 20150830T123600Z\r\n"+
		"Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, "+
		"SignedHeaders=content-type;host;x-amz-date, Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7")
	if _, err := suiteVerifier().Verify(r, nil); err != nil {
		t.Fatal(err)
	}
}

// TestDateHeader is get-vanilla of the older suite (aws4_testsuite), whose
// requests carry their time in Date.
func TestDateHeader(t *testing.T) {
	r := parse(t, "GET / HTTP/1.1\r\nDate:Mon, 09 Sep 2011 23:36:00 GMT\r\nHost:host.foo.com\r\n"+
		"Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20110909/us-east-1/host/aws4_request, "+
		"SignedHeaders=date;host, Signature=b27ccfbfa7df52a200ff74193ca6e32d4b48b8856fab7ebf1c595d0670a7e470")
	v := suiteVerifier()
	v.Now = func() time.Time { return time.Date(2011, 9, 9, 23, 36, 0, 0, time.UTC) }
	if _, err := v.Verify(r, nil); err != nil {
		t.Fatal(err)
	}
}

func suiteVerifier() *sigv4.Verifier {
	return &sigv4.Verifier{
		Secret: func(_ context.Context, id string) (string, bool) { return suiteSecret, id == suiteKey },
		Now:    func() time.Time { return suiteTime },
	}
}

// parse reads a request as a server would.
func parse(t *testing.T, head string) *http.Request {
	t.Helper()
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(head + "\r\n\r\n")))
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, r.Body)
	return r
}
