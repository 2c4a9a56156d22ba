package main

import (
	"slices"
	"strings"
	"time"

	"demarc"
	"demarc/api/apitest"
	"demarc/api/desk"
	"demarc/store"
)

// departed says of the steps of an end that are shown done what is still there;
// empty if nothing. What such a step speaks of is not there any more.
var departed = map[string]func(view *store.View, link demarc.Link, s demarc.Step, now time.Time) string{
	"end-agreed": func(_ *store.View, link demarc.Link, s demarc.Step, _ time.Time) string {
		return unless(len(link.Endings) > 0, "nobody has agreed to anything")
	},
	"end-told": func(view *store.View, link demarc.Link, s demarc.Step, now time.Time) string {
		for _, e := range link.Endings {
			for _, of := range e.Legs {
				v, ok := store.VirtualInterfaces.Get(view, string(of.Interface))
				early := e.Warned() && (len(e.Told) < 2 || now.Before(e.Due))
				if ok && early && !v.State.Gone() && v.State != demarc.VIFDeleting && strings.Contains(s.Evidence, stampOf(e.Granted)) {
					return unless(false, "told %d times, due on %s, and %s is %s", len(e.Told), e.Due, v.ID, v.State)
				}
			}
		}
		return ""
	},
	"end-interface": func(view *store.View, link demarc.Link, s demarc.Step, _ time.Time) string {
		_, of, _ := link.EndingOf(s.Leg)
		v, ok := store.VirtualInterfaces.Get(view, string(of.Interface))
		return unless(!ok || v.State.Gone() || v.State == demarc.VIFDeleting, "interface %s is %s", v.ID, v.State)
	},
	"end-edge": func(view *store.View, link demarc.Link, s demarc.Step, _ time.Time) string {
		_, of, _ := link.EndingOf(s.Leg)
		v, ok := store.VirtualInterfaces.Get(view, string(of.Interface))
		_, seen := store.VIFSightings.Get(view, string(of.Interface))
		for name, holder := range view.Claims("vlan/") {
			if holder == string(of.Interface) && of.Interface != "" {
				return unless(false, "it holds %s", name)
			}
		}
		return unless((!ok || v.State.Gone()) && !seen, "interface %s is %s, seen at the edge: %v", v.ID, v.State, seen)
	},
	"give-back": givenBack,
	"unplug": func(view *store.View, link demarc.Link, s demarc.Step, now time.Time) string {
		_, of, _ := link.EndingOf(s.Leg)
		xc, _ := store.CrossConnects.Get(view, string(of.Connection))
		if !xc.Patched {
			return ""
		}
		return givenBack(view, link, s, now)
	},
	"end-tokens": func(view *store.View, link demarc.Link, _ demarc.Step, now time.Time) string {
		for t := range store.LinkTokens.By(view, "link", string(link.ID)) {
			if _, _, ending := link.EndingOf(t.Leg); ending && t.StateAt(now) == demarc.TokenIssued {
				return unless(false, "token %s is good", t.ID)
			}
		}
		return ""
	},
	"ended": func(_ *store.View, link demarc.Link, s demarc.Step, _ time.Time) string {
		e, _, ok := link.EndingOf(s.Leg)
		if s.Leg == "" {
			e, ok = link.Ending()
		}
		return unless(ok && !e.Ended.IsZero(), "it has not")
	},
}

