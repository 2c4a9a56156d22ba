package api_test

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"demarc"
	"demarc/api"
	"demarc/api/apitest"
	"demarc/site"
	"demarc/store"
)

// TestThrottling stops the clock, so that nothing flows into the buckets.
func TestThrottling(t *testing.T) {
	t.Parallel()
	var now atomic.Pointer[time.Time]
	start := time.Now()
	now.Store(&start)
	d := apitest.Open(t, func(cfg *api.Config) {
		cfg.AccountRate = 3
		cfg.Clock, cfg.Wall = func() time.Time { return *now.Load() }, demarc.SystemClock
	})
	call := func(profile string) string {
		status, answer := d.Call(t, profile, "DescribeConnections", "{}")
		if status == http.StatusOK {
			return ""
		}
		return answer
	}
	for range 3 {
		if got := call("customer"); got != "" {
			t.Errorf("within the rate: got %s", got)
		}
	}
	if got, want := call("customer"), `{"__type":"ThrottlingException","message":"Rate exceeded"}`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := call("partner"); got != "" {
		t.Errorf("another account: got %s", got)
	}
	later := start.Add(time.Second / 2)
	now.Store(&later)
	if got := call("customer"); got != "" {
		t.Errorf("half a second later: got %s", got)
	}
	for _, jump := range []time.Duration{-time.Hour, -time.Hour + time.Second/2} { // the clock is set back
		later := start.Add(jump)
		now.Store(&later)
		call("customer")
	}
	if got := call("customer"); got != "" {
		t.Errorf("after the clock was set back: got %s", got)
	}
}

func pack(t *testing.T, body string) string {
	t.Helper()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	if _, err := w.Write([]byte(body)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return packed.String()
}

func TestPackedBodies(t *testing.T) {
	t.Parallel()
	d := apitest.Open(t)
	for _, tt := range []struct {
		name, encoding, body string
		status               int
		want                 string
	}{
		{"gzip", "gzip", pack(t, `{"connectionId":"dxcon-f0000000"}`), 400, "Could not find Connection with ID dxcon-f0000000"},
		{"not packed", "gzip", `{}`, 400, "SerializationException"},
		{"broken off", "gzip", pack(t, `{"connectionId":"dxcon-f0000000"}`)[:20], 400, "SerializationException"},
		{"a bomb", "gzip", pack(t, `{"connectionId":"`+strings.Repeat("a", 2<<20)+`"}`), 413, "RequestEntityTooLargeException"},
		{"unknown", "br", `{}`, 415, "UnsupportedMediaTypeException"},
	} {
		r := d.Request(t, "DescribeConnections", tt.body)
		r.Header.Set("Content-Encoding", tt.encoding)
		status, answer := apitest.Send(t, right(t, d, "directconnect").sign(t, r, tt.body))
		if status != tt.status || !strings.Contains(answer, tt.want) {
			t.Errorf("%s: got %d %s, want %d %s", tt.name, status, answer, tt.status, tt.want)
		}
	}
}

// TestTheKeyOfPagesIsKept over another start of the site.
func TestTheKeyOfPagesIsKept(t *testing.T) {
	t.Parallel()
	d := apitest.Open(t)
	before, _ := store.SiteKeys.Get(d.Store.Local(), store.OnlyRow)
	s, err := site.Load("")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Import(t.Context(), d.Store); err != nil {
		t.Fatal(err)
	}
	after, _ := store.SiteKeys.Get(d.Store.Local(), store.OnlyRow)
	if before.Pages.IsZero() || after != before {
		t.Error("the key is another than before, or none")
	}
}
