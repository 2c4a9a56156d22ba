package notice_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"demarc"
	"demarc/connection"
	"demarc/facility"
	"demarc/intent"
	"demarc/notice"
	"demarc/store"
	"demarc/vif"
)

// TestWhoIsTold walks what a line goes through, and checks that both of its
// parties are told each time, in order, and a stranger never.
func TestWhoIsTold(t *testing.T) {
	w := newWorld(t)
	var conn demarc.Connection
	both := func(what string, act func(), want ...string) {
		t.Helper()
		got := map[demarc.AccountID][]string{}
		before := map[demarc.AccountID]int{}
		for _, by := range []demarc.AccountID{customer, platform} {
			before[by] = len(w.told(by))
		}
		act()
		for _, by := range []demarc.AccountID{customer, platform} {
			got[by] = w.told(by)[before[by]:]
			w.expects(what+", to "+string(by), got[by], want...)
		}
	}
	both("a link", func() { w.link() }, "link.requested")
	w.expects("an order, to the facility", w.since(building, func() { conn = w.order() }), "cross-connect.ordered")
	w.expects("the order, to the customer", w.told(customer)[1:], "connection.requested", "cross-connect.ordered")
	w.expects("a patch, to the facility", w.since(building, func() {
		w.write(func(tx *store.Tx) error {
			_, err := connection.Patch(tx, building, conn.ID, w.clock())
			connection.Observe(tx, intent.PortSeen{ID: conn.Port, Carrier: true})
			return err
		})
	}), "cross-connect.patched")
	var v demarc.VirtualInterface
	both("an offer", func() { v = w.offer(conn.ID) }, "vif.confirming")
	both("its acceptance", func() {
		w.write(func(tx *store.Tx) error {
			_, err := vif.Confirm(tx, platform, v.ID, demarc.PrivateVIF, vif.Onto{Gateway: vgw}, w.clock())
			return err
		})
	}, "vif.accepted")
	both("a session", func() { w.sees(v, session(v, "Established", "")) }, "vif.available", "bgp.up")
	both("the same again", func() { w.sees(v, session(v, "Established", "")) })
	both("its end", func() { w.sees(v, session(v, "Idle", "the peer sent Cease/Administrative Shutdown")) }, "vif.down", "bgp.down")
	w.expects("the end of the line, to the facility", w.since(building, func() {
		w.write(func(tx *store.Tx) error {
			if _, err := vif.Delete(tx, customer, v.ID, w.clock()); err != nil {
				return err
			}
			store.VIFSightings.Delete(tx, string(v.ID))
			vif.Settle(tx, v.ID, w.clock())
			return nil
		})
		w.write(func(tx *store.Tx) error {
			_, err := connection.Delete(tx, customer, conn.ID, w.clock())
			return err
		})
	}), "cross-connect.unpatch_ordered")
	late := w.clock().Add(100 * 24 * time.Hour)
	w.write(func(tx *store.Tx) error { return connection.Expire(tx, late) }) // and the connection is forgotten
	w.expects("a fibre that is not pulled, to the facility", w.since(building, func() {
		for range 2 {
			w.write(func(tx *store.Tx) error { return facility.Expire(tx, late) })
		}
	}), "cross-connect.unpatch_overdue")
	w.expects("and to the customer", w.told(customer)[len(w.told(customer))-1:], "cross-connect.unpatch_overdue")
	w.expects("it is pulled, to the customer", w.since(customer, func() {
		w.write(func(tx *store.Tx) error {
			_, err := facility.Unpatch(tx, building, conn.ID, late)
			return err
		})
	}), "cross-connect.unpatched")
	if kinds := w.told(stranger); kinds != nil {
		t.Errorf("a stranger was told %v", kinds)
	}
}

// session is one as the edge sees it.
func session(v demarc.VirtualInterface, state, reason string) intent.SessionSeen {
	s := intent.SessionSeen{Peer: v.Peers[0].ID, State: state, Since: start, Reason: reason}
	if state != "Established" {
		s.History = []intent.SessionChange{{State: "Established"}, {State: state, Reason: reason, Notification: &intent.NotificationSeen{Code: 6, Subcode: 2}}}
	}
	return s
}

