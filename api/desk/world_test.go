package desk_test

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
	"time"

	"demarc"
	"demarc/api/desk"
	"demarc/connection"
	"demarc/intent"
	"demarc/store"
	"demarc/store/storetest"
	"demarc/vif"
)

const (
	customer = demarc.AccountID("111111111111")
	partner  = demarc.AccountID("222222222222")
	platform = demarc.AccountID("333333333333")
	building = demarc.AccountID("444444444444")
	stranger = demarc.AccountID("555555555555")

	vgw = demarc.GatewayID("vgw-00000000000000001")
	vpc = demarc.VPCID("vpc-00000000000000001")
	igw = "igw-00000000000000001"
)

var start = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

var parties = map[demarc.AccountID]demarc.Party{
	customer: demarc.Customer, partner: demarc.Partner, platform: demarc.Platform, building: demarc.Facility, stranger: demarc.Customer,
}

// A world is the handler over a site in a store of its own.
type world struct {
	*testing.T
	store   *store.Store
	handler http.Handler
}

// newWorld takes the account's id from a header, as the front door takes it
// from a signature.
func newWorld(t *testing.T) *world {
	t.Helper()
	st := storetest.Embedded(t, store.Tables()...)
	w := &world{T: t, store: st}
	w.handler = desk.New(desk.Config{
		Store: st,
		Clock: func() time.Time { return start }, Rehearsal: true,
		Log: slog.New(slog.DiscardHandler),
		Identity: func(r *http.Request) (demarc.Account, error) {
			a, ok := store.Accounts.Get(st.Local(), r.Header.Get("Account"))
			if !ok {
				return a, errors.New("no signature")
			}
			return a, nil
		},
	})
	w.write(populate)
	return w
}

func populate(tx *store.Tx) error {
	for id, party := range parties {
		store.Accounts.Put(tx, demarc.Account{ID: id, Name: "account-" + string(id[:1]), Title: "Account " + string(id[:1]), Party: party})
	}
	store.SiteKeys.Put(tx, demarc.SiteKeys{LinkTokens: demarc.NewSecretKey()})
	store.Editions.Put(tx, demarc.Edition{Name: "Standard"})
	store.Editions.Put(tx, demarc.Edition{Name: "Enterprise", DirectConnect: true, MaxLinks: 1})
	for name, edition := range map[string]string{"acme-prod": "Enterprise", "acme-trial": "Standard"} {
		store.Environments.Put(tx, demarc.Environment{Name: name, Edition: edition, Region: "eu-west-1", Platform: platform, Customer: customer, VPC: vpc, Gateway: vgw})
	}
	store.VPCs.Put(tx, demarc.VPC{
		ID: vpc, Owner: platform, Region: "eu-west-1", CIDR: netip.MustParsePrefix("10.8.2.0/24"),
	})
	store.RouteTables.Put(tx, demarc.RouteTable{
		ID: "rtb-1", VPC: vpc, Owner: platform, Associations: []demarc.RouteTableAssociation{{ID: "rtbassoc-1"}},
		Static: []demarc.StaticRoute{{Prefix: netip.MustParsePrefix("0.0.0.0/0"), Target: igw}}, Propagating: []demarc.GatewayID{vgw},
	})
	store.VirtualGateways.Put(tx, demarc.VirtualGateway{ID: vgw, Owner: platform, Region: "eu-west-1", ASN: 64512, VPC: vpc})
	store.Locations.Put(tx, demarc.Location{Code: "LIS1", Region: "eu-west-1", Facility: building, Cages: []demarc.Cage{{Account: customer, Router: "acme-r1", Interface: "eth0"}}})
	store.Devices.Put(tx, demarc.Device{ID: "lis1-d1", Location: "LIS1", Rack: "R07"})
	store.Ports.Put(tx, demarc.Port{ID: "lis1-d1/p1", Speed: demarc.Gbps, Interface: "p1", Panel: "PP-07", PanelPort: "1"})
	seen := intent.VPCSeen{
		ID:         vpc,
		Propagated: []intent.PropagatedSeen{{Prefix: netip.MustParsePrefix("0.0.0.0/0"), Gateway: vgw, Device: "lis1-d1"}},
		Paths:      []intent.PathSeen{{Target: igw, OutPackets: 7, OutBytes: 700}},
	}
	store.VPCSightings.Put(tx, seen)
	return nil
}

