package demarc

import "strings"

// Region is the name of a region of the managed cloud, for example eu-west-1.
type Region string

// Zones are the region's availability zones, in order: eu-west-1a and so on.
// A site has three, whatever its machines: they are names for subnets.
func (r Region) Zones() []string {
	return []string{string(r) + "a", string(r) + "b", string(r) + "c"}
}

// Continent is the part of the world that the region is in, by AWS's names of
// regions and in the parts that Direct Connect tells apart: North America, South
// America, Asia Pacific, and Europe with the Middle East and Africa. Of other
// names the first word stands for it.
func (r Region) Continent() string {
	first, _, _ := strings.Cut(string(r), "-")
	switch first {
	case "us", "ca", "mx":
		return "North America"
	case "sa":
		return "South America"
	case "eu", "me", "af", "il":
		return "Europe, Middle East and Africa"
	case "ap", "cn":
		return "Asia Pacific"
	}
	return first
}
