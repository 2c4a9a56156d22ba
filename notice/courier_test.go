package notice_test

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
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
		if want := signed(t, hook, a); a.signature != want {
			t.Errorf("signature: got %s, want %s", a.signature, want)
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

// signed is what a receiver computes that has read docs/notices.md and nothing
// else.
func signed(t *testing.T, hook demarc.Webhook, a attempt) string {
	text, ours := strings.CutPrefix(hook.Secret.Reveal(), "whsec_")
	key, err := base64.StdEncoding.DecodeString(text)
	if err != nil || !ours {
		t.Fatalf("the secret is no whsec_ and base64: %v", err)
	}
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(a.id + "." + a.at + "." + a.body))
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
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

// TestAReceiverThatIsGone says 410 once, and hears nothing until its account asks
// for a test; then nothing is missing.
func TestAReceiverThatIsGone(t *testing.T) {
	w := newWorld(t)
	r := newReceiver(t)
	hook := w.hook(r.URL, "connection.*", "cross-connect.*", "vif.*")
	r.answers(http.StatusGone)
	w.carry()
	conn := w.order()
	gone := func() bool {
		found, _ := notice.Webhook(w.store.Local(), customer, hook.ID)
		return !found.Gone.IsZero()
	}
	w.eventually("it is gone", gone)
	heard := len(r.all())
	r.answers(http.StatusOK)
	w.move(2 * hour)
	w.offer(conn.ID)
	other := newReceiver(t)
	w.hook(other.URL, "notice.test")
	w.write(func(tx *store.Tx) error {
		for _, to := range notice.Webhooks(tx, customer) {
			if to.ID != hook.ID {
				if _, err := notice.Test(tx, customer, to.ID, w.clock()); err != nil {
					return err
				}
			}
		}
		return nil
	})
	w.eventually("others are sent to", func() bool { return len(other.all()) == 1 })
	if got := len(r.all()); got != heard || !gone() {
		t.Errorf("it was sent %d more", got-heard)
	}
	w.write(func(tx *store.Tx) error {
		_, err := notice.Test(tx, customer, hook.ID, w.clock())
		return err
	})
	w.eventually("everything, and the test", func() bool { return len(r.kinds(t)) == 4 })
	for _, want := range []string{"connection.requested", "cross-connect.ordered", "vif.confirming", "notice.test"} {
		if !slices.Contains(r.kinds(t), want) {
			t.Errorf("%s is missing in %v", want, r.kinds(t))
		}
	}
}

// TestAReceiverThatHangs holds up nobody but itself, and not for ever; one that
// answers and never ends its answer has answered.
func TestAReceiverThatHangs(t *testing.T) {
	w := newWorld(t)
	end := make(chan struct{})
	hangs := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-end }))
	drips := httptest.NewServer(http.HandlerFunc(func(out http.ResponseWriter, _ *http.Request) {
		out.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(out).Flush()
		<-end
	}))
	t.Cleanup(func() { close(end); hangs.Close(); drips.Close() })
	prompt := newReceiver(t)
	silent, slow := w.hook(hangs.URL, "connection.*"), w.hook(drips.URL, "connection.*")
	w.hook(prompt.URL, "connection.*")
	w.carry()
	w.order()
	w.eventually("another is sent to", func() bool { return len(prompt.all()) == 1 })
	became := func(hook demarc.Webhook) demarc.Delivery {
		log, _ := notice.Log(w.store.Local(), customer, hook.ID, 1)
		return log[0].Delivery
	}
	if d := became(silent); d.Attempts != 0 {
		t.Errorf("the one that hangs was given up at once: %+v", d)
	}
	w.eventually("it is given up for now", func() bool {
		d := became(silent)
		return d.Attempts == 1 && d.State == demarc.DeliveryWaiting
	})
	w.eventually("a slow answer is one", func() bool { return became(slow).State == demarc.DeliveryDelivered })
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
