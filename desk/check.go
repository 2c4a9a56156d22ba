package desk

import (
	"fmt"
	"net/mail"
	"net/netip"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"demarc"
	"demarc/gateway"
	"demarc/intent"
	"demarc/routerconfig"
	"demarc/store"
)

// check lists what is wrong with a request but for the number of links, the
// most fundamental first. Without the right to Direct Connect, and beside a
// Transit Gateway of the customer's own, nothing else is looked at.
func check(r store.Reader, by demarc.AccountID, req Request, now time.Time) ([]*demarc.Error, error) {
	env, err := asCustomer(r, by, req.Environment)
	if err != nil {
		return nil, err
	}
	if refusal := entitled(r, env); refusal != nil {
		return []*demarc.Error{refusal}, nil
	}
	if refusal := gateway.Exclusive(r, env); refusal != nil {
		return []*demarc.Error{refusal}, nil
	}
	req = req.complete()
	return slices.Concat(
		checkTopology(req.Topology),
		checkLegs(r, env, req),
		checkResiliency(r, env, req),
		checkPrefixes(r, env, req, ""),
		checkRouter(req.Router),
		checkContacts(req.Contacts),
		checkDate(req.GoLive, now),
		checkProbe(r, env, req),
		checkAway(env, req),
		checkDrain(env, req),
	), nil
}

func checkTopology(t demarc.Topology) []*demarc.Error {
	if t == demarc.OwnCage || t == demarc.PartnerCage {
		return nil
	}
	return []*demarc.Error{demarc.Errorf(demarc.Invalid, "there is no topology %q", t).
		Coded("E-TOPOLOGY", "Say own-cage if you have a cage in the location, partner if a partner has one for you").In("topology")}
}

// checkRouter looks for a configuration that can be written. Without a vendor
// that of FRR is given.
func checkRouter(choice demarc.RouterChoice) []*demarc.Error {
	if choice == (demarc.RouterChoice{}) {
		return nil
	}
	var vendors []string
	for _, t := range routerconfig.Types() {
		vendor, platform := strings.EqualFold(choice.Vendor, t.Vendor), strings.EqualFold(choice.Platform, t.Platform)
		if vendor && (platform || choice.Platform == "") {
			return nil
		}
		if !slices.Contains(vendors, t.Vendor) {
			vendors = append(vendors, t.Vendor)
		}
	}
	return []*demarc.Error{demarc.Errorf(demarc.Invalid, "no configuration can be written for %s %s", choice.Vendor, choice.Platform).
		Coded("E-ROUTER-TYPE", "Choose "+list(vendors)+", or leave the router out and write the configuration by hand").In("router.vendor")}
}

// Bounds of what is said of people.
const (
	mostContacts = 20
	longestName  = 100
	longestMail  = 254 // RFC 5321, section 4.5.3.1.3, without its brackets
)

func checkContacts(contacts []demarc.Contact) []*demarc.Error {
	if n := len(contacts); n > mostContacts {
		return []*demarc.Error{demarc.Errorf(demarc.Invalid, "%d contacts are listed; a link has at most %d", n, mostContacts).
			Coded("E-CONTACT", "List those who are to be asked").In("contacts")}
	}
	var findings []*demarc.Error
	for i, c := range contacts {
		for _, field := range []struct{ name, text string }{{"name", c.Name}, {"role", c.Role}} {
			if utf8.RuneCountInString(field.text) > longestName || strings.ContainsFunc(field.text, unicode.IsControl) {
				findings = append(findings, demarc.Errorf(demarc.Invalid, "the %s of a contact has at most %d printable characters", field.name, longestName).
					Coded("E-CONTACT", "Shorten it").In(fmt.Sprintf("contacts[%d].%s", i, field.name)))
			}
		}
		address, err := mail.ParseAddress(c.Email)
		if err != nil || address.Address != c.Email || len(c.Email) > longestMail {
			findings = append(findings, demarc.Errorf(demarc.Invalid, "%q is no mail address", clipped(c.Email)).
				Coded("E-CONTACT", "Write it as in noc@example.net").In(fmt.Sprintf("contacts[%d].email", i)))
		}
	}
	return findings
}

