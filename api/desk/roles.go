package desk

import (
	"slices"

	"demarc"
)

// forRoles says which of the narrow roles may do what a row does besides reading.
func (op Operation) forRoles(names ...string) Operation {
	op.Roles = names
	return op
}

// admit refuses somebody whose role may not do this, before anything is said
// about what it is to be done to.
func (op Operation) admit(by demarc.Actor) error {
	if !op.Changes || !demarc.Narrow(by.Role) || slices.Contains(op.Roles, by.Role) {
		return nil
	}
	return demarc.Errorf(demarc.Denied, "role %s may not do this", by.Role).
		Coded("E-ROLE", "Act with another role, or with the account's own key")
}
