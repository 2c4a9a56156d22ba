package notice_test

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"demarc"
	"demarc/notice"
	"demarc/store"
)

// A receiver takes what it is sent, as long as it is willing.
type receiver struct {
	*httptest.Server
	mu       sync.Mutex
	status   int
	attempts []attempt
}

type attempt struct {
	id, at, signature, body string
	taken                   bool
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{status: http.StatusOK}
	r.Server = httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, req *http.Request) {
		body, _ := io.ReadAll(req.Body)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.attempts = append(r.attempts, attempt{
			req.Header.Get("webhook-id"), req.Header.Get("webhook-timestamp"), req.Header.Get("webhook-signature"), string(body), r.status < 300,
		})
		out.Header().Set("Location", "http://127.0.0.1:1/elsewhere")
		out.WriteHeader(r.status)
	}))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) answers(status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status = status
}

func (r *receiver) all() []attempt {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.attempts)
}

// kinds are the types of what was taken, in order.
func (r *receiver) kinds(t *testing.T) (kinds []string) {
	for _, a := range r.all() {
		var event struct{ Type string }
		if err := json.Unmarshal([]byte(a.body), &event); err != nil {
			t.Error(err)
		}
		if a.taken {
			kinds = append(kinds, strings.TrimPrefix(event.Type, "demarc."))
		}
	}
	return kinds
}

// carry runs a courier until the test, or stop, ends it.
func (w *world) carry() (stop func()) {
	ctx, cancel := context.WithCancel(w.Context())
	done := make(chan struct{})
	c := &notice.Courier{Store: w.store, Clock: w.clock, Wall: w.clock, Region: region, Log: discard(), Alone: true, Within: []netip.Prefix{netip.MustParsePrefix("127.0.0.1/32")}}
	go func() { defer close(done); _ = c.Run(ctx) }()
	stop = func() { cancel(); <-done }
	w.Cleanup(stop)
	return stop
}

func (w *world) hook(url string, types ...string) (hook demarc.Webhook) {
	w.Helper()
	w.write(func(tx *store.Tx) (err error) {
		hook, err = notice.AddWebhook(tx, customer, url, types, w.clock())
		return err
	})
	return hook
}

func (w *world) eventually(what string, ok func() bool) {
	w.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			w.Fatalf("never: %s", what)
		}
	}
}

func TestDelivery(t *testing.T) {
	w := newWorld(t)
	r := newReceiver(t)
	hook := w.hook(r.URL)
	w.carry()
	w.order()
	w.eventually("two notices", func() bool { return len(r.all()) == 2 })
	w.expects("in order of subject", r.kinds(t), "connection.requested", "cross-connect.ordered")
	for _, a := range r.all() {
		want, err := notice.Sign(hook.Secret, a.id, a.at, []byte(a.body))
		if err != nil || a.signature != want {
			t.Errorf("signature: got %s, want %s (%v)", a.signature, want, err)
		}
		var event map[string]any
		if err := json.Unmarshal([]byte(a.body), &event); err != nil || event["specversion"] != "1.0" || event["id"] != a.id || event["source"] != "urn:demarc:eu-west-1" {
			t.Errorf("event: got %s (%v)", a.body, err)
		}
		data := event["data"].(map[string]any)
		if data["source"] != "demarc" || data["detail-type"] != strings.TrimPrefix(event["type"].(string), "demarc.") || data["detail"] == nil || data["resources"] == nil {
			t.Errorf("envelope: got %v", data)
		}
	}
}

// TestRetries has a receiver fail, and moves the clock: the same id and body
// come again, what is of the same subject waits, other subjects do not.
func TestRetries(t *testing.T) {
	w := newWorld(t)
	r := newReceiver(t)
	hook := w.hook(r.URL, "connection.*", "notice.test")
	stop := w.carry()
	r.answers(http.StatusFound) // a redirect is not followed
	conn := w.order()
	state := func() demarc.Delivery {
		log, err := notice.Log(w.store.Local(), customer, hook.ID, 10)
		if err != nil {
			t.Fatal(err)
		}
		return log[len(log)-1].Delivery
	}
	w.eventually("a first attempt", func() bool { return state().Attempts == 1 })
	if d := state(); d.State != demarc.DeliveryWaiting || !strings.HasPrefix(d.Answer, "302") || !d.Next.Equal(w.clock().Add(5*time.Second)) {
		t.Errorf("after a redirect: got %+v", d)
	}
	stop()
	w.move(5 * time.Second)
	r.answers(http.StatusOK)
	w.carry()
	w.eventually("delivery", func() bool { return state().State == demarc.DeliveryDelivered })
	all := r.all()
	if len(all) != 2 || all[0].id != all[1].id || all[0].body != all[1].body || all[0].signature == all[1].signature {
		t.Errorf("attempts of %s: got %+v", conn.ID, all)
	}
}

