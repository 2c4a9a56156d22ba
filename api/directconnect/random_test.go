package directconnect_test

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/cryptotest"
	"time"

	"demarc"
	"demarc/api/apitest"
	"demarc/api/directconnect"
	"demarc/connection"
	"demarc/gateway"
	"demarc/intent"
	"demarc/store"
	"demarc/vif"
)

var (
	seedFlag  = flag.Uint64("seed", 0, "seed of the random calls; 0 is another each time")
	callsFlag = flag.Int("calls", 10000, "how many random calls are made")
)

// A monkey calls operations at random as any of the accounts, while the edge,
// the facility and the clock do what they do at random too.
type monkey struct {
	*testing.T
	*apitest.Door
	*apitest.Guesser
	service *directconnect.Service
	now     time.Time
	// succeeded counts, by operation.
	succeeded map[string]int
}

func newMonkey(t *testing.T) *monkey {
	t.Helper()
	seed := *seedFlag
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("go test -run '^%s$' -args -seed %d", t.Name(), seed)
	cryptotest.SetGlobalRandom(t, seed) // ids are drawn by it, and choices made in their order
	m := &monkey{T: t, Door: apitest.Open(t), now: time.Now(), succeeded: map[string]int{}}
	m.service = directconnect.New(m.Store, func() time.Time { return m.now }, nil)
	var err error
	if m.Guesser, err = apitest.NewGuesser(moduleDir(t), rand.New(rand.NewPCG(seed, 0)), m.Site.Region); err != nil {
		t.Fatal(err)
	}
	err = m.Store.Write(t.Context(), func(tx *store.Tx) error {
		for i := range 40 {
			store.Ports.Put(tx, demarc.Port{ID: demarc.PortID(fmt.Sprintf("lis1-d1/x%02d", i)), Speed: demarc.Gbps, Panel: "PP-LS1-07", PanelPort: fmt.Sprint(100 + i)})
			store.Ports.Put(tx, demarc.Port{ID: demarc.PortID(fmt.Sprintf("lis1-d1/y%02d", i)), Speed: 10 * demarc.Gbps, MACsec: true, Panel: "PP-LS1-07", PanelPort: fmt.Sprint(200 + i)})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// look chooses who calls next.
func (m *monkey) look() {
	view := m.Store.Local()
	m.Look(view, apitest.Pick(m.Rand, slices.Collect(store.Accounts.All(view))...).ID)
}

// call must be answered, refused in a declared way, and leave nothing broken.
func (m *monkey) call(operation string, body []byte) {
	m.Helper()
	by := m.By
	before := m.Store.Local().Revision()
	_, err := m.service.Call(m.Context(), directconnect.Request{By: by, Operation: operation, Body: body})
	if err != nil {
		if e := directconnect.ExceptionOf(operation, err); e.Ours || e.Status >= 500 {
			m.Fatalf("%s as %s with %s: %v", operation, by, body, err)
		}
		if after := m.Store.Local().Revision(); after != before {
			m.Fatalf("%s as %s with %s was refused (%v), but something was written", operation, by, body, err)
		}
		return
	}
	m.succeeded[operation]++
	m.sound(fmt.Sprintf("%s as %s with %s", operation, by, body))
}

func (m *monkey) sound(after string) {
	m.Helper()
	if faults := apitest.Faults(m.Store.Local()); len(faults) > 0 {
		m.Fatalf("after %s:\n%s", after, strings.Join(faults, "\n"))
	}
}

// world lets something happen that nobody asked for by this API.
func (m *monkey) world() {
	m.Helper()
	m.now = m.now.Add(time.Duration(m.Int64N(int64(time.Hour))))
	facility := m.Account(m, "facility").ID
	one := func(kind string) string {
		if all := m.Known(kind); len(all) > 0 {
			return all[m.IntN(len(all))]
		}
		return ""
	}
	conn, id := one("connection"), one("interface")
	happening := apitest.Pick(m.Rand,
		func(tx *store.Tx) error {
			_, err := connection.Patch(tx, facility, demarc.ConnectionID(conn), m.now)
			return err
		},
		func(tx *store.Tx) error {
			c, _ := store.Connections.Get(tx, conn)
			connection.Observe(tx, intent.PortSeen{ID: c.Port, Carrier: true})
			return nil
		},
		func(tx *store.Tx) error {
			_, err := connection.IssueLetter(tx, m.By, demarc.ConnectionID(conn), "", m.now)
			return err
		},
		func(tx *store.Tx) error { vif.Settle(tx, demarc.VirtualInterfaceID(id), m.now); return nil },
		func(tx *store.Tx) error {
			vif.Observe(tx, intent.VIFSeen{ID: demarc.VirtualInterfaceID(id), Built: true})
			return nil
		},
		func(tx *store.Tx) error { return connection.Expire(tx, m.now) },
		func(tx *store.Tx) error { return vif.Expire(tx, m.now) },
		func(tx *store.Tx) error { return gateway.Expire(tx, m.now) },
	)
	if err := m.Store.Write(m.Context(), happening); err != nil && !refused(err) {
		m.Fatal(err)
	}
	m.sound("something happened")
}

// TestRandomCalls: whatever is called in whatever order, by whomever, nothing
// is left half-made.
func TestRandomCalls(t *testing.T) {
	m := newMonkey(t)
	for range *callsFlag {
		m.look()
		if m.IntN(5) == 0 {
			m.world()
			continue
		}
		operation := m.Operation()
		body, err := m.Body(operation)
		if err != nil {
			t.Fatal(err)
		}
		m.call(operation, body)
	}
	for _, operation := range []string{"CreateConnection", "AllocatePrivateVirtualInterface", "DeleteVirtualInterface"} {
		if m.succeeded[operation] == 0 && *callsFlag >= 10000 {
			t.Errorf("%s never succeeded: %v", operation, m.succeeded)
		}
	}
}

// mutations is how many mutated requests each operation gets.
const mutations = 60

// TestMutatedRequests: requests that are nearly right, or were once, are
// answered or refused.
func TestMutatedRequests(t *testing.T) {
	m := newMonkey(t)
	for _, operation := range m.Operations {
		for range mutations {
			m.look()
			body, err := m.Body(operation)
			if err != nil {
				t.Fatal(err)
			}
			for range 1 + m.IntN(4) {
				body = m.mutate(body)
			}
			m.call(operation, body)
		}
	}
}

// mutate changes a byte, cuts, repeats, or puts in something that hurts.
func (m *monkey) mutate(body []byte) []byte {
	if len(body) == 0 {
		return body
	}
	at := m.IntN(len(body))
	switch m.IntN(5) {
	case 0:
		body = slices.Clone(body)
		body[at] = byte(m.IntN(256))
	case 1:
		body = slices.Delete(slices.Clone(body), at, min(at+1+m.IntN(4), len(body)))
	case 2:
		body = slices.Insert(slices.Clone(body), at, body[at:min(at+m.IntN(20), len(body))]...)
	default:
		hurt := apitest.Pick(m.Rand, "null", "-1", "1e99", "9223372036854775807", `""`, `"\u0000"`, "[]", "{}", "[null]", "true", `"`+strings.Repeat("x", 300)+`"`)
		body = replaceValue(body, at, hurt)
	}
	return body
}

// replaceValue puts a value where the next one is after a colon.
func replaceValue(body []byte, at int, value string) []byte {
	colon := strings.IndexByte(string(body[at:]), ':')
	if colon < 0 {
		return body
	}
	from := at + colon + 1
	end := strings.IndexAny(string(body[from:]), ",}")
	if end < 0 {
		return body
	}
	return slices.Concat(body[:from], []byte(value), body[from+end:])
}

func refused(err error) bool {
	_, ok := errors.AsType[*demarc.Error](err)
	return ok
}
