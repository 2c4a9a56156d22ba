package directconnect

import "demarc"

// text is what a member of the request says, and empty where it was not sent.
func text(member *string) string {
	if member == nil {
		return ""
	}
	return *member
}

// A member is one that an operation cannot do without.
type member struct {
	name  string
	given bool
}

// given notes whether a text was sent, and not empty.
func given(name string, value *string) member { return member{name, text(value) != ""} }

// require names the first member that is missing.
func require(members ...member) error {
	for _, m := range members {
		if !m.given {
			return demarc.Errorf(demarc.Invalid, "The member %s is required", m.name).In(m.name)
		}
	}
	return nil
}
