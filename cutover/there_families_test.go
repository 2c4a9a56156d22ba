package cutover_test

import (
	"encoding/json"
	"errors"
	"maps"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"demarc"
	"demarc/cutover"
	"demarc/store"
)

// both are a prefix of each family.
var both = map[string]netip.Addr{"192.168.50.0/24": asked["192.168.50.0/24"], prefix6.String(): probe6}

// written are the prefixes of a map, in order.
func written(of map[netip.Prefix]bool) string {
	var all []string
	for _, p := range slices.SortedFunc(maps.Keys(of), netip.Prefix.Compare) {
		all = append(all, p.String())
	}
	return strings.Join(all, " ")
}

// TestFamiliesThere takes each family, and both at once, from plan to end: what is
// rehearsed and what is turned is of just these, and the wire tells each prefix's
// way by its own TTL.
func TestFamiliesThere(t *testing.T) {
	for name, tt := range map[string]struct {
		asked                              map[string]netip.Addr
		ranges                             []netip.Prefix
		canariesOut, canariesIn, led, went string
	}{
		"both": {
			both, []netip.Prefix{envRange, envRange6},
			"192.168.50.10/32 fd50:50::10/128", "10.8.2.0/24 10.8.2.10/32 fd20:8:2::/56 fd20:8:2::10/128",
			"192.168.50.0/24 fd50:50::/64", "10.8.2.0/24 10.8.2.0/25 10.8.2.128/25 fd20:8:2::/56 fd20:8:2::/57 fd20:8:2:80::/57",
		},
		"IPv6 alone": {
			map[string]netip.Addr{prefix6.String(): probe6}, []netip.Prefix{envRange6},
			"fd50:50::10/128", "fd20:8:2::/56 fd20:8:2::10/128",
			"fd50:50::/64", "fd20:8:2::/56 fd20:8:2::/57 fd20:8:2:80::/57",
		},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDistanceOf(t, tt.asked, tt.ranges...).built().planned()
			d.do(cutover.Rehearse, platform)
			d.until("the probes alone are turned", time.Minute, func() bool { return written(d.led) == tt.canariesOut && written(d.allowed) == tt.canariesIn })
			d.until("the rehearsal is over", time.Minute, d.state(demarc.CutoverPlanned))
			d.asBefore()
			for _, p := range d.latest().Prefixes {
				if want := "took tgw-1 both ways"; p.Rehearsal != want {
					t.Errorf("%s: got %q, want %q", p.Prefix, p.Rehearsal, want)
				}
			}
			d.do(cutover.Start, customer)
			d.until("it carries", time.Minute, d.state(demarc.CutoverCarrying))
			if written(d.led) != tt.led || written(d.allowed) != tt.went {
				t.Errorf("turned are routes %s and allowed prefixes %s", written(d.led), written(d.allowed))
			}
			for _, p := range d.latest().Prefixes {
				if p.Measured.Sent == 0 || p.Measured.Lost != 0 || p.Measured.Asymmetric == 0 {
					t.Errorf("%s: got %+v", p.Prefix, p.Measured)
				}
			}
			d.write(func(tx *store.Tx) error {
				_, _, err := cutover.Rollback(tx, customer, d.latest().ID, d.now)
				return err
			})
			d.until("it is put back", time.Minute, d.state(demarc.CutoverRolledBack))
			d.asBefore()
		})
	}
}

// TestOneFamilySilentThere puts both back.
func TestOneFamilySilentThere(t *testing.T) {
	for name, until := range map[string]func(d *distance) func() bool{
		"while it flips":   halfTurned,
		"while it carries": func(d *distance) func() bool { return d.state(demarc.CutoverCarrying) },
	} {
		t.Run(name, func(t *testing.T) {
			d := newDistanceOf(t, both, envRange, envRange6).built().rehearsed()
			d.do(cutover.Start, customer)
			d.until("it is time", time.Minute, until(d))
			d.wall6 = true
			d.until("it is put back", time.Minute, d.state(demarc.CutoverRolledBack))
			if c := d.latest(); !strings.HasPrefix(c.Why, prefix6.String()+" ") || c.RollbackTook <= 0 {
				t.Errorf("put back within %s: %s", c.RollbackTook, c.Why)
			}
			d.asBefore()
		})
	}
}

