package demarc

// A Tag is a label that the owner of a resource puts on it.
type Tag struct {
	Key   string `json:"key"`
	Value string `json:"value,omitempty"`
}
