package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"

	"demarc/api/desk"
	"demarc/client"
)

// A lookout hands in what it sees of links there whenever that changes: the desk
// knows what it has told of them, so that a lookout may be killed and begun anew.
type lookout struct {
	desk  *client.Client
	at    map[string]bool // the environments that are looked at
	out   io.Writer
	links []desk.Link
	asked time.Time         // when they were listed last
	said  map[string]string // what was handed in last of each link
	told  map[string]string // what was printed last of each thing
}

func (l *lookout) keep(ctx context.Context, seen client.Sightings) error {
	if time.Since(l.asked) > rehear {
		var list desk.Links
		if err := l.desk.Desk(ctx, "GET", "/desk/v1/links", nil, &list); err != nil {
			return err
		}
		l.links, l.asked = list.Links, time.Now()
	}
	var failed []error // one that fails keeps none from its turn
	for _, link := range l.links {
		of := seen.Of(tagsOf(link, link.Legs...))
		if !l.at[link.Environment] || !link.Ended.IsZero() || len(of.Lines)+len(of.Interfaces) == 0 {
			continue
		}
		text, err := json.Marshal(of)
		if err != nil {
			return err
		}
		id := string(link.ID)
		if l.said[id] == string(text) {
			continue
		}
		var kept desk.Vigil
		if err := l.desk.Desk(ctx, "POST", "/desk/v1/links/"+id+"/vigil", of, &kept); err != nil {
			failed = append(failed, fmt.Errorf("%s: %w", id, err))
			continue
		}
		l.said[id] = string(text) // what did not arrive is handed in again
		l.tell(kept)
	}
	return errors.Join(failed...)
}

// tell prints what has become otherwise.
func (l *lookout) tell(v desk.Vigil) {
	for _, w := range v.Watched {
		key := string(v.Link) + " " + w.Leg + " " + w.What
		if is := w.ID + " " + w.Seen; l.told[key] != is {
			l.told[key] = is
			fmt.Fprintf(l.out, "%s leg %s: the %s of %s is %s\n", v.Link, w.Leg, w.What, w.ID, w.Seen)
		}
	}
}

// tagsOf are those that name legs of a link: a connection's, and the one in the
// name of what a token allocated.
func tagsOf(link desk.Link, legs ...desk.Leg) (tags []string) {
	for _, l := range legs {
		tags = append(tags, l.Tag, string(link.ID)+"/"+l.ID)
	}
	return tags
}
