package notice

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"demarc"
	"demarc/store"
)

const (
	// patience is how long a receiver may take to answer.
	patience = 10 * time.Second
	// lease is how long a courier may be silent before another takes its place,
	// renew how often it says that it is there.
	lease = 15 * time.Second
	renew = 5 * time.Second
	// noteTimeout bounds a write with all its conflicts.
	noteTimeout = 15 * time.Second
)

// A Courier sends notices to webhooks. Of the processes that share a store one
// does.
type Courier struct {
	Store *store.Store
	// Clock is the site's, by which attempts are made, and Wall the world's, by
	// which they are signed and couriers follow each other.
	Clock  demarc.Clock
	Wall   demarc.Clock
	Region demarc.Region
	Log    *slog.Logger
	// Alone says that no other process has the store, so that nobody's lease has
	// to run out.
	Alone bool
	// Within are networks that are reached though they are not public. A tenant
	// names the URL, and the request comes from our machine.
	Within []netip.Prefix

	client *http.Client
}

// Run sends until ctx ends.
func (c *Courier) Run(ctx context.Context) error {
	c.client = c.newClient()
	me := rand.Text()
	for ctx.Err() == nil {
		if c.lead(ctx, me) {
			c.serve(ctx, me)
		}
		wait(ctx, nil, renew)
	}
	return nil
}

// lead takes the lease, or keeps it, and reports whether it is held.
func (c *Courier) lead(ctx context.Context, me string) (leads bool) {
	err := c.Store.Write(ctx, func(tx *store.Tx) error {
		now := c.Wall()
		held, _ := store.Couriers.Get(tx, store.OnlyRow)
		leads = held.Holder == me || c.Alone || !now.Before(held.Until)
		left := held.Until.Sub(now) // longer than a lease when the clock was set back
		if leads && (held.Holder != me || left < lease-renew || left > lease) {
			store.Couriers.Put(tx, demarc.Courier{Holder: me, Until: now.Add(lease)})
		}
		return nil
	})
	if err != nil && ctx.Err() == nil {
		c.Log.Error("the lease on sending notices was not had", "err", err)
	}
	return leads && err == nil
}

// serve has a round for each webhook until the lease is lost or ctx ends.
func (c *Courier) serve(ctx context.Context, me string) {
	ctx, cancel := context.WithCancel(ctx)
	var rounds sync.WaitGroup
	defer rounds.Wait()
	defer cancel()
	served := map[demarc.WebhookID]context.CancelFunc{}
	for ctx.Err() == nil {
		view := c.Store.Local()
		there := map[demarc.WebhookID]bool{}
		for hook := range store.Webhooks.All(view) {
			there[hook.ID] = true
			if served[hook.ID] == nil {
				round, end := context.WithCancel(ctx)
				served[hook.ID] = end
				rounds.Go(func() { c.round(round, hook.ID) })
			}
		}
		for id, end := range served {
			if !there[id] {
				end()
				delete(served, id)
			}
		}
		wait(ctx, store.Webhooks.Watch(view), renew)
		if !c.Alone && !c.lead(ctx, me) {
			return
		}
	}
}

// round sends what one webhook is to have, whenever there is something.
func (c *Courier) round(ctx context.Context, id demarc.WebhookID) {
	for ctx.Err() == nil {
		view := c.Store.Local()
		hook, ok := store.Webhooks.Get(view, string(id))
		if !ok {
			return
		}
		now := c.Clock()
		batch, next := plan(view, hook, now)
		if len(batch) > 0 {
			if err := c.note(ctx, c.sendAll(ctx, hook, batch)); err != nil && ctx.Err() == nil {
				c.Log.Error("what became of notices was not noted", "webhook", id, "err", err)
				wait(ctx, nil, time.Second)
			}
			continue
		}
		rest := renew // the clock may be moved meanwhile
		if !next.IsZero() {
			rest = min(rest, max(next.Sub(now), 10*time.Millisecond))
		}
		c.await(ctx, view, rest)
	}
}

// await returns when notices or webhooks are other than in the view, or a time
// is over.
func (c *Courier) await(ctx context.Context, view *store.View, rest time.Duration) {
	timer := time.NewTimer(rest)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-store.Notices.Watch(view):
	case <-store.Webhooks.Watch(view):
	case <-timer.C:
	}
}

