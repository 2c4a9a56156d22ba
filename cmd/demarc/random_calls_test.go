package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/smithy-go"

	"demarc"
	"demarc/api/apitest"
	"demarc/api/awsjson"
	"demarc/api/desk"
	"demarc/store"
)

func written(out smithy.Serializable) (string, error) {
	recorder := httptest.NewRecorder()
	err := awsjson.WriteResult(recorder, "", out)
	return recorder.Body.String(), err
}

// act is a sequence: what a few parties do one after another.
func (l *life) act() {
	switch n := l.IntN(100); {
	case n < 3:
		l.want()
	case n < 11:
		l.undo()
	case n < 48:
		l.follow(1 + l.IntN(4))
	case n < 72:
		for range 1 + l.IntN(3) {
			l.anything()
		}
	case n < 87:
		for range 1 + l.IntN(2) {
			by := apitest.Pick(l.Rand, callers[:8]...)
			l.Look(l.store.Local(), l.account(by.name))
			operation := l.Operation()
			body, err := l.Body(operation)
			if err != nil {
				l.fault("%v", err)
			}
			l.order(by, operation, string(body))
		}
	case n < 96:
		l.report(l.IntN(4) > 0)
	default:
		l.said = "a sweep"
		l.sweeper.Sweep(context.Background())
		l.death.came()
	}
}

// want is a customer asking for a link that is likely to be granted.
func (l *life) want() {
	pair := apitest.Pick(l.Rand, [2]string{"customer", "acme-prod"}, [2]string{"rival", "globex-prod"})
	leg := func(location string) map[string]any {
		return map[string]any{"location": location, "bandwidth": "1Gbps", "customerAsn": 65010}
	}
	request := map[string]any{
		"environment": pair[1], "topology": apitest.Pick(l.Rand, "own-cage", "partner"), "prefixes": []string{"192.168.50.0/24"},
		"legs": apitest.Pick(l.Rand, []any{leg("LIS1")}, []any{leg("LIS2")}, []any{leg("LIS1"), leg("LIS2")}),
	}
	if len(request["legs"].([]any)) == 2 {
		request["resiliency"] = "high"
	}
	l.ask(caller{name: pair[0]}, l.find("requestLink"), "/desk/v1/links", mustJSON(request))
}

// undo is somebody taking back what a link runs on, or changing its mind.
func (l *life) undo() {
	links := l.going()
	if len(links) == 0 {
		return
	}
	link := apitest.Pick(l.Rand, links...)
	leg := apitest.Pick(l.Rand, l.legs(link)...)
	if l.IntN(12) == 0 {
		l.giveUp(link, leg)
		return
	}
	c, builder := l.builder(leg.Connection)
	if c.ID == "" {
		return
	}
	platform, facility := caller{name: "platform"}, caller{name: "facility"}
	switch l.IntN(11) {
	case 0, 1:
		by := apitest.Pick(l.Rand, platform, builder, caller{name: l.name(link.Customer)})
		l.order(by, "DeleteVirtualInterface", mustJSON(map[string]any{"virtualInterfaceId": leg.VirtualInterface}))
	case 2:
		l.returns(c)
	case 3:
		l.ask(facility, l.find("unpatchCrossConnect"), "/desk/v1/facility/cross-connects/"+string(c.ID)+"/unpatch", "")
	case 4:
		l.ask(facility, l.find("reportCrossConnect"), "/desk/v1/facility/cross-connects/"+string(c.ID)+"/report", apitest.Pick(l.Rand,
			`{"problem":"E-XC-POLARITY"}`, `{"problem":"E-XC-NO-LIGHT","note":"dark"}`, `{"router":"globex-r1","interface":"eth0"}`, `{}`))
	case 5:
		l.ask(platform, l.find("applyPolicy"), "/desk/v1/platform/policies", fmt.Sprintf(`{"rules":[{"name":"some","when":{"matchesLink":true},%s},{"name":"rest",%s}]}`, l.verdict(), l.verdict()))
	case 6:
		for range 4 { // most cases have ended
			l.ask(apitest.Pick(l.Rand, platform, caller{"platform", demarc.RoleAgent, "ann"}), l.find("rejectCase"), "/desk/v1/cases/"+l.id("cases", "")+"/reject", `{"reason":"not now"}`)
		}
	case 7:
		l.ask(caller{name: l.name(link.Customer)}, l.find("startDrill"), "/desk/v1/links/"+string(link.ID)+"/drills", mustJSON(map[string]any{"leg": leg.ID, "minutes": 5, "force": true}))
	case 8:
		for t := range store.LinkTokens.By(l.store.Local(), "link", string(link.ID)) {
			l.ask(caller{name: l.name(link.Customer)}, l.find("withdrawToken"), "/desk/v1/tokens/"+string(t.ID)+"/withdraw", "")
		}
	case 9:
		l.ask(platform, l.find("planMaintenance"), "/desk/v1/platform/maintenance", mustJSON(map[string]any{
			"location": leg.Location, "start": l.now().Add(time.Hour), "hours": 4, "override": true,
		}))
	case 10:
		l.ask(caller{name: l.name(link.Customer)}, l.find("resolveCase"), "/desk/v1/cases/"+l.id("cases", "")+"/resolve", "")
	}
}

