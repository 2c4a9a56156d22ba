package edgelink

import (
	"time"

	"demarc"
	"demarc/intent"
	"demarc/store"
)

// A Judge is one that counts which sightings of interfaces it compares.
type Judge struct {
	judge    *judge
	Compared int
}

func NewJudge(node demarc.NodeID) *Judge {
	j := &Judge{judge: newJudge(node, Observer{})}
	quiet := j.judge.vif.quiet
	j.judge.vif.quiet = func(v intent.VIFSeen) intent.VIFSeen {
		j.Compared++
		return quiet(v)
	}
	return j
}

// Take writes what of a report is worth it, and returns how many lines were.
func (j *Judge) Take(st *store.Store, now time.Time, r intent.Report, write func(func(*store.Tx) error)) int {
	lines, _ := j.judge.sort(st.Local(), now, &r)
	for _, l := range lines {
		write(l.write)
		j.judge.done(l, now)
	}
	return len(lines)
}

// A Teller compiles a node's intents, each as what changed since the one before.
type Teller struct{ told *told }

func NewTeller(st *store.Store, node demarc.NodeID) Teller { return Teller{newTold(st, node)} }

func (t Teller) News() (intent.Node, bool) { return t.told.news() }
