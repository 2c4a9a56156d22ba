package desk_test

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"demarc"
	"demarc/connection"
	"demarc/desk"
	"demarc/intent"
	"demarc/store"
	"demarc/vif"
)

// expect checks whose move it is, and what the step says.
func (w *world) expect(link demarc.Link, id string, party demarc.Party, evidence string) {
	w.Helper()
	steps := desk.Steps(w.store.Local(), link, w.now)
	step, waiting := desk.WhoseMove(steps)
	switch {
	case !waiting && id == "":
	case step.ID != id || step.Party != party:
		w.Fatalf("whose move: got %s (%s), want %s (%s); steps: %+v", step.ID, step.Party, id, party, steps)
	case !strings.Contains(step.Evidence, evidence):
		w.Fatalf("evidence of %s: got %q, want it to contain %q", id, step.Evidence, evidence)
	}
}

// TestWalk goes the whole way as the parties would, and asks after each act
// whose move it is.
func TestWalk(t *testing.T) {
	w := newWorld(t)
	link := w.link()
	w.expect(link, "order", demarc.Customer, "no connection at LIS1 with the tag demarc:link="+string(link.ID))

	conn := w.order()
	w.expect(link, "loa", demarc.Customer, "no letter of authority")
	w.write(func(tx *store.Tx) error {
		_, err := connection.IssueLetter(tx, customer, conn.ID, "", w.now)
		return err
	})
	w.expect(link, "cross-connect", demarc.Facility, string(conn.Port)+" is not patched")
	w.now = w.now.Add(demarc.LOAValidity + time.Hour)
	w.expect(link, "loa", demarc.Customer, "expired on 2026-08-02 12:00:00 UTC")
	w.now = start

	w.write(func(tx *store.Tx) error {
		_, err := connection.Patch(tx, building, conn.ID, w.now)
		return err
	})
	w.expect(link, "available", demarc.Customer, "is pending: no carrier yet")
	w.write(func(tx *store.Tx) error {
		seen := intent.PortSeen{ID: conn.Port, Carrier: true, Strays: []intent.StraySeen{{VLAN: 102}}}
		connection.Observe(tx, seen)
		store.PortSightings.Put(tx, seen)
		return nil
	})
	w.expect(link, "account-case", demarc.Customer, "no case of kind account-association")

	if _, refusal := w.open(customer, desk.New{Kind: demarc.CaseAccount, Environment: "acme-prod"}); refusal != nil {
		t.Fatal(refusal)
	}
	w.expect(link, "allocate", demarc.Customer, "no interface for account "+string(platform))
	v := w.allocate(conn.ID)
	w.expect(link, "accept-case", demarc.Customer, "no case asks to accept "+string(v.ID))
	asked, refusal := w.open(customer, desk.New{Kind: demarc.CaseAccept, Environment: "acme-prod", Fields: demarc.CaseFields{VirtualInterface: v.ID}})
	if refusal != nil {
		t.Fatal(refusal)
	}
	w.expect(link, "accept", demarc.Platform, string(v.ID)+" is confirming")

	w.write(func(tx *store.Tx) error {
		_, err := vif.Confirm(tx, platform, v.ID, demarc.PrivateVIF, vif.Onto{Gateway: vgw}, w.now)
		return err
	})
	w.expect(link, "session", demarc.Platform, "the edge has not built the interface yet")
	c, err := desk.Case(w.store.Local(), platform, asked.ID)
	if err != nil || c.State != demarc.CaseAnswered || c.Answer != "Accepted onto "+string(vgw) {
		t.Errorf("case after acceptance: got %s %q (%v), want answered", c.State, c.Answer, err)
	}
	w.bringUp(link, v)
}

