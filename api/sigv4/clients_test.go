package sigv4_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
	"time"

	"demarc/api/sigv4"
)

// seen is one request as the server judged it.
type seen struct {
	credential sigv4.Credential
	err        error
	target     string
	body       string
}

// judge answers every call with an empty result and hands over what it saw.
func judge(t *testing.T) (url string, calls <-chan seen) {
	t.Helper()
	ch := make(chan seen, 8)
	v := &sigv4.Verifier{
		Secret: func(_ context.Context, id string) (string, bool) { return testSecret, id == testKey },
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		credential, verr := v.Verify(r, body)
		if err == nil {
			err = verr
		}
		ch <- seen{credential, err, r.Header.Get("X-Amz-Target"), string(body)}
		if r.Header.Get("X-Amz-Target") != "" {
			w.Header().Set("Content-Type", "application/x-amz-json-1.1")
			fmt.Fprint(w, "{}")
			return
		}
		w.Header().Set("Content-Type", "text/xml")
		fmt.Fprint(w, "<GetCallerIdentityResponse><GetCallerIdentityResult/></GetCallerIdentityResponse>")
	}))
	t.Cleanup(server.Close)
	return server.URL, ch
}

// boto calls both services with botocore; its session is given everything, so
// that no file of the machine has a say.
const boto = `
import sys, boto3
session = boto3.session.Session(aws_access_key_id=sys.argv[2], aws_secret_access_key=sys.argv[3],
                                aws_session_token=sys.argv[4] or None, region_name="eu-central-1")
if sys.argv[5] == "sts":
    session.client("sts", endpoint_url=sys.argv[1]).get_caller_identity()
else:
    session.client("directconnect", endpoint_url=sys.argv[1]).create_connection(
        location="EqDC2", bandwidth="1Gbps", connectionName="Köln  süd")
`

func TestStockClients(t *testing.T) {
	url, calls := judge(t)
	tests := []struct {
		name    string
		command []string
		service string
		token   string
		target  string
		body    string
	}{
		{"aws directconnect", []string{"/usr/bin/aws", "--endpoint-url", url, "directconnect", "describe-locations"},
			"directconnect", "", "OvertureService.DescribeLocations", "{}"},
		{"aws sts", []string{"/usr/bin/aws", "--endpoint-url", url, "sts", "get-caller-identity"},
			"sts", "", "", "Action=GetCallerIdentity&Version=2011-06-15"},
		{"botocore directconnect", []string{"/usr/bin/python3", "-c", boto, url, testKey, testSecret, "", "directconnect"},
			"directconnect", "", "OvertureService.CreateConnection", `"K\u00f6ln  s\u00fcd"`},
		{"botocore with a session token", []string{"/usr/bin/python3", "-c", boto, url, testKey, testSecret, "FwoGZXIvYXdzEXAMPLE==", "directconnect"},
			"directconnect", "FwoGZXIvYXdzEXAMPLE==", "OvertureService.CreateConnection", "EqDC2"},
		{"botocore sts", []string{"/usr/bin/python3", "-c", boto, url, testKey, testSecret, "", "sts"},
			"sts", "", "", "Action=GetCallerIdentity"},
	}
	for _, c := range tests {
		t.Run(c.name, func(t *testing.T) {
			run(t, c.command)
			got := <-calls
			if got.err != nil {
				t.Fatal(got.err)
			}
			want := sigv4.Credential{AccessKeyID: testKey, Date: got.credential.Date, Region: "eu-central-1", Service: c.service, SessionToken: c.token}
			if got.credential != want || got.target != c.target || !strings.Contains(got.body, c.body) {
				t.Errorf("saw %+v", got)
			}
		})
	}
}

// run starts a client that reads no configuration but what is set here.
func run(t *testing.T, command []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	home := t.TempDir()
	cmd.Env = []string{
		"PATH=/usr/bin:/bin", "HOME=" + home, "LC_ALL=C.UTF-8", "AWS_MAX_ATTEMPTS=1", "AWS_EC2_METADATA_DISABLED=true",
		"AWS_CONFIG_FILE=" + home + "/none", "AWS_SHARED_CREDENTIALS_FILE=" + home + "/none", "NO_PROXY=*",
		"AWS_ACCESS_KEY_ID=" + testKey, "AWS_SECRET_ACCESS_KEY=" + testSecret, "AWS_DEFAULT_REGION=eu-central-1",
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", command[0], err, out)
	}
}
