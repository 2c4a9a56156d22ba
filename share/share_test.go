package share_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"demarc"
	"demarc/share"
	"demarc/store"
	"demarc/store/storetest"
)

const (
	owner    = demarc.AccountID("111111111111")
	friend   = demarc.AccountID("222222222222")
	stranger = demarc.AccountID("333333333333")
	gateway  = "tgw-1"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// A room is a store with a Transit Gateway of the owner's.
type room struct {
	t  *testing.T
	st *store.Store
}

func open(t *testing.T) room {
	r := room{t, storetest.Embedded(t, store.Tables()...)}
	r.write(func(tx *store.Tx) error {
		store.TransitGateways.Put(tx, demarc.TransitGateway{ID: gateway, Owner: owner, State: demarc.TransitGatewayAvailable})
		store.TransitGateways.Put(tx, demarc.TransitGateway{ID: "tgw-gone", Owner: owner, State: demarc.TransitGatewayDeleted})
		store.TransitGateways.Put(tx, demarc.TransitGateway{ID: "tgw-other", Owner: stranger, State: demarc.TransitGatewayAvailable})
		return nil
	})
	return r
}

func (r room) try(fn func(*store.Tx) error) error { return r.st.Write(r.t.Context(), fn) }

func (r room) write(fn func(*store.Tx) error) {
	r.t.Helper()
	if err := r.try(fn); err != nil {
		r.t.Fatal(err)
	}
}

// shared makes a share of the gateway that friend is invited to.
func (r room) shared() (s demarc.ResourceShare, i demarc.ResourceShareInvitation) {
	r.t.Helper()
	r.write(func(tx *store.Tx) (err error) {
		s, err = share.Create(tx, owner, demarc.ResourceShare{Name: "line", External: true}, share.Members{
			Resources: []demarc.TransitGatewayID{gateway}, Principals: []demarc.AccountID{friend},
		}, noon)
		return err
	})
	return s, share.Invitations(r.st.Local(), friend)[0]
}

func (r room) sees(by demarc.AccountID, want bool) {
	r.t.Helper()
	if got := share.Reaches(r.st.Local(), by, gateway); got != want {
		r.t.Errorf("account %s reaches the gateway: %v, want %v", by, got, want)
	}
}

func (r room) expire(now time.Time) {
	r.t.Helper()
	r.write(func(tx *store.Tx) error { return share.Expire(tx, now) })
}

func (r room) principal(id demarc.ResourceShareID) demarc.ShareAssociationState {
	s, _ := store.ResourceShares.Get(r.st.Local(), string(id))
	if len(s.Principals) == 0 {
		return ""
	}
	return s.Principals[0].State
}

func kindAndCode(err error) string {
	e, ok := errors.AsType[*demarc.Error](err)
	if !ok {
		return ""
	}
	return map[demarc.Kind]string{demarc.Invalid: "invalid", demarc.NotFound: "not found", demarc.Conflict: "conflict", demarc.Denied: "denied", demarc.Limit: "limit"}[e.Kind] + e.Code
}

// TestAnInvitation: each end of an invitation, what it makes of the share, and
// what may no longer be answered.
func TestAnInvitation(t *testing.T) {
	accept := func(r room, i demarc.ResourceShareInvitationID, by demarc.AccountID, now time.Time) error {
		return r.try(func(tx *store.Tx) error { _, err := share.Accept(tx, by, i, now); return err })
	}
	reject := func(r room, i demarc.ResourceShareInvitationID, by demarc.AccountID, now time.Time) error {
		return r.try(func(tx *store.Tx) error { _, err := share.Reject(tx, by, i, now); return err })
	}
	for _, tt := range []struct {
		name   string
		end    func(room, demarc.ResourceShare, demarc.ResourceShareInvitation) error
		state  demarc.ShareAssociationState
		sees   bool
		second string // what accepting and rejecting are then refused with
	}{
		{"accepted", func(r room, _ demarc.ResourceShare, i demarc.ResourceShareInvitation) error {
			return accept(r, i.ID, friend, noon.Add(demarc.InvitationLapse-time.Second))
		}, demarc.ShareAssociated, true, "conflict" + share.CodeAccepted},
		{"rejected", func(r room, _ demarc.ResourceShare, i demarc.ResourceShareInvitation) error {
			return reject(r, i.ID, friend, noon)
		},
			demarc.ShareFailed, false, "conflict" + share.CodeRejected},
		{"lapsed", func(r room, _ demarc.ResourceShare, _ demarc.ResourceShareInvitation) error {
			r.expire(noon.Add(demarc.InvitationLapse))
			return nil
		}, demarc.ShareFailed, false, "conflict" + share.CodeExpired},
		{"taken back", func(r room, s demarc.ResourceShare, _ demarc.ResourceShareInvitation) error {
			return r.try(func(tx *store.Tx) error {
				_, err := share.Disassociate(tx, owner, s.ID, share.Members{Principals: []demarc.AccountID{friend}}, noon)
				return err
			})
		}, demarc.ShareDisassociated, false, "conflict" + share.CodeExpired},
		{"with its share", func(r room, s demarc.ResourceShare, _ demarc.ResourceShareInvitation) error {
			return r.try(func(tx *store.Tx) error { return share.Delete(tx, owner, s.ID, noon) })
		}, demarc.ShareDisassociated, false, "conflict" + share.CodeExpired},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := open(t)
			s, i := r.shared()
			r.sees(friend, false)
			if got := r.principal(s.ID); got != demarc.ShareAssociating {
				t.Errorf("while it waits: %s", got)
			}
			for _, by := range []demarc.AccountID{stranger, owner} {
				if got := kindAndCode(accept(r, i.ID, by, noon)); got != "not found" {
					t.Errorf("account %s accepts: %q", by, got)
				}
			}
			if err := tt.end(r, s, i); err != nil {
				t.Fatal(err)
			}
			if got := r.principal(s.ID); got != tt.state {
				t.Errorf("the principal is %s, want %s", got, tt.state)
			}
			r.sees(friend, tt.sees)
			r.sees(stranger, false)
			if got := kindAndCode(accept(r, i.ID, friend, noon)); got != tt.second {
				t.Errorf("accepting again: %q, want %q", got, tt.second)
			}
			if got := kindAndCode(reject(r, i.ID, friend, noon)); got != tt.second {
				t.Errorf("rejecting then: %q, want %q", got, tt.second)
			}
		})
	}
}