// bringUp walks the part that the agents report.
func (w *world) bringUp(link demarc.Link, v demarc.VirtualInterface) {
	w.Helper()
	seen := intent.VIFSeen{ID: v.ID, Built: true, Session: []intent.SessionSeen{{State: "Active", Since: w.now}}}
	w.sees(seen)
	w.expect(link, "session", demarc.Customer, "in state Active")
	w.faults(link, v, seen)
	w.exceeds(link, v)
	seen.Session[0].State = "Established"
	w.sees(seen)
	w.expect(link, "session", demarc.Customer, "advertises nothing that we accept")
	w.refuses(link, seen)
	seen.Accepted = intent.RoutesOf(intent.RouteSeen{Prefix: netip.MustParsePrefix("192.168.50.0/24")})
	w.sees(seen)
	w.expect(link, "session", demarc.Platform, "the gateway advertises nothing")
	seen.Advertised = intent.RoutesOf(intent.RouteSeen{Prefix: netip.MustParsePrefix("10.8.2.0/24")})

	w.sees(seen, "192.168.50.0/24", "0.0.0.0/1", "128.0.0.0/1")
	w.expect(link, "default-route", demarc.Customer, "W-DEFAULT-SPLIT: 0.0.0.0/1, 128.0.0.0/1")
	w.sees(seen, "192.168.50.0/24")
	w.expect(link, "", "", "")
	w.sees(seen, "192.168.50.0/24", "0.0.0.0/0")
	w.expect(link, "", "", "")
	w.shadowed(link)
	w.watched(link, seen)
	w.unheard(link, "lis1-d1")
	w.fills(link, seen)

	seen.Session[0].State = "Idle"
	w.sees(seen, "192.168.50.0/24")
	w.expect(link, "session", demarc.Customer, "in state Idle")
}

// refuses checks that who misses a prefix is told why it is not accepted.
func (w *world) refuses(link demarc.Link, seen intent.VIFSeen) {
	w.Helper()
	refused := func(prefix, reason, problem string) intent.RefusedSeen {
		return intent.RefusedSeen{Prefix: netip.MustParsePrefix(prefix), Reason: reason, Error: problem}
	}
	const inside = "it lies in a network that the gateway leads to"
	seen.Refused = []intent.RefusedSeen{
		refused("0.0.0.0/1", intent.SplitRefused+": told elsewhere", ""),
		refused("10.8.2.0/24", inside, ""), refused("10.8.2.128/25", inside, ""),
		refused("10.9.0.0/16", intent.MessageRefused, "AS_PATH contains our AS 64512"),
	}
	w.sees(seen)
	w.expect(link, "session", demarc.Customer, "nothing that we accept; refused 10.8.2.0/24, 10.8.2.128/25: "+inside+"; refused 10.9.0.0/16: "+intent.MessageRefused+": AS_PATH contains our AS 64512")
	if s := w.session(link); strings.Contains(s.Evidence, "elsewhere") {
		w.Errorf("a piece of a default route is told twice: %s", s.Evidence)
	}
	for i := range byte(9) {
		seen.Refused = append(seen.Refused, refused(netip.PrefixFrom(netip.AddrFrom4([4]byte{20, i, 0, 0}), 16).String(), intent.MessageRefused, fmt.Sprint("another path ", i)))
	}
	w.sees(seen)
	w.expect(link, "session", demarc.Customer, "another path 0; others are refused for 8 more reasons")
}

// watched checks what is said of BFD, which holds nothing up.
func (w *world) watched(link demarc.Link, seen intent.VIFSeen) {
	w.Helper()
	seen.Session = slices.Clone(seen.Session)
	for want, b := range map[string]intent.BFDSeen{
		"advertised 10.8.2.0/24":                       {State: "Down"},
		"BFD up, silence is noticed after 900ms":       {State: "Up", Remote: "Up", Detection: 900 * time.Millisecond},
		"BFD is Down here and AdminDown at the router": {State: "Down", Remote: "AdminDown"},
	} {
		seen.Session[0].BFD = b
		w.sees(seen, "192.168.50.0/24")
		if s := w.session(link); !s.Done || s.Code != "" || !strings.HasSuffix(s.Evidence, want) {
			w.Errorf("%+v: done %v, evidence %q, want %q at its end", b, s.Done, s.Evidence, want)
		}
	}
	seen.Session[0].BFD = intent.BFDSeen{State: "Down", Refused: 3, LastRefusal: "it is authenticated"}
	w.sees(seen, "192.168.50.0/24")
	if s := w.session(link); !s.Done || s.Code != "E-BFD-MISMATCH" || !strings.Contains(s.Evidence, "it is authenticated; established since") {
		w.Errorf("done %v, %s: %q", s.Done, s.Code, s.Evidence)
	}
}

