package directconnect_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"demarc/api/apitest"
	"demarc/store"
)

// A document is an answer, in the API's own spelling.
type document = map[string]any

// A world is a front door and what has been ordered through it: a connection
// of the customer's at LIS1, with an interface on tag 101 that waits for the
// platform.
type world struct {
	*testing.T
	*apitest.Door
	conn, vif string
	// The gateways of acme-prod and of acme-trial, both the platform's, and one
	// of the customer's own.
	prod, trial, own string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{T: t, Door: apitest.Open(t)}
	for env := range store.Environments.All(w.Store.Local()) {
		if env.Name == "acme-prod" {
			w.prod = string(env.Gateway)
		} else {
			w.trial = string(env.Gateway)
		}
	}
	w.own = "vgw-0123456789abcdef0"
	w.write(func(tx *store.Tx) error {
		gw, _ := store.VirtualGateways.Get(tx, w.prod)
		gw.ID, gw.Owner = "vgw-0123456789abcdef0", w.Account(w, "customer").ID
		store.VirtualGateways.Put(tx, gw)
		return nil
	})
	w.conn = w.do("customer", "CreateConnection", `{"location":"LIS1","bandwidth":"1Gbps","connectionName":"one"}`)["connectionId"].(string)
	w.vif = w.do("customer", "AllocatePrivateVirtualInterface", w.fill(allocation))["virtualInterfaceId"].(string)
	return w
}

const allocation = `{"connectionId":"CONN","ownerAccount":"PLATFORM","newPrivateVirtualInterfaceAllocation":{"virtualInterfaceName":"a","vlan":101,"asn":65001}}`

// fill puts ids where a body has a word in capitals.
func (w *world) fill(body string) string {
	return strings.NewReplacer(
		"CONN", w.conn, "DXVIF", w.vif, "PROD", w.prod, "TRIAL", w.trial, "OWN", w.own,
		"CUSTOMER", string(w.Account(w, "customer").ID), "PLATFORM", string(w.Account(w, "platform").ID),
	).Replace(body)
}

// do calls what must succeed.
func (w *world) do(profile, operation, body string) document {
	w.Helper()
	return w.doExactly(profile, operation, w.fill(body))
}

// doExactly fills nothing into the body: the names of what is filled in may be
// anywhere in a random text.
func (w *world) doExactly(profile, operation, body string) document {
	w.Helper()
	status, answer := w.Call(w, profile, operation, body)
	if status != 200 {
		w.Fatalf("%s as %s: %d %s", operation, profile, status, answer)
	}
	out := document{}
	if err := json.Unmarshal([]byte(answer), &out); err != nil {
		w.Fatal(err)
	}
	return out
}

// refused calls what must be refused, with nothing left behind: etcd's
// revision is the same before and after. It returns what the client was told.
func (w *world) refused(profile, operation, body string) string {
	w.Helper()
	before := w.Store.Local().Revision()
	status, answer := w.Call(w, profile, operation, w.fill(body))
	if status != 400 {
		w.Errorf("%s as %s: got %d %s", operation, profile, status, answer)
	}
	if after := w.Store.Local().Revision(); after != before {
		w.Errorf("%s as %s: something was written", operation, profile)
	}
	var told struct {
		Type    string `json:"__type"`
		Message string `json:"message"`
	}
	if err := json.Unmarshal([]byte(answer), &told); err != nil {
		w.Fatal(err)
	}
	return fmt.Sprintf("%s: %s", told.Type, told.Message)
}

func (w *world) write(fn func(*store.Tx) error) {
	w.Helper()
	if err := w.Store.Write(w.Context(), fn); err != nil {
		w.Fatal(err)
	}
}