// checkProbe takes an address of a network that the customer lists, of a family
// that the environment can ask it over.
func checkProbe(r store.Reader, env demarc.Environment, req Request) []*demarc.Error {
	if req.Probe == "" {
		return nil
	}
	address, err := netip.ParseAddr(req.Probe)
	inside := func(p netip.Prefix) bool { return p.Contains(address) }
	if err == nil && slices.ContainsFunc(parsed(req.Prefixes), inside) {
		return checkProber(r, env, address)
	}
	return []*demarc.Error{demarc.Errorf(demarc.Invalid, "%q is no address in a prefix that is listed", req.Probe).
		Coded("E-PROBE", "Name a host behind your routers that answers echo requests from the environment").In("probe")}
}

// checkProber looks for who could ask over IPv6: the router of an app host that
// has it.
func checkProber(r store.Reader, env demarc.Environment, address netip.Addr) []*demarc.Error {
	vpc, _ := store.VPCs.Get(r, string(env.VPC))
	if _, can := intent.ProbeSource(vpc, address); can || address.Is4() {
		return nil
	}
	return []*demarc.Error{demarc.Errorf(demarc.Invalid, "nothing in environment %s could ask %s, since no app host there has an IPv6 address", env.Name, address).
		Coded("E-PROBE", "Name a host with an IPv4 address, or have the platform give the environment IPv6").In("probe")}
}

// checkDrain takes the wish to drain lossy legs where there is another to carry,
// and the platform lets it: it is the platform's interfaces that are drained.
func checkDrain(env demarc.Environment, req Request) (findings []*demarc.Error) {
	if !req.DrainLossy {
		return nil
	}
	if len(req.Legs) < 2 {
		findings = append(findings, demarc.Errorf(demarc.Invalid, "a link of one leg has no other to carry what a lossy one should").
			Coded("E-DRAIN-ALONE", "Ask for another leg, or leave drainLossy out").In("drainLossy"))
	}
	if !env.Drains {
		findings = append(findings, demarc.Errorf(demarc.Denied, "the platform does not let lossy legs be drained in environment %s", env.Name).
			Coded("E-DRAIN-DELEGATED", "Ask the platform to set drains: true for it in the site file, or leave drainLossy out: losses are told nonetheless where there is a probe").In("drainLossy").By(demarc.Platform))
	}
	return findings
}

func checkDate(text string, now time.Time) []*demarc.Error {
	if text == "" {
		return nil
	}
	at, err := time.Parse(day, text)
	if err != nil {
		return []*demarc.Error{demarc.Errorf(demarc.Invalid, "%q is no day", text).Coded("E-DATE", "Write it as in "+now.UTC().Format(day)).In("goLive")}
	}
	if at.Before(now.UTC().Truncate(24 * time.Hour)) {
		return []*demarc.Error{demarc.Errorf(demarc.Invalid, "%s is over", text).Coded("E-DATE", "Choose a day to come").In("goLive")}
	}
	return nil
}

// withinLimit refuses one link more than the edition allows, when there are
// count already.
func withinLimit(r store.Reader, environment string, count int) []*demarc.Error {
	env, _ := store.Environments.Get(r, environment)
	edition, _ := store.Editions.Get(r, env.Edition)
	if !edition.DirectConnect || count < edition.MaxLinks {
		return nil
	}
	return []*demarc.Error{demarc.Errorf(demarc.Limit, "environment %s has %d links, all that edition %s allows", env.Name, count, edition.Name).
		Coded("E-LIMIT-LINKS", "Ask the platform for a larger edition, end a link, or bring a Transit Gateway of your own: demarc case open --kind own-transit-gateway").In("environment").By(demarc.Platform)}
}
