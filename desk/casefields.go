package desk

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"demarc"
	"demarc/store"
	"demarc/vif"
)

// A Form says which fields a kind of case has, in the words of the API.
type Form struct {
	Kind     demarc.CaseKind
	Title    string
	Required []string
	Optional []string
}

// Forms are those of every kind, in the order of a link's life.
func Forms() []Form {
	return []Form{
		{demarc.CaseAccount, "Which account is an interface allocated to?", []string{"link"}, nil},
		{demarc.CaseAccept, "Please accept a virtual interface", []string{"virtualInterface"}, nil},
		{demarc.CaseTransit, "A Transit Gateway of one's own", []string{"prefixes"}, []string{"transitGateway", "resourceShare"}},
		{demarc.CaseRoutes, "Other prefixes for a link", []string{"link"}, []string{"add", "remove"}},
		{demarc.CaseDrill, "Please test the failover of an interface", []string{"virtualInterface", "minutes"}, []string{"start", "force"}},
		{demarc.CaseTermination, "A link is no longer needed", []string{"link", "reason"}, []string{"leg", "virtualInterface", "lastDay"}},
	}
}

// longestID is more than any id or ARN has.
const longestID = 512

// filled are the fields that have something in them.
func filled(f demarc.CaseFields) map[string]bool {
	return map[string]bool{
		"link": f.Link != "", "virtualInterface": f.VirtualInterface != "",
		"transitGateway": f.TransitGateway != "", "resourceShare": f.ResourceShare != "",
		"prefixes": len(f.Prefixes) > 0, "add": len(f.Add) > 0, "remove": len(f.Remove) > 0,
		"minutes": f.Minutes != 0, "start": !f.Start.IsZero(), "force": f.Force, "reason": strings.TrimSpace(f.Reason) != "", "leg": f.Leg != "", "lastDay": f.LastDay != "",
	}
}

// checkFields holds a case against the form of its kind. The link is filled in
// where the customer has only one into the environment.
func checkFields(r store.Reader, c *demarc.Case) error {
	forms := Forms()
	i := slices.IndexFunc(forms, func(f Form) bool { return f.Kind == c.Kind })
	if i < 0 {
		var kinds []string
		for _, f := range forms {
			kinds = append(kinds, string(f.Kind))
		}
		return demarc.Errorf(demarc.Invalid, "there is no case of kind %q", c.Kind).Coded("E-CASE-KIND", "Say "+list(kinds)).In("kind")
	}
	form := forms[i]
	if err := checkLengths(*c); err != nil {
		return err
	}
	if slices.Contains(form.Required, "link") && c.Link == "" {
		c.Link = onlyLink(r, *c)
	}
	has := filled(c.CaseFields)
	for _, name := range form.Required {
		if !has[name] {
			return missing(c.Kind, name)
		}
	}
	for _, name := range sortedNames(has) {
		if has[name] && !slices.Contains(form.Required, name) && !slices.Contains(form.Optional, name) {
			return demarc.Errorf(demarc.Invalid, "a case of kind %s has no %s", c.Kind, name).
				Coded("E-CASE-FIELD", "Leave it out; the kind has "+strings.Join(slices.Concat(form.Required, form.Optional), ", ")).In(name)
		}
	}
	return checkLink(r, *c)
}

// checkLengths bounds what nobody else looks at.
func checkLengths(c demarc.Case) error {
	for _, field := range []struct {
		name, text string
		most       int
	}{
		{"subject", c.Subject, 250}, // as AWS Support has it
		{"reason", c.Reason, longestText / 2},
		{"transitGateway", string(c.TransitGateway), longestID},
		{"resourceShare", c.ResourceShare, longestID},
	} {
		if n := utf8.RuneCountInString(field.text); n > field.most {
			return demarc.Errorf(demarc.Invalid, "%s has %d characters, and at most %d are kept", field.name, n, field.most).Coded("E-CASE-FIELD", "Shorten it").In(field.name)
		}
	}
	if strings.ContainsFunc(c.Subject, unicode.IsControl) {
		return demarc.Errorf(demarc.Invalid, "the subject of a case is one line of printable characters").Coded("E-CASE-FIELD", "Say the rest in the text").In("subject")
	}
	return nil
}

