package notice

import (
	"time"

	"demarc"
	"demarc/store"
)

const (
	// givenUp is how long a notice is tried.
	givenUp = 24 * time.Hour
	// atOnce is how many notices of different subjects a webhook is sent side by
	// side.
	atOnce = 8
)

// backoff is how long after each attempt the next is made; from the last one
// on it stays so.
var backoff = []time.Duration{
	5 * time.Second, 30 * time.Second, 2 * time.Minute, 5 * time.Minute, 15 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour, 4 * time.Hour,
}

// plan lists what is to be sent to a webhook now, the oldest of each subject,
// and says when something is due otherwise; zero is only with the next notice.
func plan(r store.Reader, hook demarc.Webhook, now time.Time) (batch []Sent, next time.Time) {
	if !hook.Gone.IsZero() {
		return nil, time.Time{}
	}
	held := map[string]bool{}
	for n := range store.Notices.By(r, "account", string(hook.Account)) {
		if len(batch) == atOnce {
			return batch, now
		}
		if held[n.Subject] || !concerns(hook, n) {
			continue
		}
		d, _ := store.Deliveries.Get(r, store.DeliveryKey(hook.ID, n.ID))
		d = rearmed(hook, n, d)
		if d.State == demarc.DeliveryDelivered || d.State == demarc.DeliveryParked {
			continue
		}
		held[n.Subject] = true
		if now.Before(d.Next) {
			if next.IsZero() || d.Next.Before(next) {
				next = d.Next
			}
			continue
		}
		batch = append(batch, Sent{n, d})
	}
	return batch, next
}

// rearmed is a delivery as a replay leaves it: what was finished, or last tried,
// before it is new again.
func rearmed(hook demarc.Webhook, n demarc.Notice, d demarc.Delivery) demarc.Delivery {
	if d.Attempts > 0 && !n.At.Before(hook.ReplayFrom) && d.Last.Before(hook.ReplayAt) {
		return demarc.Delivery{}
	}
	return d
}

// Attempted takes up how an attempt at now came out: nil is a delivery.
func Attempted(d demarc.Delivery, since, now time.Time, answer string, delivered bool) demarc.Delivery {
	d.Attempts++
	d.Last, d.Answer, d.Next = now, answer, time.Time{}
	if d.First.IsZero() {
		d.First = now
	}
	switch {
	case delivered:
		d.State = demarc.DeliveryDelivered
	case now.Sub(since) >= givenUp:
		d.State = demarc.DeliveryParked
	default:
		d.State = demarc.DeliveryWaiting
		d.Next = now.Add(backoff[min(d.Attempts, len(backoff))-1])
	}
	return d
}

// since is when a notice could first have been sent to a webhook: what lay
// behind another for a day is tried once, and not for a day more.
func since(hook demarc.Webhook, n demarc.Notice) time.Time {
	from := n.At
	if !n.At.Before(hook.ReplayFrom) && hook.ReplayAt.After(from) {
		from = hook.ReplayAt
	}
	return from
}
