package api_test

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/google/go-cmp/cmp"

	"demarc/account"
	"demarc/api"
	"demarc/api/apitest"
	"demarc/api/sigv4"
	"demarc/store"
)

// A signature is what a request is signed with.
type signature struct {
	key, secret, region, service string
	at                           time.Time
}

func (s signature) sign(t testing.TB, r *http.Request, body string) *http.Request {
	t.Helper()
	credentials := aws.Credentials{AccessKeyID: s.key, SecretAccessKey: s.secret}
	if err := sigv4.Sign(r, []byte(body), credentials, s.region, s.service, s.at); err != nil {
		t.Fatal(err)
	}
	return r
}

// right is a signature that nothing is wrong with.
func right(t testing.TB, d *apitest.Door, service string) signature {
	t.Helper()
	key := d.Key(t, "customer")
	return signature{key.ID, key.Secret.Reveal(), string(d.Site.Region), service, time.Now()}
}

func TestSignatures(t *testing.T) {
	d := apitest.Open(t)
	tests := []struct {
		name   string
		change func(*signature)
		status int
		code   string
	}{
		{"right", func(*signature) {}, 200, ""},
		{"unknown key", func(s *signature) { s.key = "AKIAUNKNOWNUNKNOWN12" }, 400, "UnrecognizedClientException"},
		{"another's secret", func(s *signature) { s.secret = d.Key(t, "partner").Secret.Reveal() }, 400, "InvalidSignatureException"},
		{"six minutes ago", func(s *signature) { s.at = s.at.Add(-6 * time.Minute) }, 400, "InvalidSignatureException"},
		{"in six minutes", func(s *signature) { s.at = s.at.Add(6 * time.Minute) }, 400, "InvalidSignatureException"},
		{"another region", func(s *signature) { s.region = "us-east-1" }, 400, "InvalidSignatureException"},
		{"for the desk", func(s *signature) { s.service = "demarc" }, 400, "InvalidSignatureException"},
	}
	for _, c := range tests {
		s := right(t, d, "directconnect")
		c.change(&s)
		status, answer := apitest.Send(t, s.sign(t, d.Request(t, "DescribeLocations", "{}"), "{}"))
		if status != c.status || exceptionOf(answer) != c.code {
			t.Errorf("%s: %d %s", c.name, status, answer)
		}
	}
	t.Run("none", func(t *testing.T) {
		status, answer := apitest.Send(t, d.Request(t, "DescribeLocations", "{}"))
		if status != 400 || exceptionOf(answer) != "MissingAuthenticationTokenException" {
			t.Errorf("%d %s", status, answer)
		}
	})
	t.Run("altered body", func(t *testing.T) {
		r := right(t, d, "directconnect").sign(t, d.Request(t, "DescribeConnections", `{}`), "{ }")
		status, answer := apitest.Send(t, r)
		if status != 400 || exceptionOf(answer) != "InvalidSignatureException" {
			t.Errorf("%d %s", status, answer)
		}
	})
	t.Run("to STS", func(t *testing.T) {
		r := d.Request(t, "", "")
		r.Header.Del("X-Amz-Target")
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		status, answer := apitest.Send(t, r)
		if status != 403 || !strings.Contains(answer, "<Code>MissingAuthenticationToken</Code>") {
			t.Errorf("%d %s", status, answer)
		}
	})
}