// TestTooLateBeforeTheSweep: an invitation lapses by the clock, not by the
// sweep.
func TestTooLateBeforeTheSweep(t *testing.T) {
	r := open(t)
	_, i := r.shared()
	err := r.try(func(tx *store.Tx) error {
		_, err := share.Accept(tx, friend, i.ID, noon.Add(demarc.InvitationLapse))
		return err
	})
	if got := kindAndCode(err); got != "conflict"+share.CodeExpired {
		t.Errorf("got %v", err)
	}
}

// TestUnsharing: every way out of a share takes effect, and another share of
// the same gateway holds.
func TestUnsharing(t *testing.T) {
	leave := func(by demarc.AccountID, m share.Members) func(*store.Tx, demarc.ResourceShareID) error {
		return func(tx *store.Tx, id demarc.ResourceShareID) error {
			_, err := share.Disassociate(tx, by, id, m, noon)
			return err
		}
	}
	ways := map[string]func(*store.Tx, demarc.ResourceShareID) error{
		"resource out":  leave(owner, share.Members{Resources: []demarc.TransitGatewayID{gateway}}),
		"principal out": leave(owner, share.Members{Principals: []demarc.AccountID{friend}}),
		"leaves itself": leave(friend, share.Members{Principals: []demarc.AccountID{friend}}),
		"share deleted": func(tx *store.Tx, id demarc.ResourceShareID) error { return share.Delete(tx, owner, id, noon) },
	}
	for name, way := range ways {
		t.Run(name, func(t *testing.T) {
			r := open(t)
			first, _ := r.shared()
			second, _ := r.shared()
			for _, i := range share.Invitations(r.st.Local(), friend) {
				r.write(func(tx *store.Tx) error { _, err := share.Accept(tx, friend, i.ID, noon); return err })
			}
			if got := share.With(r.st.Local(), friend); !cmp.Equal(got, []string{gateway}) {
				t.Errorf("shared with the account: %v", got)
			}
			r.write(func(tx *store.Tx) error { return way(tx, first.ID) })
			r.sees(friend, true)
			r.write(func(tx *store.Tx) error { return way(tx, second.ID) })
			r.sees(friend, false)
			r.expire(noon.Add(demarc.ShareListedAfterEnd))
			if s, kept := store.ResourceShares.Get(r.st.Local(), string(first.ID)); kept == (name == "share deleted") || len(s.Shared())+len(s.Receivers()) > 1 {
				t.Errorf("two hours later: %v %+v", kept, s)
			}
		})
	}
}

