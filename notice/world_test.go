package notice_test

import (
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"testing"
	"time"

	"demarc"
	"demarc/connection"
	"demarc/desk"
	"demarc/notice"
	"demarc/store"
	"demarc/store/storetest"
	"demarc/vif"
)

const (
	customer = demarc.AccountID("111111111111")
	platform = demarc.AccountID("333333333333")
	building = demarc.AccountID("444444444444")
	stranger = demarc.AccountID("555555555555")

	vgw = demarc.GatewayID("vgw-00000000000000001")
	vpc = demarc.VPCID("vpc-00000000000000001")

	region = demarc.Region("eu-west-1")
	hour   = time.Hour
	days   = 24 * time.Hour
)

var start = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

// A world is a site in a store with a witness, and a clock that is moved by
// hand.
type world struct {
	*testing.T
	store *store.Store

	mu  sync.Mutex
	now time.Time // guarded by mu
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, now: start}
	w.store = storetest.Open(t, store.Config{Dir: t.TempDir(), Witness: notice.Witness(func(store.Reader) time.Time { return w.clock() })}, store.Tables()...)
	w.write(populate)
	return w
}

func (w *world) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) move(by time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(by)
}

func populate(tx *store.Tx) error {
	for id, party := range map[demarc.AccountID]demarc.Party{customer: demarc.Customer, platform: demarc.Platform, building: demarc.Facility, stranger: demarc.Customer} {
		store.Accounts.Put(tx, demarc.Account{ID: id, Name: "account-" + string(id[:1]), Party: party})
	}
	store.Editions.Put(tx, demarc.Edition{Name: "Enterprise", DirectConnect: true, MaxLinks: 2})
	store.Environments.Put(tx, demarc.Environment{Name: "acme-prod", Edition: "Enterprise", Region: region, Platform: platform, Customer: customer, VPC: vpc, Gateway: vgw})
	store.VPCs.Put(tx, demarc.VPC{ID: vpc, Owner: platform, Region: region, CIDR: netip.MustParsePrefix("10.8.2.0/24")})
	store.RouteTables.Put(tx, demarc.RouteTable{
		ID: "rtb-1", VPC: vpc, Owner: platform, Associations: []demarc.RouteTableAssociation{{ID: "rtbassoc-1"}},
		Static: []demarc.StaticRoute{{Prefix: netip.MustParsePrefix("0.0.0.0/0"), Target: "igw-1"}}, Propagating: []demarc.GatewayID{vgw},
	})
	store.VirtualGateways.Put(tx, demarc.VirtualGateway{ID: vgw, Owner: platform, Region: region, ASN: 64512, VPC: vpc})
	store.Locations.Put(tx, demarc.Location{Code: "LIS1", Region: region, Facility: building, Cages: []demarc.Cage{{Account: customer, Router: "acme-r1", Interface: "eth0"}}})
	store.Devices.Put(tx, demarc.Device{ID: "lis1-d1", Location: "LIS1"})
	store.Ports.Put(tx, demarc.Port{ID: "lis1-d1/p1", Speed: demarc.Gbps, Interface: "p1"})
	return nil
}

func (w *world) write(fn func(*store.Tx) error) {
	w.Helper()
	if err := w.store.Write(w.Context(), fn); err != nil {
		w.Fatal(err)
	}
}

// link is the customer asking for one.
func (w *world) link() (link demarc.Link) {
	w.Helper()
	w.write(func(tx *store.Tx) (err error) {
		link, err = desk.RequestLink(tx, customer, desk.Request{
			Environment: "acme-prod", Topology: demarc.OwnCage, Legs: []desk.LegRequest{{Location: "LIS1", Bandwidth: "1Gbps"}},
			Prefixes: []string{"192.168.50.0/24"},
		}, w.clock())
		return err
	})
	return link
}

// order is the customer ordering a connection with its letter.
func (w *world) order() demarc.Connection {
	w.Helper()
	return w.orderAt("LIS1")
}

func (w *world) orderAt(at demarc.LocationCode) (c demarc.Connection) {
	w.Helper()
	w.write(func(tx *store.Tx) (err error) {
		if c, err = connection.Place(tx, customer, connection.Order{Location: at, Bandwidth: demarc.Gbps, Name: "acme"}, w.clock()); err != nil {
			return err
		}
		_, err = connection.IssueLetter(tx, customer, c.ID, "", w.clock())
		return err
	})
	return c
}

// offer is the customer offering an interface to the platform.
func (w *world) offer(conn demarc.ConnectionID) (v demarc.VirtualInterface) {
	w.Helper()
	w.write(func(tx *store.Tx) (err error) {
		v, err = vif.Allocate(tx, customer, conn, platform, vif.New{Name: "acme", VLAN: 101, ASN: 65010}, w.clock())
		return err
	})
	return v
}

// told are the types of what an account was told, in order.
func (w *world) told(by demarc.AccountID) (kinds []string) {
	for n := range store.Notices.By(w.store.Local(), "account", string(by)) {
		kinds = append(kinds, n.Type)
	}
	return kinds
}

// since runs fn and returns what it told an account.
func (w *world) since(by demarc.AccountID, fn func()) []string {
	w.Helper()
	before := len(w.told(by))
	w.move(time.Second)
	fn()
	return w.told(by)[before:]
}

func (w *world) expects(what string, got []string, want ...string) {
	w.Helper()
	if !slices.Equal(got, want) {
		w.Errorf("%s: got %v, want %v", what, got, want)
	}
}

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

// news are the notices that two looks make, as an event is told once.
func (w *world) news(watcher *notice.Watcher) (all []demarc.Notice) {
	w.Helper()
	before := w.ids()
	for range 2 {
		if err := watcher.Look(w.Context(), w.store.Local()); err != nil {
			w.Fatal(err)
		}
	}
	for n := range store.Notices.All(w.store.Local()) {
		if !before[n.ID] {
			all = append(all, n)
		}
	}
	return all
}