// wait returns when the channel is closed, a time is over, or ctx ends.
func wait(ctx context.Context, changed <-chan struct{}, rest time.Duration) {
	timer := time.NewTimer(rest)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-changed:
	case <-timer.C:
	}
}

// sendAll sends notices of different subjects side by side, and returns what
// became of each.
func (c *Courier) sendAll(ctx context.Context, hook demarc.Webhook, batch []Sent) []demarc.Delivery {
	out := make([]demarc.Delivery, len(batch))
	var attempts sync.WaitGroup
	for i, sent := range batch {
		attempts.Go(func() {
			answer, err := c.send(ctx, hook, sent.Notice)
			if err != nil {
				answer = err.Error()
			}
			d := sent.Delivery
			d.Webhook, d.Notice = hook.ID, sent.Notice.ID
			out[i] = Attempted(d, since(hook, sent.Notice), c.Clock(), answer, err == nil)
		})
	}
	attempts.Wait()
	return out
}

// send makes one attempt. The body of the answer is nobody's business.
func (c *Courier) send(ctx context.Context, hook demarc.Webhook, n demarc.Notice) (string, error) {
	body, err := Body(n, c.Region)
	if err != nil {
		return "", err
	}
	req, err := request(hook, n, body, c.Wall())
	if err != nil {
		return "", err
	}
	resp, err := c.client.Do(req.WithContext(ctx))
	if err != nil {
		return "", errors.New(plain(err))
	}
	defer resp.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(resp.Body, 64<<10)) // so that the connection can be used again
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return "", errors.New(resp.Status)
	}
	return resp.Status, nil
}

// note writes down what became of attempts, for webhooks that are still there.
func (c *Courier) note(ctx context.Context, deliveries []demarc.Delivery) error {
	if ctx.Err() != nil {
		return ctx.Err() // attempts that were cut off say nothing of the receiver
	}
	ctx, cancel := context.WithTimeout(ctx, noteTimeout)
	defer cancel()
	return c.Store.Write(ctx, func(tx *store.Tx) error {
		for _, d := range deliveries {
			hook, ok := store.Webhooks.Get(tx, string(d.Webhook))
			if !ok {
				continue
			}
			store.Deliveries.Put(tx, d)
			if saidGone(d) && hook.Gone.IsZero() {
				hook.Gone = d.Last
				store.Webhooks.Put(tx, hook)
			}
		}
		return nil
	})
}

// saidGone reports whether a receiver wants nothing any more (Standard Webhooks).
func saidGone(d demarc.Delivery) bool {
	return d.State != demarc.DeliveryDelivered && strings.HasPrefix(d.Answer, "410 ")
}

// newClient follows no redirect, asks no proxy, and reaches public addresses
// and those of Within: whoever names a URL must not reach by it what listens on
// our machine or in our network.
func (c *Courier) newClient() *http.Client {
	dialer := &net.Dialer{Timeout: patience, Control: func(_, address string, _ syscall.RawConn) error {
		at, err := netip.ParseAddrPort(address)
		if err != nil || !c.reaches(at.Addr().Unmap()) {
			return fmt.Errorf("%s is not an address that notices are sent to", address)
		}
		return nil
	}}
	return &http.Client{
		Timeout:       patience,
		Transport:     &http.Transport{DialContext: dialer.DialContext, MaxIdleConnsPerHost: atOnce, IdleConnTimeout: time.Minute, TLSHandshakeTimeout: patience, ForceAttemptHTTP2: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// shared is the space between carriers and their customers (RFC 6598).
var shared = netip.MustParsePrefix("100.64.0.0/10")

// reaches is asked of the address itself, after its name was looked up.
func (c *Courier) reaches(a netip.Addr) bool {
	if slices.ContainsFunc(c.Within, func(p netip.Prefix) bool { return p.Contains(a) }) {
		return true
	}
	return a.IsGlobalUnicast() && !a.IsPrivate() && !shared.Contains(a)
}

// plain is an error of a client without the URL, which the webhook has anyway.
func plain(err error) string {
	if of, ok := errors.AsType[*url.Error](err); ok {
		return of.Err.Error()
	}
	return err.Error()
}
