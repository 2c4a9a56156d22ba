package demarc

import "net/netip"

// A PrefixList is a set of prefixes under one name, which routes lead to a
// target together (EC2's customer-managed prefix list).
type PrefixList struct {
	ID    PrefixListID `json:"id"`
	Owner AccountID    `json:"owner"`
	// Region is where it was made; empty is the site's.
	Region Region `json:"region,omitempty"`
	Name   string `json:"name"`
	// IPv6 is the family of all its entries.
	IPv6 bool `json:"ipv6,omitempty"`
	// MaxEntries is how many it may have, and how many routes one route to it
	// counts as.
	MaxEntries int `json:"maxEntries"`
	// Version is 1 of a new list and goes up with each change of its entries.
	Version int64             `json:"version"`
	Entries []PrefixListEntry `json:"entries,omitempty"`
	Tags    []Tag             `json:"tags,omitempty"`
}

// A PrefixListEntry is one prefix of a list, which has it once.
type PrefixListEntry struct {
	Prefix      netip.Prefix `json:"prefix"`
	Description string       `json:"description,omitempty"`
}
