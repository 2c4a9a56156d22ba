package ec2

import "demarc"

// switches read options that are enable or disable, and keep what was wrong
// first.
type switches struct{ err error }

// change is what an option is set to; nil for one that is not given.
func (s *switches) change(name, value string) *bool {
	on := value == "enable"
	if value == "" {
		return nil
	}
	if !on && value != "disable" && s.err == nil {
		s.err = demarc.Errorf(demarc.Invalid, "Value (%s) for parameter %s is invalid: enable or disable", value, name).In(name)
	}
	return &on
}

// on is what an option is set to, or otherwise where it is not given.
func (s *switches) on(name, value string, otherwise bool) bool {
	if on := s.change(name, value); on != nil {
		return *on
	}
	return otherwise
}

// enabled is an option as EC2 writes it.
func enabled[S ~string](on bool) S {
	if on {
		return "enable"
	}
	return "disable"
}
