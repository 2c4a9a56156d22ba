package desk

import (
	"demarc"
	"demarc/store"
)

// A Standing is an environment with what its edition allows.
type Standing struct {
	demarc.Environment
	// Entitled says whether the edition includes Direct Connect.
	Entitled bool
	// Links are those there are, MaxLinks those that there may be.
	Links, MaxLinks int
}

// Environments lists the environments that the account may know of, by name.
func Environments(r store.Reader, by demarc.AccountID) []Standing {
	var out []Standing
	for env := range store.Environments.By(r, "account", string(by)) {
		edition, _ := store.Editions.Get(r, env.Edition)
		s := Standing{Environment: env, Entitled: edition.DirectConnect, MaxLinks: edition.MaxLinks, Links: countLinks(r, env.Name)}
		out = append(out, s)
	}
	return out
}

// environment finds one that the account may know of.
func environment(r store.Reader, by demarc.AccountID, name string) (demarc.Environment, error) {
	env, ok := store.Environments.Get(r, name)
	if !ok || !env.VisibleTo(by) {
		return demarc.Environment{}, demarc.Errorf(demarc.NotFound, "no environment %q", name).
			Coded("", "Name one of yours: demarc environment list").In("environment")
	}
	return env, nil
}

// asCustomer finds an environment whose customer the account is: only the
// customer asks for links and opens cases.
func asCustomer(r store.Reader, by demarc.AccountID, name string) (demarc.Environment, error) {
	env, err := environment(r, by, name)
	if err != nil {
		return env, err
	}
	if env.Customer != by {
		return env, demarc.Errorf(demarc.Denied, "environment %s is run by you for account %s, and this is its customer's move", env.Name, env.Customer).
			Coded("E-NOT-CUSTOMER", "Let the customer ask").By(demarc.Customer)
	}
	return env, nil
}

// entitled refuses an environment whose edition has no Direct Connect.
func entitled(r store.Reader, env demarc.Environment) *demarc.Error {
	edition, _ := store.Editions.Get(r, env.Edition)
	if edition.DirectConnect {
		return nil
	}
	fix := "No edition of this site includes it: ask the platform"
	if names := entitling(r); len(names) > 0 {
		fix = "Move the environment to an edition that includes it: " + list(names)
	}
	return demarc.Errorf(demarc.Denied, "environment %s is in edition %s, which does not include Direct Connect", env.Name, env.Edition).
		Coded("E-EDITION-NODX", fix).In("environment").By(demarc.Customer)
}

// entitling lists the editions that include Direct Connect.
func entitling(r store.Reader) []string {
	var names []string
	for e := range store.Editions.All(r) {
		if e.DirectConnect {
			names = append(names, e.Name)
		}
	}
	return names
}