// TestRefusals are of the owner's calls and of others' on a share that friend
// has accepted.
func TestRefusals(t *testing.T) {
	r := open(t)
	s, i := r.shared()
	r.write(func(tx *store.Tx) error { _, err := share.Accept(tx, friend, i.ID, noon); return err })
	enter := func(by demarc.AccountID, m share.Members) func(*store.Tx) error {
		return func(tx *store.Tx) error { _, err := share.Associate(tx, by, s.ID, m, noon); return err }
	}
	out := func(by demarc.AccountID, m share.Members) func(*store.Tx) error {
		return func(tx *store.Tx) error { _, err := share.Disassociate(tx, by, s.ID, m, noon); return err }
	}
	resources := func(ids ...demarc.TransitGatewayID) share.Members { return share.Members{Resources: ids} }
	principals := func(ids ...demarc.AccountID) share.Members { return share.Members{Principals: ids} }
	var many []demarc.AccountID
	for n := range 101 {
		many = append(many, demarc.AccountID(fmt.Sprintf("5%011d", n)))
	}
	for _, tt := range []struct {
		name string
		do   func(*store.Tx) error
		want string
	}{
		{"another's gateway", enter(owner, resources("tgw-other")), "not found"},
		{"a deleted gateway", enter(owner, resources("tgw-gone")), "not found"},
		{"no gateway", enter(owner, resources("tgw-none")), "not found"},
		{"no account number", enter(owner, principals("arn:aws:organizations::1:ou/o-1")), "invalid"},
		{"the owner", enter(owner, principals(owner)), "invalid"},
		{"too many", enter(owner, principals(many...)), "limit"},
		{"a stranger puts in", enter(stranger, principals(stranger)), "not found"},
		{"a receiver puts in", enter(friend, principals(stranger)), "denied"},
		{"a stranger takes out", out(stranger, principals(friend)), "not found"},
		{"a receiver takes the gateway out", out(friend, resources(gateway)), "denied"},
		{"not in it", out(owner, principals(stranger)), "not found"},
		{"a stranger deletes", func(tx *store.Tx) error { return share.Delete(tx, stranger, s.ID, noon) }, "not found"},
		{"a receiver deletes", func(tx *store.Tx) error { return share.Delete(tx, friend, s.ID, noon) }, "denied"},
		{"no name", func(tx *store.Tx) error {
			_, err := share.Create(tx, owner, demarc.ResourceShare{}, share.Members{}, noon)
			return err
		}, "invalid"},
		{"nobody outside", func(tx *store.Tx) error {
			_, err := share.Create(tx, owner, demarc.ResourceShare{Name: "inside"}, principals(friend), noon)
			return err
		}, "denied"},
	} {
		if got := kindAndCode(r.try(tt.do)); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	r.write(enter(owner, share.Members{Resources: []demarc.TransitGatewayID{gateway}, Principals: []demarc.AccountID{friend}})) // in it already
	if n := len(share.Invitations(r.st.Local(), friend)); n != 1 {
		t.Errorf("%d invitations after the second call, want 1", n)
	}
	r.write(func(tx *store.Tx) error { return share.Delete(tx, owner, s.ID, noon) })
	if got := kindAndCode(r.try(enter(owner, principals(stranger)))); got != "conflict"+share.CodeEnded {
		t.Errorf("into a deleted share: %q", got)
	}
}