// sees is the edge reporting an interface.
func (w *world) sees(v demarc.VirtualInterface, s intent.SessionSeen, accepted ...intent.RouteSeen) {
	w.Helper()
	w.write(func(tx *store.Tx) error {
		seen := intent.VIFSeen{ID: v.ID, Built: true, MTU: v.MTU, Session: []intent.SessionSeen{s}, Accepted: intent.RoutesOf(accepted...)}
		store.VIFSightings.Put(tx, seen)
		vif.Observe(tx, seen)
		return nil
	})
}

func TestWhyASessionWentDown(t *testing.T) {
	w := newWorld(t)
	v := w.offer(w.order().ID)
	w.sees(v, session(v, "Established", ""))
	w.sees(v, session(v, "Idle", "told so"))
	notices := slices.Collect(store.Notices.By(w.store.Local(), "account", string(platform)))
	last := notices[len(notices)-1]
	var detail struct {
		Code, Reason string
		SentByUs     bool
	}
	if err := json.Unmarshal(last.Detail, &detail); err != nil || detail.Code != "6/2" || detail.Reason != "told so" || detail.SentByUs {
		t.Errorf("%s: got %s (%v)", last.Type, last.Detail, err)
	}
}

// TestNothingIsToldOfWhatDidNotHappen has a transaction fail, and one change
// nothing.
func TestNothingIsToldOfWhatDidNotHappen(t *testing.T) {
	w := newWorld(t)
	before := len(w.told(customer))
	err := w.store.Write(t.Context(), func(tx *store.Tx) error {
		if _, err := connection.Place(tx, customer, connection.Order{Location: "LIS1", Bandwidth: demarc.Gbps, Name: "acme"}, start); err != nil {
			return err
		}
		return errors.New("after all not")
	})
	if err == nil {
		t.Fatal("it did not fail")
	}
	conn := w.order()
	after := len(w.told(customer))
	w.write(func(tx *store.Tx) error {
		c, _ := store.Connections.Get(tx, string(conn.ID))
		store.Connections.Put(tx, c)
		return nil
	})
	if after != before+2 || len(w.told(customer)) != after {
		t.Errorf("got %v", w.told(customer))
	}
}

// TestNoSecretsAreTold looks for the session's key in all that was written.
func TestNoSecretsAreTold(t *testing.T) {
	w := newWorld(t)
	v := w.offer(w.order().ID)
	for n := range store.Notices.All(w.store.Local()) {
		body, err := notice.Body(n, region)
		if err != nil || strings.Contains(string(body), v.Peers[0].Key.Reveal()) {
			t.Errorf("%s (%v)", body, err)
		}
	}
}

func TestWarningsOfEnds(t *testing.T) {
	w := newWorld(t)
	conn := w.order()
	w.offer(conn.ID)
	sweep := func() {
		w.write(func(tx *store.Tx) error { return notice.Expire(tx, w.clock()) })
		w.write(func(tx *store.Tx) error { return vif.Expire(tx, w.clock()) })
	}
	for _, step := range []struct {
		after int // days
		want  []string
	}{
		{4, nil}, {5, []string{"vif.expiring"}}, {5, nil}, {6, []string{"vif.expiring"}}, {7, []string{"vif.rejected"}},
		{75, nil}, {76, []string{"loa.expiring"}}, {80, nil}, {83, []string{"loa.expiring"}}, {89, []string{"loa.expiring"}}, {90, nil}, {91, nil},
	} {
		w.move(start.AddDate(0, 0, step.after).Sub(w.clock()))
		seen := w.ids()
		sweep()
		sweep()
		w.expects("after "+w.clock().Format("01-02"), w.newSince(seen), step.want...)
	}
}

func (w *world) ids() map[demarc.NoticeID]bool {
	ids := map[demarc.NoticeID]bool{}
	for n := range store.Notices.All(w.store.Local()) {
		ids[n.ID] = true
	}
	return ids
}

func (w *world) newSince(ids map[demarc.NoticeID]bool) (kinds []string) {
	for n := range store.Notices.All(w.store.Local()) {
		if !ids[n.ID] {
			kinds = append(kinds, n.Type)
		}
	}
	return kinds
}

func TestOldNoticesAreForgotten(t *testing.T) {
	w := newWorld(t)
	w.order()
	w.move(7*days - hour)
	w.write(func(tx *store.Tx) error { return notice.Expire(tx, w.clock()) })
	if len(w.told(customer)) != 2 {
		t.Errorf("before seven days: got %v", w.told(customer))
	}
	w.move(hour)
	w.write(func(tx *store.Tx) error { return notice.Expire(tx, w.clock()) })
	if kinds := w.told(customer); kinds != nil {
		t.Errorf("after seven days: got %v", kinds)
	}
}

