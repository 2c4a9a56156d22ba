package sts_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"demarc/api/sigv4"
	"demarc/api/sts"
)

var customer = sts.Identity{ARN: "arn:aws:iam::111122223333:user/a&b", UserID: "AIDACUSTOMER", Account: "111122223333"}

const identity = `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <GetCallerIdentityResult>
    <Arn>arn:aws:iam::111122223333:user/a&amp;b</Arn>
    <UserId>AIDACUSTOMER</UserId>
    <Account>111122223333</Account>
  </GetCallerIdentityResult>
  <ResponseMetadata>
    <RequestId>req-1</RequestId>
  </ResponseMetadata>
</GetCallerIdentityResponse>
`

func refusal(code, message string) string {
	return `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <Error>
    <Type>Sender</Type>
    <Code>` + code + `</Code>
    <Message>` + message + `</Message>
  </Error>
  <RequestId>req-1</RequestId>
</ErrorResponse>
`
}

func TestServe(t *testing.T) {
	tests := []struct {
		name, method, target, form string
		status                     int
		want                       string
	}{
		{"form", "POST", "/", "Action=GetCallerIdentity&Version=2011-06-15", 200, identity},
		{"query", "GET", "/?Action=GetCallerIdentity&Version=2011-06-15", "", 200, identity},
		{"unknown action", "POST", "/", "Action=Assume%3CRole%3E&Version=2011-06-15", 400,
			refusal("InvalidAction", "Could not find operation Assume&lt;Role&gt; for version 2011-06-15")},
		{"another version", "POST", "/", "Action=GetCallerIdentity&Version=2012-10-25", 400,
			refusal("InvalidAction", "Could not find operation GetCallerIdentity for version 2012-10-25")},
		{"no version", "POST", "/", "Action=GetCallerIdentity", 400,
			refusal("InvalidAction", "Could not find operation GetCallerIdentity for version NO_VERSION_SPECIFIED")},
		{"no action", "POST", "/", "", 400, refusal("MissingAction", "The request is missing an action.")},
		{"broken form", "POST", "/", "Action=%zz", 400, refusal("MalformedQueryString", "The query string contains a syntax error.")},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			r := httptest.NewRequest(c.method, c.target, strings.NewReader(c.form))
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
			w := httptest.NewRecorder()
			_ = sts.Serve(w, r, "req-1", customer, nil)
			if diff := cmp.Diff(w.Body.String(), c.want); diff != "" || w.Code != c.status {
				t.Errorf("%d %s", w.Code, diff)
			}
			if w.Header().Get("Content-Type") != "text/xml" || w.Header().Get("X-Amzn-RequestId") != "req-1" {
				t.Errorf("header %v", w.Header())
			}
		})
	}
}

func TestReceiverFault(t *testing.T) {
	w := httptest.NewRecorder()
	sts.WriteError(w, "req-1", 500, "InternalFailure", "m")
	if !strings.Contains(w.Body.String(), "<Type>Receiver</Type>") {
		t.Error(w.Body)
	}
}

// TestAWSCLI puts sigv4 before sts as a front door does and asks with the AWS
// CLI, once with the right secret and once with a wrong one.
func TestAWSCLI(t *testing.T) {
	v := &sigv4.Verifier{
		Secret:   func(_ context.Context, id string) (string, bool) { return "right", id == "AKIATEST" },
		Services: []string{sts.Service},
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		var refused *sigv4.Error
		if _, err := v.Verify(r, body); errors.As(err, &refused) {
			q := refused.Query()
			sts.WriteError(w, "req-1", q.Status, q.Code, q.Message)
			return
		}
		_ = sts.Serve(w, r, "req-1", customer, nil)
	}))
	t.Cleanup(server.Close)

	out, err := whoAmI(t, server.URL, "AKIATEST", "right")
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	var got struct{ Arn, UserId, Account string }
	if err := json.Unmarshal(out, &got); err != nil {
		t.Fatal(err)
	}
	if got.Arn != customer.ARN || got.UserId != customer.UserID || got.Account != customer.Account {
		t.Errorf("got %+v", got)
	}

	refusals := []struct{ key, secret, want string }{
		{"AKIATEST", "wrong", "An error occurred (SignatureDoesNotMatch) when calling the GetCallerIdentity operation: The request signature we calculated does not match"},
		{"AKIAOTHER", "right", "An error occurred (InvalidClientTokenId) when calling the GetCallerIdentity operation: The security token included in the request is invalid."},
	}
	for _, c := range refusals {
		if out, err := whoAmI(t, server.URL, c.key, c.secret); err == nil || !strings.Contains(string(out), c.want) {
			t.Errorf("got %v: %s", err, out)
		}
	}
}

// A number that is a duration within bounds only because it has wrapped gets no
// session: it could be one of years.
func TestSessionsHaveALength(t *testing.T) {
	for _, seconds := range []string{"899", "43201", "-18446743173", "-18446643173", "18446745073", "x", "99999999999999999999"} {
		form := "Action=AssumeRole&Version=2011-06-15&RoleArn=arn:aws:iam::111122223333:role/a&RoleSessionName=night&DurationSeconds=" + seconds
		r := httptest.NewRequest("POST", "/", strings.NewReader(form))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
		w := httptest.NewRecorder()
		err := sts.Serve(w, r, "req-1", customer, func(asked sts.Asked) (sts.Granted, error) {
			t.Errorf("%s seconds are a session of %s", seconds, asked.Duration)
			return sts.Granted{}, sts.ErrDenied
		})
		if err != nil || w.Code != 400 || !strings.Contains(w.Body.String(), "durationSeconds") {
			t.Errorf("%s seconds: %v, %d %s", seconds, err, w.Code, w.Body)
		}
	}
}

func whoAmI(t *testing.T, url, key, secret string) ([]byte, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "/usr/bin/aws", "--endpoint-url", url, "--output", "json", "sts", "get-caller-identity")
	home := t.TempDir()
	cmd.Env = []string{
		"PATH=/usr/bin:/bin", "HOME=" + home, "LC_ALL=C.UTF-8", "NO_PROXY=*",
		"AWS_CONFIG_FILE=" + home + "/none", "AWS_SHARED_CREDENTIALS_FILE=" + home + "/none",
		"AWS_ACCESS_KEY_ID=" + key, "AWS_SECRET_ACCESS_KEY=" + secret, "AWS_DEFAULT_REGION=eu-central-1",
	}
	return cmd.CombinedOutput()
}
