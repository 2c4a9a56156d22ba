// Package apitest opens a front door over the sample site, for tests of
// whatever stands behind it or calls it. Store, signatures and HTTP are real;
// there are no agents, so nothing is ever seen on a port unless a test says so.
package apitest

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"demarc"
	"demarc/account"
	"demarc/api"
	"demarc/api/directconnect"
	"demarc/api/sigv4"
	"demarc/client"
	"demarc/site"
	"demarc/store"
	"demarc/store/storetest"
)

// A Door is a front door on loopback, open until the end of the test.
type Door struct {
	// URL is what clients call.
	URL string
	// Handler is what answers them.
	Handler http.Handler
	// Store is what is behind it.
	Store *store.Store
	// Site is the site that was imported: the sample.
	Site *site.Site
	// Dir has an AWS profile for each account, in the files config and
	// credentials.
	Dir string
}

// Open imports the sample site into a fresh store and opens the door over it.
// Each of configure may change what the door is made with; the store is in it
// already, so that a desk can be built on it.
func Open(t testing.TB, configure ...func(*api.Config)) *Door {
	t.Helper()
	sample, err := site.Parse(site.Sample)
	if err != nil {
		t.Fatalf("read the sample site: %v", err)
	}
	d := &Door{Store: storetest.Embedded(t, store.Tables()...), Site: sample, Dir: t.TempDir()}
	if err := sample.Import(t.Context(), d.Store); err != nil {
		t.Fatal(err)
	}
	if err := site.WriteProfiles(d.Dir, d.Store.Local(), sample.Region); err != nil {
		t.Fatal(err)
	}
	cfg := api.Config{Store: d.Store, Region: sample.Region, Log: slog.New(slog.DiscardHandler)}
	for _, change := range configure {
		change(&cfg)
	}
	d.Handler = api.New(cfg)
	d.URL = Serve(t, d.Handler, cfg.Log)
	return d
}

// Serve lets a handler answer on loopback as control does, until the end of the
// test.
func Serve(t testing.TB, handler http.Handler, log *slog.Logger) (url string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- api.Serve(ctx, listener, handler, log) }()
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		stop()
		if err := <-served; err != nil {
			t.Errorf("serve: %v", err)
		}
	})
	return "http://" + listener.Addr().String()
}

// Account is the account of a profile: customer, partner, platform, facility.
func (d *Door) Account(t testing.TB, profile string) demarc.Account {
	t.Helper()
	a, ok := account.ByName(d.Store.Local(), profile)
	if !ok {
		t.Fatalf("the sample site has no account %s", profile)
	}
	return a
}

// Key is what the account of a profile signs with.
func (d *Door) Key(t testing.TB, profile string) demarc.AccessKey {
	t.Helper()
	keys := account.Keys(d.Store.Local(), d.Account(t, profile).ID)
	if len(keys) == 0 {
		t.Fatalf("account %s has no key", profile)
	}
	return keys[0]
}

// Client calls the door as the account of a profile.
func (d *Door) Client(t testing.TB, profile string) *client.Client {
	t.Helper()
	c, err := client.New(t.Context(), client.Options{Endpoint: d.URL, Profile: profile, Dir: d.Dir})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Environ is what a client in a process of its own needs to call as the
// account of a profile: nothing of the caller's environment but the path.
func (d *Door) Environ(profile string) []string {
	return []string{
		"PATH=/usr/bin:/bin", "HOME=" + d.Dir, "LC_ALL=C.UTF-8", "NO_PROXY=*", "AWS_PAGER=",
		"AWS_CONFIG_FILE=" + d.Dir + "/config", "AWS_SHARED_CREDENTIALS_FILE=" + d.Dir + "/credentials", "AWS_PROFILE=" + profile,
	}
}

// Call sends one call of Direct Connect as it is, and gives the answer as it
// came.
func (d *Door) Call(t testing.TB, profile, operation, body string) (status int, answer string) {
	t.Helper()
	r := d.Request(t, operation, body)
	key := d.Key(t, profile)
	credentials := aws.Credentials{AccessKeyID: key.ID, SecretAccessKey: key.Secret.Reveal()}
	if err := sigv4.Sign(r, []byte(body), credentials, string(d.Site.Region), directconnect.Name, time.Now()); err != nil {
		t.Fatal(err)
	}
	return Send(t, r)
}

// Request is a call of Direct Connect that is not signed yet.
func (d *Door) Request(t testing.TB, operation, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, d.URL, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-amz-json-1.1")
	r.Header.Set("X-Amz-Target", directconnect.Target+"."+operation)
	return r
}

// Send sends a request that must be answered.
func Send(t testing.TB, r *http.Request) (status int, answer string) {
	t.Helper()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}