// unheard checks that what a device has said is called old once nothing is heard of
// it, however far ahead the site's clock was moved.
func (w *world) unheard(link demarc.Link, device demarc.NodeID) {
	w.Helper()
	last := w.now.Add(-3 * time.Minute)
	for _, tt := range []struct {
		at, ahead time.Duration
		old       bool
	}{{time.Minute, 0, false}, {3 * time.Minute, 0, true}, {3 * time.Minute, 2 * time.Minute, false}} {
		w.write(func(tx *store.Tx) error {
			store.NodeSightings.Put(tx, intent.NodeSeen{ID: device, At: last.Add(3*time.Minute - tt.at)})
			store.Rehearsals.Put(tx, demarc.Rehearsal{Ahead: tt.ahead})
			return nil
		})
		s := w.session(link)
		if want := "nothing is heard of " + string(device) + " since "; !s.Done || strings.Contains(s.Evidence, want) != tt.old {
			w.Errorf("heard of %v ago, %v ahead: done %v, evidence %q", tt.at, tt.ahead, s.Done, s.Evidence)
		}
	}
}

// fills has the line bring more than the route table takes, which holds nothing up;
// what of others is left out is not said of this one.
func (w *world) fills(link demarc.Link, seen intent.VIFSeen) {
	w.Helper()
	var learned []string
	var routes []intent.RouteSeen
	for i := range byte(102) {
		p := netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 100, i, 0}), 24)
		learned = append(learned, p.String())
		if i != 100 { // which another line has
			routes = append(routes, intent.RouteSeen{Prefix: p})
		}
	}
	seen.Accepted = intent.RoutesOf(routes...)
	w.sees(seen, learned...)
	if s := w.session(link); !s.Done || s.Code != "W-TABLE-FULL" || !strings.Contains(s.Evidence, "takes 100 propagated prefixes, and has no room for 10.100.101.0/24: ") {
		w.Errorf("with 102 prefixes: done %v, %s: %q", s.Done, s.Code, s.Evidence)
	}
	w.sees(seen, learned[:100]...)
	if s := w.session(link); !s.Done || s.Code != "" {
		w.Errorf("with 100 prefixes: done %v, %s: %q", s.Done, s.Code, s.Evidence)
	}
}

// session is the step of that name.
func (w *world) session(link demarc.Link) demarc.Step {
	steps := desk.Steps(w.store.Local(), link, w.now)
	return steps[slices.IndexFunc(steps, func(s demarc.Step) bool { return s.ID == "session" })]
}

// shadowed checks what is said of a default route that is not used.
func (w *world) shadowed(link demarc.Link) {
	w.Helper()
	const want = "W-DEFAULT-SHADOWED: 0.0.0.0/0 over the line is shadowed by " + igw + ": static beats propagated at equal length"
	steps := desk.Steps(w.store.Local(), link, w.now)
	if last := steps[len(steps)-1]; last.Evidence != want {
		w.Errorf("evidence: got %q, want %q", last.Evidence, want)
	}
}