// TestNewKey: a key works from the moment that its making was acknowledged.
func TestNewKey(t *testing.T) {
	d := apitest.Open(t)
	s := right(t, d, "directconnect")
	err := d.Store.Write(t.Context(), func(tx *store.Tx) error {
		key, err := account.CreateKey(tx, d.Account(t, "customer").ID)
		s.key, s.secret = key.ID, key.Secret.Reveal()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if status, answer := apitest.Send(t, s.sign(t, d.Request(t, "DescribeLocations", "{}"), "{}")); status != 200 {
		t.Errorf("%d %s", status, answer)
	}
}

func TestLargeBody(t *testing.T) {
	d := apitest.Open(t)
	body := `{"connectionName":"` + strings.Repeat("a", 1<<20) + `"}`
	status, answer := d.Call(t, "customer", "CreateConnection", body)
	if status != 413 || exceptionOf(answer) != "RequestEntityTooLargeException" {
		t.Errorf("%d %s", status, answer)
	}
}

func exceptionOf(answer string) string {
	var told struct {
		Type string `json:"__type"`
	}
	_ = json.Unmarshal([]byte(answer), &told)
	return told.Type
}

// TestDesk: the desk learns who calls, and why it does not know.
func TestDesk(t *testing.T) {
	d := apitest.Open(t, func(c *api.Config) {
		mux := http.NewServeMux()
		mux.HandleFunc("/desk/v1/things/{id}", func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			a, err := api.Caller(r)
			if err != nil {
				http.Error(w, err.Error(), http.StatusForbidden)
				return
			}
			io.WriteString(w, a.Name+" said "+string(body))
		})
		c.Desk = mux
	})
	request := func(body string) *http.Request {
		r, err := http.NewRequestWithContext(t.Context(), "POST", d.URL+"/desk/v1/things/1", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	aws := right(t, d, "directconnect")
	tests := []struct {
		name   string
		r      *http.Request
		status int
		want   string
	}{
		{"signed", right(t, d, "demarc").sign(t, request("hello"), "hello"), 200, "customer said hello"},
		{"unsigned", request("hello"), 403, "MissingAuthenticationTokenException: Request is missing Authentication Token\n"},
		{"altered", right(t, d, "demarc").sign(t, request("hello"), "goodbye"), 403, "InvalidSignatureException: "},
		{"for another service", aws.sign(t, request("hello"), "hello"), 403, "InvalidSignatureException: "},
		{"too large", request(strings.Repeat("a", 1<<20+1)), 413, `{"code":"E-BODY"`},
	}
	for _, c := range tests {
		if status, answer := apitest.Send(t, c.r); status != c.status || !strings.HasPrefix(answer, c.want) {
			t.Errorf("%s: %d %s", c.name, status, answer)
		}
	}
	if _, err := api.Caller(request("")); err == nil {
		t.Error("a request that came by another way has a caller")
	}
	if got := metrics(t, d); !strings.Contains(got, `demarc_api_request_seconds_count{code="OK",operation="POST /desk/v1/things/{id}"} 1`) {
		t.Error(got)
	}
}

func TestHealth(t *testing.T) {
	var trouble error
	d := apitest.Open(t, func(c *api.Config) { c.Healthy = func() error { return trouble } })
	if status, answer := get(t, d.URL+"/healthz"); status != 200 || answer != "ok\n" {
		t.Errorf("%d %s", status, answer)
	}
	trouble = errors.New("the store has no leader")
	if status, answer := get(t, d.URL+"/healthz"); status != 503 || answer != "the store has no leader\n" {
		t.Errorf("%d %s", status, answer)
	}
	if status, _ := get(t, d.URL+"/else"); status != 404 {
		t.Errorf("got %d", status)
	}
}

func TestMetrics(t *testing.T) {
	d := apitest.Open(t)
	d.Call(t, "customer", "DescribeLocations", "{}")
	d.Call(t, "customer", "DescribeConnections", `{"connectionId":"x"}`)
	d.Call(t, "customer", "OrderPizza", "{}")
	got := metrics(t, d)
	for _, want := range []string{
		`demarc_api_request_seconds_count{code="OK",operation="DescribeLocations"} 1`,
		`demarc_api_request_seconds_count{code="DirectConnectClientException",operation="DescribeConnections"} 1`,
		`demarc_api_request_seconds_count{code="UnknownOperationException",operation="unknown"} 1`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in %s", want, got)
		}
	}
}

func metrics(t *testing.T, d *apitest.Door) string {
	t.Helper()
	status, text := get(t, d.URL+"/metrics")
	if status != 200 {
		t.Fatalf("got %d", status)
	}
	return text
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	return apitest.Send(t, r)
}

// TestMistakesOfOurs: a handler that panics costs its own request only.
func TestMistakesOfOurs(t *testing.T) {
	lines := &apitest.Journal{}
	d := apitest.Open(t, func(c *api.Config) {
		c.Log = slog.New(slog.NewTextHandler(lines, nil))
		c.Desk = http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("of all things") })
	})
	if status, answer := get(t, d.URL+"/desk/v1/links"); status != 500 || exceptionOf(answer) != "InternalFailure" || strings.Contains(answer, "of all things") {
		t.Errorf("%d %s", status, answer)
	}
	if got := lines.String(); !strings.Contains(got, "level=ERROR") || !strings.Contains(got, "of all things") || !strings.Contains(got, "door_test.go") {
		t.Error(got)
	}
}

// TestStoreGone: what is ours to fix is not told to the client.
func TestStoreGone(t *testing.T) {
	lines := &apitest.Journal{}
	d := apitest.Open(t, func(c *api.Config) { c.Log = slog.New(slog.NewTextHandler(lines, nil)) })
	if err := d.Store.Close(); err != nil {
		t.Fatal(err)
	}
	status, answer := d.Call(t, "customer", "DescribeLocations", "{}")
	want := `{"__type":"DirectConnectServerException","message":"An internal error occurred. It was logged with the id of this request."}`
	if status != 500 || answer != want {
		t.Errorf("%d %s", status, answer)
	}
	if got := lines.String(); !strings.Contains(got, "level=ERROR") || !strings.Contains(got, "the store is closed") {
		t.Error(got)
	}
}

// TestLog: one line for each request, at info only for what may change
// something, and never a secret.
func TestLog(t *testing.T) {
	lines := &apitest.Journal{}
	d := apitest.Open(t, func(c *api.Config) {
		c.Log = slog.New(slog.NewTextHandler(lines, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	d.Call(t, "customer", "DescribeLocations", "{}")
	d.Call(t, "customer", "CreateConnection", `{"location":"LIS1","bandwidth":"1Gbps","connectionName":"n"}`)
	d.Call(t, "customer", "AllocatePrivateVirtualInterface",
		`{"connectionId":"dxcon-f0000000","ownerAccount":"1","newPrivateVirtualInterfaceAllocation":{"virtualInterfaceName":"n","vlan":1,"asn":1,"authKey":"BGPSECRET"}}`)
	got := lines.String()
	id := string(d.Account(t, "customer").ID)
	got = regexp.MustCompile(`time=\S+ `).ReplaceAllString(got, "")
	got = regexp.MustCompile(`request=[0-9a-f-]{36} took=\S+`).ReplaceAllString(got, "request=R took=T")
	want := strings.ReplaceAll(`level=DEBUG msg="request answered" account=ID op=DescribeLocations request=R took=T
level=INFO msg="request answered" account=ID op=CreateConnection request=R took=T
level=INFO msg="request refused" account=ID op=AllocatePrivateVirtualInterface request=R took=T code=DirectConnectClientException err="Could not find Connection with ID dxcon-f0000000"
`, "account=ID", "account="+id)
	if diff := cmp.Diff(got, want); diff != "" {
		t.Error(diff)
	}
	if strings.Contains(got, "BGPSECRET") || strings.Contains(got, d.Key(t, "customer").Secret.Reveal()) {
		t.Error("a secret was logged")
	}
}
