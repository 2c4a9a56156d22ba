package device

import (
	"slices"
	"time"

	"demarc/bgp"
	"demarc/intent"
)

// A history is what has happened to one session since the process has had it.
type history struct {
	up                                bool
	sent, received, openErrors, flaps uint64                 // flaps: how often it left Established
	changes                           []intent.SessionChange // replaced, and never changed
	last                              bgp.Reason             // the reason noted last
}

// codeOpen is the NOTIFICATION code of an OPEN error (RFC 4271, section 4.5).
const codeOpen = 2

// follow takes in how the session is now, and tells whether that is more than
// another attempt to connect.
func (h *history) follow(now time.Time, status bgp.Status) (news bool) {
	up := status.State == bgp.Established
	reason := status.LastReason
	failed := reason != h.last && !reason.At.IsZero()
	if failed {
		h.last = reason
		h.tally(reason)
	}
	switch {
	case up && !h.up:
		h.note(intent.SessionChange{At: now, State: status.State.String()})
	case !up && (h.up || failed):
		change := intent.SessionChange{At: now, State: status.State.String(), Reason: reason.String()}
		if reason.Sender != bgp.SentByNobody {
			change.Notification = &intent.NotificationSeen{Sent: reason.Sender == bgp.SentByUs, Code: reason.Code, Subcode: reason.Subcode}
		}
		h.note(change)
	}
	news = up != h.up || failed && reason.Sender != bgp.SentByNobody
	h.setUp(up)
	return news
}

// ended takes in that the session was taken away.
func (h *history) ended(now time.Time, why string) {
	if h.up {
		h.note(intent.SessionChange{At: now, State: bgp.Idle.String(), Reason: why})
	}
	h.setUp(false)
}

func (h *history) setUp(up bool) {
	if h.up && !up {
		h.flaps++
	}
	h.up = up
}

func (h *history) tally(reason bgp.Reason) {
	switch reason.Sender {
	case bgp.SentByUs:
		h.sent++
	case bgp.SentByPeer:
		h.received++
	default:
		return
	}
	if reason.Code == codeOpen {
		h.openErrors++
	}
}

// note adds a change, or counts it when the same happened just before. A
// session that waits for its peer goes back and forth between three states,
// which are one here.
func (h *history) note(change intent.SessionChange) {
	change.Times = 1
	kept := h.changes
	if n := len(kept); n > 0 && alike(kept[n-1], change) {
		change.Times += kept[n-1].Times
		kept = kept[:n-1]
	}
	kept = kept[max(0, len(kept)+1-intent.SessionHistory):]
	h.changes = append(slices.Clip(kept), change) // reports share what was there
}

func alike(a, b intent.SessionChange) bool {
	established := bgp.Established.String()
	if a.State == established || b.State == established || a.Reason != b.Reason {
		return false
	}
	if a.Notification == nil || b.Notification == nil {
		return a.Notification == b.Notification
	}
	return *a.Notification == *b.Notification
}