// TestWhichConnection checks which connection a link takes for its own.
func TestWhichConnection(t *testing.T) {
	hour := start.Add(time.Hour)
	base := demarc.Connection{ID: "dxcon-fa", Owner: customer, Location: "LIS1", Bandwidth: demarc.Gbps, Port: "lis1-d1/p1", State: demarc.ConnectionRequested, Created: hour}
	with := func(id demarc.ConnectionID, change func(*demarc.Connection)) demarc.Connection {
		c := base
		c.ID = id
		change(&c)
		return c
	}
	tests := []struct {
		name     string
		topology demarc.Topology
		conns    func(link string) []demarc.Connection
		want     string // empty: none
	}{
		{"the customer's own", demarc.OwnCage, func(string) []demarc.Connection { return []demarc.Connection{base} }, "dxcon-fa"},
		{"the newest", demarc.OwnCage, func(string) []demarc.Connection {
			return []demarc.Connection{base, with("dxcon-fb", func(c *demarc.Connection) { c.Created = hour.Add(1) })}
		}, "dxcon-fb"},
		{"the tagged one before a newer one", demarc.OwnCage, func(link string) []demarc.Connection {
			return []demarc.Connection{
				with("dxcon-fb", func(c *demarc.Connection) { c.Created = hour.Add(1) }),
				with("dxcon-fc", func(c *demarc.Connection) { c.Tags = []demarc.Tag{{Key: desk.LinkTag, Value: link}} }),
			}
		}, "dxcon-fc"},
		{"none that is older", demarc.OwnCage, func(string) []demarc.Connection {
			return []demarc.Connection{with("dxcon-fa", func(c *demarc.Connection) { c.Created = start.Add(-1) })}
		}, ""},
		{"none that is slower", demarc.OwnCage, func(string) []demarc.Connection {
			return []demarc.Connection{with("dxcon-fa", func(c *demarc.Connection) { c.Bandwidth = demarc.Mbps })}
		}, ""},
		{"none that is deleted", demarc.OwnCage, func(string) []demarc.Connection {
			return []demarc.Connection{with("dxcon-fa", func(c *demarc.Connection) { c.State = demarc.ConnectionDeleted })}
		}, ""},
		{"none of another link", demarc.OwnCage, func(string) []demarc.Connection {
			return []demarc.Connection{with("dxcon-fa", func(c *demarc.Connection) { c.Tags = []demarc.Tag{{Key: desk.LinkTag, Value: "lk-other"}} })}
		}, ""},
		{"none that a stranger tagged", demarc.OwnCage, func(link string) []demarc.Connection {
			return []demarc.Connection{with("dxcon-fa", func(c *demarc.Connection) { c.Owner = partner; c.Tags = []demarc.Tag{{Key: desk.LinkTag, Value: link}} })}
		}, ""},
		{"a partner's where a partner builds", demarc.PartnerCage, func(link string) []demarc.Connection {
			return []demarc.Connection{with("dxcon-fa", func(c *demarc.Connection) { c.Owner = partner; c.Tags = []demarc.Tag{{Key: desk.LinkTag, Value: link}} })}
		}, "dxcon-fa"},
		{"no other customer's where a partner builds", demarc.PartnerCage, func(link string) []demarc.Connection {
			return []demarc.Connection{with("dxcon-fa", func(c *demarc.Connection) {
				c.Owner = stranger
				c.Tags = []demarc.Tag{{Key: desk.LinkTag, Value: link}}
			})}
		}, ""},
	}
	w := newWorld(t)
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			link := demarc.Link{ID: demarc.NewLinkID(), Environment: "acme-prod", Customer: customer, Topology: test.topology, Legs: []demarc.Leg{{ID: "a", Location: "LIS1", Bandwidth: demarc.Gbps}}, Created: start}
			conns := test.conns(string(link.ID))
			w.write(func(tx *store.Tx) error {
				for _, c := range conns {
					store.Connections.Put(tx, c)
				}
				return nil
			})
			order := desk.Steps(w.store.Local(), link, w.now)[1]
			if order.Done != (test.want != "") || !strings.Contains(order.Evidence, test.want) {
				t.Errorf("order: got %v %q, want %q", order.Done, order.Evidence, test.want)
			}
			w.write(func(tx *store.Tx) error {
				for _, c := range conns {
					store.Connections.Delete(tx, string(c.ID))
				}
				return nil
			})
		})
	}
}

func TestARejectedInterfaceIsAllocatedAgain(t *testing.T) {
	w := newWorld(t)
	link := w.link()
	conn := w.order(demarc.Tag{Key: desk.LinkTag, Value: string(link.ID)})
	first := w.allocate(conn.ID)
	w.write(func(tx *store.Tx) error {
		_, err := vif.Delete(tx, platform, first.ID, w.now)
		return err
	})
	step := desk.Steps(w.store.Local(), link, w.now)[6]
	if want := string(first.ID) + " is rejected; allocate another"; step.Done || step.Evidence != want {
		t.Errorf("allocate: got %v %q, want %q", step.Done, step.Evidence, want)
	}
	second := w.allocate(conn.ID)
	step = desk.Steps(w.store.Local(), link, w.now)[6]
	if !step.Done || !strings.Contains(step.Evidence, string(second.ID)) {
		t.Errorf("allocate: got %v %q, want %s", step.Done, step.Evidence, second.ID)
	}
}