// verdict is the end of a rule.
func (l *life) verdict() string {
	return apitest.Pick(l.Rand, `"verdict":"accept"`, `"verdict":"queue"`, `"verdict":"queue","fourEyes":true`, `"verdict":"queue","fourEyes":true`, `"verdict":"reject","reason":"no"`)
}

// anything is some call of the desk by somebody.
func (l *life) anything() {
	operations := desk.Operations()
	op := apitest.Pick(l.Rand, operations...)
	if !op.Changes && l.IntN(4) > 0 { // rather one that changes something
		op = apitest.Pick(l.Rand, operations...)
	}
	if seldom[op.ID] > 0 && l.IntN(seldom[op.ID]) > 0 {
		return
	}
	by := apitest.Pick(l.Rand, callers...)
	if likely, ok := whose[strings.Split(op.Path, "/")[3]]; ok && l.IntN(3) > 0 {
		by = likely
	}
	l.Look(l.store.Local(), l.account(by.name))
	path := pathVariable.ReplaceAllStringFunc(op.Path, func(variable string) string {
		before, _, _ := strings.Cut(op.Path, "/"+variable)
		return l.id(before[strings.LastIndexByte(before, '/')+1:], variable)
	})
	body := ""
	if op.In != nil {
		text, err := json.Marshal(l.shape(op.In, "", ""))
		if err != nil {
			l.fault("%s: %v", op.ID, err)
		}
		body = string(text)
	}
	l.ask(by, op, path, body)
}

// seldom is how much less often than others a call is made whose trace stays
// for ever.
var seldom = map[string]int{"openCase": 3, "addAttachment": 5, "addWebhook": 5, "moveClock": 3, "applyPolicy": 3, "planMaintenance": 2}

// whose are the callers that have most to do with a part of the desk.
var whose = map[string]caller{
	"operator": {name: "platform"}, "platform": {name: "platform"}, "facility": {name: "facility"}, "partner": {name: "partner"}, "tokens": {name: "customer"},
}

var pathVariable = regexp.MustCompile(`\{[a-z]+\}`)

// id is the name of something of a kind that a path has, more often than of
// nothing.
func (l *life) id(kind, variable string) string {
	var all []string
	view := l.store.Local()
	switch {
	case variable == "{drill}":
		all = ids(store.Drills.All(view), func(d demarc.Drill) string { return string(d.ID) })
	case kind == "environments":
		return apitest.Pick(l.Rand, "acme-prod", "acme-trial", "globex-prod", "nowhere")
	case kind == "links":
		all = ids(store.Links.All(view), func(k demarc.Link) string { return string(k.ID) })
	case kind == "cases":
		for c := range store.Cases.All(view) {
			if !c.State.Ended() || l.IntN(20) == 0 {
				all = append(all, string(c.ID))
			}
		}
	case kind == "tokens":
		all = ids(store.LinkTokens.All(view), func(t demarc.LinkToken) string { return string(t.ID) })
	case kind == "attachments":
		all = ids(store.Attachments.All(view), func(a demarc.Attachment) string { return string(a.ID) })
	case kind == "webhooks":
		all = ids(store.Webhooks.All(view), func(w demarc.Webhook) string { return string(w.ID) })
	case kind == "maintenance":
		all = ids(store.Maintenances.All(view), func(m demarc.Maintenance) string { return string(m.ID) })
	case kind == "cross-connects":
		all = l.Known("connection")
	case kind == "virtual-interfaces":
		all = l.Known("interface")
	}
	if len(all) == 0 || l.IntN(20) == 0 {
		return "absent"
	}
	return apitest.Pick(l.Rand, all...)
}

func ids[T any](rows func(func(T) bool), id func(T) string) (all []string) {
	for row := range rows {
		all = append(all, id(row))
	}
	return all
}