// TestAFamilyHalfAllowed is a way in of the other one alone, where the routes have
// to tell it.
func TestAFamilyHalfAllowed(t *testing.T) {
	d := newDistanceOf(t, both, envRange, envRange6).built()
	d.mute = true
	d.rehearsed()
	d.do(cutover.Start, customer)
	d.until("it carries", time.Minute, d.state(demarc.CutoverCarrying))
	d.customer.refuses = true // its part stays as it is
	delete(d.allowed, netip.MustParsePrefix("fd20:8:2::/57"))
	d.pass(time.Second)
	for i, want := range map[int]string{0: "tgw-1", 1: ""} {
		if seen, ok := cutover.Echo(d.store.Local(), d.latest(), i, d.now); !ok || seen.In != want {
			t.Errorf("%s comes in by %q, want %q", d.latest().Prefixes[i].Prefix, seen.In, want)
		}
	}
}

// TestAddressesOfFamiliesThere are refused by name where a family is not to be
// measured, or not to be moved.
func TestAddressesOfFamiliesThere(t *testing.T) {
	for _, tt := range []struct {
		name, field string
		change      func(*cutover.Wish)
	}{
		{"none of IPv4", "app", func(w *cutover.Wish) { w.App = netip.Addr{} }},
		{"none of IPv6", "app6", func(w *cutover.Wish) { w.App6 = netip.Addr{} }},
		{"IPv6 for IPv4", "app", func(w *cutover.Wish) { w.App = app6 }},
		{"IPv4 for IPv6", "app6", func(w *cutover.Wish) { w.App6 = app }},
		{"one outside", "app6", func(w *cutover.Wish) { w.App6 = netip.MustParseAddr("fd20:8:3::10") }},
		{"IPv4 in IPv6", "app6", func(w *cutover.Wish) { w.App6 = netip.MustParseAddr("::ffff:10.8.2.10") }},
		{"another family's probe", "probes", func(w *cutover.Wish) {
			w.Probes = map[string]netip.Addr{"192.168.50.0/24": probe6, prefix6.String(): probe6}
		}},
	} {
		d := newDistanceOf(t, both, envRange, envRange6).built()
		refused(t, d, tt.name, tt.field, tt.change)
	}
	refused(t, newDistance(t).built(), "of no use", "app6", func(w *cutover.Wish) { w.App6 = app6 })
	d := newDistanceOf(t, both, envRange, envRange6).built()
	d.write(func(tx *store.Tx) error {
		vpc, _ := store.VPCs.Get(tx, string(vpcID))
		vpc.More = nil
		store.VPCs.Put(tx, vpc)
		return nil
	})
	refused(t, d, "an environment of IPv4", "app6", func(*cutover.Wish) {})
}

func refused(t *testing.T, d *distance, name, field string, change func(*cutover.Wish)) {
	t.Helper()
	wish := d.wish()
	change(&wish)
	err := d.store.Write(t.Context(), func(tx *store.Tx) error { _, err := cutover.Plan(tx, customer, wish, d.now); return err })
	refusal, ok := errors.AsType[*demarc.Error](err)
	if !ok || refusal.Code != "E-CUTOVER-PROBE" || refusal.Field != field {
		t.Errorf("%s: got %v, want E-CUTOVER-PROBE in %s", name, err, field)
	}
}

// TestAPlanOfBefore has one address, of IPv4, and is read as it was written.
func TestAPlanOfBefore(t *testing.T) {
	var c demarc.CutoverThere
	if err := json.Unmarshal([]byte(`{"app":"10.8.2.10","apart":45000000000,"revision":0}`), &c); err != nil {
		t.Fatal(err)
	}
	if c.AppFor(asked["192.168.50.0/24"]) != app || c.AppFor(probe6).IsValid() {
		t.Errorf("got %+v", c)
	}
}