// TestStepsAreToldOnce looks at a link twice after each change.
func TestStepsAreToldOnce(t *testing.T) {
	w := newWorld(t)
	link := w.link()
	watcher := &notice.Watcher{Store: w.store, Clock: w.clock, Log: discard()}
	steps := func() (told []string) {
		for _, n := range w.news(watcher) {
			var detail struct {
				Step string
				Done bool
			}
			if err := json.Unmarshal(n.Detail, &detail); err == nil && n.Subject == string(link.ID) {
				told = append(told, map[bool]string{true: "+", false: "-"}[detail.Done]+detail.Step)
			}
		}
		return told
	}
	w.expects("a new link", steps(), "+entitled")
	conn := w.order()
	w.expects("an order", steps(), "+loa", "+order")
	w.write(func(tx *store.Tx) error {
		_, err := connection.Delete(tx, customer, conn.ID, w.clock())
		return err
	})
	w.expects("its end", steps(), "-loa", "-order")
}

// TestPrefixesAreToldOncePerEpisode lets a customer send more and more, go over
// its limit twice in one episode, and once more when it had been well again.
func TestPrefixesAreToldOncePerEpisode(t *testing.T) {
	w := newWorld(t)
	v := w.offer(w.order().ID)
	routes := func(n int) (all []intent.RouteSeen) {
		for i := range n {
			all = append(all, intent.RouteSeen{Prefix: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, byte(i), 0}), 24), Since: start.Add(time.Duration(i) * time.Second)})
		}
		return all
	}
	up := session(v, "Established", "")
	over := session(v, "Idle", "too many")
	over.History[1].Notification = &intent.NotificationSeen{Sent: true, Code: 6, Subcode: 1}
	over.Overrun = &intent.OverrunSeen{Limit: 100}
	for i := range 101 {
		over.Overrun.Prefixes = append(over.Overrun.Prefixes, intent.PrefixSeen{Prefix: routes(101)[100-i].Prefix})
	}
	again := func() intent.SessionSeen { up.Since = w.clock(); return up }
	for i, step := range []struct {
		after time.Duration
		see   func()
		want  []string
	}{
		{0, func() { w.sees(v, again(), routes(79)...) }, []string{"bgp.up"}},
		{time.Second, func() { w.sees(v, up, routes(80)...) }, []string{"prefix.threshold"}},
		{time.Second, func() { w.sees(v, up, routes(78)...); w.sees(v, up, routes(80)...) }, nil},
		{time.Second, func() { w.sees(v, up, routes(100)...) }, []string{"prefix.threshold"}},
		{time.Second, func() { w.sees(v, over) }, []string{"bgp.down", "prefix.limit"}},
		{30 * time.Second, func() { w.sees(v, again(), routes(100)...) }, []string{"bgp.up"}},
		{30 * time.Second, func() { w.sees(v, over) }, []string{"bgp.down"}},
		{hour, func() { w.sees(v, again(), routes(3)...) }, []string{"bgp.up"}},
		{hour, func() { w.sees(v, up, routes(4)...) }, nil},
		{hour, func() { w.sees(v, up, routes(95)...) }, []string{"prefix.threshold", "prefix.threshold"}},
		{hour, func() { w.sees(v, over) }, []string{"bgp.down", "prefix.limit"}},
	} {
		w.move(step.after)
		seen := w.ids()
		step.see()
		w.expects(fmt.Sprint("step ", i), w.newSince(seen), step.want...)
	}
	notices := slices.Collect(store.Notices.By(w.store.Local(), "account", string(customer)))
	var detail struct {
		Code              string
		Count             int
		Newest, Aggregate []string
		AggregateIsWider  bool
	}
	last := notices[len(notices)-1]
	if err := json.Unmarshal(last.Detail, &detail); err != nil || detail.Code != "E-PREFIX-EXCEEDED" || detail.Count != 101 ||
		detail.Newest[0] != "10.0.100.0/24" || detail.AggregateIsWider || len(detail.Aggregate) != 4 {
		t.Errorf("got %s (%v)", last.Detail, err)
	}
}
