package demarc

// Region is the name of a region of the managed cloud, for example eu-west-1.
type Region string

// Zones are the region's availability zones, in order: eu-west-1a and so on.
// A site has three, whatever its machines: they are names for subnets.
func (r Region) Zones() []string {
	return []string{string(r) + "a", string(r) + "b", string(r) + "c"}
}
