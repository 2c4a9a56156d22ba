package desk

import (
	"time"

	"demarc"
	room "demarc/desk"
	"demarc/store"
)

// A Vigil is what the caller, who watches a link at another Direct Connect, has
// said last of it.
type Vigil struct {
	Link    demarc.LinkID `json:"link"`
	Watched []Watched     `json:"watched"`
}

// A Watched is one thing of a leg there, and what notices have said of it.
type Watched struct {
	Leg    string    `json:"leg"`
	What   string    `json:"what" enum:"session,interface,connection"`
	ID     string    `json:"id" doc:"the interface's or the connection's there"`
	Seen   string    `json:"seen" doc:"the caller's last word"`
	Since  time.Time `json:"since" doc:"when that was first handed in"`
	Told   string    `json:"told" doc:"what a notice said last; how it was when the vigil began, where none did"`
	ToldAt time.Time `json:"toldAt,omitzero" doc:"absent where there was no notice yet"`
}

// keepVigil takes in what the caller sees of a link there, and has its parties
// told what has changed.
func (c call) keepVigil(in Sightings) (Vigil, error) {
	out := Vigil{Watched: []Watched{}}
	var kept demarc.Vigil
	err := c.write(func(tx *store.Tx) (err error) {
		kept, err = room.KeepVigil(tx, c.by, c.linkID(), in.sighted(), c.now)
		return err
	})
	out.Link = kept.Link
	for _, w := range kept.Watched {
		out.Watched = append(out.Watched, Watched{Leg: w.Leg, What: w.What, ID: w.ID, Seen: w.Seen, Since: w.Since, Told: w.Told, ToldAt: w.ToldAt})
	}
	return out, err
}
