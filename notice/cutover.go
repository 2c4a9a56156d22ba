package notice

import (
	"time"

	"demarc"
	"demarc/store"
)

// cutovers tells both parties how far a cut-over has come, what was measured,
// and when hosted interfaces are to end and have ended.
func cutovers(p *pen) error {
	return each(p, store.Cutovers, func(_ *pen, before, after *demarc.Cutover) (out []news) {
		if after == nil {
			return nil
		}
		was := demarc.Cutover{}
		if before != nil {
			was = *before
		}
		for _, kind := range cutoverKinds(was, *after) {
			out = append(out, cutoverNews(kind, *after))
		}
		for i, of := range after.Prefixes {
			if i < len(was.Prefixes) && of.State == demarc.PrefixNew && was.Prefixes[i].State == demarc.PrefixFlipping {
				n := cutoverNews("cutover.prefix_flipped", *after)
				n.detail["prefix"] = of.Prefix
				out = append(out, n)
			}
		}
		return append(out, terminations(was, *after)...)
	})
}

func cutoverKinds(was, is demarc.Cutover) (kinds []string) {
	switch {
	case was.State == demarc.CutoverRehearsing && is.State == demarc.CutoverPlanned:
		kinds = append(kinds, map[bool]string{true: "cutover.rehearsal_failed", false: "cutover.rehearsed"}[is.Rehearsed.IsZero()])
	case was.State != is.State && is.State != demarc.CutoverVerifying:
		kinds = append(kinds, "cutover."+string(is.State))
	}
	both := func(c demarc.Cutover) bool { return !c.CustomerAgreed.IsZero() && !c.PlatformAgreed.IsZero() }
	if both(is) && !both(was) {
		kinds = append(kinds, "cutover.agreed")
	}
	if is.Gate.Objection != "" && is.Gate.Objection != was.Gate.Objection {
		kinds = append(kinds, "cutover.objected")
	}
	if !is.Gate.SignedOff.IsZero() && was.Gate.SignedOff.IsZero() {
		kinds = append(kinds, "cutover.signed_off")
	}
	return kinds
}

func cutoverNews(kind string, c demarc.Cutover) news {
	var silent, asymmetric time.Duration
	var lost uint64
	for _, p := range c.Prefixes {
		lost += p.Measured.Lost
		silent, asymmetric = max(silent, p.Measured.Silent), max(asymmetric, p.Measured.Asymmetric)
	}
	detail := map[string]any{
		"environment": c.Environment, "case": c.Case, "state": c.State, "prefixes": len(c.Prefixes), "lost": lost,
		"silentSeconds": silent.Seconds(), "asymmetricSeconds": asymmetric.Seconds(),
	}
	if c.Why != "" {
		detail["reason"] = c.Why
	}
	if c.RollbackTook > 0 {
		detail["rollbackSeconds"] = c.RollbackTook.Seconds()
	}
	return news{kind, string(c.ID), []demarc.AccountID{c.Customer, c.Platform}, []string{c.Environment, string(c.Case), string(c.TransitGateway)}, detail}
}

// terminations are of each hosted interface.
func terminations(was, is demarc.Cutover) (out []news) {
	for i, of := range is.Interfaces {
		tell := func(kind string, detail map[string]any) {
			detail["environment"], detail["vlan"], detail["cutover"] = is.Environment, of.VLAN, is.ID
			out = append(out, news{kind, string(of.ID), []demarc.AccountID{is.Customer, is.Platform}, []string{string(is.ID), is.Environment}, detail})
		}
		if told := len(is.Gate.Told); told > len(was.Gate.Told) {
			tell("vif.termination_scheduled", map[string]any{"due": is.Gate.Ends(), "times": told, "signedOff": !is.Gate.SignedOff.IsZero()})
		}
		if !of.Gone.IsZero() && (i >= len(was.Interfaces) || was.Interfaces[i].Gone.IsZero()) {
			tell("vif.termination_done", map[string]any{"deleted": of.Deleted, "gone": of.Gone})
		}
	}
	return out
}
