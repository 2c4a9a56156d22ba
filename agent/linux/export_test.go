package linux

// OnLinks does something as those do who make, change or remove links.
func OnLinks(do func() error) error { return onLinks(do) }

// ParameterWaits reports whether somebody waits to write a parameter, as long as
// a link is being changed: then nobody begins to change another.
func ParameterWaits() bool {
	if !links.TryRLock() {
		return true
	}
	links.RUnlock()
	return false
}
