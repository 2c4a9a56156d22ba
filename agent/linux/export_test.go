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

// LimitOf is the rate that a link's shaper is found to have, in octets a second,
// by whoever decides whether to change it; 0 for none.
func LimitOf(n *Namespace, name string) (uint64, error) {
	link, err := findLink(n, name)
	if err != nil {
		return 0, err
	}
	have, err := limitOf(n, link)
	return have.rate, err
}
