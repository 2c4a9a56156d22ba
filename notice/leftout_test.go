package notice_test

import (
	"encoding/json"
	"net/netip"
	"slices"
	"testing"

	"demarc/intent"
	"demarc/notice"
	"demarc/store"
)

// TestAFullTableIsToldOncePerEpisode has more and more learned than the route table
// takes.
func TestAFullTableIsToldOncePerEpisode(t *testing.T) {
	w := newWorld(t)
	w.link()
	watcher := &notice.Watcher{Store: w.store, Clock: w.clock, Log: discard()}
	learns := func(n int) (told []string) {
		w.write(func(tx *store.Tx) error {
			seen := intent.VPCSeen{ID: vpc}
			for i := range n {
				p := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 100, byte(i), 0}), 24)
				seen.Propagated = append(seen.Propagated, intent.PropagatedSeen{Prefix: p, Gateway: vgw, Device: "lis1-d1"}, intent.PropagatedSeen{Prefix: p, Gateway: vgw, Device: "lis1-d2"})
			}
			store.VPCSightings.Put(tx, seen)
			return nil
		})
		for _, n := range w.news(watcher) {
			if n.Type == "route.left_out" && slices.Contains(n.Accounts, customer) {
				told = append(told, n.Subject+" "+string(n.Detail))
			}
		}
		return told
	}
	first, _ := json.Marshal(map[string]any{"code": "W-TABLE-FULL", "takes": 100, "leftOut": 2, "prefixes": []string{"10.100.100.0/24", "10.100.101.0/24"}})
	w.expects("a full table", learns(100))
	w.expects("two too many", learns(102), "acme-prod "+string(first))
	w.expects("more of them", learns(120))
	w.expects("fewer", learns(90))
	if told := learns(150); len(told) != 1 {
		t.Errorf("again: told %v", told)
	}
}