func (w *world) write(fn func(*store.Tx) error) {
	w.Helper()
	if err := w.store.Write(w.Context(), fn); err != nil {
		w.Fatal(err)
	}
}

// order is a connection of the customer with its letter, ready to be patched.
func (w *world) order() (c demarc.Connection) {
	w.Helper()
	w.write(func(tx *store.Tx) (err error) {
		if c, err = connection.Place(tx, customer, connection.Order{Location: "LIS1", Bandwidth: demarc.Gbps, Name: "acme"}, start); err != nil {
			return err
		}
		_, err = connection.IssueLetter(tx, customer, c.ID, "", start)
		return err
	})
	return c
}

// offer is an interface that waits for the platform.
func (w *world) offer(conn demarc.ConnectionID) (v demarc.VirtualInterface) {
	w.Helper()
	w.write(func(tx *store.Tx) (err error) {
		v, err = vif.Allocate(tx, customer, conn, platform, vif.New{Name: "acme", VLAN: 101, ASN: 65010}, start)
		return err
	})
	return v
}

// offerPublic is a public interface that was offered as well.
func (w *world) offerPublic(conn demarc.ConnectionID) (v demarc.VirtualInterface) {
	w.Helper()
	w.write(func(tx *store.Tx) (err error) {
		v, err = vif.Allocate(tx, customer, conn, platform, vif.New{
			Type: demarc.PublicVIF, Name: "open", VLAN: 102, ASN: 65010,
			AmazonAddress: "203.0.113.1/30", CustomerAddress: "203.0.113.2/30", RouteFilters: []string{"198.51.100.0/24"},
		}, start)
		return err
	})
	return v
}

// carry is a connection of the partner's.
func (w *world) carry() (c demarc.Connection) {
	w.Helper()
	c = demarc.Connection{ID: "dxcon-fcarrier", Owner: partner, Region: "eu-west-1", Location: "LIS1", Bandwidth: demarc.Gbps, State: demarc.ConnectionAvailable}
	w.write(func(tx *store.Tx) error {
		store.Connections.Put(tx, c)
		return nil
	})
	return c
}

// call sends a request as an account and returns the answer.
func (w *world) call(by demarc.AccountID, method, path, body string) (status int, answer string) {
	w.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Account", string(by))
	recorder := httptest.NewRecorder()
	w.handler.ServeHTTP(recorder, r)
	data, err := io.ReadAll(recorder.Result().Body)
	if err != nil {
		w.Fatal(err)
	}
	if got := recorder.Header().Get("Content-Type"); got != "application/json" {
		w.Errorf("%s %s: content type: got %q", method, path, got)
	}
	return recorder.Code, string(data)
}

// get is a call that must succeed; the answer is read into out.
func (w *world) get(by demarc.AccountID, method, path, body string, out any) {
	w.Helper()
	status, answer := w.call(by, method, path, body)
	if status >= 300 {
		w.Fatalf("%s %s: got %d %s", method, path, status, answer)
	}
	w.read(answer, out)
}

// refused is a call that must be refused.
func (w *world) refused(by demarc.AccountID, method, path, body string) (status int, refusal desk.Refusal) {
	w.Helper()
	status, answer := w.call(by, method, path, body)
	if status < 300 {
		w.Fatalf("%s %s: got %d %s, want a refusal", method, path, status, answer)
	}
	w.read(answer, &refusal)
	return status, refusal
}

func (w *world) read(answer string, out any) {
	w.Helper()
	decoder := json.NewDecoder(strings.NewReader(answer))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(out); err != nil {
		w.Fatalf("read %s: %v", answer, err)
	}
}

const goodLink = `{"environment":"acme-prod","topology":"own-cage","legs":[{"location":"LIS1","bandwidth":"1Gbps"}],"prefixes":["192.168.50.0/24"]}`

const partnerLink = `{"environment":"acme-prod","topology":"partner","legs":[{"location":"LIS1","bandwidth":"200Mbps","customerAsn":65010}]}`