// Legs of one link are told apart by their tags, and each runs on a connection
// of its own.
func TestLegsRunSideBySide(t *testing.T) {
	w := newWorld(t)
	link, refusal := w.request(customer, func(r *desk.Request) {
		r.Resiliency = demarc.TwoDevices
		r.Legs = append(r.Legs, r.Legs[0])
	})
	if refusal != nil {
		t.Fatal(refusal)
	}
	b := w.order(demarc.Tag{Key: desk.LinkTag, Value: string(link.ID) + "/b"})
	w.expect(link, "order", demarc.Customer, "no connection at LIS1 with the tag demarc:link="+string(link.ID)+"/a")
	a := w.order() // untagged, and so for the leg that is left
	w.expect(link, "loa", demarc.Customer, "no letter of authority")
	v := w.allocate(b.ID)
	legs := desk.Legs(w.store.Local(), link, w.now)
	if len(legs) != 2 || legs[0].Connection.ID != a.ID || legs[1].Connection.ID != b.ID || legs[1].Interface.ID != v.ID || legs[0].Interface.ID != "" {
		t.Errorf("legs: got %+v", legs)
	}
	var ids []string
	for _, s := range desk.Steps(w.store.Local(), link, w.now) {
		ids = append(ids, s.Leg+s.ID)
		if s.ID == "accept-case" && s.Leg == "b" && !s.Deadline.Equal(start.Add(7*24*time.Hour)) {
			t.Errorf("the interface is taken back at %v, want seven days from its allocation", s.Deadline)
		}
	}
	want := []string{
		"entitled", "aorder", "aloa", "across-connect", "aavailable", "border", "bloa", "bcross-connect", "bavailable",
		"account-case", "aallocate", "aaccept-case", "aaccept", "asession", "ballocate", "baccept-case", "baccept", "bsession", "default-route",
	}
	if diff := cmp.Diff(ids, want); diff != "" {
		t.Errorf("steps (-got +want):\n%s", diff)
	}
}

// TestWhoMovesInACase has the tracker follow what is said in the case about an
// interface: who was asked something moves next, and has a time for it.
func TestWhoMovesInACase(t *testing.T) {
	w := newWorld(t)
	w.write(func(tx *store.Tx) error {
		store.Deadlines.Put(tx, demarc.Deadlines{AcceptanceDays: 30, InformationDays: 7})
		return nil
	})
	w.policy(demarc.PolicyRule{Name: "two", Verdict: demarc.VerdictQueue, FourEyes: true})
	link, v, c := w.asked()
	moves := func(party demarc.Party, says string, deadline time.Time) {
		t.Helper()
		if s := w.at(link, "accept"); s.Done || s.Party != party || !strings.Contains(s.Evidence, says) || !s.Deadline.Equal(deadline) {
			t.Errorf("%s until %s: %q, want %s until %s and %q", s.Party, s.Deadline, s.Evidence, party, deadline, says)
		}
	}
	say := func(by demarc.Actor) {
		t.Helper()
		w.now = w.now.Add(time.Hour)
		if _, refusal := w.does(func(tx *store.Tx) (demarc.Case, error) { return desk.Reply(tx, by, c.ID, "so", nil, w.now) }); refusal != nil {
			t.Fatal(refusal)
		}
	}
	lapses := v.Created.AddDate(0, 0, 30)
	moves(demarc.Platform, "case "+string(c.ID)+" waits", lapses)
	say(agent)
	moves(demarc.Customer, "demarc case show "+string(c.ID), w.now.AddDate(0, 0, 7))
	if s := w.at(link, "accept"); !s.Since.Equal(w.now) {
		t.Errorf("asked at %s, and waiting since %s", w.now, s.Since)
	}
	say(asker)
	moves(demarc.Platform, "case "+string(c.ID)+" waits", lapses)
	if _, refusal := w.does(func(tx *store.Tx) (demarc.Case, error) { return desk.Accept(tx, agent, c.ID, w.now) }); refusal != nil {
		t.Fatal(refusal)
	}
	moves(demarc.Platform, "demarc case approve "+string(c.ID), lapses)
}
