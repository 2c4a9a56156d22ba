package notice_test

import (
	"encoding/json"
	"testing"

	"demarc"
	"demarc/facility"
	"demarc/maintenance"
	"demarc/notice"
	"demarc/store"
)

const abroad = demarc.Region("eu-central-1")

// TestRegionIsTheObjects has one customer's connection and interface at a location
// of another Region than the site's own, under an environment at home.
func TestRegionIsTheObjects(t *testing.T) {
	w := newWorld(t)
	w.write(func(tx *store.Tx) error {
		store.Locations.Put(tx, demarc.Location{Code: "FRA1", Region: abroad, Facility: building, Cages: []demarc.Cage{{Account: customer, Router: "acme-r1", Interface: "eth1"}}})
		store.Devices.Put(tx, demarc.Device{ID: "fra1-d1", Location: "FRA1"})
		store.Ports.Put(tx, demarc.Port{ID: "fra1-d1/p1", Speed: demarc.Gbps, Interface: "p1"})
		return nil
	})
	conn := w.orderAt("FRA1")
	v := w.offer(conn.ID)
	link := w.link()
	var work demarc.Maintenance
	w.write(func(tx *store.Tx) (err error) {
		work, err = maintenance.Plan(tx, demarc.Account{ID: platform, Party: demarc.Platform, Operator: true},
			maintenance.Wish{Device: "fra1-d1", Start: start.Add(2 * days), Hours: 4, Override: true}, w.clock())
		return err
	})
	w.write(func(tx *store.Tx) error { // its fibre outlives it
		_, err := facility.Patch(tx, building, conn.ID, w.clock())
		store.Connections.Delete(tx, string(conn.ID))
		return err
	})
	w.write(func(tx *store.Tx) error { store.CrossConnects.Delete(tx, string(conn.ID)); return nil })
	hook := w.hook("http://127.0.0.1:1/")
	w.write(func(tx *store.Tx) error {
		_, err := notice.Test(tx, customer, hook.ID, w.clock())
		return err
	})

	want := map[string]demarc.Region{string(conn.ID): abroad, string(v.ID): abroad, string(work.ID): abroad, string(link.ID): region, string(hook.ID): region}
	seen := map[string]int{}
	for n := range store.Notices.All(w.store.Local()) {
		seen[n.Subject]++
		if got := sentRegion(t, n); got != want[n.Subject] {
			t.Errorf("%s of %s is of Region %q, want %q", n.Type, n.Subject, got, want[n.Subject])
		}
	}
	if len(seen) != len(want) {
		t.Errorf("told of %v", seen)
	}
}

// TestRegionElsewhere has an environment at another Direct Connect: its link is
// told of by that Region's name.
func TestRegionElsewhere(t *testing.T) {
	w := newWorld(t)
	w.write(func(tx *store.Tx) error {
		env, _ := store.Environments.Get(tx, "acme-prod")
		env.Elsewhere = demarc.Elsewhere{At: "aws", Region: abroad, Account: "999999999999"}
		store.Environments.Put(tx, env)
		store.Links.Put(tx, demarc.Link{ID: "lk-1", Environment: "acme-prod", Customer: customer})
		return nil
	})
	for n := range store.Notices.All(w.store.Local()) {
		if got := sentRegion(t, n); got != abroad {
			t.Errorf("%s is of Region %q, want %q", n.Type, got, abroad)
		}
	}
}

// sentRegion is what a receiver reads; who sends is the same site for all.
func sentRegion(t *testing.T, n demarc.Notice) demarc.Region {
	t.Helper()
	body, err := notice.Body(n, region)
	if err != nil {
		t.Fatal(err)
	}
	var event struct {
		Source string
		Data   struct{ Region demarc.Region }
	}
	if err := json.Unmarshal(body, &event); err != nil || event.Source != "urn:demarc:"+string(region) {
		t.Errorf("got %s (%v)", body, err)
	}
	return event.Data.Region
}
