package cli

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"testing"
	"time"

	"demarc/api/desk"
	"demarc/client"
)

// TestWatchShowsChangesAlone looks often at a link that changes once: that it was
// read at another time is no change.
func TestWatchShowsChangesAlone(t *testing.T) {
	looks := 0
	f := following[desk.Link]{
		every: time.Microsecond, watch: true,
		look: func(context.Context, *client.Client) (desk.Link, error) {
			looks++
			link := desk.Link{ID: "lk-1", AsOf: time.Unix(int64(looks), 0)}
			if looks > 20 {
				link.Next = &desk.Step{ID: "order"}
			}
			return link, nil
		},
		over:  func(desk.Link) bool { return looks == 40 },
		draw:  func(out io.Writer, link desk.Link) { fmt.Fprintf(out, "seen, next %v\n", link.Next != nil) },
		still: timeless,
	}
	var out bytes.Buffer
	last, err := f.repeat(t.Context(), nil, &global{}, &out, newSign(io.Discard))
	want := "seen, next false\nseen, next true\nseen, next true\n" // the last since it is over
	if out.String() != want || err != nil || last.AsOf != time.Unix(40, 0) {
		t.Errorf("%v, %+v:\n%s\nwant\n%s", err, last, out.String(), want)
	}
}

// TestWhatIsNotInTimeIsTold has a wait end before its link is live, and another
// that has nothing left to wait for.
func TestWhatIsNotInTimeIsTold(t *testing.T) {
	for whole, want := range map[bool]string{false: "demarc: not in time; lk-1: its move\n", true: ""} {
		f := following[desk.Link]{
			over:  func(desk.Link) bool { return whole },
			waits: func(link desk.Link) string { return string(link.ID) + ": its move" },
		}
		var out bytes.Buffer
		if f.tellLate(&out, desk.Link{ID: "lk-1"}); out.String() != want {
			t.Errorf("over: %v, got %q, want %q", whole, out.String(), want)
		}
	}
	following[desk.Link]{over: func(desk.Link) bool { return false }}.tellLate(nil, desk.Link{}) // nothing to say
}

// TestASignIsTakenAway has a command say what it waits for, where nobody waits
// for less.
func TestASignIsTakenAway(t *testing.T) {
	var out bytes.Buffer
	s := &sign{out: &out, since: time.Now()}
	s.take()
	if s.put("soon over"); out.Len() > 0 {
		t.Errorf("after no time: %q", out.String())
	}
	s.since = time.Now().Add(-patience)
	s.put("lk-1: the \x1b[31mfacility moves next")
	s.take()
	s.take()
	if want := "\r\x1b[Klk-1: the \\x1b[31mfacility moves next\r\x1b[K"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
	if s := newSign(&out); s.out != nil {
		t.Error("put up where there is no terminal")
	}
}

// TestALinkThatEndsIsNoLinkThatIsLive has who waits for a link told that it never
// comes, and who waits for its end that it is over.
func TestALinkThatEndsIsNoLinkThatIsLive(t *testing.T) {
	ended := time.Unix(1, 0)
	for name, tt := range map[string]struct {
		first []desk.Ending
		code  int
	}{
		"it was to become live":   {nil, exitFailed},
		"a leg of it was to end":  {[]desk.Ending{{Legs: []string{"a"}}}, exitFailed},
		"all of it was to end":    {[]desk.Ending{{Whole: true}}, 0},
		"it was over at the time": {[]desk.Ending{{Whole: true, Ended: ended}}, 0},
	} {
		var awaited hope
		looks := 0
		f := following[desk.Link]{
			every: time.Microsecond,
			look: func(context.Context, *client.Client) (desk.Link, error) {
				if looks++; looks < 3 {
					return desk.Link{Endings: tt.first, Next: &desk.Step{ID: "order"}}, nil
				}
				return desk.Link{Endings: []desk.Ending{{Whole: true, Ended: ended}}, Ended: ended}, nil
			},
			over:  func(link desk.Link) bool { return link.Next == nil },
			draw:  func(io.Writer, desk.Link) {},
			first: func(link desk.Link) { awaited = hope(!leaves(link)) },
		}
		last, err := f.repeat(t.Context(), nil, &global{}, io.Discard, newSign(io.Discard))
		if err != nil {
			t.Fatal(err)
		}
		if code, _ := awaited.exit(last, "customer").(exitError); int(code) != tt.code {
			t.Errorf("%s: exit %d, want %d", name, code, tt.code)
		}
	}
}