func sortedNames(of map[string]bool) []string {
	var names []string
	for name := range of {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func missing(kind demarc.CaseKind, name string) error {
	fix := "Fill it in"
	if name == "link" {
		fix = "Request a link into the environment first; where there are several, say which"
	}
	return demarc.Errorf(demarc.Invalid, "a case of kind %s needs %s", kind, name).Coded("E-CASE-FIELD", fix).In(name)
}

// onlyLink is the one link that the opener has into the environment and that has
// not ended; empty where there is none, or more.
func onlyLink(r store.Reader, c demarc.Case) (only demarc.LinkID) {
	for link := range store.Links.By(r, "environment", c.Environment) {
		if link.Customer != c.Opener || link.Over() {
			continue
		}
		if only != "" {
			return ""
		}
		only = link.ID
	}
	return only
}

// checkLink looks whether the link that a case names is one of its opener's
// into the environment, and goes on.
func checkLink(r store.Reader, c demarc.Case) error {
	if c.Link == "" {
		return nil
	}
	link, ok := store.Links.Get(r, string(c.Link))
	if !ok || link.Customer != c.Opener || link.Environment != c.Environment {
		return demarc.Errorf(demarc.NotFound, "no link %q", c.Link).In("link")
	}
	return link.GoesOn("")
}

// checkRouteChange judges the prefixes that the link would have.
func checkRouteChange(r store.Reader, c demarc.Case, env demarc.Environment) error {
	if len(c.Add)+len(c.Remove) == 0 {
		return missing(c.Kind, "add")
	}
	link, _ := store.Links.Get(r, string(c.Link))
	for i, p := range c.Remove {
		if !slices.Contains(link.Prefixes, p) {
			return demarc.Errorf(demarc.Invalid, "link %s does not have %s", link.ID, p).
				Coded("E-CIDR-INVALID", "Remove one of "+strings.Join(link.Prefixes, ", ")).In(fmt.Sprintf("remove[%d]", i))
		}
	}
	if err := first(checkPrefixes(r, env, Request{Prefixes: c.Add, DefaultRoute: link.DefaultRoute}, link.ID)); err != nil {
		return inField(err, "prefixes", "add")
	}
	return first(checkPrefixes(r, env, Request{Prefixes: changed(link, c), DefaultRoute: link.DefaultRoute}, link.ID))
}

// changed are the prefixes of a link after a change.
func changed(link demarc.Link, c demarc.Case) []string {
	left := slices.DeleteFunc(slices.Clone(link.Prefixes), func(p string) bool { return slices.Contains(c.Remove, p) })
	return append(left, c.Add...)
}

// checkDrill looks whether the interface can be tested for that long.
func checkDrill(r store.Reader, c demarc.Case, env demarc.Environment) error {
	v, ok := store.VirtualInterfaces.Get(r, string(c.VirtualInterface))
	switch {
	case !ok || !seesInterface(r, c.Opener, env, v):
		return demarc.Errorf(demarc.NotFound, "no virtual interface %q", c.VirtualInterface).In("virtualInterface")
	case !v.State.InPlace():
		return demarc.Errorf(demarc.Conflict, "interface %s is %s, and cannot be tested", v.ID, v.State).
			Coded("E-TEST-STATE", "Wait until it is available").In("virtualInterface")
	case wanted(r, env, v) != nil:
		return inField(wanted(r, env, v), "link", "virtualInterface")
	}
	return checkDrillTime(c)
}

// checkDrillTime looks whether a drill can be made for that long, and then.
func checkDrillTime(c demarc.Case) error {
	switch {
	case c.Minutes < 1 || c.Minutes > vif.LongestTest:
		return demarc.Errorf(demarc.Invalid, "a drill takes 1 to %d minutes, not %d", vif.LongestTest, c.Minutes).
			Coded("E-TEST", "Choose another length").In("minutes")
	case !c.Start.IsZero() && c.Start.Before(c.Created):
		return demarc.Errorf(demarc.Invalid, "%s is over", stamp(c.Start)).Coded("E-DATE", "Choose a time to come").In("start")
	}
	return nil
}

// parsed reads prefixes that were judged before.
func parsed(texts []string) []netip.Prefix {
	var out []netip.Prefix
	for _, text := range texts {
		if p, err := netip.ParsePrefix(text); err == nil {
			out = append(out, p)
		}
	}
	return out
}