// TestParking gives up after a day, and a replay sends again.
func TestParking(t *testing.T) {
	w := newWorld(t)
	r := newReceiver(t)
	r.answers(http.StatusInternalServerError)
	hook := w.hook(r.URL, "connection.*")
	w.order()
	w.move(25 * hour)
	w.carry()
	parked := func() bool {
		log, _ := notice.Log(w.store.Local(), customer, hook.ID, 10)
		return len(log) == 1 && log[0].Delivery.State == demarc.DeliveryParked
	}
	w.eventually("parked", parked)
	r.answers(http.StatusNoContent)
	w.move(time.Minute)
	w.write(func(tx *store.Tx) error {
		_, err := notice.Replay(tx, customer, hook.ID, start.Add(-hour), w.clock())
		return err
	})
	w.eventually("sent again", func() bool { return len(r.kinds(t)) == 1 })
	if all := r.all(); all[0].id != all[1].id || all[0].body != all[1].body {
		t.Errorf("got %+v", all)
	}
}

func TestTestButtonPassesTheFilter(t *testing.T) {
	w := newWorld(t)
	r, other := newReceiver(t), newReceiver(t)
	hook := w.hook(r.URL, "vif.*")
	w.hook(other.URL)
	w.carry()
	w.order() // not wanted by the first
	w.write(func(tx *store.Tx) error {
		_, err := notice.Test(tx, customer, hook.ID, w.clock())
		return err
	})
	w.eventually("the test", func() bool { return len(r.all()) == 1 && len(other.all()) == 2 })
	w.expects("by the first", r.kinds(t), "notice.test")
	w.expects("by the other", other.kinds(t), "connection.requested", "cross-connect.ordered")
}

func TestWebhooksThatAreRefused(t *testing.T) {
	w := newWorld(t)
	add := func(url string, types ...string) error {
		return w.store.Write(t.Context(), func(tx *store.Tx) error {
			_, err := notice.AddWebhook(tx, customer, url, types, start)
			return err
		})
	}
	for _, url := range []string{"", "file:///etc/passwd", "gopher://x/", "http://", "//host/path", "http://user:pass@host/", "http://host/#part", "http://" + strings.Repeat("x", 3000)} {
		if demarc.KindOf(add(url)) != demarc.Invalid {
			t.Errorf("%q was not refused", url)
		}
	}
	for _, kind := range []string{"vif.nosuch", "*", "vif*", "nosuch.*"} {
		if demarc.KindOf(add("http://127.0.0.1/", kind)) != demarc.Invalid {
			t.Errorf("type %q was not refused", kind)
		}
	}
	for range 10 {
		if err := add("http://127.0.0.1/"); err != nil {
			t.Fatal(err)
		}
	}
	if demarc.KindOf(add("http://127.0.0.1/")) != demarc.Limit {
		t.Error("an eleventh was not refused")
	}
}

// TestOurOwnNetworkIsNotReached names the address where clouds keep credentials,
// and others that are nobody's but ours.
func TestOurOwnNetworkIsNotReached(t *testing.T) {
	w := newWorld(t)
	var hooks []demarc.Webhook
	for _, host := range []string{"169.254.169.254", "127.0.0.2", "[::1]", "[::ffff:127.0.0.2]", "10.0.0.1", "192.168.1.1", "100.64.0.1", "[fd00::1]", "[fe80::1]", "0.0.0.0"} { // ten, as many as an account has
		hooks = append(hooks, w.hook("http://"+host+"/latest/meta-data", "connection.*"))
	}
	w.carry()
	w.order()
	for _, hook := range hooks {
		w.eventually("an attempt at "+hook.URL, func() bool {
			log, _ := notice.Log(w.store.Local(), customer, hook.ID, 1)
			return len(log) == 1 && strings.Contains(log[0].Delivery.Answer, "not an address that notices are sent to")
		})
	}
}

// TestTheFile writes, is cut off in the middle of a line, and goes on.
func TestTheFile(t *testing.T) {
	w := newWorld(t)
	path := filepath.Join(t.TempDir(), "notices")
	scribe := func() (stop func()) {
		s := &notice.Scribe{Store: w.store, Region: region, Log: discard(), Path: path}
		if err := s.Open(); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() { defer close(done); _ = s.Run(ctx) }()
		return func() { cancel(); <-done }
	}
	lines := func() []string {
		text, _ := os.ReadFile(path)
		return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
	}
	conn := w.order()
	stop := scribe()
	w.eventually("two lines", func() bool { return len(lines()) == 2 && lines()[1] != "" })
	stop()
	whole := lines()
	if err := os.Truncate(path, int64(len(whole[0])+1+len(whole[1])/2)); err != nil {
		t.Fatal(err)
	}
	w.offer(conn.ID)
	defer scribe()()
	w.eventually("three lines", func() bool { return len(lines()) == 3 })
	if got := lines(); got[0] != whole[0] || got[1] != whole[1] || !strings.Contains(got[2], "vif.confirming") {
		t.Errorf("got %q", got)
	}
}