// shape fills a body of the desk's as its shape has it: fields that may be left
// out often are.
func (l *life) shape(t reflect.Type, name, enum string) any {
	if made, ok := l.likely(name, t); ok {
		return made
	}
	if enum != "" && t.Kind() == reflect.String {
		return apitest.Pick(l.Rand, strings.Split(enum, ",")...)
	}
	switch t.Kind() {
	case reflect.Pointer:
		return l.shape(t.Elem(), name, enum)
	case reflect.Struct:
		out := map[string]any{}
		for i := range t.NumField() {
			field := t.Field(i)
			member, options, _ := strings.Cut(field.Tag.Get("json"), ",")
			if chance := 20; options != "" && l.IntN(chance) > 6 || l.IntN(chance) == 0 {
				continue
			}
			out[member] = l.shape(field.Type, member, field.Tag.Get("enum"))
		}
		return out
	case reflect.Slice:
		list := []any{}
		for range 1 + l.IntN(2) {
			list = append(list, l.shape(t.Elem(), name, enum))
		}
		return list
	case reflect.Bool:
		return l.IntN(4) == 0
	case reflect.String:
		return "x"
	default:
		return 1 + l.IntN(4)
	}
}

// likely is something likely for a member of a request; it is false where the
// shape alone says what to write.
func (l *life) likely(name string, t reflect.Type) (any, bool) {
	if t == reflect.TypeFor[time.Time]() {
		return l.now().Add(time.Duration(l.IntN(60)) * 24 * time.Hour), true
	}
	if t.Kind() == reflect.Slice && t.Elem().Kind() != reflect.Uint8 || t.Kind() == reflect.Struct {
		return nil, false
	}
	switch name {
	case "environment", "environments":
		return l.id("environments", ""), true
	case "link":
		return l.id("links", ""), true
	case "virtualInterface", "interface":
		return l.Any("interface"), t.Kind() == reflect.String
	case "connection":
		return l.Any("connection", "lag"), true
	case "token":
		return l.text(), true
	case "attachments":
		return l.id("attachments", ""), true
	case "leg":
		return apitest.Pick(l.Rand, "a", "a", "b", "c"), true
	case "location":
		return apitest.Pick(l.Rand, "LIS1", "LIS2"), true
	case "device":
		return apitest.Pick(l.Rand, "lis1-d1", "lis1-d2", "lis2-d1", "lis2-d2"), true
	case "bandwidth":
		return apitest.Pick(l.Rand, "1Gbps", "1Gbps", "10Gbps", "200Mbps"), true
	case "vlan", "firstVlan":
		return 100 + l.IntN(6), true
	case "lastVlan":
		return 106 + l.IntN(6), true
	case "asn", "customerAsn":
		return apitest.Pick(l.Rand, 65001, 65002), true
	case "mtu":
		return apitest.Pick(l.Rand, 1500, 8500), true
	case "amazonAddress":
		return "169.254.10.1/30", true
	case "customerAddress":
		return "169.254.10.2/30", true
	case "prefixes", "add", "remove":
		if t.Kind() == reflect.String {
			return apitest.Pick(l.Rand, "192.168.50.0/24", "192.168.60.0/24", "172.20.0.0/16", "10.8.2.0/25", "0.0.0.0/0"), true
		}
		return 1 + l.IntN(100), true
	case "email":
		return "noc@acme.example", true
	case "vendor":
		return apitest.Pick(l.Rand, "FRRouting", "Nobody"), true
	case "goLive", "lastDay":
		return l.now().AddDate(0, 1, 0).Format(time.DateOnly), true
	case "advance":
		return apitest.Pick(l.Rand, "10m", "2h", "26h", "100h", fmt.Sprintf("%dh", 24*l.IntN(60))), true
	case "url":
		return "http://127.0.0.1:1/", true
	case "hours", "minutes":
		return 1 + l.IntN(20), true
	case "data":
		return "eA==", true
	case "reference":
		return "letter/" + l.Any("connection"), true
	case "name":
		return apitest.Pick(l.Rand, "one", "two", "three"), true
	case "router":
		return apitest.Pick(l.Rand, "acme-r1", "globex-r1", "carrier-r2"), t.Kind() == reflect.String
	}
	return nil, false
}

// text is that of a token, where this life knows one.
func (l *life) text() string {
	for t := range store.LinkTokens.All(l.store.Local()) {
		if text := l.texts[t.ID]; text != "" && (t.Redeemed.IsZero() || l.IntN(5) == 0) && l.IntN(3) > 0 {
			return text
		}
	}
	return "demarc-link-1.e30.e30"
}

// find is the row of the desk's table with a name.
func (l *life) find(id string) desk.Operation {
	all := desk.Operations()
	i := slices.IndexFunc(all, func(op desk.Operation) bool { return op.ID == id })
	if i < 0 {
		l.fault("the desk has no operation %s", id)
	}
	return all[i]
}