func stampOf(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05 MST") }

// givenBack: the customer's connection is gone, or has another use.
func givenBack(view *store.View, link demarc.Link, s demarc.Step, _ time.Time) string {
	_, of, _ := link.EndingOf(s.Leg)
	c, ok := store.Connections.Get(view, string(of.Connection))
	if !ok || c.State.Gone() || c.Owner != link.Customer || c.LAG != "" {
		return ""
	}
	for _, tag := range c.Tags {
		if tag.Key == "demarc:link" && !strings.HasPrefix(tag.Value, string(link.ID)) {
			return ""
		}
	}
	for _, holder := range view.Claims("vlan/" + string(c.ID) + "/") {
		if holder != string(of.Interface) {
			return ""
		}
	}
	return unless(false, "connection %s is %s, and carries nothing", c.ID, c.State)
}

// going are the links that have not ended.
func (l *life) going() []demarc.Link {
	return slices.DeleteFunc(slices.Collect(store.Links.All(l.store.Local())), demarc.Link.Over)
}

// giveUp is a customer asking for the end of its link, or of a leg; the platform
// agrees now and then, and now and then the customer takes it back.
func (l *life) giveUp(link demarc.Link, leg desk.Leg) {
	fields := map[string]any{"link": link.ID, "reason": "no more"}
	if l.IntN(3) == 0 {
		fields["virtualInterface"] = leg.VirtualInterface
	}
	if l.IntN(3) == 0 {
		fields["lastDay"] = l.now().AddDate(0, 0, l.IntN(10)).Format(time.DateOnly)
	}
	owner := caller{name: l.name(link.Customer)}
	l.ask(owner, l.find("openCase"), "/desk/v1/cases", mustJSON(map[string]any{"kind": "termination", "environment": link.Environment, "fields": fields}))
	if l.IntN(2) == 0 {
		l.agree(link.ID)
	}
	if l.IntN(4) == 0 {
		l.eachEnd(link.ID, func(c demarc.Case) {
			l.ask(owner, l.find("resolveCase"), "/desk/v1/cases/"+string(c.ID)+"/resolve", "")
		})
	}
}

// eachEnd does something about the cases that ask for the end of a link.
func (l *life) eachEnd(id demarc.LinkID, do func(demarc.Case)) {
	for c := range store.Cases.All(l.store.Local()) {
		if c.Kind == demarc.CaseTermination && c.Link == id && !c.State.Ended() {
			do(c)
		}
	}
}

// agree is the platform's: by two persons where the policy asks for them.
func (l *life) agree(id demarc.LinkID) {
	l.eachEnd(id, func(c demarc.Case) {
		path := "/desk/v1/cases/" + string(c.ID)
		if c.State != demarc.CaseWaitingApprover {
			l.ask(caller{"platform", demarc.RoleAgent, "ann"}, l.find("acceptCase"), path+"/accept", "")
		}
		if now, _ := store.Cases.Get(l.store.Local(), string(c.ID)); now.State == demarc.CaseWaitingApprover {
			for _, by := range []caller{{"platform", demarc.RoleApprover, "bob"}, {"platform", demarc.RoleApprover, "ann"}, {name: "platform"}} {
				if _, ok := l.ask(by, l.find("approveCase"), path+"/approve", ""); ok {
					return
				}
			}
			l.ask(caller{name: l.name(c.Opener)}, l.find("resolveCase"), path+"/resolve", "") // all have spoken
		}
	})
}

// waitForEnd lets the day pass that an end waits for; now and then the owner of
// the line does not wait.
func (l *life) waitForEnd(link desk.Link, leg desk.Leg) {
	if c, _ := store.VirtualInterfaces.Get(l.store.Local(), string(leg.VirtualInterface)); l.IntN(3) == 0 && c.ID != "" {
		l.order(caller{name: l.name(c.ConnectionOwner)}, "DeleteVirtualInterface", mustJSON(map[string]any{"virtualInterfaceId": c.ID}))
		return
	}
	l.advance(apitest.Pick(l.Rand, 25*time.Hour, 25*time.Hour, 5*24*time.Hour))
}

// endAll has every link come to its end by the desk: asked for, agreed to, told
// of, deleted, and given back, as the tracker says.
func (l *life) endAll() {
	for _, link := range l.going() {
		for range 3 {
			owner := caller{name: l.name(link.Customer)}
			l.eachEnd(link.ID, func(c demarc.Case) { // who has spoken in an old one may not approve
				if c.State != demarc.CaseGranted {
					l.ask(owner, l.find("resolveCase"), "/desk/v1/cases/"+string(c.ID)+"/resolve", "")
				}
			})
			l.ask(owner, l.find("openCase"), "/desk/v1/cases", mustJSON(map[string]any{
				"kind": "termination", "environment": link.Environment, "fields": map[string]any{"link": link.ID, "reason": "the end"},
			}))
			l.agree(link.ID)
			if now, _ := store.Links.Get(l.store.Local(), string(link.ID)); len(now.Endings) > 0 {
				if _, whole := now.Ending(); whole {
					break
				}
			}
		}
		l.bringUp(link.ID)
		if now, _ := store.Links.Get(l.store.Local(), string(link.ID)); !now.Over() {
			l.fault("link %s did not end:\n%s", link.ID, l.tracker(link.ID))
		}
	}
	l.sound("all links ended")
}
