package notice_test

import (
	"encoding/json"
	"slices"
	"testing"

	"demarc"
	"demarc/intent"
	"demarc/notice"
	"demarc/store"
	"demarc/vif"
)

// TestALossyLegIsTold has the leg of a link lose packets, be drained and get
// well, looked at twice each time; and nothing is told of what is not known.
func TestALossyLegIsTold(t *testing.T) {
	w := newWorld(t)
	link, conn := w.link(), w.order()
	v := w.offer(conn.ID)
	w.write(func(tx *store.Tx) error {
		l, _ := store.Links.Get(tx, string(link.ID))
		l.DrainLossy = true
		store.Links.Put(tx, l)
		_, err := vif.Confirm(tx, platform, v.ID, demarc.PrivateVIF, vif.Onto{Gateway: vgw}, w.clock())
		return err
	})
	watcher := &notice.Watcher{Store: w.store, Clock: w.clock, Log: discard()}
	told := func(echo *intent.EchoSeen) (kinds []string) {
		w.write(func(tx *store.Tx) error {
			store.VIFSightings.Put(tx, intent.VIFSeen{ID: v.ID, Built: true, Echo: echo})
			return nil
		})
		for _, n := range w.news(watcher) {
			if !slices.Contains(n.Accounts, customer) || n.Type == "link.step_changed" {
				continue
			}
			kinds = append(kinds, n.Type)
			var detail struct {
				Leg       string
				Interface demarc.VirtualInterfaceID
				Percent   int
			}
			if err := json.Unmarshal(n.Detail, &detail); err != nil || detail.Leg != "a" || detail.Interface != v.ID || detail.Percent != echo.Percent {
				t.Errorf("%s says %s (%v)", n.Type, n.Detail, err)
			}
		}
		return kinds
	}
	clean, lossy := intent.EchoSeen{Verdict: intent.LineClean}, intent.EchoSeen{Verdict: intent.LineLossy, Percent: 21}
	drained, calm := lossy, clean
	drained.Drained, calm.Drained = start, start
	w.expects("nobody asks", told(nil))
	w.expects("it is clean", told(&clean))
	w.expects("it loses", told(&lossy), "probe.loss")
	w.expects("it is not known for a while", told(&intent.EchoSeen{}))
	w.expects("it is drained", told(&drained), "path.drained")
	w.expects("it is calm", told(&calm), "probe.recovered")
	w.expects("it is in use", told(&clean), "path.restored")
	w.expects("it does not answer", told(&intent.EchoSeen{Verdict: "mute"}))
}
