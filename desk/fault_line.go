package desk

import (
	"cmp"
	"fmt"

	"demarc"
	"demarc/intent"
)

// loss is about packets that a line loses while its session is up. It holds
// nothing up: what is lost is told, and others may carry what the line should.
func (l leg) loss() fault {
	e := l.seen.Echo
	if !e.Lossy() {
		return fault{}
	}
	return faulty("E-LINE-LOSSY", "%d %% of the echo requests over this line get no answer, since %s%s; %s", e.Percent, stamp(e.Since), ways(e.Ways), l.relief())
}

// ways says which direction loses, where BFD tells.
func ways(w *intent.WaysSeen) string {
	if w == nil {
		return ", and which way they are lost cannot be told without BFD"
	}
	return fmt.Sprintf(": by the rhythm of BFD %d %% are lost from the router and %d %% to it", w.In, w.Out)
}

// relief says what is done about losses.
func (l leg) relief() string {
	switch e := l.seen.Echo; {
	case e.IsDrained():
		return fmt.Sprintf("others carry what it should since %s, until it has lost nothing for %v", stamp(e.Drained), e.Wait)
	case !l.progress.link.DrainLossy:
		return "the link does not ask for it to be drained (drainLossy)"
	case !l.progress.env.Drains:
		return "the platform does not let it be drained (drains)"
	case l.vif.Watch != demarc.WatchDrain:
		return "it is used nonetheless, since no other leg is up and good"
	}
	return "it is about to be drained"
}

// losses says how a line does that is asked and not lossy.
func (l leg) losses() string {
	e := l.seen.Echo
	switch {
	case e == nil || e.Lossy():
		return ""
	case e.IsDrained():
		return fmt.Sprintf("; %d %% of echo requests are lost now, and others carry what the line should until it has lost nothing for %v", e.Percent, e.Wait)
	case e.Verdict == intent.LineClean:
		return fmt.Sprintf("; %d %% of echo requests over the line are lost", e.Percent)
	}
	return "; what the line loses is not known: " + cmp.Or(map[string]string{
		"mute":    "the router does not answer echo requests",
		"limited": "the router limits how many echo requests it answers",
		"full":    "the line carries all that its rate lets it",
	}[e.Verdict], "it was not asked for long enough")
}
