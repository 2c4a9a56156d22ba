package demarc

// Region is the name of a region of the managed cloud, for example eu-west-1.
type Region string
