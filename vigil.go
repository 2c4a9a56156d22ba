package demarc

import "time"

// A Vigil is what an account that watches a link at another Direct Connect has
// said last of what it sees there, and what notices have said of it. It is that
// account's word, and is used for nothing but notices.
type Vigil struct {
	Link    LinkID    `json:"link"`
	By      AccountID `json:"by"`
	Watched []Watched `json:"watched"`
}

// What of a leg is watched.
const (
	WatchedSession    = "session"    // bgpStatus: up or down
	WatchedInterface  = "interface"  // virtualInterfaceState
	WatchedConnection = "connection" // connectionState
)

// A Watched is one thing of a leg at another Direct Connect.
//
//	as told ──another word──► changed ──told at once, or when it has rested──► as told
//	                            └──the word that was told──► as told: nothing is said
type Watched struct {
	Leg  string `json:"leg"`
	What string `json:"what"`
	// ID is the interface's or the connection's, which are that service's.
	ID string `json:"id"`
	// Seen is the last word, and Since when it was first handed in.
	Seen  string    `json:"seen"`
	Since time.Time `json:"since"`
	// Told is what a notice said last, or how it was when the vigil began; ToldAt
	// is when, zero for no notice yet.
	Told   string    `json:"told"`
	ToldAt time.Time `json:"toldAt,omitzero"`
	// Changes is how often it has changed since that was told, and TookChanges how
	// often it had when it was.
	Changes     int `json:"changes,omitempty"`
	TookChanges int `json:"tookChanges,omitempty"`
}

// VigilRest is how long one thing has to rest between two notices of it: a
// session that flaps is told of once a minute at most, with how often it did.
const VigilRest = time.Minute

// Hear takes in a word about the same thing.
func (w Watched) Hear(word string, now time.Time) Watched {
	if word != w.Seen {
		w.Seen, w.Since = word, now
		w.Changes++
	}
	return w.Settle(now)
}

// Settle has told what stands, unless it was told of too lately.
func (w Watched) Settle(now time.Time) Watched {
	if w.Seen == w.Told || now.Before(w.ToldAt.Add(VigilRest)) {
		return w
	}
	w.Told, w.ToldAt, w.TookChanges, w.Changes = w.Seen, now, w.Changes, 0
	return w
}
